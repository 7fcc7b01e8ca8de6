//! A disk in memory that loses what was not synced, flips bytes and fails on request.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

/// Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(super) struct FaultBackend(Arc<Mutex<Disk>>);

#[derive(Debug, Default)]
struct Disk {
    /// What the running process sees.
    bytes: Vec<u8>,
    /// What a crash leaves.
    synced: Vec<u8>,
    syncs: u64,
    fail_syncs: bool,
    fail_writes: bool,
}

impl FaultBackend {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap()
    }

    /// The disk after a power failure at this moment.
    pub(super) fn after_crash(&self) -> FaultBackend {
        FaultBackend::holding(self.disk().synced.clone())
    }

    pub(super) fn holding(bytes: Vec<u8>) -> FaultBackend {
        let disk = Disk {
            synced: bytes.clone(),
            bytes,
            ..Disk::default()
        };
        FaultBackend(Arc::new(Mutex::new(disk)))
    }

    pub(super) fn contents(&self) -> Vec<u8> {
        self.disk().bytes.clone()
    }

    pub(super) fn syncs(&self) -> u64 {
        self.disk().syncs
    }

    pub(super) fn fail_syncs(&self, fail: bool) {
        self.disk().fail_syncs = fail;
    }

    pub(super) fn fail_writes(&self, fail: bool) {
        self.disk().fail_writes = fail;
    }
}

impl StorageBackend for FaultBackend {
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
        self.disk().bytes.resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut disk = self.disk();
        if disk.fail_syncs {
            return Err(io::Error::other("injected sync failure"));
        }
        disk.syncs += 1;
        disk.synced = disk.bytes.clone();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut disk = self.disk();
        if disk.fail_writes {
            return Err(io::Error::other("injected write failure"));
        }
        let offset = offset as usize;
        disk.bytes[offset..offset + data.len()].copy_from_slice(data);
        Ok(())
    }
}
