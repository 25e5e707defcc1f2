//! What every store must keep, as cases that a store's author runs on theirs.
//!
//! A case is given a fresh store and says what it saw go wrong. The forms it comes in:
//!
//! - [`contract_suite!`](crate::contract_suite) makes one `#[test]` of each case, for a function that opens a fresh store;
//! - [`cases`] lists them, and [`attempt`] runs one of them and returns what came of it.
//!
//! ```no_run
//! use testkit::memory::MemoryStore;
//!
//! /// A fresh store, and whatever must live as long as it (a temporary directory, say).
//! async fn open() -> (MemoryStore, ()) {
//!     (MemoryStore::new(), ())
//! }
//!
//! testkit::contract_suite!(open);
//! # fn main() {}
//! ```
//!
//! That the cases notice is proved in this crate: for every guard of a store there is a [broken twin](crate::broken) of
//! the memory store without it, and a case that fails on the twin.

mod directory;
mod find;
mod hcp;
mod journal;
mod owner;
mod person;
mod platform;
mod race;
mod specimen;
mod tenant;
mod unique;
mod version;
mod whole;

use crate::{
    hospital::{Hospital, Member, Staffing},
    random::{SeededRandom, mint},
    record,
    time::FixedClock,
};
use identity_core::{
    changeset::Changeset,
    id::{Id, Mint},
    journal::{Broken, By, Entry, Event, Head, Sealed, Verifier},
    owner::OwnersBroken,
    port::{Clock, CommitError, Directory, Find, NoRandomness, Page, Store, StoreError},
    record::{Put, Record, Records, Stored, Table, Version},
    refusal::Refusal,
    service::{self, Call},
    tenant::Tenant,
};
use std::{fmt, future::Future, panic::Location, pin::Pin, sync::Arc};

/// What a case saw go wrong, and where.
pub struct Failed {
    what: String,
    at: &'static Location<'static>,
}

/// What came of a case.
pub type Outcome = Result<(), Failed>;

type Running = Pin<Box<dyn Future<Output = Outcome>>>;

/// One thing a store must keep.
#[derive(Clone, Copy)]
pub struct Case<S> {
    /// What it must keep, as a sentence.
    pub name: &'static str,
    run: fn(Harness<S>) -> Running,
}

/// What a case is given: a fresh store, and ports that do as they are told.
#[derive(Debug)]
pub struct Harness<S> {
    /// The store.
    pub store: Arc<S>,
    /// The clock.
    pub clock: FixedClock,
    /// The randomness.
    pub random: SeededRandom,
}

impl<S> Clone for Harness<S> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            clock: self.clock.clone(),
            random: self.random.clone(),
        }
    }
}

/// Leaves a case with what went wrong.
macro_rules! ensure {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err($crate::contract::Failed::new(format!($($text)+)));
        }
    };
}
use ensure;

macro_rules! suite {
    ($($module:ident: $($name:ident)+;)+) => {
        /// Every case.
        #[must_use]
        pub fn cases<S: Store + Directory>() -> Vec<Case<S>> {
            vec![$($(Case {
                name: stringify!($name),
                run: |harness| Box::pin($module::$name(harness)),
            },)+)+]
        }
        suite!(@export ($) $($($name)+)+);
    };
    (@export ($d:tt) $($name:ident)+) => {
        /// Makes one `#[test]` of each case of the [contract](crate::contract).
        ///
        /// It is given an `async fn() -> (S, K)` that opens a fresh, empty store `S`, and says with `K` what must live
        /// as long as the store does: a temporary directory, or `()`.
        #[macro_export]
        macro_rules! contract_suite {
            ($d open:expr) => {
                $(
                    #[test]
                    fn $name() {
                        $crate::contract::run(stringify!($name), $d open);
                    }
                )+
            };
        }
    };
}

suite! {
    version:
        a_created_record_has_the_first_version
        a_replaced_record_has_the_next_version
        an_erased_record_is_gone
        a_key_is_created_only_once
        a_replacement_at_another_version_is_stale
        an_erasure_at_another_version_is_stale
        a_change_of_nothing_is_stale
        a_record_relied_upon_must_be_as_it_was_loaded
        a_changeset_may_rely_on_what_it_writes
        writes_are_applied_in_order
        a_record_must_not_refer_to_nothing
        a_record_that_is_referred_to_is_not_erased
        a_session_outlives_its_login
        a_commit_begins_when_it_is_called
        of_many_commits_at_once_one_wins
        a_load_sees_one_instant;
    person:
        persons_of_an_address_must_be_those_relied_upon
        persons_of_an_address_are_those_of_the_tenant
        an_address_is_compared_by_its_key;
    whole:
        a_changeset_is_applied_whole_or_not_at_all
        what_belongs_to_a_change_comes_with_it
        an_operation_key_has_one_effect
        an_answer_is_kept_as_it_was_given;
    unique:
        a_login_has_one_account_on_the_platform
        a_provider_knows_one_account_by_a_name
        a_person_has_one_user_in_a_domain
        an_account_opens_one_user_in_a_domain
        a_role_name_is_taken_once_in_a_tenant
        a_retired_role_frees_its_name
        a_user_has_a_role_once
        a_user_is_linked_once
        a_medhub_identity_is_linked_once
        a_pair_is_remembered_once
        a_professional_has_an_address_of_their_own
        a_token_hash_is_taken_once_on_the_platform
        a_token_name_is_free_once_its_token_is_revoked
        a_session_hash_is_taken_once_on_the_platform
        a_user_is_proposed_once
        what_is_unique_is_free_again_once_it_is_given_up;
    tenant:
        nothing_is_written_in_a_tenant_that_is_not_there
        a_key_of_another_tenant_is_an_unknown_key
        a_key_may_be_in_two_tenants
        a_record_that_names_another_tenant_is_refused
        a_list_is_of_one_tenant;
    platform:
        the_patient_care_domain_is_there_from_the_beginning
        the_patient_care_domain_is_written_by_no_tenant
        patients_of_every_tenant_are_in_one_domain
        what_is_done_to_the_platform_is_told_in_its_own_journal
        the_platform_is_no_tenant
        what_belongs_to_a_login_is_seen_by_every_tenant
        old_tries_are_found
        an_account_is_seen_by_every_tenant;
    owner:
        the_last_owner_is_not_made_unusable
        the_owners_record_lists_the_usable_owners
        a_tenant_begins_with_an_owner
        an_assignment_says_the_kind_of_its_role
        owners_may_change_when_the_record_says_so
        a_login_is_not_unlinked_from_the_last_owner_of_another_tenant;
    journal:
        entries_are_numbered_without_gaps_and_sealed_in_order
        each_tenant_has_a_chain_of_its_own
        the_journal_is_read_in_pages
        messages_are_listed_oldest_first;
    find:
        access_entails_all_that_it_rests_on
        owners_entail_their_access
        who_is_behind_an_address_is_found
        who_is_behind_a_login_is_found
        a_party_is_found_with_its_person
        the_sets_of_a_tenant_are_found_whole
        links_are_found_from_both_sides
        who_is_not_the_same_person_is_found_by_both
        a_plan_is_found_with_its_own_steps_alone
        steps_are_found_by_whom_they_concern
        both_sides_of_a_pair_are_found_with_what_tells_of_them
        whoever_changes_a_login_sees_whom_it_opens
        a_login_is_found_by_what_its_provider_calls_it
        parties_are_found_by_their_person
        sessions_are_found_as_long_as_nobody_ended_them
        elevations_are_found_as_long_as_their_end_is_not_recorded
        a_proposal_is_found_by_its_user
        what_is_not_there_is_not_found;
    directory:
        users_are_listed_with_their_roles_each_once
        users_are_found_by_either_address
        owners_are_listed_with_contact
        parties_are_listed_with_their_persons_each_once
        rejected_rows_are_listed_in_the_order_of_the_file
        both_sides_of_a_reconciliation_are_listed
        tokens_are_found_by_their_hash
        users_are_listed_by_their_roles
        persons_are_listed_in_pages
        sessions_are_found_by_their_hash
        proposals_are_listed
        tenants_are_listed_with_what_became_of_them
        a_page_is_never_empty_nor_endless;
    race:
        two_owners_who_remove_each_other_leave_one
        three_owners_in_a_circle_leave_one
        an_owner_who_is_removed_meanwhile_grants_no_more
        nobody_becomes_owner_while_deactivated
        two_additions_of_one_address_make_one_user
        one_operation_key_at_once_has_one_effect
        a_lost_answer_is_given_again
        an_answer_that_comes_in_between_is_given
        authority_lost_meanwhile_is_lost
        two_elevations_in_one_session_leave_one
        an_elevation_begun_meanwhile_ends_with_what_it_hangs_on
        two_ends_of_one_elevation_are_entered_once
        two_links_to_one_identity_leave_one
        two_who_tell_one_pair_apart_leave_one_memory
        two_saves_of_one_plan_apply_it_once;
    hcp:
        parties_are_found_where_they_stand
        parties_are_searched
        nothing_is_put_below_what_is_deleted
        two_moves_close_no_circle
        two_professionals_of_one_address_are_one;
}

/// Runs one case on a fresh store.
///
/// # Errors
/// What the case saw go wrong.
///
/// # Panics
/// When there is no case of that name.
pub async fn attempt<S: Store + Directory>(name: &str, store: S) -> Outcome {
    let all = cases::<S>();
    let case = all.iter().find(|it| it.name == name);
    (case.expect("there is such a case").run)(Harness::new(store)).await
}

/// Runs one case on a fresh store to its end, as a test: [`contract_suite!`](crate::contract_suite) calls it.
///
/// # Panics
/// When the case fails, or there is none of that name.
pub fn run<S: Store + Directory, K>(name: &str, open: impl AsyncFnOnce() -> (S, K)) {
    let outcome = block_on(async {
        let (store, keep) = open().await;
        let outcome = attempt(name, store).await;
        drop(keep);
        outcome
    });
    if let Err(failed) = outcome {
        panic!("{failed:?}");
    }
}

/// Runs a future to its end on a runtime of its own with two threads, for tests without one.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

impl Failed {
    #[track_caller]
    fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            at: Location::caller(),
        }
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.what, self.at)
    }
}

impl<S> fmt::Debug for Case<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! failed_from {
    ($($error:ty),+) => {
        $(impl From<$error> for Failed {
            #[track_caller]
            fn from(err: $error) -> Self {
                Self::new(format!("{err:?}"))
            }
        })+
    };
}
failed_from!(StoreError, CommitError, NoRandomness, Broken);

impl<R: Refusal> From<service::Failure<R>> for Failed {
    #[track_caller]
    fn from(err: service::Failure<R>) -> Self {
        Self::new(format!("{err:?}"))
    }
}

/// The record with this key.
#[track_caller]
fn one<'a, T: Record>(table: &'a Table<T>, key: &T::Key) -> Result<&'a Stored<T>, Failed> {
    table
        .get(key)
        .ok_or_else(|| Failed::new("a record is missing"))
}

impl<S: Store + Directory> Harness<S> {
    /// A harness around a fresh store.
    #[must_use]
    pub fn new(store: S) -> Self {
        Self {
            store: Arc::new(store),
            clock: FixedClock::default(),
            random: SeededRandom::new(7),
        }
    }

    /// A hospital called `General`, with one of each.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn hospital(&self) -> Result<Hospital, Failed> {
        let staffing = Staffing::of("General").administrators(1);
        self.staffed(staffing.learners(1).teachers(1)).await
    }

    /// A hospital with so many people.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn staffed(&self, staffing: Staffing) -> Result<Hospital, Failed> {
        let opened = staffing.open(&*self.store, &self.clock, &self.random);
        Ok(opened.await?)
    }

    /// A call by this member, in a session.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn logged_in(&self, hospital: &Hospital, member: &Member) -> Result<Call, Failed> {
        let opened = hospital.logged_in(member, &*self.store, &self.clock, &self.random);
        Ok(opened.await?)
    }

    /// A call by this owner, in a session with Tenant Owner switched on.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn elevated(&self, hospital: &Hospital, owner: &Member) -> Result<Call, Failed> {
        let opened = hospital.elevated(owner, &*self.store, &self.clock, &self.random);
        Ok(opened.await?)
    }

    fn ids(&self) -> Mint {
        mint(&self.clock, &self.random)
    }

    async fn load(&self, tenant: Id<Tenant>, finds: Vec<Find>) -> Result<Records, Failed> {
        Ok(self.store.load(tenant, finds).await?)
    }

    async fn commit(&self, changes: Changeset) -> Outcome {
        Ok(self.store.commit(changes).await?)
    }

    /// Creates these records.
    async fn create(&self, tenant: Id<Tenant>, puts: impl IntoIterator<Item = Put>) -> Outcome {
        self.commit(creating(tenant, puts)).await
    }

    /// What the store refuses a changeset with.
    async fn refusal(&self, changes: Changeset) -> Result<CommitError, Failed> {
        let text = format!("committed, and should not have been: {changes:?}");
        match self.store.commit(changes).await {
            Ok(()) => Err(Failed::new(text)),
            Err(err @ (CommitError::Store(_) | CommitError::Unknown(_))) => Err(err.into()),
            Err(err) => Ok(err),
        }
    }

    async fn stale(&self, changes: Changeset) -> Outcome {
        let text = format!("{changes:?}");
        let err = self.refusal(changes).await?;
        let expected = matches!(err, CommitError::Stale);
        ensure!(expected, "stale expected: {err:?} for {text}");
        Ok(())
    }

    async fn duplicate(&self, changes: Changeset) -> Outcome {
        let text = format!("{changes:?}");
        let err = self.refusal(changes).await?;
        let expected = matches!(err, CommitError::Duplicate { .. });
        ensure!(expected, "duplicate expected: {err:?} for {text}");
        Ok(())
    }

    async fn owners_broken(&self, changes: Changeset, how: OwnersBroken) -> Outcome {
        let text = format!("{changes:?}");
        let err = self.refusal(changes).await?;
        let expected = matches!(err, CommitError::Owners(it) if it == how);
        ensure!(expected, "{how:?} expected: {err:?} for {text}");
        Ok(())
    }

    /// Whether this record is there at this version, in the eyes of a commit.
    async fn is_at(&self, tenant: Id<Tenant>, put: &Put, version: Version) -> Result<bool, Failed> {
        let mut changes = Changeset::new(tenant);
        record::rely(&mut changes, put.clone(), version);
        match self.store.commit(changes).await {
            Ok(()) => Ok(true),
            Err(CommitError::Stale) => Ok(false),
            Err(err) => Err(err.into()),
        }
    }

    /// The tenant's whole journal.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn journal(&self, tenant: Id<Tenant>) -> Result<Vec<Sealed>, Failed> {
        let mut all: Vec<Sealed> = Vec::new();
        loop {
            let after = all.last().map(|it| it.number);
            let page = self
                .store
                .journal(tenant, Page { after, limit: 1000 })
                .await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// Verifies the tenant's whole journal.
    ///
    /// # Errors
    /// Where it is broken.
    pub async fn verify(&self, tenant: Id<Tenant>) -> Result<Head, Failed> {
        let mut verifier = Verifier::new(tenant, None);
        for sealed in self.journal(tenant).await? {
            verifier.read(&sealed)?;
        }
        Ok(verifier.finish()?)
    }

    fn entry(&self, event: Event) -> Entry {
        let (at, by) = (self.clock.now(), By::Operator);
        Entry { at, by, event }
    }
}

/// The changeset that creates these records.
fn creating(tenant: Id<Tenant>, puts: impl IntoIterator<Item = Put>) -> Changeset {
    let mut changes = Changeset::new(tenant);
    for put in puts {
        record::create(&mut changes, put);
    }
    changes
}
