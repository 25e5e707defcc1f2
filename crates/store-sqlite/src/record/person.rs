//! Persons.

use crate::row::{Binder, Cells, Table, Tabled, statements};
use identity_core::{email::Email, id::Id, name::PersonName, person::Person, port::StoreError};

impl Tabled for Person {
    const TABLE: &'static Table = &Table {
        name: "persons",
        of_tenant: true,
        key: &["id"],
        columns: &[
            "given",
            "family",
            "email",
            "email_key",
            "birth_date",
            "mobile",
            "patient",
            "erased_at",
        ],
        what: "person",
    };
    statements!(Person);

    fn bind_key(key: &Id<Self>, to: &mut Binder<'_, '_>) -> rusqlite::Result<()> {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> rusqlite::Result<()> {
        to.put(&self.name.given)?;
        to.put(&self.name.family)?;
        match &self.email {
            Some(email) => {
                to.put(email)?;
                to.put(email.key())?;
            }
            None => {
                to.null()?;
                to.null()?;
            }
        }
        to.put(&self.birth_date)?;
        to.put(&self.mobile)?;
        to.put(&self.patient)?;
        to.put(&self.erased_at)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        let id = from.take()?;
        let name = PersonName {
            given: from.take()?,
            family: from.take()?,
        };
        let email: Option<Email> = from.take()?;
        from.same(email.as_ref().map(|it| it.key().as_str()))?;
        Ok(Self {
            id,
            name,
            email,
            birth_date: from.take()?,
            mobile: from.take()?,
            patient: from.take()?,
            erased_at: from.take()?,
        })
    }
}
