//! The Rust API.

use crate::{
    Way,
    rows::{
        Act::{self, *},
        PASSWORD,
    },
    scene::{Plain, Scene, email, person_name},
};
use identity_core::{
    login::Password,
    name::Name,
    owner::replace::{ReplaceOwner, Successor},
    permission::{Permission, USERS_MANAGE},
    person::edit::{Change, EditPerson},
    refusal::Refusal,
    role::custom::CreateRole,
    service::Failure,
    tenant::DomainStatus,
    user::{AddUser, UserStatus, Whose},
};

fn code<T, R: Refusal>(outcome: Result<T, Failure<R>>) -> String {
    match outcome {
        Ok(_) => "done".to_owned(),
        Err(failure) => failure.code().to_owned(),
    }
}

pub(crate) struct Rust;

impl Way for Rust {
    const NAME: &'static str = "the Rust API";

    async fn act(scene: &Scene, who: &'static str, act: Act) -> Option<String> {
        let (service, call) = (&scene.service, &scene.call(who));
        let user = |name: &str| scene.users[name].0;
        let person = |name: &str| scene.users[name].1;
        Some(match act {
            Take(name, role) => {
                let role = scene.role(role).await;
                code(service.remove_role(call, user(name), role).await)
            }
            Give(name, role) => {
                let role = scene.role(role).await;
                code(service.assign_role(call, user(name), role).await)
            }
            Deactivate(name) => code(service.deactivate_user(call, user(name)).await),
            Reactivate(name) => code(service.reactivate_user(call, user(name)).await),
            Unlink(name) => code(service.unlink_login(call, user(name)).await),
            Move(name) => {
                let command = EditPerson {
                    email: Change::Set(email(&format!("{name}.moved"))),
                    ..EditPerson::default()
                };
                code(service.edit_person(call, person(name), command).await)
            }
            SetPassword(name) => {
                let password = Password::parse(PASSWORD).unwrap();
                code(
                    service
                        .set_password(call, &Plain, user(name), &password)
                        .await,
                )
            }
            Add(name, role) => {
                let command = AddUser {
                    email: email(name),
                    whose: Whose::KnownOrNew(person_name(name)),
                    role: scene.role(role).await,
                    status: UserStatus::Active,
                };
                code(service.add_user(call, command).await)
            }
            MakeRole(name) => {
                let command = CreateRole {
                    name: Name::parse(name).unwrap(),
                    permissions: [USERS_MANAGE].into(),
                };
                code(service.create_role(call, command).await)
            }
            Widen(role) => {
                let role = scene.role(role).await;
                code(service.set_role_permissions(call, role, widened()).await)
            }
            Retire(role) => {
                let role = scene.role(role).await;
                code(service.retire_role(call, role).await)
            }
            Erase(name) => code(service.erase_person(call, person(name)).await),
            EndSessions(name) => code(service.end_sessions(call, user(name)).await),
            CloseDomain => {
                let status = DomainStatus::Inactive;
                code(service.set_domain_status(call, scene.domain, status).await)
            }
            Suspend => code(service.suspend_tenant(call).await),
            Replace(leaving, successor) => {
                let command = ReplaceOwner {
                    leaving: user(leaving),
                    successor: Successor::User(user(successor)),
                };
                code(service.replace_owner(call, command).await)
            }
            List => code(service.authorize(call, &USERS_MANAGE).await),
        })
    }
}

/// What the desk of the users permits already, and that of the roles does not.
pub(crate) fn widened() -> std::collections::BTreeSet<Permission> {
    [USERS_MANAGE, identity_core::permission::PERSONS_MANAGE].into()
}
