//! Roles, as people type them.

use crate::desk::{BEN, Desk, id};

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
