//! Authority: who acts, and what they may do at this moment.
//!
//! It is read anew for every decision, never remembered, and what was read is among the decision's expectations: losing
//! it meanwhile makes the commit stale (A1). Rules look at permissions and at a role's kind, never at its name (A3).

mod explanation;

pub use explanation::{Denial, Explanation, Ground, Obstacle, QuestionRefusal, Withheld, gives};

use crate::{
    account::Account,
    changeset::Changeset,
    id::Id,
    journal::{By, Entry, Event},
    owner::Elevation,
    permission::Permission,
    port::Find,
    record::{Records, Stored},
    refusal::Refusal,
    role::{Assignment, AssignmentStatus, Role, RoleKind, RoleStatus},
    session::{Session, SessionOver},
    tenant::{Domain, DomainStatus, Tenant, TenantStatus},
    time::Instant,
    token::{ApiToken, TokenDead},
    user::{User, UserStatus},
};
use serde::{Serialize, Serializer};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The platform's own staff: makes, suspends and lists tenants and replaces their owners, and has no permission inside them.
    Operator,
    /// A user of the tenant for whom the host vouches itself, with everyday roles: Tenant Owner needs a session (O4).
    User(
        /// who
        Id<User>,
    ),
    /// A user in a session, with Tenant Owner while it is switched on there.
    Session {
        /// which
        session: Id<Session>,
        /// whose it is thought to be
        user: Id<User>,
    },
    /// A program with a token, in the name of a user and never as owner (O7).
    Token(
        /// which
        Id<ApiToken>,
    ),
}

impl Actor {
    /// A user, acting with their everyday roles.
    #[must_use]
    pub const fn user(user: Id<User>) -> Self {
        Self::User(user)
    }

    /// What must be loaded to tell what the actor may do.
    #[must_use]
    pub fn find(&self) -> Vec<Find> {
        match self {
            Self::Operator => vec![Find::Tenant],
            Self::User(user) => vec![Find::Tenant, Find::Access(*user)],
            Self::Session { session, .. } => vec![Find::Tenant, Find::Session(*session)],
            Self::Token(token) => vec![Find::Tenant, Find::ApiToken(*token)],
        }
    }
}

/// Under an operation key the same human being is the same asker, in whatever session the question is repeated.
impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Operator => ("operator", None),
            Self::User(user) | Self::Session { user, .. } => ("user", Some(*user.as_uuid())),
            Self::Token(token) => ("token", Some(*token.as_uuid())),
        }
        .serialize(serializer)
    }
}

/// What an actor may do, with the records that say so.
#[derive(Clone, Debug)]
pub struct Authority {
    tenant: Stored<Tenant>,
    standing: Standing,
}

#[derive(Clone, Debug)]
enum Standing {
    Operator,
    User(Box<UserStanding>),
}

#[derive(Clone, Debug)]
struct UserStanding {
    user: Stored<User>,
    domain: Stored<Domain>,
    /// Active assignments with their roles, Tenant Owner among them only while it is switched on (O4).
    grants: Vec<(Stored<Assignment>, Stored<Role>)>,
    /// The other assignments with their roles: they give nothing, and explain why.
    idle: Vec<(Stored<Assignment>, Stored<Role>)>,
    by: ActsBy,
    /// What is in force in the session.
    elevation: Option<Stored<Elevation>>,
}

/// What says that it is the user who acts.
#[derive(Clone, Debug)]
enum ActsBy {
    /// The host.
    Host,
    Session(Stored<Session>, Stored<Account>),
    Token(Stored<ApiToken>),
}

/// Proof that an elevated owner acts. Only [`Authority::elevated`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct Elevated {
    user: Id<User>,
}

impl Elevated {
    /// The owner who acts.
    #[must_use]
    pub const fn user(&self) -> Id<User> {
        self.user
    }
}

/// Proof that the platform operator acts. Only [`Authority::operator`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct ByOperator(());

/// Why an actor may not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityRefusal {
    /// No such tenant, or not for this actor.
    #[error("no such tenant")]
    UnknownTenant,
    /// The tenant is suspended.
    #[error("tenant is suspended")]
    TenantSuspended,
    /// No such user here.
    #[error("no such user in this tenant")]
    UnknownActor,
    /// The acting user is inactive.
    #[error("acting user is inactive")]
    ActorInactive,
    /// The acting user's domain is inactive.
    #[error("acting user's domain is inactive")]
    DomainInactive,
    /// The token is dead.
    #[error("token is not valid")]
    TokenDead,
    /// The session is over.
    #[error("session is over")]
    SessionOver,
    /// An act of the platform's staff.
    #[error("only the platform operator may do this")]
    NotOperator,
    /// Elevation asked for by somebody who does not hold Tenant Owner.
    #[error("acting user does not hold Tenant Owner")]
    NotAnOwner,
    /// An owner's act without elevation.
    #[error("Tenant Owner is not switched on")]
    NotElevated,
    /// No active assignment gives the permission.
    #[error("permission `{0}` is missing")]
    Missing(Permission),
}

impl Refusal for AuthorityRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownTenant => "tenant_unknown",
            Self::TenantSuspended => "tenant_suspended",
            Self::UnknownActor => "actor_unknown",
            Self::ActorInactive => "actor_inactive",
            Self::DomainInactive => "domain_inactive",
            Self::TokenDead => "token_invalid",
            Self::SessionOver => "session_over",
            Self::NotOperator => "operator_only",
            Self::NotAnOwner => "not_an_owner",
            Self::NotElevated => "elevation_required",
            Self::Missing(_) => "permission_missing",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::UnknownTenant
            | Self::TenantSuspended
            | Self::UnknownActor
            | Self::ActorInactive
            | Self::DomainInactive
            | Self::SessionOver
            | Self::Missing(_) => "A1",
            Self::TokenDead => "E3",
            Self::NotOperator => "O6",
            Self::NotAnOwner | Self::NotElevated => "O4",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::UnknownTenant => "name a tenant that exists",
            Self::TenantSuspended => "ask the platform operator to reactivate the tenant",
            Self::UnknownActor => "act as a user of this tenant",
            Self::ActorInactive => "ask an administrator to reactivate the user",
            Self::DomainInactive => "ask the platform operator about the domain",
            Self::TokenDead => "make a new token",
            Self::SessionOver => "log in again",
            Self::NotOperator => "ask the platform operator",
            Self::NotAnOwner => "act as an owner",
            Self::NotElevated => "switch Tenant Owner on in the session, with a reason",
            Self::Missing(_) => "ask an administrator for a role that has the permission",
        }
    }
}

impl Authority {
    /// Reads what `actor` may do at `now` from what was loaded for [`Actor::find`].
    ///
    /// # Errors
    /// Refuses whoever has no authority at all: unknown, inactive, in an inactive domain, under a dead token, or
    /// asking to switch on a role they do not hold.
    pub fn of(
        actor: &Actor,
        tenant: Id<Tenant>,
        records: &Records,
        now: Instant,
    ) -> Result<Self, AuthorityRefusal> {
        let tenant = records
            .tenants
            .get(&tenant)
            .ok_or(AuthorityRefusal::UnknownTenant)?
            .clone();
        if *actor == Actor::Operator {
            return Ok(Self {
                tenant,
                standing: Standing::Operator,
            });
        }
        match tenant.record.status {
            TenantStatus::Active => (),
            TenantStatus::Suspended { .. } => return Err(AuthorityRefusal::TenantSuspended),
        }
        let (user, session, token) = match actor {
            Actor::Operator => return Err(AuthorityRefusal::UnknownActor),
            Actor::User(user) => (*user, None, None),
            Actor::Session { session, user } => {
                let session = records.sessions.get(session);
                let session = session.filter(|it| it.record.user == *user);
                let session = session.ok_or(AuthorityRefusal::SessionOver)?;
                (*user, Some(session), None)
            }
            Actor::Token(id) => {
                let token = records
                    .api_tokens
                    .get(id)
                    .ok_or(AuthorityRefusal::TokenDead)?;
                token.record.alive(now).map_err(|dead| match dead {
                    TokenDead::Other | TokenDead::Expired | TokenDead::Revoked => {
                        AuthorityRefusal::TokenDead
                    }
                })?;
                (token.record.user, None, Some(token))
            }
        };
        let user = records
            .users
            .get(&user)
            .ok_or(AuthorityRefusal::UnknownActor)?
            .clone();
        match user.record.status {
            UserStatus::Active => (),
            UserStatus::Inactive => return Err(AuthorityRefusal::ActorInactive),
        }
        let domain = records
            .domains
            .get(&user.record.domain)
            .ok_or(AuthorityRefusal::DomainInactive)?
            .clone();
        match domain.record.status {
            DomainStatus::Active => (),
            DomainStatus::Inactive => return Err(AuthorityRefusal::DomainInactive),
        }
        let by = match (session, token) {
            (Some(session), _) => {
                let account = records.accounts.get(&session.record.account);
                let known = account.map(|it| &it.record);
                session
                    .record
                    .alive(&user.record, known, now)
                    .map_err(|over| match over {
                        SessionOver::Ended
                        | SessionOver::Expired
                        | SessionOver::UserMovedOn
                        | SessionOver::AccountMovedOn => AuthorityRefusal::SessionOver,
                    })?;
                let account = account.ok_or(AuthorityRefusal::SessionOver)?;
                ActsBy::Session(session.clone(), account.clone())
            }
            (None, Some(token)) if token.record.user_epoch != user.record.epoch => {
                return Err(AuthorityRefusal::TokenDead);
            }
            (None, Some(token)) => ActsBy::Token(token.clone()),
            (None, None) => ActsBy::Host,
        };
        let elevation = session
            .and_then(|session| {
                let elevation = records.elevations.get(&session.record.elevation?)?;
                let own = elevation.record.session == session.record.id
                    && elevation.record.user == session.record.user;
                (own && elevation.record.in_force(now)).then_some(elevation)
            })
            .cloned();
        let (grants, idle): (Vec<_>, Vec<_>) = held(user.record.id, records)
            .map(|(assignment, role)| (assignment.clone(), role.clone()))
            .partition(|(assignment, role)| {
                let off = role.record.kind == RoleKind::TenantOwner && elevation.is_none();
                counts(assignment, role) && !off
            });
        let owner = |(_, role): &(_, Stored<Role>)| role.record.kind == RoleKind::TenantOwner;
        Ok(Self {
            tenant,
            standing: Standing::User(Box::new(UserStanding {
                user,
                domain,
                // Whoever lost the role has lost the elevation with it.
                elevation: elevation.filter(|_| grants.iter().any(owner)),
                grants,
                idle,
                by,
            })),
        })
    }

    /// Whether some grant gives the permission: no allocation, for the path of every request.
    #[must_use]
    pub fn allows(&self, permission: &Permission) -> bool {
        match &self.standing {
            Standing::Operator => false,
            Standing::User(standing) => standing.granting(permission).is_some(),
        }
    }

    /// Begins the changeset of an act that needs `permission`: it relies on every record that gives it.
    ///
    /// # Errors
    /// [`AuthorityRefusal::Missing`].
    pub fn permit(&self, permission: &Permission) -> Result<Changeset, AuthorityRefusal> {
        match &self.standing {
            Standing::Operator => Err(AuthorityRefusal::Missing(permission.clone())),
            Standing::User(standing) => {
                let grant = standing
                    .granting(permission)
                    .ok_or_else(|| AuthorityRefusal::Missing(permission.clone()))?;
                Ok(self.begin(grant))
            }
        }
    }

    /// What was looked for. That there is no such thing is told only to whoever has the permission.
    ///
    /// # Errors
    /// [`AuthorityRefusal::Missing`], or else `unknown`.
    pub(crate) fn found<T, E: From<AuthorityRefusal>>(
        &self,
        found: Option<T>,
        permission: &Permission,
        unknown: E,
    ) -> Result<T, E> {
        match found {
            Some(found) => Ok(found),
            None if self.allows(permission) => Err(unknown),
            None => Err(AuthorityRefusal::Missing(permission.clone()).into()),
        }
    }

    /// Begins the changeset of an act that only an elevated owner may do, with the proof that one does.
    ///
    /// # Errors
    /// [`AuthorityRefusal::NotElevated`].
    pub fn elevated(&self) -> Result<(Changeset, Elevated), AuthorityRefusal> {
        match &self.standing {
            Standing::Operator => Err(AuthorityRefusal::NotElevated),
            Standing::User(standing) => {
                let grant = standing
                    .grants
                    .iter()
                    .find(|(_, role)| role.record.kind == RoleKind::TenantOwner)
                    .ok_or(AuthorityRefusal::NotElevated)?;
                Ok((
                    self.begin(grant),
                    Elevated {
                        user: standing.user.record.id,
                    },
                ))
            }
        }
    }

    /// Begins the changeset of an act of the platform operator's (O6), with the proof that it is one.
    ///
    /// # Errors
    /// [`AuthorityRefusal::NotOperator`].
    pub fn operator(&self) -> Result<(Changeset, ByOperator), AuthorityRefusal> {
        match &self.standing {
            Standing::Operator => Ok((self.act(), ByOperator(()))),
            Standing::User(_) => Err(AuthorityRefusal::NotOperator),
        }
    }

    /// Begins the changeset of an act that needs no permission, such as one on oneself: it relies on whoever acts being there.
    /// What is under elevation stays so: an elevation that ends meanwhile makes it stale.
    pub fn act(&self) -> Changeset {
        let mut changes = Changeset::new(self.tenant.record.id);
        changes.rely(&self.tenant);
        if let Standing::User(standing) = &self.standing {
            changes.rely(&standing.user);
            changes.rely(&standing.domain);
            match &standing.by {
                ActsBy::Host => (),
                ActsBy::Session(session, account) => {
                    changes.rely(session);
                    changes.rely(account);
                }
                ActsBy::Token(token) => changes.rely(token),
            }
            if let Some(elevation) = &standing.elevation {
                changes.rely(elevation);
            }
        }
        changes
    }

    fn begin(&self, (assignment, role): &(Stored<Assignment>, Stored<Role>)) -> Changeset {
        let mut changes = self.act();
        changes.rely(assignment);
        changes.rely(role);
        changes
    }

    /// The journal entry of something the actor did.
    #[must_use]
    pub fn entry(&self, at: Instant, event: Event) -> Entry {
        let by = self.by();
        Entry { at, by, event }
    }

    /// Who acts, as the journal says it.
    #[must_use]
    pub fn by(&self) -> By {
        let it = match &self.standing {
            Standing::Operator => return By::Operator,
            Standing::User(it) => it,
        };
        let user = it.user.record.id;
        match &it.by {
            ActsBy::Host => By::User {
                user,
                session: None,
                elevation: None,
            },
            ActsBy::Session(session, _) => By::User {
                user,
                session: Some(session.record.id),
                elevation: it.elevation.as_ref().map(|it| it.record.id),
            },
            ActsBy::Token(token) => By::Token {
                token: token.record.id,
                user,
            },
        }
    }

    /// The user who acts, or in whose name a token does; `None` for the operator.
    #[must_use]
    pub fn user(&self) -> Option<Id<User>> {
        match &self.standing {
            Standing::Operator => None,
            Standing::User(standing) => Some(standing.user.record.id),
        }
    }

    /// The record of the user who acts.
    pub(crate) fn stored_user(&self) -> Option<&Stored<User>> {
        match &self.standing {
            Standing::Operator => None,
            Standing::User(standing) => Some(&standing.user),
        }
    }

    /// The token, where a program acts with one.
    #[must_use]
    pub fn token(&self) -> Option<Id<ApiToken>> {
        match &self.standing {
            Standing::Operator => None,
            Standing::User(standing) => match &standing.by {
                ActsBy::Host | ActsBy::Session(..) => None,
                ActsBy::Token(token) => Some(token.record.id),
            },
        }
    }

    /// The session in which the user acts, if they act in one.
    #[must_use]
    pub fn session(&self) -> Option<&Stored<Session>> {
        match &self.standing {
            Standing::Operator => None,
            Standing::User(standing) => match &standing.by {
                ActsBy::Host | ActsBy::Token(_) => None,
                ActsBy::Session(session, _) => Some(session),
            },
        }
    }

    /// The elevation that is in force, if one is: every answer given under it is to be marked (O4).
    #[must_use]
    pub fn elevation(&self) -> Option<&Elevation> {
        match &self.standing {
            Standing::Operator => None,
            Standing::User(standing) => standing.elevation.as_ref().map(|it| &it.record),
        }
    }

    /// Whether it is this user who acts, and no program in their name.
    #[must_use]
    pub fn is_themselves(&self, user: Id<User>) -> bool {
        self.user() == Some(user) && self.token().is_none()
    }

    /// Whether whoever acts logs in as this user: the user themselves, or another whom the same login opens, and no program.
    pub(crate) fn logs_in_as(&self, user: &User) -> bool {
        let login = self.stored_user().and_then(|it| it.record.account);
        self.is_themselves(user.id)
            || self.token().is_none() && login.is_some() && login == user.account
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> &Tenant {
        &self.tenant.record
    }

    /// The tenant, to be changed.
    pub(crate) const fn stored_tenant(&self) -> &Stored<Tenant> {
        &self.tenant
    }
}

impl UserStanding {
    fn granting(&self, permission: &Permission) -> Option<&(Stored<Assignment>, Stored<Role>)> {
        self.grants
            .iter()
            .find(|(_, role)| gives(&role.record, permission))
    }
}

/// The user's assignments with their roles, whether they count or not.
pub(crate) fn held(
    user: Id<User>,
    records: &Records,
) -> impl Iterator<Item = (&Stored<Assignment>, &Stored<Role>)> {
    let assignments = records.assignments.values();
    assignments
        .filter(move |it| it.record.user == user)
        .filter_map(|it| Some((it, records.roles.get(&it.record.role)?)))
}

fn counts(assignment: &Stored<Assignment>, role: &Stored<Role>) -> bool {
    assignment.record.status == AssignmentStatus::Active && role.record.status == RoleStatus::Active
}

/// The user's active assignments with their roles, of those that count.
pub(crate) fn active_grants(
    user: Id<User>,
    records: &Records,
) -> impl Iterator<Item = (&Stored<Assignment>, &Stored<Role>)> {
    held(user, records).filter(|(assignment, role)| counts(assignment, role))
}

#[cfg(test)]
mod tests;
