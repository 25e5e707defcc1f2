//! The tenant, as the rules would have it.

mod rules;

use super::command::{Address, ELSEWHERE, Who, right};
use std::collections::{BTreeMap, BTreeSet};

/// A minute, in microseconds.
pub const MINUTE: i64 = 60_000_000;
/// A day, in microseconds.
pub const DAY: i64 = 24 * 60 * MINUTE;
/// How long a session may live.
pub const LONGEST_SESSION: i64 = DAY;
/// How long one lives whose life nobody names.
pub const USUAL_SESSION: i64 = DAY / 2;
/// How long a token may live.
pub const LONGEST_TOKEN: i64 = 366 * DAY;
/// How long a proposal waits.
pub const PROPOSAL: i64 = 7 * DAY;

/// The built-in role that stands first.
pub const OWNER: usize = 0;
/// And the second.
pub const ADMINISTRATOR: usize = 1;

/// The code of a refusal. Where several roles of one user each forbid something, any of their codes is right: no rule says
/// which of them is looked at first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub Vec<&'static str>);

impl From<&'static str> for Refusal {
    fn from(code: &'static str) -> Self {
        Self(vec![code])
    }
}

/// What comes of a command: done, or refused and nothing changed.
pub type Answer = Result<(), Refusal>;

/// A human being.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The number of the name, until it is erased.
    pub name: Option<usize>,
    /// The address, which others may have too.
    pub address: Option<Address>,
}

/// A login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The address by which it is named; `None` when it is no more.
    pub key: Option<usize>,
    /// Whether somebody can log in with it.
    pub linked: bool,
    /// Whether it opens a user of another tenant.
    pub elsewhere: bool,
    /// Whether it is known to be in the hands of whoever has the address.
    pub proved: bool,
    /// Who knows the password, where there is one.
    pub password: Option<KnownTo>,
    /// How often all its sessions were ended.
    pub epoch: u32,
}

/// Who knows a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownTo {
    /// Whoever logs in with it.
    Holder,
    /// Somebody else, who has set it.
    Others,
}

/// Access of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Whose.
    pub person: usize,
    /// The login, unless it was erased.
    pub account: Option<usize>,
    /// Whether it counts.
    pub active: bool,
    /// How often all sessions and tokens of the user were ended.
    pub epoch: u32,
}

/// What a role is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everything, once switched on.
    Owner,
    /// One that comes with the tenant, for the staff.
    Staff,
    /// One that comes with the tenant, for patients.
    Patients,
    /// One of the customer's own.
    Custom,
}

/// A set of permissions under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The number of the name.
    pub name: usize,
    /// What it is.
    pub kind: Kind,
    /// What it permits.
    pub rights: u8,
    /// Whether it gives nothing any more.
    pub retired: bool,
}

/// A login on one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub user: usize,
    /// By which login.
    pub account: usize,
    /// The epochs of both when it was opened.
    pub epochs: (u32, u32),
    /// The first instant at which it is over.
    pub until: i64,
    /// Whether somebody ended it.
    pub ended: bool,
}

/// Tenant Owner, switched on in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elevation {
    /// In which session.
    pub session: usize,
    /// From when on.
    pub since: i64,
    /// The first instant at which it is over.
    pub until: i64,
    /// How and when it ended, once that was recorded.
    pub ended: Option<(End, i64)>,
}

/// Why an elevation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The owner switched it off.
    SwitchedOff,
    /// Its time was over.
    Deadline,
    /// Its session ended.
    SessionEnded,
    /// The role was taken.
    RoleRemoved,
}

/// A wish that a user become an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The owner who wishes it.
    pub by: usize,
    /// The first instant at which it is over.
    pub until: i64,
}

/// A program's access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The number of the name.
    pub name: usize,
    /// In whose name it acts.
    pub user: usize,
    /// The user's epoch when it was made.
    pub epoch: u32,
    /// The first instant at which it is dead.
    pub until: i64,
    /// Whether it was taken back.
    pub revoked: bool,
}

/// A tenant. What is numbered is never taken out, so that a number means the same for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// The time, in microseconds since the beginning.
    pub now: i64,
    /// Whether nobody has any authority.
    pub suspended: bool,
    /// Whether whoever manages users gives only what they hold.
    pub subset_only: bool,
    /// Whether two owners must agree on a third.
    pub two_owners: bool,
    /// How long an elevation lasts.
    pub minutes: u32,
    /// Everybody known.
    pub persons: Vec<Person>,
    /// Every login.
    pub accounts: Vec<Account>,
    /// Everybody with access, or who had it.
    pub users: Vec<User>,
    /// Every role, the built-in ones first.
    pub roles: Vec<Role>,
    /// Which user has which role.
    pub held: BTreeSet<(usize, usize)>,
    /// Which user had which role, which counts again when it is given again.
    pub resting: BTreeSet<(usize, usize)>,
    /// Every session.
    pub sessions: Vec<Session>,
    /// Every elevation.
    pub elevations: Vec<Elevation>,
    /// For whom there is a proposal.
    pub proposals: BTreeMap<usize, Proposal>,
    /// Every token.
    pub tokens: Vec<Token>,
    /// The address that the other tenant knows of whoever logs in there.
    pub elsewhere: Address,
}

/// What somebody may do at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who it is; nobody for the operator.
    pub user: Option<usize>,
    /// In which session.
    pub session: Option<usize>,
    /// Whether a program acts.
    pub program: bool,
    /// What is switched on in the session, and counts.
    pub elevation: Option<usize>,
    /// What the roles that count permit.
    pub rights: u8,
}

impl Standing {
    fn needs(&self, rights: u8) -> Result<(), &'static str> {
        if self.rights & rights == rights {
            Ok(())
        } else {
            Err("permission_missing")
        }
    }

    /// The owner who acts as one (O2).
    fn owner(&self) -> Result<usize, &'static str> {
        match (self.user, self.elevation) {
            (Some(user), Some(_)) => Ok(user),
            _ => Err("elevation_required"),
        }
    }

    fn operator(&self) -> Result<(), &'static str> {
        if self.user.is_none() {
            Ok(())
        } else {
            Err("operator_only")
        }
    }

    fn is_themselves(&self, user: usize) -> bool {
        self.user == Some(user) && !self.program
    }
}

fn unless(wrong: bool, code: &'static str) -> Result<(), &'static str> {
    if wrong { Err(code) } else { Ok(()) }
}

impl Default for Tenant {
    fn default() -> Self {
        Self::new()
    }
}

impl Tenant {
    /// A tenant with its first owner, who is an administrator too, and a login that opens somebody elsewhere.
    #[must_use]
    pub fn new() -> Self {
        let role = |name: usize| Role {
            name,
            kind: match name {
                OWNER => Kind::Owner,
                4 | 5 => Kind::Patients,
                _ => Kind::Staff,
            },
            rights: if name == ADMINISTRATOR { right::ALL } else { 0 },
            retired: false,
        };
        let account = |key| Account {
            key: Some(key),
            linked: true,
            elsewhere: key == ELSEWHERE,
            proved: false,
            password: None,
            epoch: 0,
        };
        Self {
            now: 0,
            suspended: false,
            subset_only: false,
            two_owners: false,
            minutes: 15,
            persons: vec![Person {
                name: Some(0),
                address: Some(Address {
                    key: 0,
                    shouted: false,
                }),
            }],
            accounts: vec![account(0), account(ELSEWHERE)],
            users: vec![User {
                person: 0,
                account: Some(0),
                active: true,
                epoch: 0,
            }],
            roles: (0..6).map(role).collect(),
            held: BTreeSet::from([(0, OWNER), (0, ADMINISTRATOR)]),
            resting: BTreeSet::new(),
            sessions: vec![],
            elevations: vec![],
            proposals: BTreeMap::new(),
            tokens: vec![],
            elsewhere: Address {
                key: ELSEWHERE,
                shouted: false,
            },
        }
    }

    /// Whether the user has Tenant Owner.
    #[must_use]
    pub fn is_owner(&self, user: usize) -> bool {
        self.held.contains(&(user, OWNER))
    }

    fn login(&self, user: usize) -> Option<&Account> {
        self.users[user].account.map(|it| &self.accounts[it])
    }

    fn linked(&self, user: usize) -> bool {
        self.login(user).is_some_and(|it| it.linked)
    }

    /// Whether somebody else could come in as this user.
    fn known_to_others(&self, user: usize) -> bool {
        let password = self.login(user).and_then(|it| it.password);
        password == Some(KnownTo::Others)
    }

    /// The owners who can act (O1).
    #[must_use]
    pub fn owners(&self) -> Vec<usize> {
        (0..self.users.len())
            .filter(|it| self.users[*it].active && self.is_owner(*it) && self.linked(*it))
            .collect()
    }

    /// Whether a session says that its user is there.
    #[must_use]
    pub fn alive(&self, session: usize) -> bool {
        let it = &self.sessions[session];
        let user = &self.users[it.user];
        let account = &self.accounts[it.account];
        !it.ended
            && self.now < it.until
            && user.account == Some(it.account)
            && account.linked
            && it.epochs == (user.epoch, account.epoch)
    }

    /// The elevation in a session whose end was not recorded.
    fn on(&self, session: usize) -> Option<usize> {
        let on = |it: &Elevation| it.session == session && it.ended.is_none();
        self.elevations.iter().position(on)
    }

    /// What is switched on in a session at this moment (O4): not before its beginning, and not at its deadline.
    #[must_use]
    pub fn in_force(&self, session: usize) -> Option<usize> {
        self.on(session).filter(|it| {
            let it = &self.elevations[*it];
            it.since <= self.now && self.now < it.until
        })
    }

    fn held_by(&self, user: usize) -> impl Iterator<Item = usize> + '_ {
        let own = self.held.iter().filter(move |it| it.0 == user);
        own.map(|it| it.1)
    }

    /// What somebody may do at this moment, read anew (A1).
    ///
    /// # Errors
    /// The code of the refusal of whoever has no authority at all.
    pub fn standing(&self, who: Who) -> Result<Standing, &'static str> {
        if who == Who::Operator {
            return Ok(Standing {
                user: None,
                session: None,
                program: false,
                elevation: None,
                rights: 0,
            });
        }
        unless(self.suspended, "tenant_suspended")?;
        let (user, session, token) = match who {
            Who::Operator | Who::Host(_) => (None, None, None),
            Who::Session(it) => {
                let session = self.sessions.get(it).ok_or("session_over")?;
                (Some(session.user), Some(it), None)
            }
            Who::Program(it) => {
                let token = self.tokens.get(it).ok_or("token_invalid")?;
                unless(token.revoked || token.until <= self.now, "token_invalid")?;
                (Some(token.user), None, Some(token))
            }
        };
        let user = match who {
            Who::Host(it) => it,
            _ => user.ok_or("actor_unknown")?,
        };
        let known = self.users.get(user).ok_or("actor_unknown")?;
        unless(!known.active, "actor_inactive")?;
        unless(session.is_some_and(|it| !self.alive(it)), "session_over")?;
        unless(
            token.is_some_and(|it| it.epoch != known.epoch),
            "token_invalid",
        )?;
        let on = session.and_then(|it| self.in_force(it));
        let elevation = on.filter(|_| self.is_owner(user));
        let roles = self.held_by(user).map(|it| &self.roles[it]);
        let counting = roles.filter(|it| !it.retired);
        let everyday = counting.fold(0, |all, it| all | it.rights);
        Ok(Standing {
            user: Some(user),
            session,
            program: token.is_some(),
            elevation,
            rights: if elevation.is_some() {
                right::ALL
            } else {
                everyday
            },
        })
    }
}
