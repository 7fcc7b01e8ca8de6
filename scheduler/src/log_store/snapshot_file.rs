//! One snapshot file: a header, the payload, the payload's checksum. Written and read as a stream.
//!
//! Little endian; the header's checksum covers the header:
//!
//! ```text
//! magic [8] | version u32 | conf state length u32 | index u64 | term u64 | payload length u64
//!   | conf state | header crc32 u32 | payload | payload crc32 u32
//! ```
//!
//! What the payload means is not known here.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use protobuf::Message;
use raft::eraftpb::{ConfState, SnapshotMetadata};

use super::error::{Error, Fault};
use super::format::{checked, u32_at, u64_at};
use super::record::conf_state_bytes;
use super::snapshot_dir::{PartialFile, SnapshotFile, file_name, metadata, snapshot_io};

const MAGIC: &[u8; 8] = b"EWC-SNAP";
const VERSION: u32 = 1;
const FIXED_BYTES: usize = 40;
const CRC_BYTES: u64 = 4;
/// A conf state holds a handful of member ids.
const CONF_STATE_BYTES_MAX: u32 = 64 * 1024;

/// Writes the payload of a new snapshot. Nothing is visible before [`finish`](Self::finish);
/// dropped before, it leaves nothing behind.
#[derive(Debug)]
pub struct SnapshotWriter {
    payload: BufWriter<Payload>,
    path: PathBuf,
    metadata: SnapshotMetadata,
}

impl SnapshotWriter {
    pub(super) fn start(mut file: PartialFile, metadata: SnapshotMetadata) -> Result<Self, Error> {
        let path = file.path.clone();
        // The payload's length is not known yet; `finish` writes the header again.
        let placeholder = encode_header(&metadata, 0);
        file.write_all(&placeholder)
            .map_err(|e| snapshot_io(&path, e))?;
        let payload = Payload {
            file,
            hasher: crc32fast::Hasher::new(),
            bytes: 0,
        };
        Ok(SnapshotWriter {
            payload: BufWriter::with_capacity(1 << 20, payload),
            path,
            metadata,
        })
    }

    /// Makes the snapshot durable under its final name.
    pub fn finish(self) -> Result<SnapshotFile, Error> {
        let path = self.path;
        let payload = self
            .payload
            .into_inner()
            .map_err(|e| snapshot_io(&path, e.into_error()))?;
        let payload_crc32 = payload.hasher.finalize();
        let header = encode_header(&self.metadata, payload.bytes);
        let mut file = payload.file;
        write_ends(&mut file, &header, payload_crc32).map_err(|e| snapshot_io(&path, e))?;
        file.publish(SnapshotFile {
            file_name: file_name(self.metadata.index, self.metadata.term),
            metadata: self.metadata,
            file_bytes: header.len() as u64 + payload.bytes + CRC_BYTES,
            payload_crc32,
        })
    }
}

fn write_ends(file: &mut PartialFile, header: &[u8], payload_crc32: u32) -> io::Result<()> {
    file.write_all(&payload_crc32.to_le_bytes())?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(header)
}

impl Write for SnapshotWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.payload.write(bytes)
    }

    // The state writes field by field.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.payload.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.payload.flush()
    }
}

/// The file behind its header. Hashed where much comes at once: a checksum of every field by itself
/// takes longer than encoding it.
#[derive(Debug)]
struct Payload {
    file: PartialFile,
    hasher: crc32fast::Hasher,
    bytes: u64,
}

impl Write for Payload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Takes the bytes of a whole snapshot file from another member, header and checksums included.
#[derive(Debug)]
pub struct SnapshotReceiver {
    target: BufWriter<PartialFile>,
    bytes_left: u64,
}

impl SnapshotReceiver {
    pub(super) fn start(file: PartialFile, file_bytes: u64) -> Self {
        SnapshotReceiver {
            target: BufWriter::with_capacity(1 << 20, file),
            bytes_left: file_bytes,
        }
    }

    /// Verifies what was received and makes it durable under its final name. It takes effect only
    /// when a [`Batch`](super::Batch) installs it.
    pub fn finish(self) -> Result<SnapshotFile, Error> {
        let path = self.target.get_ref().path.clone();
        let file = self
            .target
            .into_inner()
            .map_err(|e| snapshot_io(&path, e.into_error()))?;
        let mut reader = SnapshotReader::open(&path)?;
        io::copy(&mut reader, &mut io::sink()).map_err(|e| snapshot_io(&path, e))?;
        file.publish(reader.describe())
    }
}

impl Write for SnapshotReceiver {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.bytes_left {
            return Err(io::Error::other(
                "the snapshot is longer than was announced",
            ));
        }
        let written = self.target.write(bytes)?;
        self.bytes_left -= written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}

/// Reads the payload of a snapshot. The read that delivers its last bytes fails if the checksum of
/// the whole does not match, so who has read everything without an error has read what was written.
#[derive(Debug)]
pub struct SnapshotReader {
    source: BufReader<File>,
    header: Header,
    hasher: crc32fast::Hasher,
    payload_crc32: u32,
    bytes_left: u64,
}

impl SnapshotReader {
    /// Opens the file at `path`. Its header and its length are verified here.
    ///
    /// # Errors
    /// It cannot be read, or is not a whole snapshot.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let io = |error| snapshot_io(path, error);
        let corrupt = |fault| Error::CorruptSnapshot {
            path: path.to_owned(),
            fault,
        };
        let file = File::open(path).map_err(io)?;
        let file_bytes = file.metadata().map_err(io)?.len();
        let mut source = BufReader::with_capacity(1 << 20, file);
        let header = read_header(&mut source).map_err(io)?.map_err(corrupt)?;
        if header.file_bytes() != Some(file_bytes) {
            return Err(corrupt(Fault::Length));
        }
        let payload_crc32 = read_trailer(&mut source, &header).map_err(io)?;
        let reader = SnapshotReader {
            source,
            bytes_left: header.payload_bytes,
            header,
            hasher: crc32fast::Hasher::new(),
            payload_crc32,
        };
        // Without a payload no read will come to the point where the checksum is compared.
        reader.verify_at_end().map_err(io)?;
        Ok(reader)
    }

    /// Index, term and conf state of the snapshot.
    pub fn metadata(&self) -> &SnapshotMetadata {
        &self.header.metadata
    }

    /// Length of the payload.
    pub fn payload_bytes(&self) -> u64 {
        self.header.payload_bytes
    }

    pub(super) fn describe(&self) -> SnapshotFile {
        SnapshotFile {
            metadata: self.header.metadata.clone(),
            file_name: file_name(self.header.metadata.index, self.header.metadata.term),
            file_bytes: self.header.bytes + self.header.payload_bytes + CRC_BYTES,
            payload_crc32: self.payload_crc32,
        }
    }

    fn verify_at_end(&self) -> io::Result<()> {
        let computed = self.hasher.clone().finalize();
        if self.bytes_left == 0 && computed != self.payload_crc32 {
            let fault = Fault::Checksum {
                stored: self.payload_crc32,
                computed,
            };
            return Err(io::Error::new(io::ErrorKind::InvalidData, fault));
        }
        Ok(())
    }
}

impl Read for SnapshotReader {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let wanted = bytes
            .len()
            .min(usize::try_from(self.bytes_left).unwrap_or(usize::MAX));
        let read = self.source.read(&mut bytes[..wanted])?;
        if read == 0 && wanted > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.hasher.update(&bytes[..read]);
        self.bytes_left -= read as u64;
        self.verify_at_end()?;
        Ok(read)
    }
}

#[derive(Debug)]
struct Header {
    metadata: SnapshotMetadata,
    bytes: u64,
    payload_bytes: u64,
}

impl Header {
    /// Length of the whole file; none if it exceeds every file.
    fn file_bytes(&self) -> Option<u64> {
        self.bytes
            .checked_add(self.payload_bytes)?
            .checked_add(CRC_BYTES)
    }
}

fn encode_header(metadata: &SnapshotMetadata, payload_bytes: u64) -> Vec<u8> {
    let conf_state = conf_state_bytes(metadata);
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(conf_state.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&metadata.index.to_le_bytes());
    bytes.extend_from_slice(&metadata.term.to_le_bytes());
    bytes.extend_from_slice(&payload_bytes.to_le_bytes());
    bytes.extend_from_slice(&conf_state);
    let crc32 = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc32.to_le_bytes());
    bytes
}

/// Reads the header and leaves `source` behind it.
fn read_header(source: &mut impl Read) -> io::Result<Result<Header, Fault>> {
    let mut bytes = vec![0; FIXED_BYTES];
    if !read_all(source, &mut bytes)? {
        return Ok(Err(Fault::Length));
    }
    if bytes[..8] != *MAGIC {
        return Ok(Err(Fault::Content("not a snapshot file")));
    }
    let version = u32_at(&bytes, 8);
    if version != VERSION {
        return Ok(Err(Fault::Version(version)));
    }
    let conf_state_bytes = u32_at(&bytes, 12);
    if conf_state_bytes > CONF_STATE_BYTES_MAX {
        return Ok(Err(Fault::Content("conf state too long")));
    }
    bytes.resize(
        FIXED_BYTES + conf_state_bytes as usize + CRC_BYTES as usize,
        0,
    );
    if !read_all(source, &mut bytes[FIXED_BYTES..])? {
        return Ok(Err(Fault::Length));
    }
    Ok(decode_header(&bytes))
}

fn decode_header(bytes: &[u8]) -> Result<Header, Fault> {
    let content = checked(bytes, crc32fast::hash)?;
    let conf_state = ConfState::parse_from_bytes(&content[FIXED_BYTES..])
        .map_err(|_| Fault::Content("conf state cannot be decoded"))?;
    Ok(Header {
        metadata: metadata(u64_at(content, 16), u64_at(content, 24), conf_state),
        bytes: bytes.len() as u64,
        payload_bytes: u64_at(content, 32),
    })
}

/// Reads the checksum at the end and leaves `source` where the payload begins.
fn read_trailer(source: &mut (impl Read + Seek), header: &Header) -> io::Result<u32> {
    let mut crc32 = [0; CRC_BYTES as usize];
    source.seek(SeekFrom::End(-(CRC_BYTES as i64)))?;
    source.read_exact(&mut crc32)?;
    source.seek(SeekFrom::Start(header.bytes))?;
    Ok(u32::from_le_bytes(crc32))
}

/// Fills `bytes`; false if the source ends before.
fn read_all(source: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match source.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
