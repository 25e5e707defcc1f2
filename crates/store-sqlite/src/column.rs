//! What a value looks like in a column, and which columns hold a value that could have been written.

use chrono::NaiveDate;
use identity_core::{
    account::{Epoch, Proof, Provider},
    email::{Email, EmailKey},
    id::Id,
    journal::Hash,
    login::{PasswordHash, SetBy, TriesKey},
    name::Name,
    operation::{Fingerprint, OperationKey},
    owner::elevation::EndReason,
    person::PatientReference,
    phone::E164,
    reconcile::Institution,
    record::Version,
    role::{AssignmentStatus, RoleKind, RoleStatus},
    roster::MedhubUserId,
    sheet::Format,
    tenant::{DomainKind, DomainStatus, ElevationLength, GrantPolicy, Listing, OwnerGrants},
    time::{Instant, instant_from_micros},
    user::UserStatus,
};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// A value of one column.
pub(crate) trait Column: Sized {
    /// As it is bound.
    fn to_sql(&self) -> ToSqlOutput<'_>;

    /// As it is read; `None` for what could not have been written.
    fn from_sql(value: ValueRef<'_>) -> Option<Self>;
}

/// A list or set that is never searched, as JSON.
pub(crate) struct Json<T>(pub(crate) T);

fn text(value: &str) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes()))
}

fn blob(value: &[u8]) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(ValueRef::Blob(value))
}

const fn integer<'a>(value: i64) -> ToSqlOutput<'a> {
    ToSqlOutput::Owned(Value::Integer(value))
}

fn as_text(value: ValueRef<'_>) -> Option<&str> {
    value.as_str().ok()
}

fn as_bytes<const N: usize>(value: ValueRef<'_>) -> Option<[u8; N]> {
    value.as_blob().ok()?.try_into().ok()
}

/// A type with a column's form and the two ways between them.
macro_rules! columns {
    ($($type:ty: |$out:ident| $to:expr, |$from:ident| $read:expr;)*) => {
        $(impl Column for $type {
            fn to_sql(&self) -> ToSqlOutput<'_> {
                let $out = self;
                $to
            }
            fn from_sql($from: ValueRef<'_>) -> Option<Self> {
                $read
            }
        })*
    };
}

columns! {
    i64: |it| integer(*it), |it| it.as_i64().ok();
    u32: |it| integer(i64::from(*it)), |it| it.as_i64().ok()?.try_into().ok();
    // Numbers of journal entries, which count from 1 and never come near the end.
    u64: |it| integer(i64::try_from(*it).unwrap_or(i64::MAX)), |it| it.as_i64().ok()?.try_into().ok();
    bool: |it| integer(i64::from(*it)), |it| match it.as_i64().ok()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    };
    String: |it| text(it), |it| as_text(it).map(str::to_owned);
    Version: |it| integer(it.0), |it| it.as_i64().ok().filter(|it| *it > 0).map(Version);
    Instant: |it| integer(it.timestamp_micros()), |it| instant_from_micros(it.as_i64().ok()?);
    NaiveDate: |it| ToSqlOutput::Owned(Value::Text(it.to_string())), |it| as_text(it)?.parse().ok();
    Name: |it| text(it.as_str()), |it| {
        let text = as_text(it)?;
        Name::parse(text).ok().filter(|it| it.as_str() == text)
    };
    Email: |it| text(it.as_str()), |it| {
        let text = as_text(it)?;
        Email::parse(text).ok().filter(|it| it.as_str() == text)
    };
    EmailKey: |it| text(it.as_str()), |it| {
        let text = as_text(it)?;
        Some(Email::parse(text).ok()?.key().clone()).filter(|it| it.as_str() == text)
    };
    E164: |it| text(it.as_str()), |it| E164::parse(as_text(it)?).ok();
    MedhubUserId: |it| text(it.as_str()), |it| {
        let text = as_text(it)?;
        MedhubUserId::parse(text).ok().filter(|it| it.as_str() == text)
    };
    Institution: |it| text(&it.0), |it| as_text(it).map(|it| Institution(it.to_owned()));
    OperationKey: |it| text(it.as_str()), |it| OperationKey::parse(as_text(it)?).ok();
    Hash: |it| blob(&it.0), |it| as_bytes(it).map(Hash);
    Fingerprint: |it| blob(&it.0), |it| as_bytes(it).map(Fingerprint);
    TriesKey: |it| blob(&it.0), |it| as_bytes(it).map(TriesKey);
    PasswordHash: |it| text(&it.0), |it| as_text(it).map(|it| PasswordHash(it.to_owned()));
    PatientReference: |it| text(it.as_str()), |it| {
        let text = as_text(it)?;
        PatientReference::parse(text).ok().filter(|it| it.as_str() == text)
    };
    Epoch: |it| integer(i64::from(it.0)), |it| u32::from_sql(it).map(Epoch);
    ElevationLength: |it| integer(i64::from(it.minutes())), |it| {
        ElevationLength::of_minutes(u32::from_sql(it)?).ok()
    };
}

impl<K> Column for Id<K> {
    fn to_sql(&self) -> ToSqlOutput<'_> {
        blob(self.as_uuid().as_bytes())
    }
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        as_bytes(value).map(|it| Self::from_uuid(Uuid::from_bytes(it)))
    }
}

impl<T: Column> Column for Option<T> {
    fn to_sql(&self) -> ToSqlOutput<'_> {
        self.as_ref()
            .map_or(ToSqlOutput::Borrowed(ValueRef::Null), Column::to_sql)
    }
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            value => T::from_sql(value).map(Some),
        }
    }
}

/// Whatever can be bound: columns, words, and JSON by reference.
pub(crate) trait Bound {
    /// As it is bound.
    fn bound(&self) -> ToSqlOutput<'_>;
}

impl<T: Column> Bound for T {
    fn bound(&self) -> ToSqlOutput<'_> {
        self.to_sql()
    }
}

impl Bound for &str {
    fn bound(&self) -> ToSqlOutput<'_> {
        text(self)
    }
}

impl<T: Serialize> Bound for Json<&T> {
    fn bound(&self) -> ToSqlOutput<'_> {
        // Lists of ids, numbers and texts, none of which JSON can refuse.
        ToSqlOutput::Owned(Value::Text(
            serde_json::to_string(self.0).unwrap_or_default(),
        ))
    }
}

impl<T: DeserializeOwned> Json<T> {
    pub(crate) fn read(value: ValueRef<'_>) -> Option<T> {
        serde_json::from_str(as_text(value)?).ok()
    }
}

/// A closed set of words.
macro_rules! words {
    ($($type:ident { $($variant:ident = $word:literal,)* })*) => {
        $(impl Column for $type {
            fn to_sql(&self) -> ToSqlOutput<'_> {
                text(match self {
                    $(Self::$variant => $word,)*
                })
            }
            fn from_sql(value: ValueRef<'_>) -> Option<Self> {
                match as_text(value)? {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        })*
    };
}

words! {
    GrantPolicy {
        ManageUsersMayGrant = "manage_users_may_grant",
        SubsetOnly = "subset_only",
    }
    Listing {
        Unlisted = "unlisted",
        Listed = "listed",
    }
    OwnerGrants {
        OneOwner = "one_owner",
        TwoOwners = "two_owners",
    }
    DomainKind {
        Internal = "internal",
        PatientCare = "patient_care",
    }
    DomainStatus {
        Active = "active",
        Inactive = "inactive",
    }
    UserStatus {
        Active = "active",
        Inactive = "inactive",
    }
    AssignmentStatus {
        Active = "active",
        Inactive = "inactive",
    }
    RoleKind {
        TenantOwner = "tenant_owner",
        SystemAdministrator = "system_administrator",
        Learner = "learner",
        Teacher = "teacher",
        Patient = "patient",
        Guest = "guest",
        Custom = "custom",
    }
    RoleStatus {
        Active = "active",
        Retired = "retired",
    }
    EndReason {
        SwitchedOff = "switched_off",
        Deadline = "deadline",
        SessionEnded = "session_ended",
        RoleRemoved = "role_removed",
    }
    Provider {
        Embedded = "embedded",
    }
    Proof {
        Unproved = "unproved",
        Proved = "proved",
    }
    SetBy {
        Holder = "holder",
        Other = "other",
    }
    Format {
        Xlsx = "xlsx",
        Xls = "xls",
        Xml = "xml",
        Csv = "csv",
        Txt = "txt",
        Ods = "ods",
    }
}
