//! Passwords, tries to log in, sessions, what is switched on in them, and proposals of owners.

use crate::row::{Binder, Cells, Table, Tabled, statements};
use identity_core::{
    account::Account,
    id::Id,
    login::{Credential, Tries, TriesKey},
    owner::{Elevation, Proposal, elevation::ElevationState},
    port::StoreError,
    session::{Session, SessionState},
};

type Bound = rusqlite::Result<()>;

impl Tabled for Credential {
    const TABLE: &'static Table = &Table {
        name: "credentials",
        of_tenant: false,
        key: &["account"],
        columns: &["hash", "set_at", "set_by"],
        what: "password",
    };
    statements!(Credential);

    fn bind_key(key: &Id<Account>, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.hash)?;
        to.put(&self.set_at)?;
        to.put(&self.set_by)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            account: from.take()?,
            hash: from.take()?,
            set_at: from.take()?,
            set_by: from.take()?,
        })
    }
}

impl Tabled for Tries {
    const TABLE: &'static Table = &Table {
        name: "tries",
        of_tenant: false,
        key: &["key"],
        columns: &["count", "since"],
        what: "count of tries",
    };
    statements!(Tries);

    fn bind_key(key: &TriesKey, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.count)?;
        to.put(&self.since)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            key: from.take()?,
            count: from.take()?,
            since: from.take()?,
        })
    }
}

impl Tabled for Session {
    const TABLE: &'static Table = &Table {
        name: "sessions",
        of_tenant: true,
        key: &["id"],
        columns: &[
            "user",
            "account",
            "hash",
            "opened_at",
            "expires_at",
            "user_epoch",
            "account_epoch",
            "elevation",
            "state",
            "ended_at",
        ],
        what: "session",
    };
    statements!(Session);

    fn bind_key(key: &Id<Self>, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.user)?;
        to.put(&self.account)?;
        to.put(&self.hash)?;
        to.put(&self.opened_at)?;
        to.put(&self.expires_at)?;
        to.put(&self.user_epoch)?;
        to.put(&self.account_epoch)?;
        to.put(&self.elevation)?;
        match self.state {
            SessionState::Open => {
                to.put(&"open")?;
                to.null()
            }
            SessionState::Ended { at } => {
                to.put(&"ended")?;
                to.put(&at)
            }
        }
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: from.take()?,
            user: from.take()?,
            account: from.take()?,
            hash: from.take()?,
            opened_at: from.take()?,
            expires_at: from.take()?,
            user_epoch: from.take()?,
            account_epoch: from.take()?,
            elevation: from.take()?,
            state: match from.take::<String>()?.as_str() {
                "open" => {
                    from.empty()?;
                    SessionState::Open
                }
                "ended" => SessionState::Ended { at: from.take()? },
                _ => return Err(from.corrupt()),
            },
        })
    }
}

impl Tabled for Elevation {
    const TABLE: &'static Table = &Table {
        name: "elevations",
        of_tenant: true,
        key: &["id"],
        columns: &[
            "user", "session", "reason", "since", "until", "state", "ended_at", "why",
        ],
        what: "elevation",
    };
    statements!(Elevation);

    fn bind_key(key: &Id<Self>, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.user)?;
        to.put(&self.session)?;
        to.put(&self.reason)?;
        to.put(&self.since)?;
        to.put(&self.until)?;
        match self.state {
            ElevationState::On => {
                to.put(&"on")?;
                to.null()?;
                to.null()
            }
            ElevationState::Ended { at, why } => {
                to.put(&"ended")?;
                to.put(&at)?;
                to.put(&why)
            }
        }
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: from.take()?,
            user: from.take()?,
            session: from.take()?,
            reason: from.take()?,
            since: from.take()?,
            until: from.take()?,
            state: match from.take::<String>()?.as_str() {
                "on" => {
                    from.empty()?;
                    from.empty()?;
                    ElevationState::On
                }
                "ended" => ElevationState::Ended {
                    at: from.take()?,
                    why: from.take()?,
                },
                _ => return Err(from.corrupt()),
            },
        })
    }
}

impl Tabled for Proposal {
    const TABLE: &'static Table = &Table {
        name: "proposals",
        of_tenant: true,
        key: &["id"],
        columns: &["user", "by", "at", "expires_at"],
        what: "proposal",
    };
    statements!(Proposal);

    fn bind_key(key: &Id<Self>, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.user)?;
        to.put(&self.by)?;
        to.put(&self.at)?;
        to.put(&self.expires_at)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: from.take()?,
            user: from.take()?,
            by: from.take()?,
            at: from.take()?,
            expires_at: from.take()?,
        })
    }
}
