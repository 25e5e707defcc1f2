//! What happened elsewhere, and how each story goes here.

use crate::scene::OWN;

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
    /// Let a role that somebody has count no more.
    Rest(&'static str, &'static str),
    EndSessions(&'static str),
    /// End the session somebody is in.
    EndSession(&'static str),
    /// Look at somebody's sessions.
    Sessions(&'static str),
    /// Look at what is known of somebody.
    Person(&'static str),
    /// Close the domain of the staff, of whoever's tenant.
    CloseDomain(&'static str),
    Suspend,
    /// Put the second in the place of the first.
    Replace(&'static str, &'static str),
    /// Look at the users.
    List,
    /// Switch Tenant Owner on in one's session.
    Elevate,
    /// Switch it off.
    Drop,
    /// Let managers of users give no more than they hold.
    Subset,
    /// Let Tenant Owner stay on for so many minutes.
    Minutes(u32),
    /// Make a token in one's own name, which acts by the name `another token` from then on.
    MakeToken,
    RevokeToken,
    /// Stage a link of somebody to an identity of MedHub.
    Link(&'static str, &'static str),
    /// Stage two at once.
    LinkBoth(&'static str, &'static str),
    /// Stage the end of somebody's link.
    Untie(&'static str),
    /// Stage a new user from an identity.
    Import(&'static str),
    LinkAll,
    ImportAll,
    Save,
    /// Import a file of professionals.
    Load(&'static str),
    /// Log in by password.
    Try(&'static str, &'static str),
}

pub(crate) use Act::{
    Add, CloseDomain, Deactivate, Drop, Elevate, EndSession, EndSessions, Erase, Give, Import,
    ImportAll, Link, LinkAll, LinkBoth, List, Load, MakeRole, MakeToken, Minutes, Move, Person,
    Reactivate, Replace, Rest, Retire, RevokeToken, Save, Sessions, SetPassword, Subset, Suspend,
    Take, Try, Unlink, Untie, Widen,
};

/// A question whose whole answer is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question {
    /// Logs in by password.
    Login(&'static str, &'static str),
    /// Lists the users with a secret of this name.
    Token(&'static str),
    /// Lists the users in a session of this name.
    Session(&'static str),
}

/// A step of a story.
pub(crate) enum Step {
    /// Somebody does something, and it ends so.
    Does(&'static str, Act, &'static str),
    /// Somebody logs in anew.
    LogsIn(&'static str),
    /// Somebody logs in by password, and while it is looked at another does something; the login ends so.
    LogsInWhile(&'static str, &'static str, Act, &'static str),
    /// Somebody has logged in so many minutes ago.
    LoggedIn(&'static str, i64),
    /// And switched Tenant Owner on at once.
    WasElevated(&'static str, i64),
    /// So many elevations have begun whose end was not entered.
    Unended(usize),
    /// Every elevation that is over is entered.
    Sweeps,
    /// A login by e-mail address opens somebody's access, or not.
    Opens(&'static str, bool),
    /// MedHub is read, and lists these ids with the addresses of these.
    Reads(&'static [(&'static str, &'static str)]),
    /// Somebody administers another tenant as well.
    WorksElsewhere(&'static str),
    /// Nobody has access under this address.
    Stranger(&'static str),
    /// There are secrets that are over, were taken back, or never were.
    Spoils,
    /// These get one and the same answer.
    Alike(&'static [Question]),
}

use Step::{
    Alike, Does, LoggedIn, LogsIn, LogsInWhile, Opens, Reads, Spoils, Stranger, Sweeps, Unended,
    WasElevated, WorksElsewhere,
};

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

/// Ada and Ben own the tenant, and Ben administers it; Mia manages users, Rob roles, and Sid keeps the roster and the
/// professionals, each with a role of the customer's own; Leo learns. Otto owns another tenant.
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
                Does("mia", Rest("ada", OWNER), "elevation_required"),
                Does("mia", Unlink("ada"), "elevation_required"),
                Does("mia", Move("ada"), "elevation_required"),
                Does("ben", Erase("ada"), "person_has_active_user"),
                Does("ben", Retire(OWNER), "role_built_in"),
                Does("operator", CloseDomain("ada"), "last_owner"),
                Does("ben", Elevate, "done"),
                Does("ben", Deactivate("ada"), "holds_tenant_owner"),
                Does("ben", Unlink("ada"), "holds_tenant_owner"),
                Does("ben", Take("ada", OWNER), "done"),
                Does("ben", Take("ben", OWNER), "own_ownership"),
                Does("ben", Rest("ben", OWNER), "own_ownership"),
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
                Does("ada", Elevate, "done"),
                Does("ada", Give("leo", OWNER), "owner_not_usable"),
                Does("ben", Reactivate("leo"), "done"),
                Does("ben", Unlink("leo"), "done"),
                Does("ada", Give("leo", OWNER), "owner_not_usable"),
                Does("ada", Rest("ben", OWNER), "done"),
                Does("operator", Replace("ben", "mia"), "not_an_owner"),
                Does("operator", CloseDomain("ada"), "last_owner"),
            ],
            owners: &["ada"],
        },
        Row {
            line: "a clean-up job demoted the last owner",
            steps: vec![
                Does("ada", Elevate, "done"),
                Does("ada", Take("ben", OWNER), "done"),
                Does("ada", Drop, "done"),
                WasElevated("ada", 20),
                Unended(1),
                Sweeps,
                Unended(0),
                Sweeps,
                Does("ada", Give("leo", OWNER), "elevation_required"),
                Does("ada", Elevate, "done"),
                Sweeps,
                Unended(1),
                Does("ada", Give("leo", OWNER), "done"),
            ],
            owners: &["ada", "leo"],
        },
        Row {
            line: "a directory sync, linked by e-mail, stripped the only administrator",
            steps: vec![
                Does("ada", Elevate, "done"),
                Does("ada", Take("ben", OWNER), "done"),
                Does("ada", Drop, "done"),
                Does("ben", Give("ada", "Learner"), "done"),
                Reads(&[("007", "ada"), ("008", "leo")]),
                Does("ben", LinkAll, "done"),
                Does("ben", Save, "done"),
                // Nobody is in the list any more, and nothing is staged for whoever is missing.
                Reads(&[]),
                Does("ben", LinkAll, "done"),
                Does("ben", Save, "nothing_staged"),
                Does("ada", List, "done"),
                Does("ben", Untie("ada"), "done"),
                Does("ben", Save, "done"),
                // Somebody else's line with her address makes no second user of hers, and takes nothing from the one she has.
                Reads(&[("009", "ada")]),
                Does("ben", Import("009"), "email_in_use"),
                Does("ben", Link("ada", "009"), "done"),
                Does("ben", Save, "done"),
                Does("ben", Rest("ada", "Learner"), "done"),
                Does("ben", Untie("ada"), "done"),
                Does("ben", Save, "done"),
                Opens("ada", true),
                Does("ada", List, "done"),
                Does("ada", Elevate, "done"),
            ],
            owners: &["ada"],
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
                Does("token", Rest("ada", OWNER), "elevation_required"),
                Does("token", Erase("ada"), "person_has_active_user"),
                Does("token", Elevate, "session_required"),
            ],
            owners: BOTH,
        },
        Row {
            line: "not yourself, said of an owner's other roles too",
            steps: vec![
                Does("ben", Elevate, "done"),
                Does("ben", Take("ben", ADMIN), "done"),
                Does("ben", Take("ben", OWNER), "own_ownership"),
            ],
            owners: BOTH,
        },
        Row {
            line: "two owners demote each other; whoever was demoted, still elevated, removes the other",
            steps: vec![
                Does("ada", Elevate, "done"),
                Does("ben", Elevate, "done"),
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
                Does("ben", Elevate, "done"),
                Does("ben", Take("leo", OWNER), "done"),
                Does("operator", Replace("leo", "ada"), "not_an_owner"),
            ],
            owners: &["ben"],
        },
        Row {
            line: "the guard's refusal blocked people from logging in",
            steps: vec![
                Does("mia", Deactivate("ada"), "holds_tenant_owner"),
                Reads(&[("007", "ada"), ("008", "leo")]),
                Does("ben", Import("007"), "email_in_use"),
                Does("ben", LinkAll, "done"),
                Does("ben", Rest("leo", "Learner"), "done"),
                Does("ben", Save, "plan_conflicts"),
                Opens("leo", true),
                Opens("ada", true),
            ],
            owners: BOTH,
        },
        Row {
            line: "a direct grant refused, and allowed by another way",
            steps: vec![
                Does("ben", Elevate, "done"),
                Does("ben", Subset, "done"),
                Does("ben", Drop, "done"),
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
                Does("ben", Elevate, "done"),
                Does("ben", Subset, "done"),
                Does("ben", Drop, "done"),
                Does("ada", Elevate, "done"),
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
                Does("ben", Sessions("otto"), "user_unknown"),
                Does("ben", EndSession("otto"), "session_unknown"),
                Does("ben", Person("otto"), "person_unknown"),
                Does("ben", Unlink("otto"), "user_unknown"),
                Does("ben", Move("otto"), "person_unknown"),
                Does("ben", Give("leo", "otto's Learner"), "role_unknown"),
                Does("ben", Take("leo", "otto's Learner"), "role_unknown"),
                Does("ben", Rest("leo", "otto's Learner"), "role_unknown"),
                Does("ben", Add("newcomer", "otto's Learner"), "role_unknown"),
                Does("ben", Widen("otto's Learner"), "role_unknown"),
                Does("ben", Retire("otto's Learner"), "role_unknown"),
                Does("ben", Elevate, "done"),
                Does("ben", Give("leo", "otto's Tenant Owner"), "role_unknown"),
                Does("ben", Give("otto", OWNER), "user_unknown"),
                Does("ben", Take("otto", OWNER), "user_unknown"),
                Does("operator", CloseDomain("otto"), "domain_unknown"),
                Does("operator", Replace("otto", "leo"), "not_an_owner"),
                Does("operator", Replace("ada", "otto"), "user_unknown"),
                Stranger("otto"),
                Stranger("newcomer"),
                Does("otto", List, "tenant_unknown"),
                Does("otto", Deactivate("leo"), "tenant_unknown"),
            ],
            owners: BOTH,
        },
        Row {
            line: "a key that kept its power after its maker lost his",
            steps: vec![
                Does("token", List, "done"),
                Does("ada", Elevate, "done"),
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
                Does("ben", Rest("mia", "Users desk"), "done"),
                Does("mia", List, "permission_missing"),
                Does("ben", Give("mia", "Users desk"), "done"),
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
                Does("ada", Elevate, "done"),
                Does("ada", Give("leo", OWNER), "done"),
                LogsIn("ada"),
                Does("ada", Take("leo", OWNER), "elevation_required"),
                Does("ada", Elevate, "done"),
                Does("ben", EndSessions("ada"), "done"),
                Does("ada", Take("leo", OWNER), "session_over"),
                LogsIn("ada"),
                Does("ada", Take("leo", OWNER), "elevation_required"),
            ],
            owners: &["ada", "ben", "leo"],
        },
        Row {
            line: "elevation that outlived its deadline when the tenant's limit was raised, or its session",
            steps: vec![
                WasElevated("ada", 20),
                Does("ben", Elevate, "done"),
                Does("ben", Minutes(60), "done"),
                Does("ada", Take("ben", OWNER), "elevation_required"),
                // A session of twelve hours, two minutes before its end: what begins in it ends with it.
                LoggedIn("ada", 12 * 60 - 2),
                Does("ada", Elevate, "done"),
                Does("ada", Elevate, "already_elevated"),
                LoggedIn("ada", 12 * 60),
                Does("ada", Elevate, "session_over"),
                Does("ada", List, "session_over"),
                // Switched on when the session had two minutes left, which are over.
                Does("ben", Drop, "done"),
                WasElevated("ben", 12 * 60),
                Does("ben", Take("ada", OWNER), "session_over"),
                Sweeps,
                Unended(1),
            ],
            owners: BOTH,
        },
        Row {
            line: "state that changed between two steps of a login and was not looked at again",
            steps: vec![
                Does("ben", Deactivate("leo"), "done"),
                Opens("leo", false),
                Does("ben", Reactivate("leo"), "done"),
                Opens("leo", true),
                LogsInWhile("leo", "ben", Deactivate("leo"), "login_opens_nothing"),
                Does("ben", Reactivate("leo"), "done"),
                LogsInWhile("leo", "ben", EndSessions("leo"), "done"),
                LogsInWhile("leo", "ben", SetPassword("leo"), "login_opens_nothing"),
                Does("nobody", Try("leo", OWN), "login_wrong"),
                LogsInWhile("mia", "ben", Move("mia"), "login_opens_nothing"),
                LogsInWhile("sid", "ben", Unlink("sid"), "login_wrong"),
                Opens("sid", false),
            ],
            owners: BOTH,
        },
        Row {
            line: "a link to whoever has the address now",
            steps: vec![
                Does("ben", Move("leo"), "done"),
                Does("leo", List, "session_over"),
                // The old address is free, and whoever comes with it is somebody else, with a password of their own.
                Does("ben", Add("leo", "Teacher"), "done"),
                Does("nobody", Try("leo", OWN), "login_wrong"),
            ],
            owners: BOTH,
        },
        Row {
            line: "a token or a session that was over, taken back or used up, and still worked or was told apart",
            steps: vec![
                Spoils,
                Alike(&[
                    Question::Token("expired token"),
                    Question::Token("revoked token"),
                    Question::Token("unknown token"),
                ]),
                Alike(&[
                    Question::Session("expired session"),
                    Question::Session("ended session"),
                    Question::Session("unknown session"),
                ]),
                Does("ended session", EndSessions("leo"), "session_over"),
                Does("leo", EndSession("leo"), "done"),
                Does("leo", EndSession("leo"), "session_over"),
                Does("ben", RevokeToken, "done"),
                Does("ben", RevokeToken, "token_already_revoked"),
                Does("token", List, "token_dead"),
            ],
            owners: BOTH,
        },
        Row {
            line: "an answer that differs, or takes other work, for a known e-mail address",
            steps: vec![
                Does("ben", SetPassword("leo"), "done"),
                Does("ben", Unlink("rob"), "done"),
                Does("ben", Deactivate("sid"), "done"),
                Does("ben", Add("newcomer", "Learner"), "done"),
                Alike(&[
                    Question::Login("stranger", "a password of somebody else's"),
                    Question::Login("leo", "a password of somebody else's"),
                    Question::Login("newcomer", "a password of somebody else's"),
                    Question::Login("rob", "a password of somebody else's"),
                    Question::Login("sid", "a password of somebody else's"),
                ]),
                Does("nobody", Try("leo", PASSWORD), "done"),
            ],
            owners: BOTH,
        },
        Row {
            line: "a bulk command without the check of the single one",
            steps: vec![
                Reads(&[("007", "leo"), ("008", "eve")]),
                Does("mia", LinkAll, "permission_missing"),
                Does("mia", ImportAll, "permission_missing"),
                Does("mia", Save, "permission_missing"),
                Does("rob", Load(FILE), "permission_missing"),
                Does("mia", Load(FILE), "permission_missing"),
                // Who keeps the roster in step makes no users.
                Does("sid", ImportAll, "done"),
                Does("sid", Save, "permission_missing"),
                Stranger("eve"),
                Does("leo", EndSessions("ada"), "permission_missing"),
                Does("ben", LinkBoth("leo", "otto"), "user_unknown"),
                Does("ben", LinkAll, "done"),
                Does("ben", ImportAll, "done"),
                Does("ben", Save, "done"),
            ],
            owners: BOTH,
        },
        Row {
            line: "an import column that gave a role, or touched a user",
            steps: vec![
                Does("sid", Load(FILE), "done"),
                Stranger("eve"),
                Does("sid", Load(FILE), "done"),
                Does("ada", List, "done"),
                Does("ben", List, "done"),
                Opens("ada", true),
            ],
            owners: BOTH,
        },
        Row {
            line: "an API key with more than whoever made it has",
            steps: vec![
                Does("mia", MakeToken, "permission_missing"),
                Does("sid", MakeToken, "done"),
                Does("another token", List, "permission_missing"),
                Does("another token", Give("leo", ADMIN), "permission_missing"),
                Does("another token", Give("sid", ADMIN), "permission_missing"),
                Does("another token", MakeRole("Stronger"), "permission_missing"),
                Does("another token", MakeToken, "not_a_user"),
                Does("token", MakeToken, "not_a_user"),
                Does("ben", Elevate, "done"),
                Does("ben", Subset, "done"),
                // The maker's elevation is not the token's.
                Does("token", Give("leo", OWNER), "elevation_required"),
                Does("token", Minutes(60), "elevation_required"),
                Does("token", Subset, "elevation_required"),
                Does("ben", Drop, "done"),
                Does("ben", Give("sid", "Users desk"), "done"),
                Does("another token", List, "done"),
                Does("another token", Give("leo", ADMIN), "more_than_held"),
                Does("another token", Add("newcomer", ADMIN), "more_than_held"),
                Does("another token", SetPassword("ben"), "more_than_held"),
                Stranger("newcomer"),
            ],
            owners: BOTH,
        },
        Row {
            line: "authority looked up over all tenants of whoever asks",
            steps: vec![
                WorksElsewhere("leo"),
                Does("leo", List, "permission_missing"),
                Does("leo", Give("leo", ADMIN), "permission_missing"),
                Does("leo", Deactivate("mia"), "permission_missing"),
                Does("leo", Load(FILE), "permission_missing"),
                Does("ben", Unlink("leo"), "login_of_other_tenants"),
                Does("ben", SetPassword("leo"), "login_of_other_tenants"),
                Does("ben", Move("leo"), "login_of_other_tenants"),
            ],
            owners: BOTH,
        },
    ]
}

/// Columns that some systems would take for power.
const FILE: &str = "First Name,Last Name,Email Address,Role,Tenant Owner,Status,User ID\n\
    Eve,Example,eve@stclare.example,Tenant Owner,yes,active,1\n\
    Ada,Example,ada@stclare.example,Learner,no,inactive,2\n\
    Ben,Example,ben@stclare.example,,no,deleted,3\n";
