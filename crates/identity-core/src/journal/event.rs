//! What can happen.

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
use serde::{Deserialize, Serialize};

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
    /// A healthcare party was deleted for good.
    HcpDeleted {
        hcp: Id<Hcp>,
        person: Option<Id<Person>>,
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
    /// A user and a MedHub identity are remembered as not the same person.
    NotSameRemembered {
        user: Id<User>,
        medhub: MedhubUserId,
    },
    /// And no longer.
    NotSameForgotten {
        user: Id<User>,
        medhub: MedhubUserId,
    },
    /// A program got a token.
    TokenCreated { token: Id<ApiToken>, user: Id<User> },
    /// And lost it.
    TokenRevoked { token: Id<ApiToken> },
}

/// Names each event, once for the list and for whoever has one in hand.
macro_rules! names {
    ($($event:ident => $name:literal,)+) => {
        impl Event {
            /// The names of all events there are.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// What it is called where it is written, in lower snake case.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$event { .. } => $name,)+
                }
            }
        }
    };
}

names! {
    TenantCreated => "tenant_created",
    UserAdded => "user_added",
    UserDeactivated => "user_deactivated",
    UserReactivated => "user_reactivated",
    RoleAssigned => "role_assigned",
    RoleRemoved => "role_removed",
    TenantSuspended => "tenant_suspended",
    TenantReactivated => "tenant_reactivated",
    ListingChanged => "listing_changed",
    PolicyChanged => "policy_changed",
    DomainDeactivated => "domain_deactivated",
    DomainReactivated => "domain_reactivated",
    PersonAdded => "person_added",
    PersonChanged => "person_changed",
    PersonErased => "person_erased",
    LoginMoved => "login_moved",
    LoginUnlinked => "login_unlinked",
    LoginLinked => "login_linked",
    LoginConfirmed => "login_confirmed",
    PasswordSet => "password_set",
    RoleCreated => "role_created",
    RoleRenamed => "role_renamed",
    RoleChanged => "role_changed",
    RoleRetired => "role_retired",
    RoleDeactivated => "role_deactivated",
    OwnerProposed => "owner_proposed",
    OwnerApproved => "owner_approved",
    OwnerProposalWithdrawn => "owner_proposal_withdrawn",
    OwnerReplaced => "owner_replaced",
    SessionOpened => "session_opened",
    SessionEnded => "session_ended",
    SessionsEnded => "sessions_ended",
    Elevated => "elevated",
    ElevationEnded => "elevation_ended",
    ImportStarted => "import_started",
    ImportFinished => "import_finished",
    HcpCreated => "hcp_created",
    HcpChanged => "hcp_changed",
    HcpDeleted => "hcp_deleted",
    IntegrationConnected => "integration_connected",
    RosterRead => "roster_read",
    StepStaged => "step_staged",
    StepWithdrawn => "step_withdrawn",
    PlanDiscarded => "plan_discarded",
    PlanSaved => "plan_saved",
    Linked => "linked",
    Unlinked => "unlinked",
    NotSameRemembered => "not_same_remembered",
    NotSameForgotten => "not_same_forgotten",
    TokenCreated => "token_created",
    TokenRevoked => "token_revoked",
}
