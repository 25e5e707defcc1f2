//! The HTTP API, served.

use crate::{
    arguments::Options,
    failure::Failure,
    output::{self, Answer, Format},
    session::{self, Missing},
};
use http_api::{Api, Limits};
use phone_plan::LibPhonePlan;
use serde_json::json;
use sheet_reader::Sheets;
use std::{io, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// Serve the HTTP API until Ctrl-C
///
/// It is plain HTTP: towards other machines put a proxy before it that encrypts. Callers need a token of `rollcall token
/// create`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  rollcall serve
  rollcall serve --listen 127.0.0.1:9000 --db /var/lib/rollcall/stclare.db")]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

impl Serve {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let format = Format::of(options);
        let service = session::open(options, Missing::IsAnError)?;
        let router = http_api::router(Api {
            rollcall: Arc::new(service),
            sheets: Arc::new(Sheets::default()),
            phones: Arc::new(LibPhonePlan::new()),
            limits: Limits::default(),
        });
        let listener = TcpListener::bind(self.listen)
            .await
            .map_err(|error| self.failed(&error))?;
        let address = listener.local_addr().map_err(|error| self.failed(&error))?;
        let begun = Answer::of(format, &json!({ "listening": address }), || {
            format!("Listening on http://{address}; Ctrl-C ends it.\n")
        });
        output::tell(&begun);
        http_api::serve(listener, router, asked_to_end())
            .await
            .map_err(|error| self.failed(&error))?;
        Ok(Answer::nothing())
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::new(
            "listen",
            format!("cannot serve on {}: {}", self.listen, error.kind()),
            "choose another address with `--listen`; port 0 takes a free one",
        )
    }
}

/// Ready when somebody asks the process to end: Ctrl-C, or the signal of a service manager.
pub(crate) async fn asked_to_end() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                Ok(()) = interrupt => (),
                _ = terminate.recv() => (),
            }
            return;
        }
    }
    let _ = interrupt.await;
}
