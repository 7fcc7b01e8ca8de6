//! `/metrics`, `/livez` and `/readyz` over the least HTTP that Prometheus and Kubernetes need:
//! one request per connection, no body.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::metrics::Metrics;

const REQUEST_BYTES_MAX: usize = 8 << 10;
const CONNECTIONS_MAX: usize = 32;
const TIMEOUT: Duration = Duration::from_secs(5);

/// What the endpoints tell.
#[derive(Clone, Debug)]
pub(super) struct Status {
    pub metrics: Arc<Metrics>,
    /// Whether the agent has a live lease.
    pub ready: Arc<AtomicBool>,
}

/// Answers until the task is aborted.
pub(super) async fn serve(listener: TcpListener, status: Status) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let status = status.clone();
                tokio::spawn(async move {
                    let _ = tokio::time::timeout(TIMEOUT, answer(stream, &status)).await;
                    drop(permit);
                });
            }
            // Out of file descriptors, most likely: do not spin.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn answer(mut stream: TcpStream, status: &Status) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < REQUEST_BYTES_MAX {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            break;
        }
        request.extend_from_slice(&buffer[..count]);
    }
    let (code, body) = respond(&request, status);
    let head = format!(
        "HTTP/1.1 {code}\r\nContent-Type: text/plain; version=0.0.4\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await
}

fn respond(request: &[u8], status: &Status) -> (&'static str, Vec<u8>) {
    let line = request
        .split(|byte| *byte == b'\r')
        .next()
        .unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let path = target.split('?').next().unwrap_or_default();
    match (method, path) {
        ("GET", "/metrics") => ("200 OK", status.metrics.render()),
        ("GET", "/livez") => ("200 OK", b"ok\n".to_vec()),
        ("GET", "/readyz") if status.ready.load(Ordering::Relaxed) => ("200 OK", b"ok\n".to_vec()),
        ("GET", "/readyz") => ("503 Service Unavailable", b"no live lease\n".to_vec()),
        ("GET", _) => ("404 Not Found", b"not found\n".to_vec()),
        _ => ("405 Method Not Allowed", b"only GET\n".to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_methods() {
        let metrics = Arc::new(Metrics::new("s").unwrap());
        let ready = Arc::new(AtomicBool::new(false));
        let status = Status {
            metrics,
            ready: Arc::clone(&ready),
        };
        let code = |request: &str| respond(request.as_bytes(), &status).0;
        assert_eq!(code("GET /livez HTTP/1.1\r\n\r\n"), "200 OK");
        assert_eq!(code("GET /metrics?x=1 HTTP/1.1\r\n\r\n"), "200 OK");
        assert_eq!(
            code("GET /readyz HTTP/1.1\r\n\r\n"),
            "503 Service Unavailable"
        );
        assert_eq!(code("GET / HTTP/1.1\r\n\r\n"), "404 Not Found");
        assert_eq!(
            code("POST /livez HTTP/1.1\r\n\r\n"),
            "405 Method Not Allowed"
        );
        assert_eq!(code(""), "405 Method Not Allowed");
        ready.store(true, Ordering::Relaxed);
        assert_eq!(code("GET /readyz HTTP/1.1\r\n\r\n"), "200 OK");
    }
}
