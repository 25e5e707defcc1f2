//! The whole way, as an administrator and a coordinator go it.

use crate::desk::{ADA, BEN, Desk, INIT};
use serde_json::json;
use std::fs;

#[test]
fn users_get_and_lose_roles_and_the_list_shows_it() {
    let desk = Desk::with_tenant();
    let ben = desk.add(BEN, "Ben", "Claes", "Learner");
    desk.done(&["role", "assign", BEN, "Teacher"]);
    desk.done(&["role", "remove", &ben, "learner"]);
    desk.done(&["user", "deactivate", &ben]);
    let users = desk.done(&["user", "list"]);
    let users = users["users"].as_array().unwrap();
    assert_eq!(users.len(), 2);
    let listed = users.iter().find(|it| it["id"] == json!(ben)).unwrap();
    assert_eq!(listed["email"], json!(BEN));
    assert_eq!(listed["status"], json!("inactive"));
    assert_eq!(listed["roles"][0]["name"], json!("Teacher"));
    let human = desk.run(&["user", "list"]);
    assert!(
        human.out.contains("Ben Claes") && human.out.contains("2 users"),
        "{}",
        human.out
    );
    let roles = desk.done(&["role", "list"]);
    assert_eq!(roles["roles"].as_array().unwrap().len(), 6);
    let owners = desk.done(&["owner", "list"]);
    assert_eq!(owners["owners"][0]["email"], json!(ADA));
    let verified = desk.done(&["journal", "verify"]);
    assert_eq!(
        verified["entries"],
        json!(9),
        "three of the beginning, and six"
    );
}

#[test]
fn the_same_key_gives_the_first_answer() {
    let desk = Desk::bare();
    let init = [&INIT[..], &["--operation-key", "setup"]].concat();
    assert_eq!(desk.done(&init), desk.done(&init));
    let add = [
        "user",
        "add",
        "--email",
        BEN,
        "--given",
        "Ben",
        "--family",
        "Claes",
        "--role",
        "Teacher",
        "--operation-key",
        "k1",
    ];
    assert_eq!(desk.done(&add), desk.done(&add));
    for command in [
        &["role", "assign", BEN, "Learner", "--operation-key", "k2"][..],
        &["role", "remove", BEN, "Learner", "--operation-key", "k3"],
        &["user", "deactivate", BEN, "--operation-key", "k4"],
        &["user", "reactivate", BEN, "--operation-key", "k5"],
        &[
            "hcp",
            "add-organisation",
            "--name",
            "Cardiology",
            "--operation-key",
            "k6",
        ],
    ] {
        assert_eq!(desk.done(command), desk.done(command), "{command:?}");
    }
    assert_eq!(
        desk.done(&["hcp", "list"])["hcps"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let other = ["user", "deactivate", BEN, "--operation-key", "k1"];
    assert_eq!(desk.refused(&other), "operation_key_reused");
    let create = [
        "token",
        "create",
        "--name",
        "nightly",
        "--operation-key",
        "k7",
    ];
    let (first, second) = (desk.done(&create), desk.done(&create));
    assert_eq!(first["id"], second["id"]);
    assert!(
        first["token"].is_string() && second["token"].is_null(),
        "{second}"
    );
    let longer = [&create[..], &["--expires-in-days", "91"]].concat();
    assert_eq!(desk.refused(&longer), "operation_key_reused");
}

#[test]
fn a_token_is_shown_once_and_kept_nowhere() {
    let desk = Desk::with_tenant();
    let made = desk.run(&[
        "token",
        "create",
        "--name",
        "nightly",
        "--expires-in-days",
        "1",
    ]);
    let secret = made.out.lines().next().unwrap().to_owned();
    assert!(
        secret.starts_with("rollcall_") && made.out.contains("not shown again"),
        "{}",
        made.out
    );
    let listed = desk.run(&["token", "list"]);
    assert!(listed.out.contains("alive") && !listed.out.contains(&secret));
    desk.done(&["token", "revoke", "NIGHTLY"]);
    assert_eq!(
        desk.refused(&["token", "revoke", "nightly"]),
        "token_already_revoked"
    );
    assert_eq!(
        desk.done(&["token", "list"])["tokens"][0]["state"],
        json!("revoked")
    );
    for file in desk.names() {
        let bytes = fs::read(desk.path(&file)).unwrap();
        assert!(
            !bytes
                .windows(secret.len())
                .any(|it| it == secret.as_bytes()),
            "{file}"
        );
    }
}

const KEY: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

#[test]
fn the_journal_is_whole_until_somebody_cuts_it() {
    let desk = Desk::with_tenant();
    let verified = desk.done(&["journal", "verify"]);
    assert_eq!(verified["entries"], json!(3));
    desk.write("key.hex", format!("{KEY}\n"));
    // PKCS#8 of the same key pair, as `openssl genpkey` writes it.
    desk.write(
        "key.pem",
        pem("PRIVATE KEY", "302e020100300506032b657004220420", KEY),
    );
    desk.write("public.hex", PUBLIC.to_uppercase());
    desk.write(
        "public.pem",
        pem("PUBLIC KEY", "302a300506032b6570032100", PUBLIC),
    );
    for (key, public) in [("key.hex", "public.pem"), ("key.pem", "public.hex")] {
        let signed = desk.run(&["journal", "checkpoint", "--key-file", key]);
        assert_eq!(signed.status, 0, "{signed:?}");
        assert!(!signed.out.contains(KEY));
        desk.write("checkpoint.json", &signed.out);
        let against = [
            "journal",
            "verify",
            "--checkpoint",
            "checkpoint.json",
            "--public-key-file",
            public,
        ];
        assert_eq!(desk.done(&against)["checkpoint"]["number"], json!(3));
    }
    let against = |key| {
        [
            "journal",
            "verify",
            "--checkpoint",
            "checkpoint.json",
            "--public-key-file",
            key,
        ]
    };
    desk.write(
        "other.hex",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    );
    assert_eq!(desk.refused(&against("other.hex")), "checkpoint_not_signed");
    assert_eq!(desk.refused(&against("checkpoint.json")), "key_syntax");
    assert_eq!(desk.refused(&against("nowhere")), "file_unreadable");
    assert_eq!(
        desk.refused(&["journal", "checkpoint", "--key-file", "public.pem"]),
        "key_syntax"
    );
    // An older copy of the file is a whole journal that is too short.
    let copy = desk.path("old.db");
    fs::copy(desk.path("rollcall.db"), copy).unwrap();
    desk.done(&["hcp", "add-organisation", "--name", "Cardiology"]);
    let signed = desk.run(&["journal", "checkpoint", "--key-file", "key.hex"]);
    desk.write("checkpoint.json", &signed.out);
    let cut = [&against("public.hex")[..], &["--db", "old.db"]].concat();
    assert_eq!(desk.refused(&cut), "journal_broken");
    let mut forged: serde_json::Value = serde_json::from_str(&signed.out).unwrap();
    forged["number"] = json!(1);
    desk.write("checkpoint.json", forged.to_string());
    assert_eq!(
        desk.refused(&against("public.hex")),
        "checkpoint_not_signed"
    );
    desk.write("checkpoint.json", "{}");
    assert_eq!(desk.refused(&against("public.hex")), "checkpoint_syntax");
}

fn pem(label: &str, prefix: &str, hex: &str) -> String {
    let bytes = data_encoding::HEXLOWER
        .decode(format!("{prefix}{hex}").as_bytes())
        .unwrap();
    let text = data_encoding::BASE64.encode(&bytes);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}
