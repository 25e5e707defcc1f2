//! The HTTP API, served.

use crate::{arguments::Options, failure::Failure, output::Answer};
use std::net::SocketAddr;

/// Serve the HTTP API
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  rollcall serve
  rollcall serve --listen 127.0.0.1:8080 --db /var/lib/rollcall/stclare.db")]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

impl Serve {
    pub(crate) async fn run(self, _options: &Options) -> Result<Answer, Failure> {
        Err(Failure::new(
            "not_there_yet",
            format!("cannot serve on {}", self.listen),
            "wait",
        ))
    }
}
