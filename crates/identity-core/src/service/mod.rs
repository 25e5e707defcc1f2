//! The service: one public function an operation, each the same way through — read the clock once, mint ids, load, decide,
//! commit, and on a stale commit load and decide again.
//!
//! ```text
//!   call + command ──► load (port) ──► decide (pure) ──► commit (port) ──► answer
//!                        ▲                                  │ stale
//!                        └──────────────────────────────────┘
//! ```

mod access;
mod decisions;
mod hcps;
mod journal;
mod logins;
mod owners;
mod persons;
mod queue;
mod reconcile;
mod sessions;
mod tenants;
mod tokens;

pub use journal::{ElevationLine, JournalQuestion};
pub use logins::{EmbeddedLogin, PasswordProof};
pub use persons::PersonView;
pub use sessions::{NewSession, SessionLine};

pub use hcps::{HcpView, ImportObserver, ImportReport, check_file};
pub use tokens::NewToken;

use queue::Queue;

use crate::{
    authority::{Actor, Authority, AuthorityRefusal},
    changeset::Changeset,
    id::{Id, Mint},
    login::{HashingFailed, TriesLimit},
    operation::{Fingerprint, Operation, OperationKey},
    permission::{Catalogue, Permission},
    port::{Clock, CommitError, Find, NoRandomness, Random, Store, StoreError},
    record::Records,
    refusal::Refusal,
    tenant::Tenant,
};
use chrono::Duration;
use ed25519_dalek::SigningKey;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How often a decision is made anew when others win the race. Each lost round is somebody else's progress.
const ATTEMPTS: usize = 16;

/// The service over its ports.
#[derive(Clone, Debug)]
pub struct Rollcall<S, C, R> {
    /// What is kept.
    pub store: S,
    /// What time it is.
    pub clock: C,
    /// What nobody can guess.
    pub random: R,
    /// What the host decides.
    pub settings: Settings,
    /// Who wants to count a try.
    counting: Queue,
}

/// What the host decides, once for all its tenants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The permissions that there are.
    pub catalogue: Catalogue,
    /// How long a session lives, at most [`LONGEST_LIFE`](crate::session::LONGEST_LIFE).
    pub session_life: Duration,
    /// How often one login may be tried from one source, and one's own password be changed with a wrong one.
    pub tries_of_login: TriesLimit,
    /// How often one login may be tried from everywhere together.
    pub tries_of_login_anywhere: TriesLimit,
    /// How often one source may try.
    pub tries_of_source: TriesLimit,
    /// With what checkpoints of journals are signed; with `None` none is.
    pub checkpoint_key: Option<SigningKey>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            catalogue: Catalogue::default(),
            session_life: crate::session::USUAL_LIFE,
            tries_of_login: TriesLimit::OF_LOGIN,
            tries_of_login_anywhere: TriesLimit::OF_LOGIN_ANYWHERE,
            tries_of_source: TriesLimit::OF_SOURCE,
            checkpoint_key: None,
        }
    }
}

/// In which tenant, by whom, and under which key an operation is asked for.
#[derive(Clone, Debug)]
pub struct Call {
    /// The tenant.
    pub tenant: Id<Tenant>,
    /// Who asks.
    pub actor: Actor,
    /// With a key, the same operation asked again gives the first answer and has no second effect (J4).
    pub key: Option<OperationKey>,
    /// With a rehearsal, everything is decided and nothing committed.
    pub rehearsal: Option<Rehearsal>,
}

/// Keeps what would have been committed. A refusal is the one that would have come; an answer is the one that would have been given,
/// with ids that nothing has.
#[derive(Clone, Debug, Default)]
pub struct Rehearsal(Arc<Mutex<Vec<Changeset>>>);

impl Rehearsal {
    /// What would have been committed, in its order.
    #[must_use]
    pub fn changesets(&self) -> Vec<Changeset> {
        self.kept().clone()
    }

    fn keep(&self, changes: Changeset) {
        self.kept().push(changes);
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Changeset>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// A call without a key.
    #[must_use]
    pub const fn new(tenant: Id<Tenant>, actor: Actor) -> Self {
        Self {
            tenant,
            actor,
            key: None,
            rehearsal: None,
        }
    }

    /// A call of the platform operator on the platform itself.
    #[must_use]
    pub const fn operator() -> Self {
        Self::new(Tenant::PLATFORM, Actor::Operator)
    }

    /// The same call, decided and not committed.
    #[must_use]
    pub fn rehearsed(mut self, rehearsal: Rehearsal) -> Self {
        self.rehearsal = Some(rehearsal);
        self
    }

    /// The same call under a key.
    #[must_use]
    pub fn with_key(mut self, key: OperationKey) -> Self {
        self.key = Some(key);
        self
    }
}

/// Why an operation gave no answer. `R` is the operation's own refusal.
#[derive(Debug, thiserror::Error)]
pub enum Failure<R> {
    /// The rules say no; nothing was changed.
    #[error(transparent)]
    Refused(R),
    /// The key was used for something else; nothing was changed.
    #[error("operation key was used for another operation or content")]
    KeyReused,
    /// Others kept winning the race; nothing was changed.
    #[error("others kept changing the same records")]
    Contended,
    /// The store cannot answer; nothing was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The change may be durable or not.
    #[error("outcome of the operation is unknown")]
    OutcomeUnknown(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No ids could be made; nothing was changed.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// A password could not be hashed; nothing was changed.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
}

impl<R: Refusal> Failure<R> {
    /// The stable code, in lower snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::KeyReused => "operation_key_reused",
            Self::Contended => "contended",
            Self::Store(StoreError::Unavailable(_)) => "store_unavailable",
            Self::Store(StoreError::Corrupt { .. }) => "store_corrupt",
            Self::OutcomeUnknown(_) => "outcome_unknown",
            Self::NoRandomness(_) => "no_randomness",
            Self::Hashing(_) => "hashing_failed",
        }
    }

    /// The rule of the design that refuses, such as `O2`, where a rule does.
    pub fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refusal) => Some(refusal.rule()),
            Self::KeyReused => Some("J4"),
            Self::Contended
            | Self::Store(_)
            | Self::OutcomeUnknown(_)
            | Self::NoRandomness(_)
            | Self::Hashing(_) => None,
        }
    }

    /// The next legal step.
    pub fn next(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.next(),
            Self::KeyReused => "use a new key for a new operation",
            Self::Contended => "try again",
            Self::Store(StoreError::Unavailable(_)) => "try again when the store is back",
            Self::Store(StoreError::Corrupt { .. }) => {
                "restore the store from a backup, and keep the broken one for a look"
            }
            Self::OutcomeUnknown(_) => {
                "ask again with the same operation key, or look whether the change is there"
            }
            Self::NoRandomness(_) => "look at the operating system's source of randomness",
            Self::Hashing(_) => "try again when the machine has memory",
        }
    }
}

impl<R> Failure<R> {
    /// The same failure with another refusal.
    pub fn map<Q>(self, refusal: impl FnOnce(R) -> Q) -> Failure<Q> {
        match self {
            Self::Refused(it) => Failure::Refused(refusal(it)),
            Self::KeyReused => Failure::KeyReused,
            Self::Contended => Failure::Contended,
            Self::Store(it) => Failure::Store(it),
            Self::OutcomeUnknown(it) => Failure::OutcomeUnknown(it),
            Self::NoRandomness(it) => Failure::NoRandomness(it),
            Self::Hashing(it) => Failure::Hashing(it),
        }
    }
}

impl<S: Store, C: Clock, R: Random> Rollcall<S, C, R> {
    /// A service over these ports.
    pub fn new(store: S, clock: C, random: R) -> Self {
        Self {
            store,
            clock,
            random,
            settings: Settings::default(),
            counting: Queue::default(),
        }
    }

    /// The same service, as the host wants it.
    #[must_use]
    pub fn with(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    fn mint(&self) -> Result<Mint, NoRandomness> {
        Ok(Mint::new(self.clock.now(), self.random.entropy()?))
    }

    /// What the caller may do at this moment, if they may do this: for reading what no decision guards.
    ///
    /// # Errors
    /// Refuses without the permission.
    pub async fn authorize(
        &self,
        call: &Call,
        permission: &Permission,
    ) -> Result<Authority, Failure<AuthorityRefusal>> {
        let authority = self.authority(call).await?;
        if authority.allows(permission) {
            Ok(authority)
        } else {
            Err(Failure::Refused(AuthorityRefusal::Missing(
                permission.clone(),
            )))
        }
    }

    /// What the caller may do at this moment, whatever it is.
    ///
    /// # Errors
    /// Refuses whoever has no authority at all.
    pub async fn authority(&self, call: &Call) -> Result<Authority, Failure<AuthorityRefusal>> {
        let records = self.store.load(call.tenant, call.actor.find()).await?;
        Authority::of(&call.actor, call.tenant, &records, self.clock.now())
            .map_err(Failure::Refused)
    }

    /// One operation on one tenant, by an actor.
    async fn transact<D, E>(
        &self,
        call: &Call,
        operation: &'static str,
        command: &impl Serialize,
        finds: &[Find],
        mut decide: impl FnMut(&Authority, &Records, &mut Mint) -> Result<D, E>,
    ) -> Result<D::Answer, Failure<E>>
    where
        D: Decided,
        E: From<AuthorityRefusal>,
    {
        self.run(
            call,
            Asked::of(call, operation, command),
            &[call.actor.find().as_slice(), finds].concat(),
            |records, ids| {
                let authority = Authority::of(&call.actor, call.tenant, records, ids.now())?;
                decide(&authority, records, ids)
            },
        )
        .await
    }

    /// Load, decide, commit, and again on a lost race.
    async fn run<D: Decided, E>(
        &self,
        call: &Call,
        asked: Option<Asked>,
        finds: &[Find],
        mut decide: impl FnMut(&Records, &mut Mint) -> Result<D, E>,
    ) -> Result<D::Answer, Failure<E>> {
        let tenant = call.tenant;
        let mint = self.mint()?;
        for _ in 0..ATTEMPTS {
            if let Some(answer) = self.answered(tenant, asked.as_ref()).await? {
                return Ok(answer);
            }
            let records = self.store.load(tenant, finds.to_vec()).await?;
            let (mut changes, answer) = match decide(&records, &mut mint.clone()) {
                Ok(decided) => decided.into_parts(),
                // The same question may have been answered since the look above: what it left behind is no refusal.
                Err(refusal) => {
                    return match self
                        .answered::<D::Answer, E>(tenant, asked.as_ref())
                        .await?
                    {
                        Some(answer) => Ok(answer),
                        None => Err(Failure::Refused(refusal)),
                    };
                }
            };
            if let Some(asked) = &asked {
                changes.answer(asked.with(&answer)?);
            }
            if let Some(rehearsal) = &call.rehearsal {
                rehearsal.keep(changes);
                return Ok(answer);
            }
            match self.store.commit(changes).await {
                Ok(()) => return Ok(answer),
                Err(
                    CommitError::Stale | CommitError::Duplicate { .. } | CommitError::Owners(_),
                ) => (),
                Err(CommitError::Store(err)) => return Err(Failure::Store(err)),
                Err(CommitError::Unknown(err)) => {
                    // With a key the store itself can say what became of it.
                    return match self.answered::<D::Answer, E>(tenant, asked.as_ref()).await {
                        Ok(Some(answer)) => Ok(answer),
                        Ok(None) | Err(_) => Err(Failure::OutcomeUnknown(err)),
                    };
                }
            }
        }
        Err(Failure::Contended)
    }

    /// The answer given before under this key, if it was.
    async fn answered<A: DeserializeOwned, E>(
        &self,
        tenant: Id<Tenant>,
        asked: Option<&Asked>,
    ) -> Result<Option<A>, Failure<E>> {
        let Some(asked) = asked else { return Ok(None) };
        match self.store.operation(tenant, asked.key.clone()).await? {
            None => Ok(None),
            Some(before) if before.fingerprint != asked.fingerprint => Err(Failure::KeyReused),
            Some(before) => serde_json::from_str(&before.answer).map(Some).map_err(|_| {
                let id = asked.key.as_str().to_owned();
                Failure::Store(StoreError::Corrupt {
                    table: "operations",
                    column: "answer",
                    id,
                })
            }),
        }
    }
}

/// What a decision gives: a changeset, and an answer where there is one.
trait Decided {
    /// The answer, which is kept under the operation's key.
    type Answer: Serialize + DeserializeOwned;

    fn into_parts(self) -> (Changeset, Self::Answer);
}

impl Decided for Changeset {
    type Answer = ();

    fn into_parts(self) -> (Changeset, ()) {
        (self, ())
    }
}

impl<A: Serialize + DeserializeOwned> Decided for (Changeset, A) {
    type Answer = A;

    fn into_parts(self) -> Self {
        self
    }
}

/// What is asked under a key.
struct Asked {
    key: OperationKey,
    fingerprint: Fingerprint,
}

impl Asked {
    fn of(call: &Call, operation: &str, command: &impl Serialize) -> Option<Self> {
        let key = call.key.clone()?;
        Some(Self {
            key,
            fingerprint: Fingerprint::of(operation, &(&call.actor, command)),
        })
    }

    fn with(&self, answer: &impl Serialize) -> Result<Operation, StoreError> {
        let answer =
            serde_json::to_string(answer).map_err(|err| StoreError::Unavailable(Box::new(err)))?;
        Ok(Operation {
            key: self.key.clone(),
            fingerprint: self.fingerprint,
            answer,
        })
    }
}
