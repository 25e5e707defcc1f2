//! How a command of the model is given to the service.

use super::look::RIGHTS;
use super::{Elsewhere, Trial, email};
use crate::model::{
    command::{Command, PEOPLE, Post, ROLES, Start, Step, TOKENS, Whose, right},
    tenant::USUAL_SESSION,
};
use chrono::TimeDelta;
use identity_core::{
    account::{Opens, Provider},
    authority::Actor,
    id::Id,
    login::{Hashing, HashingFailed, Password, PasswordHash, Passwords, Vouched},
    name::{Name, PersonName},
    owner::replace::{ReplaceOwner, Successor},
    permission::{Permission, Permissions},
    person::edit::{AddPerson, Change, EditPerson},
    port::{Clock, Directory, Find, Store},
    role::custom::CreateRole,
    service::Call,
    tenant::{ElevationLength, GrantPolicy, OwnerGrants, policy::SetPolicy},
    user::{AddUser, User, UserStatus, Whose as Person},
};

/// A person's name, by its number.
pub(super) fn named(name: usize) -> PersonName {
    let (given, family) = PEOPLE[name];
    PersonName {
        given: Name::parse(given).unwrap(),
        family: Name::parse(family).unwrap(),
    }
}

fn permissions(rights: u8) -> Permissions {
    let each = RIGHTS.into_iter().enumerate();
    let each = each.filter(|(bit, _)| rights >> bit & 1 == 1);
    let mut permissions: Permissions = each.map(|it| it.1).collect();
    if rights & right::UNKNOWN != 0 {
        permissions.insert(Permission::parse("dreams:read").unwrap());
    }
    permissions
}

/// Hashes nothing: all have one password, and whoever has one knows it.
#[derive(Debug)]
struct Plain;

const PASSWORD: &str = "a horse that nobody would staple";

fn password() -> Password {
    Password::parse(PASSWORD).unwrap()
}

impl Passwords for Plain {
    fn hash<'a>(
        &'a self,
        _: &'a Password,
        _: [u8; 16],
    ) -> Hashing<'a, Result<PasswordHash, HashingFailed>> {
        Box::pin(async { Ok(PasswordHash("staple".to_owned())) })
    }

    fn verify<'a>(
        &'a self,
        password: &'a Password,
        hash: Option<&'a PasswordHash>,
    ) -> Hashing<'a, Result<bool, HashingFailed>> {
        // Whatever was set since, the one that is given as the present one is right.
        let right = password.expose() == PASSWORD;
        Box::pin(async move { Ok(right && hash.is_some()) })
    }

    fn is_common<'a>(&'a self, _: &'a Password) -> Hashing<'a, Result<bool, HashingFailed>> {
        Box::pin(async { Ok(false) })
    }
}

impl<S: Store + Directory + Clone> Trial<S> {
    /// Gives a command to the service, and keeps the ids of what it makes.
    pub(super) async fn give(&mut self, step: &Step) -> Result<(), &'static str> {
        let call = Call::new(self.tenant, self.actor(step.by));
        let service = &self.service;
        match step.what {
            Command::AddUser {
                address,
                whose,
                role,
                start,
            } => {
                let command = AddUser {
                    email: email(self.run, address),
                    whose: match whose {
                        Whose::Known => Person::Known,
                        Whose::KnownOrNew(name) => Person::KnownOrNew(named(name)),
                        Whose::Chosen(it) => Person::Chosen(self.id(&self.persons, it)),
                        Whose::Another(name) => Person::Another(named(name)),
                    },
                    role: self.id(&self.roles, role),
                    status: match start {
                        Start::Active => UserStatus::Active,
                        Start::Inactive => UserStatus::Inactive,
                    },
                };
                let added = service
                    .add_user(&call, command)
                    .await
                    .map_err(|it| it.code())?;
                self.know(added.user).await;
            }
            Command::Assign { user, role } => {
                let (user, role) = (self.id(&self.users, user), self.id(&self.roles, role));
                service
                    .assign_role(&call, user, role)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::Remove { user, role } => {
                let (user, role) = (self.id(&self.users, user), self.id(&self.roles, role));
                service
                    .remove_role(&call, user, role)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::Rest { user, role } => {
                let (user, role) = (self.id(&self.users, user), self.id(&self.roles, role));
                let done = service.deactivate_role(&call, user, role).await;
                done.map_err(|it| it.code())?;
            }
            Command::Deactivate { user } => {
                let user = self.id(&self.users, user);
                service
                    .deactivate_user(&call, user)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::Reactivate { user } => {
                let user = self.id(&self.users, user);
                service
                    .reactivate_user(&call, user)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::Unlink { user } => {
                let user = self.id(&self.users, user);
                service
                    .unlink_login(&call, user)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::Link { user } => {
                let user = self.id(&self.users, user);
                service
                    .link_login(&call, user)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::SetPassword { user } => {
                let user = self.id(&self.users, user);
                let (plain, password) = (Plain, password());
                let done = service.set_password(&call, &plain, user, &password);
                done.await.map_err(|it| it.code())?;
            }
            Command::ChangePassword => {
                let (plain, present) = (Plain, password());
                let new = Password::parse("another that nobody would staple").unwrap();
                let done = service.change_password(&call, &plain, &present, &new);
                done.await.map_err(|it| it.code())?;
            }
            Command::ChangeOwnEmail { address } => {
                let (plain, password) = (Plain, password());
                let address = email(self.run, address);
                let done = service.change_own_email(&call, &plain, &password, address);
                done.await.map_err(|it| it.code())?;
            }
            Command::ConfirmLogin { address } => {
                let login = email(self.run, address);
                let done = service.confirm_login(&call, login.key()).await;
                done.map_err(|it| it.code())?;
            }
            Command::OpenSession { user, life } => {
                let opens = Opens {
                    tenant: self.tenant,
                    user: self.id(&self.users, user),
                };
                let mut service = service.clone();
                service.settings.session_life = TimeDelta::microseconds(life);
                let opened = service
                    .open_session_of(opens)
                    .await
                    .map_err(|it| it.code())?;
                self.sessions.push(opened.id);
            }
            Command::LogIn { account, chosen } => {
                let vouched = Vouched {
                    provider: Provider::Embedded,
                    subject: self.id(&self.accounts, account).to_string(),
                    as_of: None,
                };
                let opens = chosen.map(|it| Opens {
                    tenant: self.tenant,
                    user: self.id(&self.users, it),
                });
                let mut service = service.clone();
                service.settings.session_life = TimeDelta::microseconds(USUAL_SESSION);
                let opened = service
                    .open_session(&vouched, opens)
                    .await
                    .map_err(|it| it.code())?;
                if opened.tenant == self.tenant {
                    self.sessions.push(opened.id);
                }
            }
            Command::EndSession { session } => {
                let session = self.id(&self.sessions, session);
                service
                    .end_session(&call, session)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::EndSessions { user } => {
                let user = self.id(&self.users, user);
                service
                    .end_sessions(&call, user)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::Elevate => {
                let reason = Name::parse("Zeppelin").unwrap();
                service
                    .elevate(&call, reason)
                    .await
                    .map_err(|it| it.code())?;
                let records = service.store.load(self.tenant, call.actor.find()).await;
                let mut sessions = records.unwrap().sessions.into_values();
                let on = sessions.next().and_then(|it| it.record.elevation);
                self.elevations.push(on.unwrap());
            }
            Command::Drop => service.end_elevation(&call).await.map_err(|it| it.code())?,
            Command::Sweep => {
                service
                    .sweep_elevations(self.tenant)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::Propose { user } => {
                let user = self.id(&self.users, user);
                service
                    .propose_owner(&call, user)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::Approve { user } => {
                let user = self.id(&self.users, user);
                service
                    .approve_owner(&call, user)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::Withdraw { user } => {
                let user = self.id(&self.users, user);
                service
                    .withdraw_owner(&call, user)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::Replace { leaving, successor } => {
                let command = ReplaceOwner {
                    leaving: self.id(&self.users, leaving),
                    successor: Successor::User(self.id(&self.users, successor)),
                };
                service
                    .replace_owner(&call, command)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::ReplaceByNewcomer {
                leaving,
                address,
                name,
            } => {
                let command = ReplaceOwner {
                    leaving: self.id(&self.users, leaving),
                    successor: Successor::Newcomer {
                        email: email(self.run, address),
                        name: named(name),
                    },
                };
                let replaced = service
                    .replace_owner(&call, command)
                    .await
                    .map_err(|it| it.code())?;
                self.know(replaced.successor).await;
            }
            Command::CreateRole { name, rights } => {
                let command = CreateRole {
                    name: Name::parse(ROLES[name].0).unwrap(),
                    permissions: permissions(rights),
                };
                let role = service
                    .create_role(&call, command)
                    .await
                    .map_err(|it| it.code())?;
                self.roles.push(role);
            }
            Command::RenameRole { role, name } => {
                let name = Name::parse(ROLES[name].0).unwrap();
                let role = self.id(&self.roles, role);
                service
                    .rename_role(&call, role, name)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::PermitRole { role, rights } => {
                let role = self.id(&self.roles, role);
                let permissions = permissions(rights);
                let done = service.set_role_permissions(&call, role, permissions).await;
                done.map_err(|it| it.code())?;
            }
            Command::RetireRole { role } => {
                let role = self.id(&self.roles, role);
                service
                    .retire_role(&call, role)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::AddPerson { name, address } => {
                let command = AddPerson {
                    name: named(name),
                    email: address.map(|it| email(self.run, it)),
                    birth_date: None,
                    mobile: None,
                    patient: None,
                };
                let person = service
                    .add_person(&call, command)
                    .await
                    .map_err(|it| it.code())?;
                self.persons.push(person);
            }
            Command::EditPerson {
                person,
                name,
                address,
            } => {
                let command = EditPerson {
                    name: name.map(named),
                    email: match address {
                        Post::Keep => Change::Keep,
                        Post::Clear => Change::Clear,
                        Post::Set(it) => Change::Set(email(self.run, it)),
                    },
                    ..EditPerson::default()
                };
                let person = self.id(&self.persons, person);
                let done = service.edit_person(&call, person, command).await;
                done.map_err(|it| it.code())?;
            }
            Command::ErasePerson { person } => {
                let person = self.id(&self.persons, person);
                service
                    .erase_person(&call, person)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::Suspend => service
                .suspend_tenant(&call)
                .await
                .map_err(|it| it.code())?,
            Command::Resume => service
                .reactivate_tenant(&call)
                .await
                .map_err(|it| it.code())?,
            Command::SetPolicy {
                subset_only,
                two_owners,
                minutes,
            } => {
                let command = SetPolicy {
                    grants: subset_only.map(|it| match it {
                        true => GrantPolicy::SubsetOnly,
                        false => GrantPolicy::ManageUsersMayGrant,
                    }),
                    owner_grants: two_owners.map(|it| match it {
                        true => OwnerGrants::TwoOwners,
                        false => OwnerGrants::OneOwner,
                    }),
                    elevation: minutes.map(|it| ElevationLength::of_minutes(it).unwrap()),
                };
                service
                    .set_policy(&call, command)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::LiftSecondOwner => service
                .lift_second_owner(&call)
                .await
                .map_err(|it| it.code())?,
            Command::CreateToken { name, life } => {
                let name = Name::parse(TOKENS[name].0).unwrap();
                let until = service.clock.now() + TimeDelta::microseconds(life);
                let made = service.create_token(&call, name, until).await;
                self.tokens.push(made.map_err(|it| it.code())?.id);
            }
            Command::RevokeToken { token } => {
                let token = self.id(&self.tokens, token);
                service
                    .revoke_token(&call, token)
                    .await
                    .map_err(|it| it.code())?;
            }
            Command::MoveElsewhere { address } => {
                let Elsewhere {
                    tenant,
                    user,
                    person,
                } = self.elsewhere;
                let call = Call::new(tenant, Actor::User(user));
                let command = EditPerson {
                    email: Change::Set(email(self.run, address)),
                    ..EditPerson::default()
                };
                let done = service.edit_person(&call, person, command).await;
                done.map_err(|it| it.code())?;
            }
            Command::Wait { time } => service.clock.step(TimeDelta::microseconds(time)),
        }
        Ok(())
    }

    /// Keeps the ids of a user just made, of the person and of the login, those that are new.
    async fn know(&mut self, user: Id<User>) {
        let finds = vec![Find::Access(user)];
        let found = self.service.store.load(self.tenant, finds).await.unwrap();
        let made = &found.users[&user].record;
        self.users.push(user);
        if !self.persons.contains(&made.person) {
            self.persons.push(made.person);
        }
        let account = made.account.unwrap();
        if !self.accounts.contains(&account) {
            self.accounts.push(account);
        }
    }
}
