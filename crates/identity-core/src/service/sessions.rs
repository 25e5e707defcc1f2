//! Sessions and elevation.

use super::{Call, Failure, Rollcall};
use crate::{
    account::{Account, Epoch, Opens},
    authority::{Actor, Authority, AuthorityRefusal},
    id::Id,
    login::{LoginRefusal, Vouched},
    name::Name,
    owner::{
        Elevation,
        elevation::{ElevationRefusal, sweep, switch_off, switch_on},
    },
    permission::USERS_MANAGE,
    port::{Clock, CommitError, Directory, Find, Random, Store},
    session::{OpenSession, Session, SessionRefusal, end, end_all},
    tenant::Tenant,
    time::Instant,
    token::{Secret, SecretKind},
    user::User,
};
use zeroize::Zeroizing;

/// A session just opened.
#[derive(Debug)]
pub struct NewSession {
    /// Its identifier.
    pub id: Id<Session>,
    /// The tenant it is in.
    pub tenant: Id<Tenant>,
    /// Whose it is.
    pub user: Id<User>,
    /// The secret, to be shown once.
    pub secret: Secret,
}

/// A session in a list, with what is in force in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLine {
    /// The session.
    pub session: Session,
    /// The elevation that is in force.
    pub elevation: Option<Elevation>,
}

impl<S: Store, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Opens a session for whom a login provider has vouched. Where the login opens several users, `chosen` names one.
    ///
    /// # Errors
    /// As [`LoginRefusal`].
    pub async fn open_session(
        &self,
        vouched: &Vouched,
        chosen: Option<Opens>,
    ) -> Result<NewSession, Failure<LoginRefusal>> {
        let find = Find::LinkedAccount(vouched.provider, vouched.subject.clone());
        let found = self.store.load(Tenant::PLATFORM, vec![find]).await?;
        let account = found.accounts.values().next();
        let account = account.ok_or(Failure::Refused(LoginRefusal::Wrong))?;
        let opens = match chosen {
            Some(chosen) if account.record.opens.contains(&chosen) => chosen,
            Some(_) => return Err(Failure::Refused(LoginRefusal::NoUser)),
            None => self.only(&account.record.opens).await?,
        };
        let through = Some((account.record.id, vouched.as_of));
        self.open(opens, through).await
    }

    /// Opens a session for a user for whom the host vouches itself, as a command line does for whoever may read its file.
    ///
    /// # Errors
    /// As [`LoginRefusal`].
    pub async fn open_session_of(&self, user: Opens) -> Result<NewSession, Failure<LoginRefusal>> {
        self.open(user, None).await
    }

    /// Opens a session of a user through this login, or through the one they have.
    async fn open(
        &self,
        opens: Opens,
        through: Option<(Id<Account>, Option<Epoch>)>,
    ) -> Result<NewSession, Failure<LoginRefusal>> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.random.fill(bytes.as_mut_slice())?;
        let secret = Secret::new(SecretKind::Session, *bytes);
        let (hash, life) = (secret.hash(), self.settings.session_life);
        let call = Call::new(opens.tenant, Actor::User(opens.user));
        let id = self
            .transact(
                &call,
                "open_session",
                &(),
                &[],
                |authority, records, ids| {
                    let user = records.users.get(&opens.user);
                    let own = user.and_then(|it| it.record.account);
                    let vouched = through.or(own.map(|it| (it, None)));
                    let (account, as_of) = vouched.ok_or(LoginRefusal::NoUser)?;
                    let command = OpenSession {
                        hash,
                        account,
                        as_of,
                        life,
                    };
                    Ok::<_, LoginRefusal>(command.decide(authority, records, ids)?)
                },
            )
            .await?;
        Ok(NewSession {
            id,
            tenant: opens.tenant,
            user: opens.user,
            secret,
        })
    }

    /// The one user who could come in, of those that a login opens.
    async fn only(
        &self,
        opens: &std::collections::BTreeSet<Opens>,
    ) -> Result<Opens, Failure<LoginRefusal>> {
        let mut usable = Vec::new();
        let now = self.clock.now();
        for it in opens {
            let actor = Actor::User(it.user);
            let records = self.store.load(it.tenant, actor.find()).await?;
            if Authority::of(&actor, it.tenant, &records, now).is_ok() {
                usable.push(*it);
            }
        }
        match usable.as_slice() {
            [one] => Ok(*one),
            [] => Err(Failure::Refused(LoginRefusal::NoUser)),
            _ => Err(Failure::Refused(LoginRefusal::SeveralUsers(usable))),
        }
    }

    /// Ends a session: one's own, or another's by whoever manages users.
    ///
    /// # Errors
    /// As [`SessionRefusal`].
    pub async fn end_session(
        &self,
        call: &Call,
        session: Id<Session>,
    ) -> Result<(), Failure<SessionRefusal>> {
        self.transact(
            call,
            "end_session",
            &session,
            &[Find::Session(session)],
            |authority, records, ids| end(authority, records, session, ids.now()),
        )
        .await
    }

    /// Ends all sessions of a user at once: one's own, or another's by whoever manages users.
    ///
    /// # Errors
    /// As [`SessionRefusal`].
    pub async fn end_sessions(
        &self,
        call: &Call,
        user: Id<User>,
    ) -> Result<(), Failure<SessionRefusal>> {
        let finds = [Find::Access(user), Find::ElevationsOf(user)];
        self.transact(
            call,
            "end_sessions",
            &user,
            &finds,
            |authority, records, ids| end_all(authority, records, user, ids.now()),
        )
        .await
    }

    /// The sessions of a user that are not over: one's own, or another's for whoever manages users.
    ///
    /// # Errors
    /// As [`SessionRefusal`].
    pub async fn sessions(
        &self,
        call: &Call,
        user: Id<User>,
    ) -> Result<Vec<SessionLine>, Failure<SessionRefusal>> {
        let authority = self
            .authority(call)
            .await
            .map_err(|it| it.map(SessionRefusal::from))?;
        if !authority.is_themselves(user) && !authority.allows(&USERS_MANAGE) {
            let missing = AuthorityRefusal::Missing(USERS_MANAGE);
            return Err(Failure::Refused(missing.into()));
        }
        let finds = vec![
            Find::Access(user),
            Find::SessionsOf(user),
            Find::ElevationsOf(user),
        ];
        let records = self.store.load(call.tenant, finds).await?;
        if !records.users.contains_key(&user) {
            return Err(Failure::Refused(SessionRefusal::UnknownUser));
        }
        let now = self.clock.now();
        let in_force = |session: &Session| {
            let elevation = &records.elevations.get(&session.elevation?)?.record;
            elevation.in_force(now).then(|| elevation.clone())
        };
        Ok(records
            .sessions
            .values()
            .map(|it| &it.record)
            .filter(|it| it.user == user && it.is_alive(&records, now))
            .map(|it| SessionLine {
                session: it.clone(),
                elevation: in_force(it),
            })
            .collect())
    }

    /// Switches Tenant Owner on in the session in which `call` is made, and says until when.
    ///
    /// # Errors
    /// As [`ElevationRefusal`].
    pub async fn elevate(
        &self,
        call: &Call,
        reason: Name,
    ) -> Result<Instant, Failure<ElevationRefusal>> {
        let finds = acting(call);
        self.transact(
            call,
            "elevate",
            // The same owner may ask in two sessions, and each is asked for itself.
            &(in_session(call), &reason),
            &finds,
            |authority, records, ids| {
                let (changes, elevation) = switch_on(authority, records, reason.clone(), ids)?;
                Ok((changes, elevation.until))
            },
        )
        .await
    }

    /// Switches Tenant Owner off in the session in which `call` is made.
    ///
    /// # Errors
    /// As [`ElevationRefusal`].
    pub async fn end_elevation(&self, call: &Call) -> Result<(), Failure<ElevationRefusal>> {
        let finds = acting(call);
        self.transact(
            call,
            "end_elevation",
            &in_session(call),
            &finds,
            |authority, records, ids| switch_off(authority, records, ids.now()),
        )
        .await
    }

    /// Records the end of every elevation of a tenant that is over and does not say so yet, and says how many there were. To be
    /// called now and then; authority does not wait for it. Whoever else records one at the same moment was faster, and it is
    /// recorded once.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn sweep_elevations(
        &self,
        tenant: Id<Tenant>,
    ) -> Result<usize, Failure<AuthorityRefusal>> {
        let records = self.store.load(tenant, vec![Find::Elevations]).await?;
        let Some(changes) = sweep(tenant, &records, self.clock.now()) else {
            return Ok(0);
        };
        let ended = changes.entries().len();
        match self.store.commit(changes).await {
            Ok(()) => Ok(ended),
            Err(CommitError::Stale | CommitError::Duplicate { .. } | CommitError::Owners(_)) => {
                Ok(0)
            }
            Err(CommitError::Store(err)) => Err(Failure::Store(err)),
            Err(CommitError::Unknown(err)) => Err(Failure::OutcomeUnknown(err)),
        }
    }
}

impl<S: Store + Directory, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Who is in a session, by its secret: one indexed look-up of its hash. What the user may do is read with each call.
    ///
    /// # Errors
    /// [`AuthorityRefusal::SessionOver`], whether the session is unknown or over.
    pub async fn resume(
        &self,
        secret: &Secret,
    ) -> Result<(Id<Tenant>, Actor), Failure<AuthorityRefusal>> {
        match self.store.session_by_hash(secret.hash()).await? {
            Some((tenant, session)) if secret.is_of(session.hash) => Ok((
                tenant,
                Actor::Session {
                    session: session.id,
                    user: session.user,
                },
            )),
            Some(_) | None => Err(Failure::Refused(AuthorityRefusal::SessionOver)),
        }
    }
}

/// The session in which a call is made.
const fn in_session(call: &Call) -> Option<Id<Session>> {
    match call.actor {
        Actor::Session { session, .. } => Some(session),
        Actor::Operator | Actor::User(_) | Actor::Token(_) => None,
    }
}

/// The keys and the elevations of whoever acts, where a user does.
fn acting(call: &Call) -> Vec<Find> {
    match call.actor {
        Actor::User(user) | Actor::Session { user, .. } => vec![Find::Keys(user)],
        Actor::Operator | Actor::Token(_) => vec![],
    }
}
