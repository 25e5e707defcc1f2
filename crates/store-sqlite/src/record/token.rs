//! Bearer tokens.

use crate::row::{Binder, Cells, Table, Tabled, statements};
use identity_core::{id::Id, name::Name, port::StoreError, token::ApiToken};

impl Tabled for ApiToken {
    const TABLE: &'static Table = &Table {
        name: "api_tokens",
        of_tenant: true,
        key: &["id"],
        columns: &[
            "name",
            "name_key",
            "user",
            "user_epoch",
            "hash",
            "created_at",
            "expires_at",
            "revoked_at",
        ],
        what: "token",
    };
    statements!(ApiToken);

    fn bind_key(key: &Id<Self>, to: &mut Binder<'_, '_>) -> rusqlite::Result<()> {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> rusqlite::Result<()> {
        to.put(&self.name)?;
        to.put(&self.name.key())?;
        to.put(&self.user)?;
        to.put(&self.user_epoch)?;
        to.put(&self.hash)?;
        to.put(&self.created_at)?;
        to.put(&self.expires_at)?;
        to.put(&self.revoked_at)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        let id = from.take()?;
        let name: Name = from.take()?;
        from.same(name.key().as_str())?;
        Ok(Self {
            id,
            name,
            user: from.take()?,
            user_epoch: from.take()?,
            hash: from.take()?,
            created_at: from.take()?,
            expires_at: from.take()?,
            revoked_at: from.take()?,
        })
    }
}
