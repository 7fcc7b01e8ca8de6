//! Unary gRPC requests, one after the other on a connection of their own, framed by hand.
//!
//! A load generator shares the processors with the servers it measures. A general client spends as
//! much on a request as a lean server; this one writes a request with one call and reads its
//! answer with another, and is the same for every peer. It keeps what HTTP/2 asks of a client:
//! windows, settings, pings. What it leaves out it refuses: padding and continued headers.
//!
//! The status of a request is not decoded. A unary request that failed ends without a message,
//! which is an error here.

mod frame;
mod header;

use std::io;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use frame::{Frame, HEAD_BYTES, PAYLOAD_MAX, PREFACE, WINDOW, flag, kind, setting};
use header::Headers;

/// Bytes before a message: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;
/// The longest answer that is taken.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// A connection. After an error it must not be used again.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    headers: Headers,
    next_stream: u32,
    /// What the server takes: on the connection now, on a new stream, in a frame.
    window: i64,
    stream_window: i64,
    payload_max: usize,
    /// Bytes of data that were taken since the server was last told.
    taken: u32,
    outbox: Vec<u8>,
    inbox: Vec<u8>,
}

/// A request under way.
struct Call {
    stream: u32,
    /// What the server takes on this stream.
    window: i64,
    answer: Vec<u8>,
    is_ended: bool,
}

impl Connection {
    /// Connects to the server at `url`, such as `http://127.0.0.1:2379`.
    ///
    /// # Errors
    /// The address is malformed, or nobody listens there.
    pub async fn open(url: &str) -> anyhow::Result<Connection> {
        let authority = url
            .strip_prefix("http://")
            .with_context(|| format!("{url}: give http://HOST:PORT"))?;
        let stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        let mut outbox = PREFACE.to_vec();
        // Without a table, every header of an answer stands alone, and none need be kept.
        let settings = [
            (setting::ENABLE_PUSH, 0),
            (setting::HEADER_TABLE_SIZE, 0),
            (setting::INITIAL_WINDOW_SIZE, ANSWER_BYTES_MAX as u32),
        ];
        frame::put_settings(&mut outbox, &settings);
        Ok(Connection {
            stream,
            headers: Headers::new(authority),
            next_stream: 1,
            window: WINDOW,
            stream_window: WINDOW,
            payload_max: PAYLOAD_MAX,
            taken: 0,
            outbox,
            inbox: Vec::with_capacity(PAYLOAD_MAX),
        })
    }

    /// Sends `message` to the method at `path`, such as `/package.Service/Method`, and waits for
    /// the message that answers it.
    ///
    /// # Errors
    /// The server refused the request or broke off, or says what is not understood here.
    pub async fn call(&mut self, path: &'static str, message: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut call = Call {
            stream: self.next_stream,
            window: self.stream_window,
            answer: Vec::new(),
            is_ended: false,
        };
        self.next_stream += 2;
        self.headers.put(&mut self.outbox, call.stream, path);
        let mut prefix = [0; PREFIX_BYTES];
        let length = u32::try_from(message.len()).context("the message is too long")?;
        prefix[1..].copy_from_slice(&length.to_be_bytes());
        let (mut sent, total) = (0, PREFIX_BYTES + message.len());
        while sent < total {
            let room = self.window.min(call.window).max(0) as usize;
            let part = (total - sent).min(self.payload_max).min(room);
            if part == 0 {
                // The server says when it takes more.
                self.exchange(&mut call).await?;
                ensure!(!call.is_ended, "{path}: refused before it was sent");
                continue;
            }
            let last = sent + part == total;
            let flags = if last { flag::END_STREAM } else { 0 };
            frame::put_head(&mut self.outbox, part, kind::DATA, flags, call.stream);
            let end = sent + part;
            self.outbox
                .extend_from_slice(&prefix[sent.min(PREFIX_BYTES)..end.min(PREFIX_BYTES)]);
            let body = sent.saturating_sub(PREFIX_BYTES)..end.saturating_sub(PREFIX_BYTES);
            self.outbox.extend_from_slice(&message[body]);
            self.window -= part as i64;
            call.window -= part as i64;
            sent = end;
        }
        while !call.is_ended {
            self.exchange(&mut call).await?;
        }
        message_of(call.answer).with_context(|| format!("{path}: ended without an answer"))
    }

    /// Writes what waits, reads what is there, and answers what must be answered.
    async fn exchange(&mut self, call: &mut Call) -> anyhow::Result<()> {
        self.write().await?;
        if self.stream.read_buf(&mut self.inbox).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let inbox = std::mem::take(&mut self.inbox);
        let mut rest = &inbox[..];
        while let Some(frame) = Frame::first_of(rest) {
            rest = &rest[frame.bytes()..];
            self.take(&frame, call)?;
        }
        let done = inbox.len() - rest.len();
        self.inbox = inbox;
        self.inbox.drain(..done);
        ensure!(
            self.inbox.len() <= HEAD_BYTES + PAYLOAD_MAX,
            "a frame is too long"
        );
        Ok(self.write().await?)
    }

    async fn write(&mut self) -> io::Result<()> {
        if !self.outbox.is_empty() {
            self.stream.write_all(&self.outbox).await?;
            self.outbox.clear();
        }
        Ok(())
    }

    fn take(&mut self, frame: &Frame<'_>, call: &mut Call) -> anyhow::Result<()> {
        let ours = frame.stream == call.stream;
        match frame.kind {
            kind::DATA => {
                ensure!(!frame.has(flag::PADDED), "padding is not understood");
                self.give_back(frame.payload.len() as u32);
                if ours {
                    call.answer.extend_from_slice(frame.payload);
                    ensure!(
                        call.answer.len() <= ANSWER_BYTES_MAX,
                        "the answer is too long"
                    );
                }
            }
            kind::HEADERS => ensure!(
                frame.has(flag::END_HEADERS),
                "continued headers are not understood"
            ),
            kind::RST_STREAM if ours => bail!("the server broke the request off"),
            kind::SETTINGS if !frame.has(flag::ACK) => self.settle(frame, call),
            kind::PING if !frame.has(flag::ACK) => {
                frame::put(&mut self.outbox, kind::PING, flag::ACK, 0, frame.payload);
            }
            kind::GOAWAY => bail!("the server closes the connection"),
            kind::WINDOW_UPDATE => {
                let more = i64::from(frame.number().context("a window update is cut off")?);
                match frame.stream {
                    0 => self.window += more,
                    _ if ours => call.window += more,
                    _ => {}
                }
            }
            kind::CONTINUATION => bail!("continued headers are not understood"),
            _ => {}
        }
        let may_end = matches!(frame.kind, kind::DATA | kind::HEADERS);
        call.is_ended |= ours && may_end && frame.has(flag::END_STREAM);
        Ok(())
    }

    fn settle(&mut self, frame: &Frame<'_>, call: &mut Call) {
        for (name, value) in frame.settings() {
            match name {
                setting::INITIAL_WINDOW_SIZE => {
                    call.window += i64::from(value) - self.stream_window;
                    self.stream_window = i64::from(value);
                }
                setting::MAX_FRAME_SIZE => self.payload_max = value as usize,
                setting::HEADER_TABLE_SIZE => self.headers.table_is(value),
                _ => {}
            }
        }
        frame::put(&mut self.outbox, kind::SETTINGS, flag::ACK, 0, &[]);
    }

    /// Opens the connection's window again, now and then. A stream's own takes the longest answer.
    fn give_back(&mut self, bytes: u32) {
        self.taken += bytes;
        if i64::from(self.taken) > WINDOW / 2 {
            let bytes = std::mem::take(&mut self.taken).to_be_bytes();
            frame::put(&mut self.outbox, kind::WINDOW_UPDATE, 0, 0, &bytes);
        }
    }
}

/// The one message of an answer.
fn message_of(mut answer: Vec<u8>) -> Option<Vec<u8>> {
    let (prefix, message) = answer.split_first_chunk::<PREFIX_BYTES>()?;
    let [compressed, length @ ..] = *prefix;
    let whole = compressed == 0 && u32::from_be_bytes(length) as usize == message.len();
    whole.then(|| answer.split_off(PREFIX_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// A server that asks for everything a client must do, and answers with what it was sent.
    async fn echo(stream: TcpStream, requests: usize) -> anyhow::Result<()> {
        let mut server = Server {
            stream,
            inbox: Vec::new(),
        };
        server.expect_preface().await?;
        let mut out = Vec::new();
        // Room for a few bytes at a time, in short frames.
        frame::put_settings(&mut out, &[(setting::INITIAL_WINDOW_SIZE, 7)]);
        frame::put(&mut out, kind::PING, 0, 0, b"question");
        server.stream.write_all(&out).await?;
        let (mut settled, mut ponged) = (false, false);
        let (mut body, mut left) = (Vec::new(), requests);
        while left > 0 {
            let (kind, flags, stream, payload) = server.frame().await?;
            match kind {
                kind::SETTINGS => settled |= flags & flag::ACK != 0,
                kind::PING => ponged |= payload == b"question",
                kind::DATA => {
                    body.extend_from_slice(&payload);
                    let mut out = Vec::new();
                    if flags & flag::END_STREAM == 0 {
                        let more = (payload.len() as u32).to_be_bytes();
                        frame::put(&mut out, kind::WINDOW_UPDATE, 0, stream, &more);
                        frame::put(&mut out, kind::WINDOW_UPDATE, 0, 0, &more);
                    } else {
                        left -= 1;
                        let body = std::mem::take(&mut body);
                        put_answer(&mut out, stream, &body);
                    }
                    server.stream.write_all(&out).await?;
                }
                _ => {}
            }
        }
        ensure!(settled && ponged, "settings or a ping were not answered");
        Ok(())
    }

    /// Nothing but a status for an empty message, as servers that refuse do.
    fn put_answer(out: &mut Vec<u8>, stream: u32, body: &[u8]) {
        let ends = flag::END_HEADERS | flag::END_STREAM;
        if body.len() > PREFIX_BYTES {
            frame::put(out, kind::HEADERS, flag::END_HEADERS, stream, &[0x88]);
            for part in body.chunks(PAYLOAD_MAX) {
                frame::put(out, kind::DATA, 0, stream, part);
            }
        }
        frame::put(out, kind::HEADERS, ends, stream, &[0x88]);
    }

    struct Server {
        stream: TcpStream,
        inbox: Vec<u8>,
    }

    impl Server {
        async fn expect_preface(&mut self) -> anyhow::Result<()> {
            let mut preface = [0; PREFACE.len()];
            self.stream.read_exact(&mut preface).await?;
            ensure!(preface == PREFACE, "that is no HTTP/2");
            Ok(())
        }

        async fn frame(&mut self) -> anyhow::Result<(u8, u8, u32, Vec<u8>)> {
            loop {
                if let Some(frame) = Frame::first_of(&self.inbox) {
                    let found = (
                        frame.kind,
                        frame.flags,
                        frame.stream,
                        frame.payload.to_vec(),
                    );
                    let bytes = frame.bytes();
                    self.inbox.drain(..bytes);
                    return Ok(found);
                }
                let read = self.stream.read_buf(&mut self.inbox).await?;
                ensure!(read > 0, "the client is gone");
            }
        }
    }

    #[tokio::test]
    async fn requests_keep_to_windows_and_questions_are_answered() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            let (stream, _) = listener.accept().await?;
            echo(stream, 4).await
        });
        let mut connection = Connection::open(&url).await.unwrap();
        for length in [100, 1, 40_000] {
            let message = vec![length as u8; length];
            let answer = connection.call("/a.B/C", &message).await.unwrap();
            assert!(answer == message, "{length} bytes");
        }
        let refused = connection.call("/a.B/C", &[]).await.unwrap_err();
        assert!(refused.to_string().contains("ended without an answer"));
        serving.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_server_that_goes_away_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { listener.accept().await.map(drop) });
        let mut connection = Connection::open(&url).await.unwrap();
        assert!(connection.call("/a.B/C", b"x").await.is_err());
        serving.await.unwrap().unwrap();
    }
}
