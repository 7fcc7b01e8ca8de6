//! One task as the agent sees it from outside: a supervisor, its witness and its status.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::procfs::{self, Identity};
use super::{layout, spec};
use crate::model::{TaskEnd, TaskStatus};

/// How long a supervisor may take from its start to the witness once its agent is gone.
const WITNESS_WITHIN_MS: u64 = 500;

/// A started or adopted task.
#[derive(Debug)]
pub(super) struct Task {
    directory: PathBuf,
    /// The supervisor, when this very agent started it; kept to be reaped.
    child: Option<Child>,
    /// When a task without a witness counts as lost.
    lost_at_unix_ms: u64,
    stop_asked: bool,
    ended: bool,
}

impl Task {
    /// Starts the supervisor. When that fails the task has ended, and says so when looked at.
    pub fn start(supervisor: &Path, directory: PathBuf, now_unix_ms: u64) -> Self {
        let child = spawn(supervisor, &directory);
        if let Err(error) = &child {
            let detail = format!("cannot start the supervisor: {error}");
            conclude(&directory, TaskEnd::StartFailed, 127, &detail, now_unix_ms);
        }
        let child = child.ok();
        Self {
            directory,
            child,
            lost_at_unix_ms: 0,
            stop_asked: false,
            ended: false,
        }
    }

    /// Finds a task again. A supervisor on its way to the witness is given a moment; after that it
    /// loses to this agent: with no trace of it, nothing says that it lives.
    pub fn adopt(directory: PathBuf, now_unix_ms: u64) -> Self {
        let lost_at_unix_ms = now_unix_ms + WITNESS_WITHIN_MS;
        Self {
            directory,
            child: None,
            lost_at_unix_ms,
            stop_asked: false,
            ended: false,
        }
    }

    pub fn is_running(&self) -> bool {
        !self.ended
    }

    /// Tells the supervisor to stop the payload; a payload that has not started never will.
    pub fn stop(&mut self, now_unix_ms: u64) {
        if self.ended || std::mem::replace(&mut self.stop_asked, true) {
            return;
        }
        let detail = "stopped before it started";
        conclude(&self.directory, TaskEnd::Stopped, 0, detail, now_unix_ms);
        if let Some(identity) = spec::witness(&self.directory).filter(Identity::is_alive)
            && identity.pid != own_pid()
        {
            signal(identity.pid, Signal::SIGTERM);
        }
    }

    /// How the task ended, the first time that is known. All its processes are dead then.
    pub fn poll(&mut self, now_unix_ms: u64) -> Option<TaskStatus> {
        if self.ended {
            return None;
        }
        let supervisor_gone = self.supervisor_is_gone();
        let mut status = spec::status(&self.directory);
        if status.is_none() && supervisor_gone {
            if now_unix_ms < self.lost_at_unix_ms && spec::witness(&self.directory).is_none() {
                return None;
            }
            self.look_for_the_lost(now_unix_ms);
            status = spec::status(&self.directory);
        }
        // A child is reaped before its end is told, so that no zombie stays behind.
        self.ended = status.is_some() && supervisor_gone;
        status.filter(|_| self.ended)
    }

    fn supervisor_is_gone(&mut self) -> bool {
        if let Some(child) = &mut self.child {
            return !matches!(child.try_wait(), Ok(None));
        }
        let identity = spec::witness(&self.directory);
        identity.is_none_or(|identity| identity.pid == own_pid() || !identity.is_alive())
    }

    /// The supervisor died without a word. What it supervised may live on, and is killed before
    /// the task counts as lost; until then this looks again at every turn.
    fn look_for_the_lost(&self, now_unix_ms: u64) {
        let detail = "the payload was never started";
        conclude(&self.directory, TaskEnd::Lost, 0, detail, now_unix_ms);
        if spec::status(&self.directory).is_some() {
            return;
        }
        let Some(identity) = spec::witness(&self.directory) else {
            return;
        };
        let (name, value) = spec::mark(&self.directory);
        let orphans = procfs::orphans(&identity, &format!("{name}={value}"));
        orphans.iter().for_each(|pid| signal(*pid, Signal::SIGKILL));
        if orphans.is_empty() {
            let status =
                spec::bare_status(TaskEnd::Lost, 0, "the supervisor was killed", now_unix_ms);
            if let Err(error) = spec::write_status(&self.directory, &status) {
                tracing::warn!(%error, directory = %self.directory.display(), "status not written");
            }
        }
    }
}

/// Ends a task whose payload has not started: takes the witness, so that it never will, and writes
/// the status. Does nothing when a supervisor has the witness.
fn conclude(directory: &Path, end: TaskEnd, exit_code: i32, detail: &str, now_unix_ms: u64) {
    let status = spec::bare_status(end, exit_code, detail, now_unix_ms);
    let concluded = Identity::own()
        .and_then(|identity| spec::take_witness(directory, &identity))
        .and_then(|()| spec::write_status(directory, &status));
    match concluded {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            tracing::warn!(%error, directory = %directory.display(), "cannot conclude a task");
        }
        _ => {}
    }
}

fn spawn(supervisor: &Path, directory: &Path) -> io::Result<Child> {
    let log: File = OpenOptions::new()
        .create(true)
        .append(true)
        .open(directory.join(layout::SUPERVISOR_LOG))?;
    Command::new(supervisor)
        .arg0("ewc-agent")
        .arg("supervise")
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
}

fn signal(pid: i32, signal: Signal) {
    if let Err(error) = kill(Pid::from_raw(pid), signal) {
        tracing::debug!(%error, pid, %signal, "signal not delivered");
    }
}

fn own_pid() -> i32 {
    i32::try_from(std::process::id()).unwrap_or(0)
}
