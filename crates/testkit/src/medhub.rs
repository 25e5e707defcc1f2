//! A MedHub on this machine: a real HTTP server that speaks MedHub's protocol, checks every signature, and
//! misbehaves when told.
//!
//! ```
//! use testkit::medhub::{Call, FakeMedhub, Fault, Fixture};
//!
//! let fake = FakeMedhub::start_on_thread(Fixture::small());
//! fake.misbehave(Call::Faculty, Fault::ServerError.for_program("74").times(2));
//! assert!(fake.base_url().starts_with("http://127.0.0.1:"));
//! // … let something read from `fake.base_url()` with `fake.client_id()` and `fake.private_key()` …
//! assert_eq!(fake.calls().len(), 0);
//! ```
//!
//! What is not known of the real one is assumed here, in [`FakeMedhub`]'s answers alone: a call that is not granted
//! is refused with `S05`, an unknown programme or person with `S10` and status 400.

mod fault;
mod fixture;

pub use fault::{Fault, Misbehaviour};
pub use fixture::{FakePerson, FakeProgram, Fixture, Hospital, Standing};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use chrono::{DateTime, FixedOffset, Utc};
use data_encoding::HEXLOWER;
use futures_channel::mpsc;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::oneshot;

const PREFIX: &str = "/functions/api/";
const CLIENT_ID: u64 = 12_345;
const PRIVATE_KEY: &str = "fake-private-key-5e1f";

/// The calls the fake knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// `info/test`
    InfoTest,
    /// `info/status`
    InfoStatus,
    /// `info/access`
    InfoAccess,
    /// `info/institution`
    InfoInstitution,
    /// `programs/all`
    ProgramsAll,
    /// `users/residents`
    Residents,
    /// `users/faculty`
    Faculty,
    /// `users/userLookup`
    UserLookup,
    /// `users/residentSearch`
    ResidentSearch,
    /// `users/facultySearch`
    FacultySearch,
}

impl Call {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::InfoTest,
        Self::InfoStatus,
        Self::InfoAccess,
        Self::InfoInstitution,
        Self::ProgramsAll,
        Self::Residents,
        Self::Faculty,
        Self::UserLookup,
        Self::ResidentSearch,
        Self::FacultySearch,
    ];

    /// `{group}/{call}`.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::InfoTest => "info/test",
            Self::InfoStatus => "info/status",
            Self::InfoAccess => "info/access",
            Self::InfoInstitution => "info/institution",
            Self::ProgramsAll => "programs/all",
            Self::Residents => "users/residents",
            Self::Faculty => "users/faculty",
            Self::UserLookup => "users/userLookup",
            Self::ResidentSearch => "users/residentSearch",
            Self::FacultySearch => "users/facultySearch",
        }
    }
}

/// A call that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Which one.
    pub call: Call,
    /// The programme it asked for.
    pub program: Option<String>,
    /// Its `ts`.
    pub ts: String,
    /// Its `verify`.
    pub verify: String,
    /// Its `request`, decoded; blank if there was none.
    pub request: String,
    /// Whether the signature was right.
    pub signature: Signature,
}

/// What the fake thinks of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// It fits key, clock and request.
    Right,
    /// It does not, and `S07` was answered.
    Wrong,
}

/// The running fake. It stops when dropped.
pub struct FakeMedhub {
    address: SocketAddr,
    server: Arc<Server>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl FakeMedhub {
    /// Starts one for asynchronous tests; it runs on a thread of its own all the same.
    ///
    /// # Panics
    /// If this machine gives no loopback port.
    pub async fn start(fixture: Fixture) -> Self {
        Self::start_on_thread(fixture)
    }

    /// Starts one on a thread and runtime of its own, for programs that block and for child processes.
    ///
    /// # Panics
    /// If this machine gives no loopback port.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "a test cannot go on without its server, and has nobody to tell but the person who runs it"
    )]
    pub fn start_on_thread(fixture: Fixture) -> Self {
        let server = Arc::new(Server {
            state: Mutex::new(Inner {
                fixture,
                ..Inner::default()
            }),
        });
        let listener =
            std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        listener
            .set_nonblocking(true)
            .expect("a socket that does not block");
        let address = listener.local_addr().expect("a bound address");
        let router = Router::new()
            .fallback(respond)
            .with_state(Arc::clone(&server));
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("fake-medhub".into())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime");
                runtime.block_on(async {
                    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                    tokio::select! {
                        _ = axum::serve(listener, router) => {}
                        _ = stopped => {}
                    }
                });
            })
            .expect("a thread");
        Self {
            address,
            server,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Everything before `/{group}/{call}`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, PREFIX.trim_end_matches('/'))
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The client id that is accepted.
    #[must_use]
    pub const fn client_id(&self) -> u64 {
        CLIENT_ID
    }

    /// The private key that is accepted.
    #[must_use]
    pub const fn private_key(&self) -> &'static str {
        PRIVATE_KEY
    }

    /// Replaces everybody.
    pub fn set_fixture(&self, fixture: Fixture) {
        self.server.lock().fixture = fixture;
    }

    /// Lets a call misbehave; of several that fit, the one told first happens.
    pub fn misbehave(&self, call: Call, how: impl Into<Misbehaviour>) {
        self.server.lock().misbehaviours.push((call, how.into()));
    }

    /// Ends all misbehaviour, and grants every call again.
    pub fn behave(&self) {
        let mut state = self.server.lock();
        state.misbehaviours.clear();
        state.revoked.clear();
    }

    /// Takes a call off the key: it is no longer in `info/access`, and is refused with `S05`.
    pub fn revoke(&self, call: Call) {
        self.server.lock().revoked.insert(call);
    }

    /// Stops the server's clock at this Unix time: the `Date` header, `info/status` and what a skew is
    /// measured against.
    pub fn set_clock(&self, seconds: i64) {
        self.server.lock().clock = Some(seconds);
    }

    /// Refuses with `S07` every call whose `ts` differs from the server's clock by more than this.
    pub fn refuse_skew_beyond(&self, seconds: u64) {
        self.server.lock().skew = Some(seconds);
    }

    /// Lets every answer take this long, as the way to a real server does.
    pub fn answer_after(&self, delay: Duration) {
        self.server.lock().delay = delay;
    }

    /// The calls that arrived so far, in that order.
    #[must_use]
    pub fn calls(&self) -> Vec<Received> {
        self.server.lock().received.clone()
    }

    /// How often this call arrived.
    #[must_use]
    pub fn count(&self, call: Call) -> usize {
        let state = self.server.lock();
        state.received.iter().filter(|it| it.call == call).count()
    }

    /// The most calls that were being answered at one moment.
    #[must_use]
    pub fn most_in_flight(&self) -> usize {
        self.server.lock().most_in_flight
    }

    /// Forgets the calls that arrived, and how many were in flight.
    pub fn forget_calls(&self) {
        let mut state = self.server.lock();
        state.received.clear();
        state.most_in_flight = state.in_flight;
    }
}

impl Drop for FakeMedhub {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for FakeMedhub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeMedhub")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

struct Server {
    state: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    fixture: Fixture,
    misbehaviours: Vec<(Call, Misbehaviour)>,
    revoked: BTreeSet<Call>,
    clock: Option<i64>,
    skew: Option<u64>,
    delay: Duration,
    received: Vec<Received>,
    in_flight: usize,
    most_in_flight: usize,
}

impl Server {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(self: &Arc<Self>) -> InFlight {
        let mut state = self.lock();
        state.in_flight += 1;
        state.most_in_flight = state.most_in_flight.max(state.in_flight);
        InFlight(Arc::clone(self))
    }
}

/// A call being answered, also if its client goes away.
struct InFlight(Arc<Server>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.lock().in_flight -= 1;
    }
}

/// An answer without faults.
enum Good {
    Data(Value),
    Refused {
        code: &'static str,
        status: StatusCode,
    },
}

async fn respond(
    State(server): State<Arc<Server>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let _in_flight = server.enter();
    let path = uri.path().strip_prefix(PREFIX);
    let Some(call) = Call::ALL.into_iter().find(|it| path == Some(it.path())) else {
        return answer(
            StatusCode::NOT_FOUND,
            "text/html",
            "<html>no such page</html>",
        );
    };
    let form = headers.get(header::CONTENT_TYPE).is_some_and(|it| {
        it.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    if method != Method::POST || !form {
        return answer(
            StatusCode::METHOD_NOT_ALLOWED,
            "text/html",
            "<html>post a form</html>",
        );
    }
    let fields: BTreeMap<_, _> = url::form_urlencoded::parse(&body).into_owned().collect();
    let (clock, delay, outcome) = server.lock().take(call, &fields);
    tokio::time::sleep(delay).await;
    let mut response = match outcome {
        Outcome::Good(good) => send(good),
        Outcome::Faulty(Fault::NeverAnswers, _) => std::future::pending().await,
        Outcome::Faulty(fault, good) => misbehave(&fault, good),
    };
    if let Some(date) = clock.and_then(http_date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

enum Outcome {
    Good(Good),
    Faulty(Fault, Good),
}

impl Inner {
    fn take(
        &mut self,
        call: Call,
        fields: &BTreeMap<String, String>,
    ) -> (Option<i64>, Duration, Outcome) {
        let field = |name| fields.get(name).map(String::as_str).unwrap_or_default();
        let (ts, request, verify) = (field("ts"), field("request"), field("verify"));
        let arguments: Map<String, Value> = serde_json::from_str(request).unwrap_or_default();
        let program = arguments.get("programID").map(plain);
        let signature = self.check(field("clientID"), ts, field("type"), request, verify);
        self.received.push(Received {
            call,
            program: program.clone(),
            ts: ts.to_owned(),
            verify: verify.to_owned(),
            request: request.to_owned(),
            signature,
        });
        let good = if signature == Signature::Wrong {
            Good::Refused {
                code: "S07",
                status: StatusCode::OK,
            }
        } else if self.revoked.contains(&call) {
            Good::Refused {
                code: "S05",
                status: StatusCode::OK,
            }
        } else {
            self.good(call, &arguments)
        };
        let fault = self.misbehaviours.iter_mut().find_map(|(of, how)| {
            (*of == call && how.happens(program.as_deref())).then(|| how.fault.clone())
        });
        let outcome = match fault {
            Some(fault) => Outcome::Faulty(fault, good),
            None => Outcome::Good(good),
        };
        (self.clock, self.delay, outcome)
    }

    /// Checks a signature over the decoded form.
    fn check(&self, client: &str, ts: &str, form: &str, request: &str, verify: &str) -> Signature {
        let text = format!("{CLIENT_ID}|{ts}|{PRIVATE_KEY}|{request}");
        let signed = verify == HEXLOWER.encode(&Sha256::digest(text));
        let in_time = ts
            .parse::<i64>()
            .is_ok_and(|ts| self.skew.is_none_or(|most| self.now().abs_diff(ts) <= most));
        if signed && in_time && client == CLIENT_ID.to_string() && form == "json" {
            Signature::Right
        } else {
            Signature::Wrong
        }
    }

    fn now(&self) -> i64 {
        self.clock.unwrap_or_else(machine_clock)
    }

    fn good(&self, call: Call, arguments: &Map<String, Value>) -> Good {
        let fixture = &self.fixture;
        let argument = |name| arguments.get(name).map(plain).unwrap_or_default();
        Good::Data(match call {
            Call::InfoTest => json!({ "response": "success" }),
            Call::InfoStatus => {
                let now = self.now();
                json!({ "status": "active", "time": eastern(now), "timestamp": now })
            }
            Call::InfoAccess => Call::ALL
                .into_iter()
                .filter(|it| !self.revoked.contains(it))
                .map(|it| {
                    json!({
                        "call": format!("Call {}", it.path()), "call_path": it.path(), "status": "Active",
                        "request_type": "POST", "call_description": "A call of this fake",
                    })
                })
                .collect(),
            Call::InfoInstitution => json!({
                "institution_name": "Fictitious Hospital", "institution_abbreviation": "FICT-T",
                "globalID": "157", "url": "https://fictitious-test.medhub.example", "api_version": "1.02",
                "rotationsetID": "16", "school_name": false,
            }),
            Call::ProgramsAll => fixture
                .programs
                .iter()
                .map(|it| {
                    json!({
                        "programID": it.id, "program_name": it.name, "program_abbrev": it.name,
                        "program_level": "1", "dept_programID": "",
                    })
                })
                .collect(),
            Call::Residents | Call::Faculty => {
                let program = argument("programID");
                if !fixture.programs.iter().any(|it| it.id == program) {
                    return unknown();
                }
                listed(fixture, call)
                    .filter(|it| it.programs.contains(&program))
                    .map(|it| row(it, call))
                    .collect()
            }
            Call::ResidentSearch | Call::FacultySearch => {
                let (name, username) = (argument("name").to_lowercase(), argument("username"));
                let employee = argument("employeeID");
                listed(fixture, call)
                    .filter(|it| {
                        let full = format!("{} {} {}", it.given, it.family, it.given).to_lowercase();
                        full.contains(&name)
                            && (username.is_empty() || it.username == username)
                            && (employee.is_empty() || it.employee_id == employee)
                            && arguments.keys().any(|it| it != "programID")
                    })
                    .map(|it| row(it, call))
                    .collect()
            }
            Call::UserLookup => match lookup(fixture, &argument("userID")) {
                Some(found) => found,
                None => return unknown(),
            },
        })
    }
}

const fn unknown() -> Good {
    Good::Refused {
        code: "S10",
        status: StatusCode::BAD_REQUEST,
    }
}

fn listed(fixture: &Fixture, call: Call) -> impl Iterator<Item = &FakePerson> {
    let people = match call {
        Call::Faculty | Call::FacultySearch => &fixture.faculty,
        Call::Residents
        | Call::ResidentSearch
        | Call::InfoTest
        | Call::InfoStatus
        | Call::InfoAccess
        | Call::InfoInstitution
        | Call::ProgramsAll
        | Call::UserLookup => &fixture.residents,
    };
    people.iter().filter(|it| it.standing == Standing::Active)
}

/// A line of a list, with every value as text; `pager` stands for the fields each institution adds.
fn row(person: &FakePerson, call: Call) -> Value {
    let mut row = json!({
        "userID": person.user_id, "name_last": person.family, "name_first": person.given,
        "email": person.email, "username": person.username, "employeeID": person.employee_id,
    });
    if let (Call::Residents | Call::ResidentSearch, Some(row)) = (call, row.as_object_mut()) {
        row.insert("typeID".into(), "2".into());
        row.insert("level".into(), person.level.as_str().into());
        row.insert("pager".into(), false.into());
    }
    row
}

fn lookup(fixture: &Fixture, user_id: &str) -> Option<Value> {
    let residents = fixture.residents.iter().map(|it| (it, "1", "Resident"));
    let faculty = fixture.faculty.iter().map(|it| (it, "2", "Faculty Member"));
    let (person, user_type, type_name) = residents
        .chain(faculty)
        .find(|(it, ..)| it.user_id == user_id)?;
    let program = person.programs.first();
    let name = program.and_then(|id| fixture.programs.iter().find(|it| it.id == *id));
    let (status, status_name) = match person.standing {
        Standing::Active => ("1", "Active"),
        Standing::Left => ("0", "Inactive"),
    };
    Some(json!({
        "userID": person.user_id, "name_last": person.family, "name_first": person.given,
        "email": person.email, "username": person.username, "employeeID": person.employee_id,
        "user_type": user_type, "user_type_name": type_name,
        "programID": program.map_or("", String::as_str), "program_name": name.map_or("", |it| it.name.as_str()),
        "resident_typeID": "", "resident_level": person.level, "status": status, "status_name": status_name,
        "access": status, "access_name": "Access",
    }))
}

fn send(good: Good) -> Response {
    match good {
        Good::Data(value) => answer(StatusCode::OK, "application/json", value.to_string()),
        Good::Refused { code, status } => refusal(code, status),
    }
}

fn refusal(code: &str, status: StatusCode) -> Response {
    let description = match code {
        "S07" => "Verification string invalid",
        _ => "Refused",
    };
    let body = json!({ "ErrorCode": code, "ErrorDescription": description });
    answer(status, "application/json", body.to_string())
}

fn answer(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    (status, [(header::CONTENT_TYPE, content_type)], body.into()).into_response()
}

/// The good answer bent by a fault; a refusal is only bent in its form.
fn misbehave(fault: &Fault, good: Good) -> Response {
    let data = match &good {
        Good::Data(value) => value.clone(),
        Good::Refused { .. } => Value::Null,
    };
    let ok = |content_type, body: String| answer(StatusCode::OK, content_type, body);
    let json = |value: Value| ok("application/json", value.to_string());
    match fault {
        Fault::SignatureRefused => refusal("S07", StatusCode::OK),
        Fault::Refused { code, status } => refusal(code, status_code(*status)),
        Fault::Answer {
            status,
            content_type,
            body,
        } => answer(status_code(*status), content_type, body.clone()),
        Fault::Html => ok("text/html", "<!DOCTYPE html><title>Log in</title>".into()),
        Fault::EmptyBody => ok("application/json", String::new()),
        Fault::Truncated => ok("application/json", first_half(&data)),
        Fault::ClosesMidAnswer => closes_mid_answer(&data),
        Fault::WrongContentType => ok("text/html", data.to_string()),
        Fault::RateLimited => (
            StatusCode::TOO_MANY_REQUESTS,
            [(header::RETRY_AFTER, "1")],
            "slow down",
        )
            .into_response(),
        Fault::ServerError => answer(
            StatusCode::INTERNAL_SERVER_ERROR,
            "text/html",
            "<html>oops</html>",
        ),
        Fault::NeverAnswers => send(good),
        Fault::EmptyList => json(json!([])),
        Fault::Numbers => json(each_scalar(data, &|_, it| number(it))),
        Fault::Nulls => json(each_scalar(data, &|key, it| blank(key, it, Value::Null))),
        Fault::Falses => json(each_scalar(data, &|key, it| blank(key, it, false.into()))),
        Fault::ByteOrderMark => ok("application/json", format!("\u{feff}\r\n {data}")),
        Fault::ObjectForArray => json(match data {
            Value::Array(items) => (0..).map(|it: usize| it.to_string()).zip(items).collect(),
            other => other,
        }),
        Fault::OtherKeyCase => json(each_key(data, &|it| Some(it.to_uppercase()))),
        Fault::WithoutUserIds => json(each_key(data, &|it| (it != "userID").then_some(it))),
        Fault::Redirect { to } => (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, to.as_str())],
        )
            .into_response(),
        Fault::Huge => huge(),
    }
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn first_half(data: &Value) -> String {
    let text = data.to_string();
    let half = text.chars().count() / 2;
    text.chars().take(half).collect()
}

fn closes_mid_answer(data: &Value) -> Response {
    let (sender, body) = mpsc::unbounded::<io::Result<Bytes>>();
    let _ = sender.unbounded_send(Ok(first_half(data).into()));
    // The end comes after the half was sent: the connection writes it out while it waits for more.
    tokio::spawn(async move {
        tokio::task::yield_now().await;
        let _ = sender.unbounded_send(Err(io::ErrorKind::ConnectionAborted.into()));
    });
    answer(StatusCode::OK, "application/json", Body::from_stream(body))
}

fn huge() -> Response {
    static BLANKS: [u8; 64 << 10] = [b' '; 64 << 10];
    let (sender, body) = mpsc::unbounded::<io::Result<Bytes>>();
    let _ = sender.unbounded_send(Ok(Bytes::from_static(b"[")));
    for _ in 0..(80 << 20) / BLANKS.len() {
        let _ = sender.unbounded_send(Ok(Bytes::from_static(&BLANKS)));
    }
    let _ = sender.unbounded_send(Ok(Bytes::from_static(b"]")));
    drop(sender);
    answer(StatusCode::OK, "application/json", Body::from_stream(body))
}

/// Every scalar of every object, bent.
fn each_scalar(value: Value, bend: &dyn Fn(&str, Value) -> Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|it| each_scalar(it, bend)).collect(),
        Value::Object(object) => object
            .into_iter()
            .map(|(key, it)| {
                let bent = bend(&key, it);
                (key, bent)
            })
            .collect(),
        scalar => scalar,
    }
}

fn each_key(value: Value, bend: &dyn Fn(String) -> Option<String>) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|it| each_key(it, bend)).collect(),
        Value::Object(object) => object
            .into_iter()
            .filter_map(|(key, it)| Some((bend(key)?, it)))
            .collect(),
        scalar => scalar,
    }
}

/// A number for its digits, unless it would come out otherwise.
fn number(value: Value) -> Value {
    let digits = value.as_str().and_then(|it| it.parse::<u64>().ok());
    match digits {
        Some(number) if value.as_str() == Some(number.to_string().as_str()) => number.into(),
        _ => value,
    }
}

/// Nothing in place of what a person need not have.
fn blank(key: &str, value: Value, nothing: Value) -> Value {
    match key {
        "name_last" | "name_first" | "email" | "username" | "employeeID" | "typeID" | "level" => {
            nothing
        }
        _ => value,
    }
}

/// An argument as text: numbers and text are both taken.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn http_date(seconds: i64) -> Option<HeaderValue> {
    let date = DateTime::<Utc>::from_timestamp(seconds, 0)?.format("%a, %d %b %Y %H:%M:%S GMT");
    HeaderValue::from_str(&date.to_string()).ok()
}

/// The wall clock of `info/status`; winter time is good enough here.
fn eastern(seconds: i64) -> String {
    FixedOffset::west_opt(5 * 3600)
        .zip(DateTime::<Utc>::from_timestamp(seconds, 0))
        .map(|(zone, it)| {
            it.with_timezone(&zone)
                .format("%Y-%m-%d %I:%M%P")
                .to_string()
        })
        .unwrap_or_default()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a server has a clock of its own, unless the test stops it"
)]
fn machine_clock() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|it| i64::try_from(it.as_secs()).ok())
        .unwrap_or_default()
}
