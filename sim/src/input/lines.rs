//! Lines of a file, plain or compressed.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::read::MultiGzDecoder;

use super::InputProblem;

/// Longest line.
pub const LINE_BYTES_MAX: usize = 64 << 10;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The lines of a file. Holds one of them.
pub struct Lines<R: Read> {
    source: Source<R>,
    compressed: bool,
    line: Vec<u8>,
    number: u64,
    opening_error: Option<io::Error>,
}

type Opened<R> = Chain<Cursor<Vec<u8>>, R>;

enum Source<R: Read> {
    Plain(BufReader<Opened<R>>),
    Gzip(Box<BufReader<MultiGzDecoder<BufReader<Opened<R>>>>>),
}

impl<R: Read> Lines<R> {
    /// Starts to read. The first two bytes tell whether the file is compressed.
    pub fn new(mut reader: R) -> Lines<R> {
        let (magic, opening_error) = match first_bytes(&mut reader) {
            Ok(magic) => (magic, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let compressed = magic == GZIP_MAGIC;
        let opened = BufReader::new(Cursor::new(magic).chain(reader));
        let source = match compressed {
            true => Source::Gzip(Box::new(BufReader::new(MultiGzDecoder::new(opened)))),
            false => Source::Plain(opened),
        };
        Lines {
            source,
            compressed,
            line: Vec::new(),
            number: 0,
            opening_error,
        }
    }

    /// Lines read so far; the number of the last one, counted from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The line read last, with what ends it.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// Reads the next line; false at the end of the file.
    ///
    /// # Errors
    /// The file cannot be read, is cut or damaged, or the line is too long. [`Lines::number`] is
    /// then the line that could not be read, or 0 when nothing could.
    pub fn advance(&mut self) -> Result<bool, InputProblem> {
        if let Some(error) = self.opening_error.take() {
            return Err(InputProblem::Io(error));
        }
        self.line.clear();
        self.number += 1;
        let limit = LINE_BYTES_MAX as u64 + 1;
        let source: &mut dyn BufRead = match &mut self.source {
            Source::Plain(plain) => plain,
            Source::Gzip(gzip) => gzip,
        };
        let outcome = source.take(limit).read_until(b'\n', &mut self.line);
        let bytes = outcome.map_err(|error| InputProblem::reading(error, self.compressed))?;
        if bytes > LINE_BYTES_MAX {
            return Err(InputProblem::LineTooLong);
        }
        if bytes == 0 {
            self.number -= 1;
        }
        Ok(bytes > 0)
    }
}

fn first_bytes(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut magic = Vec::with_capacity(GZIP_MAGIC.len());
    reader
        .take(GZIP_MAGIC.len() as u64)
        .read_to_end(&mut magic)?;
    Ok(magic)
}
