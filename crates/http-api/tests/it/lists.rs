//! Owners, users and healthcare parties.

use crate::host::{Answer, Host, get};
use axum::Router;
use serde_json::Value;

#[tokio::test]
async fn the_owners_are_listed_with_contact() {
    let host = Host::new().await;
    insta::assert_snapshot!(host.get("owners").await.shown(), @r#"
    200 OK
    cache-control: no-store
    content-type: application/json
    x-content-type-options: nosniff
    x-request-id: test

    {
      "items": [
        {
          "email": "owner1@general.example",
          "family": "One",
          "given": "Owner",
          "id": "<id>",
          "roles": [
            {
              "id": "<id>",
              "name": "Tenant Owner"
            },
            {
              "id": "<id>",
              "name": "System Administrator"
            }
          ],
          "status": "active"
        },
        {
          "email": "owner2@general.example",
          "family": "Two",
          "given": "Owner",
          "id": "<id>",
          "roles": [
            {
              "id": "<id>",
              "name": "Tenant Owner"
            }
          ],
          "status": "active"
        }
      ],
      "next": null
    }
    "#);
}

#[tokio::test]
async fn a_page_of_users_says_where_the_next_is() {
    let host = Host::new().await;
    let whole = host.get("users").await.json();
    let whole = whole["items"].as_array().unwrap();
    assert_eq!(whole.len(), 9);
    insta::assert_snapshot!(host.get("users?limit=2").await.shown(), @r#"
    200 OK
    cache-control: no-store
    content-type: application/json
    x-content-type-options: nosniff
    x-request-id: test

    {
      "items": [
        {
          "email": "owner1@general.example",
          "family": "One",
          "given": "Owner",
          "id": "<id>",
          "roles": [
            {
              "id": "<id>",
              "name": "Tenant Owner"
            },
            {
              "id": "<id>",
              "name": "System Administrator"
            }
          ],
          "status": "active"
        },
        {
          "email": "owner2@general.example",
          "family": "Two",
          "given": "Owner",
          "id": "<id>",
          "roles": [
            {
              "id": "<id>",
              "name": "Tenant Owner"
            }
          ],
          "status": "active"
        }
      ],
      "next": "/v1/tenants/<id>/users?after=<id>&limit=2"
    }
    "#);
    for limit in 1..=10 {
        let mut seen: Vec<Value> = vec![];
        let mut next = Some(host.path(&format!("users?limit={limit}")));
        while let Some(path) = next {
            let page = host.send(get(&path, &host.token)).await.json();
            let items = page["items"].as_array().unwrap();
            assert!((1..=limit).contains(&items.len()));
            seen.extend(items.iter().cloned());
            next = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(seen, *whole, "{limit}");
    }
}

#[tokio::test]
async fn a_router_that_is_nested_speaks_of_where_it_is() {
    let host = Host::new().await;
    let nested = Router::new().nest("/apps/{app}/identity", host.router.clone());
    let host = Host {
        router: nested,
        ..host
    };
    let ask = async |rest: &str| -> Answer {
        let path = format!("/apps/ward/identity{rest}");
        host.send(get(&path, &host.token)).await
    };
    let page = ask(&host.path("users?limit=5")).await.json();
    let next = page["next"].as_str().unwrap();
    assert!(
        next.starts_with("/apps/ward/identity/v1/tenants/"),
        "{next}"
    );
    let page = host.send(get(next, &host.token)).await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 4);
    let described = ask("/v1/openapi.json").await.json();
    assert_eq!(described["servers"][0]["url"], "/apps/ward/identity");
    assert_eq!(ask("/nowhere").await.code(), "404 route_unknown");
    assert_eq!(ask("/health").await.status, 200);
}

#[tokio::test]
async fn parties_are_listed_after_an_import() {
    let host = Host::new().await;
    let call = host.call(host.administrator());
    let add = identity_core::hcp::AddOrganisation {
        name: identity_core::name::Name::parse("Cardiology").unwrap(),
        email: None,
        phone: None,
        parent: None,
    };
    host.rollcall.add_organisation(&call, add).await.unwrap();
    let file = "First Name,Last Name,Email Address,Country Code,Mobile Phone\n\
        Ada,Lovelace,ada@general.example,32,0470 12 34 56\n";
    assert_eq!(host.upload("", file).await.status, 201);
    insta::assert_snapshot!(host.get("hcps").await.shown(), @r#"
    200 OK
    cache-control: no-store
    content-type: application/json
    x-content-type-options: nosniff
    x-request-id: test

    {
      "items": [
        {
          "email": null,
          "id": "<id>",
          "kind": "organization",
          "name": "Cardiology",
          "parent": null,
          "phone": null
        },
        {
          "email": "ada@general.example",
          "family": "Lovelace",
          "given": "Ada",
          "id": "<id>",
          "kind": "professional",
          "parent": null,
          "phone": "+32470123456"
        }
      ],
      "next": null
    }
    "#);
    let page = host.get("hcps?limit=1").await.json();
    let next = page["next"].as_str().unwrap();
    let page = host.send(get(next, &host.token)).await.json();
    assert_eq!(page["next"], Value::Null);
}
