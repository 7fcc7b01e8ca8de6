//! The state directory: one agent at a time, and a number that grows with every start.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::executor::layout::write_whole;

/// Held as long as the agent runs.
#[derive(Debug)]
pub(super) struct StateDir {
    _lock: File,
    /// Larger at every start.
    pub incarnation: u64,
}

pub(super) fn open(directory: &Path) -> anyhow::Result<StateDir> {
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot make state directory {}", directory.display()))?;
    let lock = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(directory.join("lock"))
        .with_context(|| format!("cannot use state directory {}", directory.display()))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            bail!("another agent uses state directory {}", directory.display());
        }
        Err(TryLockError::Error(error)) => return Err(error).context("cannot lock the state"),
    }
    let incarnation = next_incarnation(&directory.join("incarnation"), super::unix_ms() / 1000)?;
    Ok(StateDir {
        _lock: lock,
        incarnation,
    })
}

/// The first one is the time, so that an agent that lost its state directory is still newer than
/// all before it.
fn next_incarnation(path: &Path, unix_seconds: u64) -> anyhow::Result<u64> {
    let next = match fs::read_to_string(path) {
        Ok(text) => {
            let last: u64 = text
                .trim()
                .parse()
                .with_context(|| format!("{} is damaged", path.display()))?;
            last + 1
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => unix_seconds,
        Err(error) => return Err(error).context("cannot read the incarnation"),
    };
    write_whole(path, format!("{next}\n").as_bytes())?;
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_agent_at_a_time_and_a_growing_number() {
        let directory = tempfile::tempdir().unwrap();
        let first = open(directory.path()).unwrap();
        assert!(first.incarnation > 1_700_000_000);
        let second = first.incarnation + 1;
        let error = open(directory.path()).unwrap_err().to_string();
        assert!(error.starts_with("another agent uses"), "{error}");
        drop(first);
        assert_eq!(open(directory.path()).unwrap().incarnation, second);
        fs::write(directory.path().join("incarnation"), "x").unwrap();
        assert!(open(directory.path()).is_err());
    }
}
