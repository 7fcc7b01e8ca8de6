//! The headers of a gRPC request, encoded once (HPACK, RFC 7541).
//!
//! As general clients do, the first request writes them out and has the server keep them in its
//! table; later ones of the same method name their places there.

use super::frame::{self, flag, kind};

/// Headers that are written out: index of the name in the static table (RFC 7541, appendix A), 0
/// for one that is not in it; name; value. In this order they enter the server's table.
type Written<'a> = [(u8, &'static str, &'a str); 4];

/// `:method: POST` and `:scheme: http` in the static table.
const FIXED: [u8; 2] = [0x80 | 3, 0x80 | 6];
/// The youngest entry of the dynamic table.
const YOUNGEST: u8 = 62;
/// A header that is to be kept, and one that is not.
const KEPT: u8 = 0x40;
const NOT_KEPT: u8 = 0;
/// What the kept headers take in the server's table: 32 bytes each beside their text.
const TABLE_BYTES_MIN: u32 = 4 * 32 + 256;

/// The headers of requests on one connection.
#[derive(Debug)]
pub(super) struct Headers {
    authority: String,
    /// The method whose headers the server keeps.
    kept: Option<&'static str>,
    /// Encoded headers of that method.
    block: Vec<u8>,
    may_be_kept: bool,
}

impl Headers {
    pub fn new(authority: &str) -> Headers {
        Headers {
            authority: authority.to_owned(),
            kept: None,
            block: Vec::new(),
            may_be_kept: true,
        }
    }

    /// The server's table holds so many bytes. It comes before the first answer, and servers do
    /// not change it later.
    pub fn table_is(&mut self, bytes: u32) {
        self.may_be_kept = bytes >= TABLE_BYTES_MIN;
    }

    /// Appends the frame with the headers of a request.
    pub fn put(&mut self, out: &mut Vec<u8>, stream: u32, path: &'static str) {
        match self.kept {
            Some(kept) if kept == path => {}
            None if self.may_be_kept => {
                put(out, stream, &written(KEPT, &self.authority, path));
                self.kept = Some(path);
                self.block = FIXED.to_vec();
                // In the order they were written in: what begins with a colon comes first.
                let places = (YOUNGEST..YOUNGEST + 4).rev();
                self.block.extend(places.map(|place| 0x80 | place));
                return;
            }
            _ => return put(out, stream, &written(NOT_KEPT, &self.authority, path)),
        }
        put(out, stream, &self.block);
    }
}

fn put(out: &mut Vec<u8>, stream: u32, block: &[u8]) {
    frame::put(out, kind::HEADERS, flag::END_HEADERS, stream, block);
}

/// The headers written out. `how` is [`KEPT`] or [`NOT_KEPT`].
fn written(how: u8, authority: &str, path: &str) -> Vec<u8> {
    let headers: Written<'_> = [
        (4, ":path", path),
        (1, ":authority", authority),
        (31, "content-type", "application/grpc"),
        (0, "te", "trailers"),
    ];
    // The bits for a number behind `how`.
    let bits = if how == KEPT { 6 } else { 4 };
    let mut block = FIXED.to_vec();
    for (index, name, value) in headers {
        put_number(&mut block, how, bits, index.into());
        if index == 0 {
            put_text(&mut block, name);
        }
        put_text(&mut block, value);
    }
    block
}

/// Text as it is, without Huffman's code.
fn put_text(block: &mut Vec<u8>, text: &str) {
    put_number(block, 0, 7, text.len());
    block.extend_from_slice(text.as_bytes());
}

/// A number behind the high bits of a byte (RFC 7541, 5.1).
fn put_number(block: &mut Vec<u8>, high: u8, bits: u32, number: usize) {
    let most = (1 << bits) - 1;
    if number < most {
        block.push(high | number as u8);
        return;
    }
    block.push(high | most as u8);
    let mut rest = number - most;
    while rest >= 128 {
        block.push((rest % 128) as u8 | 128);
        rest /= 128;
    }
    block.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7541, C.1.
    #[test]
    fn numbers_are_encoded_as_in_the_standard() {
        for (bits, number, expected) in [
            (5, 10, &[0b01010][..]),
            (5, 1337, &[0b11111, 0b1001_1010, 0b1010]),
            (8, 42, &[42]),
        ] {
            let mut block = Vec::new();
            put_number(&mut block, 0, bits, number);
            assert_eq!(block, expected);
        }
    }

    /// RFC 7541, 2.3.3 and 6.1: the youngest entry of the table has the lowest number.
    #[test]
    fn kept_headers_are_named_in_the_order_they_were_kept_in() {
        let mut headers = Headers::new("127.0.0.1:1");
        let (mut first, mut later) = (Vec::new(), Vec::new());
        headers.put(&mut first, 1, "/a.B/C");
        headers.put(&mut later, 3, "/a.B/C");
        // POST, http; then path, authority, content type, trailers: kept in this order.
        let block = &first[frame::HEAD_BYTES..];
        assert!(block.starts_with(b"\x83\x86\x44\x06/a.B/C\x41\x0b127.0.0.1:1\x5f\x10"));
        assert!(block.ends_with(b"\x40\x02te\x08trailers"));
        let places = [0x83, 0x86, 0x80 | 65, 0x80 | 64, 0x80 | 63, 0x80 | 62];
        assert_eq!(&later[frame::HEAD_BYTES..], places);
    }

    #[test]
    fn later_requests_of_a_method_are_short() {
        let mut headers = Headers::new("127.0.0.1:1");
        let mut length = |path| {
            let mut out = Vec::new();
            headers.put(&mut out, 1, path);
            out.len()
        };
        let first = length("/a.B/C");
        assert_eq!(length("/a.B/C"), frame::HEAD_BYTES + 6);
        // Another method does not push the kept one out.
        assert!(length("/a.B/D") >= first);
        assert_eq!(length("/a.B/C"), frame::HEAD_BYTES + 6);
    }
}
