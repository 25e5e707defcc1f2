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
