//! Every class of refusal: its status, its code, and that nothing is said which nobody typed.

use crate::desk::{ADA, BEN, Desk, INIT};
use serde_json::Value;
use std::fs;

#[test]
fn a_database_that_is_none_is_told_and_left_alone() {
    let desk = Desk::bare();
    for command in [
        &["user", "list"][..],
        &["owner", "list"],
        &["journal", "verify"],
        &["serve"],
    ] {
        assert_eq!(desk.refused(command), "database_missing");
    }
    assert!(desk.names().is_empty(), "nothing was made");
    desk.write("notes.txt", "not a database at all, and longer than a hundred bytes, so that it could be taken for the header of one");
    let before = desk.read("notes.txt");
    assert_eq!(
        desk.refused(&["user", "list", "--db", "notes.txt"]),
        "database_not_sqlite"
    );
    let init = [&INIT[..], &["--db", "notes.txt"]].concat();
    assert_eq!(desk.refused(&init), "database_not_sqlite");
    assert_eq!(desk.read("notes.txt"), before);
    assert_eq!(
        desk.refused(&["user", "list", "--db", "."]),
        "database_is_folder"
    );
    assert_eq!(
        desk.refused(&["user", "list", "--db", "no/where.db"]),
        "database_missing"
    );
    let init = [&INIT[..], &["--db", "no/where.db"]].concat();
    assert_eq!(desk.refused(&init), "database_folder_missing");
}

#[test]
fn an_empty_database_has_no_tenant() {
    let desk = Desk::bare();
    fs::write(desk.path("rollcall.db"), "").unwrap();
    assert_eq!(desk.refused(&["user", "list"]), "tenant_none");
}

#[test]
fn whoever_is_not_there_is_unknown() {
    let desk = Desk::with_tenant();
    let somebody = "018c2c1d-7c00-7b6a-8f2e-0123456789ab";
    for (command, code) in [
        (
            &["user", "list", "--tenant", "St. Nobody"][..],
            "tenant_unknown",
        ),
        (&["user", "list", "--tenant", somebody], "tenant_unknown"),
        (
            &["user", "list", "--as", "zoe@stclare.example"],
            "actor_unknown",
        ),
        (&["user", "list", "--as", somebody], "actor_unknown"),
        (
            &["user", "deactivate", "zoe@stclare.example"],
            "user_unknown",
        ),
        (&["user", "deactivate", somebody], "user_unknown"),
        (&["role", "assign", ADA, "Janitor"], "role_unknown"),
        (&["role", "assign", ADA, somebody], "role_unknown"),
        (&["role", "remove", ADA, "Teacher"], "role_not_held"),
        (
            &["user", "add", "--email", BEN, "--role", "Teacher"],
            "names_needed",
        ),
        (&["token", "revoke", "nightly"], "token_unknown"),
        (&["token", "revoke", somebody], "token_unknown"),
        (
            &[
                "hcp",
                "add-organisation",
                "--name",
                "X",
                "--parent",
                somebody,
            ],
            "parent_not_found",
        ),
        (&["medhub", "views"], "medhub_not_connected"),
        (&["medhub", "read"], "medhub_not_connected"),
        (&["medhub", "save"], "medhub_not_connected"),
        (&["medhub", "discard"], "nothing_staged"),
    ] {
        assert_eq!(desk.refused(command), code, "{command:?}");
    }
}

#[test]
fn the_rules_of_owners_hold_on_the_command_line() {
    let desk = Desk::with_tenant();
    desk.add(BEN, "Ben", "Claes", "Teacher");
    let owner = "Tenant Owner";
    let why = ["--elevate", "a good reason"];
    let elevated = |command: &[&'static str]| [command, &why].concat();
    assert_eq!(
        desk.refused(&["role", "assign", BEN, owner]),
        "elevation_required"
    );
    assert_eq!(
        desk.refused(&elevated(&["role", "remove", ADA, owner])),
        "own_ownership"
    );
    assert_eq!(
        desk.refused(&elevated(&["user", "deactivate", ADA])),
        "holds_tenant_owner"
    );
    assert_eq!(
        desk.refused(&elevated(&["user", "list", "--as", BEN])),
        "not_an_owner"
    );
    assert_eq!(
        desk.refused(&["user", "list", "--as", BEN]),
        "permission_missing"
    );
    for command in [
        &["role", "list", "--as", BEN][..],
        &["hcp", "list", "--as", BEN],
        &["token", "list", "--as", BEN],
        &["journal", "verify", "--as", BEN],
        &["medhub", "views", "--as", BEN],
        &["medhub", "read", "--as", BEN],
    ] {
        assert_eq!(desk.refused(command), "permission_missing", "{command:?}");
    }
    // An owner is replaced only once there is another.
    desk.done(&elevated(&["role", "assign", BEN, owner]));
    assert_eq!(desk.refused(&["user", "list"]), "actor_ambiguous");
    desk.done(&elevated(&["role", "remove", ADA, owner, "--as", BEN]));
    desk.done(&["user", "list", "--as", ADA]);
    assert_eq!(
        desk.refused(&elevated(&["role", "remove", BEN, owner, "--as", ADA])),
        "not_an_owner"
    );
    assert_eq!(
        desk.refused(&elevated(&["role", "remove", BEN, owner])),
        "own_ownership"
    );
    desk.done(&["user", "deactivate", ADA, "--as", BEN, "--elevate", "gone"]);
    assert_eq!(
        desk.refused(&["user", "list", "--as", ADA]),
        "actor_inactive"
    );
}

/// A5: whoever is refused by a rule is told by which.
#[test]
fn a_refusal_names_its_rule_and_whom_it_is_about() {
    let desk = Desk::with_tenant();
    let ben = desk.add(BEN, "Ben", "Claes", "Teacher");
    let error = |command: &[&str]| {
        let ran = desk.run_json(command);
        assert_eq!(ran.status, 1, "{ran:?}");
        ran.json()["error"].clone()
    };
    let give = error(&["role", "assign", BEN, "Tenant Owner"]);
    assert_eq!(
        (&give["code"], &give["rule"]),
        (&"elevation_required".into(), &"O2".into())
    );
    assert_eq!(error(&["user", "list", "--as", BEN])["rule"], "A1");
    assert_eq!(
        error(&["user", "list", "--db", "none.db"])["rule"],
        Value::Null
    );
    let key = ["--operation-key", "k1"];
    desk.done(&[&["user", "deactivate", BEN][..], &key].concat());
    let reused = error(&[&["user", "reactivate", BEN][..], &key].concat());
    assert_eq!(
        (&reused["code"], &reused["rule"]),
        (&"operation_key_reused".into(), &"J4".into())
    );
    desk.done(&["user", "reactivate", BEN]);
    let again = error(&["user", "add", "--email", BEN, "--role", "Teacher"]);
    assert_eq!(
        (&again["rule"], &again["user"]),
        (&"E1".into(), &ben.as_str().into())
    );
    let persons = desk.done(&["person", "list", "--email", BEN]);
    let person = persons["persons"][0]["id"].as_str().unwrap();
    let erase = error(&["person", "erase", person]);
    assert_eq!(
        (&erase["code"], &erase["user"]),
        (&"person_has_active_user".into(), &ben.as_str().into())
    );
}

#[test]
fn nobody_is_there_twice() {
    let desk = Desk::with_tenant();
    assert_eq!(desk.refused(&INIT), "tenant_exists");
    desk.add(BEN, "Ben", "Claes", "Teacher");
    let again = ["user", "add", "--email", BEN, "--role", "Teacher"];
    assert_eq!(desk.refused(&again), "person_has_user");
    assert_eq!(
        desk.refused(&["role", "assign", BEN, "teacher"]),
        "role_already_held"
    );
    desk.done(&["user", "deactivate", BEN]);
    assert_eq!(
        desk.refused(&["user", "deactivate", BEN]),
        "status_unchanged"
    );
    desk.done(&["user", "reactivate", BEN]);
    desk.done(&["token", "create", "--name", "nightly"]);
    assert_eq!(
        desk.refused(&["token", "create", "--name", "nightly"]),
        "token_name_taken"
    );
}

#[test]
fn of_several_tenants_one_is_named() {
    let desk = Desk::with_tenant();
    let mut second = INIT.to_vec();
    second[2] = "St. Luke";
    // The login is of another tenant's making: whose it is must be known before it opens anything here.
    assert_eq!(desk.refused(&second), "login_unproved");
    desk.done(&["tenant", "confirm-login", ADA]);
    desk.done(&second);
    assert_eq!(desk.refused(&["owner", "list"]), "tenant_ambiguous");
    let owners = desk.done(&["owner", "list", "--tenant", "st. luke"]);
    assert_eq!(owners["owners"].as_array().unwrap().len(), 1);
}

#[test]
fn errors_hold_no_personal_data_but_what_was_typed() {
    let desk = Desk::with_tenant();
    desk.add(
        "secretary@stclare.example",
        "Philippa",
        "Quickly",
        "Teacher",
    );
    let again = [
        "user",
        "add",
        "--email",
        "secretary@stclare.example",
        "--role",
        "Teacher",
    ];
    let ran = desk.run_json(&again);
    assert_eq!(ran.code(), "person_has_user");
    assert!(
        !ran.out.contains("Quickly") && !ran.out.contains(ADA),
        "{}",
        ran.out
    );
}
