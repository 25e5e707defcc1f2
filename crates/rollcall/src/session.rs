//! A session with a database: which file, which tenant, who acts, and whom names mean.

use crate::{
    arguments::{Options, RoleName, Who},
    failure::Failure,
    output::Format,
};
use identity_core::{
    authority::{Actor, AuthorityRefusal},
    id::Id,
    name::Name,
    permission::Permission,
    port::{Directory as _, Page, TenantLine, UserLine},
    role::{AssignRefusal, Role},
    service::{Call, Rollcall},
    tenant::Tenant,
    user::{StatusRefusal, User},
};
use os_ports::{SystemClock, SystemRandom};
use std::path::{Path, PathBuf};
use store_sqlite::{Options as StoreOptions, SqliteStore};

/// The service as this program composes it.
pub(crate) type Service = Rollcall<SqliteStore, SystemClock, SystemRandom>;

const DEFAULT_DATABASE: &str = "rollcall.db";
const PAGE: u32 = 1000;

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
    Ok(Rollcall::new(store, SystemClock, SystemRandom))
}

/// The tenant that is meant.
pub(crate) async fn tenant(service: &Service, options: &Options) -> Result<TenantLine, Failure> {
    let tenants = service.store.tenants().await?;
    let named = options.tenant.as_deref();
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
pub(crate) struct Session {
    pub(crate) service: Service,
    pub(crate) call: Call,
    pub(crate) format: Format,
}

impl Session {
    pub(crate) async fn begin(options: &Options) -> Result<Self, Failure> {
        let service = open(options, Missing::IsAnError)?;
        let tenant = tenant(&service, options).await?.id;
        let user = match &options.acting {
            Some(Who::Id(id)) => *id,
            Some(Who::Email(email)) => {
                let users = service.store.users_by_email(tenant, email.key().clone());
                one_of(
                    &users.await?,
                    "actor_ambiguous",
                    SHARED,
                    "name one by id with `--as`",
                )?
                .ok_or_else(|| Failure::refused(&AuthorityRefusal::UnknownActor))?
            }
            None => {
                let owners = service.store.owners(tenant).await?;
                let next = "say with `--as` or `ROLLCALL_AS` as whom you act";
                let what = "owners could act, and none is named";
                one_of(&owners, "actor_ambiguous", what, next)?
                    .ok_or_else(|| Failure::refused(&AuthorityRefusal::UnknownActor))?
            }
        };
        let actor = Actor::User {
            user,
            elevate: options.elevate.clone(),
        };
        let call = match &options.operation_key {
            Some(key) => Call::new(tenant, actor).with_key(key.clone()),
            None => Call::new(tenant, actor),
        };
        Ok(Self {
            service,
            call,
            format: Format::of(options),
        })
    }

    /// Refuses whoever lacks the permission.
    pub(crate) async fn permit(&self, permission: &Permission) -> Result<(), Failure> {
        self.service.authorize(&self.call, permission).await?;
        Ok(())
    }

    /// The user who is meant. An id is taken at its word: the core knows whether there is such a user.
    pub(crate) async fn user(&self, who: &Who) -> Result<Id<User>, Failure> {
        match who {
            Who::Id(id) => Ok(*id),
            Who::Email(email) => {
                let key = email.key().clone();
                let users = self.service.store.users_by_email(self.call.tenant, key);
                one_of(&users.await?, "user_ambiguous", SHARED, "name one by id")?
                    .ok_or_else(|| Failure::refused(&StatusRefusal::UnknownUser))
            }
        }
    }

    /// The role that is meant.
    pub(crate) async fn role(&self, role: &RoleName) -> Result<Id<Role>, Failure> {
        match role {
            RoleName::Id(id) => Ok(*id),
            RoleName::Name(name) => {
                let roles = self.service.store.roles(self.call.tenant).await?;
                let named = roles.iter().find(|it| it.name.key() == name.key());
                named
                    .map(|it| it.id)
                    .ok_or_else(|| Failure::refused(&AssignRefusal::UnknownRole))
            }
        }
    }

    /// All users.
    pub(crate) async fn users(&self) -> Result<Vec<UserLine>, Failure> {
        let mut users = Vec::new();
        let mut page = Page::first(PAGE);
        loop {
            let lines = self.service.store.users(self.call.tenant, page).await?;
            let full = lines.len() == page.bounded();
            users.extend(lines);
            page.after = users.last().map(|it| it.id);
            if !full {
                return Ok(users);
            }
        }
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
