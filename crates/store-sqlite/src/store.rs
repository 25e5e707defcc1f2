//! The store: its threads, and the ports it serves.

use crate::{
    cause::Cause,
    list,
    open::{OpenError, Options, open},
    queue::Queue,
    reader::{at_one_instant, load, operation},
    reconciliation,
    writer::{Job, write},
};
use futures_channel::oneshot;
use identity_core::{
    changeset::Changeset,
    email::EmailKey,
    hcp::{
        Hcp, HcpLine,
        import::{Import, RejectedRow},
        search::HcpSearch,
    },
    id::Id,
    journal::{Hash, Sealed},
    operation::{Operation, OperationKey},
    outbox::Message,
    owner::Proposal,
    person::Person,
    port::{CommitError, Directory, Find, Page, Store, StoreError, TenantLine, UserLine},
    reconcile::views::Reconciliation,
    record::Records,
    role::Role,
    session::Session,
    tenant::Tenant,
    token::ApiToken,
    user::User,
};
use rusqlite::Connection;
use std::{
    fmt,
    future::Future,
    path::Path,
    sync::{Arc, Mutex},
    thread::{Builder, JoinHandle},
};

/// A store in one SQLite file: one thread that writes, a few that read. Cheap to clone; all clones are one store.
///
/// When the last clone goes, whatever was asked for is still done, and then the file is closed.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

type Reading = Box<dyn FnOnce(&Connection) + Send>;

/// What was read, or is being read by a thread.
enum Read<F> {
    Done(Box<Result<Records, StoreError>>),
    Asked(F),
}

struct Shared {
    reads: Arc<Queue<Reading>>,
    commits: Arc<Queue<Job>>,
    readers: Vec<JoinHandle<()>>,
    writer: Option<JoinHandle<()>>,
    /// The writer's connection. While the writer rests, whoever asks for a few rows reads them through it, sooner than a thread is
    /// woken for it and wakes its asker; and its pages are the ones that every other connection reads anew after a commit.
    ///
    /// Closed last, since whoever closes the file last copies the log into it, and readers cannot.
    writing: Arc<Mutex<Connection>>,
}

/// The most look-ups that are done on the asker's thread.
const FEW: usize = 16;

/// Whether a look-up brings a few rows, however large the tenant is.
const fn brings_few(find: &Find) -> bool {
    !matches!(
        find,
        Find::RosterPeople
            | Find::RosterPerson(_)
            | Find::Plan(_)
            | Find::StepsOnUser(..)
            | Find::StepsOnIdentity(..)
            | Find::Elevations
            | Find::TriesBefore(_)
            | Find::ApiTokens
    )
}

impl SqliteStore {
    /// Opens the file at this path, and makes it if it is missing.
    ///
    /// # Errors
    /// As [`OpenError`]; the file is then as it was before.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(&Options::new(path.as_ref()))
    }

    /// Opens a file. Waits for other processes that open it too, up to the busy timeout, so that it does not belong on an
    /// executor's thread.
    ///
    /// # Errors
    /// As [`OpenError`]; the file is then as it was before.
    pub fn open_with(options: &Options) -> Result<Self, OpenError> {
        let (writer, readers) = open(options)?;
        let busy_timeout = options.busy_timeout;
        let mut shared = Shared {
            reads: Arc::new(Queue::new()),
            commits: Arc::new(Queue::new()),
            readers: Vec::with_capacity(readers.len()),
            writer: None,
            writing: Arc::new(Mutex::new(writer)),
        };
        let (writing, commits) = (Arc::clone(&shared.writing), Arc::clone(&shared.commits));
        shared.writer = Some(
            Builder::new()
                .name("store-writer".to_owned())
                .spawn(move || write(&writing, &commits, busy_timeout))?,
        );
        for reader in readers {
            let reads = Arc::clone(&shared.reads);
            shared
                .readers
                .push(
                    Builder::new()
                        .name("store-reader".to_owned())
                        .spawn(move || {
                            while let Some(read) = reads.take() {
                                read(&reader);
                            }
                        })?,
                );
        }
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Has a reader do this; it begins now, not when the future is polled.
    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + Send {
        let (reply, answer) = oneshot::channel();
        self.shared.reads.push(Box::new(move |connection| {
            // Nobody waits any more: spare the work.
            if !reply.is_canceled() {
                let _ = reply.send(at_one_instant(connection, read));
            }
        }));
        async move {
            answer
                .await
                .unwrap_or_else(|_| Err(Cause::Closed.unavailable()))
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.reads.close();
        for thread in self.readers.drain(..) {
            // What a thread that panicked left undone its callers know by their answers that never came.
            let _ = thread.join();
        }
        self.commits.close();
        if let Some(thread) = self.writer.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

impl Store for SqliteStore {
    fn load(
        &self,
        tenant: Id<Tenant>,
        finds: Vec<Find>,
    ) -> impl Future<Output = Result<Records, StoreError>> + Send {
        let few = finds.len() <= FEW && finds.iter().all(brings_few);
        // Where a reader has panicked nobody reads here any more.
        let resting = few.then(|| self.shared.writing.try_lock().ok());
        let read = match resting.flatten() {
            Some(connection) => {
                let found = at_one_instant(&connection, |it| load(it, tenant, finds));
                Read::Done(Box::new(found))
            }
            None => Read::Asked(self.read(move |connection| load(connection, tenant, finds))),
        };
        async move {
            match read {
                Read::Done(found) => *found,
                Read::Asked(answer) => answer.await,
            }
        }
    }

    fn operation(
        &self,
        tenant: Id<Tenant>,
        key: OperationKey,
    ) -> impl Future<Output = Result<Option<Operation>, StoreError>> + Send {
        self.read(move |connection| operation(connection, tenant, &key))
    }

    fn commit(&self, changes: Changeset) -> impl Future<Output = Result<(), CommitError>> + Send {
        let (reply, answer) = oneshot::channel();
        self.shared.commits.push(Job { changes, reply });
        async move {
            // The writer answers everything it takes; it did not even take this.
            answer
                .await
                .unwrap_or_else(|_| Err(Cause::Closed.refused()))
        }
    }
}

impl Directory for SqliteStore {
    fn tenants(&self) -> impl Future<Output = Result<Vec<TenantLine>, StoreError>> + Send {
        self.read(list::tenants)
    }

    fn users(
        &self,
        tenant: Id<Tenant>,
        page: Page<Id<User>>,
    ) -> impl Future<Output = Result<Vec<UserLine>, StoreError>> + Send {
        self.read(move |connection| list::users(connection, tenant, &page))
    }

    fn users_by_email(
        &self,
        tenant: Id<Tenant>,
        email: EmailKey,
    ) -> impl Future<Output = Result<Vec<UserLine>, StoreError>> + Send {
        self.read(move |connection| list::users_by_email(connection, tenant, &email))
    }

    fn owners(
        &self,
        tenant: Id<Tenant>,
    ) -> impl Future<Output = Result<Vec<UserLine>, StoreError>> + Send {
        self.read(move |connection| list::owners(connection, tenant))
    }

    fn users_with_roles(
        &self,
        tenant: Id<Tenant>,
        roles: Vec<Id<Role>>,
        page: Page<Id<User>>,
    ) -> impl Future<Output = Result<Vec<UserLine>, StoreError>> + Send {
        self.read(move |connection| list::users_with_roles(connection, tenant, &roles, &page))
    }

    fn persons(
        &self,
        tenant: Id<Tenant>,
        page: Page<Id<Person>>,
    ) -> impl Future<Output = Result<Vec<Person>, StoreError>> + Send {
        self.read(move |connection| list::persons(connection, tenant, &page))
    }

    fn session_by_hash(
        &self,
        hash: Hash,
    ) -> impl Future<Output = Result<Option<(Id<Tenant>, Session)>, StoreError>> + Send {
        self.read(move |connection| list::session_by_hash(connection, &hash))
    }

    fn proposals(
        &self,
        tenant: Id<Tenant>,
    ) -> impl Future<Output = Result<Vec<Proposal>, StoreError>> + Send {
        self.read(move |connection| list::records(connection, tenant, "", &[]))
    }

    fn roles(
        &self,
        tenant: Id<Tenant>,
    ) -> impl Future<Output = Result<Vec<Role>, StoreError>> + Send {
        self.read(move |connection| list::records(connection, tenant, "", &[]))
    }

    fn hcps(
        &self,
        tenant: Id<Tenant>,
        search: HcpSearch,
        page: Page<Id<Hcp>>,
    ) -> impl Future<Output = Result<Vec<HcpLine>, StoreError>> + Send {
        self.read(move |connection| list::hcps(connection, tenant, &search, &page))
    }

    fn hcps_below(
        &self,
        tenant: Id<Tenant>,
        organisation: Id<Hcp>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send {
        self.read(move |connection| list::hcps_below(connection, tenant, &organisation))
    }

    fn import(
        &self,
        tenant: Id<Tenant>,
        import: Id<Import>,
    ) -> impl Future<Output = Result<Option<Import>, StoreError>> + Send {
        self.read(move |connection| list::import(connection, tenant, &import))
    }

    fn rejected_rows(
        &self,
        tenant: Id<Tenant>,
        import: Id<Import>,
        page: Page<u32>,
    ) -> impl Future<Output = Result<Vec<RejectedRow>, StoreError>> + Send {
        self.read(move |connection| list::rejected_rows(connection, tenant, &import, &page))
    }

    fn reconciliation(
        &self,
        tenant: Id<Tenant>,
        planner: Id<User>,
    ) -> impl Future<Output = Result<Reconciliation, StoreError>> + Send {
        self.read(move |connection| reconciliation::read(connection, tenant, planner))
    }

    fn journal(
        &self,
        tenant: Id<Tenant>,
        page: Page<u64>,
    ) -> impl Future<Output = Result<Vec<Sealed>, StoreError>> + Send {
        self.read(move |connection| list::journal(connection, tenant, &page))
    }

    fn api_tokens(
        &self,
        tenant: Id<Tenant>,
    ) -> impl Future<Output = Result<Vec<ApiToken>, StoreError>> + Send {
        self.read(move |connection| list::records(connection, tenant, "", &[]))
    }

    fn api_token_by_hash(
        &self,
        hash: Hash,
    ) -> impl Future<Output = Result<Option<(Id<Tenant>, ApiToken)>, StoreError>> + Send {
        self.read(move |connection| list::api_token_by_hash(connection, &hash))
    }

    fn outbox(
        &self,
        tenant: Id<Tenant>,
        page: Page<Id<Message>>,
    ) -> impl Future<Output = Result<Vec<Message>, StoreError>> + Send {
        self.read(move |connection| list::outbox(connection, tenant, &page))
    }
}
