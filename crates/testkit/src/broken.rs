//! Broken twins of the memory store, each lacking one guard: they prove that the contract notices.
//!
//! A test of a guard counts only once it has been seen to fail without it. So every guard of the memory store can be
//! taken out with [`MemoryStore::without`](crate::memory::MemoryStore::without), and a test in this crate names, for
//! each of them, a case of the [contract](crate::contract) that fails on the twin. Never use a twin for anything else.

/// One thing that a store must do, and that a twin does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// Refuses when a record that was relied upon has another version, or is gone.
    Expectations,
    /// Refuses when other persons have an address than those who were relied upon.
    Persons,
    /// Refuses to replace or erase a record of another version.
    Versions,
    /// Refuses to create a record whose key is taken.
    Keys,
    /// Counts a record's version up when it is replaced.
    Counting,
    /// Keeps a login name unique over the platform.
    OneAccountALogin,
    /// Keeps one account for each subject of a login provider, over the platform.
    OneAccountASubject,
    /// Keeps one user for each domain and person.
    OneUserAPerson,
    /// Keeps one user for each domain and account.
    OneUserAnAccount,
    /// Keeps a role's name unique among the roles of its tenant that count.
    OneRoleAName,
    /// Keeps one assignment for each user and role.
    OneAssignmentARole,
    /// No user has two links.
    OneLinkAUser,
    /// Keeps one link for each MedHub identity.
    OneLinkAnIdentity,
    /// Keeps one memory for each user and MedHub identity.
    OneMemoryAPair,
    /// Keeps the address of a professional unique in its tenant.
    OneProfessionalAnAddress,
    /// Keeps a token's hash unique over the platform.
    OneTokenAHash,
    /// Keeps the name of a living token unique in its tenant.
    OneTokenAName,
    /// Keeps a session's hash unique over the platform.
    OneSessionAHash,
    /// Keeps one proposal for each user.
    OneProposalAUser,
    /// Refuses a second effect under one operation key.
    OneEffectAKey,
    /// Refuses a record that refers to one that is not there.
    References,
    /// Refuses an assignment that says another kind than its role: the owners are looked up by it.
    Kinds,
    /// Refuses to erase a record that another refers to.
    Referrers,
    /// Looks at the owners again before the commit.
    OwnersAudit,
    /// Looks at them after the writes, not before.
    AuditAfterWrites,
    /// Looks at the owners of every tenant that a changed login opens.
    AuditElsewhere,
    /// Takes back what was written when a later part of the changeset is refused.
    Rollback,
    /// Appends to the journal, puts into the outbox and keeps the answer only when all else has held.
    EffectsLast,
    /// Appends the entries to the journal.
    Journal,
    /// Seals each entry behind the one before it.
    Chain,
    /// Puts the messages into the outbox.
    Outbox,
    /// Keeps the answer under the operation key.
    Answers,
    /// Loads no record of another tenant.
    IsolatedLoads,
    /// Writes no record of another tenant by its id.
    IsolatedWrites,
    /// Refuses a record whose key names another tenant.
    TenantInKey,
    /// Begins with the patient care domain.
    Seeded,
    /// Commits what is the platform's, though no tenant has its id.
    Platform,
    /// Refuses a tenant in the place of the platform.
    PlatformIsNoTenant,
    /// Refuses a tenant that writes the patient care domain.
    PlatformsDomain,
    /// Lists nothing of another tenant.
    IsolatedLists,
    /// Loads everything as of one instant.
    OneInstant,
    /// Begins a commit when it is called, not when it is first polled.
    EagerCommit,
}

impl Guard {
    /// Every guard.
    pub const ALL: [Self; 42] = [
        Self::Expectations,
        Self::Persons,
        Self::Versions,
        Self::Keys,
        Self::Counting,
        Self::OneAccountALogin,
        Self::OneAccountASubject,
        Self::OneUserAPerson,
        Self::OneUserAnAccount,
        Self::OneRoleAName,
        Self::OneAssignmentARole,
        Self::OneLinkAUser,
        Self::OneLinkAnIdentity,
        Self::OneMemoryAPair,
        Self::OneProfessionalAnAddress,
        Self::OneTokenAHash,
        Self::OneTokenAName,
        Self::OneSessionAHash,
        Self::OneProposalAUser,
        Self::OneEffectAKey,
        Self::References,
        Self::Kinds,
        Self::Referrers,
        Self::OwnersAudit,
        Self::AuditAfterWrites,
        Self::AuditElsewhere,
        Self::Rollback,
        Self::EffectsLast,
        Self::Journal,
        Self::Chain,
        Self::Outbox,
        Self::Answers,
        Self::IsolatedLoads,
        Self::IsolatedWrites,
        Self::TenantInKey,
        Self::Seeded,
        Self::Platform,
        Self::PlatformIsNoTenant,
        Self::PlatformsDomain,
        Self::IsolatedLists,
        Self::OneInstant,
        Self::EagerCommit,
    ];
}
