//! Healthcare parties by hand.

use crate::desk::{BEN, Desk, id};
use serde_json::json;

const ADD: [&str; 8] = [
    "hcp",
    "add-professional",
    "--given",
    "Jerry",
    "--family",
    "Cardenas",
    "--email",
    "jerry@example.org",
];

/// Added, found, changed and deleted, one by one; and the journal is whole afterwards.
#[test]
fn a_healthcare_party_is_kept_by_hand() {
    let desk = Desk::with_tenant();
    let hospital = desk.done(&["hcp", "add-organisation", "--name", "St. Clare Hospital"]);
    let hospital = id(&hospital["hcp"]);
    let ward = desk.done(&[
        "hcp",
        "add-organisation",
        "--name",
        "Cardiology",
        "--parent",
        &hospital,
        "--email",
        "cardiology@example.org",
    ]);
    let ward = id(&ward["hcp"]);
    let add = [&ADD[..], &["--mobile", "+32470123456", "--parent", &ward]].concat();
    let jerry = id(&desk.done(&add)["hcp"]);

    let shown = desk.done(&["hcp", "show", &jerry]);
    assert_eq!(shown["given"], "Jerry");
    assert_eq!(shown["phone"], "+32470123456");
    let above = json!([
        { "id": ward, "name": "Cardiology" },
        { "id": hospital, "name": "St. Clare Hospital" },
    ]);
    assert_eq!((&shown["above"], &shown["below"]), (&above, &json!(0)));
    assert_eq!(desk.done(&["hcp", "show", &hospital])["below"], 1);

    let found = |options: &[&str]| -> Vec<String> {
        let listed = desk.done(&[&["hcp", "list"], options].concat());
        let hcps = listed["hcps"].as_array().unwrap();
        hcps.iter().map(|it| id(&it["id"])).collect()
    };
    assert_eq!(found(&["--search", "card"]), [ward.as_str(), &jerry]);
    assert_eq!(
        found(&["--search", "card", "--kind", "organization"]),
        [ward.as_str()]
    );
    assert_eq!(found(&["--search", "jerry@"]), [jerry.as_str()]);
    assert_eq!(found(&["--parent", &hospital]), [ward.as_str()]);

    // For people the id stands on a line of its own, with what it is for.
    let shown = desk.run(&["hcp", "show", &hospital]).out;
    assert!(shown.starts_with(&format!("{hospital}\n")), "{shown}");
    assert!(shown.contains("PARENT_ORGANISATION_ID"), "{shown}");
    let shown = desk.run(&["hcp", "show", &jerry]).out;
    assert!(!shown.contains("PARENT_ORGANISATION_ID"), "{shown}");

    let edit = |hcp: &str, options: &[&str]| {
        desk.done(&[&["hcp", "edit", hcp], options].concat());
        desk.done(&["hcp", "show", hcp])
    };
    let edited = edit(&ward, &["--name", "Heart", "--clear-email"]);
    assert_eq!(
        (&edited["name"], &edited["email"]),
        (&json!("Heart"), &json!(null))
    );
    let edited = edit(
        &jerry,
        &[
            "--email",
            "j@example.org",
            "--clear-parent",
            "--clear-mobile",
        ],
    );
    assert_eq!(edited["email"], "j@example.org");
    assert_eq!(
        (&edited["parent"], &edited["phone"]),
        (&json!(null), &json!(null))
    );

    let person = desk.done(&["person", "list", "--email", "j@example.org"]);
    desk.done(&["hcp", "delete", &jerry]);
    assert_eq!(desk.refused(&["hcp", "show", &jerry]), "hcp_unknown");
    let person = id(&person["persons"][0]["id"]);
    assert_eq!(desk.done(&["person", "show", &person])["given"], "Jerry");
    let entries = desk.entries();
    let last = desk.done(&["journal", "verify"]);
    assert_eq!(last["entries"], json!(entries));
}

/// Every refusal has its code, and says which party is in the way.
#[test]
fn what_cannot_be_is_refused() {
    let desk = Desk::with_tenant();
    let top = id(&desk.done(&["hcp", "add-organisation", "--name", "Top"])["hcp"]);
    let below = [
        "hcp",
        "add-organisation",
        "--name",
        "Below",
        "--parent",
        &top,
    ];
    let below = id(&desk.done(&below)["hcp"]);
    let jerry = id(&desk.done(&ADD)["hcp"]);
    for (command, code) in [
        (&ADD[..], "professional_exists"),
        (
            &["hcp", "edit", &top, "--parent", &below],
            "parent_below_itself",
        ),
        (
            &["hcp", "edit", &top, "--parent", &top],
            "parent_below_itself",
        ),
        (
            &["hcp", "edit", &top, "--parent", &jerry],
            "parent_not_organization",
        ),
        (
            &["hcp", "edit", &jerry, "--name", "Jerry"],
            "hcp_is_professional",
        ),
        (
            &["hcp", "edit", &top, "--given", "A", "--family", "B"],
            "hcp_is_organization",
        ),
        (&["hcp", "edit", &top, "--name", "Top"], "hcp_unchanged"),
        (
            &["hcp", "edit", &jerry, "--clear-email"],
            "professional_needs_email",
        ),
        (&["hcp", "delete", &top], "organization_has_children"),
    ] {
        assert_eq!(desk.refused(command), code, "{command:?}");
    }
    desk.add(BEN, "Ben", "Claes", "Teacher");
    for command in ["show", "delete"] {
        let command = ["hcp", command, &below, "--as", BEN];
        assert_eq!(desk.refused(&command), "permission_missing");
    }
}
