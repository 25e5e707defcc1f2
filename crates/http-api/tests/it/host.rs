//! A host with a hospital, and what it answers.

use crate::described::Description;
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, Request, StatusCode, header::AUTHORIZATION},
};
use chrono::TimeDelta;
use ed25519_dalek::SigningKey;
use http_api::{Api, Limits, router};
use identity_core::{
    account::Opens,
    authority::Actor,
    changeset::Changeset,
    email::EmailKey,
    hcp::{
        Hcp, HcpLine,
        import::{Import, RejectedRow},
        search::HcpSearch,
    },
    id::Id,
    journal::{Hash, Sealed},
    login::{Hashing, HashingFailed, Password, PasswordHash, Passwords},
    name::Name,
    operation::{Operation, OperationKey},
    outbox::Message,
    owner::Proposal,
    person::Person,
    port::{
        Clock as _, CommitError, Directory, Find, Page, Store, StoreError, TenantLine, UserLine,
    },
    reconcile::views::Reconciliation,
    record::Records,
    role::Role,
    service::{Call, NewToken, Rollcall, Settings},
    session::Session,
    sheet::SheetReader,
    tenant::Tenant,
    token::{ApiToken, Secret, SecretKind},
    user::User,
};
use serde_json::{Value, json};
use std::{
    future::{Future, pending},
    sync::{Arc, Mutex},
};
use testkit::{
    hospital::{Hospital, Staffing},
    memory::MemoryStore,
    random::SeededRandom,
    time::FixedClock,
};
use tokio::sync::OnceCell;
use tower::ServiceExt as _;

/// How the store behaves when it is asked to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Works,
    Unavailable,
    Corrupt,
    Panics,
    Hangs,
    /// The third entry of each journal is another.
    Tampers,
    /// Each journal ends with the third entry.
    CutsOff,
    /// A commit takes an hour.
    IsSlow,
}

/// A memory store with moods.
#[derive(Clone, Debug)]
pub(crate) struct Moody {
    memory: MemoryStore,
    mood: Arc<Mutex<Mood>>,
    clock: FixedClock,
}

impl Moody {
    pub(crate) fn becomes(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }
}

impl Store for Moody {
    async fn load(&self, tenant: Id<Tenant>, finds: Vec<Find>) -> Result<Records, StoreError> {
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Works | Mood::Tampers | Mood::CutsOff | Mood::IsSlow => {
                self.memory.load(tenant, finds).await
            }
            Mood::Unavailable => Err(StoreError::Unavailable(
                "cannot open /srv/canary.db: SELECT".into(),
            )),
            Mood::Corrupt => Err(StoreError::Corrupt {
                table: "accounts",
                column: "login",
                id: "canary@general.example".to_owned(),
            }),
            Mood::Panics => panic!("canary"),
            Mood::Hangs => pending().await,
        }
    }
    fn operation(
        &self,
        tenant: Id<Tenant>,
        key: OperationKey,
    ) -> impl Future<Output = Result<Option<Operation>, StoreError>> + Send {
        self.memory.operation(tenant, key)
    }
    async fn commit(&self, changes: Changeset) -> Result<(), CommitError> {
        let mood = *self.mood.lock().unwrap();
        if mood == Mood::IsSlow {
            self.clock.step(TimeDelta::hours(1));
        }
        self.memory.commit(changes).await
    }
}

impl Directory for Moody {
    fn tenants(&self) -> impl Future<Output = Result<Vec<TenantLine>, StoreError>> + Send {
        self.memory.tenants()
    }
    fn users(
        &self,
        tenant: Id<Tenant>,
        page: Page<Id<User>>,
    ) -> impl Future<Output = Result<Vec<UserLine>, StoreError>> + Send {
        self.memory.users(tenant, page)
    }
    fn users_by_email(
        &self,
        tenant: Id<Tenant>,
        email: EmailKey,
    ) -> impl Future<Output = Result<Vec<UserLine>, StoreError>> + Send {
        self.memory.users_by_email(tenant, email)
    }
    fn owners(
        &self,
        tenant: Id<Tenant>,
    ) -> impl Future<Output = Result<Vec<UserLine>, StoreError>> + Send {
        self.memory.owners(tenant)
    }
    fn users_with_roles(
        &self,
        tenant: Id<Tenant>,
        roles: Vec<Id<Role>>,
        page: Page<Id<User>>,
    ) -> impl Future<Output = Result<Vec<UserLine>, StoreError>> + Send {
        self.memory.users_with_roles(tenant, roles, page)
    }
    fn persons(
        &self,
        tenant: Id<Tenant>,
        page: Page<Id<Person>>,
    ) -> impl Future<Output = Result<Vec<Person>, StoreError>> + Send {
        self.memory.persons(tenant, page)
    }
    fn session_by_hash(
        &self,
        hash: Hash,
    ) -> impl Future<Output = Result<Option<(Id<Tenant>, Session)>, StoreError>> + Send {
        self.memory.session_by_hash(hash)
    }
    fn proposals(
        &self,
        tenant: Id<Tenant>,
    ) -> impl Future<Output = Result<Vec<Proposal>, StoreError>> + Send {
        self.memory.proposals(tenant)
    }
    fn roles(
        &self,
        tenant: Id<Tenant>,
    ) -> impl Future<Output = Result<Vec<Role>, StoreError>> + Send {
        self.memory.roles(tenant)
    }
    fn hcps(
        &self,
        tenant: Id<Tenant>,
        search: HcpSearch,
        page: Page<Id<Hcp>>,
    ) -> impl Future<Output = Result<Vec<HcpLine>, StoreError>> + Send {
        self.memory.hcps(tenant, search, page)
    }
    fn hcps_below(
        &self,
        tenant: Id<Tenant>,
        organisation: Id<Hcp>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send {
        self.memory.hcps_below(tenant, organisation)
    }
    fn import(
        &self,
        tenant: Id<Tenant>,
        import: Id<Import>,
    ) -> impl Future<Output = Result<Option<Import>, StoreError>> + Send {
        self.memory.import(tenant, import)
    }
    fn rejected_rows(
        &self,
        tenant: Id<Tenant>,
        import: Id<Import>,
        page: Page<u32>,
    ) -> impl Future<Output = Result<Vec<RejectedRow>, StoreError>> + Send {
        self.memory.rejected_rows(tenant, import, page)
    }
    fn reconciliation(
        &self,
        tenant: Id<Tenant>,
        planner: Id<User>,
    ) -> impl Future<Output = Result<Reconciliation, StoreError>> + Send {
        self.memory.reconciliation(tenant, planner)
    }
    async fn journal(
        &self,
        tenant: Id<Tenant>,
        page: Page<u64>,
    ) -> Result<Vec<Sealed>, StoreError> {
        let mut entries = self.memory.journal(tenant, page).await?;
        let mood = *self.mood.lock().unwrap();
        let third = entries.iter_mut().find(|it| it.number == 3);
        match (mood, third) {
            (Mood::Tampers, Some(third)) => third.text.push(' '),
            (Mood::CutsOff, _) => entries.retain(|it| it.number <= 3),
            _ => (),
        }
        Ok(entries)
    }
    fn api_tokens(
        &self,
        tenant: Id<Tenant>,
    ) -> impl Future<Output = Result<Vec<ApiToken>, StoreError>> + Send {
        self.memory.api_tokens(tenant)
    }
    fn api_token_by_hash(
        &self,
        hash: Hash,
    ) -> impl Future<Output = Result<Option<(Id<Tenant>, ApiToken)>, StoreError>> + Send {
        self.memory.api_token_by_hash(hash)
    }
    fn outbox(
        &self,
        tenant: Id<Tenant>,
        page: Page<Id<Message>>,
    ) -> impl Future<Output = Result<Vec<Message>, StoreError>> + Send {
        self.memory.outbox(tenant, page)
    }
}

/// Passwords that cost nothing.
#[derive(Debug)]
pub(crate) struct Cheap;

impl Passwords for Cheap {
    fn hash<'a>(
        &'a self,
        password: &'a Password,
        salt: [u8; 16],
    ) -> Hashing<'a, Result<PasswordHash, HashingFailed>> {
        let salt = Hash::of(&salt).to_string();
        let text = format!("{salt}{}", password.expose());
        let hash = format!("{salt}{}", Hash::of(text.as_bytes()));
        Box::pin(async { Ok(PasswordHash(hash)) })
    }

    fn verify<'a>(
        &'a self,
        password: &'a Password,
        hash: Option<&'a PasswordHash>,
    ) -> Hashing<'a, Result<bool, HashingFailed>> {
        let good = hash.is_some_and(|PasswordHash(kept)| {
            let (salt, hash) = kept.split_at(64);
            let text = format!("{salt}{}", password.expose());
            Hash::of(text.as_bytes()).to_string() == hash
        });
        Box::pin(async move { Ok(good) })
    }

    fn is_common<'a>(&'a self, password: &'a Password) -> Hashing<'a, Result<bool, HashingFailed>> {
        let common = password.expose() == "passwordpassword";
        Box::pin(async move { Ok(common) })
    }
}

/// The platform operator's secret.
pub(crate) fn operator() -> String {
    let secret = Secret::new(SecretKind::Operator, [3; 32]);
    secret.expose().to_string()
}

/// The password that [`Host::with_password`] sets.
pub(crate) const PASSWORD: &str = "nobody else puts these together";

/// A router over a store with one hospital, and a token of its administrator.
pub(crate) struct Host {
    pub(crate) rollcall: Arc<Rollcall<Moody, FixedClock, SeededRandom>>,
    pub(crate) hospital: Hospital,
    pub(crate) router: Router,
    /// Of the administrator, good for a day.
    pub(crate) token: String,
}

impl Host {
    pub(crate) async fn new() -> Self {
        Self::within(Limits::default()).await
    }

    pub(crate) async fn within(limits: Limits) -> Self {
        Self::reading(limits, Arc::new(sheet_reader::Sheets::default())).await
    }

    pub(crate) async fn reading(limits: Limits, sheets: Arc<dyn SheetReader>) -> Self {
        let settings = Settings {
            checkpoint_key: Some(SigningKey::from_bytes(&[5; 32])),
            ..Settings::default()
        };
        Self::of(limits, sheets, settings).await
    }

    /// A host that decides something for itself.
    pub(crate) async fn deciding(settings: Settings) -> Self {
        let sheets = Arc::new(sheet_reader::Sheets::default());
        Self::of(Limits::default(), sheets, settings).await
    }

    async fn of(limits: Limits, sheets: Arc<dyn SheetReader>, settings: Settings) -> Self {
        // Where nobody listens, `tracing` may switch a place off just as the test of what is logged begins to listen.
        let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
        let (clock, random) = (FixedClock::default(), SeededRandom::new(7));
        let store = Moody {
            memory: MemoryStore::new(),
            mood: Arc::new(Mutex::new(Mood::Works)),
            clock: clock.clone(),
        };
        let hospital = Staffing::of("General")
            .owners(2)
            .administrators(2)
            .learners(3)
            .teachers(2)
            .open(&store, &clock, &random)
            .await
            .unwrap();
        let rollcall = Arc::new(Rollcall::new(store, clock, random).with(settings));
        let router = router(Api {
            rollcall: Arc::clone(&rollcall),
            sheets,
            phones: Arc::new(phone_plan::LibPhonePlan::new()),
            passwords: Arc::new(Cheap),
            operator: Some(Secret::new(SecretKind::Operator, [3; 32]).hash()),
            limits,
        });
        let mut host = Self {
            rollcall,
            hospital,
            router,
            token: String::new(),
        };
        host.token = host.token_of(host.administrator()).await;
        host
    }

    pub(crate) fn administrator(&self) -> Id<User> {
        self.hospital.administrators[0].user
    }

    pub(crate) fn call(&self, user: Id<User>) -> Call {
        Call::new(self.hospital.tenant, Actor::user(user))
    }

    /// Makes a token in this user's name, good for a day.
    pub(crate) async fn new_token(&self, user: Id<User>) -> NewToken {
        let tenant = self.hospital.tenant;
        let others = self.rollcall.store.api_tokens(tenant).await.unwrap().len();
        let name = format!("token {others}");
        let expires_at = self.rollcall.clock.now() + TimeDelta::days(1);
        let name = Name::parse(&name).unwrap();
        let call = self.call(user);
        self.rollcall
            .create_token(&call, name, expires_at)
            .await
            .unwrap()
    }

    pub(crate) async fn token_of(&self, user: Id<User>) -> String {
        let secret = self.new_token(user).await.secret.unwrap();
        secret.expose().to_string()
    }

    /// Opens a session of this user, and gives its secret.
    pub(crate) async fn session_of(&self, user: Id<User>) -> String {
        let tenant = self.hospital.tenant;
        let opened = self.rollcall.open_session_of(Opens { tenant, user });
        opened.await.unwrap().secret.expose().to_string()
    }

    /// Opens a session of this owner, with Tenant Owner switched on.
    pub(crate) async fn elevated(&self, owner: Id<User>) -> String {
        let secret = self.session_of(owner).await;
        let reason = json!({ "reason": "a test" });
        let answer = self
            .ask("POST", "/v1/session/elevation", &secret, Some(reason))
            .await;
        assert_eq!(answer.status, 200);
        secret
    }

    /// Gives a learner a password and gives the login name.
    pub(crate) async fn with_password(&self, learner: usize) -> String {
        let learner = &self.hospital.learners[learner];
        let call = self.call(self.administrator());
        let password = Password::parse(PASSWORD).unwrap();
        self.rollcall
            .set_password(&call, &Cheap, learner.user, &password)
            .await
            .unwrap();
        learner.email.as_str().to_owned()
    }

    /// Asks, and looks whether the answer is described.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        secret: &str,
        body: Option<Value>,
    ) -> Answer {
        self.ask_under(method, path, secret, body, None).await
    }

    /// The same under a key.
    pub(crate) async fn ask_under(
        &self,
        method: &str,
        path: &str,
        secret: &str,
        body: Option<Value>,
        key: Option<&str>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("x-request-id", "test");
        if !secret.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {secret}"));
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request = match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let answer = self.send(request.unwrap()).await;
        // It is the same for every host.
        static DESCRIBED: OnceCell<Value> = OnceCell::const_new();
        let described = DESCRIBED
            .get_or_init(|| async { self.send(get("/v1/openapi.json", "")).await.json() })
            .await;
        Description(described).holds_for(method, path, &answer);
        answer
    }

    /// Asks below the tenant.
    pub(crate) async fn act(
        &self,
        method: &str,
        rest: &str,
        secret: &str,
        body: impl Into<Option<Value>>,
    ) -> Answer {
        self.ask(method, &self.path(rest), secret, body.into())
            .await
    }

    /// How many entries the tenant's journal has: whatever changes something has one.
    pub(crate) async fn entries(&self) -> usize {
        let page = Page::first(1000);
        let journal = self.rollcall.store.journal(self.hospital.tenant, page);
        journal.await.unwrap().len()
    }

    /// A path below the tenant.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/tenants/{}/{rest}", self.hospital.tenant)
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Gets what is below the tenant, with the administrator's token.
    pub(crate) async fn get(&self, rest: &str) -> Answer {
        self.get_with(rest, &self.token).await
    }

    pub(crate) async fn get_with(&self, rest: &str, token: &str) -> Answer {
        self.send(get(&self.path(rest), token)).await
    }

    /// Uploads a file, with the administrator's token.
    pub(crate) async fn upload(&self, query: &str, file: &str) -> Answer {
        let request = self.post(query).body(Body::from(file.to_owned()));
        self.send(request.unwrap()).await
    }

    pub(crate) fn post(&self, query: &str) -> axum::http::request::Builder {
        Request::post(self.path(&format!("imports{query}")))
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header("x-request-id", "test")
    }
}

pub(crate) fn get(path: &str, token: &str) -> Request<Body> {
    Request::get(path)
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .header("x-request-id", "test")
        .body(Body::empty())
        .unwrap()
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) async fn of(response: axum::response::Response) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|it| it.to_str().unwrap())
    }

    /// The code of a problem.
    pub(crate) fn code(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request_id"], self.header("x-request-id").unwrap());
        format!(
            "{} {}",
            self.status.as_u16(),
            problem["code"].as_str().unwrap()
        )
    }

    /// The answer as a text to compare, without the values of identifiers, and of tags, which follow from them.
    pub(crate) fn shown(&self) -> String {
        let mut lines = vec![self.status.to_string()];
        for (name, value) in &self.headers {
            match name.as_str() {
                "content-length" => (),
                "etag" => lines.push("etag: <tag>".to_owned()),
                name => lines.push(format!("{name}: {}", value.to_str().unwrap())),
            }
        }
        lines[1..].sort();
        let body = if self.body.is_empty() {
            String::new()
        } else {
            serde_json::to_string_pretty(&self.json()).unwrap()
        };
        without_ids(&format!("{}\n\n{body}", lines.join("\n")))
    }
}

/// The text with `<id>` for every UUID.
pub(crate) fn without_ids(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let id = rest.get(..36).filter(|it| it.parse::<Id<User>>().is_ok());
        let length = id.map_or(first.len_utf8(), str::len);
        kept.push_str(id.map_or(&rest[..length], |_| "<id>"));
        rest = &rest[length..];
    }
    kept
}
