//! The HTTP port for machines that watch this one: `/metrics`, `/livez` and `/readyz`.
//!
//! Plain HTTP/1, no state, nothing that changes anything, one request a connection. Everything a
//! client can hold is bounded.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::listen::Backoff;
use crate::metrics::Metrics;

const CONNECTIONS_MAX: usize = 64;
const HEADER_BYTES_MAX: usize = 16 << 10;
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// From the first byte of the request to the last of the answer.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(30);
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
const TEXT_TYPE: &str = "text/plain; charset=utf-8";

/// What the pages say. The closures are called at every request and must not block.
pub struct Probes {
    /// Shown at `/metrics`.
    pub metrics: Arc<Metrics>,
    /// True as long as the process makes progress; if not, it should be restarted.
    pub live: Box<dyn Fn() -> bool + Send + Sync>,
    /// Whether the member can serve clients now; if not, the reason.
    pub ready: Box<dyn Fn() -> Result<(), String> + Send + Sync>,
}

/// Serves the pages until `shutdown` is done. Dropping the future closes every connection.
pub async fn serve(listener: TcpListener, probes: Probes, shutdown: impl Future<Output = ()>) {
    tokio::select! {
        () = accept(listener, Arc::new(probes), CONNECTION_TIMEOUT) => {}
        () = shutdown => {}
    }
}

async fn accept(listener: TcpListener, probes: Arc<Probes>, timeout: Duration) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    let mut backoff = Backoff::default();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    backoff = Backoff::default();
                    // Without a free slot the connection is closed at once.
                    if let Ok(slot) = Arc::clone(&slots).try_acquire_owned() {
                        let probes = Arc::clone(&probes);
                        connections.spawn(async move {
                            let _ = tokio::time::timeout(timeout, answer(stream, probes)).await;
                            drop(slot);
                        });
                    }
                }
                Err(error) => backoff.pause(&error).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn answer(stream: TcpStream, probes: Arc<Probes>) {
    let service = service_fn(|request: Request<Incoming>| {
        let response = page(&probes, request.method(), request.uri().path());
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HEADER_BYTES_MAX)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "HTTP connection failed");
    }
}

fn page(probes: &Probes, method: &Method, path: &str) -> Response<Full<Bytes>> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return text(StatusCode::NOT_FOUND, "not found\n");
    }
    match path {
        "/metrics" => reply(StatusCode::OK, METRICS_TYPE, probes.metrics.text()),
        "/livez" if (probes.live)() => text(StatusCode::OK, "live\n"),
        "/livez" => text(StatusCode::SERVICE_UNAVAILABLE, "no progress\n"),
        "/readyz" => match (probes.ready)() {
            Ok(()) => text(StatusCode::OK, "ready\n"),
            Err(reason) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
        },
        _ => text(StatusCode::NOT_FOUND, "not found\n"),
    }
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    reply(status, TEXT_TYPE, body)
}

fn reply(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn probes(live: bool, ready: Result<(), &'static str>) -> Probes {
        Probes {
            metrics: Arc::new(Metrics::new().unwrap()),
            live: Box::new(move || live),
            ready: Box::new(move || ready.map_err(str::to_owned)),
        }
    }

    async fn start(probes: Probes, timeout: Duration) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(accept(listener, Arc::new(probes), timeout));
        address
    }

    /// What the server says to these bytes until it closes the connection.
    async fn say(address: SocketAddr, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let reading = stream.read_to_end(&mut answer);
        let ended = tokio::time::timeout(Duration::from_secs(10), reading).await;
        assert!(ended.is_ok(), "the server holds the connection");
        String::from_utf8(answer).unwrap()
    }

    async fn get(address: SocketAddr, path: &str) -> String {
        say(
            address,
            format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes(),
        )
        .await
    }

    #[tokio::test]
    async fn pages_say_how_the_member_is() {
        let well = start(probes(true, Ok(())), CONNECTION_TIMEOUT).await;
        let ill = start(probes(false, Err("no leader")), CONNECTION_TIMEOUT).await;
        for (address, path, status, body) in [
            (well, "/metrics", "200", ""),
            (well, "/livez", "200", "live\n"),
            (well, "/readyz", "200", "ready\n"),
            (well, "/readyz?verbose", "200", "ready\n"),
            (well, "/", "404", "not found\n"),
            (well, "/metrics/", "404", "not found\n"),
            (ill, "/livez", "503", "no progress\n"),
            (ill, "/readyz", "503", "no leader\n"),
        ] {
            let answer = get(address, path).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status} ")),
                "{path}: {answer}"
            );
            assert!(answer.ends_with(body), "{path}: {answer}");
        }
        let metrics = get(well, "/metrics").await;
        assert!(metrics.contains("version=0.0.4") && metrics.contains("\newc_raft_term 0\n"));
        let post = say(
            well,
            b"POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
        );
        assert!(post.await.starts_with("HTTP/1.1 404 "));
    }

    #[tokio::test]
    async fn long_headers_and_silent_clients_are_not_borne() {
        let address = start(probes(true, Ok(())), Duration::from_millis(300)).await;
        let long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(64 << 10));
        // The server may close before it has read everything, which the client sees as a reset.
        let mut stream = TcpStream::connect(address).await.unwrap();
        let _ = stream.write_all(long.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 200"));
        assert_eq!(say(address, b"GET / HT").await, "");
    }

    #[tokio::test]
    async fn connections_beyond_the_limit_are_closed_at_once() {
        let address = start(probes(true, Ok(())), CONNECTION_TIMEOUT).await;
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS_MAX {
            held.push(TcpStream::connect(address).await.unwrap());
        }
        assert_eq!(say(address, b"").await, "");
        held.clear();
        for _ in 0..100 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let request = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";
            let _ = stream.write_all(request).await;
            let mut answer = String::new();
            let read = stream.read_to_string(&mut answer).await;
            if read.is_ok() && answer.contains("live") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("slots were not given back");
    }

    #[tokio::test]
    async fn a_shutdown_ends_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        serve(listener, probes(true, Ok(())), std::future::ready(())).await;
        assert!(TcpStream::connect(address).await.is_err());
    }
}
