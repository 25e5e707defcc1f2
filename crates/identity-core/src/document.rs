//! JSON documents: the shapes that the command line and the wire share, so that a program reads the same from both.
//!
//! They hold personal data, and are made only to be handed to whoever may see it.

mod access;

pub use access::{
    AccessDocument, AssignmentDocument, BrokenDocument, ChoiceDocument, DomainDocument,
    ElevationDocument, ElevationLineDocument, EndDocument, EntryDocument, ExpectDocument,
    ExplanationDocument, PersonDocument, PolicyDocument, ProposalDocument, RefusalDocument,
    RehearsalDocument, RoleLineDocument, SessionDocument, TenantDocument, UserViewDocument,
    VerificationDocument, WriteDocument,
};

use crate::{
    hcp::{
        Hcp, HcpLine, Party,
        import::{Counts, Import, Notice},
        row::Problem,
        search::HcpKind,
    },
    id::Id,
    name::PersonName,
    port::UserLine,
    reconcile::{
        snapshot::{Completeness, FailedList},
        views::{Local, Reconciliation, Views},
    },
    role::Role,
    roster::{Identity, Kind},
    service::{HcpView, ImportReport},
    shown::shows_only,
    time::Instant,
    user::{User, UserStatus},
};
use serde::Serialize;

/// What is wrong with a row, as `hcp check` and `hcp import` print it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectionDocument {
    /// The row's number, as a person sees it in the spreadsheet.
    pub row: u32,
    /// The column's header as it stands in the file; empty when the whole row is meant.
    pub column: String,
    /// The stable code.
    pub code: &'static str,
    /// The problem in words.
    pub message: String,
}

impl RejectionDocument {
    /// The problems of one row.
    pub fn of(row: u32, problems: &[Problem]) -> impl Iterator<Item = Self> {
        problems.iter().map(move |it| Self {
            row,
            column: it.column.to_string(),
            code: it.code.code(),
            message: it.code.to_string(),
        })
    }
}

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportDocument {
    /// The import; absent for a check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<Id<Import>>,
    /// What the file was.
    pub format: &'static str,
    /// All rows below the header: accepted, rejected and blank.
    pub rows: u32,
    /// Rows that can be used: created, updated and unchanged.
    pub accepted: u32,
    /// Rows that cannot.
    pub rejected: u32,
    /// Rows that hold nothing.
    pub blank: u32,
    /// Rows that make a new record; absent where nothing was compared with what is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<u32>,
    /// Rows that change one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<u32>,
    /// Rows that say what is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unchanged: Option<u32>,
    /// Everything that is wrong, in the order of the file.
    pub rejections: Vec<RejectionDocument>,
    /// What is odd.
    pub warnings: Vec<Notice>,
}

/// Whether a file was looked at alone, or beside what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Alone: nobody knows what would be created and what changed.
    FileAlone,
    /// Beside what is kept.
    WithStore,
}

impl ImportDocument {
    /// The document of a report.
    #[must_use]
    pub fn of(
        report: &ImportReport,
        compared: Compared,
        mut rejections: Vec<RejectionDocument>,
    ) -> Self {
        let Counts {
            created,
            updated,
            unchanged,
            rejected,
            blank,
        } = report.counts;
        let told = |count| match compared {
            Compared::FileAlone => None,
            Compared::WithStore => Some(count),
        };
        rejections.sort_by_key(|it| it.row);
        Self {
            import: report.import,
            format: report.format.as_str(),
            rows: report.counts.rows(),
            accepted: report.counts.accepted(),
            rejected,
            blank,
            created: told(created),
            updated: told(updated),
            unchanged: told(unchanged),
            rejections,
            warnings: report.warnings.clone(),
        }
    }
}

/// A user in a list.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct UserDocument {
    /// The user.
    pub id: Id<User>,
    /// The person's names.
    #[serde(flatten)]
    pub name: PersonName,
    /// The login, or else the person's address.
    pub email: Option<String>,
    /// Whether the access counts.
    pub status: UserStatus,
    /// The roles.
    pub roles: Vec<RoleDocument>,
}

shows_only!(UserDocument: id, status, roles);

/// A role of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleDocument {
    /// The role.
    pub id: Id<Role>,
    /// Its name.
    pub name: String,
}

impl From<UserLine> for UserDocument {
    fn from(line: UserLine) -> Self {
        Self {
            id: line.id,
            name: line.name,
            email: line.email.map(|it| it.as_str().to_owned()),
            status: line.status,
            roles: line
                .roles
                .into_iter()
                .map(|(id, name)| RoleDocument {
                    id,
                    name: name.as_str().to_owned(),
                })
                .collect(),
        }
    }
}

/// A healthcare party in a list.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct HcpDocument {
    /// The party, which applications are given as `PARENT_ORGANISATION_ID` when it is an organisation.
    pub id: Id<Hcp>,
    /// `professional` or `organization`.
    pub kind: &'static str,
    /// The given name of a professional.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// The family name of a professional.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The name of an organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// The number, in international form.
    pub phone: Option<String>,
    /// The organisation above.
    pub parent: Option<Id<Hcp>>,
}

shows_only!(HcpDocument: id, kind, parent);

impl From<HcpLine> for HcpDocument {
    fn from(HcpLine { hcp, person }: HcpLine) -> Self {
        let (id, parent) = (hcp.id, hcp.parent);
        match hcp.party {
            Party::Professional { email, .. } => {
                let name = person.as_ref().map(|it| &it.name);
                Self {
                    id,
                    kind: HcpKind::Professional.as_str(),
                    given: name.map(|it| it.given.as_str().to_owned()),
                    family: name.map(|it| it.family.as_str().to_owned()),
                    name: None,
                    email: Some(
                        person
                            .as_ref()
                            .and_then(|it| it.email.as_ref())
                            .map_or(email.as_str(), |it| it.as_str())
                            .to_owned(),
                    ),
                    phone: person
                        .as_ref()
                        .and_then(|it| it.mobile.as_ref())
                        .map(|it| it.as_str().to_owned()),
                    parent,
                }
            }
            Party::Organisation { name, email, phone } => Self {
                id,
                kind: HcpKind::Organisation.as_str(),
                given: None,
                family: None,
                name: Some(name.as_str().to_owned()),
                email: email.map(|it| it.as_str().to_owned()),
                phone: phone.map(|it| it.as_str().to_owned()),
                parent,
            },
        }
    }
}

/// A healthcare party, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HcpViewDocument {
    /// The party.
    #[serde(flatten)]
    pub hcp: HcpDocument,
    /// The organisations above it, from its parent up to the root.
    pub above: Vec<AboveDocument>,
    /// How many parties stand directly below it.
    pub below: u64,
}

/// An organisation above a healthcare party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AboveDocument {
    /// The organisation.
    pub id: Id<Hcp>,
    /// Its name.
    pub name: String,
}

impl From<HcpView> for HcpViewDocument {
    fn from(HcpView { line, above, below }: HcpView) -> Self {
        let named = |Hcp { id, party, .. }| match party {
            Party::Organisation { name, .. } => Some(AboveDocument {
                id,
                name: name.as_str().to_owned(),
            }),
            // Nobody stands below a professional.
            Party::Professional { .. } => None,
        };
        Self {
            hcp: line.into(),
            above: above.into_iter().filter_map(named).collect(),
            below,
        }
    }
}

/// The views of a reconciliation.
#[derive(Clone, Debug, Serialize)]
pub struct ViewsDocument<'a> {
    /// `complete`, `partial`, or `never_read`.
    pub completeness: &'static str,
    /// When MedHub was read.
    pub read_at: Option<Instant>,
    /// The lists that could not be read.
    pub failed: &'a [FailedList],
    /// How many of each; they add up: `local` is linked, suggested, ambiguous and only here, `medhub` likewise.
    pub counts: ViewCounts,
    /// Users tied to an identity.
    pub linked: Vec<LinkedDocument<'a>>,
    /// Pairs that match.
    pub suggested: Vec<PairDocument<'a>>,
    /// Groups that share an address.
    pub ambiguous: Vec<AmbiguousDocument<'a>>,
    /// Users nobody in MedHub matches.
    pub only_local: Vec<LocalDocument<'a>>,
    /// Identities nobody here matches.
    pub only_medhub: Vec<OnlyMedhubDocument<'a>>,
    /// Pairs remembered as not the same person; whoever is in one is also in one of the others.
    pub not_same: Vec<NotSameDocument<'a>>,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ViewCounts {
    /// Users tied to an identity.
    pub linked: usize,
    /// Of these, users whose identity is in no list of a complete read.
    pub missing: usize,
    /// Pairs that match.
    pub suggested: usize,
    /// Groups that share an address.
    pub ambiguous: usize,
    /// Users in those groups.
    pub ambiguous_local: usize,
    /// Identities in those groups.
    pub ambiguous_medhub: usize,
    /// Users nobody in MedHub matches.
    pub only_local: usize,
    /// Identities nobody here matches.
    pub only_medhub: usize,
    /// Pairs remembered as not the same person.
    pub not_same: usize,
    /// All users.
    pub local: usize,
    /// All identities.
    pub medhub: usize,
    /// Staged steps.
    pub staged: usize,
}

/// A user of a view.
#[derive(Clone, Serialize)]
pub struct LocalDocument<'a> {
    /// The user.
    pub id: Id<User>,
    /// The person's names.
    #[serde(flatten)]
    pub name: &'a PersonName,
    /// The person's address.
    pub email: Option<&'a str>,
    /// `learner`, `teacher` or both.
    pub kinds: Vec<Kind>,
    /// Whether the access counts.
    pub status: UserStatus,
}

shows_only!(LocalDocument<'a>: id, kinds, status);

/// An identity of a view.
#[derive(Clone, Serialize)]
pub struct IdentityDocument<'a> {
    /// The `userID`.
    pub user_id: &'a str,
    /// The given name, as MedHub has it.
    pub given: &'a str,
    /// The family name.
    pub family: &'a str,
    /// The e-mail field.
    pub email: &'a str,
    /// `learner`, `teacher` or both.
    pub kinds: Vec<Kind>,
    /// The programmes' numbers.
    pub programs: Vec<&'a str>,
}

shows_only!(IdentityDocument<'a>: user_id, kinds, programs);

/// A linked pair.
#[derive(Clone, Debug, Serialize)]
pub struct LinkedDocument<'a> {
    /// The user.
    pub local: LocalDocument<'a>,
    /// The identity; `null` when no list has it.
    pub medhub: Option<IdentityDocument<'a>>,
    /// Whether a complete read no longer has the identity.
    pub missing: bool,
    /// Whether the link is only staged.
    pub staged: bool,
}

/// A suggested pair.
#[derive(Clone, Debug, Serialize)]
pub struct PairDocument<'a> {
    /// The user.
    pub local: LocalDocument<'a>,
    /// The identity.
    pub medhub: IdentityDocument<'a>,
}

/// An ambiguous group.
#[derive(Clone, Debug, Serialize)]
pub struct AmbiguousDocument<'a> {
    /// `several_local`, `several_medhub` or `several_both`.
    pub reason: &'static str,
    /// The users.
    pub locals: Vec<LocalDocument<'a>>,
    /// The identities.
    pub medhub: Vec<IdentityDocument<'a>>,
}

/// An identity nobody here matches.
#[derive(Clone, Debug, Serialize)]
pub struct OnlyMedhubDocument<'a> {
    /// The identity.
    #[serde(flatten)]
    pub medhub: IdentityDocument<'a>,
    /// Whether its import is staged.
    pub staged: bool,
}

/// A pair remembered as not the same person.
#[derive(Clone, Debug, Serialize)]
pub struct NotSameDocument<'a> {
    /// The user.
    pub user: Id<User>,
    /// The `userID`.
    pub user_id: &'a str,
    /// The user as in the other lists; `null` for whoever is neither learner nor teacher any more, nor linked.
    pub local: Option<LocalDocument<'a>>,
    /// The identity as in the other lists; `null` when no list of MedHub has it.
    pub medhub: Option<IdentityDocument<'a>>,
    /// `holds`; `evidence_changed` when addresses or kinds are others since, so that the two may match again; `taken_back` when a
    /// staged step forgets it.
    pub standing: &'static str,
    /// When they were told apart.
    pub at: Instant,
    /// Who did.
    pub by: Id<User>,
}

impl<'a> ViewsDocument<'a> {
    /// The document of the views of these two sides.
    #[must_use]
    pub fn of(sides: &'a Reconciliation, views: &Views) -> Self {
        let local = |place: u32| sides.locals.get(place as usize).map(LocalDocument::of);
        let identity = |place: u32| {
            sides
                .identities
                .get(place as usize)
                .map(IdentityDocument::of)
        };
        let (completeness, failed) = match sides.roster.as_ref().map(|it| &it.completeness) {
            None => ("never_read", [].as_slice()),
            Some(Completeness::Complete) => ("complete", [].as_slice()),
            Some(Completeness::Partial { failed }) => ("partial", failed.as_slice()),
        };
        let complete = completeness == "complete";
        let linked: Vec<_> = views
            .linked
            .iter()
            .filter_map(|it| {
                let medhub = it.identity.and_then(identity);
                let missing = complete && medhub.is_none();
                Some(LinkedDocument {
                    local: local(it.local)?,
                    medhub,
                    missing,
                    staged: it.staged,
                })
            })
            .collect();
        let ambiguous: Vec<_> = views
            .ambiguous
            .iter()
            .map(|it| AmbiguousDocument {
                reason: it.reason.code(),
                locals: it.locals.iter().filter_map(|it| local(*it)).collect(),
                medhub: it
                    .identities
                    .iter()
                    .filter_map(|it| identity(*it))
                    .collect(),
            })
            .collect();
        let counts = ViewCounts {
            linked: linked.len(),
            missing: linked.iter().filter(|it| it.missing).count(),
            suggested: views.suggested.len(),
            ambiguous: ambiguous.len(),
            ambiguous_local: ambiguous.iter().map(|it| it.locals.len()).sum(),
            ambiguous_medhub: ambiguous.iter().map(|it| it.medhub.len()).sum(),
            only_local: views.only_local.len(),
            only_medhub: views.only_medhub.len(),
            not_same: views.not_same.len(),
            local: 0,
            medhub: sides.identities.len(),
            staged: sides.steps.len(),
        };
        Self {
            completeness,
            read_at: sides.roster.as_ref().map(|it| it.read_at),
            failed,
            counts: ViewCounts {
                local: counts.linked
                    + counts.suggested
                    + counts.ambiguous_local
                    + counts.only_local,
                ..counts
            },
            linked,
            suggested: views
                .suggested
                .iter()
                .filter_map(|it| {
                    Some(PairDocument {
                        local: local(it.local)?,
                        medhub: identity(it.identity)?,
                    })
                })
                .collect(),
            ambiguous,
            only_local: views
                .only_local
                .iter()
                .filter_map(|it| local(*it))
                .collect(),
            only_medhub: views
                .only_medhub
                .iter()
                .filter_map(|it| {
                    Some(OnlyMedhubDocument {
                        medhub: identity(it.identity)?,
                        staged: it.staged,
                    })
                })
                .collect(),
            not_same: views
                .not_same
                .iter()
                .filter_map(|it| {
                    let memory = sides.not_same.get(it.memory as usize)?;
                    Some(NotSameDocument {
                        user: memory.user,
                        user_id: memory.medhub.as_str(),
                        local: it.local.and_then(local),
                        medhub: it.identity.and_then(identity),
                        standing: it.standing.code(),
                        at: memory.at,
                        by: memory.by,
                    })
                })
                .collect(),
        }
    }
}

impl<'a> LocalDocument<'a> {
    fn of(local: &'a Local) -> Self {
        Self {
            id: local.user,
            name: &local.name,
            email: local.email.as_ref().map(super::email::Email::as_str),
            kinds: local.kinds.iter().collect(),
            status: local.status,
        }
    }
}

impl<'a> IdentityDocument<'a> {
    fn of(identity: &'a Identity) -> Self {
        let mut programs: Vec<_> = identity
            .programs
            .iter()
            .map(|(program, _)| program.as_str())
            .collect();
        programs.dedup();
        Self {
            user_id: identity.user_id.as_str(),
            given: &identity.given,
            family: &identity.family,
            email: &identity.email,
            kinds: identity.kinds.iter().collect(),
            programs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        reconcile::{
            Institution,
            not_same::{NotSame, likeness},
            views::views,
        },
        roster::{Kinds, MedhubUserId},
        world::{World, email, now, person_name},
    };
    use serde_json::{Value, json};

    /// R1, R6: whoever was told apart is counted where they stand, and shown once more with who said so and when; those who
    /// are gone since by their ids alone.
    #[test]
    fn the_views_show_who_was_told_apart_beside_where_they_stand() {
        let mut world = World::new();
        let learner = Kinds::only(Kind::Learner);
        let local = Local {
            user: world.ids.id(),
            kinds: learner,
            status: UserStatus::Active,
            name: person_name("Ada", "Lovelace"),
            email: Some(email("ada@example.org")),
            link: None,
        };
        let identity = Identity {
            user_id: MedhubUserId::parse("7").unwrap(),
            kinds: learner,
            given: "Ada".into(),
            family: "King".into(),
            email: "Ada@example.org".into(),
            username: String::new(),
            employee_id: None,
            level: None,
            programs: [].into(),
        };
        let told_apart = |user, medhub: &str, ids: &mut crate::id::Mint| NotSame {
            id: ids.id(),
            user,
            institution: Institution("https://example.org/api".into()),
            medhub: MedhubUserId::parse(medhub).unwrap(),
            evidence: likeness(local.email.as_ref(), learner, Some(&identity)),
            at: now(),
            by: world.owner,
        };
        let gone = world.ids.id();
        let not_same = vec![
            told_apart(gone, "8", &mut world.ids),
            told_apart(local.user, "7", &mut world.ids),
        ];
        let (user, by) = (local.user, world.owner);
        let sides = Reconciliation {
            identities: vec![identity],
            locals: vec![local],
            not_same,
            ..Reconciliation::default()
        };
        let views = views(&sides.locals, &sides.identities, &[], &sides.not_same);
        let shown = serde_json::to_value(ViewsDocument::of(&sides, &views)).unwrap();
        let counts = ["suggested", "only_local", "only_medhub", "not_same"];
        assert_eq!(
            counts.map(|it| &shown["counts"][it]),
            [&json!(0), &json!(1), &json!(1), &json!(2)]
        );
        assert_eq!(
            (&shown["counts"]["local"], &shown["counts"]["medhub"]),
            (&json!(1), &json!(1))
        );
        let pairs = shown["not_same"].as_array().unwrap();
        let [first, second] = pairs.as_slice() else {
            panic!("{pairs:?}");
        };
        assert_eq!(
            (&first["local"], &first["medhub"], &first["standing"]),
            (
                &shown["only_local"][0],
                &without_note(&shown),
                &json!("holds")
            )
        );
        assert_eq!(
            (
                &first["user"],
                &first["user_id"],
                &first["by"],
                &first["at"]
            ),
            (&json!(user), &json!("7"), &json!(by), &json!(now()))
        );
        assert_eq!(
            *second,
            json!({
                "user": gone,
                "user_id": "8",
                "local": null,
                "medhub": null,
                "standing": "evidence_changed",
                "at": now(),
                "by": by,
            })
        );
    }

    /// The one identity that stands alone, as the other lists show it.
    fn without_note(shown: &Value) -> Value {
        let mut alone = shown["only_medhub"][0].clone();
        alone.as_object_mut().unwrap().remove("staged");
        alone
    }
}
