//! Healthcare parties, their imports, and the rows those rejected.

use crate::row::{Binder, Cells, Table, Tabled, statements};
use identity_core::{
    hcp::{
        Hcp, Party,
        import::{Counts, Import, RejectedRow},
    },
    id::Id,
    port::StoreError,
};

impl Tabled for Hcp {
    const TABLE: &'static Table = &Table {
        name: "hcps",
        of_tenant: true,
        key: &["id"],
        columns: &[
            "kind",
            "person",
            "email_key",
            "name",
            "email",
            "phone",
            "parent",
        ],
        what: "professional",
    };
    statements!(Hcp);

    fn bind_key(key: &Id<Self>, to: &mut Binder<'_, '_>) -> rusqlite::Result<()> {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> rusqlite::Result<()> {
        match &self.party {
            Party::Professional { person, email } => {
                to.put(&"professional")?;
                to.put(person)?;
                to.put(email)?;
                to.null()?;
                to.null()?;
                to.null()?;
            }
            Party::Organisation { name, email, phone } => {
                to.put(&"organisation")?;
                to.null()?;
                to.null()?;
                to.put(name)?;
                to.put(email)?;
                to.put(phone)?;
            }
        }
        to.put(&self.parent)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        let id = from.take()?;
        let party = match from.take::<String>()?.as_str() {
            "professional" => {
                let party = Party::Professional {
                    person: from.take()?,
                    email: from.take()?,
                };
                from.empty()?;
                from.empty()?;
                from.empty()?;
                party
            }
            "organisation" => {
                from.empty()?;
                from.empty()?;
                Party::Organisation {
                    name: from.take()?,
                    email: from.take()?,
                    phone: from.take()?,
                }
            }
            _ => return Err(from.corrupt()),
        };
        Ok(Self {
            id,
            party,
            parent: from.take()?,
        })
    }
}

impl Tabled for Import {
    const TABLE: &'static Table = &Table {
        name: "imports",
        of_tenant: true,
        key: &["id"],
        columns: &[
            "by",
            "format",
            "started_at",
            "finished_at",
            "created",
            "updated",
            "unchanged",
            "rejected",
            "blank",
            "warnings",
        ],
        what: "import",
    };
    statements!(Import);

    fn bind_key(key: &Id<Self>, to: &mut Binder<'_, '_>) -> rusqlite::Result<()> {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> rusqlite::Result<()> {
        to.put(&self.by)?;
        to.put(&self.format)?;
        to.put(&self.started_at)?;
        to.put(&self.finished_at)?;
        to.put(&self.counts.created)?;
        to.put(&self.counts.updated)?;
        to.put(&self.counts.unchanged)?;
        to.put(&self.counts.rejected)?;
        to.put(&self.counts.blank)?;
        to.json(&self.warnings)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: from.take()?,
            by: from.take()?,
            format: from.take()?,
            started_at: from.take()?,
            finished_at: from.take()?,
            counts: Counts {
                created: from.take()?,
                updated: from.take()?,
                unchanged: from.take()?,
                rejected: from.take()?,
                blank: from.take()?,
            },
            warnings: from.json()?,
        })
    }
}

impl Tabled for RejectedRow {
    const TABLE: &'static Table = &Table {
        name: "rejected_rows",
        of_tenant: true,
        key: &["import", "row"],
        columns: &["problems"],
        what: "rejected row",
    };
    statements!(RejectedRow);

    fn bind_key(key: &(Id<Import>, u32), to: &mut Binder<'_, '_>) -> rusqlite::Result<()> {
        to.put(&key.0)?;
        to.put(&key.1)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> rusqlite::Result<()> {
        to.json(&self.problems)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            import: from.take()?,
            row: from.take()?,
            problems: from.json()?,
        })
    }
}
