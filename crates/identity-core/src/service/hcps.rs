//! Healthcare parties.
