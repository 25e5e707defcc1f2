//! Authentication: whom a bearer token stands for, and the tenant of the path.

use crate::{
    api::App,
    problem::{Fault, Problem},
};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use identity_core::{
    authority::AuthorityRefusal,
    id::Id,
    operation::OperationKey,
    port::{Clock, Directory, Random, Store},
    service::Call,
    token::Secret,
};

/// Who asks, in which tenant. Taking it is what keeps strangers out of a handler, so it comes first.
pub(crate) struct Caller(pub(crate) Call);

impl<S, C, R> FromRequestParts<App<S, C, R>> for Caller
where
    S: Store + Directory,
    C: Clock,
    R: Random,
{
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &App<S, C, R>,
    ) -> Result<Self, Self::Rejection> {
        let secret = secret(&parts.headers).ok_or(Fault::Unauthenticated)?;
        let (tenant, actor) = app.rollcall().authenticate(&secret).await?;
        if id(parts, "tenant").await? != tenant {
            // The token opens one tenant; of all others it does not even say whether they exist.
            return Err(Problem::refused(&AuthorityRefusal::UnknownTenant));
        }
        Ok(Self(Call::new(tenant, actor)))
    }
}

/// The secret of the one `Authorization: Bearer` header.
fn secret(headers: &HeaderMap) -> Option<Secret> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    Secret::parse(token.trim_matches(' ')).ok()
}

/// The identifier in the path's segment of this name.
pub(crate) async fn id<K>(parts: &mut Parts, name: &str) -> Result<Id<K>, Problem> {
    let segments = RawPathParams::from_request_parts(parts, &())
        .await
        .map_err(|_| Fault::IdInvalid)?;
    // A host's own segments stand before ours.
    let segment = segments.iter().filter(|(it, _)| *it == name).last();
    let id = segment.and_then(|(_, text)| text.parse().ok());
    Ok(id.ok_or(Fault::IdInvalid)?)
}

/// The `Idempotency-Key` of a request, if it has one.
pub(crate) struct Key(pub(crate) Option<OperationKey>);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let key = match (values.next(), values.next()) {
            (None, _) => None,
            (Some(value), None) => {
                let text = value.to_str().map_err(|_| Fault::KeyInvalid)?;
                Some(OperationKey::parse(text).map_err(|_| Fault::KeyInvalid)?)
            }
            (Some(_), Some(_)) => return Err(Fault::KeyInvalid.into()),
        };
        Ok(Self(key))
    }
}
