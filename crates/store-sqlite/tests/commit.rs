//! All of a changeset or nothing of it, whoever else writes at the same time.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails as the test does"
)]

mod fixture;

use fixture::*;
use identity_core::{
    account::Epoch,
    changeset::Changeset,
    email::Email,
    id::Id,
    journal::{Event, Hash},
    name::Name,
    operation::{Fingerprint, Operation, OperationKey},
    owner::OwnersBroken,
    person::Person,
    port::{CommitError, Directory, Find, Page, Store},
    reconcile::{Institution, Link},
    record::{Record, Stored, Version},
    role::{Role, RoleKind},
    roster::MedhubUserId,
    tenant::Tenant,
    token::ApiToken,
    user::{User, UserStatus},
};
use store_sqlite::{Cause, SqliteStore, configure, rusqlite::TransactionBehavior};

fn is_stale(result: &Result<(), CommitError>) -> bool {
    matches!(result, Err(CommitError::Stale))
}

fn duplicate(result: &Result<(), CommitError>) -> Option<&'static str> {
    match result {
        Err(CommitError::Duplicate { what }) => Some(what),
        _ => None,
    }
}

fn persons(store: &SqliteStore, tenant: Id<Tenant>, email: &Email) -> Vec<Stored<Person>> {
    let find = Find::PersonsWithEmail(email.key().clone());
    let records = block_on(store.load(tenant, vec![find])).unwrap();
    records.persons.into_values().collect()
}

/// A person, read back.
fn someone(store: &SqliteStore, tenant: Id<Tenant>, address: &str) -> Stored<Person> {
    let person = person(&mut mint(9 << 40), address);
    commit(store, creating(tenant, [person])).unwrap();
    persons(store, tenant, &email(address)).remove(0)
}

fn at<T>(record: T, version: i64) -> Stored<T> {
    Stored {
        record,
        version: Version(version),
    }
}

#[test]
fn a_write_that_meets_another_version_is_stale_and_changes_nothing() {
    let place = Place::new();
    let store = place.open();
    let (tenant, _) = tenant(&store, 1);
    let before = someone(&store, tenant, "a@example.org");
    let other = person(&mut mint(8 << 40), "b@example.org");
    let journal = verified(&store, tenant).0;
    for version in [0, 2] {
        let wrong = at(before.record.clone(), version);
        let mut replace = creating(tenant, [other.clone()]);
        replace.replace(&wrong, before.record.clone());
        let mut erase = creating(tenant, [other.clone()]);
        erase.erase(&wrong);
        let mut rely = creating(tenant, [other.clone()]);
        rely.rely(&wrong);
        for mut changes in [replace, erase, rely] {
            changes.enter(entry(Event::IntegrationConnected));
            assert!(is_stale(&commit(&store, changes)));
        }
    }
    let create = creating(tenant, [other.clone(), before.record.clone()]);
    assert!(is_stale(&commit(&store, create)));
    assert!(persons(&store, tenant, &email("b@example.org")).is_empty());
    assert_eq!(persons(&store, tenant, &email("a@example.org")), [before]);
    assert_eq!(verified(&store, tenant).0, journal);
}

#[test]
fn who_has_an_address_is_expected_exactly() {
    let place = Place::new();
    let store = place.open();
    let (tenant, _) = tenant(&store, 1);
    let mut ids = mint(7 << 40);
    let family = [1, 2].map(|_| person(&mut ids, "Family@example.org"));
    let [one, two] = [family[0].id, family[1].id];
    commit(&store, creating(tenant, family)).unwrap();
    let address = || email("family@example.org").key().clone();
    for (are, holds) in [
        (vec![], false),
        (vec![one], false),
        (vec![two], false),
        (vec![one, two], true),
        (vec![two, one], true),
        (vec![one, two, ids.id()], false),
    ] {
        let mut changes = Changeset::new(tenant);
        changes.rely_on_persons(address(), are.clone());
        assert_eq!(commit(&store, changes).is_ok(), holds, "{are:?}");
    }
}

#[test]
fn an_id_of_another_tenant_is_an_unknown_one() {
    let place = Place::new();
    let store = place.open();
    let (ours, created) = tenant(&store, 1);
    let (theirs, _) = tenant(&store, 2);
    let person = someone(&store, theirs, "a@example.org");
    let records = block_on(store.load(ours, vec![Find::Person(person.record.id)])).unwrap();
    assert!(records.persons.is_empty());
    let mut changes = Changeset::new(ours);
    changes.rely(&person);
    assert!(is_stale(&commit(&store, changes)));
    let mut changes = Changeset::new(ours);
    changes.erase(&person);
    assert!(is_stale(&commit(&store, changes)));
    let user = user(&mut mint(7 << 40), created.domain, person.record.id);
    assert!(is_stale(&commit(&store, creating(ours, [user]))));
    // Nor can the record that stands for another tenant be written.
    let tenant = block_on(store.load(theirs, vec![Find::Tenant])).unwrap();
    let tenant = tenant.tenants.into_values().next().unwrap();
    let mut changes = Changeset::new(ours);
    changes.replace(&tenant, tenant.record.clone());
    assert!(is_stale(&commit(&store, changes)));
}

#[test]
fn what_is_unique_is_there_once() {
    let place = Place::new();
    let store = place.open();
    let (tenant, created) = tenant(&store, 1);
    let mut ids = mint(7 << 40);
    let create = |put: Changeset| commit(&store, put);
    fn one<T: Record>(tenant: Id<Tenant>, record: T) -> Changeset {
        creating(tenant, [record])
    }

    let login = identity_core::account::Account::embedded(ids.id(), email("OWNER1@example.org"));
    assert_eq!(duplicate(&create(one(tenant, login))), Some("account"));

    let records = block_on(store.load(tenant, vec![Find::Access(created.owner)])).unwrap();
    let owner = records.users[&created.owner].record.clone();
    let same_person = User {
        id: ids.id(),
        account: None,
        ..owner.clone()
    };
    assert_eq!(duplicate(&create(one(tenant, same_person))), Some("user"));
    let other = person(&mut ids, "other@example.org");
    create(one(tenant, other.clone())).unwrap();
    let same_account = User {
        id: ids.id(),
        person: other.id,
        ..owner.clone()
    };
    assert_eq!(duplicate(&create(one(tenant, same_account))), Some("user"));

    let name = Name::parse("tenant OWNER").unwrap();
    let role = Role::custom(ids.id(), name, [].into());
    assert_eq!(duplicate(&create(one(tenant, role))), Some("role"));
    let learner = role_of_kind(&store, tenant, RoleKind::Learner);
    let held = [1, 2].map(|_| assignment(&mut ids, created.owner, &learner));
    create(one(tenant, held[0].clone())).unwrap();
    let again = create(one(tenant, held[1].clone()));
    assert_eq!(duplicate(&again), Some("assignment"));

    let hcps = [1, 2].map(|_| professional(&mut ids, &other));
    create(one(tenant, hcps[0].clone())).unwrap();
    let again = create(one(tenant, hcps[1].clone()));
    assert_eq!(duplicate(&again), Some("professional"));

    let second = user(&mut ids, created.domain, other.id);
    create(one(tenant, second.clone())).unwrap();
    let mut link = |user| Link {
        id: ids.id(),
        user,
        institution: Institution("https://medhub.example.org".to_owned()),
        medhub: MedhubUserId::parse("17").unwrap(),
        at: now(),
        by: created.owner,
    };
    create(one(tenant, link(created.owner))).unwrap();
    let again = create(one(tenant, link(created.owner)));
    assert_eq!(duplicate(&again), Some("link"));
    let again = create(one(tenant, link(second.id)));
    assert_eq!(duplicate(&again), Some("link"));

    let mut token = |name: &str, hash| ApiToken {
        id: ids.id(),
        name: Name::parse(name).unwrap(),
        user: created.owner,
        user_epoch: Epoch::default(),
        hash: Hash([hash; 32]),
        created_at: now(),
        expires_at: now(),
        revoked_at: None,
    };
    create(one(tenant, token("Nightly", 1))).unwrap();
    let again = create(one(tenant, token("NIGHTLY", 2)));
    assert_eq!(duplicate(&again), Some("token"));
    let again = create(one(tenant, token("Another", 1)));
    assert_eq!(duplicate(&again), Some("token"));

    let operation = || Operation {
        key: OperationKey::parse("once").unwrap(),
        fingerprint: Fingerprint([1; 32]),
        answer: String::new(),
    };
    let mut changes = Changeset::new(tenant);
    changes.answer(operation());
    create(changes.clone()).unwrap();
    assert_eq!(duplicate(&create(changes)), Some("operation"));
}

/// O1: a commit that would leave nobody, or that forgets the record of the owners, changes nothing.
#[test]
fn the_owners_are_counted_again_at_the_commit() {
    let place = Place::new();
    let store = place.open();
    let (tenant, created) = tenant(&store, 1);
    let records = block_on(store.load(tenant, vec![Find::Owners])).unwrap();
    let before = &records.users[&created.owner];
    let mut changes = Changeset::new(tenant);
    let status = UserStatus::Inactive;
    changes.replace(
        before,
        User {
            status,
            ..before.record.clone()
        },
    );
    let result = commit(&store, changes);
    assert!(matches!(
        result,
        Err(CommitError::Owners(OwnersBroken::NoneLeft))
    ));

    let mut ids = mint(7 << 40);
    let person = person(&mut ids, "second@example.org");
    let account = identity_core::account::Account::embedded(ids.id(), email("second@example.org"));
    let mut second = user(&mut ids, created.domain, person.id);
    second.account = Some(account.id);
    let role = role_of_kind(&store, tenant, RoleKind::TenantOwner);
    let held = assignment(&mut ids, second.id, &role);
    let mut changes = creating(tenant, [person]);
    changes.create(account);
    changes.create(second);
    changes.create(held);
    let result = commit(&store, changes);
    assert!(matches!(
        result,
        Err(CommitError::Owners(OwnersBroken::NotRecorded))
    ));
    let after = block_on(store.load(tenant, vec![Find::Owners])).unwrap();
    assert_eq!(after.users.len(), 1);
    assert_eq!(&after.users[&created.owner], before);
}

/// A host's own rows and a changeset, in one transaction.
#[test]
fn a_changeset_can_be_applied_inside_a_transaction_of_the_hosts() {
    let place = Place::new();
    let store = place.open();
    let (tenant, _) = tenant(&store, 1);
    let mut connection = place.raw();
    connection
        .execute_batch("CREATE TABLE notes (text TEXT)")
        .unwrap();
    configure(&connection, std::time::Duration::from_secs(5)).unwrap();
    let mut ids = mint(7 << 40);
    let rows = import_rows(tenant, &mut ids, 0, 3);
    let begin = TransactionBehavior::Immediate;

    let transaction = connection.transaction_with_behavior(begin).unwrap();
    transaction
        .execute("INSERT INTO notes VALUES ('a')", [])
        .unwrap();
    store_sqlite::apply(&transaction, &rows).unwrap();
    // The second time nothing of it is applied, and what was done before stands.
    let again = store_sqlite::apply(&transaction, &rows);
    assert!(is_stale(&again));
    transaction.commit().unwrap();
    let notes: i64 = connection
        .query_row("SELECT count(*) FROM notes", [], |row| row.get(0))
        .unwrap();
    assert_eq!(notes, 1);
    assert_eq!(verified(&store, tenant).1.len(), 6);

    let transaction = connection.transaction_with_behavior(begin).unwrap();
    store_sqlite::apply(&transaction, &import_rows(tenant, &mut ids, 3, 3)).unwrap();
    transaction.rollback().unwrap();
    assert_eq!(verified(&store, tenant).1.len(), 6);
    // The store's own writer goes on behind what the host wrote.
    commit(&store, import_rows(tenant, &mut ids, 6, 3)).unwrap();
    assert_eq!(verified(&store, tenant).1.len(), 9);
}

#[test]
fn a_connection_that_checks_no_references_is_not_written_to() {
    let place = Place::new();
    let store = place.open();
    let (tenant, _) = tenant(&store, 1);
    let mut connection = place.raw();
    connection
        .execute_batch("PRAGMA foreign_keys = OFF")
        .unwrap();
    let transaction = connection.transaction().unwrap();
    let result = store_sqlite::apply(&transaction, &Changeset::new(tenant));
    match result {
        Err(CommitError::Store(err)) => assert_eq!(Cause::of(&err), Some(Cause::NotConfigured)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_commit_waits_for_another_process_and_then_says_who_is_in_the_way() {
    let place = Place::new();
    let store = SqliteStore::open_with(&place.options()).unwrap();
    let (tenant, _) = tenant(&store, 1);
    let holder = place.raw();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let rows = import_rows(tenant, &mut mint(7 << 40), 0, 1);
    match commit(&store, rows.clone()) {
        Err(CommitError::Store(err)) => assert_eq!(Cause::of(&err), Some(Cause::Locked)),
        other => panic!("{other:?}"),
    }
    // Readers do not wait.
    assert_eq!(verified(&store, tenant).1.len(), 3);
    let waiting = store.commit(rows);
    holder.execute_batch("COMMIT").unwrap();
    block_on(waiting).unwrap();
}

#[test]
fn a_schema_that_became_newer_is_not_written_to() {
    let place = Place::new();
    let store = place.open();
    let (tenant, _) = tenant(&store, 1);
    place.raw().pragma_update(None, "user_version", 2).unwrap();
    match commit(&store, Changeset::new(tenant)) {
        Err(CommitError::Store(err)) => {
            assert_eq!(Cause::of(&err), Some(Cause::Newer { found: 2, known: 1 }));
        }
        other => panic!("{other:?}"),
    }
}

/// The writer begins when `commit` is called: whether anybody waits for the answer is another matter.
#[test]
fn a_commit_nobody_waits_for_is_done_before_the_store_closes() {
    let place = Place::new();
    let store = place.open();
    let (tenant, _) = tenant(&store, 1);
    let mut ids = mint(7 << 40);
    for row in 0..50 {
        drop(store.commit(import_rows(tenant, &mut ids, row, 1)));
    }
    drop(store);
    assert_eq!(verified(&place.open(), tenant).1.len(), 53);
}

/// Many at once on the same records: each either sees the version it expects or is told, and no answer is lost.
#[test]
fn of_two_who_change_one_record_one_wins() {
    let place = Place::new();
    let store = place.open();
    let (tenant, _) = tenant(&store, 1);
    for round in 0..20 {
        let address = format!("round{round}@example.org");
        let person = person(&mut mint(1000 + round), &address);
        commit(&store, creating(tenant, [person])).unwrap();
        let before = persons(&store, tenant, &email(&address)).remove(0);
        let barrier = std::sync::Barrier::new(8);
        let won: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let mut changes = Changeset::new(tenant);
                        changes.replace(&before, before.record.clone());
                        changes.enter(entry(Event::IntegrationConnected));
                        barrier.wait();
                        usize::from(commit(&store, changes).is_ok())
                    })
                })
                .collect();
            threads.into_iter().map(|it| it.join().unwrap()).sum()
        });
        assert_eq!(won, 1);
    }
    assert_eq!(verified(&store, tenant).1.len(), 23);
}

/// A page is the same wherever it begins, and never longer than allowed.
#[test]
fn pages_together_are_the_whole_list() {
    let place = Place::new();
    let store = place.open();
    let (tenant, created) = tenant(&store, 1);
    let mut ids = mint(7 << 40);
    let mut changes = Changeset::new(tenant);
    for number in 0..1100 {
        let person = person(&mut ids, &format!("user{number}@example.org"));
        let user = user(&mut ids, created.domain, person.id);
        changes.create(person);
        changes.create(user);
    }
    commit(&store, changes).unwrap();
    let page = |after, limit| block_on(store.users(tenant, Page { after, limit })).unwrap();
    assert_eq!(page(None, u32::MAX).len(), 1000);
    assert_eq!(page(None, 0).len(), 1);
    let mut seen = Vec::new();
    while let lines = page(seen.last().copied(), 97)
        && !lines.is_empty()
    {
        seen.extend(lines.into_iter().map(|it| it.id));
    }
    assert_eq!(seen.len(), 1101);
    assert!(seen.is_sorted());
}
