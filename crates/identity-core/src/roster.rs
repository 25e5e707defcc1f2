//! The MedHub side: what a roster read brings, and how its rows become identities.

use crate::{email::EmailKey, operation::Fingerprint, shown::shows_only};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::Future,
};

/// The `userID` MedHub gives a person: its only usable key, within one institution. Text, trimmed, kept as
/// sent (leading zeros count), 1 to 64 bytes without controls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MedhubUserId(Box<str>);

/// The number MedHub gives a programme, kept as text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProgramId(Box<str>);

/// The text is blank, longer than 64 bytes, or holds control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier that MedHub could have given")]
pub struct MedhubIdSyntax;

macro_rules! medhub_id {
    ($type:ident) => {
        impl $type {
            /// Reads an id as MedHub sends it.
            ///
            /// # Errors
            /// [`MedhubIdSyntax`].
            pub fn parse(text: &str) -> Result<Self, MedhubIdSyntax> {
                let text = text.trim();
                let good = (1..=64).contains(&text.len()) && !text.contains(char::is_control);
                if good {
                    Ok(Self(text.into()))
                } else {
                    Err(MedhubIdSyntax)
                }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $type {
            type Error = MedhubIdSyntax;
            fn try_from(text: String) -> Result<Self, MedhubIdSyntax> {
                Self::parse(&text)
            }
        }
        impl From<$type> for String {
            fn from(id: $type) -> Self {
                id.0.into()
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
medhub_id!(MedhubUserId);
medhub_id!(ProgramId);

/// A side of the teaching relation. MedHub's residents and fellows are learners, its faculty are teachers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A resident or fellow.
    Learner,
    /// A faculty member.
    Teacher,
}

/// One or both of the [`Kind`]s, or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kinds {
    /// is a learner
    pub learner: bool,
    /// is a teacher
    pub teacher: bool,
}

impl Kinds {
    /// Both.
    pub const ALL: Self = Self {
        learner: true,
        teacher: true,
    };

    /// Just this one.
    #[must_use]
    pub const fn only(kind: Kind) -> Self {
        match kind {
            Kind::Learner => Self {
                learner: true,
                teacher: false,
            },
            Kind::Teacher => Self {
                learner: false,
                teacher: true,
            },
        }
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            learner: self.learner || other.learner,
            teacher: self.teacher || other.teacher,
        }
    }

    /// Whether some kind is in both.
    #[must_use]
    pub const fn meet(self, other: Self) -> bool {
        self.learner && other.learner || self.teacher && other.teacher
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        !self.learner && !self.teacher
    }

    /// The kinds, learner first.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        self.learner
            .then_some(Kind::Learner)
            .into_iter()
            .chain(self.teacher.then_some(Kind::Teacher))
    }
}

/// A programme as MedHub lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Its number.
    pub id: ProgramId,
    /// Its name, as sent.
    pub name: String,
}

/// One line of one programme's list: the same person comes back from several.
#[derive(Clone, PartialEq, Eq)]
pub struct RosterRow {
    /// The list it stood in.
    pub program: ProgramId,
    /// Residents or faculty.
    pub kind: Kind,
    /// The person's key.
    pub user_id: MedhubUserId,
    /// `name_first`, as sent, trimmed.
    pub given: String,
    /// `name_last`, as sent, trimmed.
    pub family: String,
    /// `email`, as sent, trimmed; may hold none or several addresses.
    pub email: String,
    /// `username`, for display only.
    pub username: String,
    /// `employeeID`, where there is one.
    pub employee_id: Option<String>,
    /// The training level of a resident, as sent.
    pub level: Option<String>,
}

/// A person of MedHub, put together from every line that names the `userID`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The key, within one institution.
    pub user_id: MedhubUserId,
    /// The lists the person stands in.
    pub kinds: Kinds,
    /// The given name, as sent.
    pub given: String,
    /// The family name, as sent.
    pub family: String,
    /// The e-mail field, as sent.
    pub email: String,
    /// For display only: MedHub lets it change and be used again.
    pub username: String,
    /// The employee number, where there is one; not unique.
    pub employee_id: Option<String>,
    /// The training level, as sent.
    pub level: Option<String>,
    /// The programmes, as pairs with the list the person stood in there.
    pub programs: BTreeSet<(ProgramId, Kind)>,
}

impl Identity {
    /// Everything MedHub says of the person, in 32 bytes: equal when nothing changed.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("identity", self)
    }

    /// The addresses in the e-mail field, as keys: sorted, each once.
    #[must_use]
    pub fn email_keys(&self) -> Vec<EmailKey> {
        EmailKey::all_in(&self.email)
    }
}

/// A line that could not be used, and was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterRowProblem {
    /// The list.
    pub program: ProgramId,
    /// Residents or faculty.
    pub kind: Kind,
    /// Which line of it, counted from 1.
    pub line: u32,
    /// What is wrong with it.
    pub what: String,
}

/// A list that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramFailure {
    /// The programme.
    pub program: ProgramId,
    /// Residents or faculty.
    pub kind: Kind,
    /// Why.
    pub failure: SourceFailure,
}

/// The lines of every list that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RosterRows {
    /// Every programme there is.
    pub programs: Vec<Program>,
    /// The lines, in the order of arrival, which means nothing.
    pub rows: Vec<RosterRow>,
    /// The lines that were left out.
    pub problems: Vec<RosterRowProblem>,
}

/// How a read went. Never a bare list: who is missing from a partial one has not left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RosterRead {
    /// Every list of every programme was read.
    Complete(RosterRows),
    /// Some lists could not be read.
    Partial {
        /// what was read
        rows: RosterRows,
        /// what was not, at least one
        failed: Vec<ProgramFailure>,
    },
    /// Nothing can be said of anybody.
    Failed(SourceFailure),
}

/// Why a call to MedHub failed: what was received, in words a person can act on, without any of its data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceFailure {
    /// The base URL cannot be used.
    #[error("base URL cannot be used: {why}")]
    BadBaseUrl {
        /// what is wrong with it
        why: &'static str,
    },
    /// No connection.
    #[error("`{call}`: server cannot be reached")]
    Unreachable {
        /// the call
        call: &'static str,
    },
    /// The certificate or the encrypted connection was refused.
    #[error("`{call}`: the secure connection failed")]
    Tls {
        /// the call
        call: &'static str,
    },
    /// No answer in time.
    #[error("`{call}`: no answer within {seconds} seconds")]
    TimedOut {
        /// the call
        call: &'static str,
        /// how long was waited
        seconds: u64,
    },
    /// Sent elsewhere, which was not followed: the request carries a valid signature.
    #[error("`{call}`: redirected to another address, which was not followed")]
    Redirected {
        /// the call
        call: &'static str,
    },
    /// `S07`: key, clock or request do not fit.
    #[error("`{call}`: the signature was refused (`S07`): wrong private key, wrong client id, or a clock that is off{}", skew.map_or_else(String::new, |it| format!(" (this clock differs from the server's by {it} s)")))]
    SignatureRefused {
        /// the call
        call: &'static str,
        /// our clock minus the server's, in seconds, where the server told its time
        skew: Option<i64>,
    },
    /// Another error object.
    #[error("`{call}`: refused with code `{code}`")]
    Refused {
        /// the call
        call: &'static str,
        /// the `ErrorCode`, at most 16 characters
        code: String,
    },
    /// The call is not among those granted to the key.
    #[error("`{call}` is not granted to this key")]
    NotGranted {
        /// the call
        call: &'static str,
    },
    /// Too many calls, also after waiting.
    #[error("`{call}`: too many requests, also after waiting")]
    RateLimited {
        /// the call
        call: &'static str,
    },
    /// An HTTP status that is no success.
    #[error("`{call}`: HTTP status {status}")]
    Status {
        /// the call
        call: &'static str,
        /// the status
        status: u16,
    },
    /// A page for people, where data was expected.
    #[error("`{call}`: an HTML page came instead of data (a login page, a proxy or maintenance)")]
    Html {
        /// the call
        call: &'static str,
    },
    /// Nothing at all.
    #[error("`{call}`: the answer is empty")]
    EmptyAnswer {
        /// the call
        call: &'static str,
    },
    /// JSON that breaks off.
    #[error("`{call}`: the answer breaks off in the middle")]
    Truncated {
        /// the call
        call: &'static str,
    },
    /// No JSON.
    #[error("`{call}`: the answer is not JSON")]
    NotJson {
        /// the call
        call: &'static str,
    },
    /// JSON of another shape.
    #[error("`{call}`: {expected} was expected")]
    UnexpectedShape {
        /// the call
        call: &'static str,
        /// what was expected
        expected: &'static str,
    },
    /// More bytes than any roster has.
    #[error("`{call}`: the answer is larger than {limit} bytes")]
    AnswerTooLarge {
        /// the call
        call: &'static str,
        /// the most allowed
        limit: u64,
    },
    /// The whole read took too long.
    #[error("the read was not finished within {seconds} seconds")]
    DeadlinePassed {
        /// the deadline
        seconds: u64,
    },
    /// A list that held people in the last read came back empty.
    #[error("`{call}`: the list is empty, and held {before} people in the last read")]
    Emptied {
        /// the call
        call: &'static str,
        /// how many it held
        before: usize,
    },
}

impl SourceFailure {
    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadBaseUrl { .. } => "medhub_base_url",
            Self::Unreachable { .. } => "medhub_unreachable",
            Self::Tls { .. } => "medhub_tls",
            Self::TimedOut { .. } => "medhub_timed_out",
            Self::Redirected { .. } => "medhub_redirected",
            Self::SignatureRefused { .. } => "medhub_signature_refused",
            Self::Refused { .. } => "medhub_refused",
            Self::NotGranted { .. } => "medhub_call_not_granted",
            Self::RateLimited { .. } => "medhub_rate_limited",
            Self::Status { .. } => "medhub_http_status",
            Self::Html { .. } => "medhub_html",
            Self::EmptyAnswer { .. } => "medhub_empty_answer",
            Self::Truncated { .. } => "medhub_truncated",
            Self::NotJson { .. } => "medhub_not_json",
            Self::UnexpectedShape { .. } => "medhub_unexpected_shape",
            Self::AnswerTooLarge { .. } => "medhub_answer_too_large",
            Self::DeadlinePassed { .. } => "medhub_deadline_passed",
            Self::Emptied { .. } => "medhub_list_emptied",
        }
    }

    /// What the reader of the message can do next.
    #[must_use]
    pub const fn next(&self) -> &'static str {
        match self {
            Self::BadBaseUrl { .. } => {
                "give everything before `/{group}/{call}`, such as `https://hospital.medhub.com/functions/api`"
            }
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::DeadlinePassed { .. } => {
                "look at the network, the base URL and whether MedHub allows this machine's address, then read again"
            }
            Self::Tls { .. } => {
                "look at the base URL and at what stands between this machine and MedHub"
            }
            Self::Redirected { .. } => "look at the base URL: the API answers without redirects",
            Self::SignatureRefused { .. } => {
                "compare client id and private key with what the GME office gave you, and set this machine's clock"
            }
            Self::Refused { .. } => "ask the GME office what this code means for your key",
            Self::NotGranted { .. } => "ask the GME office to grant this call to your key",
            Self::RateLimited { .. }
            | Self::Status { .. }
            | Self::Truncated { .. }
            | Self::EmptyAnswer { .. } => "read again in a few minutes",
            Self::Html { .. } | Self::NotJson { .. } => {
                "look at the base URL, and read again when MedHub is not in maintenance"
            }
            Self::UnexpectedShape { .. } | Self::AnswerTooLarge { .. } => {
                "report this: MedHub answers in a way this program does not know"
            }
            Self::Emptied { .. } => {
                "look in MedHub whether the programme is really empty; nobody was taken off here"
            }
        }
    }
}

/// What a key may do, as `info/access` tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The calls granted and active, such as `users/residents`.
    pub granted: BTreeSet<String>,
    /// The calls a roster read needs that are not granted.
    pub missing: BTreeSet<String>,
}

/// Told of each list that was read.
pub trait ReadProgress: Sync {
    /// `done` of `total` lists are read.
    fn lists(&self, done: usize, total: usize);
}

impl ReadProgress for () {
    fn lists(&self, _done: usize, _total: usize) {}
}

/// The port to MedHub, or to whatever else knows who is learner and teacher.
pub trait RosterSource: Send + Sync {
    /// Which calls are granted: `info/test`, then `info/access`.
    fn access(&self) -> impl Future<Output = Result<Access, SourceFailure>> + Send;

    /// Reads every list of every programme.
    fn read(&self, progress: &dyn ReadProgress) -> impl Future<Output = RosterRead> + Send;
}

/// Puts the lines together: one [`Identity`] a `userID`, in the order of the ids, whatever the order of
/// the lines.
///
/// Lines of one person may differ, since they are read minutes apart; the greatest text of each field
/// then wins, which is arbitrary but the same in every order.
#[must_use]
pub fn assemble(rows: &[RosterRow]) -> Vec<Identity> {
    let mut people: BTreeMap<&MedhubUserId, Identity> = BTreeMap::new();
    for row in rows {
        let person = people.entry(&row.user_id).or_insert_with(|| Identity {
            user_id: row.user_id.clone(),
            kinds: Kinds::default(),
            given: String::new(),
            family: String::new(),
            email: String::new(),
            username: String::new(),
            employee_id: None,
            level: None,
            programs: BTreeSet::new(),
        });
        person.kinds = person.kinds.and(Kinds::only(row.kind));
        for (kept, seen) in [
            (&mut person.given, &row.given),
            (&mut person.family, &row.family),
            (&mut person.email, &row.email),
            (&mut person.username, &row.username),
        ] {
            if *kept < *seen {
                kept.clone_from(seen);
            }
        }
        for (kept, seen) in [
            (&mut person.employee_id, &row.employee_id),
            (&mut person.level, &row.level),
        ] {
            if *kept < *seen {
                kept.clone_from(seen);
            }
        }
        person.programs.insert((row.program.clone(), row.kind));
    }
    people.into_values().collect()
}

shows_only!(RosterRow: user_id, program, kind);
shows_only!(Identity: user_id, kinds);
