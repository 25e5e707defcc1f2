//! Serving a router, for a process that has nothing else to serve.

use axum::{Router, serve::ListenerExt as _};
use std::{future::Future, io, net::SocketAddr, time::Duration};
use tokio::{net::TcpListener, sync::oneshot};

/// How long requests may go on once the shutdown began.
const GRACE: Duration = Duration::from_secs(30);

/// Serves `router` on `listener` until `shutdown` is ready; then takes no more connections and lets the requests that are under
/// way end, for at most 30 seconds.
///
/// From where a request comes is told by the address of whoever is connected ([`ClientSource`](crate::ClientSource)).
///
/// An import that is under way goes on after that on a thread of its own, and the Tokio runtime waits for it when it is
/// dropped. A process that exits all the same loses the batch that was not yet committed, and no part of one that was.
///
/// # Errors
/// None that a listener of Tokio has today.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (begin, begun) = oneshot::channel();
    // Answers are small and go out in one piece: waiting for more to send with them only delays them.
    let listener = listener.tap_io(|it| {
        let _ = it.set_nodelay(true);
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        shutdown.await;
        let _ = begin.send(());
    });
    tokio::select! {
        ended = server => ended,
        () = over(begun) => Ok(()),
    }
}

async fn over(begun: oneshot::Receiver<()>) {
    match begun.await {
        Ok(()) => tokio::time::sleep(GRACE).await,
        Err(_) => std::future::pending().await,
    }
}
