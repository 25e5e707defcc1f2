//! What came of the commands of a run.

use super::command::Command;
use std::{collections::BTreeMap, fmt::Write};

/// What must have come of each command in a run that is long enough to be worth something: that it was done, and every refusal that
/// the commands here can bring about. Not among them is `last_owner`, since whoever removes an owner is one who is left.
pub const OUTCOMES: &[(&str, &[&str])] = &[
    (
        "add user",
        &[
            "ok",
            "tenant_suspended",
            "actor_unknown",
            "actor_inactive",
            "session_over",
            "token_invalid",
            "role_unknown",
            "permission_missing",
            "elevation_required",
            "more_than_held",
            "second_owner_needed",
            "names_needed",
            "several_persons",
            "person_unknown",
            "person_has_user",
            "role_unfit",
            "login_taken",
            "login_unproved",
            "owner_not_usable",
        ],
    ),
    (
        "assign role",
        &[
            "ok",
            "role_unknown",
            "permission_missing",
            "elevation_required",
            "more_than_held",
            "second_owner_needed",
            "user_unknown",
            "role_retired",
            "role_other_domain",
            "owner_not_usable",
            "password_of_others",
            "role_already_held",
        ],
    ),
    (
        "remove role",
        &[
            "ok",
            "user_unknown",
            "role_unknown",
            "permission_missing",
            "elevation_required",
            "more_than_held",
            "role_not_held",
            "own_ownership",
        ],
    ),
    (
        "deactivate role",
        &[
            "ok",
            "user_unknown",
            "role_unknown",
            "permission_missing",
            "elevation_required",
            "role_not_held",
            "own_ownership",
        ],
    ),
    (
        "deactivate",
        &[
            "ok",
            "permission_missing",
            "user_unknown",
            "status_unchanged",
            "holds_tenant_owner",
        ],
    ),
    (
        "reactivate",
        &[
            "ok",
            "permission_missing",
            "user_unknown",
            "status_unchanged",
        ],
    ),
    (
        "unlink login",
        &[
            "ok",
            "user_unknown",
            "permission_missing",
            "elevation_required",
            "more_than_held",
            "login_of_other_tenants",
            "no_login",
            "login_unchanged",
            "holds_tenant_owner",
        ],
    ),
    (
        "link login",
        &[
            "ok",
            "user_unknown",
            "permission_missing",
            "elevation_required",
            "login_of_other_tenants",
            "no_login",
            "login_unchanged",
        ],
    ),
    (
        "open session",
        &[
            "ok",
            "tenant_suspended",
            "actor_unknown",
            "actor_inactive",
            "login_opens_nothing",
            "session_life",
        ],
    ),
    (
        "log in",
        &[
            "ok",
            "login_wrong",
            "login_opens_nothing",
            "several_users",
            "actor_inactive",
        ],
    ),
    (
        "end session",
        &[
            "ok",
            "permission_missing",
            "session_unknown",
            "session_over",
        ],
    ),
    (
        "end all sessions",
        &["ok", "permission_missing", "user_unknown"],
    ),
    (
        "elevate",
        &[
            "ok",
            "session_required",
            "not_an_owner",
            "password_of_others",
            "already_elevated",
        ],
    ),
    (
        "drop elevation",
        &["ok", "session_required", "not_elevated"],
    ),
    ("sweep elevations", &["ok"]),
    (
        "propose owner",
        &[
            "ok",
            "elevation_required",
            "proposal_not_needed",
            "user_unknown",
            "owner_not_usable",
            "role_already_held",
            "proposed_already",
        ],
    ),
    (
        "approve owner",
        &[
            "ok",
            "elevation_required",
            "not_proposed",
            "own_proposal",
            "proposer_no_owner",
            "owner_not_usable",
            "role_already_held",
        ],
    ),
    (
        "withdraw owner",
        &["ok", "elevation_required", "not_proposed"],
    ),
    (
        "replace owner",
        &[
            "ok",
            "operator_only",
            "not_an_owner",
            "user_unknown",
            "owner_not_usable",
            "role_already_held",
        ],
    ),
    (
        "replace owner by newcomer",
        &[
            "ok",
            "operator_only",
            "not_an_owner",
            "several_persons",
            "person_has_user",
        ],
    ),
    (
        "create role",
        &[
            "ok",
            "permission_missing",
            "permission_unknown",
            "role_name_taken",
        ],
    ),
    (
        "rename role",
        &[
            "ok",
            "permission_missing",
            "role_unknown",
            "role_built_in",
            "role_retired",
            "role_unchanged",
            "role_name_taken",
        ],
    ),
    (
        "permit role",
        &[
            "ok",
            "permission_missing",
            "role_unknown",
            "role_built_in",
            "role_retired",
            "permission_unknown",
            "role_unchanged",
            "more_than_held",
        ],
    ),
    (
        "retire role",
        &[
            "ok",
            "permission_missing",
            "role_unknown",
            "role_built_in",
            "role_retired",
        ],
    ),
    ("add person", &["ok", "permission_missing"]),
    (
        "edit person",
        &[
            "ok",
            "permission_missing",
            "person_unknown",
            "person_erased",
            "person_unchanged",
            "login_needed",
            "login_taken",
            "elevation_required",
            "more_than_held",
            "login_of_other_tenants",
        ],
    ),
    (
        "erase person",
        &[
            "ok",
            "permission_missing",
            "person_unknown",
            "person_erased",
            "person_has_active_user",
        ],
    ),
    (
        "suspend tenant",
        &["ok", "operator_only", "tenant_unchanged"],
    ),
    ("reactivate tenant", &["ok"]),
    (
        "set policy",
        &[
            "ok",
            "elevation_required",
            "policy_unchanged",
            "no_second_owner",
            "second_owner_needed",
        ],
    ),
    (
        "lift second owner",
        &["ok", "operator_only", "tenant_unchanged"],
    ),
    (
        "create token",
        &[
            "ok",
            "permission_missing",
            "not_a_user",
            "token_expiry",
            "token_name_taken",
        ],
    ),
    (
        "revoke token",
        &[
            "ok",
            "permission_missing",
            "token_unknown",
            "token_already_revoked",
        ],
    ),
    (
        "set password",
        &[
            "ok",
            "user_unknown",
            "permission_missing",
            "elevation_required",
            "login_of_other_tenants",
            "present_password_needed",
            "no_password_here",
        ],
    ),
    ("change password", &["ok", "user_unknown", "login_wrong"]),
    (
        "change own email",
        &[
            "ok",
            "user_unknown",
            "login_wrong",
            "person_unchanged",
            "login_taken",
        ],
    ),
    (
        "confirm login",
        &[
            "ok",
            "operator_only",
            "login_unknown",
            "tenant_unchanged",
            "password_of_others",
        ],
    ),
    (
        "move login elsewhere",
        &["ok", "person_unchanged", "login_taken"],
    ),
    ("wait", &["ok"]),
];

/// How often each command had each outcome: `ok`, or the code of a refusal.
#[derive(Clone, Debug, Default)]
pub struct Statistics(BTreeMap<&'static str, BTreeMap<String, u64>>);

impl Statistics {
    /// Counts an outcome of a command.
    pub(super) fn count(&mut self, command: &Command, outcome: &str) {
        let outcomes = self.0.entry(command.name()).or_default();
        *outcomes.entry(outcome.to_owned()).or_default() += 1;
    }

    /// Adds what others have counted.
    pub(super) fn add(&mut self, others: Self) {
        for (command, outcomes) in others.0 {
            let own = self.0.entry(command).or_default();
            for (outcome, many) in outcomes {
                *own.entry(outcome).or_default() += many;
            }
        }
    }

    /// How many commands there were.
    #[must_use]
    pub fn commands(&self) -> u64 {
        self.0.values().flat_map(BTreeMap::values).sum()
    }

    /// Those of the [`OUTCOMES`] that never came.
    #[must_use]
    pub fn missing(&self) -> Vec<(&'static str, &'static str)> {
        let outcomes = OUTCOMES.iter();
        let outcomes = outcomes.flat_map(|(command, all)| all.iter().map(|it| (*command, *it)));
        let came = |(command, outcome): &(&str, &str)| {
            let own = self.0.get(command);
            own.is_some_and(|it| it.contains_key(*outcome))
        };
        outcomes.filter(|it| !came(it)).collect()
    }

    /// A line for each command.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = String::new();
        for (command, outcomes) in &self.0 {
            let outcomes: Vec<_> = outcomes
                .iter()
                .map(|(it, many)| format!("{it} {many}"))
                .collect();
            writeln!(table, "{command:24} {}", outcomes.join(", ")).unwrap();
        }
        table
    }
}
