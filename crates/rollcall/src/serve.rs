//! The HTTP API, served.

use crate::{
    arguments::Options,
    desk::{self, Missing, Service},
    failure::Failure,
    journal::signing_key,
    output::{self, Answer, Format},
    secrets,
    sessions::passwords,
};
use axum::{
    extract::Request,
    http::HeaderName,
    middleware::{self, Next},
    response::Response,
};
use http_api::{Api, ClientSource, Limits};
use identity_core::{
    login::Source,
    port::{Directory as _, Random as _},
    token::{Secret, SecretKind},
};
use phone_plan::LibPhonePlan;
use serde_json::json;
use sheet_reader::Sheets;
use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::net::TcpListener;
use zeroize::Zeroizing;

/// Serve the HTTP API until Ctrl-C
///
/// It is plain HTTP: towards other machines put a proxy before it that encrypts. Callers need a token of `rollcall token
/// create`, a session, or for acts of the platform operator the secret of `--operator-file`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  rollcall serve
  rollcall serve --listen 127.0.0.1:9000 --db /var/lib/rollcall/stclare.db
  rollcall serve --client-header x-forwarded-for     (behind a proxy that sets it)
  rollcall serve --operator-file operator.secret     (made if it is missing)")]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Take the client's address from the last entry of this header, which the proxy before it must set: without, all clients of a
    /// proxy are one, and one of them can use up the tries to log in of all
    #[arg(long, value_name = "HEADER")]
    client_header: Option<HeaderName>,
    /// Let the platform operator in with the secret in this file, which is made if it is missing
    #[arg(long, value_name = "FILE")]
    operator_file: Option<PathBuf>,
    /// Sign checkpoints of journals with this Ed25519 private key: PKCS#8 PEM, or 64 hexadecimal digits
    #[arg(long, value_name = "FILE")]
    checkpoint_key_file: Option<PathBuf>,
}

/// How often the ends of elevations are entered that nobody came by to enter.
const SWEEP: Duration = Duration::from_secs(60);

impl Serve {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let format = Format::of(options);
        let mut service = desk::open(options, Missing::IsAnError)?;
        if let Some(file) = &self.checkpoint_key_file {
            service.settings.checkpoint_key = Some(signing_key(file)?);
        }
        let operator = match &self.operator_file {
            Some(file) => Some(operator(&service, file)?.hash()),
            None => None,
        };
        let rollcall = Arc::new(service);
        let sweeping = tokio::spawn(sweep(Arc::clone(&rollcall)));
        let router = http_api::router(Api {
            rollcall,
            sheets: Arc::new(Sheets::default()),
            phones: Arc::new(LibPhonePlan::new()),
            passwords: Arc::new(passwords()?),
            operator,
            limits: Limits::default(),
        });
        let router = match self.client_header.clone() {
            Some(header) => router.layer(middleware::from_fn(move |request, next| {
                told_by(header.clone(), request, next)
            })),
            None => router,
        };
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
        sweeping.abort();
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

/// Hands on the address that a proxy tells, the last one where there are several: those before it are the client's own words.
async fn told_by(header: HeaderName, mut request: Request, next: Next) -> Response {
    let told = request.headers().get_all(&header).iter().next_back();
    let last = told.and_then(|it| it.to_str().ok()?.rsplit(',').next());
    let source = last.and_then(|it| Source::parse(it.trim()).ok());
    if let Some(source) = source {
        request.extensions_mut().insert(ClientSource(source));
    }
    next.run(request).await
}

/// The operator's secret: the one in the file, or a new one that is written there.
fn operator(service: &Service, file: &Path) -> Result<Secret, Failure> {
    if file.exists() {
        let secret = secrets::of_kind(file, SecretKind::Operator)?;
        return secret.ok_or_else(|| {
            Failure::new(
                "operator_syntax",
                "the file holds no operator's secret",
                "name another file; a missing one is made",
            )
        });
    }
    let mut bytes = Zeroizing::new([0; 32]);
    service.random.fill(bytes.as_mut_slice())?;
    let secret = Secret::new(SecretKind::Operator, *bytes);
    secrets::write(file, &secret.expose())?;
    Ok(secret)
}

/// Enters the ends of elevations, as long as the server runs. That it fails once is no reason not to try again.
async fn sweep(rollcall: Arc<Service>) {
    let mut minute = tokio::time::interval(SWEEP);
    loop {
        minute.tick().await;
        for tenant in rollcall.store.tenants().await.unwrap_or_default() {
            // Why a store fails is logged where it fails; the next minute tries again.
            let _ = rollcall.sweep_elevations(tenant.id).await;
        }
        let _ = rollcall.forget_old_tries().await;
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
