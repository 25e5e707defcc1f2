//! Authentication: whom a bearer's secret stands for, in which tenant, and what they may do at this moment.

use crate::{
    api::App,
    mark::Mark,
    problem::{Fault, Problem},
};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use identity_core::{
    authority::{Actor, Authority, AuthorityRefusal},
    hcp::{Hcp, import::Import},
    id::Id,
    operation::OperationKey,
    permission::Permission,
    person::Person,
    port::{Clock, Directory, Random, Store},
    role::Role,
    service::Call,
    session::Session,
    tenant::{Domain, Tenant},
    token::{Secret, SecretKind},
    user::User,
};

/// Whom a secret stands for.
enum Who {
    Operator,
    Member(Id<Tenant>, Actor),
}

impl Who {
    /// Whoever sent the one secret of a request. A secret of no kind, of a kind that opens nothing here, or that is dead, all are
    /// one answer (E3).
    async fn of<S: Store + Directory, C: Clock, R: Random>(
        parts: &Parts,
        app: &App<S, C, R>,
    ) -> Result<Self, Problem> {
        let secret = secret(&parts.headers).ok_or(Fault::Unauthenticated)?;
        let (tenant, actor) = match secret.kind() {
            SecretKind::Token => app.rollcall().authenticate(&secret).await?,
            SecretKind::Session => app.rollcall().resume(&secret).await?,
            SecretKind::Operator => {
                let operator = app.api.operator.filter(|it| secret.is_of(*it));
                operator.ok_or(Fault::Unauthenticated)?;
                return Ok(Self::Operator);
            }
        };
        Ok(Self::Member(tenant, actor))
    }
}

/// Who asks, in which tenant, and what they may there. Taking it is what keeps strangers out of a handler, so it comes first.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) call: Call,
    /// As it was when the request came. Acts read it anew (A1).
    pub(crate) authority: Authority,
}

impl Caller {
    async fn admit<S: Store, C: Clock, R: Random>(
        parts: &Parts,
        app: &App<S, C, R>,
        call: Call,
    ) -> Result<Self, Problem> {
        let authority = app.rollcall().authority(&call).await?;
        Mark::of(&parts.extensions).set(&call, Some(&authority));
        Ok(Self { call, authority })
    }

    /// Lets through whoever has the permission.
    pub(crate) fn permit(&self, permission: &Permission) -> Result<(), Problem> {
        self.permit_any(permission, &[])
    }

    /// Lets through whoever has one of these permissions, of which the first is named to whoever has none.
    pub(crate) fn permit_any(
        &self,
        permission: &Permission,
        others: &[Permission],
    ) -> Result<(), Problem> {
        let allows = |it| self.authority.allows(it);
        if allows(permission) || others.iter().any(allows) {
            return Ok(());
        }
        let missing = AuthorityRefusal::Missing(permission.clone());
        Err(Problem::refused(&missing))
    }

    /// Whether the platform operator asks.
    pub(crate) fn is_operator(&self) -> bool {
        self.call.actor == Actor::Operator
    }

    /// The call under a key, if there is one.
    pub(crate) fn under(&self, Key(key): Key) -> Call {
        let mut call = self.call.clone();
        call.key = key;
        call
    }
}

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
        let who = Who::of(parts, app).await?;
        let tenant = id(parts, "tenant").await?;
        let actor = match who {
            Who::Operator => Actor::Operator,
            Who::Member(own, actor) if own == tenant => actor,
            // A secret opens one tenant; of all others it does not even say whether they exist.
            Who::Member(..) => return Err(Problem::refused(&AuthorityRefusal::UnknownTenant)),
        };
        Self::admit(parts, app, Call::new(tenant, actor)).await
    }
}

/// Whoever asks in a session of their own, in the tenant of the session. Other secrets open no session.
#[derive(Debug)]
pub(crate) struct InSession {
    pub(crate) caller: Caller,
    pub(crate) session: Id<Session>,
}

impl<S, C, R> FromRequestParts<App<S, C, R>> for InSession
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
        match Who::of(parts, app).await? {
            Who::Member(tenant, actor @ Actor::Session { session, .. }) => Ok(Self {
                caller: Caller::admit(parts, app, Call::new(tenant, actor)).await?,
                session,
            }),
            Who::Operator | Who::Member(..) => Err(Fault::Unauthenticated.into()),
        }
    }
}

/// Whoever is known at all, of whatever tenant or of the platform. Taking it keeps strangers out.
#[derive(Debug)]
pub(crate) struct Known(Option<Caller>);

impl<S, C, R> FromRequestParts<App<S, C, R>> for Known
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
        Ok(Self(match Who::of(parts, app).await? {
            Who::Operator => None,
            Who::Member(tenant, actor) => {
                Some(Caller::admit(parts, app, Call::new(tenant, actor)).await?)
            }
        }))
    }
}

/// The platform operator, on the platform itself. Users are refused, and not as strangers.
#[derive(Debug)]
pub(crate) struct Operator(pub(crate) Call);

impl<S, C, R> FromRequestParts<App<S, C, R>> for Operator
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
        match Known::from_request_parts(parts, app).await? {
            Known(None) => Ok(Self(Call::operator())),
            Known(Some(_)) => Err(Problem::refused(&AuthorityRefusal::NotOperator)),
        }
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

/// The text in the path's segment of this name.
pub(crate) async fn segment(parts: &mut Parts, name: &str) -> Option<String> {
    let segments = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    // A host's own segments stand before ours.
    let segment = segments.iter().filter(|(it, _)| *it == name).last();
    segment.map(|(_, text)| text.to_owned())
}

/// The identifier in the path's segment of this name.
async fn id<K>(parts: &mut Parts, name: &str) -> Result<Id<K>, Problem> {
    let id = segment(parts, name).await.and_then(|it| it.parse().ok());
    Ok(id.ok_or(Fault::IdInvalid)?)
}

/// What paths name.
pub(crate) trait InPath {
    /// The name of its segment.
    const SEGMENT: &'static str;
}

impl InPath for User {
    const SEGMENT: &'static str = "user";
}
impl InPath for Person {
    const SEGMENT: &'static str = "person";
}
impl InPath for Role {
    const SEGMENT: &'static str = "role";
}
impl InPath for Session {
    const SEGMENT: &'static str = "session";
}
impl InPath for Domain {
    const SEGMENT: &'static str = "domain";
}
impl InPath for Hcp {
    const SEGMENT: &'static str = "hcp";
}
impl InPath for Import {
    const SEGMENT: &'static str = "import";
}

/// What the path names.
pub(crate) struct Of<K>(pub(crate) Id<K>);

impl<S: Send + Sync, K: InPath> FromRequestParts<S> for Of<K> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(id(parts, K::SEGMENT).await?))
    }
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
