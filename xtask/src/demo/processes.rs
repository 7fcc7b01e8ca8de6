//! Builds the programs, starts them in groups of their own, and leaves nothing behind.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Programs of the demo.
const PACKAGES: [&str; 3] = ["ewc-scheduler", "ewc-agent", "ewc"];
/// Time for agents to stop their jobs.
const GRACE: Duration = Duration::from_secs(4);

/// Builds what the demo starts.
pub fn build() -> anyhow::Result<()> {
    println!("demo: building (the first time takes some minutes)");
    let mut command = Command::new("cargo");
    command.args(["build", "--release", "--locked", "--bins"]);
    for package in PACKAGES {
        command.args(["--package", package]);
    }
    let status = command.current_dir(crate::tidy::root()?).status()?;
    if !status.success() {
        bail!("the build failed");
    }
    Ok(())
}

/// A program beside this one.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = crate::programs::folder()?.join(name);
    if !path.exists() {
        bail!("{} is missing; leave --no-build out", path.display());
    }
    Ok(path)
}

/// A started program. Dropped, it is killed.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts a program with its output in `log`.
    pub fn start<A: AsRef<OsStr>>(
        name: &str,
        arguments: impl IntoIterator<Item = A>,
        log: &Path,
    ) -> anyhow::Result<Process> {
        let log = File::options().create(true).append(true).open(log)?;
        let child = Command::new(program(name)?)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .env("NO_COLOR", "1")
            // Ctrl-C comes to the demo alone, which then stops the others in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Process { child })
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        // It may have ended already.
        let _ = kill(self.pid(), Signal::SIGTERM);
    }

    /// Kills it.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// True when it has ended.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Stops all, politely first.
pub fn stop_all(processes: &mut [Process]) {
    processes.iter().for_each(Process::terminate);
    let until = Instant::now() + GRACE;
    while Instant::now() < until && !processes.iter_mut().all(Process::has_ended) {
        std::thread::sleep(Duration::from_millis(50));
    }
    processes.iter_mut().for_each(Process::kill);
}

/// Kills whatever still names the run's directory on its command line or works inside it.
pub fn sweep(directory: &Path) {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return;
    };
    let own = std::process::id();
    for entry in entries.flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let works_inside = std::fs::read_link(entry.path().join("cwd"))
            .is_ok_and(|cwd| cwd.starts_with(directory));
        let named = String::from_utf8_lossy(&command).contains(&*directory.to_string_lossy());
        let ours = String::from_utf8_lossy(&command).contains("ewc-");
        if pid != own && (works_inside || (named && ours)) {
            let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        }
    }
}
