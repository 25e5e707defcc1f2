//! MedHub, from the connection to the save, and whatever can go wrong on the way.

use crate::desk::{Desk, Ran};
use serde_json::{Value, json};
use std::fs;
use testkit::medhub::{Call, FakeMedhub, FakePerson, Fault, Fixture};

const ADA_HERE: &str = "ada.example@hospital.example";

/// A desk whose tenant is connected with the fake, and has a learner that MedHub knows and a teacher it does not.
struct Office {
    desk: Desk,
    fake: FakeMedhub,
}

impl Office {
    fn new() -> Self {
        let office = Self {
            desk: Desk::with_tenant(),
            fake: FakeMedhub::start_on_thread(Fixture::small()),
        };
        office.key(office.fake.private_key());
        office.desk.add(ADA_HERE, "Ada", "Example", "Learner");
        office
            .desk
            .add("eve@stclare.example", "Eve", "Local", "Teacher");
        office
    }

    fn connected() -> Self {
        let office = Self::new();
        let connected = office.connect();
        assert_eq!(connected.status, 0, "{connected:?}");
        office
    }

    fn key(&self, key: &str) {
        self.desk.write("medhub.key", format!("{key}\n"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let owner_only = fs::Permissions::from_mode(0o600);
            fs::set_permissions(self.desk.path("medhub.key"), owner_only).unwrap();
        }
    }

    fn connect(&self) -> Ran {
        let (base, id) = (self.fake.base_url(), self.fake.client_id().to_string());
        self.desk.run_json(&[
            "medhub",
            "connect",
            "--base-url",
            &base,
            "--client-id",
            &id,
            "--private-key-file",
            "medhub.key",
        ])
    }

    fn views(&self) -> Value {
        self.desk.done(&["medhub", "views"])
    }
}

#[test]
fn the_way_from_the_connection_to_the_save() {
    let Office { desk, fake } = &Office::connected();
    let read = desk.done(&["medhub", "read"]);
    assert_eq!(
        (&read["completeness"], &read["people"], &read["added"]),
        (&json!("complete"), &json!(4), &json!(4))
    );
    let views = desk.done(&["medhub", "views"]);
    let counts = &views["counts"];
    assert_eq!(
        (
            &counts["suggested"],
            &counts["only_local"],
            &counts["only_medhub"]
        ),
        (&json!(1), &json!(1), &json!(3))
    );
    let human = desk.run(&["medhub", "views"]);
    assert!(
        human.out.contains("Suggested, one to one by e-mail: 1")
            && human.out.contains("Ben Muñoz (02346)"),
        "{}",
        human.out
    );
    assert_eq!(desk.done(&["medhub", "link-all"])["staged"], json!(1));
    assert_eq!(
        desk.refused(&["medhub", "link", ADA_HERE, "2345"]),
        "user_taken"
    );
    assert_eq!(
        desk.refused(&["medhub", "link", "eve@stclare.example", "99"]),
        "identity_unknown"
    );
    desk.done(&["medhub", "link", "eve@stclare.example", "1235"]);
    assert_eq!(
        desk.done(&["medhub", "unlink", "eve@stclare.example"])["withdrawn"],
        json!(1)
    );
    let some = desk.partly(&["medhub", "import", "02346", "777"]);
    assert_eq!(
        (
            &some["staged"],
            &some["refused"][0]["medhub"],
            &some["refused"][0]["code"]
        ),
        (&json!(1), &json!("777"), &json!("identity_unknown"))
    );
    assert_eq!(desk.done(&["medhub", "import-all"])["staged"], json!(2));
    assert_eq!(
        desk.done(&["user", "list"])["users"]
            .as_array()
            .unwrap()
            .len(),
        3,
        "nothing is changed before the save"
    );
    let save = ["medhub", "save", "--operation-key", "save-1"];
    let saved = desk.done(&save);
    assert_eq!(
        (&saved["linked"], &saved["imported"], &saved["mails"]),
        (&json!(1), &json!(3), &json!(3))
    );
    assert_eq!(saved, desk.done(&save));
    assert_eq!(desk.refused(&["medhub", "save"]), "nothing_staged");
    assert_eq!(
        desk.done(&["user", "list"])["users"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
    assert_eq!(
        desk.done(&["medhub", "views"])["counts"]["linked"],
        json!(4)
    );
    let only = desk.done(&["medhub", "views", "--only", "linked"]);
    assert!(only["linked"].is_array() && only.get("suggested").is_none());
    desk.done(&["medhub", "unlink", ADA_HERE]);
    assert_eq!(desk.done(&["medhub", "discard"])["discarded"], json!(1));
    // The key is in no file of ours, and in nothing that was printed.
    let key = fake.private_key();
    for file in desk.names().iter().filter(|it| *it != "medhub.key") {
        let bytes = fs::read(desk.path(file)).unwrap();
        assert!(
            !bytes.windows(key.len()).any(|it| it == key.as_bytes()),
            "{file}"
        );
    }
    assert!(!human.out.contains(key));
}

#[test]
fn a_connection_says_which_call_is_not_granted() {
    let office = Office::new();
    office.fake.revoke(Call::Faculty);
    let connected = office.connect();
    assert_eq!(connected.status, 3, "{connected:?}");
    assert_eq!(connected.json()["missing"], json!(["users/faculty"]));
    let path = connected.json()["key_file"].as_str().unwrap().to_owned();
    assert!(
        path.starts_with('/') && path.ends_with("/medhub.key"),
        "{path}"
    );
    let ran = office.desk.run_json(&["medhub", "read"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    assert_eq!(ran.json()["failed"][0]["code"], json!("medhub_refused"));
}

#[test]
fn a_key_that_does_not_fit_connects_nothing() {
    let office = Office::new();
    office.key("another key");
    let refused = office.connect();
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (1, "medhub_signature_refused")
    );
    assert!(!refused.out.contains("another key"));
    office.key("  ");
    assert_eq!(office.connect().code(), "medhub_key_empty");
    fs::remove_file(office.desk.path("medhub.key")).unwrap();
    assert_eq!(office.connect().code(), "medhub_key_unreadable");
    assert_eq!(
        office.desk.refused(&["medhub", "views"]),
        "medhub_not_connected"
    );
    let (base, id) = (office.fake.base_url(), office.fake.client_id().to_string());
    let without = ["medhub", "connect", "--base-url", &base, "--client-id", &id];
    assert_eq!(office.desk.refused(&without), "medhub_key_missing");
}

#[test]
fn the_key_may_come_from_the_environment_each_time() {
    let Office { desk, fake } = &Office::new();
    let (base, id) = (fake.base_url(), fake.client_id().to_string());
    let with_key = |arguments: &[&str]| -> Ran {
        let mut command = desk.command(arguments);
        command.env("ROLLCALL_MEDHUB_KEY", fake.private_key());
        command.output().unwrap().into()
    };
    let connected = with_key(&["medhub", "connect", "--base-url", &base, "--client-id", &id]);
    assert_eq!(connected.status, 0, "{connected:?}");
    assert!(!connected.out.contains(fake.private_key()));
    assert_eq!(with_key(&["medhub", "read"]).status, 0);
    assert_eq!(desk.refused(&["medhub", "read"]), "medhub_key_missing");
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let office = Office::new();
    let path = office.desk.path("medhub.key");
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    let connected = office.connect();
    assert_eq!(connected.status, 0);
    assert!(
        connected.err.contains("warning") && connected.err.contains("chmod 600"),
        "{connected:?}"
    );
}

#[test]
fn a_read_that_fails_changes_nothing_and_says_what_came() {
    let Office { desk, fake } = &Office::connected();
    desk.done(&["medhub", "read"]);
    for (fault, code) in [
        (Fault::Html, "medhub_html"),
        (Fault::SignatureRefused, "medhub_signature_refused"),
        (
            Fault::Answer {
                status: 401,
                content_type: "text/plain",
                body: "no".to_owned(),
            },
            "medhub_http_status",
        ),
    ] {
        fake.misbehave(Call::ProgramsAll, fault);
        assert_eq!(desk.refused(&["medhub", "read"]), code);
        fake.behave();
    }
    assert_eq!(
        desk.done(&["medhub", "views"])["counts"]["medhub"],
        json!(4)
    );
}

#[test]
fn a_partial_read_removes_nobody_and_is_status_3() {
    let office = Office::connected();
    let Office { desk, fake } = &office;
    desk.done(&["medhub", "read"]);
    fake.misbehave(Call::Faculty, Fault::Html.for_program("73"));
    let read = desk.partly(&["medhub", "read"]);
    assert_eq!(
        (&read["completeness"], &read["removed"]),
        (&json!("partial"), &json!(0))
    );
    assert_eq!(read["failed"][0]["code"], json!("medhub_html"));
    let human = desk.run(&["medhub", "read"]);
    assert_eq!(human.status, 3);
    assert!(
        human.out.contains("1 list could not be read"),
        "{}",
        human.out
    );
    fake.behave();
    fake.misbehave(Call::Residents, Fault::EmptyList.for_program("74"));
    let read = desk.partly(&["medhub", "read"]);
    assert_eq!(read["failed"][0]["code"], json!("medhub_list_emptied"));
    let read = desk.done(&["medhub", "read", "--accept-emptied"]);
    assert_eq!(read["removed"], json!(1));
    assert_eq!(office.views()["counts"]["medhub"], json!(3));
}

#[test]
fn a_plan_in_conflict_is_not_saved_unless_told_so() {
    let Office { desk, fake } = &Office::connected();
    desk.done(&["medhub", "read"]);
    desk.done(&["medhub", "link-all"]);
    desk.done(&["medhub", "import", "02346"]);
    // Ben is corrected in MedHub after his import was reviewed.
    let changed = Fixture::small().resident(
        FakePerson::new("02346", "Ben", "Zz-Muñoz", "BMUNOZ@hospital.example").in_program("73"),
    );
    fake.set_fixture(changed);
    desk.done(&["medhub", "read"]);
    let refused = desk.run_json(&["medhub", "save"]);
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (1, "plan_conflicts")
    );
    let conflict = &refused.json()["error"]["conflicts"][0];
    assert_eq!(
        (&conflict["medhub"], &conflict["code"], &conflict["action"]),
        (
            &json!("02346"),
            &json!("identity_changed"),
            &json!("import")
        )
    );
    let human = desk.run(&["medhub", "save"]);
    assert!(
        human
            .err
            .contains("import of identity 02346: identity changed"),
        "{human:?}"
    );
    assert_eq!(
        desk.done(&["medhub", "views"])["counts"]["staged"],
        json!(2)
    );
    let saved = desk.partly(&["medhub", "save", "--valid-only"]);
    assert_eq!(
        (&saved["linked"], &saved["imported"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(saved["conflicts"][0]["code"], json!("identity_changed"));
    assert_eq!(desk.done(&["medhub", "discard"])["discarded"], json!(1));
}

/// R6: from the command that tells two apart to the one that forgets it, and an unlink in between.
#[test]
fn two_who_are_not_the_same_person_are_not_suggested() {
    let office = Office::connected();
    let Office { desk, fake } = &office;
    desk.done(&["medhub", "read"]);
    let suggested = office.views()["suggested"][0].clone();
    let id = suggested["medhub"]["user_id"].as_str().unwrap().to_owned();
    let counts = || {
        let counts = office.views()["counts"].clone();
        [
            "linked",
            "suggested",
            "only_local",
            "only_medhub",
            "not_same",
        ]
        .map(|it| counts[it].as_u64().unwrap())
    };
    assert_eq!(counts(), [0, 1, 1, 3, 0]);
    let not_same = ["medhub", "not-same", ADA_HERE, &id];
    let maybe_same = ["medhub", "maybe-same", ADA_HERE, &id];
    let save = ["medhub", "save"];

    assert_eq!(desk.done(&not_same)["staged"], json!(1));
    assert_eq!(counts(), [0, 0, 2, 4, 0], "as it will be");
    assert_eq!(desk.done(&maybe_same)["withdrawn"], json!(1));
    desk.done(&not_same);
    assert_eq!(
        desk.refused(&["medhub", "link", ADA_HERE, "1235"]),
        "user_taken"
    );
    let saved = desk.done(&save);
    assert_eq!(
        (&saved["not_same"], &saved["linked"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(counts(), [0, 0, 2, 4, 1]);
    assert_eq!(desk.done(&["medhub", "link-all"])["staged"], json!(0));

    let only = desk.done(&["medhub", "views", "--only", "not-same"]);
    let pair = &only["not_same"][0];
    assert_eq!(
        (&pair["user"], &pair["user_id"], &pair["standing"]),
        (&suggested["local"]["id"], &json!(id), &json!("holds"))
    );
    assert_eq!(pair["local"]["email"], json!(ADA_HERE));
    assert!(pair["at"].is_string() && pair["by"].is_string());
    let human = desk.run(&["medhub", "views"]);
    let title = "Not the same person: 1 pair  (`rollcall medhub maybe-same LOCAL USERID`)";
    assert!(human.out.contains(title), "{}", human.out);

    // Said again it is so already; and forgotten it is a suggestion again.
    desk.done(&not_same);
    assert_eq!(desk.done(&save)["already_done"], json!(1));
    desk.done(&maybe_same);
    let saved = desk.run(&save);
    assert!(
        saved.out.contains("May be the same person again: 1 pair."),
        "{saved:?}"
    );
    assert_eq!(counts(), [0, 1, 1, 3, 0]);

    // Whoever is unlinked is not linked again by the dozen, until MedHub says something else of them.
    desk.done(&["medhub", "link-all"]);
    desk.done(&save);
    desk.done(&["medhub", "unlink", ADA_HERE]);
    assert_eq!(desk.done(&save)["unlinked"], json!(1));
    assert_eq!(counts(), [0, 0, 2, 4, 1]);
    let changed = Fixture::small().resident(
        FakePerson::new(
            &id,
            "Ada",
            "Example",
            "ada.example@hospital.example;a@b.example",
        )
        .in_program("73"),
    );
    fake.set_fixture(changed);
    desk.done(&["medhub", "read"]);
    assert_eq!(counts(), [0, 1, 1, 3, 1]);
    let human = desk.run(&["medhub", "views", "--only", "not-same"]);
    assert!(
        human.out.contains("they look otherwise since"),
        "{}",
        human.out
    );
    // A link by hand knows better.
    desk.done(&["medhub", "link", ADA_HERE, &id]);
    assert_eq!(desk.done(&save)["linked"], json!(1));
    assert_eq!(counts(), [1, 0, 1, 3, 0]);
}
