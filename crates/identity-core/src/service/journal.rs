//! Reading the journal: by person, by actor, by kind, by time; and the elevations it tells of.

use super::{Call, Failure, Rollcall};
use crate::{
    authority::{Actor, AuthorityRefusal},
    id::Id,
    journal::{Broken, Checkpoint, CheckpointRefusal, Event, Filter, Head, Sealed, Verifier},
    owner::{
        Elevation,
        elevation::{ElevationState, EndReason},
    },
    permission::JOURNAL_READ,
    person::Person,
    port::{Clock, Directory, Find, Page, Random, Store, StoreError},
    tenant::Tenant,
    time::Instant,
};

/// What is asked of a journal.
#[derive(Clone, Debug, Default)]
pub struct JournalQuestion {
    /// Entries that name this person, or a user, a login or a professional record of theirs.
    pub person: Option<Id<Person>>,
    /// What else they must be.
    pub filter: Filter,
}

/// An elevation as an auditor sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElevationLine {
    /// The number of the journal's entry of its beginning.
    pub number: u64,
    /// The elevation.
    pub elevation: Elevation,
    /// When it ended and why; `None` as long as nobody entered its end and its time is not over.
    pub ended: Option<(Instant, EndReason)>,
}

/// How many entries are read at a time.
const CHUNK: u32 = 1000;

impl<S: Store + Directory, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Entries of the tenant's journal that answer a question, in the order of the chain, for whoever may read it. It is
    /// searched from the page's beginning on, entry by entry. The platform's own journal is the operator's to read.
    ///
    /// # Errors
    /// Refuses without `journal:read`.
    pub async fn journal(
        &self,
        call: &Call,
        question: &JournalQuestion,
        page: Page<u64>,
    ) -> Result<Vec<Sealed>, Failure<AuthorityRefusal>> {
        self.permit_reading(call).await?;
        let mut filter = question.filter.clone();
        if let Some(person) = question.person {
            let finds = vec![Find::UsersOf(person), Find::HcpsOf(person)];
            let records = self.store.load(call.tenant, finds).await?;
            let users = records.users.values();
            let accounts = users.filter_map(|it| it.record.account);
            let names = records
                .users
                .keys()
                .map(|it| *it.as_uuid())
                .chain(records.hcps.keys().map(|it| *it.as_uuid()))
                .chain(accounts.map(|it| *it.as_uuid()));
            filter.about([*person.as_uuid()].into_iter().chain(names));
        }
        let mut found = Vec::new();
        let mut reading = Page {
            after: page.after,
            limit: CHUNK,
        };
        loop {
            let chunk = self.store.journal(call.tenant, reading).await?;
            let full = chunk.len() == reading.bounded();
            reading.after = chunk.last().map(|it| it.number);
            found.extend(chunk.into_iter().filter(|it| filter.admits(it)));
            if found.len() >= page.bounded() || !full {
                found.truncate(page.bounded());
                return Ok(found);
            }
        }
    }

    /// Lets through whoever may read the journal: with the permission, or the operator the platform's own.
    async fn permit_reading(&self, call: &Call) -> Result<(), Failure<AuthorityRefusal>> {
        if call.tenant != Tenant::PLATFORM || call.actor != Actor::Operator {
            self.authorize(call, &JOURNAL_READ).await?;
        }
        Ok(())
    }

    /// Reads the journal from its first entry to its last and gives its end, for whoever may read it. That it is broken, or not
    /// as it was when a checkpoint was signed, is an answer.
    ///
    /// # Errors
    /// Refuses without `journal:read`, and a checkpoint that the host has not signed for this tenant.
    pub async fn verify_journal(
        &self,
        call: &Call,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Result<Head, Broken>, Failure<CheckpointRefusal>> {
        let permitted = self.permit_reading(call).await;
        permitted.map_err(|it| it.map(CheckpointRefusal::from))?;
        if let Some(checkpoint) = &checkpoint {
            let key = self.settings.checkpoint_key.as_ref();
            let checked = checkpoint.check(call.tenant, key);
            checked.map_err(Failure::Refused)?;
        }
        let mut verifier = Verifier::new(call.tenant, checkpoint);
        let mut page = Page::first(CHUNK);
        loop {
            let entries = self.store.journal(call.tenant, page).await?;
            if let Err(broken) = entries.iter().try_for_each(|it| verifier.read(it)) {
                return Ok(Err(broken));
            }
            page.after = entries.last().map(|it| it.number);
            if entries.len() < page.bounded() {
                return Ok(verifier.finish());
            }
        }
    }

    /// Signs the end of the journal with the host's key, for whoever may read it. Kept elsewhere, it shows that the end was cut
    /// off later.
    ///
    /// # Errors
    /// Refuses without `journal:read`, without a key, and to sign a journal that is broken.
    pub async fn sign_journal(
        &self,
        call: &Call,
    ) -> Result<Checkpoint, Failure<CheckpointRefusal>> {
        let verified = self.verify_journal(call, None).await?;
        let head = verified.map_err(|it| Failure::Refused(CheckpointRefusal::Broken(it)))?;
        let key = self.settings.checkpoint_key.as_ref();
        let key = key.ok_or(Failure::Refused(CheckpointRefusal::NoKey))?;
        let now = self.clock.now();
        Ok(Checkpoint::sign(call.tenant, head, now, key))
    }

    /// The tenant's elevations, in the order in which they began, with their reasons, for whoever may read the journal. A page
    /// goes by the numbers of the entries; the journal is searched from its beginning on.
    ///
    /// # Errors
    /// Refuses without `journal:read`.
    pub async fn elevations(
        &self,
        call: &Call,
        page: Page<u64>,
    ) -> Result<Vec<ElevationLine>, Failure<AuthorityRefusal>> {
        let mut question = JournalQuestion::default();
        question.filter.events.insert("elevated".to_owned());
        let begun = self.journal(call, &question, page).await?;
        let elevation = |it: &Sealed| match it.entry()?.event {
            Event::Elevated { elevation, .. } => Some((it.number, elevation)),
            _ => None,
        };
        let begun: Vec<_> = begun.iter().filter_map(elevation).collect();
        let finds = begun.iter().map(|(_, id)| Find::Elevation(*id)).collect();
        let records = self.store.load(call.tenant, finds).await?;
        let now = self.clock.now();
        let line = |(number, id): (u64, Id<Elevation>)| {
            let stored = records.elevations.get(&id);
            let stored = stored.ok_or_else(|| StoreError::Corrupt {
                table: "elevations",
                column: "id",
                id: id.to_string(),
            })?;
            let elevation = stored.record.clone();
            let ended = match elevation.state {
                ElevationState::Ended { at, why } => Some((at, why)),
                ElevationState::On if elevation.until <= now => {
                    Some((elevation.until, EndReason::Deadline))
                }
                ElevationState::On => None,
            };
            Ok(ElevationLine {
                number,
                elevation,
                ended,
            })
        };
        let lines: Result<_, StoreError> = begun.into_iter().map(line).collect();
        Ok(lines?)
    }
}
