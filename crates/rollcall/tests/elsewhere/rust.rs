//! The Rust API.

use crate::{
    Way,
    rows::{
        Act::{self, *},
        PASSWORD, Question,
    },
    scene::{OWN, Scene, email, person_name, proof},
};
use chrono::Duration;
use identity_core::{
    account::Provider,
    authority::Actor,
    id::Id,
    journal::Hash,
    login::{Password, Vouched},
    name::Name,
    owner::replace::{ReplaceOwner, Successor},
    permission::{PERSONS_MANAGE, Permission, USERS_MANAGE},
    person::edit::{Change, EditPerson},
    port::{Clock as _, Find, Store as _},
    reconcile::{
        plan::{Ask, Evidence},
        save::SaveMode,
    },
    refusal::Refusal,
    role::custom::CreateRole,
    roster::MedhubUserId,
    service::{Call, Failure},
    session::Session,
    sheet::SheetReader as _,
    tenant::{DomainStatus, ElevationLength, GrantPolicy, Tenant, policy::SetPolicy},
    token::Secret,
    user::{AddUser, UserStatus, Whose},
};
use phone_plan::LibPhonePlan;
use sheet_reader::Sheets;
use std::{fs::File, io::Write as _, pin::Pin, sync::atomic::Ordering};

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
                        .set_password(call, &scene.passwords, user(name), &password)
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
            Rest(name, role) => {
                let role = scene.role(role).await;
                code(service.deactivate_role(call, user(name), role).await)
            }
            EndSession(name) => code(service.end_session(call, session(scene, name)).await),
            Sessions(name) => code(service.sessions(call, user(name)).await),
            Person(name) => code(service.person(call, person(name)).await),
            CloseDomain(whose) => {
                let (domain, status) = (scene.domains[whose], DomainStatus::Inactive);
                code(service.set_domain_status(call, domain, status).await)
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
            Elevate => {
                let reason = Name::parse("story").unwrap();
                code(service.elevate(call, reason).await)
            }
            Drop => code(service.end_elevation(call).await),
            Subset => {
                let policy = SetPolicy {
                    grants: Some(GrantPolicy::SubsetOnly),
                    ..SetPolicy::default()
                };
                code(service.set_policy(call, policy).await)
            }
            Minutes(minutes) => {
                let policy = SetPolicy {
                    elevation: Some(ElevationLength::of_minutes(minutes).unwrap()),
                    ..SetPolicy::default()
                };
                code(service.set_policy(call, policy).await)
            }
            MakeToken => {
                let until = service.clock.now() + Duration::days(1);
                let name = Name::parse("another token").unwrap();
                let made = service.create_token(call, name, until).await;
                if let Ok(made) = &made {
                    let secret = made.secret.as_ref().unwrap();
                    scene.hold("another token", Actor::Token(made.id), secret);
                }
                code(made)
            }
            RevokeToken => {
                let Actor::Token(token) = scene.call("token").actor else {
                    unreachable!("a token");
                };
                code(service.revoke_token(call, token).await)
            }
            Link(name, id) => code(service.stage(call, &[link(user(name), id)]).await),
            LinkBoth(one, other) => {
                let asks = [link(user(one), "007"), link(user(other), "008")];
                match service.stage(call, &asks).await {
                    Ok(staged) => match staged.refused.as_slice() {
                        [] => "done".to_owned(),
                        [(_, refusal), ..] => refusal.code().to_owned(),
                    },
                    Err(failure) => failure.code().to_owned(),
                }
            }
            Untie(name) => code(
                service
                    .stage(call, &[Ask::Unlink { user: user(name) }])
                    .await,
            ),
            Import(id) => {
                let medhub = MedhubUserId::parse(id).unwrap();
                code(service.stage(call, &[Ask::Import { medhub }]).await)
            }
            LinkAll => code(service.stage_all_links(call).await),
            ImportAll => code(service.stage_all_imports(call).await),
            Save => code(service.save_plan(call, SaveMode::Whole).await),
            Load(text) => {
                let path = scene.folder.path().join("professionals.csv");
                File::create(&path)
                    .unwrap()
                    .write_all(text.as_bytes())
                    .unwrap();
                let open = || Sheets::default().open(File::open(&path).unwrap(), None);
                let phones = LibPhonePlan::new();
                let digest = Hash([0; 32]);
                code(
                    service
                        .import_hcps(call, open, digest, &phones, &mut ())
                        .await,
                )
            }
            Try(login, password) => code(
                service
                    .log_in(&scene.passwords, proof(login, password), None)
                    .await,
            ),
        })
    }

    async fn log_in(scene: &Scene, who: &'static str) {
        scene.log_in(who).await;
    }

    async fn log_in_while(scene: &Scene, who: &'static str) -> Option<String> {
        let opened = scene
            .service
            .log_in(&scene.passwords, proof(who, OWN), None);
        Some(code(opened.await))
    }

    async fn opens(scene: &Scene, name: &'static str) -> bool {
        let finds = vec![Find::Login(email(name).key().clone())];
        let store = &scene.service.store;
        let records = store.load(Tenant::PLATFORM, finds).await.unwrap();
        let account = &records.accounts.values().next().unwrap().record;
        let vouched = Vouched {
            provider: Provider::Embedded,
            subject: account.id.to_string(),
            as_of: None,
        };
        scene.service.open_session(&vouched, None).await.is_ok()
    }

    async fn sweep(scene: &Scene) {
        scene.service.sweep_elevations(scene.tenant).await.unwrap();
    }

    async fn answer(scene: &Scene, question: Question) -> Option<String> {
        let service = &scene.service;
        let of = |secret: &str| Secret::parse(secret).unwrap();
        Some(match question {
            Question::Login(login, password) => {
                let before = scene.passwords.looks.load(Ordering::SeqCst);
                let opened = service.log_in(&scene.passwords, proof(login, password), None);
                let refused = opened.await.unwrap_err();
                let looks = scene.passwords.looks.load(Ordering::SeqCst) - before;
                format!("{refused:?} after {looks}")
            }
            Question::Token(name) => {
                let known = service.authenticate(&of(&scene.secret(name))).await;
                format!("{:?}", known.unwrap_err())
            }
            Question::Session(name) => {
                let refused = match service.resume(&of(&scene.secret(name))).await {
                    Ok((tenant, actor)) => {
                        let call = Call::new(tenant, actor);
                        service.authority(&call).await.unwrap_err()
                    }
                    Err(refused) => refused,
                };
                format!("{refused:?}")
            }
        })
    }
}

/// The session somebody is in.
pub(crate) fn session(scene: &Scene, name: &str) -> Id<Session> {
    match scene.call(name).actor {
        Actor::Session { session, .. } => session,
        Actor::Operator | Actor::User(_) | Actor::Token(_) => unreachable!("a call in a session"),
    }
}

fn link(user: Id<identity_core::user::User>, id: &str) -> Ask {
    Ask::Link {
        user,
        medhub: MedhubUserId::parse(id).unwrap(),
        evidence: Evidence::Manual,
    }
}

/// Something done by whoever has nothing but the service.
pub(crate) fn owned(
    scene: &Scene,
    by: &'static str,
    act: Act,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    let (service, passwords, call) = (
        scene.service.clone(),
        scene.passwords.clone(),
        scene.call(by),
    );
    let target = |name: &str| scene.users[name];
    match act {
        Deactivate(name) => {
            let (user, _) = target(name);
            Box::pin(async move { service.deactivate_user(&call, user).await.unwrap() })
        }
        EndSessions(name) => {
            let (user, _) = target(name);
            Box::pin(async move { service.end_sessions(&call, user).await.unwrap() })
        }
        Unlink(name) => {
            let (user, _) = target(name);
            Box::pin(async move { service.unlink_login(&call, user).await.unwrap() })
        }
        SetPassword(name) => {
            let (user, _) = target(name);
            let password = Password::parse(PASSWORD).unwrap();
            Box::pin(async move {
                let set = service.set_password(&call, &passwords, user, &password);
                set.await.unwrap();
            })
        }
        Move(name) => {
            let (_, person) = target(name);
            let command = EditPerson {
                email: Change::Set(email(&format!("{name}.moved"))),
                ..EditPerson::default()
            };
            Box::pin(async move {
                service.edit_person(&call, person, command).await.unwrap();
            })
        }
        other => unreachable!("{other:?} while somebody logs in"),
    }
}

/// What the desk of the users permits already, and that of the roles does not.
pub(crate) fn widened() -> std::collections::BTreeSet<Permission> {
    [USERS_MANAGE, PERSONS_MANAGE].into()
}
