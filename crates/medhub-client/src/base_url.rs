//! Where a MedHub answers.

use identity_core::roster::SourceFailure;
use std::fmt;
use url::{Host, Url};

/// Everything before `/{group}/{call}`, such as `https://hospital.medhub.com/functions/api`; without a slash at
/// the end. It names the institution, so it belongs with every link kept from there.
///
/// `https`, or `http` towards this machine (`127.0.0.0/8`, `::1`, `localhost`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    text: Box<str>,
    way: Way,
}

/// What lies between here and there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    /// Nothing, and nothing is encrypted.
    PlainOnThisMachine,
    /// Nothing, but it is encrypted.
    EncryptedOnThisMachine,
    /// The network; encrypted.
    Network,
}

impl BaseUrl {
    /// Reads a base URL; slashes at its end are dropped.
    ///
    /// # Errors
    /// [`SourceFailure::BadBaseUrl`] unless it is such a URL, without user information, query and fragment.
    pub fn parse(text: &str) -> Result<Self, SourceFailure> {
        let bad = |why| Err(SourceFailure::BadBaseUrl { why });
        let Ok(url) = Url::parse(text.trim()) else {
            return bad("not a URL");
        };
        let this_machine = match url.host() {
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return bad("without a host"),
        };
        let way = match url.scheme() {
            "https" if this_machine => Way::EncryptedOnThisMachine,
            "https" => Way::Network,
            "http" if this_machine => Way::PlainOnThisMachine,
            "http" => return bad("`http` is for this machine only, use `https`"),
            _ => return bad("not `https`"),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return bad("holds a user name or password");
        }
        if url.query().is_some() {
            return bad("holds a query");
        }
        if url.fragment().is_some() {
            return bad("holds a fragment");
        }
        Ok(Self {
            text: url.as_str().trim_end_matches('/').into(),
            way,
        })
    }

    /// The base URL as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) const fn way(&self) -> Way {
        self.way
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_kept_without_its_last_slash() {
        for (text, kept) in [
            (
                "https://hospital.medhub.com/functions/api",
                "https://hospital.medhub.com/functions/api",
            ),
            (
                " https://Hospital.medhub.com/functions/api// ",
                "https://hospital.medhub.com/functions/api",
            ),
            ("https://hospital.example", "https://hospital.example"),
            ("http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api"),
            ("http://127.8.9.1/api", "http://127.8.9.1/api"),
            ("http://[::1]:8080/api", "http://[::1]:8080/api"),
            ("http://LOCALHOST/api", "http://localhost/api"),
        ] {
            assert_eq!(
                BaseUrl::parse(text).map(|it| it.to_string()),
                Ok(kept.into())
            );
        }
    }

    #[test]
    fn a_url_that_would_leak_or_mislead_is_refused() {
        for (text, why) in [
            ("", "not a URL"),
            ("hospital.medhub.com", "not a URL"),
            ("https://", "not a URL"),
            ("ftp://hospital.medhub.com", "not `https`"),
            ("file:///etc/hosts", "without a host"),
            ("data:text/plain,x", "without a host"),
            (
                "http://hospital.medhub.com/functions/api",
                "`http` is for this machine only, use `https`",
            ),
            (
                "http://128.0.0.1",
                "`http` is for this machine only, use `https`",
            ),
            (
                "http://localhost.example",
                "`http` is for this machine only, use `https`",
            ),
            (
                "http://127.0.0.1@hospital.example",
                "`http` is for this machine only, use `https`",
            ),
            (
                "https://me@hospital.example",
                "holds a user name or password",
            ),
            (
                "https://:pw@hospital.example",
                "holds a user name or password",
            ),
            ("https://hospital.example/?a=b", "holds a query"),
            ("https://hospital.example/#a", "holds a fragment"),
        ] {
            assert_eq!(
                BaseUrl::parse(text),
                Err(SourceFailure::BadBaseUrl { why }),
                "{text}"
            );
        }
    }
}
