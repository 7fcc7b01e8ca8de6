//! Starts attempts as plain processes, watches them, and finds them again after a restart.
//!
//! Every task runs under a supervisor, a process of its own that outlives this agent. What is on
//! the disk is the truth: the journal says which attempts may have started, `started` in a task's
//! directory says that it did, `status.json` how it ended. Synchronous; `shell::work` gives it a
//! thread. It does not decide anything: `logic` does.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::data::store::Store;
use crate::journal::{Journal, JournalError, Refusal};
use crate::logic::StartRefusal;
use crate::model::{AttemptKey, Outcome, Phase, StartOrder, TaskStatus};

use self::task::Task;

pub mod layout;
pub mod lease_file;
mod prepare;
pub mod procfs;
mod retention;
pub mod spec;
pub mod supervisor;
mod task;

/// What the executor must know of its surroundings.
#[derive(Clone, Debug)]
pub struct ExecutorConfig {
    /// Directory of all attempts.
    pub attempts_dir: PathBuf,
    /// Program that is run as `<program> supervise <task directory>`.
    pub supervisor: PathBuf,
    /// Where the lease is written down for the supervisors.
    pub lease_file: PathBuf,
    /// Site, told to payloads.
    pub site: String,
    /// From the polite signal to the deadly one.
    pub grace_ms: u64,
    /// Ended attempts whose directories are kept.
    pub keep_attempts: usize,
    /// How long they are kept at most.
    pub keep_for_ms: u64,
}

/// An attempt found at start-up.
#[derive(Debug)]
pub enum Adopted {
    /// It may be running; its tasks will be heard of.
    Active(StartOrder),
    /// Its end is journalled.
    Ended(AttemptKey, Outcome, u64),
}

/// A task that ended.
#[derive(Debug)]
pub struct TaskEnded {
    /// Which attempt.
    pub key: AttemptKey,
    /// Index in the order's tasks.
    pub task: usize,
    /// How.
    pub status: TaskStatus,
}

/// The executor. See the module.
#[derive(Debug)]
pub struct Executor {
    config: ExecutorConfig,
    store: Store,
    journal: Journal,
    active: BTreeMap<AttemptKey, Attempt>,
}

#[derive(Debug)]
struct Attempt {
    order: StartOrder,
    tasks: Vec<Task>,
}

/// Why a start did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The logic is to hear of it.
    #[error("refused: {0:?}")]
    Refused(StartRefusal),
    /// The agent must end: it can no longer promise anything.
    #[error(transparent)]
    Journal(JournalError),
}

impl Executor {
    /// An executor over an open journal and store.
    ///
    /// # Errors
    /// When the directory of attempts cannot be made.
    pub fn new(config: ExecutorConfig, store: Store, journal: Journal) -> io::Result<Self> {
        std::fs::create_dir_all(&config.attempts_dir)?;
        Ok(Self {
            config,
            store,
            journal,
            active: BTreeMap::new(),
        })
    }

    /// Finds everything an earlier incarnation left and the scheduler has not let go.
    pub fn adopt(&mut self, now_unix_ms: u64) -> Vec<Adopted> {
        let unreleased: Vec<(AttemptKey, Option<Outcome>)> = self
            .journal
            .intents()
            .unreleased()
            .map(|(key, end)| (key.clone(), end.cloned()))
            .collect();
        unreleased
            .into_iter()
            .map(|(key, end)| self.adopt_one(key, end, now_unix_ms))
            .collect()
    }

    fn adopt_one(&mut self, key: AttemptKey, end: Option<Outcome>, now_unix_ms: u64) -> Adopted {
        let directory = layout::attempt_dir(&self.config.attempts_dir, &key);
        let order = prepare::read_order(&directory);
        let scale = order.as_ref().map_or(1000, |order| order.scale_permille);
        if let Some(outcome) = end {
            return Adopted::Ended(key, outcome, scale);
        }
        let Some(order) = order else {
            let outcome = Outcome::bare(Phase::Lost, 0, "its directory is gone");
            return Adopted::Ended(key, outcome, scale);
        };
        let tasks = order
            .tasks
            .iter()
            .map(|task| Task::adopt(layout::task_dir(&directory, task), now_unix_ms));
        let attempt = Attempt {
            tasks: tasks.collect(),
            order: order.clone(),
        };
        self.active.insert(key, attempt);
        Adopted::Active(order)
    }

    /// Prepares the directory, passes the gate of the journal, starts the supervisors.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(&mut self, order: StartOrder, now_unix_ms: u64) -> Result<(), StartError> {
        self.journal.intents().check(&order.key).map_err(refused)?;
        let failed = |detail: String| StartError::Refused(StartRefusal::Failed(detail));
        let directory = prepare::attempt(&self.config, &self.store, &order)
            .map_err(|error| failed(format!("cannot prepare the attempt: {error}")))?;
        let unix_ms = i64::try_from(now_unix_ms).unwrap_or(i64::MAX);
        match self.journal.begin(&order.key, unix_ms) {
            Ok(()) => {}
            Err(JournalError::Refused(refusal)) => return Err(refused(refusal)),
            Err(fatal) => return Err(StartError::Journal(fatal)),
        }
        let tasks = order.tasks.iter().map(|task| {
            let directory = layout::task_dir(&directory, task);
            Task::start(&self.config.supervisor, directory, now_unix_ms)
        });
        let attempt = Attempt {
            tasks: tasks.collect(),
            order: order.clone(),
        };
        self.active.insert(order.key, attempt);
        Ok(())
    }

    /// Tells every task of the attempt to stop.
    pub fn stop(&mut self, key: &AttemptKey, now_unix_ms: u64) {
        let tasks = self
            .active
            .get_mut(key)
            .into_iter()
            .flat_map(|attempt| &mut attempt.tasks);
        tasks.for_each(|task| task.stop(now_unix_ms));
    }

    /// Tells every task to stop.
    pub fn stop_all(&mut self, now_unix_ms: u64) {
        let tasks = self
            .active
            .values_mut()
            .flat_map(|attempt| &mut attempt.tasks);
        tasks.for_each(|task| task.stop(now_unix_ms));
    }

    /// Looks at every running task and returns those that ended since the last look.
    pub fn poll(&mut self, now_unix_ms: u64) -> Vec<TaskEnded> {
        let mut ended = Vec::new();
        for (key, attempt) in &mut self.active {
            for (index, task) in attempt.tasks.iter_mut().enumerate() {
                if let Some(status) = task.poll(now_unix_ms) {
                    ended.push(TaskEnded {
                        key: key.clone(),
                        task: index,
                        status,
                    });
                }
            }
        }
        ended
    }

    /// Whether a task has not been seen to end.
    #[must_use]
    pub fn has_running(&self) -> bool {
        self.active
            .values()
            .flat_map(|attempt| &attempt.tasks)
            .any(Task::is_running)
    }

    /// Outputs wanted of an active attempt, and where they are.
    #[must_use]
    pub fn outputs_of(&self, key: &AttemptKey) -> Option<(PathBuf, StartOrder)> {
        let attempt = self.active.get(key)?;
        let directory = layout::attempt_dir(&self.config.attempts_dir, key);
        Some((layout::work_dir(&directory), attempt.order.clone()))
    }

    /// Journals that the attempt is over.
    ///
    /// # Errors
    /// When that cannot be made durable, which is fatal.
    pub fn end(&mut self, key: &AttemptKey, outcome: &Outcome) -> Result<(), JournalError> {
        self.active.remove(key);
        self.journal.end(key, outcome)
    }

    /// Journals that the scheduler has let go, and drops the oldest directories.
    ///
    /// # Errors
    /// When that cannot be made durable, which is fatal.
    pub fn release(&mut self, key: &AttemptKey, now_unix_ms: u64) -> Result<(), JournalError> {
        self.journal.release(key)?;
        let unreleased: Vec<String> = self
            .journal
            .intents()
            .unreleased()
            .map(|(key, _)| key.directory_name())
            .collect();
        retention::prune(&self.config, &unreleased, now_unix_ms);
        Ok(())
    }

    /// Directory of all attempts.
    #[must_use]
    pub fn attempts_dir(&self) -> &Path {
        &self.config.attempts_dir
    }
}

fn refused(refusal: Refusal) -> StartError {
    let detail = refusal.to_string();
    StartError::Refused(match refusal {
        Refusal::Overlap { .. } => StartRefusal::NotYet(detail),
        Refusal::FenceUsed { .. } => StartRefusal::FenceUsed(detail),
        Refusal::FenceOld { .. } => StartRefusal::FenceOld(detail),
        Refusal::NoFence { .. } => StartRefusal::Failed(detail),
    })
}
