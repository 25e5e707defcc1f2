//! The tenant in which the stories happen.

use chrono::Duration;
use identity_core::{
    account::Opens,
    authority::Actor,
    email::Email,
    id::Id,
    journal::Verifier,
    login::{Hashing, HashingFailed, Password, PasswordHash, Passwords},
    name::{Name, PersonName},
    owner::Owners,
    permission::{ROLES_MANAGE, USERS_MANAGE},
    person::Person,
    port::{Clock as _, Directory as _, Find, Page, Store as _},
    role::{Role, RoleKind, custom::CreateRole},
    service::{Call, Rollcall},
    tenant::{CreateTenant, Domain, Listing, Tenant},
    token::{Secret, SecretKind},
    user::{AddUser, User, UserStatus, Whose},
};
use os_ports::{SystemClock, SystemRandom};
use std::{cell::RefCell, collections::BTreeMap, path::PathBuf};
use store_sqlite::SqliteStore;
use tempfile::TempDir;

pub(crate) type Service = Rollcall<SqliteStore, SystemClock, SystemRandom>;

/// A tenant in a file, with everybody in a session of their own.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) service: Service,
    pub(crate) tenant: Id<Tenant>,
    pub(crate) domain: Id<Domain>,
    pub(crate) users: BTreeMap<&'static str, (Id<User>, Id<Person>)>,
    pub(crate) tenants: BTreeMap<&'static str, Id<Tenant>>,
    pub(crate) sessions: RefCell<BTreeMap<&'static str, (Actor, String)>>,
    pub(crate) operator: Secret,
}

pub(crate) fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@stclare.example")).unwrap()
}

pub(crate) fn person_name(name: &str) -> PersonName {
    PersonName {
        given: Name::parse(name).unwrap(),
        family: Name::parse("Example").unwrap(),
    }
}

impl Scene {
    pub(crate) async fn open() -> Self {
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

    pub(crate) async fn make_token(&self) {
        let until = SystemClock.now() + Duration::days(1);
        let call = Call::new(self.tenant, Actor::User(self.users["ben"].0));
        let name = Name::parse("provisioning").unwrap();
        let made = self.service.create_token(&call, name, until).await.unwrap();
        let secret = made.secret.unwrap().expose().to_string();
        let held = (Actor::Token(made.id), secret);
        self.sessions.borrow_mut().insert("token", held);
    }

    pub(crate) async fn log_in(&self, name: &'static str) {
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

    pub(crate) async fn elevate(&self, name: &'static str) {
        let reason = Name::parse("story").unwrap();
        self.service
            .elevate(&self.call(name), reason)
            .await
            .unwrap();
    }

    pub(crate) fn call(&self, name: &str) -> Call {
        let actor = match name {
            "operator" => Actor::Operator,
            other => self.sessions.borrow()[other].0,
        };
        Call::new(self.tenant, actor)
    }

    pub(crate) fn secret(&self, name: &str) -> String {
        match name {
            "operator" => self.operator.expose().to_string(),
            other => self.sessions.borrow()[other].1.clone(),
        }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.session"))
    }

    pub(crate) async fn role(&self, named: &str) -> Id<Role> {
        let roles = self.service.store.roles(self.tenant).await.unwrap();
        roles
            .iter()
            .find(|it| it.name.as_str() == named)
            .unwrap()
            .id
    }

    pub(crate) async fn owners(&self) -> Vec<&'static str> {
        let owners = self.service.store.owners(self.tenant).await.unwrap();
        let name = |user: Id<User>| *self.users.iter().find(|(_, it)| it.0 == user).unwrap().0;
        let mut names: Vec<_> = owners.iter().map(|it| name(it.id)).collect();
        names.sort_unstable();
        names
    }

    /// What holds after every step.
    pub(crate) async fn sound(&self) {
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
    pub(crate) async fn opens(&self, name: &str) -> bool {
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

/// Hashes quickly; what a password is good for is not the question here.
#[derive(Debug)]
pub(crate) struct Plain;

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
