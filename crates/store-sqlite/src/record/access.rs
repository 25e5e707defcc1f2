//! Tenants, domains, accounts, users, roles, assignments, and the record of the owners.

use crate::row::{Binder, Cells, Table, Tabled, statements};
use identity_core::{
    account::{Account, LoginLink},
    email::Email,
    id::Id,
    name::Name,
    owner::Owners,
    port::StoreError,
    role::{Assignment, Role},
    tenant::{Domain, Tenant, TenantStatus},
    user::User,
};

type Bound = rusqlite::Result<()>;

impl Tabled for Tenant {
    const TABLE: &'static Table = &Table {
        name: "tenants",
        of_tenant: true,
        key: &[],
        columns: &[
            "name",
            "status",
            "suspended_since",
            "grant_policy",
            "listing",
            "owner_grants",
            "elevation",
        ],
        what: "tenant",
    };
    statements!(Tenant);

    fn bind_key(key: &Id<Self>, to: &mut Binder<'_, '_>) -> Bound {
        to.own(*key);
        Ok(())
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.name)?;
        match self.status {
            TenantStatus::Active => {
                to.put(&"active")?;
                to.null()?;
            }
            TenantStatus::Suspended { since } => {
                to.put(&"suspended")?;
                to.put(&since)?;
            }
        }
        to.put(&self.grant_policy)?;
        to.put(&self.listing)?;
        to.put(&self.owner_grants)?;
        to.put(&self.elevation)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        let name = from.take()?;
        let status = match from.take::<String>()?.as_str() {
            "active" => {
                from.empty()?;
                TenantStatus::Active
            }
            "suspended" => TenantStatus::Suspended {
                since: from.take()?,
            },
            _ => return Err(from.corrupt()),
        };
        Ok(Self {
            id: from.tenant(),
            name,
            status,
            grant_policy: from.take()?,
            listing: from.take()?,
            owner_grants: from.take()?,
            elevation: from.take()?,
        })
    }
}

impl Tabled for Account {
    const TABLE: &'static Table = &Table {
        name: "accounts",
        of_tenant: false,
        key: &["id"],
        columns: &[
            "login",
            "login_key",
            "provider",
            "subject",
            "opens",
            "epoch",
            "proof",
        ],
        what: "account",
    };
    statements!(Account);

    fn bind_key(key: &Id<Self>, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.login)?;
        to.put(self.login.key())?;
        match &self.link {
            LoginLink::Linked { provider, subject } => {
                to.put(provider)?;
                to.put(subject)?;
            }
            LoginLink::Unlinked => {
                to.null()?;
                to.null()?;
            }
        }
        to.json(&self.opens)?;
        to.put(&self.epoch)?;
        to.put(&self.proof)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        let id = from.take()?;
        let login: Email = from.take()?;
        from.same(login.key().as_str())?;
        let link = match from.take()? {
            Some(provider) => LoginLink::Linked {
                provider,
                subject: from.take()?,
            },
            None => {
                from.empty()?;
                LoginLink::Unlinked
            }
        };
        Ok(Self {
            id,
            login,
            link,
            opens: from.json()?,
            epoch: from.take()?,
            proof: from.take()?,
        })
    }
}

impl Tabled for Domain {
    const TABLE: &'static Table = &Table {
        name: "domains",
        of_tenant: true,
        key: &["id"],
        columns: &["name", "kind", "status"],
        what: "domain",
    };
    statements!(Domain);

    fn home(key: &Id<Self>, tenant: Id<Tenant>) -> Id<Tenant> {
        Self::home(*key, tenant)
    }
    fn bind_key(key: &Id<Self>, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.name)?;
        to.put(&self.kind)?;
        to.put(&self.status)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: from.take()?,
            name: from.take()?,
            kind: from.take()?,
            status: from.take()?,
        })
    }
}

impl Tabled for Owners {
    const TABLE: &'static Table = &Table {
        name: "owners",
        of_tenant: true,
        key: &[],
        columns: &["usable"],
        what: "record of the owners",
    };
    statements!(Owners);

    fn bind_key(key: &Id<Tenant>, to: &mut Binder<'_, '_>) -> Bound {
        to.own(*key);
        Ok(())
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.json(&self.usable)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: from.tenant(),
            usable: from.json()?,
        })
    }
}

impl Tabled for User {
    const TABLE: &'static Table = &Table {
        name: "users",
        of_tenant: true,
        key: &["id"],
        columns: &["domain", "person", "account", "status", "epoch"],
        what: "user",
    };
    statements!(User);

    fn bind_key(key: &Id<Self>, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.domain)?;
        to.put(&self.person)?;
        to.put(&self.account)?;
        to.put(&self.status)?;
        to.put(&self.epoch)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: from.take()?,
            domain: from.take()?,
            person: from.take()?,
            account: from.take()?,
            status: from.take()?,
            epoch: from.take()?,
        })
    }
}

impl Tabled for Role {
    const TABLE: &'static Table = &Table {
        name: "roles",
        of_tenant: true,
        key: &["id"],
        columns: &["name", "name_key", "kind", "permissions", "status"],
        what: "role",
    };
    statements!(Role);

    fn bind_key(key: &Id<Self>, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.name)?;
        to.put(&Self::name_key(&self.name))?;
        to.put(&self.kind)?;
        to.json(&self.permissions)?;
        to.put(&self.status)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        let id = from.take()?;
        let name: Name = from.take()?;
        // What a name looks like takes longer to find out than the rest of the row to read.
        from.skip();
        Ok(Self {
            id,
            name,
            kind: from.take()?,
            permissions: from.json()?,
            status: from.take()?,
        })
    }
}

impl Tabled for Assignment {
    const TABLE: &'static Table = &Table {
        name: "assignments",
        of_tenant: true,
        key: &["id"],
        columns: &["user", "role", "kind", "status"],
        what: "assignment",
    };
    statements!(Assignment);

    fn bind_key(key: &Id<Self>, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.user)?;
        to.put(&self.role)?;
        to.put(&self.kind)?;
        to.put(&self.status)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: from.take()?,
            user: from.take()?,
            role: from.take()?,
            kind: from.take()?,
            status: from.take()?,
        })
    }
}
