//! A disk in memory: a crash takes back what was not synced, and writes and syncs may be told to
//! fail.

// The tests of the log and those of whole replicas each use a part of it.
#![allow(dead_code, reason = "shared by two test programs")]

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use ewc_scheduler::log_store::{Disk, DiskFile};

/// What each file holds, by name.
pub type Contents = BTreeMap<String, Vec<u8>>;

/// Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct FaultDisk(Arc<Mutex<Drive>>);

#[derive(Debug, Default)]
struct Drive {
    files: BTreeMap<String, Arc<Mutex<File>>>,
    syncs: u64,
    fail_syncs: bool,
    fail_writes: bool,
}

#[derive(Debug, Default)]
struct File {
    bytes: Vec<u8>,
    /// What a crash puts back, newest last.
    undo: Vec<Undo>,
    /// Whether a crash leaves its name.
    is_named: bool,
}

/// Of one write: where the file ended, and what was there.
#[derive(Debug)]
struct Undo {
    length: usize,
    offset: usize,
    old: Vec<u8>,
}

#[derive(Debug)]
struct Opened {
    drive: FaultDisk,
    file: Arc<Mutex<File>>,
}

impl FaultDisk {
    pub fn holding(contents: Contents) -> FaultDisk {
        let file = |bytes| File {
            bytes,
            undo: Vec::new(),
            is_named: true,
        };
        let disk = FaultDisk::default();
        disk.drive().files = contents
            .into_iter()
            .map(|(name, bytes)| (name, Arc::new(Mutex::new(file(bytes)))))
            .collect();
        disk
    }

    pub fn contents(&self) -> Contents {
        let files = &self.drive().files;
        let bytes = |file: &Arc<Mutex<File>>| file.lock().unwrap().bytes.clone();
        files
            .iter()
            .map(|(name, file)| (name.clone(), bytes(file)))
            .collect()
    }

    pub fn syncs(&self) -> u64 {
        self.drive().syncs
    }

    /// Whether the next sync fails, and all after it until a crash.
    pub fn fail_syncs(&self, fail: bool) {
        self.drive().fail_syncs = fail;
    }

    /// Whether the next write fails, and all after it until a crash.
    pub fn fail_writes(&self, fail: bool) {
        self.drive().fail_writes = fail;
    }

    /// Power is lost and comes back.
    pub fn crash(&self) {
        let mut drive = self.drive();
        (drive.fail_syncs, drive.fail_writes) = (false, false);
        drive.files.retain(|_, file| {
            let mut file = file.lock().unwrap();
            file.crash();
            file.is_named
        });
    }

    /// What a power failure at this moment would leave.
    pub fn after_crash(&self) -> FaultDisk {
        let mut left = Contents::new();
        for (name, file) in &self.drive().files {
            let file = file.lock().unwrap();
            let mut bytes = file.bytes.clone();
            file.undo
                .iter()
                .rev()
                .for_each(|undo| undo.apply(&mut bytes));
            if file.is_named {
                left.insert(name.clone(), bytes);
            }
        }
        FaultDisk::holding(left)
    }

    fn drive(&self) -> MutexGuard<'_, Drive> {
        self.0.lock().unwrap()
    }

    fn opened(&self, file: Arc<Mutex<File>>) -> Arc<dyn DiskFile> {
        Arc::new(Opened {
            drive: self.clone(),
            file,
        })
    }
}

impl File {
    fn crash(&mut self) {
        while let Some(undo) = self.undo.pop() {
            undo.apply(&mut self.bytes);
        }
    }
}

impl Undo {
    fn apply(&self, bytes: &mut Vec<u8>) {
        bytes[self.offset..self.offset + self.old.len()].copy_from_slice(&self.old);
        bytes.truncate(self.length);
    }
}

impl Disk for FaultDisk {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.drive().files.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.drive().files.get(name).cloned();
        Ok(self.opened(file.ok_or(io::ErrorKind::NotFound)?))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = Arc::default();
        self.drive()
            .files
            .insert(name.to_owned(), Arc::clone(&file));
        Ok(self.opened(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut drive = self.drive();
        let file = drive.files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        file.lock().unwrap().is_named = true;
        drive.files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let removed = self.drive().files.remove(name);
        removed.map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    fn has_threads(&self) -> bool {
        false
    }
}

impl DiskFile for Opened {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.file.lock().unwrap().bytes.len() as u64)
    }

    fn read_exact_at(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        let offset = offset as usize;
        let file = self.file.lock().unwrap();
        let source = file.bytes.get(offset..offset + out.len());
        out.copy_from_slice(source.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_all_at(&self, data: &[u8], offset: u64) -> io::Result<()> {
        if self.drive.drive().fail_writes {
            return Err(io::Error::other("injected write failure"));
        }
        let mut file = self.file.lock().unwrap();
        let (offset, length) = (offset as usize, file.bytes.len());
        let end = offset + data.len();
        if end > length {
            file.bytes.resize(end, 0);
        }
        let old = file.bytes[offset.min(length)..end.min(length)].to_vec();
        file.undo.push(Undo {
            length,
            offset,
            old,
        });
        file.bytes[offset..end].copy_from_slice(data);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut drive = self.drive.drive();
        if drive.fail_syncs {
            return Err(io::Error::other("injected sync failure"));
        }
        drive.syncs += 1;
        self.file.lock().unwrap().undo.clear();
        Ok(())
    }
}
