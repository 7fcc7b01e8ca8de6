//! Drops the directories of attempts that ended long ago. What the scheduler has not let go stays.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::ExecutorConfig;

pub(super) fn prune(config: &ExecutorConfig, unreleased: &[String], now_unix_ms: u64) {
    let oldest = UNIX_EPOCH + Duration::from_millis(now_unix_ms.saturating_sub(config.keep_for_ms));
    for (age_rank, (changed, directory)) in released(config, unreleased).into_iter().enumerate() {
        if (age_rank >= config.keep_attempts || changed < oldest)
            && let Err(error) = fs::remove_dir_all(&directory)
        {
            tracing::warn!(%error, directory = %directory.display(), "cannot drop an old attempt");
        }
    }
}

/// Directories that may go, newest first.
fn released(config: &ExecutorConfig, unreleased: &[String]) -> Vec<(SystemTime, PathBuf)> {
    let entries = fs::read_dir(&config.attempts_dir)
        .into_iter()
        .flatten()
        .flatten();
    let mut released: Vec<(SystemTime, PathBuf)> = entries
        .filter(|entry| {
            !unreleased
                .iter()
                .any(|kept| entry.file_name() == kept.as_str())
        })
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    released.sort();
    released.reverse();
    released
}
