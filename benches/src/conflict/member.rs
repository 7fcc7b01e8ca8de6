//! A member alone, in this process: its driver and its planning threads.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use ewc_core::command::Command;
use ewc_core::state::{Answer, Limits};
use ewc_scheduler::archive::Archive;
use ewc_scheduler::clock::SharedClock;
use ewc_scheduler::driver::{Driver, Handle, Input, Parts};
use ewc_scheduler::history::History;
use ewc_scheduler::log_store::{Identity, LogStore};
use ewc_scheduler::metrics::Metrics;
use ewc_scheduler::planning;
use ewc_scheduler::replica::{Replica, Settings};
use ewc_scheduler::snapshots::Snapshots;
use ewc_scheduler::transport::FEATURE_LEVEL;

/// Length of a raft tick.
const TICK: Duration = Duration::from_millis(50);
/// Commands between two snapshots, jobs in history, plans in the archive.
const KEPT: u64 = 1_000_000;
/// Time for it to lead.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// The member. Dropped, it is stopped.
pub struct Member {
    pub handle: Handle,
    pub metrics: Arc<Metrics>,
    threads: Vec<JoinHandle<()>>,
}

impl Member {
    /// Starts a new one in an empty directory and waits until it leads. Its rounds are stopped
    /// after `round`.
    ///
    /// # Errors
    /// The directory cannot be written, or it does not lead in time.
    pub fn start(directory: &Path, round: Duration) -> anyhow::Result<Member> {
        std::fs::create_dir_all(directory)?;
        let identity = Identity {
            cluster_id: 1,
            member_id: 1,
            feature_level: FEATURE_LEVEL,
        };
        let settings = Settings {
            member_id: 1,
            voters: vec![1],
            election_ticks: 4,
            heartbeat_ticks: 1,
            limits: Limits::default(),
            election_seed: None,
        };
        let store = LogStore::open_dir(directory, identity)?;
        let replica = Replica::open(store, settings)?;
        let archive = Archive::open(directory.join("archive"), KEPT)?;
        let history = Arc::new(History::open(&directory.join("history.redb"), KEPT)?);
        let metrics = Arc::new(Metrics::new()?);
        let clock = SharedClock::new(1000, false);
        let (driver, handle) = Driver::new(|inbox| Parts {
            replica,
            clock: clock.clone(),
            tick: TICK,
            snapshots: Snapshots::new(KEPT, archive, metrics.clone(), inbox),
            history,
            metrics: metrics.clone(),
            send: Box::new(|_| {}),
        });
        let driving = std::thread::spawn(move || drop(driver.run()));
        let mut threads = planning::start(&handle, &clock, &metrics, round)?;
        threads.push(driving);
        let member = Member {
            handle,
            metrics,
            threads,
        };
        let until = Instant::now() + READY_WITHIN;
        while !member.handle.standing().leads {
            ensure!(Instant::now() < until, "the member does not lead");
            std::thread::sleep(TICK);
        }
        Ok(member)
    }

    /// Logs a command that must not be refused.
    ///
    /// # Errors
    /// It is, or is not committed.
    pub fn propose(&self, command: Command) -> anyhow::Result<Answer> {
        let name = command.name();
        let answer = self.handle.propose_blocking(command);
        answer.with_context(|| format!("{name} was refused"))
    }

    /// A number of the metrics by its full name, with labels; 0 before it was counted.
    pub fn number(&self, name: &str) -> f64 {
        let text = self.metrics.text();
        let found = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        found.and_then(|value| value.parse().ok()).unwrap_or(0.0)
    }

    /// The bound of a histogram below which this part of it lies.
    pub fn quantile(&self, name: &str, part: f64) -> f64 {
        let all = self.number(&format!("{name}_count"));
        let text = self.metrics.text();
        let prefix = format!("{name}_bucket{{le=\"");
        let buckets = text.lines().filter_map(|line| {
            let (bound, count) = line.strip_prefix(&prefix)?.split_once("\"} ")?;
            Some((bound.parse::<f64>().ok()?, count.parse::<f64>().ok()?))
        });
        let mut enough = buckets.filter(|(_, count)| *count >= all * part);
        enough.next().map_or(f64::INFINITY, |(bound, _)| bound)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.handle.send(Input::Stop);
        for thread in self.threads.drain(..) {
            // What it panicked with was printed.
            let _ = thread.join();
        }
    }
}
