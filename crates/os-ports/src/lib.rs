//! os-ports
