//! The lease, written down for supervisors, which outlive the agent and must still stop a payload
//! that may not run on without a lease. Counted in time since the boot, which all processes share.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::procfs;

#[derive(Serialize, Deserialize)]
struct Lease {
    boot_id: String,
    until_uptime_ms: i64,
}

/// Writes that the lease lasts so many milliseconds from now on.
///
/// Not fsynced: after a crash of the machine nothing runs that could read it.
///
/// # Errors
/// When the disk says no.
pub fn write(path: &Path, left_ms: i64) -> io::Result<()> {
    let until_uptime_ms = procfs::uptime_ms()?.saturating_add(left_ms);
    let lease = Lease {
        boot_id: procfs::boot_id()?,
        until_uptime_ms,
    };
    let temporary = path.with_extension("tmp");
    fs::write(&temporary, serde_json::to_vec(&lease)?)?;
    fs::rename(&temporary, path)
}

/// Milliseconds the lease still lasts; none, or a negative number, when it ran out.
#[must_use]
pub fn left_ms(path: &Path) -> Option<i64> {
    let lease: Lease = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let now = procfs::uptime_ms().ok()?;
    (procfs::boot_id().ok()? == lease.boot_id).then_some(lease.until_uptime_ms - now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_lease() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lease");
        assert_eq!(left_ms(&path), None);
        write(&path, 10_000).unwrap();
        assert!((9_000..=10_010).contains(&left_ms(&path).unwrap()));
        write(&path, -50).unwrap();
        assert!(left_ms(&path).unwrap() < 0);
        fs::write(
            &path,
            r#"{"boot_id":"another","until_uptime_ms":99999999999}"#,
        )
        .unwrap();
        assert_eq!(left_ms(&path), None);
    }
}
