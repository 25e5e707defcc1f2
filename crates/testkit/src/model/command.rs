//! What can be asked of a tenant, in the model's own words: numbers that stand for what was made first, second and so on.

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The platform's staff.
    Operator,
    /// A user for whom the host vouches.
    Host(usize),
    /// Whoever a session is of.
    Session(usize),
    /// A program with a token.
    Program(usize),
}

/// One of five addresses, in one of two spellings. The last is the login of somebody in another tenant as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Which of the five.
    pub key: usize,
    /// Whether it is typed in capitals.
    pub shouted: bool,
}

/// How many addresses there are.
pub const ADDRESSES: usize = 5;
/// The address whose login opens a user of another tenant from the beginning.
pub const ELSEWHERE: usize = 4;

/// Names of human beings: given and family name.
pub const PEOPLE: [(&str, &str); 3] = [
    ("Xanthippe", "Quellwasser"),
    ("Yolanda", "Quittenbaum"),
    ("Zebulon", "Querflöte"),
];

/// Names of roles: how one is typed, how it reads once cleaned, and which of them a reader takes for the same.
pub const ROLES: [(&str, &str, usize); 12] = [
    ("Tenant Owner", "Tenant Owner", 0),
    ("System Administrator", "System Administrator", 1),
    ("Learner", "Learner", 2),
    ("Teacher", "Teacher", 3),
    ("Patient", "Patient", 4),
    ("Guest", "Guest", 5),
    ("Wizards of the ward", "Wizards of the ward", 6),
    (" wizards  of the WARD", "wizards of the WARD", 6),
    ("Warders", "Warders", 7),
    ("Wax seals", "Wax seals", 8),
    // A capital `I` for a small `l`.
    ("Wax seaIs", "Wax seaIs", 8),
    // The first letter, and the second word's, are Cyrillic.
    ("Теnant Оwner ", "Теnant Оwner", 0),
];

/// Names of tokens, two of which are the same but for the case.
pub const TOKENS: [(&str, usize); 3] = [("Quartz", 0), ("QUARTZ", 0), ("Zircon", 1)];

/// Permissions, one bit each.
pub mod right {
    /// `users:manage`
    pub const USERS: u8 = 1;
    /// `roles:manage`
    pub const ROLES: u8 = 2;
    /// `persons:manage`
    pub const PERSONS: u8 = 4;
    /// `tokens:manage`
    pub const TOKENS: u8 = 8;
    /// All others that are built in, which only System Administrator has here.
    pub const OTHERS: u8 = 16;
    /// One that nobody has registered.
    pub const UNKNOWN: u8 = 32;
    /// Every one that there is.
    pub const ALL: u8 = USERS | ROLES | PERSONS | TOKENS | OTHERS;
}

/// Which person a new user is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The one who has the address.
    Known,
    /// The one who has it, or somebody new of this name.
    KnownOrNew(usize),
    /// This one of those who have it.
    Chosen(usize),
    /// Somebody new of this name.
    Another(usize),
}

/// Whether a new user counts from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// From the beginning.
    Active,
    /// Not yet.
    Inactive,
}

/// What becomes of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// It stays.
    Keep,
    /// It is forgotten.
    Clear,
    /// It is this one.
    Set(Address),
}

/// What is asked for. Times are in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are what each command is about")]
pub enum Command {
    /// Add a user.
    AddUser {
        address: Address,
        whose: Whose,
        role: usize,
        start: Start,
    },
    /// Give a role.
    Assign { user: usize, role: usize },
    /// Take a role.
    Remove { user: usize, role: usize },
    /// Let a role that a user has count no more.
    Rest { user: usize, role: usize },
    /// End a user's access.
    Deactivate { user: usize },
    /// Begin it again.
    Reactivate { user: usize },
    /// Cut a login off.
    Unlink { user: usize },
    /// Link it again.
    Link { user: usize },
    /// Give a user's login a password.
    SetPassword { user: usize },
    /// Give one's own another, knowing the present one.
    ChangePassword,
    /// Change one's own address, knowing the present password.
    ChangeOwnEmail { address: Address },
    /// Confirm that a login is in the hands of whoever has the address.
    ConfirmLogin { address: Address },
    /// Open a session for whom the host vouches.
    OpenSession { user: usize, life: i64 },
    /// Open a session for whom a login provider vouches, as one of the users that the login opens.
    LogIn {
        account: usize,
        chosen: Option<usize>,
    },
    /// End a session.
    EndSession { session: usize },
    /// End all sessions of a user.
    EndSessions { user: usize },
    /// Switch Tenant Owner on.
    Elevate,
    /// Switch it off.
    Drop,
    /// Record the ends of elevations that are over.
    Sweep,
    /// Propose an owner.
    Propose { user: usize },
    /// Approve one.
    Approve { user: usize },
    /// Take a proposal back.
    Withdraw { user: usize },
    /// Put a user in the place of an owner.
    Replace { leaving: usize, successor: usize },
    /// Put a newcomer in the place of an owner.
    ReplaceByNewcomer {
        leaving: usize,
        address: Address,
        name: usize,
    },
    /// Make a role.
    CreateRole { name: usize, rights: u8 },
    /// Call it otherwise.
    RenameRole { role: usize, name: usize },
    /// Let it permit something else.
    PermitRole { role: usize, rights: u8 },
    /// Retire it.
    RetireRole { role: usize },
    /// Add a person.
    AddPerson {
        name: usize,
        address: Option<Address>,
    },
    /// Change what is known of a person.
    EditPerson {
        person: usize,
        name: Option<usize>,
        address: Post,
    },
    /// Erase it.
    ErasePerson { person: usize },
    /// Suspend the tenant.
    Suspend,
    /// Reactivate it.
    Resume,
    /// Set how the tenant gives power away; what is `None` stays.
    SetPolicy {
        subset_only: Option<bool>,
        two_owners: Option<bool>,
        minutes: Option<u32>,
    },
    /// Let one owner be enough again.
    LiftSecondOwner,
    /// Make a token.
    CreateToken { name: usize, life: i64 },
    /// Take one back.
    RevokeToken { token: usize },
    /// Change, in the other tenant, the address of whoever logs in there: the login moves in both.
    MoveElsewhere { address: Address },
    /// Let time pass; backwards too, as a clock does that is corrected.
    Wait { time: i64 },
}

impl Command {
    /// What the command is called in the statistics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AddUser { .. } => "add user",
            Self::Assign { .. } => "assign role",
            Self::Remove { .. } => "remove role",
            Self::Rest { .. } => "deactivate role",
            Self::Deactivate { .. } => "deactivate",
            Self::Reactivate { .. } => "reactivate",
            Self::Unlink { .. } => "unlink login",
            Self::Link { .. } => "link login",
            Self::SetPassword { .. } => "set password",
            Self::ChangePassword => "change password",
            Self::ChangeOwnEmail { .. } => "change own email",
            Self::ConfirmLogin { .. } => "confirm login",
            Self::OpenSession { .. } => "open session",
            Self::LogIn { .. } => "log in",
            Self::EndSession { .. } => "end session",
            Self::EndSessions { .. } => "end all sessions",
            Self::Elevate => "elevate",
            Self::Drop => "drop elevation",
            Self::Sweep => "sweep elevations",
            Self::Propose { .. } => "propose owner",
            Self::Approve { .. } => "approve owner",
            Self::Withdraw { .. } => "withdraw owner",
            Self::Replace { .. } => "replace owner",
            Self::ReplaceByNewcomer { .. } => "replace owner by newcomer",
            Self::CreateRole { .. } => "create role",
            Self::RenameRole { .. } => "rename role",
            Self::PermitRole { .. } => "permit role",
            Self::RetireRole { .. } => "retire role",
            Self::AddPerson { .. } => "add person",
            Self::EditPerson { .. } => "edit person",
            Self::ErasePerson { .. } => "erase person",
            Self::Suspend => "suspend tenant",
            Self::Resume => "reactivate tenant",
            Self::SetPolicy { .. } => "set policy",
            Self::LiftSecondOwner => "lift second owner",
            Self::CreateToken { .. } => "create token",
            Self::RevokeToken { .. } => "revoke token",
            Self::MoveElsewhere { .. } => "move login elsewhere",
            Self::Wait { .. } => "wait",
        }
    }
}

/// A command, and who gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who.
    pub by: Who,
    /// What.
    pub what: Command,
}
