//! From where a request comes, under which tries to log in are counted.

use crate::problem::Fault;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};
use identity_core::login::{Source, SourceSyntax};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// From where a request comes, as the host knows it: an extension of the request that the host sets.
///
/// Without it, requests are told apart by the address of whoever is connected, where the server was made to tell it
/// ([`serve`](crate::serve) is); else all are one source. Behind a proxy every request comes from the proxy: a host that stands
/// behind one must set it, by what its own proxy says and not by what a client could say.
///
/// ```
/// use http_api::ClientSource;
/// use identity_core::login::Source;
///
/// let mut request = axum::http::Request::new(axum::body::Body::empty());
/// let source = Source::parse("198.51.100.7")?;
/// request.extensions_mut().insert(ClientSource(source));
/// # Ok::<(), identity_core::login::SourceSyntax>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSource(
    /// the source
    pub Source,
);

/// From where the request comes.
pub(crate) struct CameFrom(pub(crate) Source);

impl<S: Send + Sync> FromRequestParts<S> for CameFrom {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        if let Some(ClientSource(source)) = parts.extensions.get() {
            return Ok(Self(source.clone()));
        }
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let source = connected.map_or_else(|| Source::parse("unknown"), |it| of(it.0.ip()));
        source.map(Self).map_err(|_| Fault::Internal)
    }
}

/// The source that an address stands for. Who has one address of IPv6 has the whole network of 64 bits that it is in.
fn of(address: IpAddr) -> Result<Source, SourceSyntax> {
    match address.to_canonical() {
        IpAddr::V4(it) => Source::parse(&it.to_string()),
        IpAddr::V6(it) => {
            let network = Ipv6Addr::from_bits(it.to_bits() & !u128::from(u64::MAX));
            Source::parse(&format!("{network}/64"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_for_whoever_has_it() {
        for (address, source) in [
            ("198.51.100.7", "198.51.100.7"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("::1", "::/64"),
        ] {
            let of = of(address.parse().unwrap()).unwrap();
            assert_eq!(of, Source::parse(source).unwrap(), "{address}");
        }
    }
}
