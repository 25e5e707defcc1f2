//! What a client is told when it is made.

use crate::BaseUrl;
use identity_core::port::Clock;
use secrecy::SecretString;
use std::{fmt, num::ParseIntError, str::FromStr, sync::Arc, time::Duration};

/// The number that MedHub's GME office gives together with the private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientId(pub u64);

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ClientId {
    type Err = ParseIntError;
    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.trim().parse().map(Self)
    }
}

/// How long to wait before each further attempt of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// A delay for each further attempt. A `Retry-After` of the server makes a delay longer, up to a minute;
    /// a delay of nothing stays nothing.
    pub delays: Vec<Duration>,
}

impl Retry {
    /// One attempt only.
    #[must_use]
    pub const fn never() -> Self {
        Self { delays: Vec::new() }
    }
}

/// Three more attempts, after 1, 4 and 16 seconds.
impl Default for Retry {
    fn default() -> Self {
        Self {
            delays: [1, 4, 16].map(Duration::from_secs).into(),
        }
    }
}

/// What a [`MedhubClient`](crate::MedhubClient) is told.
#[derive(Clone)]
pub struct Config {
    /// The institution's MedHub.
    pub base_url: BaseUrl,
    /// The client id given with the key.
    pub client_id: ClientId,
    /// The private key. Blanks around it, as copying leaves them, are not part of it.
    pub private_key: SecretString,
    /// This machine's clock.
    pub clock: Arc<dyn Clock>,
    /// The most one attempt of a call may take, answer included.
    pub call_timeout: Duration,
    /// The most a connection may take to be made.
    pub connect_timeout: Duration,
    /// The most a whole roster read may take.
    pub read_timeout: Duration,
    /// What is tried again, and when.
    pub retry: Retry,
    /// The most bytes one answer may have: kept while it is read, whatever it says of its own length.
    pub answer_limit: u64,
}

impl Config {
    /// The usual limits: 45 seconds a call, 10 seconds to connect, 30 minutes a read, three retries, 16 MiB an
    /// answer.
    #[must_use]
    pub fn new(
        base_url: BaseUrl,
        client_id: ClientId,
        private_key: SecretString,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            base_url,
            client_id,
            private_key,
            clock,
            call_timeout: Duration::from_secs(45),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30 * 60),
            retry: Retry::default(),
            answer_limit: 16 << 20,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base_url", &self.base_url)
            .field("client_id", &self.client_id)
            .field("call_timeout", &self.call_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("read_timeout", &self.read_timeout)
            .field("retry", &self.retry)
            .field("answer_limit", &self.answer_limit)
            .finish_non_exhaustive()
    }
}
