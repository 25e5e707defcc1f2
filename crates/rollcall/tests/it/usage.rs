//! Wrong usage, help, and where answers go.

use crate::desk::{ADA, Desk};
use std::process::Stdio;

#[test]
fn wrong_usage_is_status_2_and_one_object_for_programs() {
    let desk = Desk::bare();
    for arguments in [
        &["rol"][..],
        &[],
        &["user"],
        &["hcp", "import"],
        &[
            "medhub",
            "connect",
            "--client-id",
            "x",
            "--base-url",
            "ftp://x",
        ],
        &["medhub", "import"],
        &["token", "create", "--name", "x", "--expires-in-days", "0"],
        &["tenant", "policy", "--grants", "everything"],
        &["serve", "--listen", "nowhere"],
        &["journal", "verify", "--checkpoint", "x"],
    ] {
        let ran = desk.run_json(arguments);
        assert_eq!(
            (ran.status, ran.code().as_str()),
            (2, "usage"),
            "{arguments:?} {ran:?}"
        );
        assert!(!ran.out.contains('\u{1b}'));
        let human = desk.run(arguments);
        assert_eq!(
            (human.status, human.out.as_str()),
            (2, ""),
            "{arguments:?} {human:?}"
        );
    }
    assert!(desk.names().is_empty());
}

/// A value has the code that it has over HTTP, and no more of it is repeated than it takes to recognise it.
#[test]
fn a_value_that_is_none_has_its_code_and_is_repeated_in_short() {
    let desk = Desk::bare();
    let person = "018c2c1d-7c00-7b6a-8f2e-0123456789ab";
    for (arguments, code) in [
        (&["user", "deactivate", "nobody"][..], "id_invalid"),
        (&["person", "show", "7"], "id_invalid"),
        (&["session", "end", "{018c2c1d}"], "id_invalid"),
        (&["user", "list", "--as", "@"], "email_invalid"),
        (&["person", "list", "--email", "nobody"], "email_invalid"),
        (
            &["hcp", "add-organisation", "--name", "=1+1"],
            "name_invalid",
        ),
        (&["role", "create", "=1+1"], "name_invalid"),
        (&["role", "permit", ""], "name_invalid"),
        (&["role", "assign", ADA, "@"], "name_invalid"),
        (&["user", "can", "everything"], "permission_invalid"),
        (
            &["user", "list", "--operation-key", "a b"],
            "operation_key_invalid",
        ),
        (&["medhub", "import", ""], "medhub_id_invalid"),
        (
            &["person", "edit", person, "--birth-date", "71-3-22"],
            "birth_date_invalid",
        ),
        (
            &["person", "edit", person, "--mobile", "0470"],
            "mobile_invalid",
        ),
        (
            &["person", "edit", person, "--patient", ""],
            "patient_invalid",
        ),
    ] {
        assert_eq!(desk.misused(arguments), code, "{arguments:?}");
    }
    let long = "x".repeat(10_000);
    let turned = format!("\u{202e}\u{1b}[2J{long}");
    for arguments in [
        &["user", "deactivate", turned.as_str()][..],
        &["user", "add", "--email", &turned],
        &["role", "create", &turned],
        &["tenant", "listing", &turned],
        &[&turned],
        &["user", "list", &turned],
        &["user", "list", &format!("--{long}")],
    ] {
        for ran in [desk.run(arguments), desk.run_json(arguments)] {
            let told = ran.out + &ran.err;
            assert_eq!(ran.status, 2, "{told}");
            assert!(told.len() < 700, "{told}");
            assert!(!told.contains(['\u{202e}', '\u{1b}']), "{told:?}");
            assert!(told.contains("…"), "{told:?}");
        }
    }
    let told = desk.run(&["user", "deactivate", &turned]).err;
    assert!(told.contains("\\u{202e}\\u{1b}[2Jxxx"), "{told:?}");
    let turned = [
        "journal",
        "verify",
        "--tenant",
        person,
        "--file",
        "\u{202e}x",
    ];
    assert_eq!(desk.refused(&turned), "file_unreadable");
    assert!(desk.run_json(&turned).out.contains("\\\\u{202e}x"));
}

#[test]
fn every_command_helps_with_an_example() {
    let desk = Desk::bare();
    let version = desk.run(&["--version"]);
    assert_eq!(
        (version.status, version.out.as_str()),
        (0, "rollcall 0.1.0\n")
    );
    let mut waiting = vec![Vec::<String>::new()];
    let mut leaves = 0;
    while let Some(path) = waiting.pop() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = desk.run(&arguments);
        assert_eq!(help.status, 0, "{path:?}");
        let commands: Vec<_> = help
            .out
            .lines()
            .skip_while(|it| *it != "Commands:")
            .skip(1)
            .take_while(|it| !it.is_empty())
            .filter_map(|it| it.strip_prefix("  "))
            .filter(|it| !it.starts_with(' '))
            .filter_map(|it| it.split_whitespace().next())
            .map(str::to_owned)
            .collect();
        if commands.is_empty() {
            leaves += 1;
            assert!(help.out.contains("Example"), "{path:?} {}", help.out);
        }
        assert!(help.out.contains("--json"), "{path:?}");
        waiting.extend(
            commands
                .into_iter()
                .map(|it| [path.clone(), vec![it]].concat()),
        );
    }
    assert_eq!(leaves, 78, "all commands were found");
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let desk = Desk::with_tenant();
    for _ in 0..3 {
        let mut child = desk.command(&["user", "list"]).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}

#[test]
fn nothing_is_drawn_where_nobody_looks() {
    let desk = Desk::with_tenant();
    let file = desk.write(
        "people.csv",
        "First Name,Last Name,Email Address\nEva,Maes,eva@x.example\n",
    );
    let ran = desk.run(&["hcp", "import", &file]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert!(!ran.out.contains('\u{1b}'));
}

#[test]
fn the_database_and_the_actor_may_stand_in_the_environment() {
    let desk = Desk::with_two_owners();
    let output = desk
        .command(&["user", "list", "--json"])
        .env("ROLLCALL_AS", ADA)
        .env("ROLLCALL_DB", desk.path("rollcall.db"))
        .current_dir("/")
        .stderr(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
}
