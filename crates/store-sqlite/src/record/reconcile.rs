//! The connection to MedHub, its last roster, the links, who is not the same person, and the plans.

use crate::row::{Binder, Cells, Table, Tabled, statements};
use identity_core::{
    id::Id,
    port::StoreError,
    reconcile::{
        Integration, Link,
        not_same::NotSame,
        plan::{Action, Plan, Step},
        snapshot::{Roster, RosterPerson},
    },
    roster::{Identity, Kinds, MedhubUserId},
    tenant::Tenant,
    user::User,
};

type Bound = rusqlite::Result<()>;

impl Tabled for Integration {
    const TABLE: &'static Table = &Table {
        name: "integrations",
        of_tenant: true,
        key: &[],
        columns: &["institution", "client_id", "key_file", "connected_at"],
        what: "connection",
    };
    statements!(Integration);

    fn bind_key(key: &Id<Tenant>, to: &mut Binder<'_, '_>) -> Bound {
        to.own(*key);
        Ok(())
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.institution)?;
        to.put(&self.client_id)?;
        to.put(&self.key_file)?;
        to.put(&self.connected_at)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: from.tenant(),
            institution: from.take()?,
            client_id: from.take()?,
            key_file: from.take()?,
            connected_at: from.take()?,
        })
    }
}

impl Tabled for Roster {
    const TABLE: &'static Table = &Table {
        name: "rosters",
        of_tenant: true,
        key: &[],
        columns: &[
            "institution",
            "read_at",
            "completeness",
            "programs",
            "problems",
        ],
        what: "roster",
    };
    statements!(Roster);

    fn bind_key(key: &Id<Tenant>, to: &mut Binder<'_, '_>) -> Bound {
        to.own(*key);
        Ok(())
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.institution)?;
        to.put(&self.read_at)?;
        to.json(&self.completeness)?;
        to.json(&self.programs)?;
        to.json(&self.problems)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: from.tenant(),
            institution: from.take()?,
            read_at: from.take()?,
            completeness: from.json()?,
            programs: from.json()?,
            problems: from.json()?,
        })
    }
}

impl Tabled for RosterPerson {
    const TABLE: &'static Table = &Table {
        name: "roster_people",
        of_tenant: true,
        key: &["medhub"],
        columns: &[
            "learner",
            "teacher",
            "given",
            "family",
            "email",
            "username",
            "employee_id",
            "level",
            "programs",
        ],
        what: "person of the roster",
    };
    statements!(RosterPerson);

    fn bind_key(key: &MedhubUserId, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        let it = &self.identity;
        to.put(&it.kinds.learner)?;
        to.put(&it.kinds.teacher)?;
        to.put(&it.given)?;
        to.put(&it.family)?;
        to.put(&it.email)?;
        to.put(&it.username)?;
        to.put(&it.employee_id)?;
        to.put(&it.level)?;
        to.json(&it.programs)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        let identity = Identity {
            user_id: from.take()?,
            kinds: Kinds {
                learner: from.take()?,
                teacher: from.take()?,
            },
            given: from.take()?,
            family: from.take()?,
            email: from.take()?,
            username: from.take()?,
            employee_id: from.take()?,
            level: from.take()?,
            programs: from.json()?,
        };
        Ok(Self { identity })
    }
}

impl Tabled for Link {
    const TABLE: &'static Table = &Table {
        name: "links",
        of_tenant: true,
        key: &["id"],
        columns: &["user", "institution", "medhub", "at", "by"],
        what: "link",
    };
    statements!(Link);

    fn bind_key(key: &Id<Link>, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.user)?;
        to.put(&self.institution)?;
        to.put(&self.medhub)?;
        to.put(&self.at)?;
        to.put(&self.by)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: from.take()?,
            user: from.take()?,
            institution: from.take()?,
            medhub: from.take()?,
            at: from.take()?,
            by: from.take()?,
        })
    }
}

impl Tabled for NotSame {
    const TABLE: &'static Table = &Table {
        name: "not_same",
        of_tenant: true,
        key: &["id"],
        columns: &["user", "institution", "medhub", "evidence", "at", "by"],
        what: "memory of a pair",
    };
    statements!(NotSame);

    fn bind_key(key: &Id<NotSame>, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.user)?;
        to.put(&self.institution)?;
        to.put(&self.medhub)?;
        to.put(&self.evidence)?;
        to.put(&self.at)?;
        to.put(&self.by)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: from.take()?,
            user: from.take()?,
            institution: from.take()?,
            medhub: from.take()?,
            evidence: from.take()?,
            at: from.take()?,
            by: from.take()?,
        })
    }
}

impl Tabled for Plan {
    const TABLE: &'static Table = &Table {
        name: "plans",
        of_tenant: true,
        key: &["owner"],
        columns: &["next", "begun_at"],
        what: "plan",
    };
    statements!(Plan);

    fn bind_key(key: &Id<User>, to: &mut Binder<'_, '_>) -> Bound {
        to.put(key)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.next)?;
        to.put(&self.begun_at)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        Ok(Self {
            owner: from.take()?,
            next: from.take()?,
            begun_at: from.take()?,
        })
    }
}

impl Tabled for Step {
    const TABLE: &'static Table = &Table {
        name: "steps",
        of_tenant: true,
        key: &["plan", "number"],
        columns: &["user", "medhub", "institution", "action"],
        what: "step",
    };
    statements!(Step);

    fn bind_key(key: &(Id<User>, u32), to: &mut Binder<'_, '_>) -> Bound {
        to.put(&key.0)?;
        to.put(&key.1)
    }
    fn bind(&self, to: &mut Binder<'_, '_>) -> Bound {
        to.put(&self.action.user())?;
        to.put(self.action.medhub())?;
        to.put(&self.institution)?;
        to.json(&self.action)
    }
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError> {
        let (plan, number) = (from.take()?, from.take()?);
        let (user, medhub): (_, MedhubUserId) = (from.take()?, from.take()?);
        let institution = from.take()?;
        let action: Action = from.json()?;
        if action.user() != user || *action.medhub() != medhub {
            return Err(from.corrupt());
        }
        Ok(Self {
            plan,
            number,
            institution,
            action,
        })
    }
}
