//! A host service that embeds the core with the SQLite store: a tenant, a user, a refusal that explains itself.
//!
//! `cargo run --example embed`

use identity_core::{
    authority::Actor,
    email::Email,
    name::{Name, PersonName},
    operation::OperationKey,
    port::{Directory as _, Page},
    refusal::Refusal as _,
    role::RoleKind,
    service::{Call, Failure, Rollcall},
    tenant::{CreateTenant, Listing},
    user::{AddUser, UserStatus, Whose},
};
use os_ports::{SystemClock, SystemRandom};
use store_sqlite::SqliteStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(folder.path().join("host.db"))?;
    let rollcall = Rollcall::new(store, SystemClock, SystemRandom);

    // The provider's staff makes the tenant; its first owner is a system administrator as well.
    let created = rollcall
        .create_tenant(
            &Call::operator(),
            CreateTenant {
                name: Name::parse("General Hospital")?,
                domain: None,
                listing: Listing::Unlisted,
                owner_email: Email::parse("olive@hospital.example")?,
                owner_name: person("Olive", "Owner")?,
            },
        )
        .await?;

    // The owner's everyday self adds a learner. The key makes it safe to ask again.
    let roles = rollcall.store.roles(created.tenant).await?;
    let learner = roles
        .iter()
        .find(|it| it.kind == RoleKind::Learner)
        .ok_or("no such role")?
        .id;
    let call = Call::new(created.tenant, Actor::user(created.owner));
    let keyed = call.clone().with_key(OperationKey::parse("add-ada")?);
    let add = AddUser {
        email: Email::parse("ada@hospital.example")?,
        whose: Whose::KnownOrNew(person("Ada", "Vermeulen")?),
        role: learner,
        status: UserStatus::Active,
    };
    let first = rollcall.add_user(&keyed, add.clone()).await?;
    let again = rollcall.add_user(&keyed, add.clone()).await?;
    assert_eq!(first, again);

    // Without the key it is a second addition, and refused with a code, the rule and the next step.
    match rollcall.add_user(&call, add).await {
        Err(Failure::Refused(refusal)) => {
            println!(
                "{} ({}): {refusal}; {}",
                refusal.code(),
                refusal.rule(),
                refusal.next()
            );
        }
        other => return Err(format!("a refusal was expected, not {other:?}").into()),
    }

    for user in rollcall
        .store
        .users(created.tenant, Page::first(100))
        .await?
    {
        let roles: Vec<_> = user.roles.iter().map(|(_, name)| name.as_str()).collect();
        println!("{}  {}", user.id, roles.join(", "));
    }
    Ok(())
}

fn person(given: &str, family: &str) -> Result<PersonName, identity_core::name::NameRefusal> {
    Ok(PersonName {
        given: Name::parse(given)?,
        family: Name::parse(family)?,
    })
}
