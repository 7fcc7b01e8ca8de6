//! One accepted connection: its bytes, who is at the other end, and the slot it holds.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Sleep;
use tokio_rustls::server::TlsStream;
use tonic::transport::server::Connected;

use super::Peer;

/// Length of what every HTTP/2 client says first (RFC 9113, 3.4).
const PREFACE_BYTES: usize = 24;

pub(super) enum Io {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection as the server sees it. Reads fail when the client's first words are late and when
/// the connection is cut; the server then closes it, which frees its slot.
pub struct Connection {
    io: Io,
    peer: Peer,
    preface: Option<Preface>,
    cut: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    _slot: OwnedSemaphorePermit,
}

/// The server waits for these bytes without a limit of its own, and pings only after them.
struct Preface {
    missing_bytes: usize,
    deadline: Pin<Box<Sleep>>,
}

impl Connection {
    /// A connection that is cut when `cut` says so or its sender is gone.
    pub(super) fn new(
        io: Io,
        peer: Peer,
        preface: Duration,
        mut cut: watch::Receiver<bool>,
        slot: OwnedSemaphorePermit,
    ) -> Connection {
        Connection {
            io,
            peer,
            preface: Some(Preface {
                missing_bytes: PREFACE_BYTES,
                deadline: Box::pin(tokio::time::sleep(preface)),
            }),
            cut: Some(Box::pin(async move {
                let _ = cut.wait_for(|cut| *cut).await;
            })),
            _slot: slot,
        }
    }

    /// Why nothing more may be read, if so.
    fn refusal(&mut self, context: &mut Context<'_>) -> Option<io::ErrorKind> {
        let cut = self.cut.as_mut();
        if cut.is_none_or(|cut| cut.as_mut().poll(context).is_ready()) {
            // A future must not be polled after its end, and a cut connection stays cut.
            self.cut = None;
            return Some(io::ErrorKind::ConnectionAborted);
        }
        let deadline = self.preface.as_mut().map(|preface| &mut preface.deadline);
        deadline
            .is_some_and(|deadline| deadline.as_mut().poll(context).is_ready())
            .then_some(io::ErrorKind::TimedOut)
    }

    fn heard(&mut self, bytes: usize) {
        if let Some(preface) = &mut self.preface {
            preface.missing_bytes = preface.missing_bytes.saturating_sub(bytes);
            if preface.missing_bytes == 0 {
                self.preface = None;
            }
        }
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(refusal) = self.refusal(context) {
            return Poll::Ready(Err(refusal.into()));
        }
        let before = buffer.filled().len();
        let polled = match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Io::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        };
        self.heard(buffer.filled().len() - before);
        polled
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Io::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_flush(context),
            Io::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Io::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Io::Tls(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.io {
            Io::Plain(stream) => stream.is_write_vectored(),
            Io::Tls(stream) => stream.is_write_vectored(),
        }
    }
}
