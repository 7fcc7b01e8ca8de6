//! A disk in memory: a crash takes back what was not synced, and a sync may be told to fail.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

/// Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<Bytes>>);

#[derive(Debug, Default)]
struct Bytes {
    bytes: Vec<u8>,
    /// What a crash puts back, newest last.
    undo: Vec<Undo>,
    fail_syncs: bool,
}

#[derive(Debug)]
enum Undo {
    Write { offset: usize, old: Vec<u8> },
    Grown { from: usize },
    Cut { tail: Vec<u8> },
}

impl Disk {
    /// Whether the next sync fails, and all after it until [`Disk::crash`].
    pub fn fail_syncs(&self, fail: bool) {
        self.disk().fail_syncs = fail;
    }

    /// Power is lost and comes back.
    pub fn crash(&self) {
        let mut disk = self.disk();
        disk.fail_syncs = false;
        while let Some(undo) = disk.undo.pop() {
            match undo {
                Undo::Write { offset, old } => {
                    disk.bytes[offset..offset + old.len()].copy_from_slice(&old);
                }
                Undo::Grown { from } => disk.bytes.truncate(from),
                Undo::Cut { tail } => disk.bytes.extend(tail),
            }
        }
    }

    fn disk(&self) -> MutexGuard<'_, Bytes> {
        self.0.lock().unwrap()
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = offset as usize;
        let disk = self.disk();
        let source = disk.bytes.get(offset..offset + out.len());
        out.copy_from_slice(source.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut disk = self.disk();
        let (len, from) = (len as usize, disk.bytes.len());
        let undo = match len < from {
            true => Undo::Cut {
                tail: disk.bytes[len..].to_vec(),
            },
            false => Undo::Grown { from },
        };
        disk.undo.push(undo);
        disk.bytes.resize(len, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut disk = self.disk();
        if disk.fail_syncs {
            return Err(io::Error::other("injected sync failure"));
        }
        disk.undo.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut disk = self.disk();
        let at = offset as usize..offset as usize + data.len();
        let old = disk.bytes[at.clone()].to_vec();
        disk.undo.push(Undo::Write {
            offset: at.start,
            old,
        });
        disk.bytes[at].copy_from_slice(data);
        Ok(())
    }
}
