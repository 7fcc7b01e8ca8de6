//! A line that fits no memory.

use std::io::Read;

use super::*;

/// A line of 10 GB that nobody has to keep; it counts what was read of it.
struct Endless<'a>(&'a [u8], &'a std::cell::Cell<u64>);

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Endless(head, read) = self;
        let bytes = if head.is_empty() {
            let left = 10_000_000_000 - read.get();
            let bytes = buffer
                .len()
                .min(usize::try_from(left).unwrap_or(usize::MAX));
            buffer[..bytes].fill(b'7');
            bytes
        } else {
            head.read(buffer)?
        };
        read.set(read.get() + bytes as u64);
        Ok(bytes)
    }
}

#[test]
fn a_line_of_ten_gigabytes() {
    let read = std::cell::Cell::new(0);
    let mapping = short("");
    let rows = Endless(b"at,run,cores\n1,1,1\n", &read);
    let mut source = CsvJobs::open(rows, "t.csv", &mapping).unwrap();
    let message = source.find_map(Result::err).unwrap().to_string();
    assert!(
        message.starts_with("t.csv: line 3: is longer than 64 KiB"),
        "{message}"
    );
    assert!(read.get() < 1 << 20, "{} bytes were read", read.get());
    read.set(0);
    let rows = Endless(b"; a log\n", &read);
    let mut source = SwfJobs::open(rows, "l.swf", Repair::default());
    let message = source.find_map(Result::err).unwrap().to_string();
    assert!(
        message.starts_with("l.swf: line 2: is longer than 64 KiB"),
        "{message}"
    );
    assert!(read.get() < 1 << 20, "{} bytes were read", read.get());
}
