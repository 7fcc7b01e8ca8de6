//! What a supervisor is told, how it says that it started, and how it says how its task ended.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::layout;
use super::procfs::Identity;
use crate::model::{TaskEnd, TaskStatus, Usage};

/// What a supervisor is told. All lengths of time are real.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaskSpec {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// Working directory.
    pub work_dir: PathBuf,
    /// Memory limit; 0: none.
    pub memory_mib: u64,
    /// Stopped as a failure after this long; 0: never.
    pub time_limit_ms: u64,
    /// Stopped as a success after this long; 0: never.
    pub run_for_ms: u64,
    /// From the polite signal to the deadly one.
    pub grace_ms: u64,
    /// Stopped when the lease written here has run out.
    pub lease_file: Option<PathBuf>,
}

/// The variable that marks every process of a task, and its value.
#[must_use]
pub fn mark(task_dir: &Path) -> (String, String) {
    ("EWC_TASK_DIRECTORY".into(), task_dir.display().to_string())
}

/// Reads a JSON file of a task; absent or not whole is none.
#[must_use]
pub fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Takes the at-most-one-start witness. Only one process ever succeeds: an agent that declares a
/// task lost takes it too, so that a supervisor still on its way cannot start the payload.
///
/// The witness is written elsewhere and linked, which like `O_EXCL` fails when it exists, and
/// which nobody ever sees half written.
///
/// # Errors
/// `AlreadyExists` when another has it.
pub fn take_witness(task_dir: &Path, identity: &Identity) -> io::Result<()> {
    let temporary = task_dir.join(format!("{}.{}", layout::STARTED, std::process::id()));
    fs::write(&temporary, serde_json::to_vec(identity)?)?;
    let linked = fs::File::open(&temporary)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::hard_link(&temporary, task_dir.join(layout::STARTED)));
    fs::remove_file(&temporary)?;
    linked?;
    fs::File::open(task_dir)?.sync_all()
}

/// Who has the witness.
#[must_use]
pub fn witness(task_dir: &Path) -> Option<Identity> {
    read(&task_dir.join(layout::STARTED))
}

/// Says how the task ended.
///
/// # Errors
/// When the disk says no.
pub fn write_status(task_dir: &Path, status: &TaskStatus) -> io::Result<()> {
    layout::write_whole(&task_dir.join(layout::STATUS), &serde_json::to_vec(status)?)
}

/// How the task ended, if it did.
#[must_use]
pub fn status(task_dir: &Path) -> Option<TaskStatus> {
    read(&task_dir.join(layout::STATUS))
}

/// An end that no process lived to see.
#[must_use]
pub fn bare_status(end: TaskEnd, exit_code: i32, detail: &str, ended_unix_ms: u64) -> TaskStatus {
    TaskStatus {
        end,
        exit_code,
        detail: detail.into(),
        usage: Usage::default(),
        ended_unix_ms,
    }
}
