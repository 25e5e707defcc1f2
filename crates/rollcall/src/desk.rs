//! A desk with a database: which file, which tenant, who acts, and whom names mean.

use crate::{
    arguments::{Options, RoleName, Who},
    elevation::{InSession, Whose},
    failure::Failure,
    output::Format,
    pages, secrets,
};
use identity_core::{
    account::Opens,
    authority::{Actor, AuthorityRefusal},
    id::Id,
    name::Name,
    owner::elevation::ElevationRefusal,
    permission::{Catalogue, Permission, ROLES_MANAGE, USERS_MANAGE},
    port::{Directory as _, TenantLine, UserLine},
    role::{AssignRefusal, Role, RoleStatus},
    service::{Call, Rollcall, Settings},
    session::Session,
    tenant::Tenant,
    token::{Secret, SecretKind},
    user::{StatusRefusal, User},
};
use os_ports::{SystemClock, SystemRandom};
use std::path::{Path, PathBuf};
use store_sqlite::{Options as StoreOptions, SqliteStore};

/// The service as this program composes it.
pub(crate) type Service = Rollcall<SqliteStore, SystemClock, SystemRandom>;

const DEFAULT_DATABASE: &str = "rollcall.db";

/// Whether a missing database is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    IsAnError,
    IsMade,
}

/// The database file: named, or the usual one.
pub(crate) fn database(options: &Options) -> PathBuf {
    named_database(options).map_or_else(|| DEFAULT_DATABASE.into(), Path::to_owned)
}

/// The database file, where somebody named one.
pub(crate) fn named_database(options: &Options) -> Option<&Path> {
    let named = options.db.as_deref();
    named.filter(|it| !it.as_os_str().is_empty())
}

/// The service on the database file.
pub(crate) fn open(options: &Options, missing: Missing) -> Result<Service, Failure> {
    let store = SqliteStore::open_with(&StoreOptions {
        create: missing == Missing::IsMade,
        ..StoreOptions::new(database(options))
    })?;
    let settings = Settings {
        catalogue: Catalogue::with(options.host_permissions.iter().cloned()),
        ..Settings::default()
    };
    Ok(Rollcall::new(store, SystemClock, SystemRandom).with(settings))
}

/// Refuses to act as the operator where somebody else is named, who would be thought to have acted.
fn nobody_acts(options: &Options) -> Result<(), Failure> {
    let named = options.session_file.is_some() || options.acting.is_some();
    if named || options.elevate.is_some() {
        return Err(Failure::usage(
            "this is an act of the platform operator, who has no session, no user and no role",
            "leave `--session-file`, `--as` and `--elevate` out, and `ROLLCALL_SESSION` and `ROLLCALL_AS` unset",
        ));
    }
    Ok(())
}

/// The secret of the session in which to act, where one is given.
fn session_secret(options: &Options) -> Result<Option<Secret>, Failure> {
    let Some(file) = &options.session_file else {
        return Ok(None);
    };
    let secret = secrets::of_kind(file, SecretKind::Session)?;
    secret.map(Some).ok_or_else(|| {
        Failure::new(
            "session_syntax",
            "the file holds no session",
            "name a file that `rollcall session open --out` has written",
        )
    })
}

/// The user who acts: who is named, or the only owner.
async fn acting(
    service: &Service,
    tenant: Id<Tenant>,
    options: &Options,
) -> Result<Id<User>, Failure> {
    match &options.acting {
        Some(Who::Id(id)) => Ok(*id),
        Some(Who::Email(email)) => {
            let users = service.store.users_by_email(tenant, email.key().clone());
            let next = "name one by id with `--as`";
            one_of(&users.await?, "actor_ambiguous", SHARED, next)?
                .ok_or_else(|| Failure::refused(&AuthorityRefusal::UnknownActor))
        }
        None => {
            let owners = service.store.owners(tenant).await?;
            let next = "say with `--as` or `ROLLCALL_AS` as whom you act";
            let what = "owners could act, and none is named";
            one_of(&owners, "actor_ambiguous", what, next)?
                .ok_or_else(|| Failure::refused(&AuthorityRefusal::UnknownActor))
        }
    }
}

/// Whoever acts, with Tenant Owner switched on until the command is done.
async fn elevated(
    service: &Service,
    tenant: Id<Tenant>,
    actor: Actor,
    reason: &Name,
    options: &Options,
) -> Result<Actor, Failure> {
    let Actor::User(user) = actor else {
        return Err(Failure::usage(
            "`--elevate` is for a command without a session",
            "switch Tenant Owner on in the session: `rollcall session elevate`",
        ));
    };
    let opened = service.open_session_of(Opens { tenant, user }).await?;
    let actor = Actor::Session {
        session: opened.id,
        user,
    };
    let call = Call::new(tenant, actor);
    let session = InSession::new(service, &call, Whose::Own(opened.id));
    options.session.put(session);
    service.elevate(&call, reason.clone()).await?;
    let session = InSession::new(service, &call, Whose::Own(opened.id));
    options.session.put(session.marked().await);
    Ok(actor)
}

/// Enters whose time is over while nobody looked, before anything else is entered. A dry run enters nothing.
async fn sweep(service: &Service, tenant: Id<Tenant>, options: &Options) -> Result<(), Failure> {
    if !options.dry_run {
        service.sweep_elevations(tenant).await?;
    }
    Ok(())
}

/// The tenant that is meant.
pub(crate) async fn tenant(service: &Service, options: &Options) -> Result<TenantLine, Failure> {
    tenants(service, options.tenant.as_deref()).await
}

async fn tenants(service: &Service, named: Option<&str>) -> Result<TenantLine, Failure> {
    let tenants = service.store.tenants().await?;
    let chosen: Vec<_> = tenants
        .iter()
        .filter(|it| named.is_none_or(|named| is_called(it, named)))
        .collect();
    match (chosen.as_slice(), named) {
        ([one], _) => Ok((*one).clone()),
        ([], Some(_)) => Err(Failure::refused(&AuthorityRefusal::UnknownTenant)),
        ([], None) => Err(Failure::new(
            "tenant_none",
            "the database has no tenant",
            "make one with `rollcall init`",
        )),
        (several, _) => {
            let ids: Vec<_> = several.iter().map(|it| it.id.to_string()).collect();
            let next = format!("name one with `--tenant`: {}", ids.join(", "));
            Err(Failure::new(
                "tenant_ambiguous",
                "several tenants can be meant",
                next,
            ))
        }
    }
}

/// Whether the tenant has this name or id.
pub(crate) fn is_called(tenant: &TenantLine, named: &str) -> bool {
    let id = named.parse::<Id<Tenant>>();
    id.is_ok_and(|it| it == tenant.id)
        || Name::parse(named).is_ok_and(|it| it.key() == tenant.name.key())
}

/// A tenant of a database, with somebody who acts in it.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) service: Service,
    pub(crate) call: Call,
    pub(crate) format: Format,
}

impl Desk {
    /// Opens the database for whoever acts: in the session that is given, or as the user who is named, in a session of this
    /// command's own where Tenant Owner is to be switched on.
    pub(crate) async fn begin(options: &Options) -> Result<Self, Failure> {
        let service = open(options, Missing::IsAnError)?;
        let (tenant, actor) = match session_secret(options)? {
            Some(secret) => {
                let (tenant, actor) = service.resume(&secret).await?;
                if let Some(named) = &options.tenant {
                    let line = tenants(&service, Some(named)).await?;
                    if line.id != tenant {
                        return Err(Failure::refused(&AuthorityRefusal::UnknownTenant));
                    }
                }
                let call = Call::new(tenant, actor);
                let session = InSession::new(&service, &call, Whose::Given);
                options.session.put(session.marked().await);
                (tenant, actor)
            }
            None => {
                let tenant = tenant(&service, options).await?.id;
                let user = acting(&service, tenant, options).await?;
                (tenant, Actor::User(user))
            }
        };
        sweep(&service, tenant, options).await?;
        let actor = match &options.elevate {
            Some(reason) => elevated(&service, tenant, actor, reason, options).await?,
            None => actor,
        };
        let call = Self::call(options, tenant, actor);
        Ok(Self {
            service,
            call,
            format: Format::of(options),
        })
    }

    /// Opens the database for the platform operator, who is whoever may write the file, in the tenant that is meant.
    pub(crate) async fn operate(options: &Options) -> Result<Self, Failure> {
        nobody_acts(options)?;
        let service = open(options, Missing::IsAnError)?;
        let tenant = tenant(&service, options).await?.id;
        sweep(&service, tenant, options).await?;
        Ok(Self {
            call: Self::call(options, tenant, Actor::Operator),
            service,
            format: Format::of(options),
        })
    }

    /// Opens the database for the platform operator, on the platform itself.
    pub(crate) fn platform(options: &Options) -> Result<Self, Failure> {
        nobody_acts(options)?;
        Ok(Self {
            service: open(options, Missing::IsAnError)?,
            call: Self::call(options, Tenant::PLATFORM, Actor::Operator),
            format: Format::of(options),
        })
    }

    /// A call under the key of the command line, or rehearsed.
    pub(crate) fn call(options: &Options, tenant: Id<Tenant>, actor: Actor) -> Call {
        let mut call = Call::new(tenant, actor);
        call.key.clone_from(&options.operation_key);
        if options.dry_run {
            call = call.rehearsed(options.rehearsal.clone());
        }
        call
    }

    /// The session in which the command acts.
    pub(crate) fn session(&self) -> Result<Id<Session>, Failure> {
        match self.call.actor {
            Actor::Session { session, .. } => Ok(session),
            Actor::Operator | Actor::User(_) | Actor::Token(_) => {
                Err(Failure::refused(&ElevationRefusal::NoSession))
            }
        }
    }

    /// Refuses whoever lacks the permission.
    pub(crate) async fn permit(&self, permission: &Permission) -> Result<(), Failure> {
        self.service.authorize(&self.call, permission).await?;
        Ok(())
    }

    /// Refuses to say that something is not there to whoever has none of the permissions, the first of which is named then.
    pub(crate) async fn may_be_told(&self, any: &[Permission]) -> Result<(), Failure> {
        if self.call.actor == Actor::Operator {
            return Ok(());
        }
        let authority = self.service.authority(&self.call).await?;
        match any.first() {
            Some(first) if !any.iter().any(|it| authority.allows(it)) => self.permit(first).await,
            Some(_) | None => Ok(()),
        }
    }

    /// The user who is meant. An id is taken at its word: the core knows whether there is such a user.
    pub(crate) async fn user(&self, who: &Who) -> Result<Id<User>, Failure> {
        match who {
            Who::Id(id) => Ok(*id),
            Who::Email(email) => {
                let key = email.key().clone();
                let users = self.service.store.users_by_email(self.call.tenant, key);
                let found = one_of(&users.await?, "user_ambiguous", SHARED, "name one by id")?;
                match found {
                    Some(user) => Ok(user),
                    None => {
                        self.may_be_told(&[USERS_MANAGE]).await?;
                        Err(Failure::refused(&StatusRefusal::UnknownUser))
                    }
                }
            }
        }
    }

    /// The role that is meant; of several with the name the one in force, of which there is one at most, or else the one that was
    /// made last.
    pub(crate) async fn role(&self, role: &RoleName) -> Result<Id<Role>, Failure> {
        match role {
            RoleName::Id(id) => Ok(*id),
            RoleName::Name(name) => {
                let roles = self.service.store.roles(self.call.tenant).await?;
                let named = roles.iter().filter(|it| it.name.key() == name.key());
                match named.max_by_key(|it| it.status == RoleStatus::Active) {
                    Some(role) => Ok(role.id),
                    None => {
                        self.may_be_told(&[USERS_MANAGE, ROLES_MANAGE]).await?;
                        Err(Failure::refused(&AssignRefusal::UnknownRole))
                    }
                }
            }
        }
    }

    /// All users.
    pub(crate) async fn users(&self) -> Result<Vec<UserLine>, Failure> {
        let Self { service, call, .. } = self;
        pages::all(
            async |page| service.store.users(call.tenant, page).await,
            |it| it.id,
        )
        .await
    }
}

const SHARED: &str = "users have this e-mail address";

/// The only one of these, if there are any.
fn one_of(
    users: &[UserLine],
    code: &'static str,
    what: &str,
    next: &str,
) -> Result<Option<Id<User>>, Failure> {
    match users {
        [] => Ok(None),
        [one] => Ok(Some(one.id)),
        several => {
            let ids: Vec<_> = several.iter().map(|it| it.id.to_string()).collect();
            let message = format!("{} {what}", several.len());
            let next = format!("{next}: {}", ids.join(", "));
            Err(Failure::new(code, message, next))
        }
    }
}
