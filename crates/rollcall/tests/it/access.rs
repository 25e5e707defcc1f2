//! Tenants, persons, users and owners, as people type them.

use crate::desk::{ADA, BEN, Desk, id};
use serde_json::Value;

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
