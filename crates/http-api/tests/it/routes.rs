//! What holds for every route there is: the description lists them, so that a new one cannot be forgotten.

use crate::{
    good::{Good, Operation, good},
    host::{Host, operator},
};
use serde_json::json;
use testkit::hospital::Staffing;

const UNKNOWN: &str = "018c2c1d-7c00-7b6a-8f2e-0123456789ab";
/// Tested apart: a file is no JSON, and MedHub is not connected.
const APART: [&str; 2] = ["importHcps", "showViews"];

async fn ask(host: &Host, operation: &Operation, good: &Good) -> crate::host::Answer {
    let Good { path, secret, body } = good;
    host.ask(&operation.method, path, secret, body.clone())
        .await
}

async fn of(host: &Host, operation: &Operation) -> Good {
    let name = &operation.name;
    let good = good(host, name).await;
    good.unwrap_or_else(|| panic!("{name} is tried nowhere"))
}

#[tokio::test]
async fn every_route_does_what_it_is_for() {
    for operation in Operation::all(&Host::new().await).await {
        if APART.contains(&operation.name.as_str()) {
            continue;
        }
        let host = Host::new().await;
        let good = of(&host, &operation).await;
        let answer = ask(&host, &operation, &good).await;
        let name = &operation.name;
        assert_eq!(answer.status, operation.success(), "{name} {answer:?}");
        // What is made somewhere is found there.
        if let Some(location) = answer.header("location").filter(|_| name != "logIn") {
            let found = host.ask("GET", location, &host.token, None).await;
            let foreign = name == "createTenant";
            assert_eq!(found.status, if foreign { 404 } else { 200 }, "{name}");
        }
    }
}

/// Each route with a request that is good, from each sort of asker.
#[tokio::test]
async fn who_is_let_in_where() {
    let mut lines = vec![format!(
        "{:7} {:68} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "", "", "nobody", "garbage", "learner", "token", "session", "elevated", "operator"
    )];
    for operation in Operation::all(&Host::new().await).await {
        let mut line = format!("{:7} {:68}", operation.method, operation.path);
        for who in 0..7 {
            let host = Host::new().await;
            let secret = match who {
                0 => String::new(),
                1 => "rollcall_session_garbage".to_owned(),
                2 => host.session_of(host.hospital.learners[2].user).await,
                3 => host.token.clone(),
                4 => host.session_of(host.administrator()).await,
                5 => host.elevated(host.hospital.owners[0].user).await,
                _ => operator(),
            };
            let good = of(&host, &operation).await;
            let answer = ask(&host, &operation, &Good { secret, ..good }).await;
            line.push_str(&format!(" {:>8}", answer.status.as_u16()));
        }
        lines.push(line);
    }
    insta::assert_snapshot!("routes", lines.join("\n"));
}

#[tokio::test]
async fn no_route_takes_a_query_or_a_property_that_it_does_not_know() {
    for operation in Operation::all(&Host::new().await).await {
        let host = Host::new().await;
        let name = &operation.name;
        let mut good = of(&host, &operation).await;
        let before = host.entries().await;
        let path = good.path.clone();
        for query in ["unknown=1", "dry_run=perhaps", "dry_run=true&dry_run=true"] {
            good.path = format!("{path}?{query}");
            let answer = ask(&host, &operation, &good).await;
            assert_eq!(answer.code(), "400 query_invalid", "{name} {query}");
        }
        if !operation.takes("dry_run") {
            good.path = format!("{path}?dry_run=true");
            let answer = ask(&host, &operation, &good).await;
            assert_eq!(answer.code(), "400 query_invalid", "{name}");
        }
        good.path = path;
        if operation.reads_json() {
            let properties = good.body.take().unwrap();
            for body in [
                json!({ "unknown": 1 }),
                json!([]),
                json!("text"),
                json!(null),
            ] {
                good.body = Some(body.clone());
                let answer = ask(&host, &operation, &good).await;
                assert_eq!(answer.code(), "400 body_invalid", "{name} {body}");
            }
            let mut more = properties.clone();
            more["unknown"] = json!(1);
            good.body = Some(more);
            let answer = ask(&host, &operation, &good).await;
            assert_eq!(answer.code(), "400 body_invalid", "{name}");
            for property in properties.as_object().unwrap().keys() {
                let mut other = properties.clone();
                other[property] = json!({ "of": "another shape" });
                good.body = Some(other);
                let answer = ask(&host, &operation, &good).await;
                assert_eq!(answer.code(), "400 body_invalid", "{name} {property}");
            }
            good.body = None;
            let answer = ask(&host, &operation, &good).await;
            assert_eq!(answer.code(), "415 json_expected", "{name}");
        }
        assert_eq!(host.entries().await, before, "{name}");
    }
}

#[tokio::test]
async fn a_malformed_identifier_is_told_from_an_unknown_one() {
    for operation in Operation::all(&Host::new().await).await {
        let host = Host::new().await;
        let name = &operation.name;
        let mut good = of(&host, &operation).await;
        let path = good.path.clone();
        let places = operation.path.split('/').zip(path.split('/'));
        let places: Vec<_> = places.filter(|(it, _)| it.starts_with('{')).collect();
        for (segment, value) in places {
            for bad in ["7", "%00", "018c2c1d", "..", "a%2fb", "%f0%9f%92%a9"] {
                good.path = path.replacen(value, bad, 1);
                let answer = ask(&host, &operation, &good).await;
                let code = match segment {
                    "{permission}" => "400 permission_invalid",
                    _ => "400 id_invalid",
                };
                assert_eq!(answer.code(), code, "{name} {segment} {bad}");
            }
        }
    }
}

/// ACC-07: whatever is another tenant's is answered as what does not exist, to the byte.
#[tokio::test]
async fn what_is_of_another_tenant_is_unknown_in_every_place_of_every_route() {
    for operation in Operation::all(&Host::new().await).await {
        let host = Host::new().await;
        let name = &operation.name;
        let good = of(&host, &operation).await;
        let (store, clock, random) = (
            &host.rollcall.store,
            &host.rollcall.clock,
            &host.rollcall.random,
        );
        let staffing = Staffing::of("Mercy").owners(2).learners(3);
        let theirs = staffing.open(store, clock, random).await.unwrap();
        let mut twin = Host::new().await;
        twin.rollcall = host.rollcall.clone();
        twin.router = host.router.clone();
        twin.hospital = theirs;
        let admin = twin.hospital.owners[0].user;
        twin.token = twin.token_of(admin).await;
        let own: Vec<_> = good.path.split('/').collect();
        for (place, segment) in operation.path.split('/').enumerate() {
            let foreign = match segment {
                "{tenant}" => twin.hospital.tenant.to_string(),
                "{user}" => twin.hospital.learners[0].user.to_string(),
                "{person}" => twin.hospital.learners[0].person.to_string(),
                "{role}" => twin.hospital.roles[3].id.to_string(),
                "{domain}" => twin.hospital.domain.to_string(),
                "{session}" => {
                    let opens = identity_core::account::Opens {
                        tenant: twin.hospital.tenant,
                        user: twin.hospital.learners[0].user,
                    };
                    let opened = host.rollcall.open_session_of(opens).await.unwrap();
                    opened.id.to_string()
                }
                "{hcp}" => twin.organisation().await.to_string(),
                "{import}" => {
                    let made = twin.upload("", crate::files::FILE).await.json();
                    made["import"].as_str().unwrap().to_owned()
                }
                _ => continue,
            };
            // The operator comes into every tenant.
            if segment == "{tenant}" && good.secret == operator() {
                continue;
            }
            let with = |id: &str| {
                let mut path = own.clone();
                path[place] = id;
                Good {
                    path: path.join("/"),
                    secret: good.secret.clone(),
                    body: good.body.clone(),
                }
            };
            let before = (host.entries().await, twin.entries().await);
            let foreign = ask(&host, &operation, &with(&foreign)).await;
            let unknown = ask(&host, &operation, &with(UNKNOWN)).await;
            assert_eq!(foreign, unknown, "{name} {segment}");
            let after = (host.entries().await, twin.entries().await);
            assert_eq!(before, after, "{name} {segment}");
            let code = match (name.as_str(), segment) {
                (_, "{tenant}") => "404 tenant_unknown",
                // Whether somebody is proposed says nothing of whether they exist.
                ("withdrawOwnerProposal" | "approveOwnerProposal", _) => "409 not_proposed",
                (_, "{user}") => "404 user_unknown",
                (_, "{person}") => "404 person_unknown",
                (_, "{role}") => "404 role_unknown",
                (_, "{domain}") => "404 domain_unknown",
                (_, "{session}") => "404 session_unknown",
                (_, "{hcp}") => "404 hcp_unknown",
                _ => "404 import_unknown",
            };
            assert_eq!(foreign.code(), code, "{name} {segment}");
        }
    }
}

/// What is rehearsed changes nothing; then it is done, and under its key once.
#[tokio::test]
async fn every_act_can_be_rehearsed_and_is_done_once_under_its_key() {
    for operation in Operation::all(&Host::new().await).await {
        let name = operation.name.as_str();
        let (dry, keyed) = (
            operation.takes("dry_run"),
            operation.takes("Idempotency-Key"),
        );
        // Others than uploads, whose rows are decided on what those before them left.
        assert_eq!(dry, keyed && name != "importHcps", "{name}");
        // Of a password no trace is kept by which a repetition could be known.
        let unkeyed = [
            "logIn",
            "setUserPassword",
            "changePassword",
            "changeOwnEmail",
        ]
        .contains(&name);
        let verifies = name.starts_with("verify");
        let acts = operation.method != "GET" && !unkeyed && !verifies;
        assert_eq!(keyed, acts, "{name}");
        if !keyed || APART.contains(&name) {
            continue;
        }
        let host = Host::new().await;
        let Good { path, secret, body } = of(&host, &operation).await;
        let method = &operation.method;
        let before = host.entries().await;
        if dry {
            let asked = format!("{path}?dry_run=true");
            let key = Some("rehearsed");
            let rehearsed = host
                .ask_under(method, &asked, &secret, body.clone(), key)
                .await;
            assert_eq!(rehearsed.status, 200, "{name} {rehearsed:?}");
            let writes = &rehearsed.json()[0]["writes"];
            assert!(!writes.as_array().unwrap().is_empty(), "{name}");
            assert_eq!(host.entries().await, before, "{name}");
            assert_eq!(rehearsed.header("location"), None);
        }
        let key = Some("done");
        let done = host
            .ask_under(method, &path, &secret, body.clone(), key)
            .await;
        assert_eq!(done.status, operation.success(), "{name} {done:?}");
        let after = host.entries().await;
        // What is the platform's is entered elsewhere.
        let elsewhere =
            ["createTenant", "confirmLogin", "setPatientCareDomainStatus"].contains(&name);
        assert_eq!(after > before, !elsewhere, "{name}");
        if name == "logOut" {
            let again = host.ask_under(method, &path, &secret, body, key).await;
            assert_eq!(again.code(), "401 token_invalid", "{name}");
            continue;
        }
        let again = host
            .ask_under(method, &path, &secret, body.clone(), key)
            .await;
        assert_eq!(
            (again.status, &again.body),
            (done.status, &done.body),
            "{name}"
        );
        assert_eq!(host.entries().await, after, "{name}");
        let Some(body) = body else { continue };
        // The same key with another content. A password leaves no trace to compare.
        let other = match name {
            "confirmLogin" => json!({ "login": "nobody@b.example" }),
            "setUserStatus"
            | "setUserRoleStatus"
            | "setPatientCareDomainStatus"
            | "setDomainStatus" => {
                json!({ "status": "active" })
            }
            "setListing" => json!({ "listing": "unlisted" }),
            // Cutting and linking are two operations.
            "setUserLogin" => json!({ "linked": true }),
            "replaceOwner" => json!({
                "leaving": host.patient(),
                "successor": { "email": "a@b.example", "given": "A", "family": "B" },
            }),
            "addUser" => {
                let mut other = body;
                other["status"] = json!("inactive");
                other
            }
            "setPolicy" => json!({ "elevation_minutes": 31 }),
            "elevate" => json!({ "reason": "another" }),
            "changeRole" | "editHcp" => json!({ "name": "Another" }),
            "createRole" => json!({ "name": "Another", "permissions": [] }),
            "editPerson" => json!({ "mobile": "+32470123457" }),
            "addHcp" => json!({ "kind": "organization", "name": "Another" }),
            "addPerson" => json!({ "given": "A", "family": "B" }),
            "createTenant" => {
                let mut other = body;
                other["name"] = json!("Another");
                other
            }
            _ => panic!("{name}"),
        };
        let refused = host.ask_under(method, &path, &secret, Some(other), key);
        assert_eq!(refused.await.code(), "422 operation_key_reused", "{name}");
    }
}
