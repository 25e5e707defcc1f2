//! The command line, each command a process of its own.

use crate::{
    Way,
    rows::{
        Act::{self, *},
        PASSWORD, Question,
    },
    rust::{session, widened},
    scene::{OWN, Scene, THEIRS, email},
};
use serde_json::Value;
use std::process::{Command, Stdio};

pub(crate) struct Line;

impl Way for Line {
    const NAME: &'static str = "the command line";

    async fn act(scene: &Scene, who: &'static str, act: Act) -> Option<String> {
        let user = |name: &str| scene.users[name].0.to_string();
        let person = |name: &str| scene.users[name].1.to_string();
        let role = async |role: &str| match role.starts_with(THEIRS) {
            true => scene.role(role).await.to_string(),
            false => role.to_owned(),
        };
        let words: Vec<String> = match act {
            Take(name, named) => vec![
                "role".into(),
                "remove".into(),
                user(name),
                role(named).await,
            ],
            Give(name, named) => vec![
                "role".into(),
                "assign".into(),
                user(name),
                role(named).await,
            ],
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
            Add(name, named) => [
                "user",
                "add",
                "--email",
                email(name).as_str(),
                "--given",
                name,
                "--family",
                "Example",
                "--role",
                &role(named).await,
            ]
            .map(str::to_owned)
            .to_vec(),
            MakeRole(name) => ["role", "create", name, "--permission", "users:manage"]
                .map(str::to_owned)
                .to_vec(),
            Widen(named) => {
                let mut words = vec!["role".to_owned(), "permit".to_owned(), role(named).await];
                for permission in widened() {
                    words.extend(["--permission".to_owned(), permission.to_string()]);
                }
                words
            }
            Retire(named) => vec!["role".into(), "retire".into(), role(named).await],
            Erase(name) => vec!["person".into(), "erase".into(), person(name)],
            EndSessions(name) => vec!["session".into(), "end-all".into(), user(name)],
            Rest(name, named) => {
                vec![
                    "role".into(),
                    "deactivate".into(),
                    user(name),
                    role(named).await,
                ]
            }
            EndSession(name) => {
                vec![
                    "session".into(),
                    "end".into(),
                    session(scene, name).to_string(),
                ]
            }
            Sessions(name) => vec!["session".into(), "list".into(), user(name)],
            Person(name) => vec!["person".into(), "show".into(), person(name)],
            CloseDomain(whose) => {
                vec![
                    "tenant".into(),
                    "domain".into(),
                    scene.domains[whose].to_string(),
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
            Elevate => vec!["session".into(), "elevate".into(), "story".into()],
            Drop => vec!["session".into(), "drop".into()],
            Subset => ["tenant", "policy", "--grants", "subset-only"]
                .map(str::to_owned)
                .to_vec(),
            Minutes(minutes) => [
                "tenant",
                "policy",
                "--elevation-minutes",
                &minutes.to_string(),
            ]
            .map(str::to_owned)
            .to_vec(),
            MakeToken => ["token", "create", "--name", "another token"]
                .map(str::to_owned)
                .to_vec(),
            RevokeToken => ["token", "revoke", "provisioning"]
                .map(str::to_owned)
                .to_vec(),
            Link(name, id) => vec!["medhub".into(), "link".into(), user(name), id.into()],
            // The command line takes one at a time.
            LinkBoth(..) => return None,
            Untie(name) => vec!["medhub".into(), "unlink".into(), user(name)],
            Import(id) => vec!["medhub".into(), "import".into(), id.into()],
            LinkAll => vec!["medhub".into(), "link-all".into()],
            ImportAll => vec!["medhub".into(), "import-all".into()],
            Save => vec!["medhub".into(), "save".into()],
            Load(text) => {
                let file = scene.folder.path().join("professionals.csv");
                std::fs::write(&file, text).unwrap();
                vec!["hcp".into(), "import".into(), file.display().to_string()]
            }
            Try(login, password) => return try_password(scene, login, password),
        };
        let (ended, answer) = run(scene, who, &words);
        if scene.is_token(who) {
            // Programs with tokens come over HTTP; a token in the place of a session opens nothing here.
            assert_eq!(ended, "session_syntax");
            return None;
        }
        if let (MakeToken, "done") = (act, ended.as_str()) {
            scene
                .came_in("another token", answer["token"].as_str().unwrap())
                .await;
        }
        Some(ended)
    }

    async fn log_in(scene: &Scene, who: &'static str) {
        let file = scene.file("new");
        let mut words: Vec<String> = ["session", "open", "--out"].map(str::to_owned).to_vec();
        words.extend([
            file.display().to_string(),
            "--as".to_owned(),
            scene.users[who].0.to_string(),
        ]);
        let (ended, _) = run(scene, "operator", &words);
        assert_eq!(ended, "done");
        let secret = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        scene.came_in(who, &secret).await;
    }

    // Nothing comes between the two steps of a command that somebody else starts.
    async fn log_in_while(_: &Scene, _: &'static str) -> Option<String> {
        None
    }

    async fn opens(scene: &Scene, name: &'static str) -> bool {
        let file = scene.file("opened");
        let mut words: Vec<String> = ["session", "open", "--out"].map(str::to_owned).to_vec();
        words.extend([
            file.display().to_string(),
            "--as".to_owned(),
            email(name).as_str().to_owned(),
        ]);
        let (ended, _) = run(scene, "operator", &words);
        if ended == "done" {
            std::fs::remove_file(&file).unwrap();
        }
        ended == "done"
    }

    // Any command does, whoever asks for it.
    async fn sweep(scene: &Scene) {
        let words = ["session", "show"].map(str::to_owned);
        assert_eq!(run(scene, "leo", &words).0, "done");
    }

    async fn answer(scene: &Scene, question: Question) -> Option<String> {
        match question {
            Question::Login(login, password) => {
                let words = login_words(scene, login, password);
                Some(format!("{:?}", run(scene, "operator", &words)))
            }
            Question::Token(_) => None,
            Question::Session(name) => {
                let words = ["user", "list"].map(str::to_owned);
                Some(format!("{:?}", run(scene, name, &words)))
            }
        }
    }
}

fn try_password(scene: &Scene, login: &str, password: &str) -> Option<String> {
    let words = login_words(scene, login, password);
    let (ended, _) = run(scene, "operator", &words);
    // What a host hashes its own way is no password of the command line's.
    (password != OWN).then_some(ended)
}

fn login_words(scene: &Scene, login: &str, password: &str) -> Vec<String> {
    let file = scene.file("password");
    std::fs::write(&file, password).unwrap();
    let out = scene.file(&format!("tried-{login}"));
    [
        "session",
        "open",
        "--out",
        &out.display().to_string(),
        "--login",
        email(login).as_str(),
        "--password-file",
        &file.display().to_string(),
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Runs a command, and says how it ended and what it answered.
fn run(scene: &Scene, who: &str, words: &[String]) -> (String, Value) {
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
    let ended = match ran.status.code() {
        Some(0) => "done".to_owned(),
        _ => answer["error"]["code"].as_str().unwrap().to_owned(),
    };
    (ended, answer)
}
