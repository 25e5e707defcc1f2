//! The journal: what happened, by whom, as a hash chain a tenant.
//!
//! Entries hold ids, never names or addresses (J1). Each is sealed with the hash of the one before it (J2): whoever
//! changes, removes, adds or swaps entries breaks the chain, and [`Verifier`] names the first entry that does not
//! fit. Cutting off the end leaves a shorter chain that is whole; a signed [`Checkpoint`] kept elsewhere shows it.

use crate::{
    account::Account,
    hcp::{Hcp, import::Import},
    id::Id,
    owner::{Elevation, Proposal, elevation::EndReason},
    person::Person,
    role::{Assignment, Role},
    roster::MedhubUserId,
    session::Session,
    tenant::{Domain, Listing, Tenant},
    time::Instant,
    token::ApiToken,
    user::User,
};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum By {
    /// The platform's own staff.
    Operator,
    /// A user of the tenant.
    User {
        /// who
        user: Id<User>,
        /// in which session, if in one
        #[serde(skip_serializing_if = "Option::is_none", default)]
        session: Option<Id<Session>>,
        /// the elevation it was done under, if any
        #[serde(skip_serializing_if = "Option::is_none", default)]
        elevation: Option<Id<Elevation>>,
    },
    /// A program, with a token that stands for a user.
    Token {
        /// which
        token: Id<ApiToken>,
        /// the user it stands for
        user: Id<User>,
    },
    /// Nobody: it follows from the time.
    Clock,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
#[expect(
    missing_docs,
    reason = "the fields are the ids of what each event names"
)]
pub enum Event {
    /// A customer began.
    TenantCreated { tenant: Id<Tenant>, owner: Id<User> },
    /// A person got access.
    UserAdded {
        user: Id<User>,
        person: Id<Person>,
        domain: Id<Domain>,
        account: Id<Account>,
    },
    /// A user's access ended.
    UserDeactivated { user: Id<User> },
    /// A user's access began again.
    UserReactivated { user: Id<User> },
    /// A role was given.
    RoleAssigned {
        assignment: Id<Assignment>,
        user: Id<User>,
        role: Id<Role>,
    },
    /// A role was taken.
    RoleRemoved {
        assignment: Id<Assignment>,
        user: Id<User>,
        role: Id<Role>,
    },
    /// A customer's users lost all authority.
    TenantSuspended,
    /// And have it again.
    TenantReactivated,
    /// Patients find the customer among the health systems, or no longer.
    ListingChanged { listing: Listing },
    /// An owner set how the tenant gives power away.
    PolicyChanged,
    /// A domain's users lost all authority.
    DomainDeactivated { domain: Id<Domain> },
    /// And have it again.
    DomainReactivated { domain: Id<Domain> },
    /// Somebody became known.
    PersonAdded { person: Id<Person> },
    /// What is known of somebody was changed.
    PersonChanged { person: Id<Person> },
    /// What was known of somebody was erased.
    PersonErased { person: Id<Person> },
    /// A login has another name.
    LoginMoved {
        account: Id<Account>,
        user: Id<User>,
    },
    /// Nobody can log in with a login any more.
    LoginUnlinked {
        account: Id<Account>,
        user: Id<User>,
    },
    /// And can again.
    LoginLinked {
        account: Id<Account>,
        user: Id<User>,
    },
    /// A login is in the hands of whoever has its address.
    LoginConfirmed { account: Id<Account> },
    /// A login has a new password.
    PasswordSet {
        account: Id<Account>,
        user: Id<User>,
    },
    /// A role of the customer's own began.
    RoleCreated { role: Id<Role> },
    /// It has another name.
    RoleRenamed { role: Id<Role> },
    /// It permits something else.
    RoleChanged { role: Id<Role> },
    /// It gives nothing any more.
    RoleRetired { role: Id<Role> },
    /// A role that was given does not count any more, until it is given again.
    RoleDeactivated {
        assignment: Id<Assignment>,
        user: Id<User>,
        role: Id<Role>,
    },
    /// An owner wants somebody to become one; a second must approve.
    OwnerProposed {
        proposal: Id<Proposal>,
        user: Id<User>,
    },
    /// A second owner approved.
    OwnerApproved {
        proposal: Id<Proposal>,
        user: Id<User>,
    },
    /// It was taken back.
    OwnerProposalWithdrawn {
        proposal: Id<Proposal>,
        user: Id<User>,
    },
    /// The platform operator put one owner in the place of another.
    OwnerReplaced {
        leaving: Id<User>,
        successor: Id<User>,
    },
    /// A user logged in.
    SessionOpened {
        session: Id<Session>,
        user: Id<User>,
    },
    /// A session was ended.
    SessionEnded {
        session: Id<Session>,
        user: Id<User>,
    },
    /// All sessions of a user were ended at once.
    SessionsEnded { user: Id<User> },
    /// An owner switched the role on.
    Elevated {
        elevation: Id<Elevation>,
        user: Id<User>,
        session: Id<Session>,
        until: Instant,
    },
    /// And it is off again; entered once for each elevation.
    ElevationEnded {
        elevation: Id<Elevation>,
        user: Id<User>,
        why: EndReason,
        ended_at: Instant,
    },
    /// A file's rows began to be imported.
    ImportStarted { import: Id<Import> },
    /// All its rows are accepted or rejected.
    ImportFinished {
        import: Id<Import>,
        created: u32,
        updated: u32,
        unchanged: u32,
        rejected: u32,
    },
    /// A row became a healthcare party.
    HcpCreated {
        hcp: Id<Hcp>,
        person: Option<Id<Person>>,
        import: Option<Id<Import>>,
        row: Option<u32>,
    },
    /// A healthcare party was changed.
    HcpChanged {
        hcp: Id<Hcp>,
        import: Option<Id<Import>>,
        row: Option<u32>,
    },
    /// MedHub was connected, or connected anew.
    IntegrationConnected,
    /// MedHub's lists were read.
    RosterRead {
        complete: bool,
        added: u32,
        changed: u32,
        removed: u32,
    },
    /// A step was staged.
    StepStaged { step: u32 },
    /// A staged step was taken back.
    StepWithdrawn { step: u32 },
    /// A plan was thrown away.
    PlanDiscarded { steps: u32 },
    /// A plan was applied.
    PlanSaved { steps: u32 },
    /// A user was tied to a MedHub identity.
    Linked {
        user: Id<User>,
        medhub: MedhubUserId,
    },
    /// And untied.
    Unlinked {
        user: Id<User>,
        medhub: MedhubUserId,
    },
    /// A program got a token.
    TokenCreated { token: Id<ApiToken>, user: Id<User> },
    /// And lost it.
    TokenRevoked { token: Id<ApiToken> },
}

/// One line of a tenant's journal, before it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was decided.
    pub at: Instant,
    /// Who did it.
    pub by: By,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// A SHA-256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hash(
    /// its bytes
    pub [u8; 32],
);

impl Hash {
    /// The hash of some bytes, such as a file's.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// The end of a chain: the number and the hash of its last entry; zeros before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of the last entry; the first has 1.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
}

/// An entry in its place in the chain, as a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Its number, from 1 without gaps.
    pub number: u64,
    /// The entry as JSON: the very text that was hashed.
    pub text: String,
    /// The hash over the tenant, the number, the hash before it and the text.
    pub hash: Hash,
}

/// Keeps hashes of journal entries apart from every other SHA-256.
const DOMAIN: &[u8] = b"rollcall journal entry 1\0";
/// Keeps signatures of checkpoints apart from every other signature of the key.
const CHECKPOINT_DOMAIN: &[u8] = b"rollcall journal checkpoint 1\0";

impl Head {
    /// Seals an entry behind this end of the tenant's chain. Stores call it, inside the commit.
    #[must_use]
    pub fn seal(&self, tenant: Id<Tenant>, entry: &Entry) -> Sealed {
        // Entries hold ids, numbers and times, none of which JSON can refuse.
        let text = serde_json::to_string(entry).unwrap_or_default();
        let number = self.number.saturating_add(1);
        let hash = hash(tenant, number, self.hash, &text);
        Sealed { number, text, hash }
    }
}

impl Sealed {
    /// The end of a chain that ends here.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head {
            number: self.number,
            hash: self.hash,
        }
    }

    /// The entry, or `None` where the text is none.
    #[must_use]
    pub fn entry(&self) -> Option<Entry> {
        serde_json::from_str(&self.text).ok()
    }
}

fn hash(tenant: Id<Tenant>, number: u64, before: Hash, text: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    hasher.update(tenant.as_uuid().as_bytes());
    hasher.update(number.to_be_bytes());
    hasher.update(before.0);
    hasher.update(text.as_bytes());
    Hash(hasher.finalize().into())
}

/// The first entry that does not fit, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Another number was expected: entries are missing, swapped or added here.
    #[error("entry {expected} is missing: {found} stands in its place")]
    Number {
        /// the number that belongs here
        expected: u64,
        /// the number that is here
        found: u64,
    },
    /// The text, the number or an entry before it was changed.
    #[error("entry {number} was changed, or what stood before it was")]
    Hash {
        /// which
        number: u64,
    },
    /// The text is no entry.
    #[error("entry {number} cannot be read")]
    Text {
        /// which
        number: u64,
    },
    /// The chain ends before a checkpoint that was signed.
    #[error("the journal ends at entry {end}, and was longer when entry {signed} was signed")]
    CutOff {
        /// the last entry there is
        end: u64,
        /// the entry that was signed
        signed: u64,
    },
    /// The chain runs otherwise than when the checkpoint was signed.
    #[error("entry {number} is not the one that was signed")]
    NotAsSigned {
        /// which
        number: u64,
    },
}

/// What an entry must be in order to be shown. Empty, it admits all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Done by this user, also through a token or under elevation.
    pub by: Option<Id<User>>,
    /// What happened: the names of events in lower snake case, such as `role_assigned`; any of these.
    pub events: BTreeSet<String>,
    /// Decided at this instant or later.
    pub from: Option<Instant>,
    /// Decided before this instant.
    pub until: Option<Instant>,
    /// Naming any of these ids, as they are written.
    about: Option<Vec<String>>,
}

impl Filter {
    /// Only entries that name any of these ids.
    pub fn about(&mut self, ids: impl IntoIterator<Item = Uuid>) {
        self.about = Some(
            ids.into_iter()
                .map(|it| it.hyphenated().to_string())
                .collect(),
        );
    }

    /// Whether the entry is one. What cannot be read is one of none but the empty filter.
    #[must_use]
    pub fn admits(&self, sealed: &Sealed) -> bool {
        if *self == Self::default() {
            return true;
        }
        // Most entries name none of the ids, and a look at the text spares reading it.
        let named = |ids: &Vec<String>| ids.iter().any(|it| sealed.text.contains(it.as_str()));
        if self.about.as_ref().is_some_and(|ids| !named(ids)) {
            return false;
        }
        let Some(entry) = sealed.entry() else {
            return false;
        };
        let by = match entry.by {
            By::User { user, .. } | By::Token { user, .. } => Some(user),
            By::Operator | By::Clock => None,
        };
        self.by.is_none_or(|it| by == Some(it))
            && (self.events.is_empty() || self.events.contains(entry.event.name()))
            && self.from.is_none_or(|it| it <= entry.at)
            && self.until.is_none_or(|it| entry.at < it)
    }
}

impl Event {
    /// The names of all events there are.
    pub const NAMES: [&str; 48] = [
        "tenant_created",
        "user_added",
        "user_deactivated",
        "user_reactivated",
        "role_assigned",
        "role_removed",
        "tenant_suspended",
        "tenant_reactivated",
        "listing_changed",
        "policy_changed",
        "domain_deactivated",
        "domain_reactivated",
        "person_added",
        "person_changed",
        "person_erased",
        "login_moved",
        "login_unlinked",
        "login_linked",
        "login_confirmed",
        "password_set",
        "role_created",
        "role_renamed",
        "role_changed",
        "role_retired",
        "role_deactivated",
        "owner_proposed",
        "owner_approved",
        "owner_proposal_withdrawn",
        "owner_replaced",
        "session_opened",
        "session_ended",
        "sessions_ended",
        "elevated",
        "elevation_ended",
        "import_started",
        "import_finished",
        "hcp_created",
        "hcp_changed",
        "integration_connected",
        "roster_read",
        "step_staged",
        "step_withdrawn",
        "plan_discarded",
        "plan_saved",
        "linked",
        "unlinked",
        "token_created",
        "token_revoked",
    ];

    /// What it is called where it is written, in lower snake case.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TenantCreated { .. } => "tenant_created",
            Self::UserAdded { .. } => "user_added",
            Self::UserDeactivated { .. } => "user_deactivated",
            Self::UserReactivated { .. } => "user_reactivated",
            Self::RoleAssigned { .. } => "role_assigned",
            Self::RoleRemoved { .. } => "role_removed",
            Self::TenantSuspended => "tenant_suspended",
            Self::TenantReactivated => "tenant_reactivated",
            Self::ListingChanged { .. } => "listing_changed",
            Self::PolicyChanged => "policy_changed",
            Self::DomainDeactivated { .. } => "domain_deactivated",
            Self::DomainReactivated { .. } => "domain_reactivated",
            Self::PersonAdded { .. } => "person_added",
            Self::PersonChanged { .. } => "person_changed",
            Self::PersonErased { .. } => "person_erased",
            Self::LoginMoved { .. } => "login_moved",
            Self::LoginUnlinked { .. } => "login_unlinked",
            Self::LoginLinked { .. } => "login_linked",
            Self::LoginConfirmed { .. } => "login_confirmed",
            Self::PasswordSet { .. } => "password_set",
            Self::RoleCreated { .. } => "role_created",
            Self::RoleRenamed { .. } => "role_renamed",
            Self::RoleChanged { .. } => "role_changed",
            Self::RoleRetired { .. } => "role_retired",
            Self::RoleDeactivated { .. } => "role_deactivated",
            Self::OwnerProposed { .. } => "owner_proposed",
            Self::OwnerApproved { .. } => "owner_approved",
            Self::OwnerProposalWithdrawn { .. } => "owner_proposal_withdrawn",
            Self::OwnerReplaced { .. } => "owner_replaced",
            Self::SessionOpened { .. } => "session_opened",
            Self::SessionEnded { .. } => "session_ended",
            Self::SessionsEnded { .. } => "sessions_ended",
            Self::Elevated { .. } => "elevated",
            Self::ElevationEnded { .. } => "elevation_ended",
            Self::ImportStarted { .. } => "import_started",
            Self::ImportFinished { .. } => "import_finished",
            Self::HcpCreated { .. } => "hcp_created",
            Self::HcpChanged { .. } => "hcp_changed",
            Self::IntegrationConnected => "integration_connected",
            Self::RosterRead { .. } => "roster_read",
            Self::StepStaged { .. } => "step_staged",
            Self::StepWithdrawn { .. } => "step_withdrawn",
            Self::PlanDiscarded { .. } => "plan_discarded",
            Self::PlanSaved { .. } => "plan_saved",
            Self::Linked { .. } => "linked",
            Self::Unlinked { .. } => "unlinked",
            Self::TokenCreated { .. } => "token_created",
            Self::TokenRevoked { .. } => "token_revoked",
        }
    }
}

/// Reads a chain from its beginning and says where it is broken.
#[derive(Clone, Debug)]
pub struct Verifier {
    tenant: Id<Tenant>,
    head: Head,
    checkpoint: Option<Checkpoint>,
}

impl Verifier {
    /// A verifier of this tenant's chain, against a checkpoint if there is one.
    #[must_use]
    pub fn new(tenant: Id<Tenant>, checkpoint: Option<Checkpoint>) -> Self {
        Self {
            tenant,
            head: Head::default(),
            checkpoint,
        }
    }

    /// Looks at the next entry.
    ///
    /// # Errors
    /// [`Broken`] when it does not fit.
    pub fn read(&mut self, sealed: &Sealed) -> Result<(), Broken> {
        let expected = self.head.number.saturating_add(1);
        if sealed.number != expected {
            return Err(Broken::Number {
                expected,
                found: sealed.number,
            });
        }
        if hash(self.tenant, sealed.number, self.head.hash, &sealed.text) != sealed.hash {
            return Err(Broken::Hash {
                number: sealed.number,
            });
        }
        if sealed.entry().is_none() {
            return Err(Broken::Text {
                number: sealed.number,
            });
        }
        self.head = sealed.head();
        match &self.checkpoint {
            Some(signed) if signed.head.number == self.head.number && signed.head != self.head => {
                Err(Broken::NotAsSigned {
                    number: self.head.number,
                })
            }
            _ => Ok(()),
        }
    }

    /// The end of the chain, when all of it was read.
    ///
    /// # Errors
    /// [`Broken::CutOff`] when it ends before the checkpoint.
    pub fn finish(self) -> Result<Head, Broken> {
        match self.checkpoint {
            Some(signed) if self.head.number < signed.head.number => Err(Broken::CutOff {
                end: self.head.number,
                signed: signed.head.number,
            }),
            _ => Ok(self.head),
        }
    }
}

/// A line of an exported journal is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a line of an exported journal")]
pub struct LineSyntax;

impl Sealed {
    /// Reads a line as [`EntryDocument`](crate::document::EntryDocument) writes it. The entry is taken as it stands, to the byte.
    ///
    /// # Errors
    /// [`LineSyntax`].
    pub fn parse_line(line: &str) -> Result<Self, LineSyntax> {
        #[derive(Deserialize)]
        struct Line<'a> {
            number: u64,
            hash: &'a str,
            #[serde(borrow)]
            entry: &'a RawValue,
        }
        let line: Line<'_> = serde_json::from_str(line).map_err(|_| LineSyntax)?;
        let hash = data_encoding::HEXLOWER
            .decode(line.hash.as_bytes())
            .ok()
            .and_then(|it| it.try_into().ok())
            .ok_or(LineSyntax)?;
        Ok(Self {
            number: line.number,
            text: line.entry.get().to_owned(),
            hash: Hash(hash),
        })
    }
}

/// The end of a tenant's chain at one moment, signed with a key of the host's, to be kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CheckpointText", into = "CheckpointText")]
pub struct Checkpoint {
    /// Whose chain.
    pub tenant: Id<Tenant>,
    /// Its end.
    pub head: Head,
    /// When it was signed.
    pub at: Instant,
    signature: Signature,
}

/// The signature is not of this key, or not of these values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("checkpoint was not signed with this key, or was changed since")]
pub struct NotSigned;

impl Checkpoint {
    /// Signs the end of a chain.
    #[must_use]
    pub fn sign(tenant: Id<Tenant>, head: Head, at: Instant, key: &SigningKey) -> Self {
        let signature = key.sign(&Self::signed_bytes(tenant, head, at));
        Self {
            tenant,
            head,
            at,
            signature,
        }
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`NotSigned`].
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), NotSigned> {
        let bytes = Self::signed_bytes(self.tenant, self.head, self.at);
        key.verify_strict(&bytes, &self.signature)
            .map_err(|_| NotSigned)
    }

    fn signed_bytes(tenant: Id<Tenant>, head: Head, at: Instant) -> Vec<u8> {
        let mut bytes = CHECKPOINT_DOMAIN.to_vec();
        bytes.extend_from_slice(tenant.as_uuid().as_bytes());
        bytes.extend_from_slice(&head.number.to_be_bytes());
        bytes.extend_from_slice(&head.hash.0);
        bytes.extend_from_slice(&at.timestamp_micros().to_be_bytes());
        bytes
    }
}

/// A checkpoint as JSON: the hash and the signature in lower-case hexadecimal.
#[derive(Serialize, Deserialize)]
struct CheckpointText {
    tenant: Id<Tenant>,
    number: u64,
    hash: String,
    at: Instant,
    signature: String,
}

impl From<Checkpoint> for CheckpointText {
    fn from(it: Checkpoint) -> Self {
        Self {
            tenant: it.tenant,
            number: it.head.number,
            hash: it.head.hash.to_string(),
            at: it.at,
            signature: data_encoding::HEXLOWER.encode(&it.signature.to_bytes()),
        }
    }
}

impl TryFrom<CheckpointText> for Checkpoint {
    type Error = &'static str;
    fn try_from(text: CheckpointText) -> Result<Self, Self::Error> {
        let hex = |it: &str| data_encoding::HEXLOWER.decode(it.as_bytes()).ok();
        let hash = hex(&text.hash)
            .and_then(|it| it.try_into().ok())
            .ok_or("hash is not 64 hexadecimal digits")?;
        let signature = hex(&text.signature)
            .and_then(|it| Signature::from_slice(&it).ok())
            .ok_or("signature is not 128 hexadecimal digits")?;
        Ok(Self {
            tenant: text.tenant,
            head: Head {
                number: text.number,
                hash: Hash(hash),
            },
            at: text.at,
            signature,
        })
    }
}

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

#[cfg(test)]
mod tests;
