//! Several processes on one file, signals, and the server.

use crate::desk::{ADA, BEN, Desk, Ran};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::Command,
};

/// Both are started before either is waited for. Whichever order they come in, O1 holds, and the one that comes too late is told
/// in words.
#[test]
fn two_owners_who_remove_each_other_at_once_leave_at_least_one() {
    for round in 0..5 {
        let desk = Desk::with_two_owners();
        let remove = |whom: &'static str, by: &'static str| {
            let arguments = [
                "role",
                "remove",
                whom,
                "Tenant Owner",
                "--as",
                by,
                "--elevate",
                "dispute",
                "--json",
            ];
            desk.command(&arguments).spawn().unwrap()
        };
        let children = [remove(ADA, BEN), remove(BEN, ADA)];
        let ran = children.map(|it| Ran::from(it.wait_with_output().unwrap()));
        let lost = ran.iter().filter(|it| it.status == 1).count();
        for ran in ran.iter().filter(|it| it.status != 0) {
            let code = ran.code();
            let known = [
                "not_an_owner",
                "elevation_required",
                "session_over",
                "last_owner",
                "contended",
            ];
            assert!(known.contains(&code.as_str()), "round {round}: {ran:?}");
        }
        let owners = desk.done(&["owner", "list"]);
        assert_eq!(
            owners["owners"].as_array().unwrap().len(),
            lost,
            "round {round}: {ran:?}"
        );
        assert!(lost > 0, "round {round}");
    }
}

#[test]
fn two_imports_of_one_file_at_once_make_everybody_once() {
    let desk = Desk::with_tenant();
    let rows: String = (0..3_000)
        .map(|it| format!("A,B,p{it}@x.example\n"))
        .collect();
    let file = desk.write(
        "people.csv",
        format!("First Name,Last Name,Email Address\n{rows}"),
    );
    let import = || {
        desk.command(&["hcp", "import", &file, "--json"])
            .spawn()
            .unwrap()
    };
    let ran = [import(), import()].map(|it| Ran::from(it.wait_with_output().unwrap()));
    let created: u64 = ran
        .iter()
        .map(|it| it.json()["created"].as_u64().unwrap())
        .sum();
    assert_eq!(created, 3_000, "{ran:?}");
    assert_eq!(
        desk.done(&["hcp", "list"])["hcps"]
            .as_array()
            .unwrap()
            .len(),
        3_000
    );
}

#[cfg(unix)]
#[test]
fn the_server_says_where_it_listens_answers_and_ends_when_told() {
    let desk = Desk::with_tenant();
    let token = desk.done(&["token", "create", "--name", "reader"]);
    let mut child = desk
        .command(&["serve", "--listen", "127.0.0.1:0", "--json"])
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let begun: serde_json::Value = serde_json::from_str(&line).unwrap();
    let address = begun["listening"].as_str().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let token = token["token"].as_str().unwrap();
    let tenant = desk.done(&["user", "list"])["users"]
        .as_array()
        .map(Vec::len);
    assert_eq!(tenant, Some(1));
    write!(
        stream,
        "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let told = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(told.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let taken = TcpStream::connect(address);
    assert!(taken.is_err());
}

#[test]
fn an_address_in_use_is_told() {
    let desk = Desk::with_tenant();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert_eq!(desk.refused(&["serve", "--listen", &address]), "listen");
}
