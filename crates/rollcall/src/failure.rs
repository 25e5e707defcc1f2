//! Failures: the one form that every error takes before it is printed.

use crate::output::escaped;
use identity_core::{
    document::ChoiceDocument,
    port::{NoRandomness, StoreError},
    refusal::{Named, Refusal},
    service,
};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use store_sqlite::{Cause, OpenError};

/// Why a command was not done: what happened, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Cow<'static, str>,
    message: String,
    rule: Option<&'static str>,
    next: String,
    details: Map<String, Value>,
    status: u8,
}

impl Failure {
    pub(crate) fn new(
        code: &'static str,
        message: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self {
            code: Cow::Borrowed(code),
            message: escaped(&message.into()),
            rule: None,
            next: next.into(),
            details: Map::new(),
            status: 1,
        }
    }

    /// A command line that says nothing that could be done.
    pub(crate) fn usage(message: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            status: 2,
            ..Self::new("usage", message, next)
        }
    }

    /// A value of the command line that is none.
    pub(crate) fn malformed(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: 2,
            ..Self::new(
                code,
                message,
                "correct the value, and run the command again",
            )
        }
    }

    /// With which status to exit.
    pub(crate) const fn status(&self) -> u8 {
        self.status
    }

    /// A refusal of the core, with the next step in the words of the command line where they differ.
    pub(crate) fn refused(refusal: &impl Refusal) -> Self {
        let code = refusal.code();
        let next = hint(code).unwrap_or(refusal.next());
        let Named {
            persons,
            user,
            hcp,
            choices,
            until,
        } = refusal.named();
        let choices: Vec<_> = choices.into_iter().map(ChoiceDocument::from).collect();
        let mut failure = Self::new(code, refusal.to_string(), next).by_rule(Some(refusal.rule()));
        for (name, value, is_named) in [
            ("persons", json!(persons), !persons.is_empty()),
            ("user", json!(user), user.is_some()),
            ("hcp", json!(hcp), hcp.is_some()),
            ("choices", json!(choices), !choices.is_empty()),
            ("until", json!(until), until.is_some()),
        ] {
            if is_named {
                failure = failure.with(name, value);
            }
        }
        failure
    }

    fn by_rule(self, rule: Option<&'static str>) -> Self {
        Self { rule, ..self }
    }

    /// With one more member in the error object.
    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.details.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn document(&self) -> Value {
        let mut error = self.details.clone();
        error.insert("code".to_owned(), json!(self.code));
        error.insert("message".to_owned(), json!(self.message));
        error.insert("next".to_owned(), json!(self.next));
        if let Some(rule) = self.rule {
            error.insert("rule".to_owned(), json!(rule));
        }
        json!({ "error": error })
    }

    pub(crate) fn human(&self) -> String {
        let mut text = format!("error: {} ({})\n", self.message, self.code);
        for (name, value) in &self.details {
            tell(&mut text, 1, name, value);
        }
        text.push_str(&format!("next:  {}\n", self.next));
        text
    }
}

/// Tells people what stands in an error object: a line a value, and a line each of several.
fn tell(text: &mut String, depth: usize, name: &str, value: &Value) {
    let margin = "  ".repeat(depth);
    let name = name.replace('_', " ");
    match value {
        Value::Null => (),
        Value::Array(several) => {
            text.push_str(&format!("{margin}{name}:\n"));
            for one in several {
                text.push_str(&format!("{margin}  {}\n", in_a_line(one)));
            }
        }
        Value::Object(members) => {
            text.push_str(&format!("{margin}{name}:\n"));
            for (name, value) in members {
                tell(text, depth + 1, name, value);
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&format!("{margin}{name}: {}\n", in_a_line(value)));
        }
    }
}

fn in_a_line(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => match (members.get("what"), members.get("message")) {
            (Some(Value::String(what)), Some(Value::String(message))) => {
                format!("{what}: {message}")
            }
            _ => {
                let members = members.iter().filter(|(_, value)| !value.is_null());
                let members = members.map(|(name, value)| {
                    format!("{} {}", name.replace('_', " "), in_a_line(value))
                });
                members.collect::<Vec<_>>().join(", ")
            }
        },
        Value::Array(several) => several.iter().map(in_a_line).collect::<Vec<_>>().join(", "),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// What to type next, where the core can only say what to do.
fn hint(code: &str) -> Option<&'static str> {
    Some(match code {
        "elevation_required" => {
            "run the command again as an owner, with `--elevate REASON`: it switches Tenant Owner on for that command; in a session, `rollcall session elevate` first"
        }
        "not_an_owner" => {
            "leave `--elevate` out, or act as an owner with `--as`: `rollcall owner list` lists them"
        }
        "tenant_unknown" => "name a tenant that exists with `--tenant`",
        "actor_unknown" => {
            "name a user of this tenant with `--as`: `rollcall owner list` lists the owners"
        }
        "actor_inactive" => {
            "act as somebody else with `--as`, or ask an administrator to reactivate the user"
        }
        "permission_missing" => {
            "act as somebody who has the permission with `--as`, or ask an administrator for a role that has it"
        }
        "user_unknown" => "choose a user from `rollcall user list`",
        "role_unknown" => "choose a role from `rollcall role list`",
        "second_owner_needed" => {
            "propose the user with `rollcall owner propose`, and have another owner run `rollcall owner approve`"
        }
        "login_unproved" => {
            "find out whose it is, and confirm it with `rollcall tenant confirm-login`"
        }
        "password_of_others" => {
            "have whoever logs in with it change it first: `rollcall session password`"
        }
        "present_password_needed" => {
            "use `rollcall session email` or `rollcall session password`, which ask for it, or have an administrator do it"
        }
        "session_required" => {
            "open one with `rollcall session open --out FILE`, and name it with `--session-file FILE`"
        }
        "session_over" => "open another with `rollcall session open`",
        "several_persons" => {
            "choose one with `--person ID`, or say `--another` for somebody new; `rollcall person list --email` shows them"
        }
        "several_users" => "log in again with `--tenant NAME --as USER`, by id",
        "person_unknown" => "choose a person from `rollcall person list`",
        "permission_unknown" => {
            "choose among `rollcall role permissions`; name your own with `--host-permissions`"
        }
        "names_needed" => "give `--given` and `--family` as well",
        "person_has_user" => "give that user the role with `rollcall role assign`",
        "holds_tenant_owner" => {
            "have another owner take Tenant Owner first: `rollcall role remove` with `--elevate`"
        }
        "parent_not_found" | "parent_not_organization" => {
            "copy the id of an organisation from `rollcall hcp list`"
        }
        "medhub_not_connected" => "connect MedHub first: `rollcall medhub connect --help`",
        "identity_unknown" => {
            "choose a userID from `rollcall medhub views`, after `rollcall medhub read`"
        }
        "user_not_in_cohort" => {
            "give the user the role Learner or Teacher first: `rollcall role assign`"
        }
        "user_taken" => {
            "look at `rollcall medhub views`; `rollcall medhub unlink` takes the link back"
        }
        "identity_taken" => {
            "look at `rollcall medhub views`; unlink the user who has the identity, or `rollcall medhub discard` the plan"
        }
        "nothing_staged" => {
            "stage something first: `rollcall medhub link-all`, `link`, `import-all`, `import` or `unlink`"
        }
        "plan_conflicts" => {
            "apply the other steps with `rollcall medhub save --valid-only`, or throw the plan away with `rollcall medhub discard` and stage anew"
        }
        "token_unknown" => "choose a token from `rollcall token list`",
        "contended" => "run the same command again",
        "operation_key_reused" => "use a new `--operation-key` for a new change",
        "outcome_unknown" => {
            "run the same command again with the same `--operation-key`; if it had none, first look with the list commands whether the change is there"
        }
        _ => return None,
    })
}

impl<R: Refusal> From<service::Failure<R>> for Failure {
    fn from(failure: service::Failure<R>) -> Self {
        match &failure {
            service::Failure::Refused(refusal) => Self::refused(refusal),
            service::Failure::Store(error) => Self::from(error),
            service::Failure::OutcomeUnknown(_)
            | service::Failure::KeyReused
            | service::Failure::Contended
            | service::Failure::Hashing(_)
            | service::Failure::NoRandomness(_) => Self::new(
                failure.code(),
                failure.to_string(),
                hint(failure.code()).unwrap_or(failure.next()),
            )
            .by_rule(failure.rule()),
        }
    }
}

impl From<&StoreError> for Failure {
    fn from(error: &StoreError) -> Self {
        if let Some(cause) = Cause::of(error) {
            return Self::new(cause.code(), cause.to_string(), cause.next());
        }
        let (code, next) = match error {
            StoreError::Unavailable(_) => ("store_unavailable", "try again when the store is back"),
            StoreError::Corrupt { .. } => (
                "store_corrupt",
                "restore the database from a backup, and keep the broken one for a look",
            ),
        };
        Self::new(code, error.to_string(), next)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}

impl From<NoRandomness> for Failure {
    fn from(error: NoRandomness) -> Self {
        Self::new(
            "no_randomness",
            error.to_string(),
            "look at the operating system's source of randomness",
        )
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let next = match error {
            OpenError::Missing => {
                "name the file with `--db` or `ROLLCALL_DB`, or make one with `rollcall init`"
            }
            other => return Self::new(other.code(), other.to_string(), other.next()),
        };
        Self::new(error.code(), error.to_string(), next)
    }
}
