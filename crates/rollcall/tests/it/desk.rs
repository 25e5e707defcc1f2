//! A desk with a folder of its own, from which the program is started.

use chrono::Duration;
use identity_core::{
    account::Opens,
    authority::Actor,
    name::Name,
    port::{Clock as _, Directory as _, Page},
    service::{Call, Rollcall},
    tenant::Tenant,
};
use os_ports::{SystemClock, SystemRandom};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use testkit::time::FixedClock;
use tokio::runtime::Builder;

pub(crate) const ADA: &str = "ada@stclare.example";
pub(crate) const BEN: &str = "ben@stclare.example";

/// What stands in the file of a password.
pub(crate) const PASSWORD: &str = "nine lives of the ward cat\n";

pub(crate) struct Desk {
    folder: TempDir,
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |it| String::from_utf8(it).unwrap();
        let ran = Self {
            status: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        assert!(!ran.err.contains("panicked"), "{ran:?}");
        ran
    }
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.out.lines().count(), 1, "one object: {self:?}");
        serde_json::from_str(&self.out).unwrap()
    }

    /// The code of the error object, which must be whole.
    pub(crate) fn code(&self) -> String {
        let error = &self.json()["error"];
        for member in ["code", "message", "next"] {
            assert!(
                error[member].as_str().is_some_and(|it| !it.is_empty()),
                "{error}"
            );
        }
        error["code"].as_str().unwrap().to_owned()
    }
}

impl Desk {
    /// A folder without anything.
    pub(crate) fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    /// A database with a tenant whose owner is Ada.
    pub(crate) fn with_tenant() -> Self {
        let desk = Self::bare();
        desk.done(&INIT);
        desk
    }

    /// Ada and Ben both own the tenant.
    pub(crate) fn with_two_owners() -> Self {
        let desk = Self::with_tenant();
        desk.add(BEN, "Ben", "Claes", "System Administrator");
        desk.done(&[
            "role",
            "assign",
            BEN,
            "Tenant Owner",
            "--elevate",
            "two are better",
        ]);
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), text).unwrap();
        name.to_owned()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = files
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_rollcall")));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for variable in [
            "ROLLCALL_DB",
            "ROLLCALL_AS",
            "ROLLCALL_MEDHUB_KEY",
            "ROLLCALL_LOG",
        ] {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }

    pub(crate) fn run_json(&self, arguments: &[&str]) -> Ran {
        self.run(&[arguments, &["--json"]].concat())
    }

    /// The answer of a command that is done.
    pub(crate) fn done(&self, arguments: &[&str]) -> Value {
        let ran = self.run_json(arguments);
        assert_eq!(
            (ran.status, ran.err.as_str()),
            (0, ""),
            "{arguments:?} {ran:?}"
        );
        ran.json()
    }

    /// The answer of a command that is done but for some of it.
    pub(crate) fn partly(&self, arguments: &[&str]) -> Value {
        let ran = self.run_json(arguments);
        assert_eq!(ran.status, 3, "{arguments:?} {ran:?}");
        ran.json()
    }

    /// The code with which a command is refused; people are told the same.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        self.told(arguments, 1)
    }

    /// The code with which a command is told to be none; people are told the same.
    pub(crate) fn misused(&self, arguments: &[&str]) -> String {
        self.told(arguments, 2)
    }

    fn told(&self, arguments: &[&str], status: i32) -> String {
        let ran = self.run_json(arguments);
        assert_eq!(ran.status, status, "{arguments:?} {ran:?}");
        let code = ran.code();
        let human = self.run(arguments);
        assert_eq!(
            (human.status, human.out.as_str()),
            (status, ""),
            "{human:?}"
        );
        assert!(human.err.contains(&format!("({code})")), "{human:?}");
        assert!(human.err.contains("next:  "), "{human:?}");
        code
    }

    /// Ada switched Tenant Owner on two hours ago, and nobody has looked since.
    pub(crate) fn elevated_two_hours_ago(&self) {
        let tenant = self.done(&["tenant", "list"])["tenants"][0]["id"].clone();
        let user = self.done(&["owner", "list"])["owners"][0]["id"].clone();
        let opens = Opens {
            tenant: serde_json::from_value(tenant).unwrap(),
            user: serde_json::from_value(user).unwrap(),
        };
        let then = FixedClock::at(SystemClock.now() - Duration::hours(2));
        let store = SqliteStore::open(self.path("rollcall.db")).unwrap();
        let service = Rollcall::new(store, then, SystemRandom);
        waited(async {
            let opened = service.open_session_of(opens).await.unwrap();
            let (session, user) = (opened.id, opens.user);
            let call = Call::new(opens.tenant, Actor::Session { session, user });
            let reason = Name::parse("quarterly review").unwrap();
            service.elevate(&call, reason).await.unwrap();
        });
    }

    /// How many entries the journals have, as they stand: a command that asked might enter some itself.
    pub(crate) fn entries(&self) -> usize {
        let store = SqliteStore::open(self.path("rollcall.db")).unwrap();
        waited(async {
            let tenants = store.tenants().await.unwrap();
            let ids = tenants.iter().map(|it| it.id);
            let mut entries = 0;
            for id in ids.chain([Tenant::PLATFORM]) {
                entries += store.journal(id, Page::first(1000)).await.unwrap().len();
            }
            entries
        })
    }

    pub(crate) fn add(&self, email: &str, given: &str, family: &str, role: &str) -> String {
        let added = self.done(&[
            "user", "add", "--email", email, "--given", given, "--family", family, "--role", role,
            "--as", ADA,
        ]);
        added["user"].as_str().unwrap().to_owned()
    }
}

/// An id in an answer.
pub(crate) fn id(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn waited<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(work)
}

pub(crate) const INIT: [&str; 9] = [
    "init",
    "--tenant",
    "St. Clare",
    "--owner-email",
    ADA,
    "--owner-given",
    "Ada",
    "--owner-family",
    "Vermeulen",
];
