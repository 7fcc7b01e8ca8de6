//! Connections with the general client library, for all but the load of `submit`.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tonic::codegen::http::Uri;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

/// Longest wait for one answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// What may be gathered before it is sent in any case.
const GATHERED_BYTES_MAX: usize = 64 << 10;

/// A connection of its own to the server at `url`, such as `http://127.0.0.1:2379`.
///
/// # Errors
/// The address is malformed, or nobody listens there.
pub async fn connect(url: &str) -> anyhow::Result<Channel> {
    let endpoint = Endpoint::from_shared(url.to_owned())?.timeout(ANSWER_WITHIN);
    let open = service_fn(|uri: Uri| async move {
        let address = uri.authority().map_or("", |authority| authority.as_str());
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok::<_, io::Error>(TokioIo::new(Gathering::new(stream)))
    });
    Ok(endpoint.connect_with_connector(open).await?)
}

/// A socket that writes a request at once. The client library hands over head, body and end of a
/// request one after the other and flushes after each, which would be three packets and three
/// wake-ups of the server; here a flush first lets the other tasks that are ready run.
struct Gathering {
    stream: TcpStream,
    gathered: Vec<u8>,
    sent: usize,
    /// The others had their turn since the last bytes were sent.
    yielded: bool,
}

impl Gathering {
    fn new(stream: TcpStream) -> Gathering {
        Gathering {
            stream,
            gathered: Vec::new(),
            sent: 0,
            yielded: false,
        }
    }

    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.gathered.len() {
            let rest = &self.gathered[self.sent..];
            match ready!(Pin::new(&mut self.stream).poll_write(context, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => self.sent += sent,
            }
        }
        self.gathered.clear();
        (self.sent, self.yielded) = (0, false);
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Gathering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Gathering {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.gathered.len() + bytes.len() > GATHERED_BYTES_MAX {
            ready!(self.poll_send(context))?;
        }
        self.gathered.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.gathered.is_empty() {
            return Poll::Ready(Ok(()));
        }
        if !self.yielded {
            self.yielded = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.poll_send(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
