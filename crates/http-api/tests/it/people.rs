//! Persons, users and roles.

use crate::host::Host;
use identity_core::{
    id::Id,
    permission::{Catalogue, Permission},
    role::RoleKind,
    service::Settings,
    user::User,
};
use serde_json::{Value, json};

#[tokio::test]
async fn a_person_is_added_found_changed_and_erased() {
    let host = Host::new().await;
    let token = &host.token;
    let added = host
        .act(
            "POST",
            "persons",
            token,
            json!({
                "given": " Jerry ", "family": "Cardenas", "email": "Family@General.example",
                "birth_date": "1971-03-22", "mobile": "+32470123456", "patient": "MRN-0042",
            }),
        )
        .await;
    let id = added.json()["id"].as_str().unwrap().to_owned();
    let rest = format!("persons/{id}");
    let show = async || host.act("GET", &rest, token, None).await.json();
    let mut known = show().await;
    known["id"] = json!("<id>");
    insta::assert_json_snapshot!(known, @r#"
    {
      "birth_date": "1971-03-22",
      "email": "Family@General.example",
      "family": "Cardenas",
      "given": "Jerry",
      "id": "<id>",
      "mobile": "+32470123456",
      "patient": "MRN-0042",
      "professionals": [],
      "users": []
    }
    "#);
    // Others may have the address too.
    let other =
        json!({ "given": "Berry", "family": "Cardenas", "email": "family@general.example" });
    host.act("POST", "persons", token, other).await;
    let rest_of = "persons?email=family@general.example";
    let found = host.act("GET", rest_of, token, None).await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 2);
    assert_eq!(found["next"], Value::Null);

    // What is absent stays, null is forgotten, a value is set.
    for (change, after) in [
        (
            json!({ "mobile": null, "patient": "MRN-0043" }),
            json!([
                "Jerry",
                "Family@General.example",
                "1971-03-22",
                null,
                "MRN-0043",
            ]),
        ),
        (
            json!({ "given": "Jeremy", "family": "Cardenas" }),
            json!([
                "Jeremy",
                "Family@General.example",
                "1971-03-22",
                null,
                "MRN-0043",
            ]),
        ),
        (
            json!({ "email": null, "birth_date": null, "mobile": "+32470123457" }),
            json!(["Jeremy", null, null, "+32470123457", "MRN-0043",]),
        ),
    ] {
        let changed = host.act("PATCH", &rest, token, change.clone()).await;
        assert_eq!(changed.status, 204, "{change}");
        let known = show().await;
        let names = ["given", "email", "birth_date", "mobile", "patient"];
        let values: Vec<_> = names.iter().map(|it| known[it].clone()).collect();
        assert_eq!(json!(values), after, "{change}");
    }
    let same = host.act("PATCH", &rest, token, json!({})).await;
    assert_eq!(same.code(), "409 person_unchanged");
    assert_eq!(host.act("DELETE", &rest, token, None).await.status, 204);
    assert!(show().await["erased_at"].is_string());
    let again = host.act("DELETE", &rest, token, None).await;
    assert_eq!(again.code(), "409 person_erased");

    let member = &host.hospital.learners[0];
    let rest = format!("persons/{}", member.person);
    let active = host.act("DELETE", &rest, token, None).await;
    assert_eq!(active.code(), "409 person_has_active_user");
    assert_eq!(active.json()["user"], member.user.to_string());
}

/// Whoever is looked up by their address is shown as whoever is looked up by their id.
#[tokio::test]
async fn a_professional_is_known_by_the_address_too() {
    let host = Host::new().await;
    assert_eq!(host.upload("", crate::files::FILE).await.status, 201);
    let hcps = host.get("hcps").await.json();
    let mut hcps = hcps["items"].as_array().unwrap().iter();
    let professional = hcps.rfind(|it| it["kind"] == "professional").unwrap();
    let email = professional["email"].as_str().unwrap();
    let found = host.get(&format!("persons?email={email}")).await.json();
    let [person] = found["items"].as_array().unwrap().as_slice() else {
        panic!("{found}")
    };
    assert_eq!(person["professionals"], json!([professional["id"]]));
    let rest = format!("persons/{}", person["id"].as_str().unwrap());
    assert_eq!(host.get(&rest).await.json(), *person);
}

#[tokio::test]
async fn each_text_that_is_no_value_has_its_code() {
    let host = Host::new().await;
    let long = "a".repeat(10_000);
    let mut lines = vec![];
    for (property, text) in [
        ("given", ""),
        ("given", "  "),
        ("given", long.as_str()),
        ("given", "Jer\u{202e}ry"),
        ("given", "Jer\u{0}ry"),
        ("family", "=cmd()"),
        ("email", "jerry"),
        ("email", "a@b.example, c@d.example"),
        ("email", "Jerry <jerry@general.example>"),
        ("birth_date", "22/03/1971"),
        ("birth_date", "1971-3-22"),
        ("birth_date", "1971-02-30"),
        ("birth_date", " 1971-03-22"),
        ("birth_date", "+1971-03-22"),
        ("mobile", "0470 12 34 56"),
        ("mobile", "+32 470 12 34 56"),
        ("patient", ""),
        ("patient", "MRN 42"),
    ] {
        let mut body = json!({ "given": "Jerry", "family": "Cardenas" });
        body[property] = json!(text);
        let answer = host.act("POST", "persons", &host.token, body).await;
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        let shown: String = text.chars().take(24).collect();
        lines.push(format!("{property} {shown:?}: {}: {detail}", answer.code()));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    given "": 400 name_invalid: `given`: name is empty
    given "  ": 400 name_invalid: `given`: name is empty
    given "aaaaaaaaaaaaaaaaaaaaaaaa": 400 name_invalid: `given`: name is longer than 200 characters
    given "Jer\u{202e}ry": 400 name_invalid: `given`: name holds control or invisible characters
    given "Jer\0ry": 400 name_invalid: `given`: name holds control or invisible characters
    family "=cmd()": 400 name_invalid: `family`: name begins with `=` or `@`, as a formula does
    email "jerry": 400 email_invalid: `email`: not an e-mail address of the form `name@example.org`
    email "a@b.example, c@d.example": 400 email_invalid: `email`: several e-mail addresses in one field, one is expected
    email "Jerry <jerry@general.exa": 400 email_invalid: `email`: a name stands beside the e-mail address, only the address is expected
    birth_date "22/03/1971": 400 birth_date_invalid: `birth_date` is not a date such as `1971-03-22`
    birth_date "1971-3-22": 400 birth_date_invalid: `birth_date` is not a date such as `1971-03-22`
    birth_date "1971-02-30": 400 birth_date_invalid: `birth_date` is not a date such as `1971-03-22`
    birth_date " 1971-03-22": 400 birth_date_invalid: `birth_date` is not a date such as `1971-03-22`
    birth_date "+1971-03-22": 400 birth_date_invalid: `birth_date` is not a date such as `1971-03-22`
    mobile "0470 12 34 56": 400 mobile_invalid: `mobile`: not a phone number in international form, such as `+32470123456`
    mobile "+32 470 12 34 56": 400 mobile_invalid: `mobile`: not a phone number in international form, such as `+32470123456`
    patient "": 400 patient_invalid: `patient`: not a reference to a patient record: 1 to 128 visible ASCII characters
    patient "MRN 42": 400 patient_invalid: `patient`: not a reference to a patient record: 1 to 128 visible ASCII characters
    "#);
    let body = json!({ "given": "a".repeat(300_000), "family": "Cardenas" });
    let answer = host.act("POST", "persons", &host.token, body).await;
    assert_eq!(answer.code(), "413 body_too_large");
    let rest = format!("persons/{}", host.hospital.learners[0].person);
    for body in [json!({ "given": "A" }), json!({ "family": "B" })] {
        let answer = host.act("PATCH", &rest, &host.token, body).await;
        assert_eq!(answer.code(), "400 names_incomplete");
    }
    let answer = host.act("GET", "persons?email=jerry", &host.token, None);
    assert_eq!(answer.await.code(), "400 email_invalid");
    for query in ["email=a@b.example&limit=1", "limit=0", "after=7"] {
        let rest = format!("persons?{query}");
        let answer = host.act("GET", &rest, &host.token, None).await;
        assert_eq!(answer.code(), "400 query_invalid", "{query}");
    }
}

#[tokio::test]
async fn persons_come_in_pages() {
    let host = Host::new().await;
    let mut path = Some(host.path("persons?limit=4"));
    let mut ids = vec![];
    while let Some(asked) = path {
        let page = host.ask("GET", &asked, &host.token, None).await.json();
        let items = page["items"].as_array().unwrap();
        ids.extend(items.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        path = page["next"].as_str().map(ToOwned::to_owned);
    }
    assert_eq!(ids.len(), 9);
    assert!(ids.is_sorted());
}

/// E-mail first, then whatever the answer asks for.
#[tokio::test]
async fn a_user_is_added_step_by_step() {
    let host = Host::new().await;
    let role = host.hospital.role(RoleKind::Teacher);
    let add = async |more: Value| {
        let mut body = json!({ "email": "family@general.example", "role": role });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        host.act("POST", "users", &host.token, body).await
    };
    let names = add(json!({})).await;
    assert_eq!(names.code(), "422 names_needed");
    let added = add(json!({ "given": "Jerry", "family": "Cardenas", "status": "inactive" })).await;
    let jerry = added.json();
    assert_eq!(jerry["person_found"], false);
    let shown = host
        .ask("GET", added.header("location").unwrap(), &host.token, None)
        .await;
    let mut shown = shown.json();
    shown["id"] = json!("<id>");
    shown["roles"][0]["id"] = json!("<id>");
    for id in ["id", "role"] {
        shown["assignments"][0][id] = json!("<id>");
    }
    insta::assert_json_snapshot!(shown, @r#"
    {
      "assignments": [
        {
          "id": "<id>",
          "kind": "teacher",
          "name": "Teacher",
          "role": "<id>",
          "role_status": "active",
          "status": "active"
        }
      ],
      "email": "family@general.example",
      "family": "Cardenas",
      "given": "Jerry",
      "id": "<id>",
      "roles": [
        {
          "id": "<id>",
          "name": "Teacher"
        }
      ],
      "status": "inactive"
    }
    "#);
    // Whoever has a user gets no second one, and is named.
    let again = add(json!({})).await;
    assert_eq!(again.code(), "409 person_has_user");
    assert_eq!(again.json()["user"], jerry["user"]);

    // Several who share the address.
    let body = json!({ "given": "Berry", "family": "Cardenas", "email": "family@general.example" });
    let berry = host.act("POST", "persons", &host.token, body).await.json();
    let several = add(json!({})).await;
    assert_eq!(several.code(), "409 several_persons");
    let persons = several.json()["persons"].as_array().unwrap().clone();
    assert_eq!(persons.len(), 2);
    assert!(persons.contains(&berry["id"]) && persons.contains(&jerry["person"]));
    let chosen = add(json!({ "person": jerry["person"] })).await;
    assert_eq!(chosen.code(), "409 person_has_user");
    // One login is one human being's.
    let chosen = add(json!({ "person": berry["id"] })).await;
    assert_eq!(chosen.code(), "409 login_taken");

    for (more, code) in [
        (json!({ "given": "A" }), "400 names_incomplete"),
        (json!({ "new_person": true }), "400 body_invalid"),
        (
            json!({ "person": jerry["person"], "new_person": true }),
            "400 body_invalid",
        ),
        (
            json!({ "person": jerry["person"], "given": "A", "family": "B" }),
            "400 body_invalid",
        ),
        (json!({ "person": "7" }), "400 id_invalid"),
        (json!({ "role": "7" }), "400 id_invalid"),
        (json!({ "email": "7" }), "400 email_invalid"),
        (json!({ "status": "asleep" }), "400 body_invalid"),
        (json!({ "role": jerry["user"] }), "404 role_unknown"),
        (json!({ "person": jerry["user"] }), "404 person_unknown"),
        (
            json!({ "new_person": true, "given": "A", "family": "B" }),
            "409 login_taken",
        ),
    ] {
        assert_eq!(add(more.clone()).await.code(), code, "{more}");
    }
}

/// O2, O4: ownership is given in a session in which it is switched on, and by no other way.
#[tokio::test]
async fn ownership_is_given_under_elevation_alone() {
    let host = Host::new().await;
    let (owner, learner) = (host.hospital.owners[0].user, host.patient());
    let role = host.hospital.role(RoleKind::TenantOwner);
    let rest = format!("users/{learner}/roles/{role}");
    let secret = host.session_of(owner).await;
    for secret in [&host.token, &secret, &crate::host::operator()] {
        let refused = host.act("PUT", &rest, secret, None).await;
        assert_eq!(refused.code(), "403 elevation_required");
    }
    let elevated = host.elevated(owner).await;
    assert_eq!(host.act("PUT", &rest, &elevated, None).await.status, 201);
    let again = host.act("PUT", &rest, &elevated, None).await;
    assert_eq!(again.code(), "409 role_already_held");
    let own = format!("users/{owner}/roles/{role}");
    let refused = host.act("DELETE", &own, &elevated, None).await;
    assert_eq!(refused.code(), "409 own_ownership");
    let status = format!("users/{learner}/status");
    let inactive = json!({ "status": "inactive" });
    let refused = host.act("PUT", &status, &elevated, inactive).await;
    assert_eq!(refused.code(), "409 holds_tenant_owner");
    assert_eq!(host.act("DELETE", &rest, &elevated, None).await.status, 204);
    let body = json!({ "email": "new@general.example", "role": role, "given": "A", "family": "B" });
    let refused = host.act("POST", "users", &host.token, body).await;
    assert_eq!(refused.code(), "403 elevation_required");
}

#[tokio::test]
async fn a_role_is_one_that_nobody_takes_for_another() {
    let host = Host::new().await;
    let create = async |name: &str, permissions: Value| {
        let body = json!({ "name": name, "permissions": permissions });
        host.act("POST", "roles", &host.token, body).await
    };
    for (name, permissions, code) in [
        ("Tenant Owner ", json!([]), "409 role_name_taken"),
        ("Tenаnt Owner", json!([]), "409 role_name_taken"),
        ("", json!([]), "400 name_invalid"),
        ("Clerk", json!(["users"]), "400 permission_invalid"),
        (
            "Clerk",
            json!(["cafeteria:manage"]),
            "422 permission_unknown",
        ),
        ("Clerk", json!("users:manage"), "400 body_invalid"),
    ] {
        assert_eq!(create(name, permissions).await.code(), code, "{name:?}");
    }
    let made = create("Clerk", json!(["users:manage", "journal:read"])).await;
    let place = made.header("location").unwrap();
    let shown = host.ask("GET", place, &host.token, None).await.json();
    assert_eq!(shown["kind"], "custom");
    assert_eq!(
        shown["permissions"],
        json!(["journal:read", "users:manage"])
    );
    for body in [json!({}), json!({ "name": "A", "permissions": [] })] {
        let answer = host.ask("PATCH", place, &host.token, Some(body)).await;
        assert_eq!(answer.code(), "400 body_invalid");
    }
    let body = json!({ "permissions": ["hcps:manage"] });
    let changed = host.ask("PATCH", place, &host.token, Some(body)).await;
    assert_eq!(changed.status, 204);
    let shown = host.ask("GET", place, &host.token, None).await.json();
    assert_eq!(shown["permissions"], json!(["hcps:manage"]));
    let built_in = format!("roles/{}", host.hospital.role(RoleKind::Learner));
    let refused = host.act("DELETE", &built_in, &host.token, None).await;
    assert_eq!(refused.code(), "409 role_built_in");
    assert_eq!(
        host.ask("DELETE", place, &host.token, None).await.status,
        204
    );
    let roles = host.act("GET", "roles", &host.token, None).await.json();
    assert_eq!(roles["items"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn a_decision_says_why() {
    let host = Host::new().await;
    let explain = async |permission: &str, secret: &str| {
        let rest = format!("permissions/{permission}");
        host.act("GET", &rest, secret, None).await
    };
    let allowed = explain("users:manage", &host.token).await.json();
    assert_eq!(allowed["allowed"], true);
    assert_eq!(allowed["because"][0]["kind"], "system_administrator");
    let learner = host.session_of(host.patient()).await;
    insta::assert_json_snapshot!(explain("users%3Amanage", &learner).await.json(), @r#"
    {
      "allowed": false,
      "because": [],
      "refusal": {
        "code": "permission_missing",
        "message": "permission `users:manage` is missing",
        "next": "ask an administrator for a role that has the permission",
        "rule": "A1"
      }
    }
    "#);
    let owner = host.hospital.owners[1].user;
    let before = explain("journal:read", &host.session_of(owner).await).await;
    assert_eq!(before.json()["allowed"], false);
    let elevated = explain("journal:read", &host.elevated(owner).await).await;
    assert_eq!(elevated.json()["because"][0]["kind"], "tenant_owner");
    let mark = elevated.header("rollcall-elevation").unwrap();
    assert!(mark.starts_with(elevated.json()["elevation"].as_str().unwrap()));
    assert_eq!(
        explain("users", &host.token).await.code(),
        "400 permission_invalid"
    );
    // Both owners and both administrators, in pages.
    let mut path = Some(host.path("permissions/users:manage/users?limit=3"));
    let mut count = vec![];
    while let Some(asked) = path {
        let page = host.ask("GET", &asked, &host.token, None).await.json();
        count.push(page["items"].as_array().unwrap().len());
        path = page["next"].as_str().map(ToOwned::to_owned);
    }
    assert_eq!(count, [3, 1]);
}

/// A5: what would have given it is named, and the way to it.
#[tokio::test]
async fn a_decision_says_what_is_withheld() {
    let host = Host::new().await;
    let (owner, member) = (host.hospital.owners[1].user, host.patient());
    let explain = async |user: Id<User>, secret: &str| {
        let rest = format!("users/{user}/permissions/users:manage");
        host.act("GET", &rest, secret, None).await
    };
    let role = host.custom_role().await;
    let given = format!("users/{member}/roles/{role}");
    assert_eq!(host.act("PUT", &given, &host.token, None).await.status, 201);
    let told = async |user, secret: &str| {
        let told = explain(user, secret).await.json();
        let [withheld] = told["withheld"].as_array().map_or(&[][..], Vec::as_slice) else {
            return told["allowed"].to_string();
        };
        format!("{} {}", told["refusal"]["code"], withheld["by"])
    };
    assert_eq!(told(member, &host.token).await, "true");
    let inactive = json!({ "status": "inactive" });
    let status = format!("{given}/status");
    let off = host.act("PUT", &status, &host.token, inactive).await;
    assert_eq!(off.status, 204);
    let why = told(member, &host.token).await;
    assert_eq!(why, r#""assignment_inactive" "assignment_inactive""#);
    // The user's view shows what counts no more.
    let rest = format!("users/{member}");
    let view = host.act("GET", &rest, &host.token, None).await.json();
    assert_eq!(view["roles"].as_array().unwrap().len(), 1);
    let mut held = view["assignments"].as_array().unwrap().iter();
    let held = held.find(|it| it["role"] == role.to_string()).unwrap();
    assert_eq!(
        (&held["status"], &held["role_status"], &held["name"]),
        (&json!("inactive"), &json!("active"), &json!("Ward clerk"))
    );
    let retired = format!("roles/{role}");
    let retired = host.act("DELETE", &retired, &host.token, None).await;
    assert_eq!(retired.status, 204);
    let why = told(member, &host.token).await;
    assert_eq!(why, r#""role_retired" "role_retired""#);
    // An owner is told to switch it on, and their elevation is theirs alone to see.
    let switched_off = r#""elevation_required" "switched_off""#;
    assert_eq!(told(owner, &host.token).await, switched_off);
    let session = host.session_of(owner).await;
    assert_eq!(told(owner, &session).await, switched_off);
    let elevated = host.elevated(owner).await;
    assert_eq!(told(owner, &elevated).await, "true");
    assert_eq!(told(owner, &host.token).await, switched_off);
    // Without `users:manage` one is told about oneself alone.
    let themselves = host.session_of(member).await;
    assert_eq!(explain(member, &themselves).await.status, 200);
    let refused = explain(owner, &themselves).await;
    assert_eq!(refused.code(), "403 permission_missing");
    // Whoever may do nothing is told of as such.
    let rest = format!("users/{member}/status");
    let body = json!({ "status": "inactive" });
    let off = host.act("PUT", &rest, &host.token, body).await;
    assert_eq!(off.status, 204);
    let told = explain(member, &host.token).await.json();
    assert_eq!(told["refusal"]["code"], "actor_inactive");
}

/// A5: what there is are our permissions and the host's.
#[tokio::test]
async fn a_permission_that_there_is_not_is_refused() {
    let hosts = Permission::parse("wards:manage").unwrap();
    let host = Host::deciding(Settings {
        catalogue: Catalogue::with([hosts]),
        ..Settings::default()
    })
    .await;
    let member = host.patient();
    for (permission, code) in [
        ("wards:manage", None),
        ("cafeteria:manage", Some("404 permission_unknown")),
    ] {
        for rest in [
            format!("permissions/{permission}"),
            format!("permissions/{permission}/users"),
            format!("users/{member}/permissions/{permission}"),
        ] {
            let answer = host.act("GET", &rest, &host.token, None).await;
            match code {
                Some(code) => assert_eq!(answer.code(), code, "{rest}"),
                None => assert_eq!(answer.status, 200, "{rest}"),
            }
        }
    }
}

/// O1, O2, O4: that Tenant Owner counts no more is decided as its removal is, and that it counts again as its grant.
#[tokio::test]
async fn ownership_is_deactivated_as_it_is_removed() {
    let host = Host::new().await;
    let [first, second] = [0, 1].map(|it| host.hospital.owners[it].user);
    let role = host.hospital.role(RoleKind::TenantOwner);
    let set = async |user: Id<User>, status: &str, secret: &str| {
        let rest = format!("users/{user}/roles/{role}/status");
        host.act("PUT", &rest, secret, json!({ "status": status }))
            .await
    };
    let everyday = host.session_of(first).await;
    for secret in [&host.token, &everyday] {
        let refused = set(second, "inactive", secret).await;
        assert_eq!(refused.code(), "403 elevation_required");
    }
    let (elevated, theirs) = (host.elevated(first).await, host.elevated(second).await);
    let own = set(first, "inactive", &elevated).await;
    assert_eq!(own.code(), "409 own_ownership");
    let before = host.entries().await;
    assert_eq!(set(second, "inactive", &elevated).await.status, 204);
    // The loss of the role, and the end of the elevation that hung on it.
    assert_eq!(host.entries().await, before + 2);
    let answer = host.act("GET", "journal", &theirs, None).await;
    assert_eq!(answer.code(), "403 permission_missing");
    assert_eq!(answer.header("rollcall-elevation"), None);
    let reason = json!({ "reason": "still here" });
    let path = "/v1/session/elevation";
    let refused = host.ask("POST", path, &theirs, Some(reason)).await;
    assert_eq!(refused.code(), "403 not_an_owner");
    let owners = host.get("owners").await.json();
    assert_eq!(owners["items"].as_array().unwrap().len(), 1);
    let again = set(second, "inactive", &elevated).await;
    assert_eq!(again.code(), "409 role_not_held");
    let rest = format!("users/{second}/permissions/journal:read");
    let why = host.get(&rest).await.json();
    assert_eq!(why["refusal"]["code"], "assignment_inactive");
    assert_eq!(why["withheld"][0]["kind"], "tenant_owner");
    let refused = set(second, "active", &host.token).await;
    assert_eq!(refused.code(), "403 elevation_required");
    assert_eq!(set(second, "active", &elevated).await.status, 204);
    let owners = host.get("owners").await.json();
    assert_eq!(owners["items"].as_array().unwrap().len(), 2);
    // A role that is back switches nothing on.
    assert_eq!(host.act("GET", "journal", &theirs, None).await.status, 403);
}
