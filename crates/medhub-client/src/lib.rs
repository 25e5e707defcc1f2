//! medhub-client
