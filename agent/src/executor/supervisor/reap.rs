//! Waiting for children and killing descendants.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use nix::errno::Errno;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::time::TimeValLike as _;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

use super::{procfs, resident_bytes};

/// Reaps every dead child, keeps the payload's status, and says whether any child is left. As a
/// subreaper's children include its orphaned descendants, no child means no descendant.
pub(super) fn reap(payload: i32, exit: &mut Option<ExitStatus>) -> bool {
    loop {
        match waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return true,
            Ok(status) => note(status, payload, exit),
            Err(Errno::EINTR) => {}
            Err(_) => return false,
        }
    }
}

fn note(status: WaitStatus, payload: i32, exit: &mut Option<ExitStatus>) {
    let (pid, raw) = match status {
        WaitStatus::Exited(pid, code) => (pid, (code & 0xff) << 8),
        WaitStatus::Signaled(pid, signal, _) => (pid, signal as i32),
        _ => return,
    };
    if pid.as_raw() == payload {
        *exit = Some(ExitStatus::from_raw(raw));
    }
}

/// Asks the payload's process group to end. Nobody may be left in it, which is fine.
pub(super) fn ask_group(payload: i32) {
    let _ = killpg(Pid::from_raw(payload), Signal::SIGTERM);
}

/// Signals all that descends from this process now. To kill, the caller repeats it until no child
/// is left, as one may have forked while this looked.
pub(super) fn signal_descendants(signal: Signal) {
    for (pid, _) in procfs::descendants(getpid().as_raw()) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

/// Resident memory of all descendants, in MiB rounded up.
pub(super) fn resident_mib() -> u64 {
    resident_bytes().div_ceil(1 << 20)
}

/// Processor time of all reaped descendants in milliseconds, and the largest of them in MiB.
pub(super) fn used() -> (u64, u64) {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else {
        return (0, 0);
    };
    let cpu_ms = usage.user_time().num_milliseconds() + usage.system_time().num_milliseconds();
    let largest_kib = u64::try_from(usage.max_rss()).unwrap_or(0);
    (
        u64::try_from(cpu_ms).unwrap_or(0),
        largest_kib.div_ceil(1024),
    )
}
