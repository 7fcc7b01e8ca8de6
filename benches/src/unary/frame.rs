//! Frames of HTTP/2 (RFC 9113, section 4 and 6), as far as unary requests need them.

/// What every client says first (RFC 9113, 3.4).
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Bytes before a frame's payload.
pub(super) const HEAD_BYTES: usize = 9;
/// The longest payload unless the receiver says otherwise.
pub(super) const PAYLOAD_MAX: usize = 16_384;
/// The room of a window unless its receiver says otherwise.
pub(super) const WINDOW: i64 = 65_535;

/// Kinds of frames.
pub(super) mod kind {
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PING: u8 = 6;
    pub const GOAWAY: u8 = 7;
    pub const WINDOW_UPDATE: u8 = 8;
    pub const CONTINUATION: u8 = 9;
}

/// Flags of frames.
pub(super) mod flag {
    /// Of settings and pings: an answer to one.
    pub const ACK: u8 = 1;
    /// Of data and headers: the sender's last frame of the stream.
    pub const END_STREAM: u8 = 1;
    pub const END_HEADERS: u8 = 4;
    pub const PADDED: u8 = 8;
}

/// Names of settings.
pub(super) mod setting {
    pub const HEADER_TABLE_SIZE: u16 = 1;
    pub const ENABLE_PUSH: u16 = 2;
    pub const INITIAL_WINDOW_SIZE: u16 = 4;
    pub const MAX_FRAME_SIZE: u16 = 5;
}

/// A received frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The frame that `bytes` begin with; `None` when it is not there in full.
    pub fn first_of(bytes: &'a [u8]) -> Option<Frame<'a>> {
        let (head, rest) = bytes.split_first_chunk::<HEAD_BYTES>()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let payload = rest.get(..length as usize)?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        Some(Frame {
            kind: head[3],
            flags: head[4],
            stream: stream & !(1 << 31),
            payload,
        })
    }

    /// Bytes of the whole frame.
    pub fn bytes(&self) -> usize {
        HEAD_BYTES + self.payload.len()
    }

    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The payload as one number.
    pub fn number(&self) -> Option<u32> {
        let bytes = self.payload.first_chunk::<4>()?;
        Some(u32::from_be_bytes(*bytes))
    }

    /// The payload as settings.
    pub fn settings(&self) -> impl Iterator<Item = (u16, u32)> {
        let (settings, _) = self.payload.as_chunks::<6>();
        settings.iter().map(|[a, b, value @ ..]| {
            let name = u16::from_be_bytes([*a, *b]);
            (name, u32::from_be_bytes(*value))
        })
    }
}

/// Appends the head of a frame.
pub(super) fn put_head(out: &mut Vec<u8>, length: usize, kind: u8, flags: u8, stream: u32) {
    debug_assert!(length < 1 << 24);
    out.extend_from_slice(&(length as u32).to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
}

/// Appends a frame.
pub(super) fn put(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    put_head(out, payload.len(), kind, flags, stream);
    out.extend_from_slice(payload);
}

/// Appends a frame with settings.
pub(super) fn put_settings(out: &mut Vec<u8>, settings: &[(u16, u32)]) {
    put_head(out, 6 * settings.len(), kind::SETTINGS, 0, 0);
    for (name, value) in settings {
        out.extend_from_slice(&name.to_be_bytes());
        out.extend_from_slice(&value.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_as_they_were_written() {
        let mut bytes = Vec::new();
        put(&mut bytes, kind::DATA, flag::END_STREAM, 7, b"data");
        put_settings(&mut bytes, &[(setting::MAX_FRAME_SIZE, 20_000)]);
        let first = Frame::first_of(&bytes).unwrap();
        assert_eq!((first.kind, first.stream), (kind::DATA, 7));
        assert_eq!(first.payload, b"data");
        assert!(first.has(flag::END_STREAM) && !first.has(flag::PADDED));
        let rest = &bytes[first.bytes()..];
        let second = Frame::first_of(rest).unwrap();
        assert_eq!(second.bytes(), rest.len());
        let settings: Vec<_> = second.settings().collect();
        assert_eq!(settings, [(setting::MAX_FRAME_SIZE, 20_000)]);
        for length in 0..rest.len() {
            assert_eq!(Frame::first_of(&rest[..length]), None, "cut to {length}");
        }
    }
}
