//! Logging in with a password, and changing it.

use super::{Call, Failure, NewSession, Rollcall};
use crate::{
    account::{LoginLink, Opens, Provider},
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    email::{Email, EmailKey},
    id::Id,
    login::{
        LoginProvider, LoginRefusal, NewPassword, Password, PasswordHash, PasswordRefused,
        Passwords, Present, PresentRefused, Source, TakeoverRefusal, TooManyTries, Tries, TriesKey,
        TriesLimit, Vouched, change_password, permit_password, set_password,
    },
    person::{
        Person,
        edit::{Change, EditPerson, PersonRefusal},
    },
    port::{Clock, Find, Random, Store},
    record::Records,
    tenant::Tenant,
    user::User,
};

/// What somebody gives to log in.
#[derive(Clone, Debug)]
pub struct PasswordProof {
    /// The login name.
    pub login: Email,
    /// The password.
    pub password: Password,
    /// From where it comes.
    pub source: Source,
}

/// The embedded provider: passwords that are kept here, hashed by a [`Passwords`] port.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedLogin<'a, S, C, R> {
    /// Where they are kept.
    pub rollcall: &'a Rollcall<S, C, R>,
    /// What hashes them.
    pub passwords: &'a dyn Passwords,
}

impl<S: Store, C: Clock, R: Random> LoginProvider for EmbeddedLogin<'_, S, C, R> {
    type Proof = PasswordProof;

    /// The try is counted before the password is looked at, under the login and under the source. Whether the login is unknown,
    /// has no password, is cut off or has another password, the work and the refusal are the same.
    async fn vouch(&self, proof: PasswordProof) -> Result<Vouched, Failure<LoginRefusal>> {
        let rollcall = self.rollcall;
        let counted = rollcall.counted(&proof.login, &proof.source);
        rollcall
            .count_tries(&counted)
            .await
            .map_err(|it| it.map(|TooMany(it)| LoginRefusal::TooManyTries { until: it.until }))?;
        let known = rollcall.known(proof.login.key()).await?;
        let hash = known.as_ref().map(|(_, hash)| hash);
        let good = self.passwords.verify(&proof.password, hash).await?;
        match known {
            Some((vouched, _)) if good => {
                rollcall.give_back(&counted).await;
                Ok(vouched)
            }
            Some(_) | None => Err(Failure::Refused(LoginRefusal::Wrong)),
        }
    }
}

/// A count that is full, as the refusal of an operation of its own.
#[derive(Debug)]
struct TooMany(TooManyTries);

impl<S: Store, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Logs somebody in by password. Where the login opens several users, `chosen` names one.
    ///
    /// # Errors
    /// As [`LoginRefusal`].
    pub async fn log_in(
        &self,
        passwords: &dyn Passwords,
        proof: PasswordProof,
        chosen: Option<Opens>,
    ) -> Result<NewSession, Failure<LoginRefusal>> {
        let provider = EmbeddedLogin {
            rollcall: self,
            passwords,
        };
        let vouched = provider.vouch(proof).await?;
        self.open_session(&vouched, chosen).await
    }

    /// Gives a user's login a password, without knowing the present one: an act of whoever could give the user's roles.
    ///
    /// No key is taken: of a password no trace is kept by which another could be told from it. Asked again, it is set again.
    ///
    /// # Errors
    /// As [`PasswordRefused`].
    pub async fn set_password(
        &self,
        call: &Call,
        passwords: &dyn Passwords,
        user: Id<User>,
        password: &Password,
    ) -> Result<(), Failure<PasswordRefused>> {
        let finds = [Find::Keys(user)];
        // Hashing is work that only those may ask for who may set the password.
        let asked = [call.actor.find().as_slice(), &finds].concat();
        let records = self.store.load(call.tenant, asked).await?;
        let authority = Authority::of(&call.actor, call.tenant, &records, self.clock.now());
        authority
            .map_err(PasswordRefused::from)
            .and_then(|it| permit_password(&it, &records, user).map(|_| ()))
            .map_err(Failure::Refused)?;
        let (hash, common) = self.hashed(passwords, password).await?;
        self.transact(
            &unkeyed(call),
            "set_password",
            &user,
            &finds,
            |authority, records, ids| {
                let new = NewPassword {
                    password,
                    hash: hash.clone(),
                    common,
                };
                set_password(authority, records, user, new, ids)
            },
        )
        .await
    }

    /// Gives the login of whoever acts another password; all its sessions end, this one too. No key is taken.
    ///
    /// # Errors
    /// As [`PasswordRefused`].
    pub async fn change_password(
        &self,
        call: &Call,
        passwords: &dyn Passwords,
        present: &Password,
        password: &Password,
    ) -> Result<(), Failure<PasswordRefused>> {
        let proved = self
            .prove::<PasswordRefused>(call, passwords, present)
            .await?;
        if passwords.verify(password, Some(&proved.hash)).await? {
            return Err(Failure::Refused(PasswordRefused::Unchanged));
        }
        let (hash, common) = self.hashed(passwords, password).await?;
        self.transact(
            &unkeyed(call),
            "change_password",
            &(),
            &[Find::Keys(proved.user)],
            |authority, records, ids| {
                proved.still_is(records)?;
                let new = NewPassword {
                    password,
                    hash: hash.clone(),
                    common,
                };
                change_password(authority, records, new, ids)
            },
        )
        .await?;
        self.give_back(&proved.counted).await;
        Ok(())
    }

    /// Changes one's own e-mail address, and the login that goes with it, with the present password.
    ///
    /// No key is taken, as for [`Rollcall::change_password`].
    ///
    /// # Errors
    /// As [`PersonRefusal`].
    pub async fn change_own_email(
        &self,
        call: &Call,
        passwords: &dyn Passwords,
        present: &Password,
        email: Email,
    ) -> Result<(), Failure<PersonRefusal>> {
        let proved = self
            .prove::<PersonRefusal>(call, passwords, present)
            .await?;
        let command = EditPerson {
            email: Change::Set(email),
            ..EditPerson::default()
        };
        self.transact(
            &unkeyed(call),
            "change_own_email",
            &(),
            &command.finds(proved.person),
            |authority, records, ids| {
                proved.still_is(records)?;
                let (person, present) = (proved.person, Present::GIVEN);
                command.decide(authority, records, person, present, ids)
            },
        )
        .await?;
        self.give_back(&proved.counted).await;
        Ok(())
    }

    /// Looks at the present password of whoever acts, before they change what they log in with.
    async fn prove<E>(
        &self,
        call: &Call,
        passwords: &dyn Passwords,
        present: &Password,
    ) -> Result<Proved, Failure<E>>
    where
        E: From<AuthorityRefusal> + From<TakeoverRefusal> + From<PresentRefused>,
    {
        let authority = self.authority(call).await.map_err(|it| it.map(E::from))?;
        let refused = |it: PresentRefused| Failure::Refused(E::from(it));
        let user = authority.user().filter(|it| authority.is_themselves(*it));
        let user = user.ok_or_else(|| Failure::Refused(E::from(TakeoverRefusal::UnknownUser)))?;
        let records = self.store.load(call.tenant, vec![Find::Keys(user)]).await?;
        let login = login_of(&records, user);
        let login = login.ok_or_else(|| refused(PresentRefused::NotKeptHere))?;
        // Apart from logging in: whoever has a stolen session must not keep its owner out by trying.
        let limit = self.settings.tries_of_login;
        let counted = [(TriesKey::of_change(login.key()), limit, Count::Whole)];
        let full = |it: TooMany| E::from(PresentRefused::TooManyTries { until: it.0.until });
        self.count_tries(&counted)
            .await
            .map_err(|it| it.map(full))?;
        let known = self.known(login.key()).await?;
        let hash = known.map(|(_, hash)| hash);
        let right = passwords.verify(present, hash.as_ref()).await?;
        let person = records.users.get(&user).map(|it| it.record.person);
        match (right, hash, person) {
            (true, Some(hash), Some(person)) => Ok(Proved {
                user,
                person,
                hash,
                counted,
            }),
            _ => Err(refused(PresentRefused::Wrong)),
        }
    }

    /// Forgets tries that count no more, and says how many there were: whoever tries logins at random leaves some for each. To be
    /// called now and then.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn forget_old_tries(&self) -> Result<usize, Failure<LoginRefusal>> {
        let settings = &self.settings;
        let limits = [
            settings.tries_of_login,
            settings.tries_of_login_anywhere,
            settings.tries_of_source,
        ];
        let longest = limits.iter().map(|it| it.within).max().unwrap_or_default();
        let find = Find::TriesBefore(self.clock.now() - longest);
        let mut all = 0;
        loop {
            let forgotten = self
                .run(
                    &Call::operator(),
                    None,
                    std::slice::from_ref(&find),
                    |records, _| {
                        let mut changes = Changeset::new(Tenant::PLATFORM);
                        records.tries.values().for_each(|it| changes.erase(it));
                        Ok((changes, records.tries.len()))
                    },
                )
                .await?;
            all += forgotten;
            if forgotten == 0 {
                return Ok(all);
            }
        }
    }

    async fn hashed<E>(
        &self,
        passwords: &dyn Passwords,
        password: &Password,
    ) -> Result<(PasswordHash, bool), Failure<E>> {
        let mut salt = [0; 16];
        self.random.fill(&mut salt)?;
        let common = passwords.is_common(password).await?;
        Ok((passwords.hash(password, salt).await?, common))
    }

    /// For whom the embedded provider vouches under this login, and the hash of the password.
    async fn known<E>(
        &self,
        login: &EmailKey,
    ) -> Result<Option<(Vouched, PasswordHash)>, Failure<E>> {
        let finds = vec![Find::Login(login.clone())];
        let records = self.store.load(Tenant::PLATFORM, finds).await?;
        // A login that is unknown is looked up twice too: the same work.
        let account = records.accounts.values().next();
        let id = account.map_or_else(|| Id::from_uuid(uuid::Uuid::nil()), |it| it.record.id);
        let finds = vec![Find::Credential(id)];
        let records = self.store.load(Tenant::PLATFORM, finds).await?;
        let credential = records.credentials.values().next();
        Ok(account
            .zip(credential)
            .and_then(|(account, credential)| match &account.record.link {
                LoginLink::Linked {
                    provider: provider @ Provider::Embedded,
                    subject,
                } => Some((
                    Vouched {
                        provider: *provider,
                        subject: subject.clone(),
                        as_of: Some(account.record.epoch),
                    },
                    credential.record.hash.clone(),
                )),
                LoginLink::Unlinked => None,
            }))
    }

    /// Under what a try of a login from a source is counted.
    fn counted(&self, login: &Email, source: &Source) -> [(TriesKey, TriesLimit, Count); 3] {
        let (settings, login) = (&self.settings, login.key());
        [
            (
                TriesKey::of_login_from(login, source),
                settings.tries_of_login,
                Count::Whole,
            ),
            (
                TriesKey::of_login(login),
                settings.tries_of_login_anywhere,
                Count::One,
            ),
            (
                TriesKey::of_source(source),
                settings.tries_of_source,
                Count::One,
            ),
        ]
    }

    /// Counts a try under all its keys in one commit, or under none.
    async fn count_tries(
        &self,
        counted: &[(TriesKey, TriesLimit, Count)],
    ) -> Result<(), Failure<TooMany>> {
        let finds: Vec<_> = counted.iter().map(|it| Find::Tries(it.0)).collect();
        let _turn = self.counting.turn().await;
        self.run(&Call::operator(), None, &finds, |records, ids| {
            let mut changes = Changeset::new(Tenant::PLATFORM);
            for (key, limit, _) in counted {
                Tries::count(*key, *limit, records, ids.now(), &mut changes).map_err(TooMany)?;
            }
            Ok(changes)
        })
        .await
    }

    /// Takes back what a try that was right has counted. Where this fails, somebody has a try less.
    async fn give_back(&self, counted: &[(TriesKey, TriesLimit, Count)]) {
        let finds: Vec<_> = counted.iter().map(|it| Find::Tries(it.0)).collect();
        let _turn = self.counting.turn().await;
        let given: Result<(), Failure<TooMany>> = self
            .run(&Call::operator(), None, &finds, |records, _| {
                let mut changes = Changeset::new(Tenant::PLATFORM);
                for (key, _, count) in counted {
                    match count {
                        Count::Whole => Tries::forget(*key, records, &mut changes),
                        Count::One => Tries::give_back(*key, records, &mut changes),
                    }
                }
                Ok(changes)
            })
            .await;
        drop(given);
    }
}

/// Whoever has given their present password.
struct Proved {
    user: Id<User>,
    person: Id<Person>,
    /// Of that password.
    hash: PasswordHash,
    /// What the try has counted.
    counted: [(TriesKey, TriesLimit, Count); 1],
}

impl Proved {
    /// Whether the password is what it was: somebody may have set another since it was looked at.
    fn still_is(&self, records: &Records) -> Result<(), PresentRefused> {
        let account = records.users.get(&self.user);
        let account = account.and_then(|it| it.record.account);
        let now = account.and_then(|it| records.credentials.get(&it));
        if now.map(|it| &it.record.hash) == Some(&self.hash) {
            Ok(())
        } else {
            Err(PresentRefused::Wrong)
        }
    }
}

/// What a try that was right takes back.
#[derive(Clone, Copy, Debug)]
enum Count {
    /// All that was counted: whoever it was has come in.
    Whole,
    /// Itself: others are counted there too.
    One,
}

/// The same call without a key.
fn unkeyed(call: &Call) -> Call {
    Call {
        key: None,
        ..call.clone()
    }
}

/// The login name of a user.
fn login_of(records: &Records, user: Id<User>) -> Option<Email> {
    let account = records.users.get(&user)?.record.account?;
    Some(records.accounts.get(&account)?.record.login.clone())
}
