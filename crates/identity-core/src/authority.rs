//! Authority: who acts, and what they may do at this moment.
//!
//! It is read anew for every decision, never remembered, and what was read is among the decision's expectations: losing
//! it meanwhile makes the commit stale (A1). Rules look at permissions and at a role's kind, never at its name (A3).

use crate::{
    changeset::Changeset,
    id::{Id, Mint},
    journal::{By, Entry, Event},
    name::Name,
    owner::Elevation,
    permission::Permission,
    port::Find,
    record::{Records, Stored},
    refusal::Refusal,
    role::{Assignment, AssignmentStatus, Role, RoleKind},
    tenant::{Domain, DomainStatus, Tenant, TenantStatus},
    time::Instant,
    token::{ApiToken, TokenDead},
    user::{User, UserStatus},
};
use serde::Serialize;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Actor {
    /// The platform's own staff: makes tenants and sees their owners, and has no permission inside them.
    Operator,
    /// A user of the tenant, with the Tenant Owner role switched on for this command if a reason is given.
    User {
        /// who
        user: Id<User>,
        /// why the role is switched on
        elevate: Option<Name>,
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
        Self::User {
            user,
            elevate: None,
        }
    }

    /// What must be loaded to tell what the actor may do.
    #[must_use]
    pub fn find(&self) -> Vec<Find> {
        match self {
            Self::Operator => vec![Find::Tenant],
            Self::User { user, .. } => vec![Find::Tenant, Find::Access(*user)],
            Self::Token(token) => vec![Find::Tenant, Find::ApiToken(*token)],
        }
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
    token: Option<Stored<ApiToken>>,
    elevation: Option<Elevation>,
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
            | Self::Missing(_) => "A1",
            Self::TokenDead => "E3",
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
            Self::NotAnOwner => "act as an owner, or leave the elevation out",
            Self::NotElevated => "switch Tenant Owner on and give a reason",
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
        ids: &mut Mint,
    ) -> Result<Self, AuthorityRefusal> {
        let now = ids.now();
        let tenant = records
            .tenants
            .get(&tenant)
            .ok_or(AuthorityRefusal::UnknownTenant)?
            .clone();
        match tenant.record.status {
            TenantStatus::Active => (),
            TenantStatus::Suspended { .. } => return Err(AuthorityRefusal::TenantSuspended),
        }
        let (user, elevate, token) = match actor {
            Actor::Operator => {
                return Ok(Self {
                    tenant,
                    standing: Standing::Operator,
                });
            }
            Actor::User { user, elevate } => (*user, elevate.as_ref(), None),
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
                (token.record.user, None, Some(token.clone()))
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
        let elevation = elevate.map(|reason| Elevation {
            id: ids.id(),
            user: user.record.id,
            reason: reason.clone(),
            at: now,
        });
        let grants: Vec<_> = active_grants(user.record.id, records)
            .filter(|(_, role)| role.record.kind != RoleKind::TenantOwner || elevation.is_some())
            .map(|(assignment, role)| (assignment.clone(), role.clone()))
            .collect();
        let owner = grants
            .iter()
            .any(|(_, role)| role.record.kind == RoleKind::TenantOwner);
        if elevation.is_some() && !owner {
            return Err(AuthorityRefusal::NotAnOwner);
        }
        Ok(Self {
            tenant,
            standing: Standing::User(Box::new(UserStanding {
                user,
                domain,
                grants,
                token,
                elevation,
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
                Ok(self.begin(standing, grant))
            }
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
                    self.begin(standing, grant),
                    Elevated {
                        user: standing.user.record.id,
                    },
                ))
            }
        }
    }

    fn begin(
        &self,
        standing: &UserStanding,
        (assignment, role): &(Stored<Assignment>, Stored<Role>),
    ) -> Changeset {
        let mut changes = Changeset::new(self.tenant.record.id);
        changes.rely(&self.tenant);
        changes.rely(&standing.user);
        changes.rely(&standing.domain);
        changes.rely(assignment);
        changes.rely(role);
        if let Some(token) = &standing.token {
            changes.rely(token);
        }
        if let Some(elevation) = &standing.elevation {
            changes.create(elevation.clone());
            let event = Event::Elevated {
                elevation: elevation.id,
                user: elevation.user,
            };
            changes.enter(self.entry(elevation.at, event));
        }
        changes
    }

    /// The journal entry of something the actor did.
    #[must_use]
    pub fn entry(&self, at: Instant, event: Event) -> Entry {
        let by = match &self.standing {
            Standing::Operator => By::Operator,
            Standing::User(it) => match &it.token {
                Some(token) => By::Token {
                    token: token.record.id,
                    user: it.user.record.id,
                },
                None => By::User {
                    user: it.user.record.id,
                    elevation: it.elevation.as_ref().map(|it| it.id),
                },
            },
        };
        Entry { at, by, event }
    }

    /// The user who acts, or in whose name a token does; `None` for the operator.
    #[must_use]
    pub fn user(&self) -> Option<Id<User>> {
        match &self.standing {
            Standing::Operator => None,
            Standing::User(standing) => Some(standing.user.record.id),
        }
    }

    /// The token, where a program acts with one.
    #[must_use]
    pub fn token(&self) -> Option<Id<ApiToken>> {
        match &self.standing {
            Standing::Operator => None,
            Standing::User(standing) => standing.token.as_ref().map(|it| it.record.id),
        }
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> &Tenant {
        &self.tenant.record
    }
}

impl UserStanding {
    fn granting(&self, permission: &Permission) -> Option<&(Stored<Assignment>, Stored<Role>)> {
        // Tenant Owner has every permission there is, also those a host adds later.
        self.grants.iter().find(|(_, role)| {
            role.record.kind == RoleKind::TenantOwner
                || role.record.permissions.contains(permission)
        })
    }
}

/// The user's active assignments with their roles.
pub(crate) fn active_grants(
    user: Id<User>,
    records: &Records,
) -> impl Iterator<Item = (&Stored<Assignment>, &Stored<Role>)> {
    records
        .assignments
        .values()
        .filter(move |it| it.record.user == user && it.record.status == AssignmentStatus::Active)
        .filter_map(|it| Some((it, records.roles.get(&it.record.role)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        journal::Hash,
        permission::{TOKENS_MANAGE, USERS_MANAGE},
        record::{Ref, Version},
        world::{World, events, name, now, relies_on},
    };
    use chrono::Duration;

    /// A token of the owner's that lives for so long from now.
    fn token(world: &mut World, life: Duration, revoked_at: Option<Instant>) -> Id<ApiToken> {
        let token = ApiToken {
            id: world.ids.id(),
            name: name("nightly"),
            user: world.owner,
            hash: Hash::of(b"secret"),
            created_at: now(),
            expires_at: now() + life,
            revoked_at,
        };
        let id = token.id;
        world.records.insert(token.into(), Version::FIRST);
        id
    }

    /// A1: everything that an actor's authority hangs on takes it away at once.
    #[test]
    fn a_suspended_tenant_and_an_inactive_domain_give_no_authority() {
        let mut world = World::new();
        let actor = Actor::user(world.owner);
        let whole = world.records.clone();
        let domain = world.records.domains.values_mut().next().unwrap();
        domain.record.status = DomainStatus::Inactive;
        assert_eq!(
            world.act(&actor).unwrap_err(),
            AuthorityRefusal::DomainInactive
        );
        world.records = whole;
        assert!(world.act(&actor).is_ok());
        let tenant = world.records.tenants.values_mut().next().unwrap();
        tenant.record.status = TenantStatus::Suspended { since: now() };
        for actor in [actor, Actor::Operator] {
            assert_eq!(
                world.act(&actor).unwrap_err(),
                AuthorityRefusal::TenantSuspended
            );
        }
    }

    /// E3: a token is dead at its end exactly, and once it is revoked, also where it was found alive before.
    #[test]
    fn a_dead_token_gives_no_authority() {
        let mut world = World::new();
        let moment = Duration::microseconds(1);
        for (life, revoked, alive) in [
            (moment, None, true),
            (Duration::zero(), None, false),
            (moment, Some(now()), false),
        ] {
            let token = token(&mut world, life, revoked);
            let authority = world.act(&Actor::Token(token)).map(|_| ());
            let expected = if alive {
                Ok(())
            } else {
                Err(AuthorityRefusal::TokenDead)
            };
            assert_eq!(authority, expected, "{life} {revoked:?}");
        }
    }

    /// O7, J1: a token carries what its user may do every day, never Tenant Owner, and the journal names it.
    #[test]
    fn a_token_acts_in_its_own_name_and_never_as_owner() {
        let mut world = World::new();
        let token = token(&mut world, Duration::days(1), None);
        let authority = world.act(&Actor::Token(token)).unwrap();
        assert_eq!(
            authority.elevated().unwrap_err(),
            AuthorityRefusal::NotElevated
        );
        let entry = authority.entry(now(), Event::TokenRevoked { token });
        let user = world.owner;
        assert_eq!(entry.by, By::Token { token, user });
    }

    /// A1: what was read to tell is expected by the changeset, each record of it.
    #[test]
    fn what_gives_the_authority_is_relied_on() {
        let mut world = World::new();
        let token = token(&mut world, Duration::days(1), None);
        let authority = world.act(&Actor::Token(token)).unwrap();
        let changes = authority.permit(&TOKENS_MANAGE).unwrap();
        let assignment = world
            .assignment(world.owner, RoleKind::SystemAdministrator)
            .unwrap();
        for relied in [
            Ref::Tenant(world.tenant),
            Ref::User(world.owner),
            Ref::Domain(world.records.users[&world.owner].record.domain),
            Ref::Assignment(assignment.id),
            Ref::Role(assignment.role),
            Ref::ApiToken(token),
        ] {
            assert!(relies_on(&changes, &relied), "{relied:?}");
        }
        assert!(events(&changes).is_empty());
    }

    #[test]
    fn the_operator_has_no_permission_inside_a_tenant() {
        let mut world = World::new();
        let operator = world.act(&Actor::Operator).unwrap();
        assert!(!operator.allows(&USERS_MANAGE));
        assert_eq!(
            operator.permit(&USERS_MANAGE).unwrap_err(),
            AuthorityRefusal::Missing(USERS_MANAGE)
        );
        assert_eq!(
            operator.elevated().unwrap_err(),
            AuthorityRefusal::NotElevated
        );
    }
}
