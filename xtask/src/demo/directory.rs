//! The directory of a run: emptied before it, its own while it lasts, left for the reader after it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

/// What every run puts there: only what an earlier one made is removed.
const MARKER: &str = ".ewc-demo";
const PARTS: [&str; 4] = ["data", "witness", "log", "config"];

/// The directory of this run, which no other run takes until this is dropped.
pub struct RunDirectory {
    path: PathBuf,
    /// Locked.
    _marker: File,
}

impl RunDirectory {
    /// Empties the directory, or makes it.
    pub fn prepare(path: &Path) -> anyhow::Result<RunDirectory> {
        let shown = path.display();
        let marker = path.join(MARKER);
        ensure!(
            marker.exists() || !path.exists(),
            "{shown} exists and is not from a demo; choose another --directory"
        );
        fs::create_dir_all(path).with_context(|| format!("cannot create {shown}"))?;
        let mut options = File::options();
        let mut marker = options.create(true).append(true).open(marker)?;
        ensure!(
            marker.try_lock().is_ok(),
            "a demo runs in {shown}; wait for its end, or choose another --directory"
        );
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else if entry.file_name() != MARKER {
                fs::remove_file(entry.path())?;
            }
        }
        for part in PARTS {
            fs::create_dir(path.join(part))?;
        }
        marker.set_len(0)?;
        marker.write_all(b"made by cargo xtask demo\n")?;
        Ok(RunDirectory {
            path: path.canonicalize()?,
            _marker: marker,
        })
    }

    /// Its full path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_run_left_goes_and_what_is_not_from_one_stays() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run");
        let first = RunDirectory::prepare(&path).unwrap();
        fs::write(first.path().join("report.html"), "old").unwrap();
        fs::write(first.path().join("log/agent.log"), "old").unwrap();
        drop(first);
        let second = RunDirectory::prepare(&path).unwrap();
        assert!(!second.path().join("report.html").exists());
        assert!(second.path().join("log").is_dir());
        assert!(!second.path().join("log/agent.log").exists());
        let refused = RunDirectory::prepare(home.path()).map(drop).unwrap_err();
        assert!(refused.to_string().contains("not from a demo"), "{refused}");
    }

    #[test]
    fn a_run_is_not_taken_away_while_it_lasts() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run");
        let first = RunDirectory::prepare(&path).unwrap();
        fs::write(first.path().join("log/agent.log"), "new").unwrap();
        let refused = RunDirectory::prepare(&path).map(drop).unwrap_err();
        assert!(refused.to_string().contains("a demo runs"), "{refused}");
        assert!(first.path().join("log/agent.log").exists());
        drop(first);
        assert!(RunDirectory::prepare(&path).is_ok());
    }
}
