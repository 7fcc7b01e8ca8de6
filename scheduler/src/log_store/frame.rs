//! How one record lies in a file of the log: where it begins, how long it is, whether it is whole.
//!
//! Little endian; frames begin at multiples of 8, and what is between them is zero:
//!
//! ```text
//! mark u32 | body length u32 | crc32 u32 | body
//! ```
//!
//! The checksum also covers the file's number and the offset in it, so that a frame is found only
//! where it was written. Behind the last one all is zero.

use super::format::u32_at;

const MARK: u32 = u32::from_le_bytes(*b"ewcR");
const HEAD_BYTES: usize = 12;
const ALIGNED_TO: usize = 8;

/// Writes a frame into `frame`, which is emptied, for that file and offset: its body is what `fill`
/// appends. Returns where the body ends in the file.
///
/// # Panics
/// A body of 4 GiB; requests have bounds far below.
pub(super) fn encode(
    frame: &mut Vec<u8>,
    file: u64,
    offset: u64,
    fill: impl FnOnce(&mut Vec<u8>),
) -> u64 {
    frame.clear();
    frame.resize(HEAD_BYTES, 0);
    fill(frame);
    let length = frame.len() - HEAD_BYTES;
    let length = u32::try_from(length).expect("a record is far shorter than 4 GiB");
    let crc32 = crc32(file, offset, &frame[HEAD_BYTES..]);
    frame[..4].copy_from_slice(&MARK.to_le_bytes());
    frame[4..8].copy_from_slice(&length.to_le_bytes());
    frame[8..12].copy_from_slice(&crc32.to_le_bytes());
    let body_end = offset + frame.len() as u64;
    frame.resize(frame.len().next_multiple_of(ALIGNED_TO), 0);
    body_end
}

/// What is at an offset.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// A whole frame.
    Frame {
        /// What is in it, and where that begins.
        body: &'a [u8],
        body_at: usize,
        /// Where the next frame begins.
        end: usize,
    },
    /// Nothing, here and up to the end of the file.
    End,
    /// Something that is no whole frame, and none behind it.
    Torn,
    /// Something that is no whole frame, and a whole one behind it.
    Damaged,
}

/// What is at `offset` of the file of that number, whose content is `bytes`.
pub(super) fn find(bytes: &[u8], file: u64, offset: usize) -> Found<'_> {
    if let Some(length) = whole(bytes, file, offset) {
        let body_at = offset + HEAD_BYTES;
        return Found::Frame {
            body: &bytes[body_at..body_at + length],
            body_at,
            end: (body_at + length).next_multiple_of(ALIGNED_TO),
        };
    }
    let rest = bytes.get(offset..).unwrap_or_default();
    if rest.iter().all(|byte| *byte == 0) {
        return Found::End;
    }
    // Each frame was durable before the next one was written. So what is no whole frame and has
    // one behind it was whole once.
    let mut later = (offset + ALIGNED_TO..bytes.len()).step_by(ALIGNED_TO);
    match later.any(|offset| whole(bytes, file, offset).is_some()) {
        true => Found::Damaged,
        false => Found::Torn,
    }
}

/// Length of the body of the whole frame at `offset`, if there is one.
fn whole(bytes: &[u8], file: u64, offset: usize) -> Option<usize> {
    let head = bytes.get(offset..offset.checked_add(HEAD_BYTES)?)?;
    if u32_at(head, 0) != MARK {
        return None;
    }
    let length = u32_at(head, 4) as usize;
    let body_at = offset + HEAD_BYTES;
    let body = bytes.get(body_at..body_at.checked_add(length)?)?;
    (u32_at(head, 8) == crc32(file, offset as u64, body)).then_some(length)
}

fn crc32(file: u64, offset: u64, body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&file.to_le_bytes());
    hasher.update(&offset.to_le_bytes());
    hasher.update(body);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of two frames with 20 bytes of room behind them, and where the second begins.
    fn file() -> (Vec<u8>, usize) {
        let (mut file, mut frame) = (Vec::new(), Vec::new());
        encode(&mut frame, 3, 0, |body| body.extend(b"first"));
        file.extend(&frame);
        let second = file.len();
        encode(&mut frame, 3, second as u64, |body| body.extend(b"second"));
        file.extend(&frame);
        file.extend([0; 20]);
        (file, second)
    }

    fn body(found: Found<'_>) -> (&[u8], usize) {
        match found {
            Found::Frame { body, end, .. } => (body, end),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn frames_are_found_one_after_the_other() {
        let (file, second) = file();
        assert_eq!(body(find(&file, 3, 0)), (&b"first"[..], second));
        let (text, end) = body(find(&file, 3, second));
        assert_eq!(text, b"second");
        assert_eq!(find(&file, 3, end), Found::End);
        assert_eq!(find(&file, 3, file.len()), Found::End);
        assert_eq!(find(&file, 4, 0), Found::Torn, "of another file");
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let (file, second) = file();
        // What is between frames counts for nothing.
        let counts = |offset: usize| {
            (0..HEAD_BYTES + 5).contains(&offset)
                || (second..second + HEAD_BYTES + 6).contains(&offset)
        };
        for bit in 0..file.len() * 8 {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let expect = match counts(bit / 8) {
                true if bit / 8 < second => Found::Damaged,
                true => Found::Torn,
                false => continue,
            };
            let at = if bit / 8 < second { 0 } else { second };
            assert_eq!(find(&damaged, 3, at), expect, "bit {bit}");
        }
    }

    #[test]
    fn every_cut_is_found() {
        let (file, second) = file();
        for length in second + 1..second + HEAD_BYTES + 6 {
            let mut torn = file.clone();
            torn[length..].fill(0);
            // Where the last bytes are zero anyway, nothing is missing.
            if torn != file {
                assert_eq!(find(&torn, 3, second), Found::Torn, "{length}");
                assert_eq!(find(&torn[..length], 3, second), Found::Torn, "{length}");
            }
        }
    }
}
