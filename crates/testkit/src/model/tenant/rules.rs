//! What comes of each command, by the rules.

use super::{
    Account, Answer, Elevation, End, Kind, KnownTo, LONGEST_SESSION, LONGEST_TOKEN, MINUTE, OWNER,
    PROPOSAL, Person, Proposal, Refusal, Role, Session, Standing, Tenant, Token, USUAL_SESSION,
    User, unless,
};
use crate::model::command::{
    Address, Command, Post, ROLES, Start, Step, TOKENS, Who, Whose, right,
};

/// Whether all of it is allowed; if not, any of the codes is right.
fn all(each: impl Iterator<Item = Result<(), &'static str>>) -> Answer {
    let mut codes: Vec<_> = each.filter_map(Result::err).collect();
    codes.dedup();
    if codes.is_empty() {
        Ok(())
    } else {
        Err(Refusal(codes))
    }
}

impl Tenant {
    /// Gives a command, and says what comes of it.
    ///
    /// # Errors
    /// The refusal; nothing has changed.
    pub fn give(&mut self, step: &Step) -> Answer {
        match step.what {
            Command::Wait { time } => {
                self.now += time;
                return Ok(());
            }
            Command::Sweep => {
                self.sweep();
                return Ok(());
            }
            Command::MoveElsewhere { address } => return self.move_elsewhere(address),
            Command::ConfirmLogin { address } => return self.confirm_login(step.by, address),
            Command::OpenSession { user, life } => return self.open_session(user, life),
            Command::LogIn { account, chosen } => return self.log_in(account, chosen),
            _ => (),
        }
        let who = self.standing(step.by)?;
        match step.what {
            Command::AddUser {
                address,
                whose,
                role,
                start,
            } => {
                self.known(&who, self.roles.get(role), "role_unknown")?;
                self.may_grant(&who, role)?;
                self.add_user(address, whose, role, start)
            }
            Command::Assign { user, role } => {
                self.known(&who, self.roles.get(role), "role_unknown")?;
                self.may_grant(&who, role)?;
                self.assign(user, role)
            }
            Command::Remove { user, role } => {
                self.may_lose(&who, user, role, self.resting.contains(&(user, role)))?;
                self.take(user, role);
                Ok(())
            }
            Command::Rest { user, role } => {
                self.may_lose(&who, user, role, false)?;
                self.take(user, role);
                self.resting.insert((user, role));
                Ok(())
            }
            Command::Deactivate { user } => {
                who.needs(right::USERS)?;
                let known = self.users.get(user).ok_or("user_unknown")?;
                unless(!known.active, "status_unchanged")?;
                unless(self.is_owner(user), "holds_tenant_owner")?;
                self.users[user].active = false;
                self.users[user].epoch += 1;
                Ok(())
            }
            Command::Reactivate { user } => {
                who.needs(right::USERS)?;
                let known = self.users.get(user).ok_or("user_unknown")?;
                unless(known.active, "status_unchanged")?;
                unless(self.persons[known.person].name.is_none(), "person_erased")?;
                // What the user holds counts again, as if it were given anew (A3).
                let held = self.held_by(user).filter(|it| !self.roles[*it].retired);
                all(held.map(|it| self.may_grant(&who, it)))?;
                self.users[user].active = true;
                Ok(())
            }
            Command::Unlink { user } => self.set_link(&who, user, false),
            Command::Link { user } => self.set_link(&who, user, true),
            Command::SetPassword { user } => self.set_password(&who, user),
            Command::ChangePassword => {
                let (_, account) = self.proves(&who)?;
                self.accounts[account].password = Some(KnownTo::Holder);
                self.end_login(account);
                Ok(())
            }
            Command::EndSession { session } => {
                let known = self.sessions.get(session);
                if !known.is_some_and(|it| who.is_themselves(it.user)) {
                    who.needs(right::USERS)?;
                }
                known.ok_or("session_unknown")?;
                unless(!self.alive(session), "session_over")?;
                self.sessions[session].ended = true;
                self.end_elevations(End::SessionEnded, |it, _| it == session);
                Ok(())
            }
            Command::EndSessions { user } => {
                if !who.is_themselves(user) {
                    who.needs(right::USERS)?;
                }
                self.users.get(user).ok_or("user_unknown")?;
                self.users[user].epoch += 1;
                self.end_elevations(End::SessionEnded, |_, it| it.user == user);
                Ok(())
            }
            Command::Elevate => self.elevate(&who),
            Command::Drop => {
                let session = who.session.ok_or("session_required")?;
                let on = self.on(session).ok_or("not_elevated")?;
                self.end_elevation(on, End::SwitchedOff);
                Ok(())
            }
            Command::Propose { user } => {
                let by = who.owner()?;
                unless(!self.two_owners, "proposal_not_needed")?;
                self.may_become_owner(user)?;
                let pending = self.proposals.get(&user);
                unless(
                    pending.is_some_and(|it| self.now < it.until),
                    "proposed_already",
                )?;
                let until = self.now + PROPOSAL;
                self.proposals.insert(user, Proposal { by, until });
                Ok(())
            }
            Command::Approve { user } => {
                let owner = who.owner()?;
                let pending = self.proposals.get(&user);
                let pending = pending.filter(|it| self.now < it.until);
                let pending = pending.ok_or("not_proposed")?;
                unless(pending.by == owner, "own_proposal")?;
                unless(!self.owners().contains(&pending.by), "proposer_no_owner")?;
                self.assign(user, OWNER)?;
                self.proposals.remove(&user);
                Ok(())
            }
            Command::Withdraw { user } => {
                who.owner()?;
                self.proposals.remove(&user).ok_or("not_proposed")?;
                Ok(())
            }
            Command::Replace { leaving, successor } => {
                who.operator()?;
                unless(!self.is_owner(leaving), "not_an_owner")?;
                self.assign(successor, OWNER)?;
                self.take(leaving, OWNER);
                Ok(())
            }
            Command::ReplaceByNewcomer {
                leaving,
                address,
                name,
            } => {
                who.operator()?;
                unless(!self.is_owner(leaving), "not_an_owner")?;
                self.add_user(address, Whose::KnownOrNew(name), OWNER, Start::Active)?;
                self.take(leaving, OWNER);
                Ok(())
            }
            Command::CreateRole { name, rights } => {
                who.needs(right::ROLES)?;
                unless(rights & right::UNKNOWN != 0, "permission_unknown")?;
                unless(self.looks_taken(name, None), "role_name_taken")?;
                self.roles.push(Role {
                    name,
                    kind: Kind::Custom,
                    rights,
                    retired: false,
                });
                Ok(())
            }
            Command::RenameRole { role, name } => {
                let known = self.changeable(&who, role)?;
                unless(ROLES[known.name].1 == ROLES[name].1, "role_unchanged")?;
                unless(self.looks_taken(name, Some(role)), "role_name_taken")?;
                self.roles[role].name = name;
                Ok(())
            }
            Command::PermitRole { role, rights } => {
                let known = self.changeable(&who, role)?;
                unless(rights & right::UNKNOWN != 0, "permission_unknown")?;
                unless(known.rights == rights, "role_unchanged")?;
                let added = rights & !known.rights;
                if added != 0 {
                    who.needs(right::USERS)?;
                    self.within_policy(&who, added)?;
                }
                self.roles[role].rights = rights;
                Ok(())
            }
            Command::RetireRole { role } => {
                self.changeable(&who, role)?;
                self.roles[role].retired = true;
                Ok(())
            }
            Command::AddPerson { name, address } => {
                who.needs(right::PERSONS)?;
                let name = Some(name);
                self.persons.push(Person { name, address });
                Ok(())
            }
            Command::EditPerson {
                person,
                name,
                address,
            } => self.edit_person(&who, person, name, address, false),
            Command::ChangeOwnEmail { address } => {
                let (user, _) = self.proves(&who)?;
                let person = self.users[user].person;
                self.edit_person(&who, person, None, Post::Set(address), true)
            }
            Command::ErasePerson { person } => self.erase_person(&who, person),
            Command::Suspend | Command::Resume => {
                let suspended = step.what == Command::Suspend;
                who.operator()?;
                unless(self.suspended == suspended, "tenant_unchanged")?;
                self.suspended = suspended;
                Ok(())
            }
            Command::SetPolicy {
                subset_only,
                two_owners,
                minutes,
            } => {
                who.owner()?;
                let before = (self.subset_only, self.two_owners, self.minutes);
                let after = (
                    subset_only.unwrap_or(before.0),
                    two_owners.unwrap_or(before.1),
                    minutes.unwrap_or(before.2),
                );
                unless(before == after, "policy_unchanged")?;
                unless(before.1 && !after.1, "second_owner_needed")?;
                let alone = self.owners().len() < 2;
                unless(!before.1 && after.1 && alone, "no_second_owner")?;
                (self.subset_only, self.two_owners, self.minutes) = after;
                Ok(())
            }
            Command::LiftSecondOwner => {
                who.operator()?;
                unless(!self.two_owners, "tenant_unchanged")?;
                self.two_owners = false;
                Ok(())
            }
            Command::CreateToken { name, life } => {
                who.needs(right::TOKENS)?;
                unless(who.program, "not_a_user")?;
                let user = who.user.ok_or("permission_missing")?;
                unless(life <= 0 || life > LONGEST_TOKEN, "token_expiry")?;
                let same = |it: &Token| !it.revoked && TOKENS[it.name].1 == TOKENS[name].1;
                unless(self.tokens.iter().any(same), "token_name_taken")?;
                self.tokens.push(Token {
                    name,
                    user,
                    epoch: self.users[user].epoch,
                    until: self.now + life,
                    revoked: false,
                });
                Ok(())
            }
            Command::RevokeToken { token } => {
                who.needs(right::TOKENS)?;
                let known = self.tokens.get(token).ok_or("token_unknown")?;
                unless(known.revoked, "token_already_revoked")?;
                self.tokens[token].revoked = true;
                Ok(())
            }
            Command::OpenSession { .. }
            | Command::LogIn { .. }
            | Command::Sweep
            | Command::ConfirmLogin { .. }
            | Command::MoveElsewhere { .. }
            | Command::Wait { .. } => Ok(()),
        }
    }

    /// What was looked for. That it is not there is told only to whoever manages users.
    fn known<'a, T>(
        &self,
        who: &Standing,
        found: Option<&'a T>,
        unknown: &'static str,
    ) -> Result<&'a T, &'static str> {
        match found {
            Some(found) => Ok(found),
            None => who.needs(right::USERS).and(Err(unknown)),
        }
    }

    /// Who gives the present password of their login, which is always the right one where there is any.
    fn proves(&self, who: &Standing) -> Result<(usize, usize), &'static str> {
        let user = who.user.filter(|_| !who.program).ok_or("user_unknown")?;
        let account = self.users[user].account.ok_or("no_password_here")?;
        let login = &self.accounts[account];
        unless(login.password.is_none() || !login.linked, "login_wrong")?;
        Ok((user, account))
    }

    /// Whether somebody may take a role, or be one of the two who give it (O2, A2).
    fn may_take(&self, who: &Standing, role: usize) -> Result<(), &'static str> {
        let role = &self.roles[role];
        if role.kind == Kind::Owner {
            who.owner().map(|_| ())
        } else {
            who.needs(right::USERS)?;
            self.within_policy(who, role.rights)
        }
    }

    /// Whether somebody may give a role alone.
    fn may_grant(&self, who: &Standing, role: usize) -> Result<(), &'static str> {
        self.may_take(who, role)?;
        unless(role == OWNER && self.two_owners, "second_owner_needed")
    }

    fn within_policy(&self, who: &Standing, rights: u8) -> Result<(), &'static str> {
        unless(
            self.subset_only && rights & !who.rights != 0,
            "more_than_held",
        )
    }

    /// Whether somebody may do something after which they could come in as this user: themselves, in a session once they have
    /// `proved` that they are, or whoever may give all that the login opens, which opens nobody elsewhere (A3, O3).
    fn may_take_over(&self, who: &Standing, user: usize, proved: bool) -> Answer {
        let login = self
            .known(who, self.users.get(user), "user_unknown")?
            .account;
        let same = |it: usize| it == user || login.is_some() && self.users[it].account == login;
        if !who.program && who.user.is_some_and(same) {
            // The session may be stolen.
            let proved = proved || who.session.is_none();
            return Ok(unless(!proved, "present_password_needed")?);
        }
        who.needs(right::USERS)?;
        let opened = (0..self.users.len()).filter(|it| same(*it));
        // What rests may count again, and would then be whoever's who comes in.
        let all_held = self.held.union(&self.resting).copied();
        let all_held: Vec<_> = all_held.collect();
        let of = |user| all_held.iter().filter(move |it| it.0 == user);
        let held = opened.flat_map(of).map(|it| it.1);
        all(held.map(|it| self.may_grant(who, it)))?;
        let elsewhere = login.is_some_and(|it| self.accounts[it].elsewhere);
        Ok(unless(elsewhere, "login_of_other_tenants")?)
    }

    /// Adds a user in a role that may be given: one for each person and login (E1).
    fn add_user(&mut self, address: Address, whose: Whose, role: usize, start: Start) -> Answer {
        let has = |it: &usize| {
            let own = self.persons[*it].address;
            own.is_some_and(|it| it.key == address.key)
        };
        let same: Vec<_> = (0..self.persons.len()).filter(has).collect();
        let (person, name) = match (whose, same.as_slice()) {
            (Whose::Chosen(it), same) if same.contains(&it) => (Some(it), None),
            (Whose::Chosen(_), _) => Err("person_unknown")?,
            (Whose::Known, []) => Err("names_needed")?,
            (Whose::Another(name), _) | (Whose::KnownOrNew(name), []) => (None, Some(name)),
            (Whose::Known | Whose::KnownOrNew(_), [one]) => (Some(*one), None),
            (Whose::Known | Whose::KnownOrNew(_), _) => Err("several_persons")?,
        };
        let own = |it: &User| Some(it.person) == person;
        unless(self.users.iter().any(own), "person_has_user")?;
        let role_of = &self.roles[role];
        unless(
            role_of.retired || role_of.kind == Kind::Patients,
            "role_unfit",
        )?;
        let named = |it: &Account| it.key == Some(address.key);
        let account = self.accounts.iter().position(named);
        let opened = |it: &User| it.account.is_some() && it.account == account;
        unless(self.users.iter().any(opened), "login_taken")?;
        let unproved = account.map(|it| &self.accounts[it]);
        let unproved = unproved.is_some_and(|it| it.elsewhere && !it.proved);
        unless(unproved, "login_unproved")?;
        let linked = account.is_none_or(|it| self.accounts[it].linked);
        unless(
            role == OWNER && !(linked && start == Start::Active),
            "owner_not_usable",
        )?;
        let password = account.and_then(|it| self.accounts[it].password);
        unless(
            role == OWNER && password == Some(KnownTo::Others),
            "password_of_others",
        )?;
        let person = person.unwrap_or(self.persons.len());
        if name.is_some() {
            let address = Some(address);
            self.persons.push(Person { name, address });
        }
        let account = account.unwrap_or(self.accounts.len());
        if account == self.accounts.len() {
            self.accounts.push(Account {
                key: Some(address.key),
                linked: true,
                elsewhere: false,
                proved: false,
                password: None,
                epoch: 0,
            });
        }
        self.held.insert((self.users.len(), role));
        self.users.push(User {
            person,
            account: Some(account),
            active: start == Start::Active,
            epoch: 0,
        });
        Ok(())
    }

    /// Whether a user is usable and no owner yet.
    fn may_become_owner(&self, user: usize) -> Result<(), &'static str> {
        let known = self.users.get(user).ok_or("user_unknown")?;
        unless(!known.active || !self.linked(user), "owner_not_usable")?;
        unless(self.known_to_others(user), "password_of_others")?;
        unless(self.is_owner(user), "role_already_held")
    }

    /// Gives a role that may be given.
    fn assign(&mut self, user: usize, role: usize) -> Answer {
        self.users.get(user).ok_or("user_unknown")?;
        unless(self.roles[role].retired, "role_retired")?;
        unless(self.roles[role].kind == Kind::Patients, "role_other_domain")?;
        if role == OWNER {
            self.may_become_owner(user)?;
        }
        unless(self.held.contains(&(user, role)), "role_already_held")?;
        self.held.insert((user, role));
        self.resting.remove(&(user, role));
        Ok(())
    }

    /// Whether a user may be made to lose a role, which `rests` or has to count.
    fn may_lose(&self, who: &Standing, user: usize, role: usize, rests: bool) -> Answer {
        self.known(who, self.roles.get(role), "role_unknown")?;
        self.may_take(who, role)?;
        self.users.get(user).ok_or("user_unknown")?;
        let held = rests || self.held.contains(&(user, role));
        unless(!held, "role_not_held")?;
        if role == OWNER {
            unless(who.user == Some(user), "own_ownership")?;
            unless(self.owners() == [user], "last_owner")?;
        }
        Ok(())
    }

    /// Takes a role, and with Tenant Owner whatever is switched on (O4).
    fn take(&mut self, user: usize, role: usize) {
        self.held.remove(&(user, role));
        self.resting.remove(&(user, role));
        if role == OWNER {
            self.end_elevations(End::RoleRemoved, |_, it| it.user == user);
        }
    }

    fn set_link(&mut self, who: &Standing, user: usize, linked: bool) -> Answer {
        self.may_take_over(who, user, false)?;
        let account = self.users[user].account.ok_or("no_login")?;
        unless(self.accounts[account].elsewhere, "login_of_other_tenants")?;
        unless(self.accounts[account].linked == linked, "login_unchanged")?;
        let mut opened =
            (0..self.users.len()).filter(|it| self.users[*it].account == Some(account));
        let owners = opened.any(|it| self.is_owner(it));
        unless(!linked && owners, "holds_tenant_owner")?;
        self.accounts[account].linked = linked;
        self.end_login(account);
        if !linked {
            self.end_programs(account);
        }
        Ok(())
    }

    /// Gives a login a password. Whoever else does it knows it then, and the login is no more proved.
    fn set_password(&mut self, who: &Standing, user: usize) -> Answer {
        let login = self.users.get(user).and_then(|it| it.account);
        let has_one = login.is_some_and(|it| self.accounts[it].password.is_some());
        // The operator lets an owner in whom nobody else can.
        let elsewhere = login.is_some_and(|it| self.accounts[it].elsewhere);
        let let_in = self.is_owner(user) && !has_one && !elsewhere;
        if who.user.is_some() || self.users.get(user).is_some() && !let_in {
            self.may_take_over(who, user, false)?;
        }
        self.users.get(user).ok_or("user_unknown")?;
        let own = |it: usize| it == user || login.is_some() && self.users[it].account == login;
        let own = who.user.is_some_and(own) && !who.program;
        let account = login.filter(|it| self.accounts[*it].linked);
        let account = account.ok_or("no_password_here")?;
        let login = &mut self.accounts[account];
        login.password = Some(if own {
            KnownTo::Holder
        } else {
            KnownTo::Others
        });
        login.proved &= own;
        self.end_login(account);
        if !own {
            self.end_programs(account);
        }
        Ok(())
    }

    fn confirm_login(&mut self, by: Who, address: Address) -> Answer {
        unless(by != Who::Operator, "operator_only")?;
        let named = |it: &&mut Account| it.key == Some(address.key);
        let login = self
            .accounts
            .iter_mut()
            .find(named)
            .ok_or("login_unknown")?;
        unless(login.proved, "tenant_unchanged")?;
        unless(
            login.password == Some(KnownTo::Others),
            "password_of_others",
        )?;
        login.proved = true;
        Ok(())
    }

    /// Gives a login another name, of which nobody knows in whose hands it is.
    fn rename_login(&mut self, account: usize, key: usize) {
        self.accounts[account].key = Some(key);
        self.accounts[account].proved = false;
    }

    /// Ends what programs do in the name of whom a login opens.
    fn end_programs(&mut self, account: usize) {
        let opened = |it: &&mut User| it.account == Some(account);
        let opened = self.users.iter_mut().filter(opened);
        opened.for_each(|it| it.epoch += 1);
    }

    /// Ends all sessions of a login.
    fn end_login(&mut self, account: usize) {
        self.accounts[account].epoch += 1;
        self.end_elevations(End::SessionEnded, |_, it| it.account == account);
    }

    fn open_session(&mut self, user: usize, life: i64) -> Answer {
        self.standing(Who::Host(user))?;
        let account = self.users[user].account.ok_or("login_opens_nothing")?;
        self.open(user, account, life)
    }

    /// Opens a session as the user whom the login opens, if it is one alone who could come in; the one of another tenant
    /// always could.
    fn log_in(&mut self, account: usize, chosen: Option<usize>) -> Answer {
        let known = self.accounts.get(account).ok_or("login_wrong")?;
        unless(known.key.is_none() || !known.linked, "login_wrong")?;
        let opened = |it: &usize| self.users.get(*it).map(|it| it.account) == Some(Some(account));
        let user = match chosen {
            Some(chosen) => Some(chosen).filter(opened).ok_or("login_opens_nothing")?,
            None => {
                let could = |it: &usize| self.standing(Who::Host(*it)).is_ok();
                let mut users = (0..self.users.len()).filter(opened).filter(could);
                match (users.next(), known.elsewhere) {
                    (Some(_), true) => Err("several_users")?,
                    (Some(user), false) => user,
                    // A session of another tenant's.
                    (None, true) => return Ok(()),
                    (None, false) => Err("login_opens_nothing")?,
                }
            }
        };
        self.standing(Who::Host(user))?;
        self.open(user, account, USUAL_SESSION)
    }

    fn open(&mut self, user: usize, account: usize, life: i64) -> Answer {
        unless(!self.accounts[account].linked, "login_opens_nothing")?;
        unless(life <= 0 || life > LONGEST_SESSION, "session_life")?;
        self.sessions.push(Session {
            user,
            account,
            epochs: (self.users[user].epoch, self.accounts[account].epoch),
            until: self.now + life,
            ended: false,
        });
        Ok(())
    }

    fn elevate(&mut self, who: &Standing) -> Answer {
        let session = who.session.ok_or("session_required")?;
        let owner = who.user.is_some_and(|it| self.is_owner(it));
        unless(!owner, "not_an_owner")?;
        unless(
            who.user.is_some_and(|it| self.known_to_others(it)),
            "password_of_others",
        )?;
        if let Some(before) = self.on(session) {
            unless(self.now < self.elevations[before].until, "already_elevated")?;
            self.end_elevation(before, End::Deadline);
        }
        let length = i64::from(self.minutes) * MINUTE;
        self.elevations.push(Elevation {
            session,
            since: self.now,
            until: self.sessions[session].until.min(self.now + length),
            ended: None,
        });
        Ok(())
    }

    /// Records the end of an elevation. Past its deadline it is that which ended it.
    fn end_elevation(&mut self, elevation: usize, why: End) {
        let it = &mut self.elevations[elevation];
        it.ended = Some(if it.until <= self.now {
            (End::Deadline, it.until)
        } else {
            (why, self.now)
        });
    }

    /// Records the end of those elevations whose session is meant and which have none yet.
    fn end_elevations(&mut self, why: End, meant: impl Fn(usize, &Session) -> bool) {
        for it in 0..self.elevations.len() {
            let Elevation { session, ended, .. } = self.elevations[it];
            if ended.is_none() && meant(session, &self.sessions[session]) {
                self.end_elevation(it, why);
            }
        }
    }

    fn sweep(&mut self) {
        for it in 0..self.elevations.len() {
            let Elevation {
                session,
                until,
                ended,
                ..
            } = self.elevations[it];
            let user = self.sessions[session].user;
            let why = if !self.alive(session) {
                Some(End::SessionEnded)
            } else if !self.is_owner(user) {
                Some(End::RoleRemoved)
            } else {
                (until <= self.now).then_some(End::Deadline)
            };
            if let (None, Some(why)) = (ended, why) {
                self.end_elevation(it, why);
            }
        }
    }

    fn looks_taken(&self, name: usize, but_for: Option<usize>) -> bool {
        let look = |it: usize| ROLES[it].2;
        let others = self.roles.iter().enumerate();
        let mut others = others.filter(|(it, role)| Some(*it) != but_for && !role.retired);
        others.any(|(_, role)| look(role.name) == look(name))
    }

    /// The role, if it is the customer's own and counts.
    fn changeable(&self, who: &Standing, role: usize) -> Result<&Role, &'static str> {
        who.needs(right::ROLES)?;
        let role = self.roles.get(role).ok_or("role_unknown")?;
        unless(role.kind != Kind::Custom, "role_built_in")?;
        unless(role.retired, "role_retired")?;
        Ok(role)
    }

    fn user_of(&self, person: usize) -> Option<usize> {
        self.users.iter().position(|it| it.person == person)
    }

    /// Changes what is known of a person; a login by the old address moves to the new, and its sessions end.
    fn edit_person(
        &mut self,
        who: &Standing,
        person: usize,
        name: Option<usize>,
        address: Post,
        proved: bool,
    ) -> Answer {
        let user = self.user_of(person);
        if !user.is_some_and(|it| who.is_themselves(it)) {
            who.needs(right::PERSONS)?;
        }
        let before = self.persons.get(person).ok_or("person_unknown")?.clone();
        unless(before.name.is_none(), "person_erased")?;
        let after = Person {
            name: name.or(before.name),
            address: match address {
                Post::Keep => before.address,
                Post::Clear => None,
                Post::Set(it) => Some(it),
            },
        };
        unless(before == after, "person_unchanged")?;
        let key = |it: &Person| it.address.map(|it| it.key);
        let login = user.and_then(|it| self.users[it].account);
        let login = login.filter(|it| self.accounts[*it].key == key(&before));
        if let (true, Some(user), Some(login)) = (key(&before) != key(&after), user, login) {
            let new = key(&after).ok_or("login_needed")?;
            self.may_take_over(who, user, proved)?;
            let taken = |it: &Account| it.key == Some(new);
            unless(self.accounts.iter().any(taken), "login_taken")?;
            self.rename_login(login, new);
            self.end_login(login);
            self.end_programs(login);
        }
        self.persons[person] = after;
        Ok(())
    }

    /// Moves the login that opens somebody elsewhere, from there. Its sessions end here too, but what was switched on in them is
    /// recorded as ended by the next sweep: the other tenant's journal is another's.
    fn move_elsewhere(&mut self, address: Address) -> Answer {
        unless(self.elsewhere == address, "person_unchanged")?;
        let login = self.accounts.iter().position(|it| it.elsewhere);
        let login = login.filter(|it| self.accounts[*it].key == Some(self.elsewhere.key));
        if let (true, Some(login)) = (self.elsewhere.key != address.key, login) {
            let taken = |it: &Account| it.key == Some(address.key);
            unless(self.accounts.iter().any(taken), "login_taken")?;
            self.rename_login(login, address.key);
            self.accounts[login].epoch += 1;
        }
        self.elsewhere = address;
        Ok(())
    }

    /// Erases what is known of a person, and a login that opens nobody else.
    fn erase_person(&mut self, who: &Standing, person: usize) -> Answer {
        who.needs(right::PERSONS)?;
        let known = self.persons.get(person).ok_or("person_unknown")?;
        unless(known.name.is_none(), "person_erased")?;
        if let Some(user) = self.user_of(person) {
            let user = &mut self.users[user];
            unless(user.active, "person_has_active_user")?;
            user.epoch += 1;
            if let Some(account) = user.account.take() {
                let account = &mut self.accounts[account];
                account.key = account.key.filter(|_| account.elsewhere);
            }
        }
        self.persons[person] = Person {
            name: None,
            address: None,
        };
        Ok(())
    }
}
