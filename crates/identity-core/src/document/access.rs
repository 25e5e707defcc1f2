//! Documents of tenants, persons, roles, sessions, decisions and the journal.

use crate::{
    account::Opens,
    authority::{Explanation, Ground, Withheld, active_grants, held},
    changeset::{Changeset, Expect, Write},
    document::{RoleDocument, UserDocument},
    hcp::Hcp,
    id::Id,
    journal::{Broken, Head, Sealed},
    name::PersonName,
    owner::{Elevation, Proposal, elevation::EndReason},
    permission::Permissions,
    person::Person,
    port::TenantLine,
    record::{Records, Ref},
    refusal::Refusal,
    role::{Assignment, AssignmentStatus, Role, RoleKind, RoleStatus},
    service::{ElevationLine, PersonView, SessionLine},
    session::Session,
    shown::shows_only,
    tenant::{
        Domain, DomainKind, DomainStatus, ElevationLength, GrantPolicy, Listing, OwnerGrants,
        Tenant, TenantStatus,
    },
    time::Instant,
    user::{User, UserStatus},
};
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::value::RawValue;

/// A tenant in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TenantDocument {
    /// The tenant.
    pub id: Id<Tenant>,
    /// What the customer is called.
    pub name: String,
    /// `active` or `suspended`.
    pub status: &'static str,
    /// Since when it is suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended_since: Option<Instant>,
    /// Whether patients find it among the health systems.
    pub listing: Listing,
}

impl From<TenantLine> for TenantDocument {
    fn from(line: TenantLine) -> Self {
        let (status, suspended_since) = match line.status {
            TenantStatus::Active => ("active", None),
            TenantStatus::Suspended { since } => ("suspended", Some(since)),
        };
        Self {
            id: line.id,
            name: line.name.as_str().to_owned(),
            status,
            suspended_since,
            listing: line.listing,
        }
    }
}

/// How a tenant gives power away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyDocument {
    /// What a manager of users may give away.
    pub grants: GrantPolicy,
    /// Who must agree before somebody becomes an owner.
    pub owner_grants: OwnerGrants,
    /// How many minutes Tenant Owner stays switched on.
    pub elevation_minutes: ElevationLength,
}

impl From<&Tenant> for PolicyDocument {
    fn from(tenant: &Tenant) -> Self {
        Self {
            grants: tenant.grant_policy,
            owner_grants: tenant.owner_grants,
            elevation_minutes: tenant.elevation,
        }
    }
}

/// A point of entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DomainDocument {
    /// The domain.
    pub id: Id<Domain>,
    /// What it is called.
    pub name: String,
    /// For whom it is.
    pub kind: DomainKind,
    /// Whether its users may do anything.
    pub status: DomainStatus,
}

impl From<&Domain> for DomainDocument {
    fn from(domain: &Domain) -> Self {
        Self {
            id: domain.id,
            name: domain.name.as_str().to_owned(),
            kind: domain.kind,
            status: domain.status,
        }
    }
}

/// A person, with the records that refer to them where they were looked up.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PersonDocument {
    /// The person.
    pub id: Id<Person>,
    /// The names.
    #[serde(flatten)]
    pub name: PersonName,
    /// The address, which others may have too.
    pub email: Option<String>,
    /// The date of birth, a calendar date without zone.
    pub birth_date: Option<NaiveDate>,
    /// The number, in international form.
    pub mobile: Option<String>,
    /// The host's patient record.
    pub patient: Option<String>,
    /// When what was known of them was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Instant>,
    /// Their users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<AccessDocument>>,
    /// Their professional records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub professionals: Option<Vec<Id<Hcp>>>,
}

shows_only!(PersonDocument: id, users, professionals);

/// A user of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AccessDocument {
    /// The user.
    pub id: Id<User>,
    /// In which domain.
    pub domain: Id<Domain>,
    /// Whether the access counts.
    pub status: UserStatus,
}

impl UserDocument {
    /// Of one user, from what [`Find::Local`](crate::port::Find::Local) brings; `None` where there is none.
    #[must_use]
    pub fn of(user: Id<User>, records: &Records) -> Option<Self> {
        let user = &records.users.get(&user)?.record;
        let person = &records.persons.get(&user.person)?.record;
        let account = user.account.and_then(|it| records.accounts.get(&it));
        let email = account.map(|it| &it.record.login).or(person.email.as_ref());
        let mut roles: Vec<_> = active_grants(user.id, records)
            .map(|(_, role)| RoleDocument {
                id: role.record.id,
                name: role.record.name.as_str().to_owned(),
            })
            .collect();
        roles.sort_unstable_by_key(|it| it.id);
        Some(Self {
            id: user.id,
            name: person.name.clone(),
            email: email.map(|it| it.as_str().to_owned()),
            status: user.status,
            roles,
        })
    }
}

/// A user with all they hold, whether it counts or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserViewDocument {
    /// The user, with the roles that count.
    #[serde(flatten)]
    pub user: UserDocument,
    /// Every assignment, in the order of the roles' ids.
    pub assignments: Vec<AssignmentDocument>,
}

/// A role assignment of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AssignmentDocument {
    /// The assignment.
    pub id: Id<Assignment>,
    /// Of which role.
    pub role: Id<Role>,
    /// The role's name.
    pub name: String,
    /// What the role is.
    pub kind: RoleKind,
    /// Whether the assignment counts: `active` or `inactive`.
    pub status: &'static str,
    /// Whether the role does.
    pub role_status: RoleStatus,
}

impl UserViewDocument {
    /// Of one user, from what [`Find::Local`](crate::port::Find::Local) brings; `None` where there is none.
    #[must_use]
    pub fn of(user: Id<User>, records: &Records) -> Option<Self> {
        let mut assignments: Vec<_> = held(user, records)
            .map(|(assignment, role)| AssignmentDocument {
                id: assignment.record.id,
                role: role.record.id,
                name: role.record.name.as_str().to_owned(),
                kind: role.record.kind,
                status: match assignment.record.status {
                    AssignmentStatus::Active => "active",
                    AssignmentStatus::Inactive => "inactive",
                },
                role_status: role.record.status,
            })
            .collect();
        assignments.sort_unstable_by_key(|it| it.role);
        Some(Self {
            user: UserDocument::of(user, records)?,
            assignments,
        })
    }
}

impl From<Person> for PersonDocument {
    fn from(person: Person) -> Self {
        Self {
            id: person.id,
            name: person.name,
            email: person.email.map(|it| it.as_str().to_owned()),
            birth_date: person.birth_date,
            mobile: person.mobile.map(|it| it.as_str().to_owned()),
            patient: person.patient.map(|it| it.as_str().to_owned()),
            erased_at: person.erased_at,
            users: None,
            professionals: None,
        }
    }
}

impl From<PersonView> for PersonDocument {
    fn from(view: PersonView) -> Self {
        let users = view.users.iter().map(|it| AccessDocument {
            id: it.id,
            domain: it.domain,
            status: it.status,
        });
        Self {
            users: Some(users.collect()),
            professionals: Some(view.professionals),
            ..view.person.into()
        }
    }
}

/// A role in a list of roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleLineDocument {
    /// The role.
    pub id: Id<Role>,
    /// Its name.
    pub name: String,
    /// What it is, for good.
    pub kind: RoleKind,
    /// What it permits; Tenant Owner permits everything and lists nothing.
    pub permissions: Permissions,
    /// Whether it counts.
    pub status: RoleStatus,
}

impl From<Role> for RoleLineDocument {
    fn from(role: Role) -> Self {
        Self {
            id: role.id,
            name: role.name.as_str().to_owned(),
            kind: role.kind,
            permissions: role.permissions,
            status: role.status,
        }
    }
}

/// A proposal of an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ProposalDocument {
    /// The proposal.
    pub id: Id<Proposal>,
    /// Who is to become an owner.
    pub user: Id<User>,
    /// The owner who wants it.
    pub by: Id<User>,
    /// When it was made.
    pub at: Instant,
    /// The first instant at which it is over.
    pub expires_at: Instant,
}

impl From<Proposal> for ProposalDocument {
    fn from(it: Proposal) -> Self {
        Self {
            id: it.id,
            user: it.user,
            by: it.by,
            at: it.at,
            expires_at: it.expires_at,
        }
    }
}

/// A session that is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionDocument {
    /// The session.
    pub id: Id<Session>,
    /// Whose.
    pub user: Id<User>,
    /// When it was opened.
    pub opened_at: Instant,
    /// The first instant at which it is over.
    pub expires_at: Instant,
    /// The elevation that is in force, so that nobody acts as an owner without seeing it.
    pub elevation: Option<ElevationDocument>,
}

/// An elevation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ElevationDocument {
    /// The elevation.
    pub id: Id<Elevation>,
    /// Why, in the owner's words.
    pub reason: String,
    /// When it began.
    pub since: Instant,
    /// The first instant at which it is over.
    pub until: Instant,
}

impl From<&Elevation> for ElevationDocument {
    fn from(it: &Elevation) -> Self {
        Self {
            id: it.id,
            reason: it.reason.as_str().to_owned(),
            since: it.since,
            until: it.until,
        }
    }
}

/// An elevation, be it over or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ElevationLineDocument {
    /// The number of the journal's entry of its beginning.
    pub number: u64,
    /// Who was elevated.
    pub user: Id<User>,
    /// In which session.
    pub session: Id<Session>,
    /// What, why, from when until when at the latest.
    #[serde(flatten)]
    pub elevation: ElevationDocument,
    /// Its end; `null` as long as nobody entered it and its time is not over.
    pub ended: Option<EndDocument>,
}

/// The end of an elevation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EndDocument {
    /// The first instant at which it was over.
    pub at: Instant,
    /// What ended it.
    pub why: EndReason,
}

impl From<&ElevationLine> for ElevationLineDocument {
    fn from(line: &ElevationLine) -> Self {
        Self {
            number: line.number,
            user: line.elevation.user,
            session: line.elevation.session,
            elevation: ElevationDocument::from(&line.elevation),
            ended: line.ended.map(|(at, why)| EndDocument { at, why }),
        }
    }
}

impl SessionDocument {
    /// Of a session, and the elevation in force in it.
    #[must_use]
    pub fn of(session: &Session, elevation: Option<&Elevation>) -> Self {
        Self {
            id: session.id,
            user: session.user,
            opened_at: session.opened_at,
            expires_at: session.expires_at,
            elevation: elevation.map(ElevationDocument::from),
        }
    }
}

impl From<&SessionLine> for SessionDocument {
    fn from(line: &SessionLine) -> Self {
        Self::of(&line.session, line.elevation.as_ref())
    }
}

/// A user that a login opens, to be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ChoiceDocument {
    /// In which tenant.
    pub tenant: Id<Tenant>,
    /// Which user.
    pub user: Id<User>,
}

impl From<Opens> for ChoiceDocument {
    fn from(it: Opens) -> Self {
        Self {
            tenant: it.tenant,
            user: it.user,
        }
    }
}

/// Whether somebody may, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplanationDocument {
    /// Whether they may.
    pub allowed: bool,
    /// The assignments that give it; empty where it is refused.
    pub because: Vec<Ground>,
    /// The elevation the answer is given under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elevation: Option<Id<Elevation>>,
    /// Why they may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalDocument>,
    /// The assignments that would give it, and what keeps them from it, where it is refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusalDocument {
    /// The stable code.
    pub code: &'static str,
    /// The reason in words.
    pub message: String,
    /// The rule that refuses.
    pub rule: &'static str,
    /// The next legal step.
    pub next: &'static str,
}

impl RefusalDocument {
    /// Of any refusal.
    #[must_use]
    pub fn of(refusal: &impl Refusal) -> Self {
        Self {
            code: refusal.code(),
            message: refusal.to_string(),
            rule: refusal.rule(),
            next: refusal.next(),
        }
    }
}

impl From<Explanation> for ExplanationDocument {
    fn from(explanation: Explanation) -> Self {
        match explanation {
            Explanation::Allowed { because, elevation } => Self {
                allowed: true,
                because,
                elevation,
                refusal: None,
                withheld: vec![],
            },
            Explanation::Refused { why, withheld } => Self {
                allowed: false,
                because: vec![],
                elevation: None,
                refusal: Some(RefusalDocument::of(&why)),
                withheld,
            },
        }
    }
}

/// An entry of a journal. The entry stands as it was hashed, to the byte, so that whoever has the lines can verify the chain.
#[derive(Clone, Debug, Serialize)]
pub struct EntryDocument {
    /// Its number.
    pub number: u64,
    /// The hash over the tenant, the number, the hash before and the entry; hexadecimal.
    pub hash: String,
    /// The entry.
    pub entry: Box<RawValue>,
}

impl EntryDocument {
    /// Of an entry; `None` where its text is no JSON, which no entry was ever.
    #[must_use]
    pub fn of(sealed: &Sealed) -> Option<Self> {
        Some(Self {
            number: sealed.number,
            hash: sealed.hash.to_string(),
            entry: RawValue::from_string(sealed.text.clone()).ok()?,
        })
    }
}

/// Whether a journal is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerificationDocument {
    /// Whether it is.
    pub whole: bool,
    /// How many entries it has; `null` where it is broken.
    pub entries: Option<u64>,
    /// The hash of the last, hexadecimal; `null` where it is broken.
    pub hash: Option<String>,
    /// The first entry that does not fit; `null` where it is whole.
    pub broken: Option<BrokenDocument>,
}

/// The first entry of a journal that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BrokenDocument {
    /// Its number.
    pub entry: u64,
    /// What is wrong with it, in words.
    pub message: String,
}

impl From<Result<Head, Broken>> for VerificationDocument {
    fn from(verified: Result<Head, Broken>) -> Self {
        let broken = verified.err();
        let head = verified.ok();
        Self {
            whole: head.is_some(),
            entries: head.map(|it| it.number),
            hash: head.map(|it| it.hash.to_string()),
            broken: broken.map(|it| BrokenDocument {
                entry: it.entry(),
                message: it.to_string(),
            }),
        }
    }
}

/// What a command would have changed: a dry run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RehearsalDocument {
    /// In which tenant.
    pub tenant: Id<Tenant>,
    /// What it relies on.
    pub expects: Vec<ExpectDocument>,
    /// What it would write.
    pub writes: Vec<WriteDocument>,
    /// What it would enter in the journal.
    pub entries: Vec<serde_json::Value>,
    /// The mails it would owe.
    pub messages: Vec<serde_json::Value>,
}

/// Something a change relies on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExpectDocument {
    /// What it is: a kind of record, or `persons_with_email`.
    pub kind: String,
    /// Its id; absent for a set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The version it was read at; absent for a set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// A change of one record. Values are not shown: they may be personal, or secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WriteDocument {
    /// `create`, `replace` or `erase`.
    pub change: &'static str,
    /// The kind of record.
    pub kind: String,
    /// Its id.
    pub id: String,
}

impl From<&Changeset> for RehearsalDocument {
    fn from(changes: &Changeset) -> Self {
        let json = |it: Result<_, serde_json::Error>| it.unwrap_or_default();
        let expects = changes.expects().iter().map(|it| match it {
            Expect::At(reference, version) => {
                let (kind, id) = named(reference);
                ExpectDocument {
                    kind,
                    id: Some(id),
                    version: Some(version.0),
                }
            }
            Expect::Persons { .. } => ExpectDocument {
                kind: "persons_with_email".to_owned(),
                id: None,
                version: None,
            },
        });
        let writes = changes.writes().iter().map(|it| {
            let (change, reference) = match it {
                Write::Create(put) => ("create", put.reference()),
                Write::Replace(put, _) => ("replace", put.reference()),
                Write::Erase(reference, _) => ("erase", reference.clone()),
            };
            let (kind, id) = named(&reference);
            WriteDocument { change, kind, id }
        });
        Self {
            tenant: changes.tenant(),
            expects: expects.collect(),
            writes: writes.collect(),
            entries: changes
                .entries()
                .iter()
                .map(|it| json(serde_json::to_value(it)))
                .collect(),
            messages: changes
                .messages()
                .iter()
                .map(|it| json(serde_json::to_value(it.kind)))
                .collect(),
        }
    }
}

/// The kind of a record in lower snake case, and its key as text.
fn named(reference: &Ref) -> (String, String) {
    let kind = reference.kind();
    let mut snake = String::with_capacity(kind.len() + 4);
    for letter in kind.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    (snake, reference.key_text())
}

#[cfg(test)]
mod tests;
