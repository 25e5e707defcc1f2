//! The command line, each command a process of its own.

use crate::{
    Way,
    rows::{
        Act::{self, *},
        PASSWORD,
    },
    rust::widened,
    scene::{Scene, email},
};
use serde_json::Value;
use std::process::{Command, Stdio};

pub(crate) struct Line;

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
