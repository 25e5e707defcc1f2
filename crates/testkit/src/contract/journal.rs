//! The journal and the outbox.

use super::{Failed, Harness, Outcome, ensure};
use crate::{hospital::Hospital, record::replace};
use identity_core::{
    changeset::Changeset,
    id::Id,
    journal::{Entry, Event, Head, Sealed},
    outbox::{Message, MessageKind},
    port::{Directory, Page, Store},
    record::Version,
    user::User,
};

/// A mail that tells a user of their access.
pub(super) const fn imported(user: Id<User>) -> MessageKind {
    let new_login = true;
    MessageKind::Imported { user, new_login }
}

impl<S: Store + Directory> Harness<S> {
    /// Commits so many entries in one commit, and returns them.
    async fn entries(&self, hospital: &Hospital, count: u32) -> Result<Vec<Entry>, Failed> {
        let mut changes = Changeset::new(hospital.tenant);
        for step in 0..count {
            changes.enter(self.entry(Event::StepStaged { step }));
        }
        let entries = changes.entries().to_vec();
        self.commit(changes).await?;
        Ok(entries)
    }
}

pub(super) async fn entries_are_numbered_without_gaps_and_sealed_in_order<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let mut sealed = harness.journal(tenant).await?;
    ensure!(sealed.first().is_some_and(|it| it.number == 1), "no first");
    for count in [1, 0, 3, 2, 1] {
        // Somebody's refused attempt takes no number.
        let mut refused = Changeset::new(tenant);
        refused.enter(harness.entry(Event::IntegrationConnected));
        replace(&mut refused, harness.person(None).into(), Version::FIRST);
        harness.stale(refused).await?;

        for entry in harness.entries(&hospital, count).await? {
            let head = sealed.last().map(Sealed::head).unwrap_or_default();
            sealed.push(head.seal(tenant, &entry));
        }
        let found = harness.journal(tenant).await?;
        ensure!(found == sealed, "{found:?} instead of {sealed:?}");
    }
    let head = harness.verify(tenant).await?;
    let last = sealed.last().map(Sealed::head);
    ensure!(Some(head) == last, "ends at {head:?}");
    Ok(())
}

pub(super) async fn each_tenant_has_a_chain_of_its_own<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    for _ in 0..3 {
        harness.entries(&here, 1).await?;
        harness.entries(&there, 2).await?;
    }
    for hospital in [here, there] {
        let head = harness.verify(hospital.tenant).await?;
        let journal = harness.journal(hospital.tenant).await?;
        let numbers = journal.iter().map(|it| it.number);
        ensure!(numbers.eq(1..=head.number), "gaps, or another beginning");
        let first = Head::default().seal(
            hospital.tenant,
            &journal[0].entry().ok_or_else(|| Failed::new("no entry"))?,
        );
        ensure!(first == journal[0], "sealed behind something");
    }
    Ok(())
}

pub(super) async fn the_journal_is_read_in_pages<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    harness.entries(&hospital, 10).await?;
    let all = harness.journal(tenant).await?;
    for limit in [1, 3, 1000] {
        let mut found: Vec<Sealed> = Vec::new();
        loop {
            let after = found.last().map(|it| it.number);
            let page = harness.store.journal(tenant, Page { after, limit }).await?;
            ensure!(page.len() <= limit as usize, "{} lines", page.len());
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        ensure!(found == all, "not all of it, {limit} at a time");
    }
    let after = Some(u64::MAX >> 1);
    let beyond = harness.store.journal(tenant, Page { after, limit: 9 });
    ensure!(beyond.await?.is_empty(), "something beyond the end");
    Ok(())
}

pub(super) async fn messages_are_listed_oldest_first<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let user = hospital.learners[0].user;
    // The ids run against the order, and so do the times: only when it was written counts.
    let mut sent: Vec<Message> = (0..7).map(|_| harness.message(user)).collect();
    sent.sort_unstable_by_key(|it| std::cmp::Reverse(it.id));
    for (message, back) in sent.iter_mut().zip(0..) {
        message.at -= chrono::TimeDelta::minutes(back);
    }
    for some in sent.chunks(3) {
        let mut changes = Changeset::new(tenant);
        some.iter().for_each(|it| changes.send(it.clone()));
        harness.commit(changes).await?;
    }
    for limit in [1, 2, 1000] {
        let mut found: Vec<Message> = Vec::new();
        loop {
            let after = found.last().map(|it| it.id);
            let page = harness.store.outbox(tenant, Page { after, limit }).await?;
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        ensure!(found == sent, "{found:?} instead of {sent:?}");
    }
    Ok(())
}
