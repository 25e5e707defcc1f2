//! The shapes in which systems of this kind broke elsewhere, each walked on every path there is: the Rust API, the command line and
//! HTTP. A row is a story of steps with the code each must end with; whatever happens, the owners are who they should be.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of a test, which fail as it does"
)]

use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use chrono::Duration;
use http_api::{Api, Limits, router};
use identity_core::{
    account::Opens,
    authority::Actor,
    email::Email,
    id::Id,
    journal::Verifier,
    login::{Hashing, HashingFailed, Password, PasswordHash, Passwords},
    name::{Name, PersonName},
    owner::{
        Owners,
        replace::{ReplaceOwner, Successor},
    },
    permission::{Permission, ROLES_MANAGE, USERS_MANAGE},
    person::{
        Person,
        edit::{Change, EditPerson},
    },
    port::{Clock as _, Directory as _, Find, Page, Store as _},
    refusal::Refusal,
    role::{Role, RoleKind, custom::CreateRole},
    service::{Call, Failure, Rollcall},
    tenant::{CreateTenant, Domain, DomainStatus, GrantPolicy, Listing, Tenant, policy::SetPolicy},
    token::{Secret, SecretKind},
    user::{AddUser, User, UserStatus, Whose},
};
use os_ports::{SystemClock, SystemRandom};
use phone_plan::LibPhonePlan;
use serde_json::{Value, json};
use sheet_reader::Sheets;
use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
};
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

type Service = Rollcall<SqliteStore, SystemClock, SystemRandom>;

/// Something somebody wants to do.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Take a role from somebody.
    Take(&'static str, &'static str),
    /// Give it.
    Give(&'static str, &'static str),
    Deactivate(&'static str),
    Reactivate(&'static str),
    /// Cut the login off.
    Unlink(&'static str),
    /// Move the login with the e-mail address.
    Move(&'static str),
    SetPassword(&'static str),
    /// Add a user by address with a role.
    Add(&'static str, &'static str),
    /// Make a role of this name that manages users.
    MakeRole(&'static str),
    /// Let a role manage users.
    Widen(&'static str),
    Retire(&'static str),
    Erase(&'static str),
    EndSessions(&'static str),
    /// Close the domain of the staff.
    CloseDomain,
    Suspend,
    /// Put the second in the place of the first.
    Replace(&'static str, &'static str),
    /// Look at the users.
    List,
}

use Act::{
    Add, CloseDomain, Deactivate, EndSessions, Erase, Give, List, MakeRole, Move, Reactivate,
    Replace, Retire, SetPassword, Suspend, Take, Unlink, Widen,
};

/// A step of a story.
enum Step {
    /// Somebody does something, and it ends so.
    Does(&'static str, Act, &'static str),
    /// Somebody switches Tenant Owner on in their session.
    Elevates(&'static str),
    /// Managers of users give no more than they hold.
    SubsetOnly,
    /// Every elevation that is over is entered.
    Sweeps,
    /// Somebody logs in anew.
    LogsIn(&'static str),
    /// A login by e-mail address opens somebody's access, or not.
    Opens(&'static str, bool),
}

use Step::{Does, Elevates, LogsIn, Opens as OpensFor, SubsetOnly as Subset, Sweeps};

/// A line of the list: what happened elsewhere, and what happens here.
struct Row {
    line: &'static str,
    steps: Vec<Step>,
    /// Who owns the tenant in the end.
    owners: &'static [&'static str],
}

const OWNER: &str = "Tenant Owner";
const ADMIN: &str = "System Administrator";
const BOTH: &[&str] = &["ada", "ben"];
const PASSWORD: &str = "nine lives of the ward cat";

/// Ada and Ben own the tenant, and Ben administers it; Mia manages users and Rob roles, each with a role of the customer's own; Leo
/// learns. Otto owns another tenant.
#[expect(
    clippy::too_many_lines,
    reason = "a table has as many lines as it has rows"
)]
fn rows() -> Vec<Row> {
    vec![
        Row {
            line: "a guard on delete and none on deactivate, un-assign, login, domain, role or person",
            steps: vec![
                Does("mia", Deactivate("ada"), "holds_tenant_owner"),
                Does("mia", Take("ada", OWNER), "elevation_required"),
                Does("mia", Unlink("ada"), "elevation_required"),
                Does("mia", Move("ada"), "elevation_required"),
                Does("ben", Erase("ada"), "person_has_active_user"),
                Does("ben", Retire(OWNER), "role_built_in"),
                Does("operator", CloseDomain, "last_owner"),
                Elevates("ben"),
                Does("ben", Deactivate("ada"), "holds_tenant_owner"),
                Does("ben", Unlink("ada"), "holds_tenant_owner"),
                Does("ben", Take("ada", OWNER), "done"),
                Does("ben", Take("ben", OWNER), "own_ownership"),
                Does("ben", Deactivate("ben"), "holds_tenant_owner"),
                Does("ben", Unlink("ben"), "present_password_needed"),
            ],
            owners: &["ben"],
        },
        Row {
            line: "adding an existing owner again with a lower role replaced the owner role",
            steps: vec![
                Does("ben", Add("ada", "Learner"), "person_has_user"),
                Does("ben", Give("ada", "Learner"), "done"),
            ],
            owners: BOTH,
        },
        Row {
            line: "inactive owners, and owners without a usable login, counted",
            steps: vec![
                Does("ben", Deactivate("leo"), "done"),
                Elevates("ada"),
                Does("ada", Give("leo", OWNER), "owner_not_usable"),
                Does("ben", Reactivate("leo"), "done"),
                Does("ben", Unlink("leo"), "done"),
                Does("ada", Give("leo", OWNER), "owner_not_usable"),
            ],
            owners: BOTH,
        },
        Row {
            line: "a clean-up job demoted the last owner",
            steps: vec![
                Elevates("ada"),
                Sweeps,
                Does("ada", Give("leo", OWNER), "done"),
            ],
            owners: &["ada", "ben", "leo"],
        },
        Row {
            line: "the provisioning interface removed the owner role that it could not grant",
            steps: vec![
                Does("token", Give("leo", OWNER), "elevation_required"),
                Does("token", Take("ada", OWNER), "elevation_required"),
                Does("token", Deactivate("ada"), "holds_tenant_owner"),
                Does("token", Unlink("ada"), "elevation_required"),
                Does("token", SetPassword("ada"), "elevation_required"),
                Does("token", Move("ada"), "elevation_required"),
            ],
            owners: BOTH,
        },
        Row {
            line: "not yourself, said of an owner's other roles too",
            steps: vec![
                Elevates("ben"),
                Does("ben", Take("ben", ADMIN), "done"),
                Does("ben", Take("ben", OWNER), "own_ownership"),
            ],
            owners: BOTH,
        },
        Row {
            line: "two owners demote each other; whoever was demoted, still elevated, removes the other",
            steps: vec![
                Elevates("ada"),
                Elevates("ben"),
                Does("ada", Take("ben", OWNER), "done"),
                Does("ben", Take("ada", OWNER), "elevation_required"),
                Does("ben", Give("leo", OWNER), "elevation_required"),
            ],
            owners: &["ada"],
        },
        Row {
            line: "a transfer made twice, and one whose successor is removed meanwhile",
            steps: vec![
                Does("operator", Replace("ada", "leo"), "done"),
                Does("operator", Replace("ada", "leo"), "not_an_owner"),
                Elevates("ben"),
                Does("ben", Take("leo", OWNER), "done"),
                Does("operator", Replace("leo", "ada"), "not_an_owner"),
            ],
            owners: &["ben"],
        },
        Row {
            line: "the guard's refusal blocked people from logging in",
            steps: vec![
                Does("mia", Deactivate("ada"), "holds_tenant_owner"),
                OpensFor("leo", true),
                OpensFor("ada", true),
            ],
            owners: BOTH,
        },
        Row {
            line: "a direct grant refused, and allowed by another way",
            steps: vec![
                Subset,
                Does("mia", Give("leo", ADMIN), "more_than_held"),
                Does("mia", Give("mia", ADMIN), "more_than_held"),
                Does("mia", Add("newcomer", ADMIN), "more_than_held"),
                Does("mia", Add("newcomer", OWNER), "elevation_required"),
                Does("mia", MakeRole("Stronger"), "permission_missing"),
                Does("mia", Give("leo", "Learner"), "role_already_held"),
                Does("mia", Give("leo", "Teacher"), "done"),
            ],
            owners: BOTH,
        },
        Row {
            line: "a manager takes over the login of a stronger user",
            steps: vec![
                Does("mia", SetPassword("ada"), "elevation_required"),
                Does("mia", Move("ada"), "elevation_required"),
                Subset,
                Elevates("ada"),
                Does("ada", Take("ben", OWNER), "done"),
                Does("mia", SetPassword("ben"), "more_than_held"),
                Does("mia", Move("ben"), "more_than_held"),
                Does("mia", Unlink("ben"), "more_than_held"),
                Does("mia", SetPassword("leo"), "done"),
            ],
            owners: &["ada"],
        },
        Row {
            line: "a role one holds oneself, edited",
            steps: vec![
                Does("rob", Widen("Roles desk"), "permission_missing"),
                Does("rob", Widen("Users desk"), "role_unchanged"),
                Does("rob", MakeRole("Stronger"), "done"),
                Does("rob", Give("rob", "Stronger"), "permission_missing"),
                Does("rob", Widen(ADMIN), "role_built_in"),
            ],
            owners: BOTH,
        },
        Row {
            line: "rules that looked at a role's name",
            steps: vec![
                Does("rob", MakeRole("Tenant Owner "), "role_name_taken"),
                Does("rob", MakeRole("tenant  owner"), "role_name_taken"),
                Does("rob", MakeRole("Tenant Оwner"), "role_name_taken"),
                Does("rob", MakeRole("Owner of the tenant"), "done"),
                Does("ben", Give("leo", "Owner of the tenant"), "done"),
                Does("leo", Deactivate("ada"), "holds_tenant_owner"),
                Does("leo", Give("leo", OWNER), "elevation_required"),
            ],
            owners: BOTH,
        },
        Row {
            line: "an id of another tenant accepted, and authority of another tenant counted",
            steps: vec![
                Does("ben", Deactivate("otto"), "user_unknown"),
                Does("ben", Give("otto", "Learner"), "user_unknown"),
                Does("ben", EndSessions("otto"), "user_unknown"),
                Does("ben", Erase("otto"), "person_unknown"),
                Does("ben", SetPassword("otto"), "user_unknown"),
                Does("otto", List, "tenant_unknown"),
                Does("otto", Deactivate("leo"), "tenant_unknown"),
            ],
            owners: BOTH,
        },
        Row {
            line: "a key that kept its power after its maker lost his",
            steps: vec![
                Does("token", List, "done"),
                Elevates("ada"),
                Does("ada", Take("ben", ADMIN), "done"),
                Does("token", List, "permission_missing"),
                Does("ada", Give("ben", ADMIN), "done"),
                Does("token", List, "done"),
                Does("ada", Take("ben", OWNER), "done"),
                Does("mia", Deactivate("ben"), "done"),
                Does("token", List, "token_dead"),
                Does("mia", Reactivate("ben"), "done"),
                Does("token", List, "token_dead"),
            ],
            owners: &["ada"],
        },
        Row {
            line: "deactivated users, assignments and organisations usable through what was given before",
            steps: vec![
                Does("mia", List, "done"),
                Does("ben", Take("mia", "Users desk"), "done"),
                Does("mia", List, "permission_missing"),
                Does("ben", Give("mia", "Users desk"), "done"),
                Does("mia", List, "done"),
                Does("ben", Deactivate("mia"), "done"),
                Does("mia", List, "session_over"),
                Does("ben", Reactivate("mia"), "done"),
                Does("mia", List, "session_over"),
                LogsIn("mia"),
                Does("mia", List, "done"),
                Does("ben", Retire("Users desk"), "done"),
                Does("mia", List, "permission_missing"),
                Does("operator", Suspend, "done"),
                Does("ben", List, "tenant_suspended"),
            ],
            owners: BOTH,
        },
        Row {
            line: "elevation that counted in the user's other sessions, and outlived its own",
            steps: vec![
                Elevates("ada"),
                Does("ada", Give("leo", OWNER), "done"),
                LogsIn("ada"),
                Does("ada", Take("leo", OWNER), "elevation_required"),
                Elevates("ada"),
                Does("ben", EndSessions("ada"), "done"),
                Does("ada", Take("leo", OWNER), "session_over"),
                LogsIn("ada"),
                Does("ada", Take("leo", OWNER), "elevation_required"),
            ],
            owners: &["ada", "ben", "leo"],
        },
        Row {
            line: "state that changed between two steps of a login",
            steps: vec![
                Does("ben", Deactivate("leo"), "done"),
                OpensFor("leo", false),
                Does("ben", Reactivate("leo"), "done"),
                OpensFor("leo", true),
                Does("ben", Unlink("leo"), "done"),
                OpensFor("leo", false),
            ],
            owners: BOTH,
        },
        Row {
            line: "a link to whoever has the address now",
            steps: vec![
                Does("ben", Move("leo"), "done"),
                Does("leo", List, "session_over"),
                // The old address is free, and whoever comes with it is somebody else.
                Does("ben", Add("leo", "Teacher"), "done"),
                OpensFor("leo", true),
            ],
            owners: BOTH,
        },
    ]
}

/// A tenant in a file, with everybody in a session of their own.
struct Scene {
    folder: TempDir,
    service: Service,
    tenant: Id<Tenant>,
    domain: Id<Domain>,
    users: BTreeMap<&'static str, (Id<User>, Id<Person>)>,
    tenants: BTreeMap<&'static str, Id<Tenant>>,
    sessions: RefCell<BTreeMap<&'static str, (Actor, String)>>,
    operator: Secret,
}

fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@stclare.example")).unwrap()
}

fn person_name(name: &str) -> PersonName {
    PersonName {
        given: Name::parse(name).unwrap(),
        family: Name::parse("Example").unwrap(),
    }
}

impl Scene {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("rollcall.db")).unwrap();
        let service = Rollcall::new(store, SystemClock, SystemRandom);
        let mut users = BTreeMap::new();
        let mut tenants = BTreeMap::new();
        let create = |name: &str, owner: &str| CreateTenant {
            name: Name::parse(name).unwrap(),
            domain: None,
            listing: Listing::Unlisted,
            owner_email: email(owner),
            owner_name: person_name(owner),
        };
        let operator = Call::operator();
        let there = service.create_tenant(&operator, create("Elsewhere", "otto"));
        let there = there.await.unwrap();
        users.insert(
            "otto",
            (
                there.owner,
                person_of(&service, there.tenant, there.owner).await,
            ),
        );
        tenants.insert("otto", there.tenant);
        let here = service.create_tenant(&operator, create("St. Clare", "ada"));
        let here = here.await.unwrap();
        users.insert(
            "ada",
            (
                here.owner,
                person_of(&service, here.tenant, here.owner).await,
            ),
        );
        let call = Call::new(here.tenant, Actor::User(here.owner));
        let mut desks = BTreeMap::new();
        for (name, permission) in [("Users desk", USERS_MANAGE), ("Roles desk", ROLES_MANAGE)] {
            // A manager of users looks after persons as well.
            let mut permissions = vec![permission.clone()];
            if permission == USERS_MANAGE {
                permissions.push(identity_core::permission::PERSONS_MANAGE);
            }
            let command = CreateRole {
                name: Name::parse(name).unwrap(),
                permissions: permissions.into_iter().collect(),
            };
            desks.insert(name, service.create_role(&call, command).await.unwrap());
        }
        let roles = service.store.roles(here.tenant).await.unwrap();
        let of = |kind| roles.iter().find(|it: &&Role| it.kind == kind).unwrap().id;
        for (name, role) in [
            ("ben", of(RoleKind::SystemAdministrator)),
            ("mia", desks["Users desk"]),
            ("rob", desks["Roles desk"]),
            ("leo", of(RoleKind::Learner)),
        ] {
            let add = AddUser {
                email: email(name),
                whose: Whose::KnownOrNew(person_name(name)),
                role,
                status: UserStatus::Active,
            };
            let added = service.add_user(&call, add).await.unwrap();
            users.insert(name, (added.user, added.person));
        }
        let scene = Self {
            folder,
            service,
            tenant: here.tenant,
            domain: here.domain,
            users,
            tenants,
            sessions: RefCell::default(),
            operator: Secret::new(SecretKind::Operator, [9; 32]),
        };
        for name in ["ada", "ben", "mia", "rob", "leo", "otto"] {
            scene.log_in(name).await;
        }
        scene.elevate("ada").await;
        let (ben, owner) = (scene.users["ben"].0, of(RoleKind::TenantOwner));
        let call = scene.call("ada");
        scene.service.assign_role(&call, ben, owner).await.unwrap();
        scene.service.end_elevation(&call).await.unwrap();
        scene.make_token().await;
        scene
    }

    async fn make_token(&self) {
        let until = SystemClock.now() + Duration::days(1);
        let call = Call::new(self.tenant, Actor::User(self.users["ben"].0));
        let name = Name::parse("provisioning").unwrap();
        let made = self.service.create_token(&call, name, until).await.unwrap();
        let secret = made.secret.unwrap().expose().to_string();
        let held = (Actor::Token(made.id), secret);
        self.sessions.borrow_mut().insert("token", held);
    }

    async fn log_in(&self, name: &'static str) {
        let tenant = self.tenants.get(name).copied().unwrap_or(self.tenant);
        let user = self.users[name].0;
        let opened = self
            .service
            .open_session_of(Opens { tenant, user })
            .await
            .unwrap();
        let actor = Actor::Session {
            session: opened.id,
            user,
        };
        let secret = opened.secret.expose().to_string();
        std::fs::write(self.file(name), &secret).unwrap();
        self.sessions.borrow_mut().insert(name, (actor, secret));
    }

    async fn elevate(&self, name: &'static str) {
        let reason = Name::parse("story").unwrap();
        self.service
            .elevate(&self.call(name), reason)
            .await
            .unwrap();
    }

    fn call(&self, name: &str) -> Call {
        let actor = match name {
            "operator" => Actor::Operator,
            other => self.sessions.borrow()[other].0,
        };
        Call::new(self.tenant, actor)
    }

    fn secret(&self, name: &str) -> String {
        match name {
            "operator" => self.operator.expose().to_string(),
            other => self.sessions.borrow()[other].1.clone(),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.session"))
    }

    async fn role(&self, named: &str) -> Id<Role> {
        let roles = self.service.store.roles(self.tenant).await.unwrap();
        roles
            .iter()
            .find(|it| it.name.as_str() == named)
            .unwrap()
            .id
    }

    async fn owners(&self) -> Vec<&'static str> {
        let owners = self.service.store.owners(self.tenant).await.unwrap();
        let name = |user: Id<User>| *self.users.iter().find(|(_, it)| it.0 == user).unwrap().0;
        let mut names: Vec<_> = owners.iter().map(|it| name(it.id)).collect();
        names.sort_unstable();
        names
    }

    /// What holds after every step.
    async fn sound(&self) {
        let records = self.service.store.load(self.tenant, vec![Find::Owners]);
        Owners::audit(&records.await.unwrap()).unwrap();
        let mut verifier = Verifier::new(self.tenant, None);
        let entries = self.service.store.journal(self.tenant, Page::first(1000));
        entries
            .await
            .unwrap()
            .iter()
            .for_each(|it| verifier.read(it).unwrap());
        verifier.finish().unwrap();
    }

    /// Whether the login of this address opens somebody's access.
    async fn opens(&self, name: &str) -> bool {
        let finds = vec![Find::Login(email(name).key().clone())];
        let records = self
            .service
            .store
            .load(Tenant::PLATFORM, finds)
            .await
            .unwrap();
        let account = &records.accounts.values().next().unwrap().record;
        let vouched = identity_core::login::Vouched {
            provider: identity_core::account::Provider::Embedded,
            subject: account.id.to_string(),
            as_of: None,
        };
        self.service.open_session(&vouched, None).await.is_ok()
    }
}

async fn person_of(service: &Service, tenant: Id<Tenant>, user: Id<User>) -> Id<Person> {
    let records = service
        .store
        .load(tenant, vec![Find::Access(user)])
        .await
        .unwrap();
    records.users[&user].record.person
}

/// A way to do things.
trait Way {
    const NAME: &'static str;

    /// Does it, and says with which code it ended; `None` where this way cannot be taken by whoever acts.
    async fn act(scene: &Scene, who: &'static str, act: Act) -> Option<String>;
}

fn code<T, R: Refusal>(outcome: Result<T, Failure<R>>) -> String {
    match outcome {
        Ok(_) => "done".to_owned(),
        Err(failure) => failure.code().to_owned(),
    }
}

/// Hashes quickly; what a password is good for is not the question here.
#[derive(Debug)]
struct Plain;

impl Passwords for Plain {
    fn hash<'a>(
        &'a self,
        password: &'a Password,
        _: [u8; 16],
    ) -> Hashing<'a, Result<PasswordHash, HashingFailed>> {
        let hash = PasswordHash(password.expose().chars().rev().collect());
        Box::pin(async move { Ok(hash) })
    }
    fn verify<'a>(
        &'a self,
        password: &'a Password,
        hash: Option<&'a PasswordHash>,
    ) -> Hashing<'a, Result<bool, HashingFailed>> {
        let same = hash.is_some_and(|it| it.0.chars().rev().eq(password.expose().chars()));
        Box::pin(async move { Ok(same) })
    }
    fn is_common<'a>(&'a self, _: &'a Password) -> Hashing<'a, Result<bool, HashingFailed>> {
        Box::pin(async { Ok(false) })
    }
}

struct Rust;

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
fn widened() -> std::collections::BTreeSet<Permission> {
    [USERS_MANAGE, identity_core::permission::PERSONS_MANAGE].into()
}

struct Line;

impl Way for Line {
    const NAME: &'static str = "the command line";

    async fn act(scene: &Scene, who: &'static str, act: Act) -> Option<String> {
        // Programs with tokens come over HTTP.
        if who == "token" {
            return None;
        }
        let user = |name: &str| scene.users[name].0.to_string();
        let person = |name: &str| scene.users[name].1.to_string();
        let words: Vec<String> = match act {
            Take(name, role) => vec!["role".into(), "remove".into(), user(name), role.into()],
            Give(name, role) => vec!["role".into(), "assign".into(), user(name), role.into()],
            Deactivate(name) => vec!["user".into(), "deactivate".into(), user(name)],
            Reactivate(name) => vec!["user".into(), "reactivate".into(), user(name)],
            Unlink(name) => vec!["user".into(), "unlink-login".into(), user(name)],
            Move(name) => {
                let moved = email(&format!("{name}.moved")).as_str().to_owned();
                vec![
                    "person".into(),
                    "edit".into(),
                    person(name),
                    "--email".into(),
                    moved,
                ]
            }
            SetPassword(name) => {
                let file = scene.folder.path().join("password");
                std::fs::write(&file, PASSWORD).unwrap();
                let file = file.display().to_string();
                vec![
                    "user".into(),
                    "set-password".into(),
                    user(name),
                    "--password-file".into(),
                    file,
                ]
            }
            Add(name, role) => [
                "user",
                "add",
                "--email",
                email(name).as_str(),
                "--given",
                name,
                "--family",
                "Example",
                "--role",
                role,
            ]
            .map(str::to_owned)
            .to_vec(),
            MakeRole(name) => ["role", "create", name, "--permission", "users:manage"]
                .map(str::to_owned)
                .to_vec(),
            Widen(role) => {
                let mut words = vec!["role".to_owned(), "permit".to_owned(), role.to_owned()];
                for permission in widened() {
                    words.extend(["--permission".to_owned(), permission.to_string()]);
                }
                words
            }
            Retire(role) => vec!["role".into(), "retire".into(), role.into()],
            Erase(name) => vec!["person".into(), "erase".into(), person(name)],
            EndSessions(name) => vec!["session".into(), "end-all".into(), user(name)],
            CloseDomain => {
                vec![
                    "tenant".into(),
                    "domain".into(),
                    scene.domain.to_string(),
                    "inactive".into(),
                ]
            }
            Suspend => vec!["tenant".into(), "suspend".into()],
            Replace(leaving, successor) => vec![
                "owner".into(),
                "replace".into(),
                user(leaving),
                "--by".into(),
                user(successor),
            ],
            List => vec!["user".into(), "list".into()],
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        command
            .args(words)
            .args(["--json", "--tenant", &scene.tenant.to_string()])
            .current_dir(scene.folder.path())
            .stdin(Stdio::null());
        for variable in ["ROLLCALL_DB", "ROLLCALL_AS", "ROLLCALL_SESSION"] {
            command.env_remove(variable);
        }
        if who != "operator" {
            command.arg("--session-file").arg(scene.file(who));
        }
        let ran = command.output().unwrap();
        let answer: Value = serde_json::from_slice(&ran.stdout).unwrap();
        Some(match ran.status.code() {
            Some(0) => "done".to_owned(),
            _ => answer["error"]["code"].as_str().unwrap().to_owned(),
        })
    }
}

struct Http;

impl Http {
    fn router(scene: &Scene) -> Router {
        router(Api {
            rollcall: Arc::new(scene.service.clone()),
            sheets: Arc::new(Sheets::default()),
            phones: Arc::new(LibPhonePlan::new()),
            passwords: Arc::new(Plain),
            operator: Some(scene.operator.hash()),
            limits: Limits::default(),
        })
    }
}

impl Way for Http {
    const NAME: &'static str = "HTTP";

    async fn act(scene: &Scene, who: &'static str, act: Act) -> Option<String> {
        let user = |name: &str| format!("users/{}", scene.users[name].0);
        let person = |name: &str| format!("persons/{}", scene.users[name].1);
        let (method, path, body) = match act {
            Take(name, role) => {
                let role = scene.role(role).await;
                (Method::DELETE, format!("{}/roles/{role}", user(name)), None)
            }
            Give(name, role) => {
                let role = scene.role(role).await;
                (Method::PUT, format!("{}/roles/{role}", user(name)), None)
            }
            Deactivate(name) => {
                let body = json!({ "status": "inactive" });
                (Method::PUT, format!("{}/status", user(name)), Some(body))
            }
            Reactivate(name) => {
                let body = json!({ "status": "active" });
                (Method::PUT, format!("{}/status", user(name)), Some(body))
            }
            Unlink(name) => {
                let body = json!({ "linked": false });
                (Method::PUT, format!("{}/login", user(name)), Some(body))
            }
            Move(name) => {
                let moved = email(&format!("{name}.moved")).as_str().to_owned();
                (Method::PATCH, person(name), Some(json!({ "email": moved })))
            }
            SetPassword(name) => {
                let body = json!({ "password": PASSWORD });
                (Method::PUT, format!("{}/password", user(name)), Some(body))
            }
            Add(name, role) => {
                let body = json!({
                    "email": email(name).as_str(),
                    "given": name,
                    "family": "Example",
                    "role": scene.role(role).await,
                });
                (Method::POST, "users".to_owned(), Some(body))
            }
            MakeRole(name) => {
                let body = json!({ "name": name, "permissions": ["users:manage"] });
                (Method::POST, "roles".to_owned(), Some(body))
            }
            Widen(role) => {
                let body = json!({ "permissions": widened() });
                let role = scene.role(role).await;
                (Method::PATCH, format!("roles/{role}"), Some(body))
            }
            Retire(role) => {
                let role = scene.role(role).await;
                (Method::DELETE, format!("roles/{role}"), None)
            }
            Erase(name) => (Method::DELETE, person(name), None),
            EndSessions(name) => (Method::DELETE, format!("{}/sessions", user(name)), None),
            CloseDomain => {
                let body = json!({ "status": "inactive" });
                (
                    Method::PUT,
                    format!("domains/{}/status", scene.domain),
                    Some(body),
                )
            }
            Suspend => (Method::POST, "suspension".to_owned(), None),
            Replace(leaving, successor) => {
                let body = json!({
                    "leaving": scene.users[leaving].0,
                    "successor": { "user": scene.users[successor].0 },
                });
                (Method::POST, "owner-replacements".to_owned(), Some(body))
            }
            List => (Method::GET, "users".to_owned(), None),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/v1/tenants/{}/{path}", scene.tenant))
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", scene.secret(who)),
            );
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |it| Body::from(it.to_string()));
        let response = Self::router(scene).oneshot(request.body(body).unwrap());
        let response = response.await.unwrap();
        if response.status().is_success() {
            return Some("done".to_owned());
        }
        let body = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        Some(problem["code"].as_str().unwrap().to_owned())
    }
}

/// What a step may end with. Which of the reasons is told of a dead token or session is a matter of the way: over HTTP all are one.
fn as_expected(way: &str, expected: &str, ended: &str) -> bool {
    match (way, expected) {
        (_, "token_dead") => ["token_invalid", "actor_inactive"].contains(&ended),
        // Whose access is inactive is told so before the session is looked at.
        (_, "session_over") => ["session_over", "actor_inactive", "token_invalid"].contains(&ended),
        // The Rust API is told the tenant by whoever calls it, and knows no session of that id there.
        ("the Rust API", "tenant_unknown") => ended == "session_over",
        _ => ended == expected,
    }
}

async fn walk<W: Way>() {
    for row in rows() {
        let scene = Scene::open().await;
        for (number, step) in row.steps.iter().enumerate() {
            let at = format!("{}, step {}: {}", W::NAME, number + 1, row.line);
            match step {
                Does(who, act, expected) => {
                    if let Some(ended) = W::act(&scene, who, *act).await {
                        assert!(
                            as_expected(W::NAME, expected, &ended),
                            "{at}: {who} {act:?} ended with `{ended}`, not with `{expected}`"
                        );
                    }
                }
                Elevates(who) => scene.elevate(who).await,
                LogsIn(who) => scene.log_in(who).await,
                Sweeps => {
                    scene.service.sweep_elevations(scene.tenant).await.unwrap();
                }
                OpensFor(who, expected) => {
                    assert_eq!(scene.opens(who).await, *expected, "{at}: {who}");
                }
                Subset => {
                    scene.elevate("ben").await;
                    let policy = SetPolicy {
                        grants: Some(GrantPolicy::SubsetOnly),
                        ..SetPolicy::default()
                    };
                    let call = scene.call("ben");
                    scene.service.set_policy(&call, policy).await.unwrap();
                    scene.service.end_elevation(&call).await.unwrap();
                }
            }
            scene.sound().await;
        }
        assert_eq!(
            scene.owners().await,
            row.owners,
            "{}: {}",
            W::NAME,
            row.line
        );
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn what_broke_elsewhere_holds_in_the_rust_api() {
    runtime().block_on(walk::<Rust>());
}

#[test]
fn what_broke_elsewhere_holds_on_the_command_line() {
    runtime().block_on(walk::<Line>());
}

#[test]
fn what_broke_elsewhere_holds_over_http() {
    runtime().block_on(walk::<Http>());
}
