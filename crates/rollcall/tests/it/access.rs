//! Tenants, persons, users, roles, owners and sessions, as people type them.

use crate::desk::{ADA, BEN, Desk, INIT};
use chrono::{DateTime, Duration, Utc};
use identity_core::port::Clock as _;
use os_ports::SystemClock;
use serde_json::{Value, json};

const PASSWORD: &str = "nine lives of the ward cat\n";

fn id(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

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
    assert_eq!(desk.refused(&set("short")), "password_syntax");
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

/// A family shares an address: whose user it is to be is chosen, never guessed.
#[test]
fn of_several_persons_one_is_chosen() {
    let desk = Desk::with_tenant();
    let add = |given: &'static str| {
        let family = ["--family", "Maes", "--email", "maes@family.example"];
        let person = desk.done(&[&["person", "add", "--given", given][..], &family].concat());
        id(&person["person"])
    };
    let (anna, bert) = (add("Anna"), add("Bert"));
    let user = [
        "user",
        "add",
        "--email",
        "maes@family.example",
        "--role",
        "Learner",
    ];
    let several = desk.run_json(&user);
    assert_eq!(several.code(), "several_persons");
    let named = &several.json()["error"]["persons"];
    assert_eq!(named.as_array().unwrap().len(), 2, "{named}");
    let human = desk.run(&user);
    assert!(human.err.contains("  persons:\n"), "{human:?}");
    for person in [&anna, &bert] {
        assert!(human.err.contains(&format!("    {person}\n")), "{human:?}");
    }
    assert!(!human.err.contains("Anna") && !human.err.contains("Maes"));
    let listed = desk.done(&["person", "list", "--email", "maes@family.example"]);
    assert_eq!(listed["persons"].as_array().unwrap().len(), 2);
    let added = desk.done(&[&user[..], &["--person", &anna]].concat());
    assert_eq!(id(&added["person"]), anna);
    // The login is Anna's now.
    assert_eq!(
        desk.refused(&[&user[..], &["--person", &bert]].concat()),
        "login_taken"
    );
    let nobody = "018c2c1d-7c00-7b6a-8f2e-0123456789ab";
    assert_eq!(
        desk.refused(&[&user[..], &["--person", nobody]].concat()),
        "person_unknown"
    );
    // A new address moves the login, and frees the old one for Bert.
    desk.done(&["person", "edit", &anna, "--email", "anna@family.example"]);
    desk.done(&[&user[..], &["--person", &bert]].concat());
    let shown = desk.done(&["person", "show", &anna]);
    assert_eq!(shown["email"], "anna@family.example");
    assert_eq!(shown["users"].as_array().unwrap().len(), 1);
}

/// J1, J2: what is known of somebody goes, and the journal stays whole; only once nobody could come in as them.
#[test]
fn erasing_a_person_leaves_the_journal_whole() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    let found = desk.done(&["person", "list", "--email", BEN]);
    let ben = id(&found["persons"][0]["id"]);
    assert_eq!(
        desk.refused(&["person", "erase", &ben]),
        "person_has_active_user"
    );
    desk.done(&["user", "deactivate", BEN]);
    let rehearsed = desk.done(&["person", "erase", &ben, "--dry-run"]);
    assert!(rehearsed["dry_run"][0]["writes"].as_array().unwrap().len() > 2);
    assert_eq!(desk.done(&["person", "show", &ben])["email"], BEN);
    desk.done(&["person", "erase", &ben]);
    let shown = desk.done(&["person", "show", &ben]);
    assert_eq!(
        (&shown["email"], &shown["given"]),
        (&Value::Null, &"erased".into())
    );
    assert_eq!(desk.refused(&["person", "erase", &ben]), "person_erased");
    desk.done(&["journal", "verify"]);
    let told = desk.done(&["journal", "list", "--person", &ben]);
    assert!(told["entries"].as_array().unwrap().len() >= 4, "{told}");
    let bytes = std::fs::read(desk.path("rollcall.db")).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(
        !text.contains("Claes") && !text.contains(BEN),
        "left in the file"
    );
}

/// J2: an exported journal is verified where no database is, and every change of it is found.
#[test]
fn a_journal_is_verified_from_a_file_alone() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    let tenant = id(&desk.done(&["tenant", "list"])["tenants"][0]["id"]);
    desk.write("key", "11".repeat(32));
    let signed = desk.run(&["journal", "checkpoint", "--key-file", "key"]);
    desk.write("checkpoint", &signed.out);
    let exported = desk.run(&["journal", "export"]);
    assert_eq!(exported.status, 0);
    desk.write("whole", &exported.out);
    std::fs::remove_file(desk.path("rollcall.db")).unwrap();
    let public = "d04ab232742bb4ab3a1368bd4615e4e6d0224ab71a016baf8520a332c9778737";
    desk.write("public", public);
    let verify = |file: &'static str| {
        let mut command = vec!["journal", "verify", "--file", file, "--tenant"];
        command.push(&tenant);
        command
    };
    let against = ["--checkpoint", "checkpoint", "--public-key-file", "public"];
    let with = |file| [verify(file), against.to_vec()].concat();
    let verified = desk.done(&with("whole"));
    let lines: Vec<&str> = exported.out.lines().collect();
    assert_eq!(verified["entries"], lines.len());
    let cut = lines[..lines.len() - 1].join("\n");
    desk.write("cut", &cut);
    desk.done(&verify("cut"));
    assert_eq!(desk.refused(&with("cut")), "journal_broken");
    desk.write(
        "changed",
        exported.out.replacen("\"operator\"", "\"clock\"", 1),
    );
    assert_eq!(desk.refused(&verify("changed")), "journal_broken");
    desk.write("none", "hello\n");
    assert_eq!(desk.refused(&verify("none")), "journal_line_syntax");
    let other = "018c2c1d-7c00-7b6a-8f2e-0123456789ab";
    assert_eq!(
        desk.refused(&["journal", "verify", "--file", "whole", "--tenant", other]),
        "journal_broken"
    );
}

/// Each with its code, and nothing changed.
#[test]
fn names_that_only_look_different_and_permissions_that_are_none() {
    let desk = Desk::with_tenant();
    let create = |name: &str| {
        let ran = desk.run_json(&["role", "create", name, "--permission", "users:manage"]);
        if ran.status == 0 {
            "done".to_owned()
        } else {
            ran.code()
        }
    };
    for (name, code) in [
        ("Tenant Owner ", "role_name_taken"),
        ("TENANT  OWNER", "role_name_taken"),
        ("Tenant Оwner", "role_name_taken"),
        ("Ｔｅｎａｎｔ Owner", "role_name_taken"),
        ("", "name_invalid"),
        ("Desk\u{202e}", "name_invalid"),
        ("Front desk", "done"),
        ("front desk", "role_name_taken"),
    ] {
        assert_eq!(create(name), code, "{name:?}");
    }
    assert_eq!(create(&"x".repeat(10_000)), "name_invalid");
    assert_eq!(
        desk.refused(&["role", "create", "Typo", "--permission", "users:mange"]),
        "permission_unknown"
    );
    let host = ["--host-permissions", "charts:read"];
    let chart = ["role", "create", "Charts", "--permission", "charts:read"];
    desk.done(&[&chart[..], &host].concat());
    desk.done(&["role", "retire", "Front desk"]);
    assert_eq!(create("front desk"), "done");
    assert_eq!(
        desk.refused(&["role", "retire", "Tenant Owner"]),
        "role_built_in"
    );
}

/// A1: also what is only read is read with the authority of whoever asks.
#[test]
fn lists_are_for_whoever_works_with_them() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    desk.done(&["role", "create", "Keys", "--permission", "roles:manage"]);
    let roles = ["role", "list", "--as", BEN];
    assert_eq!(desk.refused(&roles), "permission_missing");
    desk.done(&["role", "assign", BEN, "Keys"]);
    desk.done(&roles);
    let policy = ["tenant", "policy", "--as", BEN];
    desk.done(&policy);
    desk.done(&["user", "deactivate", BEN]);
    assert_eq!(desk.refused(&policy), "actor_inactive");
    let nobody = "018c2c1d-7c00-7b6a-8f2e-0123456789ab";
    assert_eq!(
        desk.refused(&["tenant", "policy", "--as", nobody]),
        "actor_unknown"
    );
}

/// A role of the customer's own is changed for everybody who holds it, and counts no more for one of them.
#[test]
fn a_role_is_renamed_changed_and_deactivated() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    let made = desk.done(&["role", "create", "Desk", "--permission", "users:manage"]);
    desk.done(&["role", "rename", "Desk", "Reception"]);
    assert_eq!(
        desk.refused(&["role", "rename", "Reception", "Reception"]),
        "role_unchanged"
    );
    assert_eq!(
        desk.refused(&["role", "rename", "Teacher", "Master"]),
        "role_built_in"
    );
    let given = desk.done(&["role", "assign", BEN, "Reception"]);
    assert_eq!(given["role"], made["role"]);
    let list = ["user", "list", "--as", BEN];
    desk.done(&list);
    desk.done(&["role", "deactivate", BEN, "Reception"]);
    assert_eq!(desk.refused(&list), "permission_missing");
    assert_eq!(
        desk.refused(&["role", "deactivate", BEN, "Reception"]),
        "role_not_held"
    );
    desk.done(&["role", "assign", BEN, "Reception"]);
    desk.done(&[
        "role",
        "permit",
        "Reception",
        "--permission",
        "journal:read",
    ]);
    assert_eq!(desk.refused(&list), "permission_missing");
    desk.done(&["journal", "list", "--as", BEN]);
    let host = ["--host-permissions", "charts:read"];
    let there = desk.done(&[&["role", "permissions"][..], &host].concat());
    let there: Vec<_> = there["permissions"].as_array().unwrap().clone();
    assert!(there.contains(&"users:manage".into()) && there.contains(&"charts:read".into()));
    let there = desk.run(&["role", "permissions"]).out;
    assert!(there.lines().any(|it| it == "users:manage") && !there.contains("charts"));
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

/// A tenant is made as it is wanted: its domain has a name of its own, and patients find it.
#[test]
fn a_tenant_is_made_with_a_domain_and_listed() {
    let desk = Desk::with_tenant();
    let made = desk.done(&[
        "tenant",
        "create",
        "--tenant",
        "St. Luke",
        "--domain",
        "apps.stluke.example",
        "--listed",
        "--owner-email",
        "luke@stluke.example",
        "--owner-given",
        "Luke",
        "--owner-family",
        "Maes",
    ]);
    let tenants = desk.done(&["tenant", "list"])["tenants"].clone();
    let tenants = tenants.as_array().unwrap();
    let of = |it: &Value| (it["name"].clone(), it["listing"].clone());
    assert_eq!(
        tenants.iter().map(of).collect::<Vec<_>>(),
        [
            ("St. Clare".into(), "unlisted".into()),
            ("St. Luke".into(), "listed".into())
        ]
    );
    let domains = desk.done(&["tenant", "domains", "--tenant", &id(&made["tenant"])]);
    let domains = domains["domains"].as_array().unwrap();
    let internal = domains.iter().find(|it| it["kind"] == "internal").unwrap();
    assert_eq!(internal["name"], "apps.stluke.example");
}

/// A name that was given up may be given again: the role in force has it.
#[test]
fn a_retired_role_is_named_only_where_no_other_is() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    let make = [
        "role",
        "create",
        "Front desk",
        "--permission",
        "users:manage",
    ];
    let first = id(&desk.done(&make)["role"]);
    desk.done(&["role", "retire", "Front desk"]);
    let second = id(&desk.done(&make)["role"]);
    assert_ne!(first, second);
    let given = desk.done(&["role", "assign", BEN, "front desk"]);
    assert_eq!(id(&given["role"]), second);
    desk.done(&["role", "remove", BEN, "Front desk"]);
    desk.done(&["role", "retire", "Front desk"]);
    assert_eq!(
        desk.refused(&["role", "assign", BEN, "Front desk"]),
        "role_retired"
    );
    assert_eq!(
        desk.refused(&["role", "retire", "Front desk"]),
        "role_retired"
    );
}

/// O6: the operator acts on the tenant, and on nothing inside it.
#[test]
fn the_operator_suspends_lists_and_replaces() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    desk.done(&["tenant", "listing", "listed"]);
    assert_eq!(
        desk.refused(&["tenant", "listing", "listed"]),
        "tenant_unchanged"
    );
    desk.done(&["tenant", "suspend"]);
    assert_eq!(desk.refused(&["user", "list"]), "tenant_suspended");
    assert_eq!(desk.refused(&["tenant", "suspend"]), "tenant_unchanged");
    desk.done(&["owner", "replace", ADA, "--by", BEN]);
    desk.done(&["tenant", "reactivate"]);
    let owners = desk.done(&["owner", "list"]);
    assert_eq!(owners["owners"][0]["email"], BEN);
    assert_eq!(
        desk.refused(&["owner", "replace", ADA, "--by", BEN]),
        "not_an_owner"
    );
    let domains = desk.done(&["tenant", "domains"]);
    let domains = domains["domains"].as_array().unwrap().clone();
    let of = |kind: &str| domains.iter().find(|it| it["kind"] == kind).unwrap();
    let internal = id(&of("internal")["id"]);
    assert_eq!(
        desk.refused(&["tenant", "domain", &internal, "inactive"]),
        "last_owner"
    );
    let care = id(&of("patient_care")["id"]);
    desk.done(&["tenant", "domain", &care, "inactive"]);
    assert_eq!(
        desk.refused(&["tenant", "domain", &care, "inactive"]),
        "tenant_unchanged"
    );
    let told = desk.done(&["journal", "list", "--platform"]);
    assert_eq!(told["entries"][0]["entry"]["event"], "domain_deactivated");
    assert_eq!(
        desk.done(&["journal", "verify", "--platform"])["entries"],
        1
    );
}

/// Two owners agree, where the tenant wants it so, and one alone cannot do away with it.
#[test]
fn a_second_owner_approves() {
    let desk = Desk::with_two_owners();
    let cleo = "cleo@stclare.example";
    desk.done(&[
        "user", "add", "--email", cleo, "--given", "Cleo", "--family", "Maes", "--role", "Learner",
        "--as", BEN,
    ]);
    let by = |who: &'static str, command: &[&'static str]| {
        [command, &["--as", who, "--elevate", "as agreed"]].concat()
    };
    let two = ["tenant", "policy", "--owner-grants", "two-owners"];
    desk.done(&by(ADA, &two));
    let one = ["tenant", "policy", "--owner-grants", "one-owner"];
    assert_eq!(desk.refused(&by(ADA, &one)), "second_owner_needed");
    let give = ["role", "assign", cleo, "Tenant Owner"];
    assert_eq!(desk.refused(&by(ADA, &give)), "second_owner_needed");
    let approve = ["owner", "approve", cleo];
    assert_eq!(desk.refused(&by(BEN, &approve)), "not_proposed");
    desk.done(&by(ADA, &["owner", "propose", cleo]));
    desk.done(&by(ADA, &["owner", "withdraw", cleo]));
    assert_eq!(
        desk.refused(&by(ADA, &["owner", "withdraw", cleo])),
        "not_proposed"
    );
    assert_eq!(desk.refused(&by(BEN, &approve)), "not_proposed");
    desk.done(&by(ADA, &["owner", "propose", cleo]));
    assert_eq!(desk.refused(&by(ADA, &approve)), "own_proposal");
    let proposals = desk.done(&["owner", "proposals", "--as", BEN]);
    assert_eq!(proposals["proposals"].as_array().unwrap().len(), 1);
    desk.done(&by(BEN, &approve));
    assert_eq!(
        desk.done(&["owner", "list"])["owners"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    desk.done(&["tenant", "lift-second-owner"]);
}

/// A dry run says what would be written, and refuses as the command would.
#[test]
fn a_dry_run_changes_nothing() {
    let desk = Desk::with_tenant();
    let add = [
        "user", "add", "--email", BEN, "--given", "Ben", "--family", "Claes", "--role", "Teacher",
    ];
    let before = desk.entries();
    let rehearsed = desk.done(&[&add[..], &["--dry-run"]].concat());
    let writes = rehearsed["dry_run"][0]["writes"]
        .as_array()
        .unwrap()
        .clone();
    let kinds: Vec<_> = writes
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["person", "account", "user", "assignment"]);
    assert!(!rehearsed.to_string().contains("Claes"));
    assert_eq!(desk.entries(), before);
    desk.done(&add);
    assert_eq!(
        desk.refused(&[&add[..], &["--dry-run"]].concat()),
        "person_has_user"
    );
}

/// What is decided and committed at once has a dry run; the rest says what to do instead.
#[test]
fn what_has_no_dry_run_says_so() {
    let desk = Desk::with_tenant();
    let before = (desk.entries(), desk.names());
    let kinds = |command: &[&str]| -> Vec<String> {
        let rehearsed = desk.done(&[command, &["--dry-run"]].concat());
        let writes = rehearsed["dry_run"][0]["writes"].as_array().unwrap();
        writes.iter().map(|it| id(&it["kind"])).collect()
    };
    let create = [
        "tenant",
        "create",
        "--tenant",
        "St. Luke",
        "--owner-email",
        "luke@stluke.example",
        "--owner-given",
        "Luke",
        "--owner-family",
        "Maes",
    ];
    assert!(kinds(&create).contains(&"tenant".to_owned()));
    let organisation = ["hcp", "add-organisation", "--name", "Cardiology"];
    assert_eq!(kinds(&organisation), ["hcp"]);
    assert_eq!(desk.done(&["hcp", "list", "--dry-run"])["hcps"], json!([]));
    desk.write("people.csv", "First Name,Last Name,Email Address\n");
    desk.write("good", PASSWORD);
    for command in [
        &INIT[..],
        &["serve"],
        &["hcp", "import", "people.csv"],
        &["session", "open", "--out", "ada"],
        &[
            "session",
            "open",
            "--out",
            "ada",
            "--login",
            ADA,
            "--password-file",
            "good",
        ],
        &[
            "session",
            "password",
            "--present-file",
            "good",
            "--new-file",
            "good",
        ],
    ] {
        let rehearsed = [command, &["--dry-run"]].concat();
        assert_eq!(desk.refused(&rehearsed), "dry_run_unsupported");
    }
    let mut names = desk.names();
    names.retain(|it| it != "people.csv" && it != "good");
    assert_eq!((desk.entries(), names), before);
    let bare = Desk::bare();
    let missing = [&create[..], &["--dry-run"]].concat();
    assert_eq!(bare.refused(&missing), "database_missing");
    assert!(bare.names().is_empty());
}

/// No session is opened, nothing is switched on, and an elevation that is over is left to whoever looks next.
#[test]
fn a_dry_run_enters_nothing() {
    let desk = Desk::with_tenant();
    let before = desk.entries();
    for command in [&["user", "deactivate", ADA][..], &["user", "list"]] {
        let elevated = ["--elevate", "to see", "--dry-run"];
        assert_eq!(desk.misused(&[command, &elevated].concat()), "usage");
    }
    assert_eq!(desk.entries(), before);
    desk.elevated_two_hours_ago();
    let before = desk.entries();
    desk.done(&["user", "list", "--dry-run"]);
    desk.done(&["tenant", "suspend", "--dry-run"]);
    assert_eq!(desk.entries(), before);
    desk.done(&["user", "list"]);
    assert_eq!(desk.entries(), before + 1);
}

/// Decisions explain themselves.
#[test]
fn who_may_do_what_is_told_with_its_reasons() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    let yes = desk.done(&["user", "can", "users:manage"]);
    assert_eq!(yes["allowed"], true);
    assert_eq!(yes["because"].as_array().unwrap().len(), 1, "{yes}");
    let no = desk.done(&["user", "can", "users:manage", "--as", BEN]);
    assert_eq!(no["refusal"]["code"], "permission_missing");
    let who = desk.done(&["user", "who-can", "users:manage"]);
    assert_eq!(who["users"].as_array().unwrap().len(), 1);
    assert_eq!(
        desk.refused(&["user", "who-can", "users:manage", "--as", BEN]),
        "permission_missing"
    );
}
