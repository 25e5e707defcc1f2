//! All of a changeset or nothing of it.

use super::{Failed, Harness, Outcome, creating, ensure, specimen::email};
use crate::{
    hospital::Hospital,
    record::{erase, replace},
};
use identity_core::{
    changeset::Changeset,
    id::Id,
    journal::Event,
    operation::{Fingerprint, Operation, OperationKey},
    outbox::Message,
    owner::OwnersBroken,
    person::Person,
    port::{Clock, CommitError, Directory, Find, Page, Store},
    record::Version,
    user::{User, UserStatus},
};

impl<S: Store + Directory> Harness<S> {
    /// A changeset with a bit of everything that can be left behind: a new person, a change of a person, an entry, a
    /// message and an answer.
    fn everything(&self, hospital: &Hospital, before: &Person) -> (Changeset, Person) {
        let tenant = hospital.tenant;
        let user = hospital.owners[0].user;
        let person = self.person(Some(email("new@general.example")));
        let mut changes = creating(tenant, [person.clone().into()]);
        let renamed = Person {
            mobile: None,
            email: None,
            ..before.clone()
        };
        replace(&mut changes, renamed.into(), Version::FIRST);
        changes.enter(self.entry(Event::UserReactivated { user }));
        changes.send(self.message(user));
        changes.answer(operation("everything"));
        (changes, person)
    }

    pub(super) fn message(&self, user: Id<User>) -> Message {
        Message {
            id: self.ids().id(),
            kind: super::journal::imported(user),
            at: self.clock.now(),
        }
    }

    /// Whether what [`everything`](Self::everything) does is there: all of it, or nothing.
    async fn is_there(
        &self,
        hospital: &Hospital,
        before: &Person,
        created: &Person,
        entries: usize,
    ) -> Result<[bool; 5], Failed> {
        let tenant = hospital.tenant;
        let finds = vec![Find::Person(before.id), Find::Person(created.id)];
        let records = self.load(tenant, finds).await?;
        let kept = records.persons.get(&before.id);
        let page = Page::first(1000);
        Ok([
            records.persons.contains_key(&created.id),
            kept.is_none_or(|it| it.record != *before || it.version != Version::FIRST),
            self.journal(tenant).await?.len() != entries,
            !self.store.outbox(tenant, page).await?.is_empty(),
            self.store
                .operation(tenant, operation("everything").key)
                .await?
                .is_some(),
        ])
    }
}

pub(super) fn operation(key: &str) -> Operation {
    Operation {
        key: OperationKey::parse(key).unwrap(),
        fingerprint: Fingerprint::of("contract", &key),
        answer: format!("{{\"key\":\"{key}\",\"text\":\"Zoë 𝒳 \\n\"}}"),
    }
}

/// Whatever it is that refuses, and however late it comes, nothing is left behind: no record, no entry, no message, no
/// answer.
pub(super) async fn a_changeset_is_applied_whole_or_not_at_all<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let before = harness.person(Some(email("before@general.example")));
    harness.create(tenant, [before.clone().into()]).await?;
    let entries = harness.journal(tenant).await?.len();
    let ghost = harness.person(None);
    let owner = &hospital.owners[0];
    let owner = User {
        status: UserStatus::Inactive,
        ..User::new(
            owner.user,
            hospital.domain,
            owner.person,
            Some(owner.account),
        )
    };

    let late_replacement = |changes: &mut Changeset| {
        replace(changes, ghost.clone().into(), Version::FIRST);
    };
    let late_erasure = |changes: &mut Changeset| {
        erase(changes, before.clone().into(), Version::FIRST);
    };
    let late_duplicate = |changes: &mut Changeset| {
        changes.create(harness.role("tenant OWNER"));
    };
    let dangling = |changes: &mut Changeset| {
        changes.create(User {
            id: harness.ids().id(),
            person: ghost.id,
            account: None,
            ..owner.clone()
        });
    };
    let expectation = |changes: &mut Changeset| {
        changes.rely_on_persons(email("before@general.example").key().clone(), vec![]);
    };
    let no_owner = |changes: &mut Changeset| {
        replace(changes, owner.clone().into(), Version::FIRST);
    };
    let spoils: [&dyn Fn(&mut Changeset); 6] = [
        &late_replacement,
        &late_erasure,
        &late_duplicate,
        &dangling,
        &expectation,
        &no_owner,
    ];
    for (number, spoil) in spoils.into_iter().enumerate() {
        let (mut changes, created) = harness.everything(&hospital, &before);
        spoil(&mut changes);
        let err = harness.refusal(changes).await?;
        let expected = match number {
            2 => matches!(err, CommitError::Duplicate { .. }),
            5 => matches!(err, CommitError::Owners(OwnersBroken::NoneLeft)),
            _ => matches!(err, CommitError::Stale),
        };
        ensure!(expected, "number {number} refused as {err:?}");
        let left = harness
            .is_there(&hospital, &before, &created, entries)
            .await?;
        ensure!(left == [false; 5], "number {number} leaves {left:?}");
    }

    // Without any of them it is committed, so it was they that were refused; and what was refused has taken nothing.
    let (changes, created) = harness.everything(&hospital, &before);
    harness.commit(changes).await?;
    let left = harness
        .is_there(&hospital, &before, &created, entries)
        .await?;
    ensure!(left == [true; 5], "not whole: {left:?}");
    harness.verify(tenant).await?;
    Ok(())
}

pub(super) async fn what_belongs_to_a_change_comes_with_it<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let user = hospital.learners[0].user;
    let before = harness.journal(tenant).await?.len();
    let mut changes = Changeset::new(tenant);
    let entry = harness.entry(Event::UserReactivated { user });
    let message = harness.message(user);
    changes.enter(entry.clone());
    changes.send(message.clone());
    changes.answer(operation("one"));
    harness.commit(changes).await?;
    let journal = harness.journal(tenant).await?;
    ensure!(journal.len() == before + 1, "{} entries", journal.len());
    let last = journal
        .last()
        .and_then(identity_core::journal::Sealed::entry);
    ensure!(last == Some(entry), "another entry: {last:?}");
    let outbox = harness.store.outbox(tenant, Page::first(10)).await?;
    ensure!(outbox == [message], "another outbox: {outbox:?}");
    let kept = harness
        .store
        .operation(tenant, operation("one").key)
        .await?;
    ensure!(kept == Some(operation("one")), "another answer: {kept:?}");
    Ok(())
}

pub(super) async fn an_operation_key_has_one_effect<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let mut changes = Changeset::new(tenant);
    changes.answer(operation("key"));
    harness.commit(changes).await?;
    let other = Operation {
        fingerprint: Fingerprint::of("another", &1),
        answer: "2".to_owned(),
        ..operation("key")
    };
    for again in [operation("key"), other.clone()] {
        let person = harness.person(None);
        let mut changes = creating(tenant, [person.clone().into()]);
        changes.answer(again);
        harness.duplicate(changes).await?;
        let there = harness
            .is_at(tenant, &person.into(), Version::FIRST)
            .await?;
        ensure!(!there, "had an effect");
    }
    let kept = harness.store.operation(tenant, other.key.clone()).await?;
    ensure!(kept == Some(operation("key")), "another answer: {kept:?}");

    // Another tenant has keys of its own, and case counts.
    let elsewhere = harness
        .staffed(crate::hospital::Staffing::of("Elsewhere"))
        .await?
        .tenant;
    let mut changes = Changeset::new(elsewhere);
    changes.answer(other.clone());
    harness.commit(changes).await?;
    let kept = harness
        .store
        .operation(elsewhere, other.key.clone())
        .await?;
    ensure!(kept == Some(other), "another answer: {kept:?}");
    let mut changes = Changeset::new(tenant);
    changes.answer(operation("KEY"));
    harness.commit(changes).await
}

pub(super) async fn an_answer_is_kept_as_it_was_given<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let tenant = harness.hospital().await?.tenant;
    let longest: String = ('!'..='~').chain('!'..='~').take(128).collect();
    for kept in [
        operation("!"),
        operation("%_'\"\\"),
        Operation {
            key: OperationKey::parse(&longest).unwrap(),
            fingerprint: Fingerprint([0xff; 32]),
            answer: String::new(),
        },
    ] {
        let before = harness.store.operation(tenant, kept.key.clone()).await?;
        ensure!(before.is_none(), "there before: {before:?}");
        let mut changes = Changeset::new(tenant);
        changes.answer(kept.clone());
        harness.commit(changes).await?;
        let found = harness.store.operation(tenant, kept.key.clone()).await?;
        ensure!(found.as_ref() == Some(&kept), "{found:?} for {kept:?}");
    }
    Ok(())
}
