//! Names of the files of an attempt. One place, so that agent, supervisor and log reader agree.
//!
//! ```text
//! <attempts>/<job>-<attempt>-<fence>/
//!     order.json             the order, for a later agent
//!     work/                  working directory of all its tasks
//!     <group>-<task>/
//!         spec.json          what the supervisor is to do
//!         script             the script, when the payload is one
//!         started            the at-most-one-start witness
//!         status.json        how it ended
//!         stdout, stderr     what the payload wrote
//!         supervisor.log     what the supervisor wrote
//! ```

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::model::{AttemptKey, TaskOrder};

/// Order of an attempt.
pub const ORDER: &str = "order.json";
/// What the supervisor is to do.
pub const SPEC: &str = "spec.json";
/// The script of a script payload.
pub const SCRIPT: &str = "script";
/// The at-most-one-start witness.
pub const STARTED: &str = "started";
/// How the task ended.
pub const STATUS: &str = "status.json";
/// What the payload wrote to its standard output.
pub const STDOUT: &str = "stdout";
/// What the payload wrote to its standard error.
pub const STDERR: &str = "stderr";
/// What the supervisor wrote.
pub const SUPERVISOR_LOG: &str = "supervisor.log";

/// Directory of an attempt.
#[must_use]
pub fn attempt_dir(attempts: &Path, key: &AttemptKey) -> PathBuf {
    attempts.join(key.directory_name())
}

/// Directory of a task.
#[must_use]
pub fn task_dir(attempt: &Path, task: &TaskOrder) -> PathBuf {
    attempt.join(task.directory_name())
}

/// Working directory of an attempt.
#[must_use]
pub fn work_dir(attempt: &Path) -> PathBuf {
    attempt.join("work")
}

/// Writes a file so that it is either absent or whole, also after a crash.
///
/// # Errors
/// When the disk says no.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
