//! The gRPC port: own accept loop, TLS and connection limits in front of tonic.
//!
//! tonic by itself accepts without bound, spins when file descriptors run out, waits for ever for
//! a client that connects and says nothing, and reads certificates once. Here every connection
//! holds one of a bounded number of slots, has to finish its handshakes in time, and is pinged; a
//! client that does not answer loses its slot. Who the caller is follows from the connection alone
//! and is decided in [`caller`].
//!
//! What requests mean and who may do what belongs to the services.

mod accept;
mod caller;
mod connection;
mod observe;
#[cfg(test)]
mod tests;
mod tls;

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;

use accept::Acceptor;
pub(crate) use accept::Backoff;
pub use caller::{Caller, DEFAULT_TENANT, Peer, caller};
pub use connection::Connection;
pub use observe::{Observed, observed};
pub use tls::{ServerTls, TlsError, client_tls};

/// Bounds on what clients may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Open connections; one more is closed at once, so that its client can try another member.
    pub connections_max: usize,
    /// Concurrent requests on one connection.
    pub streams_max: u32,
    /// Time for the TLS handshake, and again for the client's first words after it.
    pub handshake: Duration,
    /// Distance of HTTP/2 pings.
    pub ping_every: Duration,
    /// A client that has not answered a ping for this long is dropped.
    pub ping_timeout: Duration,
    /// Time for open requests to end at a shutdown; then they are cut off.
    pub drain: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            connections_max: 1024,
            streams_max: 256,
            handshake: Duration::from_secs(5),
            ping_every: Duration::from_secs(20),
            ping_timeout: Duration::from_secs(10),
            drain: Duration::from_secs(10),
        }
    }
}

/// Serves `routes` until `shutdown` is done and open requests have ended or were cut off.
///
/// With `tls`, every client must show a certificate of its authority. Dropping the future closes
/// every connection.
///
/// # Errors
/// The server under the accept loop failed; single connections never end it.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerTls>>,
    routes: Observed,
    bounds: Bounds,
    shutdown: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error> {
    // One place is enough: the accept loop waits for tonic, and the kernel's backlog for it.
    let (accepted, incoming) = mpsc::channel(1);
    let (cut, is_cut) = watch::channel(false);
    let (stop, mut is_stopped) = watch::channel(false);
    let acceptor = Acceptor::new(tls, bounds, accepted, is_cut);
    let incoming = ReceiverStream::new(incoming).map(Ok::<_, Infallible>);
    let server = builder(bounds);
    let server = server.serve_with_incoming_shutdown(routes, incoming, async move {
        let _ = is_stopped.wait_for(|stopped| *stopped).await;
    });
    tokio::pin!(server);
    tokio::select! {
        result = &mut server => return result,
        () = acceptor.run(listener) => {}
        () = shutdown => {}
    }
    stop.send_replace(true);
    if let Ok(result) = tokio::time::timeout(bounds.drain, &mut server).await {
        return result;
    }
    cut.send_replace(true);
    server.await
}

fn builder(bounds: Bounds) -> Server {
    Server::builder()
        .max_concurrent_streams(bounds.streams_max)
        .http2_keepalive_interval(Some(bounds.ping_every))
        .http2_keepalive_timeout(Some(bounds.ping_timeout))
        .http2_max_header_list_size(16 << 10)
}
