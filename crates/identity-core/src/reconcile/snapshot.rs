//! The last roster read, kept person by person, so that a change of one is a change of one record.

use super::Institution;
use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::Id,
    journal::Event,
    permission::INTEGRATIONS_MANAGE,
    record::Records,
    refusal::Refusal,
    roster::{
        Identity, Kind, Kinds, Program, ProgramFailure, ProgramId, RosterRead, RosterRowProblem,
        RosterRows, SourceFailure, assemble,
    },
    tenant::Tenant,
    time::Instant,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The head of the last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// Whose.
    pub tenant: Id<Tenant>,
    /// Which MedHub.
    pub institution: Institution,
    /// When it was read.
    pub read_at: Instant,
    /// Whether every list was read. Only a complete roster can say that somebody is gone (R4).
    pub completeness: Completeness,
    /// The programmes, as MedHub lists them.
    pub programs: Vec<Program>,
    /// The lines that could not be used.
    pub problems: Vec<RosterRowProblem>,
}

/// Whether a roster can say that somebody is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "completeness")]
pub enum Completeness {
    /// Every list was read.
    Complete,
    /// Some were not: who stood in them before is kept.
    Partial {
        /// which
        failed: Vec<FailedList>,
    },
}

/// A list that was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedList {
    /// The programme.
    pub program: ProgramId,
    /// Residents or faculty.
    pub kind: Kind,
    /// The stable code of the failure.
    pub code: String,
    /// The failure in words.
    pub message: String,
}

/// A person of the last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterPerson {
    /// Who.
    pub identity: Identity,
}

/// What to make of a list that held people and came back empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Emptied {
    /// A failure: who stood in it is kept. An empty answer removes nobody (R4).
    #[default]
    Keep,
    /// Somebody looked, and it is empty.
    Accept,
}

/// What a read changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterRecorded {
    /// Whether every list was read.
    #[serde(flatten)]
    pub completeness: Completeness,
    /// The programmes.
    pub programs: u32,
    /// The people, with those kept from lists that failed.
    pub people: u32,
    /// Who is new.
    pub added: u32,
    /// Whose line changed.
    pub changed: u32,
    /// Who is in no list any more.
    pub removed: u32,
    /// The lines that could not be used.
    pub problems: Vec<RosterRowProblem>,
}

/// Why a read is not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// Nothing is connected.
    #[error("MedHub is not connected")]
    NotConnected,
    /// Another institution was connected meanwhile.
    #[error("another institution is connected than the one that was read")]
    OtherInstitution,
    /// The read failed.
    #[error(transparent)]
    Source(SourceFailure),
}

impl Refusal for RosterRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::NotConnected => "medhub_not_connected",
            Self::OtherInstitution => "medhub_other_institution",
            Self::Source(it) => it.code(),
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::NotConnected | Self::OtherInstitution => "A5",
            Self::Source(_) => "R4",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::NotConnected => "connect MedHub first",
            Self::OtherInstitution => "read again",
            Self::Source(it) => it.next(),
        }
    }
}

type List = (ProgramId, Kind);

/// Decides to keep what was read from `institution`; `records` hold the connection and all of the last read.
///
/// People of lists that failed are kept as they were.
///
/// # Errors
/// As [`RosterRefusal`]; then everything stays as it was.
pub fn record(
    authority: &Authority,
    records: &Records,
    institution: &Institution,
    read: &RosterRead,
    emptied: Emptied,
    now: Instant,
) -> Result<(Changeset, RosterRecorded), RosterRefusal> {
    let mut changes = authority.permit(&INTEGRATIONS_MANAGE)?;
    let tenant = authority.tenant().id;
    let integration = records
        .integrations
        .get(&tenant)
        .ok_or(RosterRefusal::NotConnected)?;
    if integration.record.institution != *institution {
        return Err(RosterRefusal::OtherInstitution);
    }
    changes.rely(integration);
    let (rows, mut failed) = match read {
        RosterRead::Complete(rows) => (rows, Vec::new()),
        RosterRead::Partial { rows, failed } => (rows, failed.clone()),
        RosterRead::Failed(failure) => return Err(RosterRefusal::Source(failure.clone())),
    };
    match emptied {
        Emptied::Keep => failed.extend(emptied_lists(rows, &failed, records)),
        Emptied::Accept => (),
    }
    failed.sort_by(|one, other| (&one.program, one.kind).cmp(&(&other.program, other.kind)));
    let people = keep_failed(assemble(&rows.rows), &failed, records);
    let mut recorded = RosterRecorded {
        completeness: match failed.as_slice() {
            [] => Completeness::Complete,
            _ => Completeness::Partial {
                failed: failed.iter().map(FailedList::of).collect(),
            },
        },
        programs: count(rows.programs.len()),
        people: count(people.len()),
        added: 0,
        changed: 0,
        removed: 0,
        problems: rows.problems.clone(),
    };
    for (id, identity) in &people {
        match records.roster_people.get(id) {
            Some(before) if before.record.identity == *identity => (),
            Some(before) => {
                recorded.changed += 1;
                changes.replace(
                    before,
                    RosterPerson {
                        identity: identity.clone(),
                    },
                );
            }
            None => {
                recorded.added += 1;
                changes.create(RosterPerson {
                    identity: identity.clone(),
                });
            }
        }
    }
    for before in records
        .roster_people
        .values()
        .filter(|it| !people.contains_key(&it.record.identity.user_id))
    {
        recorded.removed += 1;
        changes.erase(before);
    }
    let roster = Roster {
        tenant,
        institution: institution.clone(),
        read_at: now,
        completeness: recorded.completeness.clone(),
        programs: rows.programs.clone(),
        problems: rows.problems.clone(),
    };
    match records.rosters.get(&tenant) {
        Some(before) => changes.replace(before, roster),
        None => changes.create(roster),
    }
    let RosterRecorded {
        added,
        changed,
        removed,
        ..
    } = recorded;
    let complete = failed.is_empty();
    changes.enter(authority.entry(
        now,
        Event::RosterRead {
            complete,
            added,
            changed,
            removed,
        },
    ));
    Ok((changes, recorded))
}

/// The lists that held people in the last read, hold nobody in this one, and did not fail.
fn emptied_lists(
    rows: &RosterRows,
    failed: &[ProgramFailure],
    records: &Records,
) -> Vec<ProgramFailure> {
    let mut before: BTreeMap<List, usize> = BTreeMap::new();
    for list in records
        .roster_people
        .values()
        .flat_map(|it| &it.record.identity.programs)
    {
        *before.entry(list.clone()).or_default() += 1;
    }
    for row in &rows.rows {
        before.remove(&(row.program.clone(), row.kind));
    }
    for failure in failed {
        before.remove(&(failure.program.clone(), failure.kind));
    }
    before
        .into_iter()
        .map(|((program, kind), before)| {
            let call = match kind {
                Kind::Learner => "users/residents",
                Kind::Teacher => "users/faculty",
            };
            ProgramFailure {
                program,
                kind,
                failure: SourceFailure::Emptied { call, before },
            }
        })
        .collect()
}

/// Adds to the people read whoever stood, in the last read, in a list that failed now.
fn keep_failed(
    read: Vec<Identity>,
    failed: &[ProgramFailure],
    records: &Records,
) -> BTreeMap<crate::roster::MedhubUserId, Identity> {
    let mut people: BTreeMap<_, _> = read
        .into_iter()
        .map(|it| (it.user_id.clone(), it))
        .collect();
    let failed: BTreeSet<List> = failed
        .iter()
        .map(|it| (it.program.clone(), it.kind))
        .collect();
    for before in records.roster_people.values().map(|it| &it.record.identity) {
        let kept: BTreeSet<List> = before.programs.intersection(&failed).cloned().collect();
        if kept.is_empty() {
            continue;
        }
        let kinds = kept.iter().fold(Kinds::default(), |all, (_, kind)| {
            all.and(Kinds::only(*kind))
        });
        let person = people
            .entry(before.user_id.clone())
            .or_insert_with(|| Identity {
                kinds: Kinds::default(),
                programs: BTreeSet::new(),
                ..before.clone()
            });
        person.kinds = person.kinds.and(kinds);
        person.programs.extend(kept);
    }
    people
}

impl FailedList {
    fn of(failure: &ProgramFailure) -> Self {
        Self {
            program: failure.program.clone(),
            kind: failure.kind,
            code: failure.failure.code().to_owned(),
            message: failure.failure.to_string(),
        }
    }
}

/// A length as it is reported; no list comes near four thousand million.
fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        reconcile::Connect,
        roster::{MedhubUserId, RosterRow},
        world::{World, now},
    };

    fn institution() -> Institution {
        Institution("https://example.org/functions/api".into())
    }
    fn list(program: &str, kind: Kind) -> (ProgramId, Kind) {
        (ProgramId::parse(program).unwrap(), kind)
    }
    fn row(program: &str, kind: Kind, user_id: &str) -> RosterRow {
        RosterRow {
            program: ProgramId::parse(program).unwrap(),
            kind,
            user_id: MedhubUserId::parse(user_id).unwrap(),
            given: "Given".into(),
            family: "Family".into(),
            email: format!("{user_id}@example.org"),
            username: String::new(),
            employee_id: None,
            level: None,
        }
    }
    fn rows(rows: &[(&str, Kind, &str)]) -> RosterRows {
        let rows: Vec<_> = rows
            .iter()
            .map(|(program, kind, id)| row(program, *kind, id))
            .collect();
        let programs = ["1", "2"]
            .map(|it| Program {
                id: ProgramId::parse(it).unwrap(),
                name: it.into(),
            })
            .into();
        RosterRows {
            programs,
            rows,
            problems: Vec::new(),
        }
    }
    fn failed(program: &str, kind: Kind) -> ProgramFailure {
        let (program, kind) = list(program, kind);
        ProgramFailure {
            program,
            kind,
            failure: SourceFailure::TimedOut {
                call: "users/residents",
                seconds: 45,
            },
        }
    }

    fn connected() -> World {
        let mut world = World::new();
        let authority = world.as_user(world.owner);
        let command = Connect {
            institution: institution(),
            client_id: "1".into(),
            key_file: None,
        };
        let changes = command.decide(&authority, &world.records, now()).unwrap();
        world.commit(&changes);
        world
    }
    fn read(
        world: &mut World,
        read: &RosterRead,
        emptied: Emptied,
    ) -> Result<RosterRecorded, RosterRefusal> {
        let authority = world.as_user(world.owner);
        let (changes, recorded) = record(
            &authority,
            &world.records,
            &institution(),
            read,
            emptied,
            now(),
        )?;
        world.commit(&changes);
        Ok(recorded)
    }
    fn people(world: &World) -> Vec<(&str, usize)> {
        world
            .records
            .roster_people
            .values()
            .map(|it| {
                (
                    it.record.identity.user_id.as_str(),
                    it.record.identity.programs.len(),
                )
            })
            .collect()
    }

    const FIRST: [(&str, Kind, &str); 4] = [
        ("1", Kind::Learner, "10"),
        ("1", Kind::Teacher, "20"),
        ("2", Kind::Teacher, "20"),
        ("2", Kind::Learner, "11"),
    ];

    #[test]
    fn the_same_person_of_several_lists_is_one_identity() {
        let mut world = connected();
        let recorded = read(
            &mut world,
            &RosterRead::Complete(rows(&FIRST)),
            Emptied::Keep,
        )
        .unwrap();
        assert_eq!(
            (recorded.completeness, recorded.added, recorded.people),
            (Completeness::Complete, 3, 3)
        );
        assert_eq!(people(&world), [("10", 1), ("11", 1), ("20", 2)]);
        // The same again changes nobody, in whatever order.
        let mut turned = rows(&FIRST);
        turned.rows.reverse();
        let recorded = read(&mut world, &RosterRead::Complete(turned), Emptied::Keep).unwrap();
        assert_eq!(
            (recorded.added, recorded.changed, recorded.removed),
            (0, 0, 0)
        );
    }

    /// R4: a list that failed says nothing of its people, who stay as they were.
    #[test]
    fn whoever_stood_in_a_list_that_failed_is_kept() {
        let mut world = connected();
        read(
            &mut world,
            &RosterRead::Complete(rows(&FIRST)),
            Emptied::Keep,
        )
        .unwrap();
        let partial = RosterRead::Partial {
            rows: rows(&[
                ("1", Kind::Learner, "12"),
                ("2", Kind::Teacher, "20"),
                ("2", Kind::Learner, "11"),
            ]),
            failed: vec![failed("1", Kind::Teacher)],
        };
        let recorded = read(&mut world, &partial, Emptied::Keep).unwrap();
        assert!(
            matches!(&recorded.completeness, Completeness::Partial { failed } if failed.len() == 1)
        );
        assert_eq!(people(&world), [("11", 1), ("12", 1), ("20", 2)]);
        assert_eq!((recorded.added, recorded.removed), (1, 1));
    }

    /// R4: an empty answer where people were removes nobody, unless somebody looked.
    #[test]
    fn an_empty_answer_removes_nobody() {
        let mut world = connected();
        read(
            &mut world,
            &RosterRead::Complete(rows(&FIRST)),
            Emptied::Keep,
        )
        .unwrap();
        let before = people(&world).len();
        let recorded = read(&mut world, &RosterRead::Complete(rows(&[])), Emptied::Keep).unwrap();
        match recorded.completeness {
            Completeness::Partial { failed } => {
                assert_eq!(failed.len(), 4);
                assert!(failed.iter().all(|it| it.code == "medhub_list_emptied"));
            }
            Completeness::Complete => panic!("an empty answer is not complete"),
        }
        assert_eq!(people(&world).len(), before);
        let recorded = read(
            &mut world,
            &RosterRead::Complete(rows(&[])),
            Emptied::Accept,
        )
        .unwrap();
        assert_eq!(
            (recorded.completeness, recorded.removed),
            (Completeness::Complete, 3)
        );
        assert!(people(&world).is_empty());
    }

    #[test]
    fn a_failed_read_and_one_of_another_institution_change_nothing() {
        let mut world = connected();
        let failure = SourceFailure::Html {
            call: "programs/all",
        };
        let refusal = read(
            &mut world,
            &RosterRead::Failed(failure.clone()),
            Emptied::Keep,
        )
        .unwrap_err();
        assert_eq!(refusal, RosterRefusal::Source(failure));
        let authority = world.as_user(world.owner);
        let other = Institution("https://other.example.org".into());
        let complete = RosterRead::Complete(rows(&FIRST));
        let refusal = record(
            &authority,
            &world.records,
            &other,
            &complete,
            Emptied::Keep,
            now(),
        )
        .unwrap_err();
        assert_eq!(refusal, RosterRefusal::OtherInstitution);
    }

    /// R4: whoever stood in two lists of two kinds, one of which failed now, is of both kinds still; and a read rests on the
    /// connection it was made over.
    #[test]
    fn whoever_stood_in_a_list_that_failed_is_still_of_its_kind() {
        let mut world = connected();
        let both = [("1", Kind::Learner, "10"), ("1", Kind::Teacher, "10")];
        read(
            &mut world,
            &RosterRead::Complete(rows(&both)),
            Emptied::Keep,
        )
        .unwrap();
        let partial = RosterRead::Partial {
            rows: rows(&both[..1]),
            failed: vec![failed("1", Kind::Teacher)],
        };
        let authority = world.as_user(world.owner);
        let (changes, recorded) = record(
            &authority,
            &world.records,
            &institution(),
            &partial,
            Emptied::Keep,
            now(),
        )
        .unwrap();
        assert_eq!((recorded.changed, recorded.removed), (0, 0));
        let relied = crate::record::Ref::Integration(world.tenant);
        assert!(crate::world::relies_on(&changes, &relied));
        let read = Event::RosterRead {
            complete: false,
            added: 0,
            changed: 0,
            removed: 0,
        };
        assert_eq!(crate::world::events(&changes), [read]);
    }
}
