//! Sessions, logins, and Tenant Owner switched on, as people type them.

use crate::desk::{ADA, BEN, Desk, INIT, PASSWORD, id};
use chrono::{DateTime, Duration, Utc};
use identity_core::port::Clock as _;
use os_ports::SystemClock;
use serde_json::Value;

/// O4: switched on in one session, marked wherever the session is shown, and nothing in another.
#[test]
fn tenant_owner_is_switched_on_in_a_session() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    desk.done(&["session", "open", "--out", "one", "--as", ADA]);
    desk.done(&["session", "open", "--out", "two", "--as", ADA]);
    let in_one = |command: &[&'static str]| [command, &["--session-file", "one"]].concat();
    let in_two = |command: &[&'static str]| [command, &["--session-file", "two"]].concat();
    assert_eq!(
        desk.done(&in_one(&["session", "show"]))["elevation"],
        Value::Null
    );
    let give = ["role", "assign", BEN, "Tenant Owner"];
    assert_eq!(desk.refused(&in_one(&give)), "elevation_required");
    desk.done(&in_one(&["session", "elevate", "quarterly review"]));
    assert_eq!(
        desk.refused(&in_one(&["session", "elevate", "again"])),
        "already_elevated"
    );
    let shown = desk.done(&in_one(&["session", "show"]));
    assert_eq!(shown["elevation"]["reason"], "quarterly review");
    let human = desk.run(&in_one(&["session", "show"]));
    assert!(
        human.out.contains("TENANT OWNER IS SWITCHED ON"),
        "{human:?}"
    );
    assert_eq!(
        desk.done(&in_two(&["session", "show"]))["elevation"],
        Value::Null
    );
    assert_eq!(desk.refused(&in_two(&give)), "elevation_required");
    desk.done(&in_one(&give));
    desk.done(&in_one(&["session", "drop"]));
    assert_eq!(desk.refused(&in_one(&["session", "drop"])), "not_elevated");
    assert_eq!(desk.refused(&in_one(&give)), "elevation_required");
    desk.done(&in_one(&["session", "end"]));
    assert_eq!(desk.refused(&in_one(&["user", "list"])), "session_over");
    desk.done(&[
        "session",
        "end-all",
        ADA,
        "--as",
        BEN,
        "--elevate",
        "lost laptop",
    ]);
    assert_eq!(desk.refused(&in_two(&["user", "list"])), "session_over");
    let ends = ["journal", "list", "--event", "elevation_ended", "--as", ADA];
    // The one in the session, and the one of the command under `--elevate`.
    let ends = desk.done(&ends);
    assert_eq!(ends["entries"].as_array().unwrap().len(), 2, "{ends}");
}

/// O4: every answer under elevation is marked, refusals and dry runs included, and no other is.
#[test]
fn what_is_answered_under_elevation_says_so() {
    let desk = Desk::with_tenant();
    let ben = desk.add(BEN, "Ben", "Claes", "Teacher");
    let marked = |command: &[&str], with: &[&str]| {
        let command = [command, with].concat();
        let (json, human) = (desk.run_json(&command), desk.run(&command));
        let mark = json.json()["elevation"].clone();
        let told = human.err.contains("elevated as Tenant Owner until ");
        assert_eq!(mark.is_object(), told, "{command:?} {json:?} {human:?}");
        mark
    };
    let answers: [&[&str]; 9] = [
        &["user", "list"],
        &["role", "list"],
        &["person", "list"],
        &["tenant", "policy"],
        &["user", "can", "users:manage"],
        &["journal", "verify"],
        &["hcp", "list"],
        &["user", "deactivate", "zoe@stclare.example"],
        &["user", "deactivate", ADA],
    ];
    desk.done(&["session", "open", "--out", "one", "--as", ADA]);
    let session = ["--session-file", "one"];
    for command in answers {
        assert_eq!(marked(command, &[]), Value::Null);
        assert_eq!(marked(command, &session), Value::Null);
        let mark = marked(command, &["--elevate", "to see"]);
        assert!(
            mark["id"].is_string() && mark["until"].is_string(),
            "{mark}"
        );
    }
    let elevate = ["session", "elevate", "quarterly review"];
    let begun = desk.done(&[&elevate[..], &session].concat());
    assert_eq!(begun["elevation"]["until"], begun["until"]);
    for command in answers {
        assert_eq!(marked(command, &session), begun["elevation"]);
    }
    assert_eq!(marked(&elevate, &session), begun["elevation"]);
    let rehearsed = ["user", "deactivate", ben.as_str(), "--dry-run"];
    assert_eq!(marked(&rehearsed, &session), begun["elevation"]);
    let shown = marked(&["session", "show"], &session);
    assert_eq!(shown["id"], begun["elevation"]["id"]);
    assert_eq!(shown["reason"], "quarterly review");
    // Lines are left as they were hashed.
    let export = [&["journal", "export"][..], &session].concat();
    let exported = desk.run_json(&export);
    assert!(exported.err.starts_with("elevated as Tenant Owner until "));
    for line in exported.out.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["elevation"], Value::Null, "{line}");
    }
    let dropped = desk.done(&[&["session", "drop"][..], &session].concat());
    assert_eq!(dropped["elevation"], Value::Null);
    assert_eq!(marked(&["user", "list"], &session), Value::Null);
}

/// E2, E5: the secret and the password come by files alone, and a login that is wrong is told nothing more.
#[test]
fn a_password_opens_a_session_and_a_new_one_ends_it() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    desk.write("good", PASSWORD);
    desk.write("other", "quite another set of words\n");
    desk.write("short", "too short\n");
    desk.write("common", "passwordpassword\n");
    let set = |file: &'static str| ["user", "set-password", BEN, "--password-file", file];
    assert_eq!(desk.refused(&set("short")), "password_invalid");
    assert_eq!(desk.refused(&set("common")), "password_common");
    desk.done(&set("good"));
    let open = |login: &'static str, file: &'static str, out: &'static str| {
        [
            "session",
            "open",
            "--out",
            out,
            "--login",
            login,
            "--password-file",
            file,
        ]
    };
    let wrong = desk.run_json(&open(BEN, "other", "x"));
    let unknown = desk.run_json(&open("nobody@stclare.example", "good", "x"));
    assert_eq!(wrong.code(), "login_wrong");
    assert_eq!(wrong.out, unknown.out);
    let opened = desk.run(&open(BEN, "good", "ben"));
    assert_eq!(opened.status, 0, "{opened:?}");
    let secret = desk.read("ben");
    assert!(secret.starts_with("rollcall_session_") && !opened.out.contains(secret.trim()));
    // A file that is there is never overwritten.
    assert_eq!(desk.refused(&open(BEN, "good", "ben")), "file_unwritable");
    let in_session = ["--session-file", "ben"];
    let change = [
        "session",
        "password",
        "--present-file",
        "good",
        "--new-file",
        "other",
    ];
    let wrong = [
        "session",
        "password",
        "--present-file",
        "other",
        "--new-file",
        "good",
    ];
    assert_eq!(
        desk.refused(&[&wrong[..], &in_session].concat()),
        "login_wrong"
    );
    desk.done(&[&change[..], &in_session].concat());
    assert_eq!(
        desk.refused(&[&["session", "show"][..], &in_session].concat()),
        "session_over"
    );
    assert_eq!(desk.refused(&open(BEN, "good", "y")), "login_wrong");
    // A token is garbage where a session is expected.
    let token = desk.done(&["token", "create", "--name", "nightly"]);
    desk.write("token", token["token"].as_str().unwrap());
    assert_eq!(
        desk.refused(&["user", "list", "--session-file", "token"]),
        "session_syntax"
    );
}

/// E2: the address that is one's login is changed with the present password, and in a session on no other way.
#[test]
fn an_address_is_changed_by_whoever_knows_the_password() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    desk.write("good", format!("{PASSWORD}\n"));
    desk.write("other", "another one that is as long\n");
    desk.done(&["user", "set-password", BEN, "--password-file", "good"]);
    desk.done(&["session", "open", "--out", "ben", "--as", BEN]);
    let moved = "ben@new.example";
    let change = |file: &'static str| {
        let change = ["session", "email", moved, "--present-file", file];
        [&change[..], &["--session-file", "ben"]].concat()
    };
    assert_eq!(desk.refused(&change("other")), "login_wrong");
    let persons = desk.done(&["person", "list", "--email", BEN]);
    let person = id(&persons["persons"][0]["id"]);
    let edit = ["person", "edit", &person, "--email", moved];
    assert_eq!(
        desk.refused(&[&edit[..], &["--session-file", "ben"]].concat()),
        "present_password_needed"
    );
    desk.done(&change("good"));
    assert_eq!(desk.refused(&change("good")), "session_over");
    let open = ["session", "open", "--out", "new", "--login", moved];
    desk.done(&[&open[..], &["--password-file", "good"]].concat());
}

/// A session is not opened whose secret cannot be kept; and one that is to be of a tenant or a user is of no other.
#[test]
fn a_session_is_kept_and_is_of_whom_it_is_asked_for() {
    let desk = Desk::with_tenant();
    let ben = desk.add(BEN, "Ben", "Claes", "Teacher");
    desk.write("good", format!("{PASSWORD}\n"));
    desk.done(&["user", "set-password", BEN, "--password-file", "good"]);
    desk.write("there", "");
    let by_word = ["session", "open", "--out", "there", "--as", BEN];
    let login = ["--login", BEN, "--password-file", "good"];
    let by_password = [&["session", "open", "--out", "there"][..], &login].concat();
    for open in [&by_word[..], &by_password] {
        assert_eq!(desk.refused(open), "file_unwritable");
    }
    let list = ["session", "list", BEN];
    let sessions = |desk: &Desk| desk.done(&list)["sessions"].as_array().unwrap().len();
    assert_eq!(sessions(&desk), 0);
    desk.done(&[
        "tenant",
        "create",
        "--tenant",
        "Mercy",
        "--owner-email",
        "otto@mercy.example",
        "--owner-given",
        "Otto",
        "--owner-family",
        "Other",
    ]);
    let tenants = desk.done(&["tenant", "list"]);
    let name = |it: usize| tenants["tenants"][it]["name"].as_str().unwrap().to_owned();
    let other = if name(0) == "Mercy" { name(1) } else { name(0) };
    let open = |rest: &[&str]| {
        let mut open = vec!["session", "open", "--out", "new"];
        open.extend(login);
        open.extend(rest);
        desk.run_json(&open)
    };
    let refused = open(&["--tenant", "Mercy"]);
    assert_eq!(refused.code(), "login_opens_nothing");
    let refused = open(&["--as", "018c2c1d-7c00-7b6a-8f2e-0123456789ab"]);
    assert_eq!(refused.code(), "login_opens_nothing");
    assert_eq!(open(&["--as", BEN]).code(), "usage");
    // What was refused left no file either.
    let opened = open(&["--tenant", &other, "--as", &ben]);
    assert_eq!(opened.json()["user"], ben.as_str());
}

/// O6: nobody acts as the operator in a session or under a name, who would be thought to have acted.
#[test]
fn the_operator_has_no_session() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    desk.done(&["session", "open", "--out", "ben", "--as", BEN]);
    let commands: [&[&str]; 5] = [
        &["tenant", "listing", "listed"],
        &["tenant", "suspend"],
        &["owner", "list"],
        &["owner", "replace", ADA, "--by", BEN],
        &["journal", "list", "--platform"],
    ];
    let before = desk.entries();
    let named: [&[&str]; 3] = [
        &["--session-file", "ben"],
        &["--as", BEN],
        &["--elevate", "to see"],
    ];
    for command in commands {
        for named in named {
            assert_eq!(desk.misused(&[command, named].concat()), "usage");
        }
    }
    assert_eq!(desk.entries(), before);
}

/// A1: whoever may do nothing is not told who is there, nor which roles there are.
#[test]
fn what_is_there_is_told_to_whoever_may_know() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    desk.done(&["session", "open", "--out", "ben", "--as", BEN]);
    let commands: [&[&str]; 5] = [
        &["user", "deactivate", "nobody@stclare.example"],
        &["session", "list", "nobody@stclare.example"],
        &["role", "assign", ADA, "Astronaut"],
        &["role", "retire", "Astronaut"],
        &["token", "revoke", "nightly"],
    ];
    for command in commands {
        let refused = desk.refused(&[command, &["--session-file", "ben"]].concat());
        assert_eq!(refused, "permission_missing", "{command:?}");
    }
    desk.done(&["session", "end", "--session-file", "ben"]);
    for command in commands {
        let refused = desk.refused(&[command, &["--session-file", "ben"]].concat());
        assert_eq!(refused, "session_over", "{command:?}");
    }
}

/// A3: a password that somebody else has set is not made one's own by setting it again; and what passwords are given for is done
/// under no key.
#[test]
fn a_new_password_is_another() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    desk.write("good", format!("{PASSWORD}\n"));
    let set = ["user", "set-password", BEN, "--password-file", "good"];
    desk.done(&set);
    assert_eq!(
        desk.misused(&[&set[..], &["--operation-key", "k"]].concat()),
        "usage"
    );
    desk.done(&["session", "open", "--out", "ben", "--as", BEN]);
    let change = [
        "session",
        "password",
        "--present-file",
        "good",
        "--new-file",
        "good",
    ];
    assert_eq!(
        desk.refused(&[&change[..], &["--session-file", "ben"]].concat()),
        "password_unchanged"
    );
}

/// A login is tried a number of times, and then no more, also with the right password.
#[test]
fn tries_are_limited() {
    let desk = Desk::with_tenant();
    desk.write("good", PASSWORD);
    desk.write("other", "quite another set of words\n");
    desk.done(&["user", "set-password", ADA, "--password-file", "good"]);
    let open = |file: &'static str| {
        [
            "session",
            "open",
            "--out",
            "x",
            "--login",
            ADA,
            "--password-file",
            file,
        ]
    };
    for _ in 0..10 {
        assert_eq!(desk.run_json(&open("other")).code(), "login_wrong");
    }
    assert_eq!(desk.refused(&open("good")), "too_many_tries");
    let before = SystemClock.now();
    let refused = desk.run_json(&open("good")).json();
    let until = &refused["error"]["until"];
    let instant: DateTime<Utc> = until.as_str().unwrap().parse().unwrap();
    assert!(before < instant && instant < before + Duration::minutes(15));
    let human = desk.run(&open("good"));
    assert!(human.err.contains(&id(until)), "{human:?}");
    // One's own password is counted apart.
    desk.done(&["session", "open", "--out", "ada"]);
    let mut change = vec!["session", "password", "--session-file", "ada"];
    change.extend(["--present-file", "other", "--new-file", "good"]);
    for _ in 0..10 {
        assert_eq!(desk.run_json(&change).code(), "login_wrong");
    }
    let refused = desk.run_json(&change);
    assert_eq!(refused.code(), "too_many_tries");
    assert!(refused.json()["error"]["until"].is_string());
}

/// Of the users that a login opens one is chosen, among those that are named.
#[test]
fn a_login_of_two_tenants_names_them() {
    let desk = Desk::with_tenant();
    desk.write("good", PASSWORD);
    desk.done(&["user", "set-password", ADA, "--password-file", "good"]);
    desk.done(&["tenant", "confirm-login", ADA]);
    let mut second = INIT.to_vec();
    second[2] = "St. Luke";
    let luke = desk.done(&second);
    let mut open = vec!["session", "open", "--out", "ada", "--login", ADA];
    open.extend(["--password-file", "good"]);
    let refused = desk.run_json(&open);
    assert_eq!(refused.code(), "several_users");
    let choices = refused.json()["error"]["choices"].clone();
    assert_eq!(choices.as_array().unwrap().len(), 2, "{choices}");
    let human = desk.run(&open);
    let (tenant, user) = (id(&luke["tenant"]), id(&luke["owner"]));
    let line = format!("    tenant {tenant}, user {user}\n");
    assert!(human.err.contains(&line), "{human:?}");
    open.extend(["--tenant", &tenant, "--as", &user]);
    assert_eq!(desk.done(&open)["user"], luke["owner"]);
}

/// One's own sessions are listed, and others' for whoever manages users; those that are over are not.
#[test]
fn sessions_are_listed_while_they_last() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    let opened = desk.done(&["session", "open", "--out", "one", "--as", BEN]);
    desk.done(&["session", "open", "--out", "two", "--as", BEN]);
    let mine = desk.done(&["session", "list", BEN, "--session-file", "one"]);
    assert_eq!(mine["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(
        desk.refused(&["session", "list", ADA, "--session-file", "one"]),
        "permission_missing"
    );
    let human = desk.run(&["session", "list", BEN]);
    assert!(human.out.contains(&id(&opened["session"])), "{human:?}");
    assert!(human.out.ends_with("2 sessions\n"), "{human:?}");
    desk.done(&["session", "end", &id(&opened["session"])]);
    let left = desk.done(&["session", "list", BEN]);
    assert_eq!(left["sessions"].as_array().unwrap().len(), 1);
    assert_ne!(left["sessions"][0]["id"], opened["session"]);
}

/// A login that is cut off lets nobody in until it is linked again.
#[test]
fn a_login_is_cut_off_and_linked_again() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    desk.write("good", PASSWORD);
    let set = ["user", "set-password", BEN, "--password-file", "good"];
    desk.done(&set);
    let open = |out: &'static str| {
        let login = ["--login", BEN, "--password-file", "good"];
        [&["session", "open", "--out", out][..], &login].concat()
    };
    desk.done(&open("one"));
    assert_eq!(
        desk.refused(&["user", "link-login", BEN]),
        "login_unchanged"
    );
    desk.done(&["user", "unlink-login", BEN]);
    assert_eq!(desk.refused(&open("two")), "login_wrong");
    assert_eq!(
        desk.refused(&["session", "show", "--session-file", "one"]),
        "session_over"
    );
    desk.done(&["user", "link-login", BEN]);
    desk.done(&open("two"));
}
