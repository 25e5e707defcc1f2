//! Dry runs.

use crate::desk::{ADA, BEN, Desk, INIT, PASSWORD, id};
use serde_json::json;

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
