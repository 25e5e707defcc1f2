//! Sessions: one login on one device, of one user in one tenant.

use crate::{
    account::{Account, Epoch},
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::{Id, Mint},
    journal::{By, Event, Hash},
    owner::{Elevation, elevation},
    permission::USERS_MANAGE,
    record::{Records, Stored},
    refusal::Refusal,
    time::Instant,
    user::User,
};
use chrono::Duration;

/// How long a session lives unless the host says otherwise.
pub const USUAL_LIFE: Duration = Duration::hours(12);
/// How long a session may live.
pub const LONGEST_LIFE: Duration = Duration::hours(24);

/// One login on one device. What its user may do is read anew at each use (A1); a session only says who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its identifier, which journal entries name.
    pub id: Id<Self>,
    /// Whose.
    pub user: Id<User>,
    /// The login that opened it.
    pub account: Id<Account>,
    /// The SHA-256 of the secret.
    pub hash: Hash,
    /// When it was opened.
    pub opened_at: Instant,
    /// The first instant at which it is over; use does not move it.
    pub expires_at: Instant,
    /// The user's epoch when it was opened.
    pub user_epoch: Epoch,
    /// The account's epoch when it was opened.
    pub account_epoch: Epoch,
    /// The last elevation in it, whose own record says whether it is on.
    pub elevation: Option<Id<Elevation>>,
    /// Whether somebody ended it.
    pub state: SessionState,
}

/// Whether somebody ended a session. That its time is over, or that its user or its login ended all, is not kept but computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// Nobody did.
    Open,
    /// It was ended.
    Ended {
        /// when
        at: Instant,
    },
}

/// Why a session opens nothing. To the outside all are one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionOver {
    /// Somebody ended it.
    #[error("session was ended")]
    Ended,
    /// Its time is over.
    #[error("session expired")]
    Expired,
    /// Its user was deactivated since, or all the user's sessions were ended.
    #[error("all sessions of the user were ended")]
    UserMovedOn,
    /// The login's password or name was changed since, or the login is not the user's any more.
    #[error("all sessions of the login were ended")]
    AccountMovedOn,
}

impl Session {
    /// Whether the session says at `now` that its user is there: not ended, `now < expires_at`, and neither the user nor the
    /// login has ended all since. `opened_at` is not looked at, since the clocks of two machines differ.
    ///
    /// # Errors
    /// [`SessionOver`].
    pub fn alive(
        &self,
        user: &User,
        account: Option<&Account>,
        now: Instant,
    ) -> Result<(), SessionOver> {
        match self.state {
            SessionState::Open => (),
            SessionState::Ended { .. } => return Err(SessionOver::Ended),
        }
        if self.expires_at <= now {
            return Err(SessionOver::Expired);
        }
        if user.epoch != self.user_epoch {
            return Err(SessionOver::UserMovedOn);
        }
        let opened_by = |it: &&Account| {
            it.id == self.account
                && user.account == Some(it.id)
                && it.epoch == self.account_epoch
                && it.is_linked()
        };
        match account.filter(opened_by) {
            Some(_) => Ok(()),
            None => Err(SessionOver::AccountMovedOn),
        }
    }

    /// Whether the session says at `now` that its user is there, by what was loaded.
    pub(crate) fn is_alive(&self, records: &Records, now: Instant) -> bool {
        let account = records.accounts.get(&self.account).map(|it| &it.record);
        let user = records.users.get(&self.user);
        user.is_some_and(|it| self.alive(&it.record, account, now).is_ok())
    }
}

/// Asks for a session of a user whose login a provider has vouched for.
#[derive(Clone, Copy, Debug)]
pub struct OpenSession {
    /// The hash of the secret that was drawn.
    pub hash: Hash,
    /// The login that was vouched for.
    pub account: Id<Account>,
    /// Its epoch when it was, where that is known.
    pub as_of: Option<Epoch>,
    /// How long it lives: more than nothing, at most [`LONGEST_LIFE`].
    pub life: Duration,
}

/// Why no session is opened or ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefusal {
    /// The actor may not, or the user has no authority to come in with.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// The login does not open the user, is cut off from its provider, or it is no provider that vouches but a session or a token.
    #[error("login does not open this user")]
    OtherLogin,
    /// It would be over at once, or live too long.
    #[error("a session lives at most 24 hours")]
    Life,
    /// There is no such session.
    #[error("no such session")]
    Unknown,
    /// It is over.
    #[error("session is over already")]
    OverAlready,
    /// There is no such user.
    #[error("no such user in this tenant")]
    UnknownUser,
}

impl Refusal for SessionRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::OtherLogin => "login_opens_nothing",
            Self::Life => "session_life",
            Self::Unknown => "session_unknown",
            Self::OverAlready => "session_over",
            Self::UnknownUser => "user_unknown",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::OtherLogin => "A1",
            Self::Life => "O4",
            Self::Unknown | Self::OverAlready | Self::UnknownUser => "A5",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::OtherLogin => "log in with the user's own login",
            Self::Life => "choose a life of up to 24 hours",
            Self::Unknown => "list the sessions and choose one of them",
            Self::OverAlready => "nothing is left to do",
            Self::UnknownUser => "list the users and choose one of them",
        }
    }
}

impl OpenSession {
    /// Decides to open the session; `authority` is what the user may do without one, and `records` hold the user's access.
    ///
    /// # Errors
    /// As [`SessionRefusal`].
    pub fn decide(
        self,
        authority: &Authority,
        records: &Records,
        ids: &mut Mint,
    ) -> Result<(Changeset, Id<Session>), SessionRefusal> {
        let now = ids.now();
        let user = authority.user().and_then(|it| records.users.get(&it));
        let user = user.ok_or(SessionRefusal::UnknownUser)?;
        // Neither a program nor a session makes a session, which would outlive its own end.
        if authority.token().is_some() || authority.session().is_some() {
            return Err(SessionRefusal::OtherLogin);
        }
        let account = records.accounts.get(&self.account);
        let account = account
            .filter(|it| user.record.account == Some(it.record.id) && it.record.is_linked())
            .filter(|it| self.as_of.is_none_or(|as_of| as_of == it.record.epoch))
            .ok_or(SessionRefusal::OtherLogin)?;
        if self.life <= Duration::zero() || self.life > LONGEST_LIFE {
            return Err(SessionRefusal::Life);
        }
        let mut changes = authority.act();
        changes.rely(account);
        let id = ids.id();
        changes.create(Session {
            id,
            user: user.record.id,
            account: account.record.id,
            hash: self.hash,
            opened_at: now,
            expires_at: now + self.life,
            user_epoch: user.record.epoch,
            account_epoch: account.record.epoch,
            elevation: None,
            state: SessionState::Open,
        });
        changes.enter(authority.entry(
            now,
            Event::SessionOpened {
                session: id,
                user: user.record.id,
            },
        ));
        Ok((changes, id))
    }
}

/// Decides to end a session: one's own, or another's by whoever manages users. An elevation in it ends with it (O4).
///
/// # Errors
/// As [`SessionRefusal`].
pub fn end(
    authority: &Authority,
    records: &Records,
    session: Id<Session>,
    now: Instant,
) -> Result<Changeset, SessionRefusal> {
    let found = records.sessions.get(&session);
    let own = found.is_some_and(|it| authority.is_themselves(it.record.user));
    let mut changes = if own {
        authority.act()
    } else {
        authority.permit(&USERS_MANAGE)?
    };
    let session = found.ok_or(SessionRefusal::Unknown)?;
    if !session.record.is_alive(records, now) {
        return Err(SessionRefusal::OverAlready);
    }
    changes.replace(
        session,
        Session {
            elevation: None,
            state: SessionState::Ended { at: now },
            ..session.record.clone()
        },
    );
    changes.enter(authority.entry(
        now,
        Event::SessionEnded {
            session: session.record.id,
            user: session.record.user,
        },
    ));
    let of_session = |it: &&Stored<Elevation>| it.record.session == session.record.id;
    for on in elevation::on(records).filter(of_session) {
        let why = elevation::EndReason::SessionEnded;
        elevation::end(on, why, authority.by(), now, &mut changes);
    }
    Ok(changes)
}

/// Decides to end all sessions of a user at once: one's own, or another's by whoever manages users.
///
/// # Errors
/// As [`SessionRefusal`].
pub fn end_all(
    authority: &Authority,
    records: &Records,
    user: Id<User>,
    now: Instant,
) -> Result<Changeset, SessionRefusal> {
    let mut changes = if authority.is_themselves(user) {
        authority.act()
    } else {
        authority.permit(&USERS_MANAGE)?
    };
    let user = records
        .users
        .get(&user)
        .ok_or(SessionRefusal::UnknownUser)?;
    changes.replace(
        user,
        User {
            epoch: user.record.epoch.next(),
            ..user.record.clone()
        },
    );
    let id = user.record.id;
    changes.enter(authority.entry(now, Event::SessionsEnded { user: id }));
    end_elevations_of(id, records, authority.by(), now, &mut changes);
    Ok(changes)
}

/// Ends every elevation of whom a login opens here, since all its sessions end in this changeset.
pub(crate) fn end_elevations_through(
    account: Id<Account>,
    records: &Records,
    by: By,
    now: Instant,
    changes: &mut Changeset,
) {
    let opened = |it: &&Stored<User>| it.record.account == Some(account);
    for user in records.users.values().filter(opened) {
        end_elevations_of(user.record.id, records, by, now, changes);
    }
}

/// Ends what programs do in the name of whom a login opens here: it is in other hands, or in none.
pub(crate) fn end_tokens_through(account: Id<Account>, records: &Records, changes: &mut Changeset) {
    let opened = |it: &&Stored<User>| it.record.account == Some(account);
    for user in records.users.values().filter(opened) {
        changes.replace(
            user,
            User {
                epoch: user.record.epoch.next(),
                ..user.record.clone()
            },
        );
    }
}

/// Ends every elevation of the user, whose sessions all end in this changeset.
fn end_elevations_of(
    user: Id<User>,
    records: &Records,
    by: By,
    now: Instant,
    changes: &mut Changeset,
) {
    for on in elevation::on(records).filter(|it| it.record.user == user) {
        let why = elevation::EndReason::SessionEnded;
        elevation::end(on, why, by, now, changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::LoginLink,
        authority::Actor,
        record::Ref,
        role::RoleKind,
        user::{UserStatus, set_status},
        world::{World, events, now, relies_on, replaces, says},
    };

    const MOMENT: Duration = Duration::microseconds(1);

    fn open(
        world: &mut World,
        authority: &Authority,
        account: Id<Account>,
        life: Duration,
    ) -> Result<(Changeset, Id<Session>), SessionRefusal> {
        let hash = Hash::of(b"secret");
        let command = OpenSession {
            hash,
            account,
            as_of: None,
            life,
        };
        command.decide(authority, &world.records, &mut world.ids)
    }

    fn session(actor: &Actor) -> Id<Session> {
        match actor {
            Actor::Session { session, .. } => *session,
            other => panic!("{other:?}"),
        }
    }

    /// O4: a session lives more than nothing and at most a day, both ends exactly, and its end is where it says.
    #[test]
    fn a_session_lives_from_now_on_and_at_most_a_day() {
        let mut world = World::new();
        let authority = world.as_user(world.owner);
        let account = world.account(world.owner).record.id;
        for (life, good) in [
            (-MOMENT, false),
            (Duration::zero(), false),
            (MOMENT, true),
            (USUAL_LIFE, true),
            (Duration::hours(24), true),
            (Duration::hours(24) + MOMENT, false),
        ] {
            match open(&mut world, &authority, account, life) {
                Ok((changes, id)) => {
                    assert!(good, "{life}");
                    let mut world = world.clone();
                    world.commit(&changes);
                    let made = &world.records.sessions[&id].record;
                    assert_eq!((made.opened_at, made.expires_at), (now(), now() + life));
                    assert_eq!(made.elevation, None);
                }
                Err(refusal) => assert_eq!((refusal, good), (SessionRefusal::Life, false)),
            }
        }
    }

    /// A1: a session is opened for a user by the login that opens the user, while somebody vouches for it.
    #[test]
    fn a_session_is_opened_by_the_users_own_login() {
        let mut world = World::new();
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let (own, other) = (
            world.account(ada).record.id,
            world.account(world.owner).record.id,
        );
        let unknown = world.ids.id();
        let authority = world.as_user(ada);
        for account in [other, unknown] {
            assert_eq!(
                open(&mut world, &authority, account, USUAL_LIFE),
                Err(SessionRefusal::OtherLogin)
            );
        }
        let (changes, session) = open(&mut world, &authority, own, USUAL_LIFE).unwrap();
        for relied in [
            Ref::Tenant(world.tenant),
            Ref::User(ada),
            Ref::Domain(world.domain()),
            Ref::Account(own),
        ] {
            assert!(relies_on(&changes, &relied), "{relied:?}");
        }
        let opened = Event::SessionOpened { session, user: ada };
        assert_eq!(events(&changes), [opened]);
        let stored = world.records.accounts.get_mut(&own).unwrap();
        stored.record.link = LoginLink::Unlinked;
        assert_eq!(
            open(&mut world, &authority, own, USUAL_LIFE),
            Err(SessionRefusal::OtherLogin)
        );
        let operator = world.act(&Actor::Operator).unwrap();
        assert_eq!(
            open(&mut world, &operator, own, USUAL_LIFE),
            Err(SessionRefusal::UnknownUser)
        );
    }

    /// O7, E3: neither a program nor a session makes a session, which would outlive it.
    #[test]
    fn only_a_login_opens_a_session() {
        let mut world = World::new();
        let account = world.account(world.owner).record.id;
        for actor in [world.program(world.owner), world.log_in(world.owner)] {
            let authority = world.act(&actor).unwrap();
            assert_eq!(
                open(&mut world, &authority, account, USUAL_LIFE),
                Err(SessionRefusal::OtherLogin)
            );
        }
    }

    /// A1: whatever a session hangs on ends it, at its end exactly, and each says why.
    #[test]
    fn a_session_is_over_when_anything_it_hangs_on_is() {
        type Damage = fn(&mut Session, &mut User, &mut Account);
        let ways: [(Damage, Result<(), SessionOver>); 9] = [
            (|_, _, _| (), Ok(())),
            (|it, _, _| it.expires_at = now() + MOMENT, Ok(())),
            (|it, _, _| it.opened_at = now() + MOMENT, Ok(())),
            (|it, _, _| it.expires_at = now(), Err(SessionOver::Expired)),
            (
                |it, _, _| it.state = SessionState::Ended { at: now() },
                Err(SessionOver::Ended),
            ),
            (
                |_, user, _| user.epoch = user.epoch.next(),
                Err(SessionOver::UserMovedOn),
            ),
            (
                |_, _, account| account.epoch = account.epoch.next(),
                Err(SessionOver::AccountMovedOn),
            ),
            (
                |_, _, account| account.link = LoginLink::Unlinked,
                Err(SessionOver::AccountMovedOn),
            ),
            (
                |_, user, _| user.account = None,
                Err(SessionOver::AccountMovedOn),
            ),
        ];
        let mut world = World::new();
        let actor = world.log_in(world.owner);
        for (number, (damage, expected)) in ways.into_iter().enumerate() {
            let mut session = world.records.sessions[&session(&actor)].record.clone();
            let mut user = world.records.users[&world.owner].record.clone();
            let mut account = world.account(world.owner).record.clone();
            damage(&mut session, &mut user, &mut account);
            assert_eq!(
                session.alive(&user, Some(&account), now()),
                expected,
                "{number}"
            );
            assert!(session.alive(&user, None, now()).is_err());
        }
        // The user has another login now, whatever else fits.
        let session = world.records.sessions[&session(&actor)].record.clone();
        let mut user = world.records.users[&world.owner].record.clone();
        let mut other = world.account(world.owner).record.clone();
        other.id = world.ids.id();
        user.account = Some(other.id);
        assert_eq!(
            session.alive(&user, Some(&other), now()),
            Err(SessionOver::AccountMovedOn)
        );
    }

    /// A1: one's own session is one's own to end, and another's is for whoever manages users; what is over stays so.
    #[test]
    fn who_ends_a_session() {
        let mut world = World::new();
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let desk = world.desk("desk@example.org", [USERS_MANAGE]);
        let actor = world.log_in(ada);
        let (own, others) = (session(&actor), session(&world.log_in(world.owner)));
        let missing = SessionRefusal::Authority(AuthorityRefusal::Missing(USERS_MANAGE));
        let (by_ada, by_desk) = (world.as_user(ada), world.as_user(desk));
        let program = world.program(ada);
        let program = world.act(&program).unwrap();
        let unknown = world.ids.id();
        for (authority, session, expected) in [
            (&by_ada, own, None),
            (&by_desk, own, None),
            (&by_desk, others, None),
            (&by_ada, others, Some(missing.clone())),
            (&by_ada, unknown, Some(missing.clone())),
            (&program, own, Some(missing)),
            (&by_desk, unknown, Some(SessionRefusal::Unknown)),
        ] {
            let ended = end(authority, &world.records, session, now());
            assert_eq!(ended.err(), expected);
        }
        let changes = end(&world.act(&actor).unwrap(), &world.records, own, now()).unwrap();
        let ended = Event::SessionEnded {
            session: own,
            user: ada,
        };
        assert_eq!(events(&changes), [ended]);
        world.commit(&changes);
        assert_eq!(
            world.act(&actor).unwrap_err(),
            AuthorityRefusal::SessionOver
        );
        assert_eq!(
            end(&by_ada, &world.records, own, now()),
            Err(SessionRefusal::OverAlready)
        );
        let until = world.records.sessions[&others].record.expires_at;
        assert!(end(&by_desk, &world.records, others, until - MOMENT).is_ok());
        assert_eq!(
            end(&by_desk, &world.records, others, until),
            Err(SessionRefusal::OverAlready)
        );
        world.records.users.remove(&world.owner);
        assert_eq!(
            end(&by_desk, &world.records, others, now()),
            Err(SessionRefusal::OverAlready)
        );
    }

    /// A1: all sessions of a user end at once, however many there are, and none of them comes back.
    #[test]
    fn who_ends_all_sessions_of_a_user() {
        let mut world = World::new();
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let desk = world.desk("desk@example.org", [USERS_MANAGE]);
        let (by_ada, by_desk) = (world.as_user(ada), world.as_user(desk));
        let missing = SessionRefusal::Authority(AuthorityRefusal::Missing(USERS_MANAGE));
        let program = world.program(ada);
        let program = world.act(&program).unwrap();
        let unknown = world.ids.id();
        for (authority, user, expected) in [
            (&by_ada, ada, None),
            (&by_desk, ada, None),
            (&by_ada, desk, Some(missing.clone())),
            (&by_ada, unknown, Some(missing.clone())),
            (&program, ada, Some(missing)),
            (&by_desk, unknown, Some(SessionRefusal::UnknownUser)),
        ] {
            let ended = end_all(authority, &world.records, user, now());
            assert_eq!(ended.err(), expected);
        }
        let actors = [world.log_in(ada), world.log_in(ada)];
        let other = world.log_in(desk);
        let changes = end_all(&by_ada, &world.records, ada, now()).unwrap();
        assert!(replaces(&changes, &Ref::User(ada)));
        assert_eq!(events(&changes), [Event::SessionsEnded { user: ada }]);
        world.commit(&changes);
        for actor in actors {
            assert_eq!(
                world.act(&actor).unwrap_err(),
                AuthorityRefusal::SessionOver
            );
        }
        assert!(world.act(&other).is_ok());
        let anew = world.log_in(ada);
        assert!(world.act(&anew).is_ok());
    }

    /// A1: whoever was deactivated and comes back has neither the sessions nor the tokens from before.
    #[test]
    fn coming_back_brings_no_session_and_no_token_back() {
        let mut world = World::new();
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let before = [world.log_in(ada), world.program(ada)];
        let authority = world.as_user(world.owner);
        for status in [UserStatus::Inactive, UserStatus::Active] {
            let changes = set_status(&authority, &world.records, ada, status, now()).unwrap();
            world.commit(&changes);
        }
        let [session, token] = before.map(|it| world.act(&it).unwrap_err());
        assert_eq!(session, AuthorityRefusal::SessionOver);
        assert_eq!(token, AuthorityRefusal::TokenDead);
        let after = [world.log_in(ada), world.program(ada)];
        assert!(after.iter().all(|it| world.act(it).is_ok()));
    }

    /// O4: the elevation in a session ends with it, and none in another.
    #[test]
    fn only_the_elevation_in_the_session_ends_with_it() {
        let mut world = World::new();
        let (one, two) = (world.log_in(world.owner), world.log_in(world.owner));
        let (first, second) = (
            world.switch_on(&one).unwrap(),
            world.switch_on(&two).unwrap(),
        );
        let authority = world.as_user(world.owner);
        let changes = end(&authority, &world.records, session(&one), now()).unwrap();
        world.commit(&changes);
        let why = elevation::EndReason::SessionEnded;
        assert_eq!(world.ends_of(first.id), [(why, now())]);
        assert_eq!(world.ends_of(second.id), []);
        assert!(world.act(&two).unwrap().elevated().is_ok());
        assert_eq!(
            world.records.sessions[&session(&one)].record.elevation,
            None
        );
    }

    /// A1: a session that opens while all end, and an elevation that is switched on while its session ends, collide with that.
    #[test]
    fn what_ends_sessions_collides_with_what_begins_in_them() {
        let mut world = World::new();
        let actor = world.log_in(world.owner);
        let (by_host, in_session) = (world.as_user(world.owner), world.act(&actor).unwrap());
        let account = world.account(world.owner).record.id;
        let all = end_all(&by_host, &world.records, world.owner, now()).unwrap();
        let one = end(&by_host, &world.records, session(&actor), now()).unwrap();
        let (opened, _) = open(&mut world, &by_host, account, USUAL_LIFE).unwrap();
        let reason = crate::world::name("quarterly review");
        let (on, _) =
            elevation::switch_on(&in_session, &world.records, reason, &mut world.ids).unwrap();
        assert!(world.clone().try_commit(&opened).is_ok());
        let mut after = world.clone();
        after.commit(&all);
        assert!(after.try_commit(&opened).is_err());
        assert!(world.collide(&on, &one));
        assert!(world.collide(&on, &all));
    }

    /// A5: each refusal has its code, the rule and the next step.
    #[test]
    fn each_refusal_says_what_it_is() {
        let missing = AuthorityRefusal::Missing(USERS_MANAGE);
        for (refusal, code, rule) in [
            (
                SessionRefusal::Authority(missing),
                "permission_missing",
                "A1",
            ),
            (SessionRefusal::OtherLogin, "login_opens_nothing", "A1"),
            (SessionRefusal::Life, "session_life", "O4"),
            (SessionRefusal::Unknown, "session_unknown", "A5"),
            (SessionRefusal::OverAlready, "session_over", "A5"),
            (SessionRefusal::UnknownUser, "user_unknown", "A5"),
        ] {
            assert_eq!(says(&refusal), (code, rule));
        }
    }
}
