//! The rules of Rollcall, and nothing else: no I/O, no clock, no randomness, no runtime.

pub mod email;
pub mod id;
pub mod name;
pub mod phone;
pub mod roster;
pub mod sheet;
pub mod time;
/// users
pub mod user {
    /// A user.
    #[derive(Debug)]
    pub enum User {}
}
