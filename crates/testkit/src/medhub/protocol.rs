//! The protocol: who may ask, and what the good answer is. What is assumed of the real MedHub is assumed here.

use super::{
    CLIENT_ID, Call, FakePerson, Fault, Fixture, Inner, PRIVATE_KEY, Received, Signature, Standing,
};
use axum::http::StatusCode;
use chrono::{DateTime, FixedOffset, Utc};
use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// An answer without faults.
pub(super) enum Good {
    Data(Value),
    Refused {
        code: &'static str,
        status: StatusCode,
    },
}

pub(super) enum Outcome {
    Good(Good),
    Faulty(Fault, Good),
}

impl Inner {
    pub(super) fn take(
        &mut self,
        call: Call,
        fields: &BTreeMap<String, String>,
    ) -> (Option<i64>, Duration, Outcome) {
        let field = |name| fields.get(name).map(String::as_str).unwrap_or_default();
        let (ts, request, verify) = (field("ts"), field("request"), field("verify"));
        let arguments: Map<String, Value> = serde_json::from_str(request).unwrap_or_default();
        let program = arguments.get("programID").map(plain);
        let signature = self.check(field("clientID"), ts, field("type"), request, verify);
        self.received.push(Received {
            call,
            program: program.clone(),
            ts: ts.to_owned(),
            verify: verify.to_owned(),
            request: request.to_owned(),
            signature,
        });
        let good = if signature == Signature::Wrong {
            Good::Refused {
                code: "S07",
                status: StatusCode::OK,
            }
        } else if self.revoked.contains(&call) {
            Good::Refused {
                code: "S05",
                status: StatusCode::OK,
            }
        } else {
            self.good(call, &arguments)
        };
        let fault = self.misbehaviours.iter_mut().find_map(|(of, how)| {
            (*of == call && how.happens(program.as_deref())).then(|| how.fault.clone())
        });
        let outcome = match fault {
            Some(fault) => Outcome::Faulty(fault, good),
            None => Outcome::Good(good),
        };
        (self.clock, self.delay, outcome)
    }

    /// Checks a signature over the decoded form.
    fn check(&self, client: &str, ts: &str, form: &str, request: &str, verify: &str) -> Signature {
        let text = format!("{CLIENT_ID}|{ts}|{PRIVATE_KEY}|{request}");
        let signed = verify == HEXLOWER.encode(&Sha256::digest(text));
        let in_time = ts
            .parse::<i64>()
            .is_ok_and(|ts| self.skew.is_none_or(|most| self.now().abs_diff(ts) <= most));
        if signed && in_time && client == CLIENT_ID.to_string() && form == "json" {
            Signature::Right
        } else {
            Signature::Wrong
        }
    }

    fn now(&self) -> i64 {
        self.clock.unwrap_or_else(machine_clock)
    }

    fn good(&self, call: Call, arguments: &Map<String, Value>) -> Good {
        let fixture = &self.fixture;
        let argument = |name| arguments.get(name).map(plain).unwrap_or_default();
        Good::Data(match call {
            Call::InfoTest => json!({ "response": "success" }),
            Call::InfoStatus => {
                let now = self.now();
                json!({ "status": "active", "time": eastern(now), "timestamp": now })
            }
            Call::InfoAccess => Call::ALL
                .into_iter()
                .filter(|it| !self.revoked.contains(it))
                .map(|it| {
                    json!({
                        "call": format!("Call {}", it.path()), "call_path": it.path(), "status": "Active",
                        "request_type": "POST", "call_description": "A call of this fake",
                    })
                })
                .collect(),
            Call::InfoInstitution => json!({
                "institution_name": "Fictitious Hospital", "institution_abbreviation": "FICT-T",
                "globalID": "157", "url": "https://fictitious-test.medhub.example", "api_version": "1.02",
                "rotationsetID": "16", "school_name": false,
            }),
            Call::ProgramsAll => fixture
                .programs
                .iter()
                .map(|it| {
                    json!({
                        "programID": it.id, "program_name": it.name, "program_abbrev": it.name,
                        "program_level": "1", "dept_programID": "",
                    })
                })
                .collect(),
            Call::Residents | Call::Faculty => {
                let program = argument("programID");
                if !fixture.programs.iter().any(|it| it.id == program) {
                    return unknown();
                }
                listed(fixture, call)
                    .filter(|it| it.programs.contains(&program))
                    .map(|it| row(it, call))
                    .collect()
            }
            Call::ResidentSearch | Call::FacultySearch => {
                let (name, username) = (argument("name").to_lowercase(), argument("username"));
                let employee = argument("employeeID");
                listed(fixture, call)
                    .filter(|it| {
                        let full = format!("{} {} {}", it.given, it.family, it.given).to_lowercase();
                        full.contains(&name)
                            && (username.is_empty() || it.username == username)
                            && (employee.is_empty() || it.employee_id == employee)
                            && arguments.keys().any(|it| it != "programID")
                    })
                    .map(|it| row(it, call))
                    .collect()
            }
            Call::UserLookup => match lookup(fixture, &argument("userID")) {
                Some(found) => found,
                None => return unknown(),
            },
        })
    }
}

const fn unknown() -> Good {
    Good::Refused {
        code: "S10",
        status: StatusCode::BAD_REQUEST,
    }
}

fn listed(fixture: &Fixture, call: Call) -> impl Iterator<Item = &FakePerson> {
    let people = match call {
        Call::Faculty | Call::FacultySearch => &fixture.faculty,
        Call::Residents
        | Call::ResidentSearch
        | Call::InfoTest
        | Call::InfoStatus
        | Call::InfoAccess
        | Call::InfoInstitution
        | Call::ProgramsAll
        | Call::UserLookup => &fixture.residents,
    };
    people.iter().filter(|it| it.standing == Standing::Active)
}

/// A line of a list, with every value as text; `pager` stands for the fields each institution adds.
fn row(person: &FakePerson, call: Call) -> Value {
    let mut row = json!({
        "userID": person.user_id, "name_last": person.family, "name_first": person.given,
        "email": person.email, "username": person.username, "employeeID": person.employee_id,
    });
    if let (Call::Residents | Call::ResidentSearch, Some(row)) = (call, row.as_object_mut()) {
        row.insert("typeID".into(), "2".into());
        row.insert("level".into(), person.level.as_str().into());
        row.insert("pager".into(), false.into());
    }
    row
}

fn lookup(fixture: &Fixture, user_id: &str) -> Option<Value> {
    let residents = fixture.residents.iter().map(|it| (it, "1", "Resident"));
    let faculty = fixture.faculty.iter().map(|it| (it, "2", "Faculty Member"));
    let (person, user_type, type_name) = residents
        .chain(faculty)
        .find(|(it, ..)| it.user_id == user_id)?;
    let program = person.programs.first();
    let name = program.and_then(|id| fixture.programs.iter().find(|it| it.id == *id));
    let (status, status_name) = match person.standing {
        Standing::Active => ("1", "Active"),
        Standing::Left => ("0", "Inactive"),
    };
    Some(json!({
        "userID": person.user_id, "name_last": person.family, "name_first": person.given,
        "email": person.email, "username": person.username, "employeeID": person.employee_id,
        "user_type": user_type, "user_type_name": type_name,
        "programID": program.map_or("", String::as_str), "program_name": name.map_or("", |it| it.name.as_str()),
        "resident_typeID": "", "resident_level": person.level, "status": status, "status_name": status_name,
        "access": status, "access_name": "Access",
    }))
}

/// An argument as text: numbers and text are both taken.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The wall clock of `info/status`; winter time is good enough here.
fn eastern(seconds: i64) -> String {
    FixedOffset::west_opt(5 * 3600)
        .zip(DateTime::<Utc>::from_timestamp(seconds, 0))
        .map(|(zone, it)| {
            it.with_timezone(&zone)
                .format("%Y-%m-%d %I:%M%P")
                .to_string()
        })
        .unwrap_or_default()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a server has a clock of its own, unless the test stops it"
)]
fn machine_clock() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|it| i64::try_from(it.as_secs()).ok())
        .unwrap_or_default()
}
