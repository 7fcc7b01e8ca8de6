//! Programs that a figure starts: their output goes to a file, and none outlives the figure.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A started program. Dropped, it is killed.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts a program with its output in `log`.
    ///
    /// # Errors
    /// It cannot be started, or `log` cannot be written.
    pub fn start<A: AsRef<OsStr>>(
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        log: &Path,
    ) -> anyhow::Result<Process> {
        let log = File::create(log)?;
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .env("RUST_LOG", "warn")
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Process { child })
    }

    /// Stops it where it stands, so that whoever is measured has the machine alone.
    ///
    /// # Errors
    /// It has ended.
    pub fn pause(&self) -> anyhow::Result<()> {
        self.signal(Signal::SIGSTOP)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// It has ended.
    pub fn resume(&self) -> anyhow::Result<()> {
        self.signal(Signal::SIGCONT)
    }

    /// Asks it to end.
    ///
    /// # Errors
    /// It has ended.
    pub fn terminate(&self) -> anyhow::Result<()> {
        self.signal(Signal::SIGTERM)
    }

    /// True when it has ended.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        Ok(kill(Pid::from_raw(self.child.id().cast_signed()), signal)?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ports that are free now.
///
/// # Errors
/// There are none left.
pub fn free_ports(count: usize) -> anyhow::Result<Vec<u16>> {
    let bind = |_| std::net::TcpListener::bind("127.0.0.1:0");
    // All stay bound until the last is drawn, so that no two are the same.
    let listeners: Vec<_> = (0..count).map(bind).collect::<Result<_, _>>()?;
    let ports = listeners
        .iter()
        .map(|listener| listener.local_addr().map(|at| at.port()));
    Ok(ports.collect::<Result<_, _>>()?)
}
