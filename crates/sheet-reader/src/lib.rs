//! sheet-reader
