//! What the tests of Rollcall share, and what a host can prove its own adapters with.

pub mod medhub;
