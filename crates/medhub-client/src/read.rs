//! The roster read: the programmes, then two lists for each, and what came of it as a whole.

use crate::{
    CALLS_IN_FLIGHT, MedhubClient,
    answer::{field, lines},
    client::whole_seconds,
};
use identity_core::roster::{
    Access, Kind, MedhubUserId, Program, ProgramFailure, ProgramId, ReadProgress, RosterRead,
    RosterRow, RosterRowProblem, RosterRows, RosterSource, SourceFailure,
};
use serde_json::{Map, Value};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};
use tokio::time::{Instant, timeout};

const TEST: &str = "info/test";
const ACCESS: &str = "info/access";
const PROGRAMS: &str = "programs/all";

/// The calls a roster read needs.
const NEEDED: [&str; 3] = [PROGRAMS, list_call(Kind::Learner), list_call(Kind::Teacher)];

/// A read is given up when this many lists in a row were lost to something that has nothing to do with their
/// programme: three programmes, so that one or two odd ones never end a read.
const GIVE_UP_AFTER: usize = 6;

const fn list_call(kind: Kind) -> &'static str {
    match kind {
        Kind::Learner => "users/residents",
        Kind::Teacher => "users/faculty",
    }
}

impl RosterSource for MedhubClient {
    async fn access(&self) -> Result<Access, SourceFailure> {
        let test = self.call(TEST, None).await?;
        let success = test
            .as_object()
            .and_then(|it| field(it, "response"))
            .is_some_and(|it| it.eq_ignore_ascii_case("success"));
        if !success {
            return Err(SourceFailure::UnexpectedShape {
                call: TEST,
                expected: "`success`",
            });
        }
        let granted: BTreeSet<String> = lines(ACCESS, self.call(ACCESS, None).await?)?
            .iter()
            .filter_map(Value::as_object)
            .filter_map(granted_call)
            .collect();
        let missing = NEEDED
            .into_iter()
            .filter(|it| !granted.contains(*it))
            .map(str::to_owned)
            .collect();
        Ok(Access { granted, missing })
    }

    async fn read(&self, progress: &dyn ReadProgress) -> RosterRead {
        let started = Instant::now();
        let limit = self.config.read_timeout;
        let late = SourceFailure::DeadlinePassed {
            seconds: whole_seconds(limit),
        };
        let listed = match timeout(limit, self.programs()).await {
            Ok(Ok(listed)) => listed,
            Ok(Err(failure)) => return RosterRead::Failed(failure),
            Err(_) => return RosterRead::Failed(late),
        };
        let reading = Reading::new(self, &listed.programs, progress);
        let rest = limit.saturating_sub(started.elapsed());
        let in_time = timeout(rest, reading.run()).await.is_ok();
        reading.into_read(listed, (!in_time).then_some(late))
    }
}

/// The path of a call that is granted and not switched off. A line without a status is a grant.
fn granted_call(line: &Map<String, Value>) -> Option<String> {
    let active =
        field(line, "status").is_none_or(|it| it.eq_ignore_ascii_case("active") || it == "1");
    let path = field(line, "call_path")?;
    let path = path.trim_matches('/').to_ascii_lowercase();
    if !active || path.is_empty() {
        return None;
    }
    // MedHub writes some calls in mixed case (`users/userLookup`), which is not known to mean anything.
    let known = NEEDED.into_iter().find(|it| it.eq_ignore_ascii_case(&path));
    Some(known.map_or_else(|| field(line, "call_path").unwrap_or(path), str::to_owned))
}

/// What `programs/all` said.
struct Listed {
    /// Each programme once.
    programs: Vec<Program>,
    /// Lines whose programme has no usable number, so that its lists cannot be asked for.
    unnamed: Vec<ProgramFailure>,
}

/// One list of people, read.
#[derive(Default)]
struct List {
    rows: Vec<RosterRow>,
    problems: Vec<RosterRowProblem>,
}

impl MedhubClient {
    async fn programs(&self) -> Result<Listed, SourceFailure> {
        understand_programs(self.call(PROGRAMS, None).await?)
    }

    async fn people(&self, program: &ProgramId, kind: Kind) -> Result<List, SourceFailure> {
        let answer = self.call(list_call(kind), Some(program)).await?;
        understand_people(program, kind, answer)
    }
}

/// An institution without programmes is no roster: such an answer means a key without grants, or a fault.
fn understand_programs(answer: Value) -> Result<Listed, SourceFailure> {
    let unexpected = |expected| SourceFailure::UnexpectedShape {
        call: PROGRAMS,
        expected,
    };
    let mut programs = Vec::new();
    let mut unnamed = Vec::new();
    let mut seen = BTreeSet::new();
    for (line, value) in (1_u32..).zip(lines(PROGRAMS, answer)?) {
        let object = value.as_object();
        let id = object
            .and_then(|it| field(it, "programID"))
            .and_then(|it| ProgramId::parse(&it).ok());
        if let Some(id) = id {
            if seen.insert(id.clone()) {
                let name = object.and_then(|it| field(it, "program_name"));
                programs.push(Program {
                    id,
                    name: name.unwrap_or_default(),
                });
            }
            continue;
        }
        let failure = unexpected("a `programID` in each line");
        let program =
            ProgramId::parse(&format!("line {line} of {PROGRAMS}")).map_err(|_| failure.clone())?;
        unnamed.extend([Kind::Learner, Kind::Teacher].map(|kind| ProgramFailure {
            program: program.clone(),
            kind,
            failure: failure.clone(),
        }));
    }
    match (programs.is_empty(), unnamed.first()) {
        (true, Some(first)) => Err(first.failure.clone()),
        (true, None) => Err(unexpected("at least one programme")),
        (false, _) => Ok(Listed { programs, unnamed }),
    }
}

/// A line without `userID` is left out and reported. Several lines of which none has one are something else than
/// people, and fail the list: it must not pass for an empty one.
fn understand_people(
    program: &ProgramId,
    kind: Kind,
    answer: Value,
) -> Result<List, SourceFailure> {
    let call = list_call(kind);
    let mut list = List::default();
    for (line, value) in (1_u32..).zip(lines(call, answer)?) {
        match understand_person(program, kind, &value) {
            Ok(row) => list.rows.push(row),
            Err(what) => list.problems.push(RosterRowProblem {
                program: program.clone(),
                kind,
                line,
                what: what.to_owned(),
            }),
        }
    }
    if list.rows.is_empty() && list.problems.len() > 1 {
        return Err(SourceFailure::UnexpectedShape {
            call,
            expected: "a `userID` in the lines",
        });
    }
    Ok(list)
}

fn understand_person(
    program: &ProgramId,
    kind: Kind,
    value: &Value,
) -> Result<RosterRow, &'static str> {
    let object = value.as_object().ok_or("not a person")?;
    let text = |name| field(object, name).unwrap_or_default();
    let user_id = field(object, "userID").ok_or("without `userID`")?;
    Ok(RosterRow {
        program: program.clone(),
        kind,
        user_id: MedhubUserId::parse(&user_id).map_err(|_| "`userID` is not an identifier")?,
        given: text("name_first"),
        family: text("name_last"),
        email: text("email"),
        username: text("username"),
        employee_id: field(object, "employeeID"),
        level: field(object, "level"),
    })
}

/// A read on its way: what outlives the deadline.
struct Reading<'a> {
    client: &'a MedhubClient,
    progress: &'a dyn ReadProgress,
    lists: Vec<(ProgramId, Kind)>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: usize,
    done: usize,
    outcomes: Vec<(usize, Result<List, SourceFailure>)>,
    lost_in_a_row: usize,
    given_up: Option<SourceFailure>,
}

impl<'a> Reading<'a> {
    fn new(client: &'a MedhubClient, programs: &[Program], progress: &'a dyn ReadProgress) -> Self {
        let lists = programs
            .iter()
            .flat_map(|it| [Kind::Learner, Kind::Teacher].map(|kind| (it.id.clone(), kind)))
            .collect();
        Self {
            client,
            progress,
            lists,
            state: Mutex::default(),
        }
    }

    /// Reads the lists, as many at a time as calls may be in flight.
    async fn run(&self) {
        const { assert!(CALLS_IN_FLIGHT == 2) }
        self.progress.lists(0, self.lists.len());
        tokio::join!(self.lane(), self.lane());
    }

    async fn lane(&self) {
        while let Some((index, (program, kind))) = self.take() {
            let outcome = self.client.people(program, *kind).await;
            let done = self.keep(index, outcome);
            self.progress.lists(done, self.lists.len());
        }
    }

    fn take(&self) -> Option<(usize, &(ProgramId, Kind))> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.given_up.is_some() {
            return None;
        }
        let index = state.next;
        let list = self.lists.get(index)?;
        state.next += 1;
        Some((index, list))
    }

    /// How many lists are done now.
    fn keep(&self, index: usize, outcome: Result<List, SourceFailure>) -> usize {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &outcome {
            Err(failure) if concerns_every_list(failure) => {
                state.lost_in_a_row += 1;
                if state.lost_in_a_row >= GIVE_UP_AFTER {
                    state.given_up = Some(failure.clone());
                }
            }
            Err(_) | Ok(_) => state.lost_in_a_row = 0,
        }
        state.outcomes.push((index, outcome));
        state.done += 1;
        state.done
    }

    /// What came of it; `late` if the deadline passed.
    fn into_read(self, listed: Listed, late: Option<SourceFailure>) -> RosterRead {
        let State {
            mut outcomes,
            given_up,
            ..
        } = self
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        outcomes.sort_by_key(|(index, _)| *index);
        let mut outcomes = outcomes.into_iter().peekable();
        let mut rows = RosterRows {
            programs: listed.programs,
            ..RosterRows::default()
        };
        let mut failed = listed.unnamed;
        let mut read = 0_usize;
        for (index, (program, kind)) in self.lists.into_iter().enumerate() {
            let outcome = outcomes
                .next_if(|(of, _)| *of == index)
                .map(|(_, outcome)| outcome);
            let failure = match outcome {
                Some(Ok(list)) => {
                    read += 1;
                    rows.rows.extend(list.rows);
                    rows.problems.extend(list.problems);
                    continue;
                }
                Some(Err(failure)) => failure,
                None => match given_up.as_ref().or(late.as_ref()) {
                    Some(failure) => failure.clone(),
                    // Lists are left over only for one of these two reasons.
                    None => SourceFailure::Unreachable {
                        call: list_call(kind),
                    },
                },
            };
            failed.push(ProgramFailure {
                program,
                kind,
                failure,
            });
        }
        let nothing = read == 0 && failed.iter().all(|it| concerns_every_list(&it.failure));
        match failed.first() {
            None => RosterRead::Complete(rows),
            Some(first) if nothing => {
                RosterRead::Failed(late.unwrap_or_else(|| first.failure.clone()))
            }
            Some(_) => RosterRead::Partial { rows, failed },
        }
    }
}

/// Whether a failure comes from something that every list has in common, such as the key or the network, so
/// that asking for the other lists is of little use.
const fn concerns_every_list(failure: &SourceFailure) -> bool {
    match failure {
        SourceFailure::BadBaseUrl { .. }
        | SourceFailure::Unreachable { .. }
        | SourceFailure::Tls { .. }
        | SourceFailure::TimedOut { .. }
        | SourceFailure::Redirected { .. }
        | SourceFailure::SignatureRefused { .. }
        | SourceFailure::RateLimited { .. }
        | SourceFailure::Html { .. }
        | SourceFailure::Status {
            status: 401 | 403 | 502..=504,
            ..
        }
        | SourceFailure::DeadlinePassed { .. } => true,
        SourceFailure::Refused { .. }
        | SourceFailure::NotGranted { .. }
        | SourceFailure::Status { .. }
        | SourceFailure::EmptyAnswer { .. }
        | SourceFailure::Truncated { .. }
        | SourceFailure::NotJson { .. }
        | SourceFailure::UnexpectedShape { .. }
        | SourceFailure::AnswerTooLarge { .. }
        | SourceFailure::Emptied { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn program() -> ProgramId {
        ProgramId::parse("73").unwrap()
    }

    #[test]
    fn only_active_grants_count_whatever_their_case() {
        for (line, call) in [
            (
                json!({"call_path": "users/residents", "status": "Active"}),
                Some("users/residents"),
            ),
            (
                json!({"call_path": "/Users/Residents/", "status": "active"}),
                Some("users/residents"),
            ),
            (
                json!({"CALL_PATH": "users/userLookup", "status": 1}),
                Some("users/userLookup"),
            ),
            (json!({"call_path": "users/faculty"}), Some("users/faculty")),
            (
                json!({"call_path": "users/faculty", "status": "Inactive"}),
                None,
            ),
            (json!({"call_path": "users/faculty", "status": "0"}), None),
            (json!({"call_path": "", "status": "Active"}), None),
            (json!({"status": "Active"}), None),
        ] {
            assert_eq!(
                granted_call(line.as_object().unwrap()).as_deref(),
                call,
                "{line}"
            );
        }
    }

    #[test]
    fn each_programme_is_listed_once_and_one_without_number_is_not_forgotten() {
        let listed = understand_programs(json!([
            {"programID": "73", "program_name": " Internal Medicine "},
            {"programID": 73, "program_name": "Internal Medicine again"},
            {"programID": "", "program_name": "Nobody knows"},
            {"programID": "007"},
        ]))
        .unwrap();
        let ids: Vec<_> = listed.programs.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["73", "007"]);
        assert_eq!(listed.programs[0].name, "Internal Medicine");
        let unnamed: Vec<_> = listed
            .unnamed
            .iter()
            .map(|it| (it.program.as_str(), it.kind))
            .collect();
        assert_eq!(
            unnamed,
            [
                ("line 3 of programs/all", Kind::Learner),
                ("line 3 of programs/all", Kind::Teacher)
            ]
        );
    }

    #[test]
    fn no_programmes_at_all_are_a_failure() {
        for (answer, what) in [
            (json!([]), "at least one programme"),
            (json!(false), "at least one programme"),
            (json!([{"name": "x"}]), "a `programID` in each line"),
            (json!({"programs": []}), "a list"),
        ] {
            let expected = SourceFailure::UnexpectedShape {
                call: PROGRAMS,
                expected: what,
            };
            assert_eq!(understand_programs(answer).err(), Some(expected));
        }
    }

    #[test]
    fn a_line_without_user_id_is_reported_and_costs_no_other() {
        let list = understand_people(
            &program(),
            Kind::Learner,
            json!([
                {"userID": "1", "name_first": " Ada ", "name_last": "Example", "email": "ada@hospital.example",
                 "level": 3, "employeeID": false, "custom": {"a": []}},
                {"userID": " ", "name_last": "Blank"},
                "text",
                {"userID": "x".repeat(65)},
                {"USERID": 2, "Email": null},
            ]),
        )
        .unwrap();
        let ids: Vec<_> = list.rows.iter().map(|it| it.user_id.as_str()).collect();
        assert_eq!(ids, ["1", "2"]);
        let ada = &list.rows[0];
        assert_eq!(
            (ada.given.as_str(), ada.level.as_deref()),
            ("Ada", Some("3"))
        );
        assert_eq!(
            (ada.employee_id.as_deref(), ada.username.as_str()),
            (None, "")
        );
        let problems: Vec<_> = list
            .problems
            .iter()
            .map(|it| (it.line, it.what.as_str()))
            .collect();
        assert_eq!(
            problems,
            [
                (2, "without `userID`"),
                (3, "not a person"),
                (4, "`userID` is not an identifier")
            ]
        );
    }

    #[test]
    fn a_list_in_which_nobody_has_a_user_id_is_not_empty_but_failed() {
        let read = |answer| understand_people(&program(), Kind::Teacher, answer);
        let failure = SourceFailure::UnexpectedShape {
            call: "users/faculty",
            expected: "a `userID` in the lines",
        };
        assert_eq!(read(json!([{"id": 1}, {"id": 2}])).err(), Some(failure));
        assert_eq!(read(json!([{"id": 1}])).unwrap().problems.len(), 1);
    }
}
