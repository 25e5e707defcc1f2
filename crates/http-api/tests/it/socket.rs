//! The router on a real socket.

use crate::{files::FILE, host::Host};
use axum::{body::Body, http::Request};
use http_api::ClientSource;
use identity_core::login::Source;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_answers_on_loopback_and_ends_when_told() {
    let host = Host::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        stopped.await.unwrap();
    };
    let server = tokio::spawn(http_api::serve(listener, host.router.clone(), shutdown));
    let say = async |text: String| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let answer = say("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".into()).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let (path, token) = (host.path("imports"), &host.token);
    // In pieces, without a length.
    let (one, two) = FILE.split_at(70);
    let body = format!(
        "{:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n",
        one.len(),
        two.len()
    );
    let answer = say(format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Transfer-Encoding: chunked\r\n\r\n{body}"
    ))
    .await;
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert!(answer.contains("\"created\":2"), "{answer}");
    // Tries to log in are counted by the address they come from.
    for one in 0..100 {
        let body = format!("{{\"login\":\"nobody{one}@general.example\",\"password\":\"\"}}");
        let request = Request::post("/v1/sessions")
            .header("content-type", "application/json")
            .extension(ClientSource(Source::parse("127.0.0.1").unwrap()));
        host.send(request.body(Body::from(body)).unwrap()).await;
    }
    let body = "{\"login\":\"nobody@general.example\",\"password\":\"\"}";
    let answer = say(format!(
        "POST /v1/sessions HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ))
    .await;
    assert!(answer.starts_with("HTTP/1.1 429 Too Many"), "{answer}");
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
