//! Programs that a figure starts: their output goes to a file, and none outlives the figure.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The unit of processor time in `/proc`: Linux shows a hundredth of a second on every machine.
const TICK: Duration = Duration::from_millis(10);

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

    /// Processor time of all its threads since its start, in user and kernel mode.
    ///
    /// # Errors
    /// It has ended.
    pub fn processor_time(&self) -> anyhow::Result<Duration> {
        processor_time(&self.child.id().to_string())
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

/// Processor time of this program.
///
/// # Errors
/// The kernel does not tell.
pub fn own_time() -> anyhow::Result<Duration> {
    processor_time("self")
}

fn processor_time(process: &str) -> anyhow::Result<Duration> {
    let path = format!("/proc/{process}/stat");
    let stat = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    let ticks = ticks(&stat).with_context(|| format!("{path} is not as proc(5) has it"))?;
    Ok(TICK * ticks)
}

/// The 14th and 15th field together; the second is a name that may hold anything.
fn ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let (user, kernel) = (fields.next()?, fields.next()?);
    Some(user.parse::<u32>().ok()? + kernel.parse::<u32>().ok()?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "7 (a) 1 (b) R 1 2 3 4 5 6 7 8 9 10 25 17 0 0 20 0";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("7 (a) R 1 2"), None);
        assert!(own_time().is_ok());
    }
}
