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
        &["user", "add", "--email", "nobody"],
        &["user", "deactivate", "nobody"],
        &["hcp", "import"],
        &["hcp", "add-organisation", "--name", "=1+1"],
        &["hcp", "add-organisation", "--name", "X", "--parent", "7"],
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
        &["user", "list", "--operation-key", "a b"],
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
    assert_eq!(leaves, 70, "all commands were found");
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
