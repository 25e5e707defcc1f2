//! The shapes in which systems of this kind broke elsewhere, each walked on every path there is: the Rust API, the command line and
//! HTTP. A row is a story of steps with the code each must end with; whatever happens, the owners are who they should be.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of a test, which fail as it does"
)]

mod http;
mod line;
mod rows;
mod rust;
mod scene;

use http::Http;
use identity_core::tenant::{GrantPolicy, policy::SetPolicy};
use line::Line;
use rows::{Act, Does, Elevates, LogsIn, OpensFor, Subset, Sweeps, rows};
use rust::Rust;
use scene::Scene;
use tokio::runtime::{Builder, Runtime};

/// A way to do things.
trait Way {
    const NAME: &'static str;

    /// Does it, and says with which code it ended; `None` where this way cannot be taken by whoever acts.
    async fn act(scene: &Scene, who: &'static str, act: Act) -> Option<String>;
}

/// What a step may end with. Which of the reasons is told of a dead token or session is a matter of the way: over HTTP all are one.
fn as_expected(way: &str, expected: &str, ended: &str) -> bool {
    match (way, expected) {
        (_, "token_dead") => ["token_invalid", "actor_inactive"].contains(&ended),
        // Whose access is inactive is told so before the session is looked at.
        (_, "session_over") => ["session_over", "actor_inactive", "token_invalid"].contains(&ended),
        // The Rust API is told the tenant by whoever calls it, and knows no session of that id there.
        ("the Rust API", "tenant_unknown") => ended == "session_over",
        _ => ended == expected,
    }
}

async fn walk<W: Way>() {
    for row in rows() {
        let scene = Scene::open().await;
        for (number, step) in row.steps.iter().enumerate() {
            let at = format!("{}, step {}: {}", W::NAME, number + 1, row.line);
            match step {
                Does(who, act, expected) => {
                    if let Some(ended) = W::act(&scene, who, *act).await {
                        assert!(
                            as_expected(W::NAME, expected, &ended),
                            "{at}: {who} {act:?} ended with `{ended}`, not with `{expected}`"
                        );
                    }
                }
                Elevates(who) => scene.elevate(who).await,
                LogsIn(who) => scene.log_in(who).await,
                Sweeps => {
                    scene.service.sweep_elevations(scene.tenant).await.unwrap();
                }
                OpensFor(who, expected) => {
                    assert_eq!(scene.opens(who).await, *expected, "{at}: {who}");
                }
                Subset => {
                    scene.elevate("ben").await;
                    let policy = SetPolicy {
                        grants: Some(GrantPolicy::SubsetOnly),
                        ..SetPolicy::default()
                    };
                    let call = scene.call("ben");
                    scene.service.set_policy(&call, policy).await.unwrap();
                    scene.service.end_elevation(&call).await.unwrap();
                }
            }
            scene.sound().await;
        }
        assert_eq!(
            scene.owners().await,
            row.owners,
            "{}: {}",
            W::NAME,
            row.line
        );
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn what_broke_elsewhere_holds_in_the_rust_api() {
    runtime().block_on(walk::<Rust>());
}

#[test]
fn what_broke_elsewhere_holds_on_the_command_line() {
    runtime().block_on(walk::<Line>());
}

#[test]
fn what_broke_elsewhere_holds_over_http() {
    runtime().block_on(walk::<Http>());
}
