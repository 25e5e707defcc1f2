//! A tenant to work on, in a database file that is copied for every run.

use crate::Failure;
use identity_core::{
    authority::Actor,
    email::Email,
    hcp::AddOrganisation,
    id::Id,
    name::{Name, PersonName},
    service::{Call, Rollcall},
    tenant::{CreateTenant, Domain, Listing, Tenant},
    user::User,
};
use os_ports::{SystemClock, SystemRandom};
use rusqlite::Connection;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// The service as it is measured.
pub(crate) type Service = Rollcall<SqliteStore, SystemClock, SystemRandom>;

/// A tenant with an owner, who is its administrator, and some organisations.
#[derive(Debug)]
pub(crate) struct Hospital {
    pub(crate) folder: TempDir,
    pub(crate) tenant: Id<Tenant>,
    pub(crate) domain: Id<Domain>,
    pub(crate) owner: Id<User>,
    pub(crate) organisations: Vec<String>,
}

impl Hospital {
    pub(crate) fn open(runtime: &Runtime) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let service = service(&folder.path().join("first.db"))?;
        runtime.block_on(async {
            let create = CreateTenant {
                name: Name::parse("General")?,
                domain: None,
                listing: Listing::Unlisted,
                owner_email: Email::parse("owner@general.example")?,
                owner_name: names("Owner", "One")?,
            };
            let created = service.create_tenant(&Call::operator(), create).await?;
            let call = Call::new(created.tenant, Actor::user(created.owner));
            let mut organisations = Vec::new();
            for number in 0..20 {
                let command = AddOrganisation {
                    name: Name::parse(&format!("Department {number}"))?,
                    email: None,
                    phone: None,
                    parent: None,
                };
                let organisation = service.add_organisation(&call, command).await?;
                organisations.push(organisation.to_string());
            }
            Ok(Self {
                folder,
                tenant: created.tenant,
                domain: created.domain,
                owner: created.owner,
                organisations,
            })
        })
    }

    /// The owner's everyday call.
    pub(crate) const fn call(&self) -> Call {
        Call::new(self.tenant, Actor::user(self.owner))
    }

    /// A database in which nothing was done yet.
    pub(crate) fn fresh(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.folder.path().join(name);
        for ending in ["-wal", "-shm"] {
            let beside = self.folder.path().join(format!("{name}{ending}"));
            if beside.exists() {
                fs::remove_file(beside)?;
            }
        }
        fs::copy(self.folder.path().join("first.db"), &path)?;
        Ok(path)
    }
}

pub(crate) fn names(given: &str, family: &str) -> Result<PersonName, Failure> {
    Ok(PersonName {
        given: Name::parse(given)?,
        family: Name::parse(family)?,
    })
}

/// The service on a file.
pub(crate) fn service(path: &Path) -> Result<Service, Failure> {
    let store = SqliteStore::open(path)?;
    Ok(Rollcall::new(store, SystemClock, SystemRandom))
}

/// A connection with the settings of the store's writer: its pragmas, its cache, its pace of copying the log back.
pub(crate) fn bare(path: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(path)?;
    store_sqlite::configure(&connection, Duration::from_secs(5))?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update(None, "wal_autocheckpoint", 16_384)?;
    Ok(connection)
}

/// A runtime of one thread.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_current_thread().build()?)
}
