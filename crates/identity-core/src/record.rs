//! The records a store keeps, named once: their keys, their versions and the bag they are loaded into.

use crate::{
    account::Account,
    hcp::{
        Hcp,
        import::{Import, RejectedRow},
    },
    id::Id,
    login::{Credential, Tries, TriesKey},
    owner::{Elevation, Owners, Proposal},
    person::Person,
    reconcile::{
        Integration, Link,
        not_same::NotSame,
        plan::{Plan, Step},
        snapshot::{Roster, RosterPerson},
    },
    role::{Assignment, Role},
    roster::MedhubUserId,
    session::Session,
    tenant::{Domain, Tenant},
    token::ApiToken,
    user::User,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How often a record was written: 1 at its creation, one more at each change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version(
    /// the count
    pub i64,
);

impl Version {
    /// The version of a record just created.
    pub const FIRST: Self = Self(1);

    /// The one after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A record as a store holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored<T> {
    /// The record.
    pub record: T,
    /// The version it was loaded at.
    pub version: Version,
}

/// What every record can say of itself. Closed: [`Put`] lists all that there are.
pub trait Record: Clone + Into<Put> {
    /// What the record is kept under, within its tenant.
    type Key: Ord + Clone;

    /// Its key.
    fn key(&self) -> Self::Key;

    /// Its key, of whatever type.
    fn reference(&self) -> Ref;
}

/// Records of one kind, in the order of their keys.
pub type Table<T> = BTreeMap<<T as Record>::Key, Stored<T>>;

/// A key that can be shown to whoever asks what a change would touch.
trait KeyText {
    fn key_text(&self) -> String;
}

impl<K> KeyText for Id<K> {
    fn key_text(&self) -> String {
        self.to_string()
    }
}
impl<K> KeyText for (Id<K>, u32) {
    fn key_text(&self) -> String {
        format!("{}/{}", self.0, self.1)
    }
}
impl KeyText for MedhubUserId {
    fn key_text(&self) -> String {
        self.as_str().to_owned()
    }
}
impl KeyText for TriesKey {
    fn key_text(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }
}

macro_rules! records {
    ($($(#[$doc:meta])* $type:ident: $table:ident, $key:ty, |$it:ident| $of:expr;)*) => {
        /// A record of any kind, to be written.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Put {
            $($(#[$doc])* $type($type),)*
        }

        /// The key of a record of any kind.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Ref {
            $($(#[$doc])* $type($key),)*
        }

        /// What was loaded for a decision: records of one tenant (and the accounts that open its users) as they
        /// were at one instant. What was asked for and is not here did not exist.
        #[derive(Clone, Debug, Default)]
        pub struct Records {
            $($(#[$doc])* pub $table: Table<$type>,)*
        }

        impl Put {
            /// The key.
            #[must_use]
            pub fn reference(&self) -> Ref {
                match self {
                    $(Self::$type(it) => it.reference(),)*
                }
            }
        }

        impl Ref {
            /// What the record is, in one word of the design.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$type(_) => stringify!($type),)*
                }
            }

            /// The key as text: the ids and numbers that it is made of.
            #[must_use]
            pub fn key_text(&self) -> String {
                match self {
                    $(Self::$type(key) => key.key_text(),)*
                }
            }
        }

        impl Records {
            /// Adds a record, in the place of any with its key.
            pub fn insert(&mut self, put: Put, version: Version) {
                match put {
                    $(Put::$type(record) => {
                        self.$table.insert(record.key(), Stored { record, version });
                    })*
                }
            }

            /// Adds other records, each in the place of any with its key.
            pub fn add(&mut self, others: Self) {
                $(self.$table.extend(others.$table);)*
            }

            /// Takes a record out.
            pub fn remove(&mut self, reference: &Ref) {
                match reference {
                    $(Ref::$type(key) => {
                        self.$table.remove(key);
                    })*
                }
            }

            /// The version of a record, if it is here.
            #[must_use]
            pub fn version(&self, reference: &Ref) -> Option<Version> {
                match reference {
                    $(Ref::$type(key) => self.$table.get(key).map(|it| it.version),)*
                }
            }
        }

        $(
            impl From<$type> for Put {
                fn from(record: $type) -> Self {
                    Self::$type(record)
                }
            }
            impl Record for $type {
                type Key = $key;
                fn key(&self) -> Self::Key {
                    let $it = self;
                    $of
                }
                fn reference(&self) -> Ref {
                    Ref::$type(self.key())
                }
            }
        )*
    };
}

records! {
    /// A customer.
    Tenant: tenants, Id<Tenant>, |it| it.id;
    /// A point of entry.
    Domain: domains, Id<Domain>, |it| it.id;
    /// The record that stands for the set of usable owners; one a tenant.
    Owners: owners, Id<Tenant>, |it| it.tenant;
    /// A human being.
    Person: persons, Id<Person>, |it| it.id;
    /// A login, of the whole platform.
    Account: accounts, Id<Account>, |it| it.id;
    /// A person's access in one domain.
    User: users, Id<User>, |it| it.id;
    /// A named set of permissions.
    Role: roles, Id<Role>, |it| it.id;
    /// The grant of one role to one user.
    Assignment: assignments, Id<Assignment>, |it| it.id;
    /// An owner's elevation.
    Elevation: elevations, Id<Elevation>, |it| it.id;
    /// A healthcare party.
    Hcp: hcps, Id<Hcp>, |it| it.id;
    /// An import of a file.
    Import: imports, Id<Import>, |it| it.id;
    /// A row that an import rejected.
    RejectedRow: rejected_rows, (Id<Import>, u32), |it| (it.import, it.row);
    /// The connection to MedHub; one a tenant.
    Integration: integrations, Id<Tenant>, |it| it.tenant;
    /// The head of the last roster read; one a tenant.
    Roster: rosters, Id<Tenant>, |it| it.tenant;
    /// A person of that roster.
    RosterPerson: roster_people, MedhubUserId, |it| it.identity.user_id.clone();
    /// The tie between a user and a MedHub identity.
    Link: links, Id<Link>, |it| it.id;
    /// A user and a MedHub identity that are not the same person.
    NotSame: not_same, Id<NotSame>, |it| it.id;
    /// An administrator's staged work; one a user.
    Plan: plans, Id<User>, |it| it.owner;
    /// One step of a plan.
    Step: steps, (Id<User>, u32), |it| (it.plan, it.number);
    /// A login on one device.
    Session: sessions, Id<Session>, |it| it.id;
    /// A grant of Tenant Owner that a second owner must approve.
    Proposal: proposals, Id<Proposal>, |it| it.id;
    /// The password of an account, of the whole platform.
    Credential: credentials, Id<Account>, |it| it.account;
    /// Tries to log in that are counted together, of the whole platform.
    Tries: tries, TriesKey, |it| it.key;
    /// A program's bearer token.
    ApiToken: api_tokens, Id<ApiToken>, |it| it.id;
}
