//! One call: signed, sent, tried again where that may help, and understood.

use crate::{Config, answer::understand, base_url::Way, signature::signed_form};
use chrono::DateTime;
use identity_core::roster::{ProgramId, SourceFailure};
use reqwest::{
    Response,
    header::{CONTENT_TYPE, DATE, RETRY_AFTER},
    redirect,
};
use serde_json::{Value, json};
use std::{error::Error, fmt, io, time::Duration};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, timeout},
};

/// The most calls one client has in flight at any moment; those that wait for another attempt count.
pub const CALLS_IN_FLIGHT: usize = 2;

/// The longest that a `Retry-After` of the server is waited for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// Speaks with the MedHub of one institution.
pub struct MedhubClient {
    pub(crate) config: Config,
    http: reqwest::Client,
    in_flight: Semaphore,
}

/// Why an attempt brought nothing.
enum Lost {
    /// Another attempt would end the same.
    ForGood(SourceFailure),
    /// Another attempt may do better, not before `after` has passed.
    ForNow {
        failure: SourceFailure,
        after: Duration,
    },
}

impl MedhubClient {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// [`SourceFailure::Tls`] if the root certificates of this machine cannot be loaded.
    pub fn new(config: Config) -> Result<Self, SourceFailure> {
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            // Attempts are made here, each with a signature of its own.
            .retry(reqwest::retry::never())
            .connect_timeout(config.connect_timeout)
            .pool_max_idle_per_host(CALLS_IN_FLIGHT);
        http = match config.base_url.way() {
            Way::Network => http,
            Way::EncryptedOnThisMachine => http.no_proxy(),
            // Certificates are not needed, and may be absent.
            Way::PlainOnThisMachine => http.no_proxy().tls_certs_only([]),
        };
        let http = http.build().map_err(|_| SourceFailure::Tls {
            call: "root certificates",
        })?;
        Ok(Self {
            config,
            http,
            in_flight: Semaphore::new(CALLS_IN_FLIGHT),
        })
    }

    /// Makes a call, about a programme or about nothing in particular, and gives its answer as JSON.
    pub(crate) async fn call(
        &self,
        call: &'static str,
        program: Option<&ProgramId>,
    ) -> Result<Value, SourceFailure> {
        // Serialised once: what is hashed is what is sent. The id goes as text, which keeps zeros in front.
        let request = program.map(|it| json!({ "programID": it.as_str() }).to_string());
        let program = program.map(tracing::field::display);
        // It is never closed, so there is always a permit in the end.
        let _permit = self.in_flight.acquire().await;
        let mut delays = self.config.retry.delays.iter().copied();
        loop {
            let started = Instant::now();
            let outcome = self.attempt(call, request.as_deref()).await;
            let millis = started.elapsed().as_millis();
            let (failure, delay) = match outcome {
                Ok(answer) => {
                    tracing::debug!(call, program, millis, "MedHub answered");
                    return Ok(answer);
                }
                Err(Lost::ForGood(failure)) => (failure, None),
                Err(Lost::ForNow { failure, after }) => (
                    failure,
                    delays
                        .next()
                        .map(|it| if it.is_zero() { it } else { it.max(after) }),
                ),
            };
            let code = failure.code();
            let Some(delay) = delay else {
                tracing::warn!(call, program, millis, code, "MedHub call failed");
                return Err(failure);
            };
            tracing::debug!(call, program, millis, code, "MedHub call is tried again");
            sleep(delay).await;
        }
    }

    async fn attempt(&self, call: &'static str, request: Option<&str>) -> Result<Value, Lost> {
        let limit = self.config.call_timeout;
        timeout(limit, self.exchange(call, request))
            .await
            .unwrap_or_else(|_| Err(for_now(timed_out(call, limit))))
    }

    async fn exchange(&self, call: &'static str, request: Option<&str>) -> Result<Value, Lost> {
        let config = &self.config;
        let ts = config.clock.now().timestamp();
        let form = signed_form(config.client_id, ts, &config.private_key, request);
        let response = self
            .http
            .post(format!("{}/{call}", config.base_url))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .map_err(|why| self.no_answer(call, &why))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(Lost::ForGood(SourceFailure::Redirected { call }));
        }
        let skew = server_time(&response).map(|theirs| ts.saturating_sub(theirs));
        let after = retry_after(&response);
        let bytes = self.body(call, response).await?;
        understand(call, status.as_u16(), &bytes, skew).map_err(|failure| match failure {
            SourceFailure::RateLimited { .. } | SourceFailure::Status { status: 500.., .. } => {
                Lost::ForNow { failure, after }
            }
            failure => Lost::ForGood(failure),
        })
    }

    /// The bytes of an answer, never more than the limit.
    async fn body(&self, call: &'static str, mut response: Response) -> Result<Vec<u8>, Lost> {
        let limit = self.config.answer_limit;
        let too_large = || Lost::ForGood(SourceFailure::AnswerTooLarge { call, limit });
        if response.content_length().is_some_and(|it| it > limit) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    bytes.extend_from_slice(&chunk);
                    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
                        return Err(too_large());
                    }
                }
                Ok(None) => return Ok(bytes),
                // What an error page wanted to say is not worth more than its status.
                Err(_) if !response.status().is_success() => return Ok(bytes),
                Err(_) => return Err(for_now(SourceFailure::Truncated { call })),
            }
        }
    }

    fn no_answer(&self, call: &'static str, why: &reqwest::Error) -> Lost {
        if why.is_timeout() {
            for_now(timed_out(call, self.config.connect_timeout))
        } else if why.is_connect() && is_tls(why) {
            Lost::ForGood(SourceFailure::Tls { call })
        } else {
            for_now(SourceFailure::Unreachable { call })
        }
    }
}

fn for_now(failure: SourceFailure) -> Lost {
    Lost::ForNow {
        failure,
        after: Duration::ZERO,
    }
}

fn timed_out(call: &'static str, limit: Duration) -> SourceFailure {
    SourceFailure::TimedOut {
        call,
        seconds: whole_seconds(limit),
    }
}

/// Seconds for a message, rounded up.
pub(crate) fn whole_seconds(limit: Duration) -> u64 {
    limit
        .as_secs()
        .saturating_add(u64::from(limit.subsec_nanos() > 0))
}

/// Whether a connection failed over its encryption: rustls says so with "invalid data", or the other side hung up
/// in the middle of the handshake.
fn is_tls(why: &reqwest::Error) -> bool {
    fn tells(why: &(dyn Error + 'static)) -> bool {
        let io = why.downcast_ref::<io::Error>();
        let kind = io.is_some_and(|it| {
            matches!(
                it.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            )
        });
        // An `io::Error` hides what it wraps from `source`.
        let wrapped = io.and_then(io::Error::get_ref).is_some_and(|it| tells(it));
        kind || wrapped || why.source().is_some_and(tells)
    }
    why.source().is_some_and(tells)
}

/// The server's clock, in seconds since 1970, as its `Date` header tells.
fn server_time(response: &Response) -> Option<i64> {
    let date = response.headers().get(DATE)?.to_str().ok()?;
    Some(DateTime::parse_from_rfc2822(date).ok()?.timestamp())
}

/// The seconds of `Retry-After`, bounded; its other form, a date, is rare and counts as none.
fn retry_after(response: &Response) -> Duration {
    response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|it| it.to_str().ok()?.trim().parse().ok())
        .map_or(Duration::ZERO, Duration::from_secs)
        .min(LONGEST_RETRY_AFTER)
}

impl fmt::Debug for MedhubClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MedhubClient")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
