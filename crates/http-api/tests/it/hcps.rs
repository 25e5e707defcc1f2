//! Healthcare parties, one by one.

use crate::host::Host;
use serde_json::{Value, json};

impl Host {
    async fn hcp(&self, method: &str, rest: &str, body: Value) -> (String, Value) {
        let body = (!body.is_null()).then_some(body);
        let answer = self.act(method, rest, &self.token, body).await;
        let found = match answer.status.is_success() {
            true => answer.status.as_u16().to_string(),
            false => answer.code(),
        };
        let body = match answer.body.is_empty() {
            true => Value::Null,
            false => answer.json(),
        };
        (found, body)
    }
}

fn jerry(parent: &Value) -> Value {
    json!({
        "kind": "professional", "given": "Jerry", "family": "Cardenas",
        "email": "jerry@general.example", "parent": parent,
    })
}

/// A refusal names the party that is in the way, and the next step works.
#[tokio::test]
async fn what_is_in_the_way_is_named() {
    let host = Host::new().await;
    let ward = json!(host.organisation().await);
    let (_, added) = host.hcp("POST", "hcps", jerry(&ward)).await;
    let (code, problem) = host.hcp("POST", "hcps", jerry(&ward)).await;
    assert_eq!(code, "409 professional_exists");
    assert_eq!(problem["hcp"], added["id"]);
    let place = format!("hcps/{}", ward.as_str().unwrap());
    let (code, problem) = host.hcp("DELETE", &place, Value::Null).await;
    assert_eq!(code, "409 organization_has_children");
    assert_eq!(problem["hcp"], added["id"]);
    let below = format!("hcps/{}", added["id"].as_str().unwrap());
    let moved = host.hcp("PATCH", &below, json!({ "parent": null }));
    assert_eq!(moved.await.0, "204");
    for place in [&place, &below] {
        let gone = host.hcp("DELETE", place, Value::Null).await;
        assert_eq!(gone.0, "204");
        let gone = host.hcp("GET", place, Value::Null).await;
        assert_eq!(gone.0, "404 hcp_unknown");
    }
}

/// A party is added as what it is, with what it has, and no more.
#[tokio::test]
async fn a_professional_has_two_names_and_an_organisation_one() {
    let host = Host::new().await;
    for body in [
        json!({ "kind": "professional", "given": "A", "family": "B" }),
        json!({ "kind": "professional", "given": "A", "email": "a@b.example" }),
        json!({ "kind": "professional", "name": "A", "email": "a@b.example" }),
        json!({ "kind": "organization", "given": "A", "family": "B" }),
        json!({ "kind": "organization", "name": "A", "given": "B" }),
        json!({ "kind": "organization" }),
        json!({ "kind": "clinic", "name": "A" }),
    ] {
        let refused = host.hcp("POST", "hcps", body.clone()).await;
        assert_eq!(refused.0, "400 body_invalid", "{body}");
    }
}

/// What is searched is searched on the next page too.
#[tokio::test]
async fn parties_are_searched_a_page_at_a_time() {
    let host = Host::new().await;
    let (ward, other) = (host.organisation().await, host.organisation().await);
    let body = json!({ "name": "Sainte-Élise" });
    let edited = host.hcp("PATCH", &format!("hcps/{other}"), body).await;
    assert_eq!(edited.0, "204");
    let (_, added) = host.hcp("POST", "hcps", jerry(&json!(ward))).await;
    let found = async |query: &str| {
        let (code, page) = host.hcp("GET", &format!("hcps{query}"), Value::Null).await;
        assert_eq!(code, "200", "{query}");
        let items = page["items"].as_array().unwrap().iter();
        let ids: Vec<_> = items.map(|it| it["id"].clone()).collect();
        (ids, page["next"].clone())
    };
    let (id, ward, other) = (&added["id"], json!(ward), json!(other));
    let one = |it: &Value| vec![it.clone()];
    assert_eq!(found("?search=card").await.0, one(id));
    assert_eq!(found("?search=JERRY%40general").await.0, one(id));
    assert_eq!(found("?search=sainte-%C3%A9l").await.0, one(&other));
    let below = format!("?parent={}", ward.as_str().unwrap());
    assert_eq!(found(&below).await.0, one(id));
    let (first, next) = found("?kind=organization&limit=1").await;
    assert_eq!(first, one(&ward));
    let next = next.as_str().unwrap().rsplit_once("/hcps").unwrap().1;
    assert!(next.starts_with("?kind=organization&after="), "{next}");
    assert_eq!(found(next).await, (one(&other), Value::Null));
    for bad in ["?kind=clinic", "?parent=7", "?search=", "?search=%3D1"] {
        let refused = host.hcp("GET", &format!("hcps{bad}"), Value::Null).await;
        assert_eq!(refused.0, "400 query_invalid", "{bad}");
    }
    let place = format!("hcps/{}", id.as_str().unwrap());
    let shown = host.hcp("GET", &place, Value::Null).await.1;
    let above = json!([{ "id": ward, "name": "Ward" }]);
    assert_eq!(shown["above"], above);
}
