//! Accepting: a slot for every connection, handshakes beside each other, and patience when the
//! system has no more file descriptors.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::connection::{Connection, Io};
use super::{Bounds, Caller, Peer, ServerTls};

const CERTIFICATE_CHECK_EVERY: Duration = Duration::from_secs(30);

/// Turns accepted sockets into connections for the server.
pub(super) struct Acceptor {
    tls: Option<Arc<ServerTls>>,
    bounds: Bounds,
    slots: Arc<Semaphore>,
    accepted: mpsc::Sender<Connection>,
    cut: watch::Receiver<bool>,
}

impl Acceptor {
    pub(super) fn new(
        tls: Option<Arc<ServerTls>>,
        bounds: Bounds,
        accepted: mpsc::Sender<Connection>,
        cut: watch::Receiver<bool>,
    ) -> Acceptor {
        Acceptor {
            tls,
            bounds,
            slots: Arc::new(Semaphore::new(bounds.connections_max)),
            accepted,
            cut,
        }
    }

    /// Accepts for ever. Unfinished handshakes end with the future.
    pub(super) async fn run(self, listener: TcpListener) {
        let mut handshakes = JoinSet::new();
        let mut certificates = tokio::time::interval(CERTIFICATE_CHECK_EVERY);
        let mut backoff = Backoff::default();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, address)) => {
                        backoff = Backoff::default();
                        self.admit(&mut handshakes, stream, address);
                    }
                    Err(error) => backoff.pause(&error).await,
                },
                Some(_) = handshakes.join_next() => {}
                _ = certificates.tick() => self.reload_certificates(),
            }
        }
    }

    fn admit(&self, handshakes: &mut JoinSet<()>, stream: TcpStream, address: SocketAddr) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            tracing::debug!(%address, "connection refused: all slots are taken");
            return;
        };
        let tls = self.tls.as_ref().map(|tls| tls.current());
        let (bounds, cut) = (self.bounds, self.cut.clone());
        let accepted = self.accepted.clone();
        handshakes.spawn(async move {
            let opening = open(stream, address, tls);
            match tokio::time::timeout(bounds.handshake, opening).await {
                Ok(Ok((io, peer))) => {
                    let connection = Connection::new(io, peer, bounds.handshake, cut, slot);
                    // The server is gone only when it shuts down.
                    let _ = accepted.send(connection).await;
                }
                Ok(Err(error)) => tracing::debug!(%address, %error, "handshake failed"),
                Err(_) => tracing::debug!(%address, "handshake took too long"),
            }
        });
    }

    fn reload_certificates(&self) {
        let Some(tls) = self.tls.clone() else { return };
        tokio::task::spawn_blocking(move || match tls.reload_if_changed() {
            Ok(true) => tracing::info!("certificates reloaded"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "certificates not reloaded; old ones stay"),
        });
    }
}

async fn open(
    stream: TcpStream,
    address: SocketAddr,
    tls: Option<Arc<rustls::ServerConfig>>,
) -> io::Result<(Io, Peer)> {
    stream.set_nodelay(true)?;
    let (io, caller) = match tls {
        None => (Io::Plain(stream), Caller::of_address(address)),
        Some(config) => {
            let stream = TlsAcceptor::from(config).accept(stream).await?;
            let certificates = stream.get_ref().1.peer_certificates();
            let caller = Caller::of_certificates(certificates.unwrap_or_default())?;
            (Io::Tls(Box::new(stream)), caller)
        }
    };
    Ok((io, Peer { address, caller }))
}

/// Growing pauses between failures to accept.
#[derive(Default)]
pub(crate) struct Backoff {
    pause: Duration,
}

impl Backoff {
    /// Waits, unless the failure concerned a single connection.
    pub(crate) async fn pause(&mut self, error: &io::Error) {
        let pause = self.next(error.kind());
        if !pause.is_zero() {
            tracing::warn!(%error, ?pause, "cannot accept connections");
            tokio::time::sleep(pause).await;
        }
    }

    fn next(&mut self, kind: io::ErrorKind) -> Duration {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
        if matches!(
            kind,
            ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
        ) {
            return Duration::ZERO;
        }
        let doubled = self.pause * 2;
        self.pause = doubled.clamp(Duration::from_millis(10), Duration::from_secs(1));
        self.pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_second_and_single_connections_cause_none() {
        let mut backoff = Backoff::default();
        let exhausted = io::ErrorKind::Other;
        assert_eq!(backoff.next(exhausted), Duration::from_millis(10));
        assert_eq!(backoff.next(exhausted), Duration::from_millis(20));
        assert_eq!(
            backoff.next(io::ErrorKind::ConnectionAborted),
            Duration::ZERO
        );
        for _ in 0..10 {
            backoff.next(exhausted);
        }
        assert_eq!(backoff.next(exhausted), Duration::from_secs(1));
    }
}
