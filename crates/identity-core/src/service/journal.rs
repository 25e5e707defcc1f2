//! Reading the journal: by person, by actor, by kind, by time.

use super::{Call, Failure, Rollcall};
use crate::{
    authority::{Actor, AuthorityRefusal},
    id::Id,
    journal::{Filter, Sealed},
    permission::JOURNAL_READ,
    person::Person,
    port::{Clock, Directory, Find, Page, Random, Store},
    tenant::Tenant,
};

/// What is asked of a journal.
#[derive(Clone, Debug, Default)]
pub struct JournalQuestion {
    /// Entries that name this person, or a user, a login or a professional record of theirs.
    pub person: Option<Id<Person>>,
    /// What else they must be.
    pub filter: Filter,
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
        let platforms = call.tenant == Tenant::PLATFORM && call.actor == Actor::Operator;
        if !platforms {
            self.authorize(call, &JOURNAL_READ).await?;
        }
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
}
