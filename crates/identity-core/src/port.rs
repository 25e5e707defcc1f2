//! What the core needs from outside: small traits, and the values that cross them.
//!
//! [`Store`] loads what a decision looks at and commits what it decided. [`Directory`] lists and searches, and never
//! feeds a decision. The ports of single jobs stand beside their concepts: [`RosterSource`](crate::roster::RosterSource),
//! [`SheetReader`](crate::sheet::SheetReader), [`PhonePlan`](crate::phone::PhonePlan).

use crate::{
    account::{Account, Provider},
    changeset::Changeset,
    email::{Email, EmailKey},
    hcp::{
        Hcp, HcpLine,
        import::{Import, RejectedRow},
        search::HcpSearch,
    },
    id::{Entropy, Id},
    journal::{Hash, Sealed},
    login::TriesKey,
    name::{Name, PersonName},
    operation::{Operation, OperationKey},
    outbox::Message,
    owner::{Elevation, OwnersBroken, Proposal},
    person::Person,
    reconcile::{Institution, views::Reconciliation},
    record::Records,
    role::{Role, RoleKind},
    roster::MedhubUserId,
    session::Session,
    tenant::{Domain, Listing, Tenant, TenantStatus},
    time::Instant,
    token::ApiToken,
    user::{User, UserStatus},
};
use hashbrown::HashSet;
use std::{error::Error, future::Future};

/// What a store is asked for. Each is one look-up; [`Find::follow`] says which others it entails, so that every
/// store loads the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Find {
    /// The tenant's own record.
    Tenant,
    /// Every domain of the tenant.
    Domains,
    /// One domain.
    Domain(Id<Domain>),
    /// Every role of the tenant.
    Roles,
    /// One role.
    Role(Id<Role>),
    /// One role that is to be given or taken, and the owners if it is theirs.
    RoleToGive(Id<Role>),
    /// One user, and what it may do: its domain, account, assignments and their roles.
    Access(Id<User>),
    /// One user as reconciliation sees them: the access, the person and the link.
    Local(Id<User>),
    /// The record of the owners and, with their access, all users who have an assignment of Tenant Owner.
    Owners,
    /// The active and inactive assignments of one user, and their roles.
    AssignmentsOf(Id<User>),
    /// One person.
    Person(Id<Person>),
    /// The tenant's persons with this e-mail address.
    PersonsWithEmail(EmailKey),
    /// The tenant's users of this person.
    UsersOf(Id<Person>),
    /// One account.
    Account(Id<Account>),
    /// The account with this login, and the tenant's users that it opens.
    Login(EmailKey),
    /// The account with this login, which is to open another user or tenant: as [`Find::Login`], and its password.
    LoginToOpen(EmailKey),
    /// The tenant's users that this account opens.
    UsersOpenedBy(Id<Account>),
    /// One healthcare party, and its person.
    Hcp(Id<Hcp>),
    /// The professional whom files find by this address, and their person; where there is none, the persons with the address.
    HcpWithEmail(EmailKey),
    /// One healthcare party and the organisations above it, at most so many.
    HcpsAbove(Id<Hcp>, u8),
    /// The first party, by id, that stands directly below this one.
    HcpBelow(Id<Hcp>),
    /// One healthcare party, its person, and their users as whoever changes their logins sees them.
    HcpToEdit(Id<Hcp>),
    /// One import.
    Import(Id<Import>),
    /// One user as whoever changes their login sees them: the person, the password, and all users here that the login opens.
    Keys(Id<User>),
    /// The tenant's users that this account opens, what they may do, and their elevations whose end was not recorded.
    AccessThrough(Id<Account>),
    /// The tenant's users of this person, as whoever changes their logins sees them.
    KeysOf(Id<Person>),
    /// The healthcare parties of this person.
    HcpsOf(Id<Person>),
    /// The password of an account.
    Credential(Id<Account>),
    /// The account that a provider knows under this subject.
    LinkedAccount(Provider, String),
    /// What was counted under a key.
    Tries(TriesKey),
    /// What was counted since before this instant, at most a thousand.
    TriesBefore(Instant),
    /// One session, the access of its user, the login that opened it, and the elevation in it.
    Session(Id<Session>),
    /// The sessions of one user that nobody ended.
    SessionsOf(Id<User>),
    /// One elevation.
    Elevation(Id<Elevation>),
    /// The elevations of one user whose end was not recorded.
    ElevationsOf(Id<User>),
    /// All elevations of the tenant whose end was not recorded, and their sessions.
    Elevations,
    /// The proposal to make this user an owner.
    ProposalOf(Id<User>),
    /// The connection to MedHub.
    Integration,
    /// The head of the last roster read.
    Roster,
    /// Everybody in it.
    RosterPeople,
    /// One person of it, the link to them, and who here has their e-mail address. Asked for after
    /// [`Find::Integration`].
    RosterPerson(MedhubUserId),
    /// The link of one user.
    LinkOf(Id<User>),
    /// The link to one MedHub identity.
    LinkTo(Institution, MedhubUserId),
    /// Whether a user and a MedHub identity are remembered as not the same person.
    NotSame(Id<User>, Institution, MedhubUserId),
    /// The head of a user's plan.
    PlanHead(Id<User>),
    /// A user's plan with all its steps, whom they concern, and what is remembered of them. Asked for after
    /// [`Find::Integration`].
    Plan(Id<User>),
    /// The steps of a user's plan (the first) that concern a user (the second).
    StepsOnUser(Id<User>, Id<User>),
    /// The steps of a user's plan that concern an identity.
    StepsOnIdentity(Id<User>, MedhubUserId),
    /// One token, and the access of its user.
    ApiToken(Id<ApiToken>),
    /// Every token of the tenant.
    ApiTokens,
}

impl Find {
    /// What else this look-up entails: seen what it brought, and what had been loaded before it. A pure function of records, so
    /// that no store has its own idea of it.
    ///
    /// What it brought stands apart, so that a thousand look-ups do not each go through what the others brought.
    pub fn follow(&self, brought: &Records, before: &Records, further: &mut Vec<Self>) {
        match self {
            Self::Access(_) => {
                for user in brought.users.values() {
                    further.push(Self::Domain(user.record.domain));
                    further.extend(user.record.account.map(Self::Account));
                    further.push(Self::AssignmentsOf(user.record.id));
                }
            }
            Self::Local(_) => {
                for user in brought.users.values() {
                    further.push(Self::Access(user.record.id));
                    further.push(Self::Person(user.record.person));
                    further.push(Self::LinkOf(user.record.id));
                }
            }
            Self::RosterPerson(medhub) => {
                let institutions = before.integrations.values();
                further.extend(
                    institutions
                        .map(|it| Self::LinkTo(it.record.institution.clone(), medhub.clone())),
                );
                for found in brought.roster_people.values() {
                    for email in found.record.identity.email_keys() {
                        further.push(Self::PersonsWithEmail(email.clone()));
                        further.push(Self::Login(email));
                    }
                }
            }
            Self::Plan(_) => {
                for step in brought.steps.values().map(|it| &it.record) {
                    let medhub = step.action.medhub();
                    if let Some(user) = step.action.user() {
                        let institution = step.institution.clone();
                        further.push(Self::Local(user));
                        further.push(Self::NotSame(user, institution, medhub.clone()));
                    }
                    further.push(Self::RosterPerson(medhub.clone()));
                }
            }
            Self::RoleToGive(_) => {
                let mut roles = brought.roles.values();
                if roles.any(|it| it.record.kind == RoleKind::TenantOwner) {
                    further.push(Self::Owners);
                }
            }
            Self::AssignmentsOf(_) => {
                let held = brought.assignments.values();
                further.extend(held.map(|it| Self::Role(it.record.role)));
            }
            Self::Owners => {
                let held = brought.assignments.values();
                further.extend(held.map(|it| Self::Access(it.record.user)));
            }
            Self::PersonsWithEmail(_) => {
                let persons = brought.persons.values();
                further.extend(persons.map(|it| Self::UsersOf(it.record.id)));
            }
            Self::Login(_) => {
                let accounts = brought.accounts.values();
                further.extend(accounts.map(|it| Self::UsersOpenedBy(it.record.id)));
            }
            Self::LoginToOpen(_) => {
                for account in brought.accounts.keys() {
                    further.push(Self::UsersOpenedBy(*account));
                    further.push(Self::Credential(*account));
                }
            }
            Self::Keys(_) | Self::KeysOf(_) => {
                for user in brought.users.values() {
                    further.push(Self::Access(user.record.id));
                    further.push(Self::Person(user.record.person));
                    if let Some(account) = user.record.account {
                        further.push(Self::AccessThrough(account));
                        further.push(Self::Credential(account));
                    }
                }
            }
            Self::AccessThrough(_) => {
                for user in brought.users.keys() {
                    further.push(Self::Access(*user));
                    further.push(Self::ElevationsOf(*user));
                }
            }
            Self::Session(_) => {
                for session in brought.sessions.values() {
                    further.push(Self::Access(session.record.user));
                    further.push(Self::Account(session.record.account));
                    further.extend(session.record.elevation.map(Self::Elevation));
                }
            }
            Self::Elevations => {
                let on = brought.elevations.values();
                further.extend(on.map(|it| Self::Session(it.record.session)));
            }
            Self::HcpWithEmail(email) if brought.hcps.is_empty() => {
                further.push(Self::PersonsWithEmail(email.clone()));
            }
            Self::Hcp(_) | Self::HcpWithEmail(_) => {
                let people = brought.hcps.values().filter_map(|it| it.record.person());
                further.extend(people.map(Self::Person));
            }
            Self::HcpsAbove(_, left) => {
                let above = brought.hcps.values().filter_map(|it| it.record.parent);
                let left = left.checked_sub(1);
                further.extend(above.zip(left).map(|(it, left)| Self::HcpsAbove(it, left)));
            }
            Self::HcpToEdit(_) => {
                for person in brought.hcps.values().filter_map(|it| it.record.person()) {
                    further.push(Self::Person(person));
                    further.push(Self::KeysOf(person));
                    further.push(Self::HcpsOf(person));
                }
            }
            Self::ApiToken(_) => {
                let tokens = brought.api_tokens.values();
                further.extend(tokens.map(|it| Self::Access(it.record.user)));
            }
            Self::Tenant
            | Self::Domains
            | Self::Domain(_)
            | Self::Roles
            | Self::Role(_)
            | Self::Person(_)
            | Self::UsersOf(_)
            | Self::Account(_)
            | Self::UsersOpenedBy(_)
            | Self::Import(_)
            | Self::HcpsOf(_)
            | Self::HcpBelow(_)
            | Self::Credential(_)
            | Self::LinkedAccount(..)
            | Self::Tries(_)
            | Self::TriesBefore(_)
            | Self::SessionsOf(_)
            | Self::Elevation(_)
            | Self::ElevationsOf(_)
            | Self::ProposalOf(_)
            | Self::Integration
            | Self::Roster
            | Self::RosterPeople
            | Self::PlanHead(_)
            | Self::StepsOnUser(..)
            | Self::StepsOnIdentity(..)
            | Self::LinkOf(_)
            | Self::LinkTo(..)
            | Self::NotSame(..)
            | Self::ApiTokens => (),
        }
    }
}

/// Runs look-ups and those they entail, each once, by a store's way of doing a single one, which is given an empty bag to put
/// into what the one look-up brings.
///
/// # Errors
/// The first error of `find`.
pub fn load_with<E>(
    finds: Vec<Find>,
    mut find: impl FnMut(&Find, &mut Records) -> Result<(), E>,
) -> Result<Records, E> {
    let mut records = Records::default();
    let mut done = HashSet::with_capacity(finds.len());
    let mut waiting = finds;
    waiting.reverse();
    let mut further = Vec::new();
    while let Some(next) = waiting.pop() {
        if done.contains(&next) {
            continue;
        }
        let mut brought = Records::default();
        find(&next, &mut brought)?;
        next.follow(&brought, &records, &mut further);
        records.add(brought);
        waiting.append(&mut further);
        done.insert(next);
    }
    Ok(records)
}

type Source = Box<dyn Error + Send + Sync>;

/// Why a store cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not now: the cause is its source, which no message shows to the outside.
    #[error("store unavailable")]
    Unavailable(#[source] Source),
    /// A stored value is none that could have been written.
    #[error("stored value of `{table}.{column}` cannot be read (record `{id}`)")]
    Corrupt {
        /// the table
        table: &'static str,
        /// the column
        column: &'static str,
        /// the record's key
        id: String,
    },
}

/// Why a changeset was not committed. Nothing of it was, but for [`CommitError::Unknown`].
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// An expectation no longer holds: load and decide again.
    #[error("state changed since it was loaded")]
    Stale,
    /// Something that must be unique is there already: load and decide again.
    #[error("there is another {what} like it")]
    Duplicate {
        /// of what
        what: &'static str,
    },
    /// The owners' audit refused: load and decide again.
    #[error(transparent)]
    Owners(#[from] OwnersBroken),
    /// The store cannot answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The commit failed in a way after which it may yet be durable: ask again with the same operation key.
    #[error("outcome of the commit is unknown")]
    Unknown(#[source] Source),
}

/// Loads what decisions look at, and commits what they decided.
pub trait Store: Send + Sync + 'static {
    /// Everything the look-ups ask for and entail, of this tenant, as of one instant.
    fn load(
        &self,
        tenant: Id<Tenant>,
        finds: Vec<Find>,
    ) -> impl Future<Output = Result<Records, StoreError>> + Send;

    /// The answer kept under an operation key.
    fn operation(
        &self,
        tenant: Id<Tenant>,
        key: OperationKey,
    ) -> impl Future<Output = Result<Option<Operation>, StoreError>> + Send;

    /// Applies a changeset all-or-nothing, if every expectation holds: those listed, those of each write, that nothing
    /// unique is there twice, that the operation key is new, and the owners' audit. Appends the entries to the tenant's
    /// journal in the same commit. When it returns `Ok`, the change is durable.
    ///
    /// The store begins when this is called, not when the future is first polled, so that a caller may prepare the next
    /// changeset meanwhile.
    fn commit(&self, changes: Changeset) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// A page of a list: what follows `after` in the list's order, at most `limit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page<K> {
    /// The key of the last line of the page before; `None` for the first page.
    pub after: Option<K>,
    /// The most lines, 1 to 1,000; stores cut it to that.
    pub limit: u32,
}

impl<K> Page<K> {
    /// The first page.
    #[must_use]
    pub const fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }

    /// The limit within its bounds.
    #[must_use]
    pub fn bounded(&self) -> usize {
        usize::try_from(self.limit.clamp(1, 1000)).unwrap_or(1)
    }
}

/// A tenant in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantLine {
    /// Its identifier.
    pub id: Id<Tenant>,
    /// Its name.
    pub name: Name,
    /// Whether its users may do anything.
    pub status: TenantStatus,
    /// Whether patients find it among the health systems.
    pub listing: Listing,
}

/// A user in a list, with the person and the roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserLine {
    /// The user.
    pub id: Id<User>,
    /// Whose access.
    pub person: Id<Person>,
    /// The person's names.
    pub name: PersonName,
    /// The login if there is one, else the person's address.
    pub email: Option<Email>,
    /// Whether the access counts.
    pub status: UserStatus,
    /// The roles that count, of the active assignments, in the order of their ids.
    pub roles: Vec<(Id<Role>, Name)>,
}

/// Lists and searches. What it says may be out of date when it is read, so no decision is fed from it.
pub trait Directory: Send + Sync + 'static {
    /// Every tenant, in the order of the ids.
    fn tenants(&self) -> impl Future<Output = Result<Vec<TenantLine>, StoreError>> + Send;

    /// The tenant's users, in the order of the ids.
    fn users(
        &self,
        tenant: Id<Tenant>,
        page: Page<Id<User>>,
    ) -> impl Future<Output = Result<Vec<UserLine>, StoreError>> + Send;

    /// The users in the internal domain whose login or person has this e-mail address.
    fn users_by_email(
        &self,
        tenant: Id<Tenant>,
        email: EmailKey,
    ) -> impl Future<Output = Result<Vec<UserLine>, StoreError>> + Send;

    /// The usable owners, with contact (O5).
    fn owners(
        &self,
        tenant: Id<Tenant>,
    ) -> impl Future<Output = Result<Vec<UserLine>, StoreError>> + Send;

    /// The active users, in active domains, with an active assignment of one of these roles, in the order of the ids.
    fn users_with_roles(
        &self,
        tenant: Id<Tenant>,
        roles: Vec<Id<Role>>,
        page: Page<Id<User>>,
    ) -> impl Future<Output = Result<Vec<UserLine>, StoreError>> + Send;

    /// The tenant's persons, in the order of the ids.
    fn persons(
        &self,
        tenant: Id<Tenant>,
        page: Page<Id<Person>>,
    ) -> impl Future<Output = Result<Vec<Person>, StoreError>> + Send;

    /// The session with this hash, of whatever tenant: one indexed look-up.
    fn session_by_hash(
        &self,
        hash: Hash,
    ) -> impl Future<Output = Result<Option<(Id<Tenant>, Session)>, StoreError>> + Send;

    /// The proposals of owners, in the order of the ids.
    fn proposals(
        &self,
        tenant: Id<Tenant>,
    ) -> impl Future<Output = Result<Vec<Proposal>, StoreError>> + Send;

    /// The tenant's roles, in the order of the ids.
    fn roles(
        &self,
        tenant: Id<Tenant>,
    ) -> impl Future<Output = Result<Vec<Role>, StoreError>> + Send;

    /// The tenant's healthcare parties that are looked for, in the order of the ids.
    fn hcps(
        &self,
        tenant: Id<Tenant>,
        search: HcpSearch,
        page: Page<Id<Hcp>>,
    ) -> impl Future<Output = Result<Vec<HcpLine>, StoreError>> + Send;

    /// How many parties stand directly below an organisation.
    fn hcps_below(
        &self,
        tenant: Id<Tenant>,
        organisation: Id<Hcp>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// One import.
    fn import(
        &self,
        tenant: Id<Tenant>,
        import: Id<Import>,
    ) -> impl Future<Output = Result<Option<Import>, StoreError>> + Send;

    /// The rows an import rejected, in the order of the file.
    fn rejected_rows(
        &self,
        tenant: Id<Tenant>,
        import: Id<Import>,
        page: Page<u32>,
    ) -> impl Future<Output = Result<Vec<RejectedRow>, StoreError>> + Send;

    /// Both sides of a reconciliation as of one instant: the learners and teachers with their links, MedHub's people, who of
    /// both is not the same person at the connected institution, and the steps this user has staged.
    fn reconciliation(
        &self,
        tenant: Id<Tenant>,
        planner: Id<User>,
    ) -> impl Future<Output = Result<Reconciliation, StoreError>> + Send;

    /// Journal entries, in the order of the chain.
    fn journal(
        &self,
        tenant: Id<Tenant>,
        page: Page<u64>,
    ) -> impl Future<Output = Result<Vec<Sealed>, StoreError>> + Send;

    /// The tenant's tokens, in the order of the ids.
    fn api_tokens(
        &self,
        tenant: Id<Tenant>,
    ) -> impl Future<Output = Result<Vec<ApiToken>, StoreError>> + Send;

    /// The token with this hash, of whatever tenant: one indexed look-up.
    fn api_token_by_hash(
        &self,
        hash: Hash,
    ) -> impl Future<Output = Result<Option<(Id<Tenant>, ApiToken)>, StoreError>> + Send;

    /// Messages not yet sent, oldest first.
    fn outbox(
        &self,
        tenant: Id<Tenant>,
        page: Page<Id<Message>>,
    ) -> impl Future<Output = Result<Vec<Message>, StoreError>> + Send;
}

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC, [truncated](crate::time::truncate) to microseconds.
    fn now(&self) -> Instant;
}

/// The source of randomness has none.
#[derive(Debug, thiserror::Error)]
#[error("no randomness available")]
pub struct NoRandomness(#[source] pub Source);

/// Yields bytes nobody can guess.
pub trait Random: Send + Sync + 'static {
    /// Fills the whole slice.
    ///
    /// # Errors
    /// [`NoRandomness`] when the source fails; the slice is then not to be used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;

    /// What an id needs.
    ///
    /// # Errors
    /// As [`Random::fill`].
    fn entropy(&self) -> Result<Entropy, NoRandomness> {
        let mut entropy = Entropy::default();
        self.fill(&mut entropy)?;
        Ok(entropy)
    }
}
