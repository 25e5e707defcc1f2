//! The platform operator, and what an owner does that the operator does not.

use crate::host::{Host, operator};
use identity_core::role::RoleKind;
use serde_json::{Value, json};

#[tokio::test]
async fn a_tenant_is_made_listed_suspended_and_reactivated() {
    let host = Host::new().await;
    let secret = operator();
    let owner = json!({ "given": "Mary", "family": "Owner", "email": "mary@mercy.example" });
    let body = json!({ "name": "Mercy", "owner": owner });
    let made = host.ask("POST", "/v1/tenants", &secret, Some(body)).await;
    let place = made.header("location").unwrap().to_owned();
    let act = async |method: &str, rest: &str, body: Option<Value>| {
        host.ask(method, &format!("{place}{rest}"), &secret, body)
            .await
    };
    let listed = async || {
        let found = host.ask("GET", "/v1/health-systems", "", None).await.json();
        found["items"].as_array().unwrap().len()
    };
    let mut shown = act("GET", "", None).await.json();
    assert_eq!(shown["id"], made.json()["tenant"]);
    shown["id"] = json!("<id>");
    insta::assert_json_snapshot!(shown, @r#"
    {
      "id": "<id>",
      "listing": "unlisted",
      "name": "Mercy",
      "status": "active"
    }
    "#);
    let domains = act("GET", "/domains", None).await.json();
    assert_eq!(domains["items"][0]["kind"], "patient_care");
    assert_eq!(domains["items"][1]["id"], made.json()["domain"]);
    assert_eq!(domains["items"][1]["name"], "Mercy");
    let owners = act("GET", "/owners", None).await.json();
    assert_eq!(owners["items"][0]["email"], "mary@mercy.example");

    assert_eq!(listed().await, 0);
    let listing = Some(json!({ "listing": "listed" }));
    assert_eq!(act("PUT", "/listing", listing.clone()).await.status, 204);
    assert_eq!(listed().await, 1);
    let again = act("PUT", "/listing", listing).await;
    assert_eq!(again.code(), "409 tenant_unchanged");
    assert_eq!(act("POST", "/suspension", None).await.status, 204);
    assert_eq!(listed().await, 0);
    let tenants = host.ask("GET", "/v1/tenants", &secret, None).await.json();
    let tenants = tenants["items"].as_array().unwrap();
    assert_eq!(tenants.len(), 2);
    let mercy = tenants.iter().find(|it| it["name"] == "Mercy").unwrap();
    assert_eq!(mercy["status"], "suspended");
    assert_eq!(mercy["suspended_since"], "2026-07-01T08:00:00Z");
    assert_eq!(act("DELETE", "/suspension", None).await.status, 204);
    assert_eq!(listed().await, 1);

    // The owners come in by the internal domain.
    let rest = format!(
        "/domains/{}/status",
        made.json()["domain"].as_str().unwrap()
    );
    let close = Some(json!({ "status": "inactive" }));
    let refused = act("PUT", &rest, close.clone()).await;
    assert_eq!(refused.code(), "409 last_owner");
    // The platform's domain is no tenant's, and the platform no tenant.
    let patient_care = "/domains/00000000-0000-0000-0000-000000000001/status";
    let refused = act("PUT", patient_care, close.clone()).await;
    assert_eq!(refused.code(), "404 domain_unknown");
    let platform = format!("/v1/tenants/00000000-0000-0000-0000-000000000000{patient_care}");
    let refused = host.ask("PUT", &platform, &secret, close).await;
    assert_eq!(refused.code(), "404 tenant_unknown");
}

#[tokio::test]
async fn a_suspended_tenant_lets_nobody_do_anything() {
    let host = Host::new().await;
    let session = host.session_of(host.administrator()).await;
    host.act("POST", "suspension", &operator(), None).await;
    for secret in [&host.token, &session] {
        for path in [host.path("users"), "/v1/permissions".to_owned()] {
            let refused = host.ask("GET", &path, secret, None).await;
            assert_eq!(refused.code(), "403 tenant_suspended");
        }
    }
    host.act("DELETE", "suspension", &operator(), None).await;
    assert_eq!(host.get("users").await.status, 200);
}

/// O6: the operator comes into every tenant, and has no permission inside it.
#[tokio::test]
async fn the_operator_replaces_an_owner_and_reads_nothing_of_anybody_else() {
    let host = Host::new().await;
    let [first, second] = [0, 1].map(|it| host.hospital.owners[it].user);
    let replace = async |body: Value| {
        host.act("POST", "owner-replacements", &operator(), body)
            .await
    };
    let newcomer = json!({ "email": "new@general.example", "given": "Nora", "family": "New" });
    for (successor, code) in [
        (json!({}), "400 body_invalid"),
        (
            json!({ "user": host.patient(), "email": "a@b.example" }),
            "400 body_invalid",
        ),
        (json!({ "email": "a@b.example" }), "400 body_invalid"),
        (json!({ "user": "7" }), "400 id_invalid"),
        (json!({ "user": host.hospital.tenant }), "404 user_unknown"),
        (json!({ "user": second }), "409 role_already_held"),
    ] {
        let body = json!({ "leaving": first, "successor": successor });
        assert_eq!(replace(body).await.code(), code, "{successor}");
    }
    let body = json!({ "leaving": host.patient(), "successor": newcomer });
    assert_eq!(replace(body).await.code(), "409 not_an_owner");
    let body = json!({ "leaving": first, "successor": newcomer });
    let replaced = replace(body).await;
    let successor = replaced.json()["successor"].clone();
    let owners = host.act("GET", "owners", &operator(), None).await.json();
    let owners = owners["items"].as_array().unwrap();
    let ids: Vec<_> = owners.iter().map(|it| &it["id"]).collect();
    assert!(ids.contains(&&successor) && !ids.contains(&&json!(first)));
    for rest in [
        "users",
        "persons",
        "roles",
        "journal",
        "hcps",
        "owner-proposals",
    ] {
        let refused = host.act("GET", rest, &operator(), None).await;
        assert_eq!(refused.code(), "403 permission_missing", "{rest}");
    }
    let unknown = "/v1/tenants/018c2c1d-7c00-7b6a-8f2e-0123456789ab/owners";
    let refused = host.ask("GET", unknown, &operator(), None).await;
    assert_eq!(refused.code(), "404 tenant_unknown");
}

/// O2: where two must agree, neither can alone, and only the operator lifts it.
#[tokio::test]
async fn a_second_owner_approves_where_the_tenant_wants_it() {
    let host = Host::new().await;
    let [first, second] = [0, 1].map(|it| host.hospital.owners[it].user);
    let (first, second) = (host.elevated(first).await, host.elevated(second).await);
    let learner = host.patient();
    let rest = format!("owner-proposals/{learner}");
    let early = host.act("PUT", &rest, &first, None).await;
    assert_eq!(early.code(), "409 proposal_not_needed");
    let policy = async |body: Value| host.act("PATCH", "policy", &first, body).await;
    for minutes in [json!(0), json!(61), json!(-1), json!("15"), json!(1.5)] {
        let refused = policy(json!({ "elevation_minutes": minutes })).await;
        assert_eq!(refused.code(), "400 body_invalid");
    }
    assert_eq!(policy(json!({})).await.code(), "409 policy_unchanged");
    assert_eq!(
        policy(json!({ "owner_grants": "two_owners" })).await.status,
        204
    );
    let shown = host.act("GET", "policy", &host.token, None).await.json();
    assert_eq!(
        shown,
        json!({ "grants": "manage_users_may_grant", "owner_grants": "two_owners", "elevation_minutes": 15 })
    );
    let alone = policy(json!({ "owner_grants": "one_owner" })).await;
    assert_eq!(alone.code(), "403 second_owner_needed");
    let role = host.hospital.role(RoleKind::TenantOwner);
    let alone = host
        .act(
            "PUT",
            &format!("users/{learner}/roles/{role}"),
            &first,
            None,
        )
        .await;
    assert_eq!(alone.code(), "403 second_owner_needed");

    let proposed = host.act("PUT", &rest, &first, None).await;
    assert_eq!(proposed.status, 201);
    let listed = host
        .act("GET", "owner-proposals", &host.token, None)
        .await
        .json();
    assert_eq!(listed["items"][0]["id"], proposed.json()["id"]);
    assert_eq!(listed["items"][0]["user"], learner.to_string());
    let approval = format!("{rest}/approval");
    let own = host.act("POST", &approval, &first, None).await;
    assert_eq!(own.code(), "403 own_proposal");
    let approved = host.act("POST", &approval, &second, None).await;
    assert_eq!(approved.status, 201);
    let owners = host.act("GET", "owners", &host.token, None).await.json();
    assert_eq!(owners["items"].as_array().unwrap().len(), 3);
    let gone = host.act("POST", &approval, &second, None).await;
    assert_eq!(gone.code(), "409 not_proposed");
    let lifted = host
        .act("DELETE", "policy/second-owner", &operator(), None)
        .await;
    assert_eq!(lifted.status, 204);
}

/// O5: whoever runs the platform reaches every owner who could act, and sees no other user of the tenant.
#[tokio::test]
async fn owners_are_listed_for_the_operator_with_contact() {
    let host = Host::new().await;
    let listed = async |secret: &str| {
        let owners = host.act("GET", "owners", secret, None).await.json();
        let owners = owners["items"].as_array().unwrap().iter();
        let contact = |it: &Value| (it["id"].clone(), it["email"].clone());
        owners.map(contact).collect::<Vec<_>>()
    };
    let owners = host.hospital.owners.iter();
    let expected = owners.map(|it| (json!(it.user), json!(it.email.as_str())));
    let mut expected: Vec<_> = expected.collect();
    expected.sort_by_key(|(id, _)| id.to_string());
    assert_eq!(listed(&operator()).await, expected);
    assert_eq!(listed(&host.token).await, expected);
    let learner = host.session_of(host.patient()).await;
    let refused = host.act("GET", "owners", &learner, None).await;
    assert_eq!(refused.code(), "403 permission_missing");
    let users = host.act("GET", "users", &operator(), None).await;
    assert_eq!(users.code(), "403 permission_missing");
    // Who could not act is no help.
    let [first, second] = [0, 1].map(|it| host.hospital.owners[it].user);
    let role = host.hospital.role(RoleKind::TenantOwner);
    let rest = format!("users/{second}/roles/{role}/status");
    let body = json!({ "status": "inactive" });
    let elevated = host.elevated(first).await;
    let off = host.act("PUT", &rest, &elevated, body).await;
    assert_eq!(off.status, 204);
    expected.retain(|(id, _)| *id == json!(first));
    assert_eq!(listed(&operator()).await, expected);
}
