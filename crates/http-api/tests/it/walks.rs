//! Bad input, walked over every route and every place in it where something can be given. Whatever is refused leaves both journals
//! as they were.

use crate::{
    good::{Good, Operation, good},
    host::{Answer, Host, PASSWORD},
};
use identity_core::{
    id::Id,
    journal::{Head, Sealed},
    port::{Directory as _, Page},
    role::RoleKind,
    tenant::Tenant,
    user::User,
};
use serde_json::{Value, json};
use testkit::hospital::{Hospital, Staffing};

const UNKNOWN: &str = "018c2c1d-7c00-7b6a-8f2e-0123456789ab";

impl Host {
    /// The ends of the tenant's journal and of the platform's.
    async fn heads(&self) -> [Head; 2] {
        let end = async |tenant| {
            let page = Page::first(1000);
            let journal = self.rollcall.store.journal(tenant, page).await.unwrap();
            journal.last().map(Sealed::head).unwrap_or_default()
        };
        [end(self.hospital.tenant).await, end(Tenant::PLATFORM).await]
    }

    async fn ask_for(&self, operation: &Operation, good: &Good) -> Answer {
        let Good { path, secret, body } = good;
        self.ask(&operation.method, path, secret, body.clone())
            .await
    }
}

/// The places of a body where there is a text, as pointers.
fn texts(body: &Value, place: &str, found: &mut Vec<String>) {
    match body {
        Value::String(_) => found.push(place.to_owned()),
        Value::Object(properties) => {
            for (name, value) in properties {
                texts(value, &format!("{place}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (number, value) in items.iter().enumerate() {
                texts(value, &format!("{place}/{number}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => (),
    }
}

/// Every operation that reads a body, with a host of its own and all places of texts in the body.
async fn bodies() -> Vec<(Operation, Host, Good, Vec<String>)> {
    let mut all = vec![];
    for operation in Operation::all(&Host::new().await).await {
        if !operation.reads_json() {
            continue;
        }
        let host = Host::new().await;
        let good = good(&host, &operation.name).await.unwrap();
        let mut places = vec![];
        texts(good.body.as_ref().unwrap(), "", &mut places);
        all.push((operation, host, good, places));
    }
    all
}

impl Good {
    /// The same with another text in a place of the body.
    fn with(&self, place: &str, text: &str) -> Self {
        let mut body = self.body.clone().unwrap();
        *body.pointer_mut(place).unwrap() = json!(text);
        Self {
            path: self.path.clone(),
            secret: self.secret.clone(),
            body: Some(body),
        }
    }
}

/// Nothing that is no value, too long, invisible or turned round is taken, in whatever property it stands.
#[tokio::test]
async fn no_text_that_is_no_value_is_taken_anywhere() {
    let long = "x".repeat(10_000);
    let long_address = format!("{long}@general.example");
    let bad = [
        "",
        " \u{a0} ",
        &long,
        "a\u{7}b",
        "a\0b",
        "a\u{202e}b",
        "a\u{200b}b",
        "a\u{fffd}b",
    ];
    let bad_addresses = [
        &long_address,
        "a\rb@general.example",
        "a\u{202e}b@general.example",
    ];
    let mut lines = vec![];
    for (operation, host, good, places) in bodies().await {
        let before = host.heads().await;
        for place in places {
            let mut codes: Vec<String> = vec![];
            let text = good.body.as_ref().unwrap().pointer(&place).unwrap();
            let address = text.as_str().unwrap().contains('@');
            let addresses = bad_addresses.iter().filter(|_| address);
            for text in bad.iter().chain(addresses) {
                let answer = host.ask_for(&operation, &good.with(&place, text)).await;
                assert!(
                    answer.status.is_client_error(),
                    "{} {place}",
                    operation.name
                );
                let code = answer.code();
                if !codes.contains(&code) {
                    codes.push(code);
                }
            }
            lines.push(format!("{} {place}: {}", operation.name, codes.join(", ")));
        }
        assert_eq!(host.heads().await, before, "{}", operation.name);
    }
    insta::assert_snapshot!("texts", lines.join("\n"));
}

/// An id of a body that is malformed is told from one that names nothing; what is another tenant's or of another kind names
/// nothing, and is answered to the byte as what does not exist (ACC-07).
#[tokio::test]
async fn an_id_in_a_body_is_of_its_kind_and_its_tenant() {
    let mut walked = 0;
    let mut all = bodies().await;
    let host = Host::new().await;
    let login = host.with_password(1).await;
    let member = &host.hospital.learners[1];
    let chosen = json!({
        "login": login, "password": PASSWORD, "tenant": host.hospital.tenant, "user": member.user,
    });
    let role = host.hospital.role(RoleKind::Teacher);
    let person = json!({ "email": login, "role": role, "person": member.person });
    let find = |name: &str| {
        let mut all = all.iter();
        let (operation, ..) = all.find(|(it, ..)| it.name == name).unwrap();
        operation.clone()
    };
    let (log_in, add_user) = (find("logIn"), find("addUser"));
    for (operation, body, places) in [
        (log_in, chosen, ["/tenant", "/user"].as_slice()),
        (add_user, person, &["/person"]),
    ] {
        let host = Host::new().await;
        let mut good = good(&host, &operation.name).await.unwrap();
        good.body = Some(body);
        let places = places.iter().map(|it| (*it).to_owned()).collect();
        all.push((operation, host, good, places));
    }
    for (operation, host, good, places) in all {
        let name = &operation.name;
        let theirs = theirs(&host).await;
        let before = host.heads().await;
        for place in places {
            let body = good.body.as_ref().unwrap();
            let text = body.pointer(&place).unwrap().as_str().unwrap();
            if text.parse::<Id<User>>().is_err() || name.starts_with("verify") {
                continue;
            }
            walked += 1;
            for bad in ["7", "018c2c1d", &format!("{UNKNOWN}0"), "{}", "../users"] {
                let malformed = host.ask_for(&operation, &good.with(&place, bad)).await;
                assert_eq!(malformed.code(), "400 id_invalid", "{name} {place} {bad}");
            }
            let unknown = host.ask_for(&operation, &good.with(&place, UNKNOWN)).await;
            assert!(unknown.status.is_client_error(), "{name} {place}");
            let (owner, member) = (&theirs.owners[0], &theirs.learners[0]);
            let (ours, others) = (&host.hospital, &theirs);
            // None of these is what the place wants: the first four are another tenant's, the others of another kind.
            let foreign = [
                owner.user.to_string(),
                member.person.to_string(),
                others.role(RoleKind::Teacher).to_string(),
                others.domain.to_string(),
                ours.domain.to_string(),
                ours.tenant.to_string(),
            ];
            for id in foreign.iter().filter(|it| **it != text) {
                let foreign = host.ask_for(&operation, &good.with(&place, id)).await;
                assert_eq!(foreign, unknown, "{name} {place}");
            }
        }
        assert_eq!(host.heads().await, before, "{name}");
    }
    assert_eq!(walked, 8);
}

/// Another tenant on the same store.
async fn theirs(host: &Host) -> Hospital {
    let rollcall = &host.rollcall;
    let staffing = Staffing::of("Mercy").owners(2).learners(3);
    let (store, clock, random) = (&rollcall.store, &rollcall.clock, &rollcall.random);
    staffing.open(store, clock, random).await.unwrap()
}

/// A path that names a record of another kind names nothing.
#[tokio::test]
async fn an_id_in_a_path_is_of_its_kind() {
    for operation in Operation::all(&Host::new().await).await {
        let host = Host::new().await;
        let name = &operation.name;
        let good = good(&host, name).await.unwrap();
        let before = host.heads().await;
        let hospital = &host.hospital;
        let member = &hospital.learners[0];
        let own: Vec<_> = good.path.split('/').collect();
        for (place, segment) in operation.path.split('/').enumerate() {
            if !segment.starts_with('{') || segment == "{permission}" {
                continue;
            }
            let answer = async |id: &str| {
                let mut path = own.clone();
                path[place] = id;
                let good = Good {
                    path: path.join("/"),
                    secret: good.secret.clone(),
                    body: good.body.clone(),
                };
                host.ask_for(&operation, &good).await
            };
            let unknown = answer(UNKNOWN).await;
            assert!(unknown.status.is_client_error(), "{name} {segment}");
            for (kind, id) in [
                ("{tenant}", hospital.tenant.to_string()),
                ("{domain}", hospital.domain.to_string()),
                ("{user}", member.user.to_string()),
                ("{person}", member.person.to_string()),
                ("{role}", hospital.role(RoleKind::Patient).to_string()),
            ] {
                if kind != segment {
                    assert_eq!(answer(&id).await, unknown, "{name} {segment} {kind}");
                }
            }
        }
        assert_eq!(host.heads().await, before, "{name}");
    }
}
