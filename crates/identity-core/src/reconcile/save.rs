//! Save.
