//! A reference model of a tenant, and what compares a store with it.
//!
//! [`tenant`] says in its own plain words what the rules promise: numbers in lists for people, users, roles and sessions, a few
//! sets, and one function that gives a command. It calls nothing of the core, so that a mistake of the core is none of the
//! model's. [`draw`] makes random commands that collide, and [`trial`] gives them to the service over a store as well, and
//! compares after each what came of it and what is there.

pub mod command;
pub mod draw;
pub mod statistics;
pub mod tenant;
pub mod trial;
