//! Resource limits of a payload.
//!
//! The memory limit is one on *data* (`RLIMIT_DATA`: heap and private writable mappings, since
//! Linux 4.7), not on address space (`RLIMIT_AS`): run-times such as those of Go, Java and CUDA
//! reserve far more addresses than they ever use and would not start. It holds for each process,
//! and is a soft limit: it catches accidents; sharing a node fairly is the site manager's work.

use std::io;

use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};

const OPEN_FILES_MAX: rlim_t = 65_536;
/// A limit below this would keep even a shell from starting.
const MEMORY_MIB_MIN: u64 = 64;

/// Limits in force; the one on memory is meant for the payload only.
pub(super) struct Limits {
    data: (rlim_t, rlim_t),
}

/// Sets the limits that the next child inherits. 0 MiB: no memory limit.
pub(super) fn apply(memory_mib: u64) -> io::Result<Limits> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(
        Resource::RLIMIT_NOFILE,
        soft.max(hard.min(OPEN_FILES_MAX)),
        hard,
    )?;
    let data = getrlimit(Resource::RLIMIT_DATA)?;
    if memory_mib > 0 {
        let bytes = memory_mib.max(MEMORY_MIB_MIN).saturating_mul(1 << 20);
        setrlimit(Resource::RLIMIT_DATA, bytes.min(data.1), data.1)?;
    }
    Ok(Limits { data })
}

impl Limits {
    /// Gives the supervisor itself its memory back.
    pub(super) fn lift_memory(self) -> io::Result<()> {
        let (soft, hard) = self.data;
        Ok(setrlimit(Resource::RLIMIT_DATA, soft, hard)?)
    }
}
