//! phone-plan
