//! Relying on who has an e-mail address.

use super::{
    Failed, Harness, Outcome, ensure,
    specimen::{email, name},
};
use crate::{
    hospital::Staffing,
    record::{erase, replace},
};
use identity_core::{
    changeset::Changeset,
    email::Email,
    id::Id,
    name::PersonName,
    person::Person,
    port::{CommitError, Directory, Store},
    record::Version,
    tenant::Tenant,
};

impl<S: Store + Directory> Harness<S> {
    /// A person who is not created yet.
    pub(super) fn person(&self, email: Option<Email>) -> Person {
        let called = PersonName {
            given: name("Ada"),
            family: name("Okafor"),
        };
        Person::new(self.ids().id(), called, email)
    }

    /// Whether these persons, and no others, have the address, in the eyes of a commit.
    async fn have(
        &self,
        tenant: Id<Tenant>,
        email: &Email,
        are: &[Id<Person>],
    ) -> Result<bool, Failed> {
        let mut changes = Changeset::new(tenant);
        changes.rely_on_persons(email.key().clone(), are.to_vec());
        match self.store.commit(changes).await {
            Ok(()) => Ok(true),
            Err(CommitError::Stale) => Ok(false),
            Err(err) => Err(err.into()),
        }
    }
}

pub(super) async fn persons_of_an_address_must_be_those_relied_upon<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let tenant = harness.hospital().await?.tenant;
    let family = email("family@home.example");
    let mother = harness.person(Some(family.clone()));
    let child = harness.person(Some(family.clone()));
    let (a, b) = (mother.id, child.id);

    ensure!(harness.have(tenant, &family, &[]).await?, "nobody yet");
    ensure!(!harness.have(tenant, &family, &[a]).await?, "not there yet");

    harness.create(tenant, [mother.into()]).await?;
    ensure!(harness.have(tenant, &family, &[a]).await?, "one");
    ensure!(!harness.have(tenant, &family, &[]).await?, "one unseen");
    ensure!(!harness.have(tenant, &family, &[b]).await?, "the other");
    ensure!(!harness.have(tenant, &family, &[a, b]).await?, "too many");

    harness.create(tenant, [child.clone().into()]).await?;
    ensure!(harness.have(tenant, &family, &[a, b]).await?, "both");
    ensure!(harness.have(tenant, &family, &[b, a]).await?, "any order");
    ensure!(!harness.have(tenant, &family, &[a]).await?, "second unseen");
    ensure!(!harness.have(tenant, &family, &[a, a]).await?, "one twice");

    let moved = Person {
        email: Some(email("child@home.example")),
        ..child.clone()
    };
    let mut changes = Changeset::new(tenant);
    replace(&mut changes, moved.clone().into(), Version::FIRST);
    harness.commit(changes).await?;
    ensure!(harness.have(tenant, &family, &[a]).await?, "one moved out");

    let mut changes = Changeset::new(tenant);
    erase(&mut changes, moved.into(), Version(2));
    harness.commit(changes).await?;
    let gone = email("child@home.example");
    ensure!(harness.have(tenant, &gone, &[]).await?, "one is gone");
    Ok(())
}

pub(super) async fn persons_of_an_address_are_those_of_the_tenant<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let here = harness.hospital().await?.tenant;
    let there = harness.staffed(Staffing::of("Elsewhere")).await?.tenant;
    let shared = email("locum@agency.example");
    let person = harness.person(Some(shared.clone()));
    let id = person.id;
    harness.create(there, [person.into()]).await?;
    ensure!(harness.have(here, &shared, &[]).await?, "seen from here");
    ensure!(harness.have(there, &shared, &[id]).await?, "unseen there");
    ensure!(!harness.have(here, &shared, &[id]).await?, "taken for ours");
    Ok(())
}

pub(super) async fn an_address_is_compared_by_its_key<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let tenant = harness.hospital().await?.tenant;
    let person = harness.person(Some(email("Ada.Okafor@KÄSE.example")));
    let id = person.id;
    harness.create(tenant, [person.into()]).await?;
    for same in ["ada.okafor@xn--kse-qla.example", "ADA.OKAFOR@käse.Example"] {
        let found = harness.have(tenant, &email(same), &[id]).await?;
        ensure!(found, "not found by `{same}`");
    }
    let other = email("adaokafor@käse.example");
    ensure!(harness.have(tenant, &other, &[]).await?, "dots count");
    Ok(())
}
