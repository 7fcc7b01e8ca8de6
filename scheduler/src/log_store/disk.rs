//! Where the files of the log are: a directory, or in tests a disk in memory.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Error;

/// A directory of files, known by name. Whoever has it has it alone.
pub trait Disk: fmt::Debug + Send {
    /// The names of all files.
    ///
    /// # Errors
    /// What the operating system says, here and below.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Opens the file of that name.
    ///
    /// # Errors
    /// It is not there.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Creates a file, empty, in place of what has its name.
    ///
    /// # Errors
    /// There is no room.
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Gives a file another name. When this returns, the name survives a crash.
    ///
    /// # Errors
    /// It is not there.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file, before any that is removed later. Whoever has it open still reads it.
    ///
    /// # Errors
    /// It is not there.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Whether threads may write to its files beside the one that has it. Where it is told what
    /// fails and when, only one does.
    fn has_threads(&self) -> bool;
}

/// An open file.
pub trait DiskFile: fmt::Debug + Send + Sync {
    /// Its length in bytes.
    ///
    /// # Errors
    /// What the operating system says, here and below.
    fn bytes(&self) -> io::Result<u64>;

    /// Fills `out` with what is at `offset`.
    ///
    /// # Errors
    /// The file ends before.
    fn read_exact_at(&self, out: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes `data` at `offset`, which makes the file longer where it ends before.
    ///
    /// # Errors
    /// There is no room.
    fn write_all_at(&self, data: &[u8], offset: u64) -> io::Result<()>;

    /// When this returns, what was written survives a crash.
    ///
    /// # Errors
    /// It does not.
    fn sync_data(&self) -> io::Result<()>;
}

impl DiskFile for File {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_exact_at(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, out, offset)
    }

    fn write_all_at(&self, data: &[u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(self, data, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        File::sync_data(self)
    }
}

/// A directory of the file system.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    /// Locked as long as it is open.
    handle: File,
}

impl Directory {
    /// Opens the directory at `path`, creating it if it is missing. No other process may change
    /// it, nor read it by [`Directory::to_read`], until this is dropped.
    pub(super) fn to_write(path: PathBuf) -> Result<Directory, Error> {
        let create = || -> io::Result<()> {
            let is_new = !path.exists();
            fs::create_dir_all(&path)?;
            match path.parent() {
                // A directory whose name is lost in a crash takes every entry with it.
                Some(parent) if is_new => sync_directory(parent),
                _ => Ok(()),
            }
        };
        match create() {
            Ok(()) => Directory::lock(path, File::try_lock),
            Err(source) => Err(Error::OpenIo { path, source }),
        }
    }

    /// Opens the directory at `path` to read it. No process may change it until this is dropped.
    pub(super) fn to_read(path: PathBuf) -> Result<Directory, Error> {
        Directory::lock(path, File::try_lock_shared)
    }

    fn lock(
        path: PathBuf,
        lock: impl FnOnce(&File) -> Result<(), TryLockError>,
    ) -> Result<Directory, Error> {
        let locked = File::open(&path).map(|handle| (lock(&handle), handle));
        match locked {
            Ok((Ok(()), handle)) => Ok(Directory { path, handle }),
            Ok((Err(TryLockError::WouldBlock), _)) => Err(Error::InUse { path }),
            Ok((Err(TryLockError::Error(source)), _)) | Err(source) => {
                Err(Error::OpenIo { path, source })
            }
        }
    }
}

impl Disk for Directory {
    fn names(&self) -> io::Result<Vec<String>> {
        let files = fs::read_dir(&self.path)?;
        files
            .map(|file| Ok(file?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.path.join(name);
        // A reader may have no right to write.
        let writable = OpenOptions::new().read(true).write(true).open(&path);
        Ok(Arc::new(writable.or_else(|_| File::open(&path))?))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        Ok(Arc::new(options.open(self.path.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))?;
        self.handle.sync_all()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))?;
        self.handle.sync_all()
    }

    fn has_threads(&self) -> bool {
        true
    }
}

fn sync_directory(path: &Path) -> io::Result<()> {
    // The parent of a relative path of one component is empty and means the current directory.
    let is_here = path.as_os_str().is_empty();
    File::open(if is_here { Path::new(".") } else { path })?.sync_all()
}
