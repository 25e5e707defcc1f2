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
//! What is not known of the real one is assumed here, in one place alone: a call that is not granted
//! is refused with `S05`, an unknown programme or person with `S10` and status 400.

mod fault;
mod fixture;
mod protocol;

pub use fault::{Fault, Misbehaviour};
pub use fixture::{FakePerson, FakeProgram, Fixture, Hospital, Standing};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use chrono::{DateTime, Utc};
use fault::{answer, misbehave, send};
use protocol::Outcome;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
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

fn http_date(seconds: i64) -> Option<HeaderValue> {
    let date = DateTime::<Utc>::from_timestamp(seconds, 0)?.format("%a, %d %b %Y %H:%M:%S GMT");
    HeaderValue::from_str(&date.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use serde_json::{Value, json};
    use sha2::{Digest as _, Sha256};
    use std::{
        io::{Read as _, Write as _},
        net::TcpStream,
    };

    const TS: i64 = 1_700_000_000;

    fn post(fake: &FakeMedhub, path: &str, form: &str) -> (String, String) {
        let mut stream = TcpStream::connect(fake.address()).unwrap();
        write!(
            stream,
            "POST {PREFIX}{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    fn form(key: &str, request: &str) -> String {
        let verify = Sha256::digest(format!("{CLIENT_ID}|{TS}|{key}|{request}"));
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("verify", &HEXLOWER.encode(&verify))
            .append_pair("request", request)
            .append_pair("type", "json")
            .append_pair("0", "stray")
            .append_pair("ts", &TS.to_string())
            .append_pair("clientID", &CLIENT_ID.to_string())
            .finish()
    }

    fn ask(fake: &FakeMedhub, call: Call, request: &Value) -> Value {
        let (_, body) = post(fake, call.path(), &form(PRIVATE_KEY, &request.to_string()));
        serde_json::from_str(&body).unwrap()
    }

    fn ids(list: &Value) -> Vec<&str> {
        let rows = list.as_array().unwrap().iter();
        rows.map(|it| it["userID"].as_str().unwrap()).collect()
    }

    #[test]
    fn a_signature_is_checked_over_the_decoded_form() {
        let fake = FakeMedhub::start_on_thread(Fixture::small());
        let request = r#"{"name":"Muñoz & O'Sample+%"}"#;
        for (body, signature) in [
            (form(PRIVATE_KEY, request), Signature::Right),
            (
                form(PRIVATE_KEY, request).replace('+', "%20"),
                Signature::Right,
            ),
            (form(PRIVATE_KEY, ""), Signature::Right),
            (form("another key", request), Signature::Wrong),
            (
                form(PRIVATE_KEY, request).replace("Mu", "mu"),
                Signature::Wrong,
            ),
            (
                form(PRIVATE_KEY, request).replace("12345", "12346"),
                Signature::Wrong,
            ),
            (
                form(PRIVATE_KEY, request).replace("1700000000", "1700000001"),
                Signature::Wrong,
            ),
            (
                form(PRIVATE_KEY, request).replace("=json", "=xml"),
                Signature::Wrong,
            ),
            (String::new(), Signature::Wrong),
        ] {
            let (head, answer) = post(&fake, "info/test", &body);
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            assert_eq!(fake.calls().last().unwrap().signature, signature, "{body}");
            assert_eq!(
                answer.contains(r#""ErrorCode":"S07""#),
                signature == Signature::Wrong
            );
        }
    }

    #[test]
    fn only_posted_forms_of_known_calls_are_answered() {
        let fake = FakeMedhub::start_on_thread(Fixture::small());
        let (head, _) = post(&fake, "users/everybody", &form(PRIVATE_KEY, ""));
        assert!(head.starts_with("HTTP/1.1 404"), "{head}");
        let mut stream = TcpStream::connect(fake.address()).unwrap();
        write!(
            stream,
            "GET {PREFIX}info/test HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
        assert_eq!(fake.calls(), []);
    }

    #[test]
    fn the_clock_is_the_one_that_was_set() {
        let fake = FakeMedhub::start_on_thread(Fixture::small());
        fake.set_clock(TS);
        let (head, body) = post(&fake, "info/status", &form(PRIVATE_KEY, ""));
        assert!(
            head.contains("date: Tue, 14 Nov 2023 22:13:20 GMT"),
            "{head}"
        );
        let expected = json!({"status": "active", "time": "2023-11-14 05:13pm", "timestamp": TS});
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), expected);
    }

    #[test]
    fn searches_combine_what_they_are_given() {
        let fake = FakeMedhub::start_on_thread(Fixture::small());
        for (call, request, found) in [
            (
                Call::ResidentSearch,
                json!({"name": "muñoz"}),
                vec!["02346"],
            ),
            (
                Call::ResidentSearch,
                json!({"name": "Ada Exam"}),
                vec!["2345"],
            ),
            (
                Call::ResidentSearch,
                json!({"employeeID": 66666}),
                vec!["2345"],
            ),
            (
                Call::ResidentSearch,
                json!({"employeeID": "66666", "name": "Ben"}),
                vec![],
            ),
            (Call::ResidentSearch, json!({}), vec![]),
            (
                Call::FacultySearch,
                json!({"username": "specimen"}),
                vec!["1235"],
            ),
            (
                Call::FacultySearch,
                json!({"name": "a"}),
                vec!["1234", "1235"],
            ),
        ] {
            assert_eq!(ids(&ask(&fake, call, &request)), found, "{request}");
        }
    }

    #[test]
    fn who_left_is_in_no_list_but_is_still_looked_up() {
        let gone = FakePerson::new("9", "Eve", "Past", "eve@hospital.example").in_program("73");
        let fake = FakeMedhub::start_on_thread(Fixture::small().faculty(gone.left()));
        let listed = ask(&fake, Call::Faculty, &json!({"programID": 73}));
        assert_eq!(ids(&listed), ["1234", "1235"]);
        let found = ask(&fake, Call::UserLookup, &json!({"userID": 9}));
        assert_eq!(
            (&found["status_name"], &found["programID"]),
            (&json!("Inactive"), &json!("73"))
        );
        let nobody = ask(&fake, Call::UserLookup, &json!({"userID": 10}));
        assert_eq!(nobody["ErrorCode"], "S10");
        let nowhere = ask(&fake, Call::Residents, &json!({"programID": 1}));
        assert_eq!(nowhere["ErrorCode"], "S10");
    }

    #[test]
    fn a_misbehaviour_happens_only_where_and_as_often_as_told() {
        let fake = FakeMedhub::start_on_thread(Fixture::small());
        fake.misbehave(Call::Faculty, Fault::EmptyList.for_program("73").times(1));
        let faculty = |program| ask(&fake, Call::Faculty, &json!({"programID": program}));
        assert_eq!(ids(&faculty("74")), ["1234"]);
        assert!(ids(&faculty("73")).is_empty());
        assert_eq!(ids(&faculty("73")), ["1234", "1235"]);
        assert_eq!(fake.count(Call::Faculty), 3);

        fake.misbehave(Call::Faculty, Fault::Html);
        fake.revoke(Call::Faculty);
        fake.behave();
        assert_eq!(ids(&faculty("73")), ["1234", "1235"]);
        fake.set_fixture(Fixture::new().program("73", "Nobody here"));
        assert!(ids(&faculty("73")).is_empty());
    }

    #[test]
    fn numbers_come_as_numbers_only_where_nothing_is_lost() {
        let fake = FakeMedhub::start_on_thread(Fixture::small());
        fake.misbehave(Call::Residents, Fault::Numbers);
        let list = |program| ask(&fake, Call::Residents, &json!({"programID": program}));
        assert_eq!(list(73)[0]["userID"], json!(2345));
        assert_eq!(list(73)[0]["level"], json!(3));
        assert_eq!(list(74)[0]["userID"], json!("02346"));
    }
}
