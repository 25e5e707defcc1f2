//! The tenant in which the stories happen.

use chrono::Duration;
use identity_core::{
    account::Opens,
    authority::Actor,
    email::Email,
    id::Id,
    journal::{Event, Verifier},
    login::{Hashing, HashingFailed, Password, PasswordHash, Passwords, Source},
    name::{Name, PersonName},
    owner::{Owners, elevation::ElevationState},
    permission::{
        DATA_LOAD, HCPS_MANAGE, INTEGRATIONS_MANAGE, PERSONS_MANAGE, ROLES_MANAGE, TOKENS_MANAGE,
        USERS_MANAGE,
    },
    person::Person,
    port::{Clock as _, Directory as _, Find, Page, Store as _},
    reconcile::{Connect, Institution, snapshot::Emptied},
    role::{Role, RoleKind, custom::CreateRole},
    roster::{Kind, MedhubUserId, Program, ProgramId, RosterRead, RosterRow, RosterRows},
    service::{Call, PasswordProof, Rollcall},
    tenant::{CreateTenant, Domain, Listing, Tenant},
    token::{Secret, SecretKind},
    user::{AddUser, User, UserStatus, Whose},
};
use os_ports::{SystemClock, SystemRandom};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use testkit::time::FixedClock;

pub(crate) type Service = Rollcall<SqliteStore, SystemClock, SystemRandom>;

/// A tenant in a file, with everybody in a session of their own.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) service: Service,
    pub(crate) tenant: Id<Tenant>,
    pub(crate) domains: BTreeMap<&'static str, Id<Domain>>,
    pub(crate) users: BTreeMap<&'static str, (Id<User>, Id<Person>)>,
    pub(crate) tenants: BTreeMap<&'static str, Id<Tenant>>,
    pub(crate) sessions: RefCell<BTreeMap<&'static str, (Actor, String)>>,
    pub(crate) operator: Secret,
    pub(crate) passwords: Plain,
}

/// The password that everybody has chosen for themselves.
pub(crate) const OWN: &str = "a kettle sings to the night nurse";
/// What everybody was given before.
const GIVEN: &str = "three blue lamps over the porch";
/// Stands before what is the other tenant's.
pub(crate) const THEIRS: &str = "otto's ";
/// How long sessions live here.
const LIFE: Duration = identity_core::session::USUAL_LIFE;

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
        for (name, permissions) in [
            // A manager of users looks after persons as well.
            ("Users desk", vec![USERS_MANAGE, PERSONS_MANAGE]),
            ("Roles desk", vec![ROLES_MANAGE]),
            (
                "Sync desk",
                vec![INTEGRATIONS_MANAGE, HCPS_MANAGE, DATA_LOAD, TOKENS_MANAGE],
            ),
        ] {
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
            ("sid", desks["Sync desk"]),
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
            domains: [("ada", here.domain), ("otto", there.domain)].into(),
            users,
            tenants,
            sessions: RefCell::default(),
            operator: Secret::new(SecretKind::Operator, [9; 32]),
            passwords: Plain::default(),
        };
        for name in ["ada", "ben", "mia", "rob", "sid", "leo", "otto"] {
            scene.choose_password(name).await;
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
        self.hold("token", Actor::Token(made.id), &made.secret.unwrap());
    }

    /// Keeps a secret under a name, and in a file for the command line.
    pub(crate) fn hold(&self, name: &'static str, actor: Actor, secret: &Secret) {
        let secret = secret.expose().to_string();
        std::fs::write(self.file(name), &secret).unwrap();
        self.sessions.borrow_mut().insert(name, (actor, secret));
    }

    /// The service as it was so many minutes ago.
    fn earlier(&self, minutes: i64) -> Rollcall<SqliteStore, FixedClock, SystemRandom> {
        let then = SystemClock.now() - Duration::minutes(minutes);
        Rollcall::new(
            self.service.store.clone(),
            FixedClock::at(then),
            SystemRandom,
        )
    }

    /// What nobody could come in with: secrets that are over, were taken back, or never were, by these names.
    pub(crate) async fn spoil_secrets(&self) {
        let ben = Call::new(self.tenant, Actor::User(self.users["ben"].0));
        let earlier = self.earlier(2 * 24 * 60);
        let until = SystemClock.now() - Duration::days(1);
        let named = |it: &str| Name::parse(it).unwrap();
        let made = earlier.create_token(&ben, named("expired"), until);
        let made = made.await.unwrap();
        self.hold(
            "expired token",
            Actor::Token(made.id),
            &made.secret.unwrap(),
        );
        let until = SystemClock.now() + Duration::days(1);
        let made = self.service.create_token(&ben, named("revoked"), until);
        let made = made.await.unwrap();
        self.service.revoke_token(&ben, made.id).await.unwrap();
        self.hold(
            "revoked token",
            Actor::Token(made.id),
            &made.secret.unwrap(),
        );
        let nobody = Secret::new(SecretKind::Token, [7; 32]);
        self.hold("unknown token", Actor::Token(made.id), &nobody);
        self.logged_in_earlier("leo", LIFE.num_minutes()).await;
        self.rename("leo", "expired session");
        self.log_in("leo").await;
        let leo = self.call("leo");
        let Actor::Session { session, .. } = leo.actor else {
            unreachable!("a call in a session");
        };
        self.service.end_session(&leo, session).await.unwrap();
        self.rename("leo", "ended session");
        self.log_in("leo").await;
        let nobody = Secret::new(SecretKind::Session, [7; 32]);
        self.hold("unknown session", leo.actor, &nobody);
    }

    /// Whether what is held under this name is a token.
    pub(crate) fn is_token(&self, name: &str) -> bool {
        let sessions = self.sessions.borrow();
        sessions
            .get(name)
            .is_some_and(|(it, _)| matches!(it, Actor::Token(_)))
    }

    fn rename(&self, from: &'static str, to: &'static str) {
        let held = self.sessions.borrow_mut().remove(from).unwrap();
        std::fs::write(self.file(to), &held.1).unwrap();
        self.sessions.borrow_mut().insert(to, held);
    }

    /// Has somebody choose a password of their own: whose password others know is no owner.
    async fn choose_password(&self, name: &'static str) {
        let tenant = self.tenants.get(name).copied().unwrap_or(self.tenant);
        let [given, own] = [GIVEN, OWN].map(|it| Password::parse(it).unwrap());
        let user = self.users[name].0;
        // The operator lets the first owners in, and the one here everybody else.
        let by = match name {
            "ada" | "otto" => Actor::Operator,
            _ => Actor::User(self.users["ada"].0),
        };
        let by = Call::new(tenant, by);
        let set = self
            .service
            .set_password(&by, &self.passwords, user, &given);
        set.await.unwrap();
        let opened = self
            .service
            .log_in(&self.passwords, proof(name, GIVEN), None);
        let session = opened.await.unwrap().id;
        let call = Call::new(tenant, Actor::Session { session, user });
        let changed = self
            .service
            .change_password(&call, &self.passwords, &given, &own);
        changed.await.unwrap();
    }

    pub(crate) async fn log_in(&self, name: &'static str) {
        let tenant = self.tenants.get(name).copied().unwrap_or(self.tenant);
        let user = self.users[name].0;
        let opened = self.service.open_session_of(Opens { tenant, user });
        let opened = opened.await.unwrap();
        let session = opened.id;
        self.hold(name, Actor::Session { session, user }, &opened.secret);
    }

    /// What this secret opens is somebody's from now on.
    pub(crate) async fn came_in(&self, name: &'static str, secret: &str) {
        let secret = Secret::parse(secret.trim()).unwrap();
        let known = match secret.kind() {
            SecretKind::Token => self.service.authenticate(&secret).await,
            SecretKind::Session | SecretKind::Operator => self.service.resume(&secret).await,
        };
        let (tenant, actor) = known.unwrap();
        assert_eq!(tenant, self.tenant);
        self.hold(name, actor, &secret);
    }

    /// Somebody has logged in so many minutes ago, and is in that session.
    pub(crate) async fn logged_in_earlier(&self, name: &'static str, minutes: i64) {
        let (tenant, user) = (self.tenant, self.users[name].0);
        let earlier = self.earlier(minutes);
        let opened = earlier.open_session_of(Opens { tenant, user });
        let opened = opened.await.unwrap();
        let session = opened.id;
        self.hold(name, Actor::Session { session, user }, &opened.secret);
    }

    /// Somebody has logged in so many minutes ago, and switched Tenant Owner on at once.
    pub(crate) async fn elevated_earlier(&self, name: &'static str, minutes: i64) {
        self.logged_in_earlier(name, minutes).await;
        let reason = Name::parse("story").unwrap();
        let earlier = self.earlier(minutes);
        earlier.elevate(&self.call(name), reason).await.unwrap();
    }

    /// What MedHub lists at this moment: an id and whose address it has.
    pub(crate) async fn read_roster(&self, people: &[(&str, &str)]) {
        let call = self.call("ben");
        let institution = Institution("https://stclare.example".to_owned());
        let connect = Connect {
            institution: institution.clone(),
            client_id: "1".to_owned(),
            key_file: None,
        };
        self.service.connect_medhub(&call, connect).await.unwrap();
        let program = ProgramId::parse("1").unwrap();
        let row = |(id, name): &(&str, &str)| RosterRow {
            program: program.clone(),
            kind: Kind::Learner,
            user_id: MedhubUserId::parse(id).unwrap(),
            given: (*name).to_owned(),
            family: "Example".to_owned(),
            email: email(name).as_str().to_owned(),
            username: String::new(),
            employee_id: None,
            level: None,
        };
        let rows = RosterRows {
            programs: vec![Program {
                id: program.clone(),
                name: "Surgery".to_owned(),
            }],
            rows: people.iter().map(row).collect(),
            problems: vec![],
        };
        let read = RosterRead::Complete(rows);
        let recorded = self
            .service
            .record_roster(&call, &institution, &read, Emptied::Accept);
        recorded.await.unwrap();
    }

    /// Somebody administers the other tenant as well, with the login they have here.
    pub(crate) async fn work_elsewhere(&self, name: &str) {
        let (operator, login) = (Call::operator(), email(name));
        let confirmed = self.service.confirm_login(&operator, login.key());
        confirmed.await.unwrap();
        let there = self.tenants["otto"];
        let roles = self.service.store.roles(there).await.unwrap();
        let administrator = |it: &&Role| it.kind == RoleKind::SystemAdministrator;
        let add = AddUser {
            email: email(name),
            whose: Whose::KnownOrNew(person_name(name)),
            role: roles.iter().find(administrator).unwrap().id,
            status: UserStatus::Active,
        };
        let otto = Call::new(there, Actor::User(self.users["otto"].0));
        self.service.add_user(&otto, add).await.unwrap();
    }

    /// Whether anybody has access under this address.
    pub(crate) async fn is_known(&self, name: &str) -> bool {
        let key = email(name).key().clone();
        let found = self.service.store.users_by_email(self.tenant, key);
        !found.await.unwrap().is_empty()
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
            "operator" | "nobody" => Actor::Operator,
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

    /// A role by name; one of the other tenant where its owner's name stands before.
    pub(crate) async fn role(&self, named: &str) -> Id<Role> {
        let (tenant, named) = match named.strip_prefix(THEIRS) {
            Some(theirs) => (self.tenants["otto"], theirs),
            None => (self.tenant, named),
        };
        let roles = self.service.store.roles(tenant).await.unwrap();
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

    /// How many elevations began whose end was not entered.
    pub(crate) async fn unended(&self) -> usize {
        let (mut begun, mut ended) = (BTreeSet::new(), BTreeSet::new());
        let entries = self.service.store.journal(self.tenant, Page::first(1000));
        for entry in entries.await.unwrap() {
            match entry.entry().unwrap().event {
                Event::Elevated { elevation, .. } => assert!(begun.insert(elevation)),
                Event::ElevationEnded { elevation, .. } => {
                    assert!(ended.insert(elevation), "an end was entered twice");
                }
                _ => (),
            }
        }
        begun.difference(&ended).count()
    }

    /// Whether an elevation is over whose end was not entered.
    pub(crate) async fn is_overdue(&self) -> bool {
        let finds = vec![Find::Elevations];
        let records = self.service.store.load(self.tenant, finds).await.unwrap();
        let now = SystemClock.now();
        let mut waiting = records.elevations.values();
        waiting.any(|it| it.record.state == ElevationState::On && !it.record.in_force(now))
    }

    /// What holds after every step: the owners are recorded as they are, the journal is whole with one end an elevation, sessions
    /// live as long as they were to, and no elevation outlives its own.
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
        self.unended().await;
        let everybody = self.users.values();
        let finds = everybody.flat_map(|(it, _)| [Find::SessionsOf(*it), Find::ElevationsOf(*it)]);
        let records = self.service.store.load(self.tenant, finds.collect());
        let records = records.await.unwrap();
        for session in records.sessions.values().map(|it| &it.record) {
            assert_eq!(session.expires_at - session.opened_at, LIFE);
        }
        for elevation in records.elevations.values().map(|it| &it.record) {
            let session = &records.sessions[&elevation.session].record;
            assert!(elevation.until <= session.expires_at);
            assert!(elevation.until - elevation.since <= Duration::hours(1));
        }
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

/// What somebody gives to log in.
pub(crate) fn proof(login: &str, password: &str) -> PasswordProof {
    PasswordProof {
        login: email(login),
        password: Password::parse(password).unwrap(),
        source: Source::parse("198.51.100.7").unwrap(),
    }
}

/// What happens while a password is looked at.
type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Hashes quickly; what a password is good for is not the question here.
#[derive(Clone, Default)]
pub(crate) struct Plain {
    /// How often a password was looked at.
    pub(crate) looks: Arc<AtomicUsize>,
    /// What happens while the next one is.
    pub(crate) meanwhile: Arc<Mutex<Option<Meanwhile>>>,
}

impl std::fmt::Debug for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Plain")
    }
}

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
        self.looks.fetch_add(1, Ordering::SeqCst);
        let same = hash.is_some_and(|it| it.0.chars().rev().eq(password.expose().chars()));
        let meanwhile = self.meanwhile.lock().unwrap().take();
        Box::pin(async move {
            if let Some(meanwhile) = meanwhile {
                meanwhile.await;
            }
            Ok(same)
        })
    }
    fn is_common<'a>(&'a self, _: &'a Password) -> Hashing<'a, Result<bool, HashingFailed>> {
        Box::pin(async { Ok(false) })
    }
}
