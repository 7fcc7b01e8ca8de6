//! `ewc-agent supervise`: one process per task that starts the payload, sees it to its end, kills
//! everything it left, and writes down how it ended. It needs no agent: the time limit and, where
//! the job wants that, the lease are kept by the supervisor itself.
//!
//! Nothing escapes it short of a supervisor killed with SIGKILL (then the agent looks for orphans
//! by their mark): it is a child subreaper, so that a descendant that changes its session or whose
//! parent dies becomes its own child.

use std::fs::File;
use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::signal::Signal::{SIGKILL, SIGTERM};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::procfs::{self, Identity};
use super::spec::{self, TaskSpec};
use super::{layout, lease_file};
use crate::model::{TaskEnd, TaskStatus, Usage};

mod limits;
mod reap;

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Supervises the task in `task_dir` to its end.
///
/// # Errors
/// When the task was started before, or its directory cannot be used. Once the payload was
/// started every end is written to the status instead.
pub fn run(task_dir: &Path) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(supervise(task_dir))
}

async fn supervise(task_dir: &Path) -> io::Result<()> {
    let spec: TaskSpec = spec::read(&task_dir.join(layout::SPEC))
        .ok_or_else(|| io::Error::other("spec.json is missing or damaged"))?;
    // Handlers come first: from the witness on, a SIGTERM must stop the payload, not us.
    let signals = Signals::new()?;
    nix::unistd::setsid()?;
    nix::sys::prctl::set_child_subreaper(true)?;
    spec::take_witness(task_dir, &Identity::own()?)?;
    let status = match spawn(&spec, task_dir) {
        Ok(payload) => Watch::new(spec, payload).until_dead(signals).await,
        Err(error) => {
            let program = spec.argv.first().map_or("", String::as_str);
            let detail = format!("cannot start {program}: {error}");
            spec::bare_status(TaskEnd::StartFailed, 127, &detail, unix_ms())
        }
    };
    spec::write_status(task_dir, &status)
}

struct Signals {
    stop: Signal,
    interrupt: Signal,
    child: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            stop: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            child: signal(SignalKind::child())?,
        })
    }
}

/// Starts the payload and returns its process id, which is also its process group.
fn spawn(spec: &TaskSpec, task_dir: &Path) -> io::Result<i32> {
    let program = spec
        .argv
        .first()
        .ok_or_else(|| io::Error::other("there is no program"))?;
    let mut command = Command::new(resolve(program, &spec.work_dir));
    command
        .args(&spec.argv[1..])
        .arg0(program)
        .current_dir(&spec.work_dir)
        .env_clear()
        .envs(&spec.environment)
        .stdin(Stdio::null())
        .stdout(File::create(task_dir.join(layout::STDOUT))?)
        .stderr(File::create(task_dir.join(layout::STDERR))?)
        .process_group(0);
    let limits = limits::apply(spec.memory_mib)?;
    let child = command.spawn();
    limits.lift_memory()?;
    // Dropping the handle neither kills nor reaps: all children are reaped in one place.
    i32::try_from(child?.id()).map_err(io::Error::other)
}

/// A path with a slash counts from the working directory, where staged images are.
fn resolve(program: &str, work_dir: &Path) -> PathBuf {
    if program.contains('/') {
        work_dir.join(program)
    } else {
        PathBuf::from(program)
    }
}

/// Why the supervisor ends the payload, and until when it asks politely.
struct Stop {
    end: TaskEnd,
    detail: &'static str,
    kill_at: Instant,
    /// Whether what outlived the payload was asked too.
    rest_asked: bool,
}

struct Watch {
    spec: TaskSpec,
    payload: i32,
    started: Instant,
    exit: Option<ExitStatus>,
    stop: Option<Stop>,
    memory_peak_mib: u64,
    sums_memory: bool,
}

impl Watch {
    fn new(spec: TaskSpec, payload: i32) -> Self {
        let started = Instant::now();
        Self {
            spec,
            payload,
            started,
            exit: None,
            stop: None,
            memory_peak_mib: 0,
            sums_memory: procfs::lists_children(),
        }
    }

    /// Returns when the payload and every descendant are dead and reaped.
    async fn until_dead(mut self, mut signals: Signals) -> TaskStatus {
        loop {
            let asked = tokio::select! {
                _ = signals.stop.recv() => true,
                _ = signals.interrupt.recv() => true,
                _ = signals.child.recv() => false,
                () = tokio::time::sleep(self.next_look()) => false,
            };
            if asked {
                self.begin_stop(TaskEnd::Stopped, "");
            }
            self.check_limits();
            let alive = reap::reap(self.payload, &mut self.exit);
            if !alive {
                return self.status();
            }
            self.look_at_memory();
            self.kill_what_must_die();
        }
    }

    fn next_look(&self) -> Duration {
        let limits = [self.spec.time_limit_ms, self.spec.run_for_ms];
        let ends = limits
            .into_iter()
            .filter(|limit| *limit > 0 && self.stop.is_none());
        let left = ends.map(|limit| self.started + Duration::from_millis(limit));
        let next = left
            .chain(self.stop.as_ref().map(|stop| stop.kill_at))
            .min();
        // While the dying is on, look often: an orphan's end may come without a signal.
        let at_most = if self.exit.is_some() {
            Duration::from_millis(10)
        } else {
            LOOK_EVERY
        };
        let left = next.map_or(at_most, |at| at.saturating_duration_since(Instant::now()));
        left.clamp(Duration::from_millis(2), at_most)
    }

    fn check_limits(&mut self) {
        let elapsed_ms = elapsed_ms(self.started);
        let over = |limit: u64| limit > 0 && elapsed_ms >= limit;
        if over(self.spec.run_for_ms) {
            self.begin_stop(TaskEnd::RanFor, "");
        } else if over(self.spec.time_limit_ms) {
            self.begin_stop(TaskEnd::TimedOut, "the time limit ran out");
        } else if self.lease_ran_out() {
            self.begin_stop(TaskEnd::Stopped, "lease expired");
        }
    }

    fn lease_ran_out(&self) -> bool {
        let lease = self.spec.lease_file.as_deref();
        lease.is_some_and(|path| lease_file::left_ms(path).is_none_or(|left| left <= 0))
    }

    fn begin_stop(&mut self, end: TaskEnd, detail: &'static str) {
        if self.stop.is_none() && self.exit.is_none() {
            let kill_at = Instant::now() + Duration::from_millis(self.spec.grace_ms);
            self.stop = Some(Stop {
                end,
                detail,
                kill_at,
                rest_asked: false,
            });
            reap::ask_group(self.payload);
        }
    }

    /// What outlives the payload dies at once, unless the payload was asked to stop: then the rest
    /// is asked as well (it may have left the group, or been forked past the signal), and has what
    /// is left of the grace.
    fn kill_what_must_die(&mut self) {
        let exited = self.exit.is_some();
        match &mut self.stop {
            Some(stop) if Instant::now() >= stop.kill_at => reap::signal_descendants(SIGKILL),
            Some(stop) if exited && !stop.rest_asked => {
                stop.rest_asked = true;
                reap::signal_descendants(SIGTERM);
            }
            None if exited => reap::signal_descendants(SIGKILL),
            _ => {}
        }
    }

    /// Sums over all processes of the task. Where that would mean to look at every process of the
    /// machine, the largest single one has to do, which the kernel tells at the end.
    fn look_at_memory(&mut self) {
        if self.sums_memory && self.exit.is_none() {
            self.memory_peak_mib = self.memory_peak_mib.max(reap::resident_mib());
        }
    }

    fn status(&self) -> TaskStatus {
        let exit = self.exit.unwrap_or_default();
        let code = exit
            .code()
            .or(exit.signal().map(|signal| 128 + signal))
            .unwrap_or(0);
        let (end, detail) = match (&self.stop, exit.signal()) {
            (Some(stop), _) => (stop.end, stop.detail.to_owned()),
            (None, Some(signal)) => (TaskEnd::Signalled, format!("killed by signal {signal}")),
            (None, None) => (TaskEnd::Exited, String::new()),
        };
        let exit_code = if end == TaskEnd::RanFor { 0 } else { code };
        let (cpu_ms, largest_mib) = reap::used();
        let memory_peak_mib = self.memory_peak_mib.max(largest_mib);
        let usage = Usage {
            cpu_ms,
            memory_peak_mib,
            wall_ms: elapsed_ms(self.started),
        };
        TaskStatus {
            end,
            exit_code,
            detail,
            usage,
            ended_unix_ms: unix_ms(),
        }
    }
}

fn elapsed_ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn unix_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Bytes of a memory page.
fn page_bytes() -> u64 {
    let page = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE)
        .ok()
        .flatten();
    page.and_then(|bytes| u64::try_from(bytes).ok())
        .unwrap_or(4096)
}

/// Resident memory of all descendants.
fn resident_bytes() -> u64 {
    let own = nix::unistd::getpid().as_raw();
    let pages: u64 = procfs::descendants(own)
        .iter()
        .map(|(_, stat)| stat.resident_pages)
        .sum();
    pages * page_bytes()
}
