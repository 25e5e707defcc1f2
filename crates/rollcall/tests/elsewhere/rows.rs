//! What happened elsewhere, and how each story goes here.

/// Something somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// Take a role from somebody.
    Take(&'static str, &'static str),
    /// Give it.
    Give(&'static str, &'static str),
    Deactivate(&'static str),
    Reactivate(&'static str),
    /// Cut the login off.
    Unlink(&'static str),
    /// Move the login with the e-mail address.
    Move(&'static str),
    SetPassword(&'static str),
    /// Add a user by address with a role.
    Add(&'static str, &'static str),
    /// Make a role of this name that manages users.
    MakeRole(&'static str),
    /// Let a role manage users.
    Widen(&'static str),
    Retire(&'static str),
    Erase(&'static str),
    EndSessions(&'static str),
    /// Close the domain of the staff.
    CloseDomain,
    Suspend,
    /// Put the second in the place of the first.
    Replace(&'static str, &'static str),
    /// Look at the users.
    List,
}

pub(crate) use Act::{
    Add, CloseDomain, Deactivate, EndSessions, Erase, Give, List, MakeRole, Move, Reactivate,
    Replace, Retire, SetPassword, Suspend, Take, Unlink, Widen,
};

/// A step of a story.
pub(crate) enum Step {
    /// Somebody does something, and it ends so.
    Does(&'static str, Act, &'static str),
    /// Somebody switches Tenant Owner on in their session.
    Elevates(&'static str),
    /// Managers of users give no more than they hold.
    SubsetOnly,
    /// Every elevation that is over is entered.
    Sweeps,
    /// Somebody logs in anew.
    LogsIn(&'static str),
    /// A login by e-mail address opens somebody's access, or not.
    Opens(&'static str, bool),
}

pub(crate) use Step::{Does, Elevates, LogsIn, Opens as OpensFor, SubsetOnly as Subset, Sweeps};

/// A line of the list: what happened elsewhere, and what happens here.
pub(crate) struct Row {
    pub(crate) line: &'static str,
    pub(crate) steps: Vec<Step>,
    /// Who owns the tenant in the end.
    pub(crate) owners: &'static [&'static str],
}

const OWNER: &str = "Tenant Owner";
const ADMIN: &str = "System Administrator";
const BOTH: &[&str] = &["ada", "ben"];
pub(crate) const PASSWORD: &str = "nine lives of the ward cat";

/// Ada and Ben own the tenant, and Ben administers it; Mia manages users and Rob roles, each with a role of the customer's own; Leo
/// learns. Otto owns another tenant.
#[expect(
    clippy::too_many_lines,
    reason = "a table has as many lines as it has rows"
)]
pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row {
            line: "a guard on delete and none on deactivate, un-assign, login, domain, role or person",
            steps: vec![
                Does("mia", Deactivate("ada"), "holds_tenant_owner"),
                Does("mia", Take("ada", OWNER), "elevation_required"),
                Does("mia", Unlink("ada"), "elevation_required"),
                Does("mia", Move("ada"), "elevation_required"),
                Does("ben", Erase("ada"), "person_has_active_user"),
                Does("ben", Retire(OWNER), "role_built_in"),
                Does("operator", CloseDomain, "last_owner"),
                Elevates("ben"),
                Does("ben", Deactivate("ada"), "holds_tenant_owner"),
                Does("ben", Unlink("ada"), "holds_tenant_owner"),
                Does("ben", Take("ada", OWNER), "done"),
                Does("ben", Take("ben", OWNER), "own_ownership"),
                Does("ben", Deactivate("ben"), "holds_tenant_owner"),
                Does("ben", Unlink("ben"), "present_password_needed"),
            ],
            owners: &["ben"],
        },
        Row {
            line: "adding an existing owner again with a lower role replaced the owner role",
            steps: vec![
                Does("ben", Add("ada", "Learner"), "person_has_user"),
                Does("ben", Give("ada", "Learner"), "done"),
            ],
            owners: BOTH,
        },
        Row {
            line: "inactive owners, and owners without a usable login, counted",
            steps: vec![
                Does("ben", Deactivate("leo"), "done"),
                Elevates("ada"),
                Does("ada", Give("leo", OWNER), "owner_not_usable"),
                Does("ben", Reactivate("leo"), "done"),
                Does("ben", Unlink("leo"), "done"),
                Does("ada", Give("leo", OWNER), "owner_not_usable"),
            ],
            owners: BOTH,
        },
        Row {
            line: "a clean-up job demoted the last owner",
            steps: vec![
                Elevates("ada"),
                Sweeps,
                Does("ada", Give("leo", OWNER), "done"),
            ],
            owners: &["ada", "ben", "leo"],
        },
        Row {
            line: "the provisioning interface removed the owner role that it could not grant",
            steps: vec![
                Does("token", Give("leo", OWNER), "elevation_required"),
                Does("token", Take("ada", OWNER), "elevation_required"),
                Does("token", Deactivate("ada"), "holds_tenant_owner"),
                Does("token", Unlink("ada"), "elevation_required"),
                Does("token", SetPassword("ada"), "elevation_required"),
                Does("token", Move("ada"), "elevation_required"),
            ],
            owners: BOTH,
        },
        Row {
            line: "not yourself, said of an owner's other roles too",
            steps: vec![
                Elevates("ben"),
                Does("ben", Take("ben", ADMIN), "done"),
                Does("ben", Take("ben", OWNER), "own_ownership"),
            ],
            owners: BOTH,
        },
        Row {
            line: "two owners demote each other; whoever was demoted, still elevated, removes the other",
            steps: vec![
                Elevates("ada"),
                Elevates("ben"),
                Does("ada", Take("ben", OWNER), "done"),
                Does("ben", Take("ada", OWNER), "elevation_required"),
                Does("ben", Give("leo", OWNER), "elevation_required"),
            ],
            owners: &["ada"],
        },
        Row {
            line: "a transfer made twice, and one whose successor is removed meanwhile",
            steps: vec![
                Does("operator", Replace("ada", "leo"), "done"),
                Does("operator", Replace("ada", "leo"), "not_an_owner"),
                Elevates("ben"),
                Does("ben", Take("leo", OWNER), "done"),
                Does("operator", Replace("leo", "ada"), "not_an_owner"),
            ],
            owners: &["ben"],
        },
        Row {
            line: "the guard's refusal blocked people from logging in",
            steps: vec![
                Does("mia", Deactivate("ada"), "holds_tenant_owner"),
                OpensFor("leo", true),
                OpensFor("ada", true),
            ],
            owners: BOTH,
        },
        Row {
            line: "a direct grant refused, and allowed by another way",
            steps: vec![
                Subset,
                Does("mia", Give("leo", ADMIN), "more_than_held"),
                Does("mia", Give("mia", ADMIN), "more_than_held"),
                Does("mia", Add("newcomer", ADMIN), "more_than_held"),
                Does("mia", Add("newcomer", OWNER), "elevation_required"),
                Does("mia", MakeRole("Stronger"), "permission_missing"),
                Does("mia", Give("leo", "Learner"), "role_already_held"),
                Does("mia", Give("leo", "Teacher"), "done"),
            ],
            owners: BOTH,
        },
        Row {
            line: "a manager takes over the login of a stronger user",
            steps: vec![
                Does("mia", SetPassword("ada"), "elevation_required"),
                Does("mia", Move("ada"), "elevation_required"),
                Subset,
                Elevates("ada"),
                Does("ada", Take("ben", OWNER), "done"),
                Does("mia", SetPassword("ben"), "more_than_held"),
                Does("mia", Move("ben"), "more_than_held"),
                Does("mia", Unlink("ben"), "more_than_held"),
                Does("mia", SetPassword("leo"), "done"),
            ],
            owners: &["ada"],
        },
        Row {
            line: "a role one holds oneself, edited",
            steps: vec![
                Does("rob", Widen("Roles desk"), "permission_missing"),
                Does("rob", Widen("Users desk"), "role_unchanged"),
                Does("rob", MakeRole("Stronger"), "done"),
                Does("rob", Give("rob", "Stronger"), "permission_missing"),
                Does("rob", Widen(ADMIN), "role_built_in"),
            ],
            owners: BOTH,
        },
        Row {
            line: "rules that looked at a role's name",
            steps: vec![
                Does("rob", MakeRole("Tenant Owner "), "role_name_taken"),
                Does("rob", MakeRole("tenant  owner"), "role_name_taken"),
                Does("rob", MakeRole("Tenant Оwner"), "role_name_taken"),
                Does("rob", MakeRole("Owner of the tenant"), "done"),
                Does("ben", Give("leo", "Owner of the tenant"), "done"),
                Does("leo", Deactivate("ada"), "holds_tenant_owner"),
                Does("leo", Give("leo", OWNER), "elevation_required"),
            ],
            owners: BOTH,
        },
        Row {
            line: "an id of another tenant accepted, and authority of another tenant counted",
            steps: vec![
                Does("ben", Deactivate("otto"), "user_unknown"),
                Does("ben", Give("otto", "Learner"), "user_unknown"),
                Does("ben", EndSessions("otto"), "user_unknown"),
                Does("ben", Erase("otto"), "person_unknown"),
                Does("ben", SetPassword("otto"), "user_unknown"),
                Does("otto", List, "tenant_unknown"),
                Does("otto", Deactivate("leo"), "tenant_unknown"),
            ],
            owners: BOTH,
        },
        Row {
            line: "a key that kept its power after its maker lost his",
            steps: vec![
                Does("token", List, "done"),
                Elevates("ada"),
                Does("ada", Take("ben", ADMIN), "done"),
                Does("token", List, "permission_missing"),
                Does("ada", Give("ben", ADMIN), "done"),
                Does("token", List, "done"),
                Does("ada", Take("ben", OWNER), "done"),
                Does("mia", Deactivate("ben"), "done"),
                Does("token", List, "token_dead"),
                Does("mia", Reactivate("ben"), "done"),
                Does("token", List, "token_dead"),
            ],
            owners: &["ada"],
        },
        Row {
            line: "deactivated users, assignments and organisations usable through what was given before",
            steps: vec![
                Does("mia", List, "done"),
                Does("ben", Take("mia", "Users desk"), "done"),
                Does("mia", List, "permission_missing"),
                Does("ben", Give("mia", "Users desk"), "done"),
                Does("mia", List, "done"),
                Does("ben", Deactivate("mia"), "done"),
                Does("mia", List, "session_over"),
                Does("ben", Reactivate("mia"), "done"),
                Does("mia", List, "session_over"),
                LogsIn("mia"),
                Does("mia", List, "done"),
                Does("ben", Retire("Users desk"), "done"),
                Does("mia", List, "permission_missing"),
                Does("operator", Suspend, "done"),
                Does("ben", List, "tenant_suspended"),
            ],
            owners: BOTH,
        },
        Row {
            line: "elevation that counted in the user's other sessions, and outlived its own",
            steps: vec![
                Elevates("ada"),
                Does("ada", Give("leo", OWNER), "done"),
                LogsIn("ada"),
                Does("ada", Take("leo", OWNER), "elevation_required"),
                Elevates("ada"),
                Does("ben", EndSessions("ada"), "done"),
                Does("ada", Take("leo", OWNER), "session_over"),
                LogsIn("ada"),
                Does("ada", Take("leo", OWNER), "elevation_required"),
            ],
            owners: &["ada", "ben", "leo"],
        },
        Row {
            line: "state that changed between two steps of a login",
            steps: vec![
                Does("ben", Deactivate("leo"), "done"),
                OpensFor("leo", false),
                Does("ben", Reactivate("leo"), "done"),
                OpensFor("leo", true),
                Does("ben", Unlink("leo"), "done"),
                OpensFor("leo", false),
            ],
            owners: BOTH,
        },
        Row {
            line: "a link to whoever has the address now",
            steps: vec![
                Does("ben", Move("leo"), "done"),
                Does("leo", List, "session_over"),
                // The old address is free, and whoever comes with it is somebody else.
                Does("ben", Add("leo", "Teacher"), "done"),
                OpensFor("leo", true),
            ],
            owners: BOTH,
        },
    ]
}
