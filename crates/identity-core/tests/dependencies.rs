//! The core stays pure: what it depends on is a list that somebody argued for, and no runtime, network or database is below it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot ask cargo has failed"
)]

use std::{collections::BTreeSet, process::Command};

/// Each with its line in `docs/ARCHITECTURE.md`.
const ALLOWED: [&str; 15] = [
    "chrono",
    "data-encoding",
    "ed25519-dalek",
    "hashbrown",
    "idna",
    "serde",
    "serde_json",
    "sha2",
    "subtle",
    "thiserror",
    "unicode-normalization",
    "unicode-properties",
    "unicode-security",
    "uuid",
    "zeroize",
];

/// Parts of names that no crate below the core may have.
const FORBIDDEN: [&str; 12] = [
    "tokio",
    "async-std",
    "smol",
    "axum",
    "hyper",
    "reqwest",
    "sqlite",
    "postgres",
    "sqlx",
    "tracing",
    "getrandom",
    "rand_chacha",
];

fn tree(depth: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "identity-core",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{lib}",
        ])
        .args(["--depth", depth, "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|it| {
            it.split_whitespace()
                .next()
                .unwrap_or_default()
                .replace('_', "-")
        })
        .filter(|it| !it.is_empty() && it != "identity-core")
        .collect()
}

#[test]
fn the_core_depends_on_the_list_and_nothing_else() {
    let allowed: BTreeSet<_> = ALLOWED.iter().map(|it| it.replace('_', "-")).collect();
    assert_eq!(tree("1"), allowed);
}

#[test]
fn nothing_below_the_core_does_input_or_output() {
    let all = tree("99");
    assert!(all.len() > ALLOWED.len());
    for name in all {
        assert!(!FORBIDDEN.iter().any(|it| name.contains(it)), "{name}");
    }
}

/// Whatever any crate of the workspace depends on has its line in the map.
#[test]
fn every_dependency_is_argued_for() {
    let map = include_str!("../../../docs/ARCHITECTURE.md");
    let workspace = include_str!("../../../Cargo.toml");
    let section = workspace.split("[workspace.dependencies]").nth(1).unwrap();
    let section = section.split("\n[").next().unwrap();
    let named: Vec<_> = section
        .lines()
        .filter(|it| !it.contains("path ="))
        .filter_map(|it| it.split_once(" = "))
        .map(|(name, _)| name)
        .collect();
    assert!(named.len() > ALLOWED.len());
    for name in named {
        assert!(
            map.contains(&format!("| `{name}` |")),
            "{name} has no line in docs/ARCHITECTURE.md"
        );
    }
}
