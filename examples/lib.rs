//! The programs beside this file show what a host does with Rollcall. The code in the README is compiled here.
#![doc = include_str!("../README.md")]
