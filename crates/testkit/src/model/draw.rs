//! Random commands that collide: few addresses, few names, and a preference for whoever can do something.

use super::{
    command::{
        ADDRESSES, Address, Command, PEOPLE, Post, ROLES, Start, Step, TOKENS, Who, Whose, right,
    },
    tenant::{
        ADMINISTRATOR, DAY, LONGEST_SESSION, LONGEST_TOKEN, MINUTE, OWNER, Tenant, USUAL_SESSION,
    },
};
use proptest::{
    array::uniform24,
    num,
    strategy::{BoxedStrategy, Just, Strategy},
};
use proptest_state_machine::ReferenceStateMachine;

/// The tenant as a state machine of `proptest`: [`Tenant::give`] is its rule, and what is drawn next depends on what is there.
/// Whatever is left out of a sequence, the rest of it is still a sequence, since what is not there is unknown.
#[derive(Debug)]
pub struct Machine;

impl ReferenceStateMachine for Machine {
    type State = Tenant;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Tenant> {
        Just(Tenant::new()).boxed()
    }

    fn transitions(tenant: &Tenant) -> BoxedStrategy<Step> {
        let tenant = tenant.clone();
        uniform24(num::u32::ANY)
            .prop_map(move |throws| {
                let throws = throws.into_iter();
                let tenant = &tenant;
                Dice { tenant, throws }.step()
            })
            .no_shrink()
            .boxed()
    }

    fn apply(mut tenant: Tenant, step: &Step) -> Tenant {
        // What is refused has changed nothing.
        let _ = tenant.give(step);
        tenant
    }
}

type Draw = fn(&mut Dice<'_>) -> Step;

/// How often each kind of command is drawn, and by what.
const KINDS: [(u32, Draw); 39] = [
    (9, |it| it.add_user()),
    (6, |it| it.assign()),
    (4, |it| it.make_owner()),
    (4, |it| it.remove()),
    (3, |it| it.rest()),
    (3, |it| it.unmake_owner()),
    (3, |it| it.on_user(|user| Command::Deactivate { user })),
    (4, |it| it.on_user(|user| Command::Reactivate { user })),
    (2, |it| it.on_user(|user| Command::Unlink { user })),
    (2, |it| it.on_user(|user| Command::Link { user })),
    (2, |it| it.on_user(|user| Command::SetPassword { user })),
    (2, |it| it.in_session(Command::ChangePassword)),
    (2, |it| it.change_own_email()),
    (3, |it| it.confirm_login()),
    (8, |it| it.open_session()),
    (3, |it| it.log_in()),
    (2, |it| it.end_session()),
    (1, |it| it.on_user(|user| Command::EndSessions { user })),
    (4, |it| it.in_session(Command::Elevate)),
    (2, |it| it.in_session(Command::Drop)),
    (2, |it| it.of_platform(Command::Sweep)),
    (2, |it| it.propose()),
    (2, |it| it.on_proposed(|user| Command::Approve { user })),
    (1, |it| it.on_proposed(|user| Command::Withdraw { user })),
    (2, |it| it.replace()),
    (1, |it| it.replace_by_newcomer()),
    (4, |it| it.create_role()),
    (2, |it| it.rename_role()),
    (3, |it| it.permit_role()),
    (1, |it| it.retire_role()),
    (2, |it| it.add_person()),
    (4, |it| it.edit_person()),
    (2, |it| it.erase_person()),
    (1, |it| it.of_platform(Command::Suspend)),
    (4, |it| it.set_policy()),
    (1, |it| it.of_platform(Command::LiftSecondOwner)),
    (2, |it| it.token()),
    (1, |it| it.move_elsewhere()),
    (6, |it| it.wait()),
];

/// Numbers thrown for one command, and the tenant that they choose from.
struct Dice<'a> {
    tenant: &'a Tenant,
    throws: std::array::IntoIter<u32, 24>,
}

impl Dice<'_> {
    /// A number below `sides`.
    fn throw(&mut self, sides: usize) -> usize {
        let thrown = self.throws.next().unwrap_or_default();
        usize::try_from(thrown).unwrap() % sides.max(1)
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.throw(times) == 0
    }

    fn choose<T: Copy>(&mut self, among: &[T]) -> Option<T> {
        let thrown = self.throw(among.len());
        among.get(thrown).copied()
    }

    /// One of so many, and now and then one that is not there.
    fn number(&mut self, many: usize) -> usize {
        match self.throw(24) {
            0 => many + 9,
            _ => self.throw(many),
        }
    }

    fn step(mut self) -> Step {
        let it = &mut self;
        if it.tenant.suspended && it.once_in(2) {
            return match it.throw(8) {
                0 => it.of_platform(Command::Suspend),
                _ => it.of_platform(Command::Resume),
            };
        }
        if it.tenant.users.len() < 4 && it.once_in(3) {
            return it.add_user();
        }
        // What owners do together takes two who are switched on.
        let on = it.on();
        if on.len() < 2 && it.once_in(3) {
            return it.towards_owners();
        }
        if it.tenant.two_owners && on.len() > 1 && it.once_in(4) {
            return match it.throw(5) {
                _ if it.tenant.proposals.is_empty() => it.propose(),
                0 => it.propose(),
                1 => it.on_proposed(|user| Command::Withdraw { user }),
                _ => it.on_proposed(|user| Command::Approve { user }),
            };
        }
        let mut thrown = it.throw(KINDS.iter().map(|it| it.0 as usize).sum());
        let drawn = KINDS.iter().find(|(weight, _)| {
            let found = thrown < *weight as usize;
            thrown = thrown.saturating_sub(*weight as usize);
            found
        });
        match drawn {
            Some((_, draw)) => draw(it),
            None => it.wait(),
        }
    }

    /// A session for an owner who has none, or Tenant Owner in one where it is off.
    fn towards_owners(&mut self) -> Step {
        let owners = self.tenant.owners();
        let of_owner = |it: &usize| owners.contains(&self.tenant.sessions[*it].user);
        let off = |it: &usize| of_owner(it) && self.tenant.in_force(*it).is_none();
        let alive = self.alive();
        let off: Vec<_> = alive.iter().copied().filter(off).collect();
        let without = |it: &usize| {
            !alive
                .iter()
                .any(|session| self.tenant.sessions[*session].user == *it)
        };
        let without: Vec<_> = owners.iter().copied().filter(without).collect();
        match (self.choose(&without), self.choose(&off)) {
            (Some(user), _) => {
                let (by, life) = (Who::Host(user), USUAL_SESSION);
                let what = Command::OpenSession { user, life };
                Step { by, what }
            }
            (None, Some(session)) => {
                let (by, what) = (Who::Session(session), Command::Elevate);
                Step { by, what }
            }
            (None, None) => self.make_owner(),
        }
    }

    /// Whoever acts, mostly in a session, and mostly in one that is alive.
    fn who(&mut self) -> Who {
        match self.throw(20) {
            0 => Who::Operator,
            1..=3 => Who::Host(self.user()),
            4 => Who::Program(self.number(self.tenant.tokens.len())),
            _ if self.alive().is_empty() => Who::Host(self.user()),
            _ => Who::Session(self.session()),
        }
    }

    fn alive(&self) -> Vec<usize> {
        let all = 0..self.tenant.sessions.len();
        all.filter(|it| self.tenant.alive(*it)).collect()
    }

    /// The sessions in which Tenant Owner is on.
    fn on(&self) -> Vec<usize> {
        let on = |it: &usize| {
            let standing = self.tenant.standing(Who::Session(*it));
            standing.is_ok_and(|it| it.elevation.is_some())
        };
        (0..self.tenant.sessions.len()).filter(on).collect()
    }

    /// Whoever acts, mostly an owner who acts as one where somebody does.
    fn owner(&mut self) -> Who {
        let on = self.on();
        match self.choose(&on) {
            Some(session) if !self.once_in(5) => Who::Session(session),
            _ => self.who(),
        }
    }

    /// Whoever acts: an owner who acts as one, somebody who manages users but not all else, or whoever it is.
    fn anybody(&mut self) -> Who {
        let part = |it: &usize| {
            let standing = self.tenant.standing(Who::Host(*it));
            standing.is_ok_and(|it| it.rights & right::USERS != 0 && it.rights != right::ALL)
        };
        let partly: Vec<_> = (0..self.tenant.users.len()).filter(part).collect();
        match (self.throw(4), self.choose(&partly)) {
            (0, _) => self.owner(),
            (1 | 2, Some(user)) => Who::Host(user),
            _ => self.who(),
        }
    }

    fn session(&mut self) -> usize {
        let alive = self.alive();
        match self.choose(&alive) {
            Some(session) if !self.once_in(12) => session,
            _ => self.number(self.tenant.sessions.len()),
        }
    }

    fn user(&mut self) -> usize {
        self.number(self.tenant.users.len())
    }

    fn on_user(&mut self, what: impl Fn(usize) -> Command) -> Step {
        let by = self.anybody();
        let what = what(self.user());
        Step { by, what }
    }

    /// Mostly a user of whom there is a proposal, where there is one.
    fn on_proposed(&mut self, what: impl Fn(usize) -> Command) -> Step {
        let proposed: Vec<_> = self.tenant.proposals.keys().copied().collect();
        self.on_one_of(&proposed, what)
    }

    /// Mostly a user who is no owner yet.
    fn propose(&mut self) -> Step {
        let all = 0..self.tenant.users.len();
        let others: Vec<_> = all.filter(|it| !self.tenant.is_owner(*it)).collect();
        self.on_one_of(&others, |user| Command::Propose { user })
    }

    fn on_one_of(&mut self, users: &[usize], what: impl Fn(usize) -> Command) -> Step {
        let by = self.owner();
        let user = match self.choose(users) {
            Some(user) if !self.once_in(6) => user,
            _ => self.user(),
        };
        let what = what(user);
        Step { by, what }
    }

    fn in_session(&mut self, what: Command) -> Step {
        let by = match self.throw(16) {
            0 => self.who(),
            _ => Who::Session(self.session()),
        };
        Step { by, what }
    }

    fn change_own_email(&mut self) -> Step {
        let address = self.address();
        self.in_session(Command::ChangeOwnEmail { address })
    }

    fn of_platform(&mut self, what: Command) -> Step {
        let by = match self.throw(8) {
            0 => self.who(),
            _ => Who::Operator,
        };
        Step { by, what }
    }

    fn address(&mut self) -> Address {
        let key = self.throw(ADDRESSES);
        let shouted = self.once_in(4);
        Address { key, shouted }
    }

    /// A role's number: one of the customer's own as often as one that is built in.
    fn role(&mut self) -> usize {
        self.number(self.tenant.roles.len())
    }

    fn custom_role(&mut self) -> usize {
        let built_in = Tenant::new().roles.len();
        match self.tenant.roles.len() - built_in {
            own if own > 0 && !self.once_in(6) => built_in + self.throw(own),
            _ => self.role(),
        }
    }

    fn rights(&mut self) -> u8 {
        let each = [right::USERS, right::ROLES, right::PERSONS, right::TOKENS];
        // Whoever manages users but not all else is whom many rules are about.
        let thrown = self.throw(16) | usize::from(!self.once_in(3));
        let drawn = each
            .iter()
            .enumerate()
            .filter(|(it, _)| thrown >> it & 1 == 1);
        let rights = drawn.fold(0, |all, it| all | it.1);
        if self.once_in(16) {
            rights | right::UNKNOWN
        } else {
            rights
        }
    }

    fn person(&mut self) -> usize {
        self.number(self.tenant.persons.len())
    }

    fn add_user(&mut self) -> Step {
        let by = self.anybody();
        let address = self.address();
        let name = self.throw(PEOPLE.len());
        let whose = match self.throw(8) {
            0 => Whose::Known,
            1 => Whose::Another(name),
            2 => Whose::Chosen(self.person()),
            _ => Whose::KnownOrNew(name),
        };
        let role = match self.throw(4) {
            0 => self.throw(OWNER + 2),
            1 => self.role(),
            _ => self.custom_role(),
        };
        let start = match self.throw(6) {
            0 => Start::Inactive,
            _ => Start::Active,
        };
        let what = Command::AddUser {
            address,
            whose,
            role,
            start,
        };
        Step { by, what }
    }

    fn assign(&mut self) -> Step {
        let role = match self.throw(4) {
            0 => self.role(),
            1 => ADMINISTRATOR,
            _ => self.custom_role(),
        };
        let by = self.anybody();
        let user = self.user();
        let what = Command::Assign { user, role };
        Step { by, what }
    }

    fn make_owner(&mut self) -> Step {
        let by = self.owner();
        let user = self.user();
        let what = Command::Assign { user, role: OWNER };
        Step { by, what }
    }

    fn remove(&mut self) -> Step {
        let by = self.anybody();
        let (user, role) = self.held();
        let what = Command::Remove { user, role };
        Step { by, what }
    }

    fn rest(&mut self) -> Step {
        let by = self.anybody();
        let (user, role) = self.held();
        let what = Command::Rest { user, role };
        Step { by, what }
    }

    /// A user and a role, mostly one that the user has or had.
    fn held(&mut self) -> (usize, usize) {
        let held = self.tenant.held.union(&self.tenant.resting);
        let held: Vec<_> = held.copied().collect();
        match self.choose(&held) {
            Some(held) if !self.once_in(4) => held,
            _ => (self.user(), self.role()),
        }
    }

    fn unmake_owner(&mut self) -> Step {
        let by = self.owner();
        let user = self.user();
        let what = Command::Remove { user, role: OWNER };
        Step { by, what }
    }

    fn open_session(&mut self) -> Step {
        let owners = self.tenant.owners();
        let user = match self.choose(&owners) {
            Some(owner) if self.once_in(2) => owner,
            _ => self.user(),
        };
        let lives = [DAY, LONGEST_SESSION + 1, 0, 5 * MINUTE, USUAL_SESSION];
        let life = lives[self.throw(12).min(lives.len() - 1)];
        let by = Who::Host(user);
        let what = Command::OpenSession { user, life };
        Step { by, what }
    }

    fn log_in(&mut self) -> Step {
        let account = self.throw(self.tenant.accounts.len());
        let chosen = match self.throw(3) {
            0 => Some(self.user()),
            _ => None,
        };
        let by = Who::Operator;
        let what = Command::LogIn { account, chosen };
        Step { by, what }
    }

    fn end_session(&mut self) -> Step {
        let by = self.who();
        let session = self.session();
        let what = Command::EndSession { session };
        Step { by, what }
    }

    /// An owner, mostly, who is to leave.
    fn leaving(&mut self) -> usize {
        let owners = self.tenant.owners();
        match self.choose(&owners) {
            Some(owner) if !self.once_in(6) => owner,
            _ => self.user(),
        }
    }

    fn replace(&mut self) -> Step {
        let leaving = self.leaving();
        let proposed: Vec<_> = self.tenant.proposals.keys().copied().collect();
        let successor = match self.choose(&proposed) {
            Some(user) if self.once_in(2) => user,
            _ => self.user(),
        };
        self.of_platform(Command::Replace { leaving, successor })
    }

    fn replace_by_newcomer(&mut self) -> Step {
        let leaving = self.leaving();
        let address = self.address();
        let name = self.throw(PEOPLE.len());
        self.of_platform(Command::ReplaceByNewcomer {
            leaving,
            address,
            name,
        })
    }

    /// The number of a name, mostly of none that is built in.
    fn role_name(&mut self) -> usize {
        let built_in = Tenant::new().roles.len();
        match self.throw(8) {
            0 => self.throw(ROLES.len()),
            _ => built_in + self.throw(ROLES.len() - built_in),
        }
    }

    fn create_role(&mut self) -> Step {
        let by = self.owner();
        let name = self.role_name();
        let rights = self.rights();
        let what = Command::CreateRole { name, rights };
        Step { by, what }
    }

    fn rename_role(&mut self) -> Step {
        let by = self.owner();
        let role = self.custom_role();
        let name = self.role_name();
        let what = Command::RenameRole { role, name };
        Step { by, what }
    }

    fn permit_role(&mut self) -> Step {
        let by = self.anybody();
        let role = self.custom_role();
        let rights = self.rights();
        let what = Command::PermitRole { role, rights };
        Step { by, what }
    }

    fn retire_role(&mut self) -> Step {
        let by = self.owner();
        let role = self.custom_role();
        let what = Command::RetireRole { role };
        Step { by, what }
    }

    fn add_person(&mut self) -> Step {
        let by = self.who();
        let name = self.throw(PEOPLE.len());
        let address = match self.throw(4) {
            0 => None,
            _ => Some(self.address()),
        };
        let what = Command::AddPerson { name, address };
        Step { by, what }
    }

    fn edit_person(&mut self) -> Step {
        let by = self.anybody();
        let person = self.person();
        let name = match self.throw(3) {
            0 => Some(self.throw(PEOPLE.len())),
            _ => None,
        };
        let address = match self.throw(8) {
            0 => Post::Keep,
            1 => Post::Clear,
            _ => Post::Set(self.address()),
        };
        let what = Command::EditPerson {
            person,
            name,
            address,
        };
        Step { by, what }
    }

    /// Mostly somebody of whom there is no active user.
    fn erase_person(&mut self) -> Step {
        let by = self.owner();
        let all = 0..self.tenant.persons.len();
        let free = |it: &usize| {
            let mut users = self.tenant.users.iter();
            !users.any(|user| user.person == *it && user.active)
        };
        let free: Vec<_> = all.filter(free).collect();
        let person = match self.choose(&free) {
            Some(person) if self.once_in(2) => person,
            _ => self.person(),
        };
        let what = Command::ErasePerson { person };
        Step { by, what }
    }

    fn set_policy(&mut self) -> Step {
        let by = self.owner();
        let subset_only = [None, Some(true), Some(true), Some(false)][self.throw(4)];
        let two_owners = [None, Some(true), Some(true), Some(false)][self.throw(4)];
        let minutes = [None, None, Some(1), Some(15), Some(60)][self.throw(5)];
        let what = Command::SetPolicy {
            subset_only,
            two_owners,
            minutes,
        };
        Step { by, what }
    }

    fn token(&mut self) -> Step {
        let by = self.who();
        let tokens = self.tenant.tokens.len();
        let what = if tokens > 0 && self.once_in(3) {
            let token = self.number(tokens);
            Command::RevokeToken { token }
        } else {
            let name = self.throw(TOKENS.len());
            let lives = [0, LONGEST_TOKEN + 1, MINUTE, LONGEST_TOKEN];
            let life = lives[self.throw(9).min(lives.len() - 1)];
            Command::CreateToken { name, life }
        };
        Step { by, what }
    }

    /// Mostly the login that opens somebody elsewhere, since that one is asked whether it is.
    fn confirm_login(&mut self) -> Step {
        let mut address = self.address();
        let mut accounts = self.tenant.accounts.iter();
        let elsewhere = accounts.find(|it| it.elsewhere).and_then(|it| it.key);
        address.key = match elsewhere {
            Some(key) if !self.once_in(3) => key,
            _ => address.key,
        };
        self.of_platform(Command::ConfirmLogin { address })
    }

    fn move_elsewhere(&mut self) -> Step {
        let address = self.address();
        let (by, what) = (Who::Operator, Command::MoveElsewhere { address });
        Step { by, what }
    }

    /// Mostly a moment; often to a deadline exactly, or to the moment before it; now and then hours, and now and then back.
    fn wait(&mut self) -> Step {
        let now = self.tenant.now;
        let after = |it: &i64| now < *it;
        let elevations = self.tenant.elevations.iter().map(|it| it.until);
        let elevations: Vec<_> = elevations.filter(after).collect();
        let sessions = self.tenant.sessions.iter().map(|it| it.until);
        let sessions: Vec<_> = sessions.filter(after).collect();
        let proposals = self.tenant.proposals.values().map(|it| it.until);
        let proposals: Vec<_> = proposals.filter(after).collect();
        let moments = [1, MINUTE / 60, MINUTE / 2, MINUTE, 3 * MINUTE];
        let time = match self.throw(32) {
            0 | 1 => -moments[self.throw(moments.len())],
            2 => -20 * MINUTE,
            3 => 60 * MINUTE * (1 + i64::try_from(self.throw(5)).unwrap()),
            4 => self.choose(&sessions).map_or(1, |it| it - now),
            5 => self.choose(&sessions).map_or(1, |it| it - now - 1),
            6..=8 => self.choose(&proposals).map_or(1, |it| it - now),
            9 => self.choose(&proposals).map_or(1, |it| it - now - 1),
            10..=13 => self.choose(&elevations).map_or(1, |it| it - now),
            14 | 15 => self.choose(&elevations).map_or(1, |it| it - now - 1),
            _ => moments[self.throw(moments.len())],
        };
        let (by, what) = (Who::Operator, Command::Wait { time });
        Step { by, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prop_assert, prop_assert_eq, proptest, test_runner::Config};

    proptest! {
        #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(200) })]

        /// The model keeps what it is to judge others by: what is refused changes nothing (A5), a usable owner is always left (O1),
        /// whoever holds Tenant Owner is usable (O3), a session has one elevation at most, and none outlives it (O4).
        #[test]
        fn the_model_keeps_the_rules(
            (mut tenant, steps, _) in Machine::sequential_strategy(100)
        ) {
            for step in &steps {
                let before = tenant.clone();
                if tenant.give(step).is_err() {
                    prop_assert_eq!(&before, &tenant);
                }
                let owners = tenant.owners();
                prop_assert!(!owners.is_empty());
                let held: Vec<_> = (0..tenant.users.len()).filter(|it| tenant.is_owner(*it)).collect();
                prop_assert_eq!(owners, held);
                for (number, session) in tenant.sessions.iter().enumerate() {
                    let own = tenant.elevations.iter().filter(|it| it.session == number);
                    let on: Vec<_> = own.filter(|it| it.ended.is_none()).collect();
                    prop_assert!(on.len() < 2);
                    prop_assert!(on.iter().all(|it| it.until <= session.until));
                }
            }
        }
    }
}
