//! The agent's own words for what it is asked to do and what became of it.
//!
//! Plain data. Nothing here knows the wire (see `wire`), the disk or a clock. Lengths of time in
//! `Desired` are *network* milliseconds; those in an `order` are real ones.

use std::collections::BTreeMap;
use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// Names one granted start: the same job under another fence is another attempt.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
pub struct AttemptKey {
    /// Job id, safe as part of a file name.
    pub job: String,
    /// Number of the attempt; 0 while staging and for deliveries.
    pub attempt: u32,
    /// Log index at which the start was granted; 0 while it is not.
    pub fence: i64,
}

impl AttemptKey {
    /// Name of the attempt's directory.
    #[must_use]
    pub fn directory_name(&self) -> String {
        format!("{}-{}-{}", self.job, self.attempt, self.fence)
    }
}

impl fmt::Display for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} (fence {})", self.job, self.attempt, self.fence)
    }
}

/// What one site is to do for one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// Which attempt.
    pub key: AttemptKey,
    /// Tasks to run; empty for a pure delivery.
    pub groups: Vec<Group>,
    /// Artefacts to bring here.
    pub stage_in: Vec<Artefact>,
    /// Data sets to place below the working directory.
    pub inputs: Vec<InputWanted>,
    /// Files to keep after success.
    pub outputs: Vec<OutputWanted>,
    /// File to keep when it is stopped, and found again by the attempt that goes on.
    pub checkpoint: Option<OutputWanted>,
    /// Whether the payload is killed when the lease runs out.
    pub stop_on_disconnect: bool,
    /// Stop what runs and report.
    pub stop: bool,
    /// Services and storage: stopped after this long, as a success; 0: until told.
    pub run_for_ms: i64,
    /// What is staged is kept for another site to fetch, as long as this is wanted.
    pub keep_for_others: bool,
    /// Why this site cannot run it, found when the message was read; told once a start is granted.
    pub refused: Option<String>,
    /// Why this site cannot even stage it.
    pub unstageable: Option<String>,
}

impl Desired {
    /// Whether this only brings data here.
    #[must_use]
    pub fn is_delivery(&self) -> bool {
        self.groups.is_empty() && self.key.attempt == 0 && self.refused.is_none()
    }

    /// Whether it reads that replica, brings it here or leaves one of that name.
    #[must_use]
    pub fn names(&self, fact: &DataFact) -> bool {
        let mut staged = self.stage_in.iter();
        let mut left = self.outputs.iter().chain(&self.checkpoint);
        self.inputs.iter().any(|input| input.dataset == fact.name)
            || staged.any(|artefact| artefact.sha256 == fact.sha256 || artefact.name == fact.name)
            || left.any(|output| output.dataset == fact.name)
    }
}

/// Tasks of one shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name within the job, safe as part of a file name.
    pub name: String,
    /// Number of tasks, at least 1.
    pub count: u32,
    /// Memory of one task; 0: no limit.
    pub memory_mib: u64,
    /// What to run.
    pub program: Program,
    /// Extra environment.
    pub environment: BTreeMap<String, String>,
    /// Stopped after this long; 0: never.
    pub time_limit_ms: i64,
}

/// What a task runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Program {
    /// A program and its arguments.
    Argv(Vec<String>),
    /// A text given to an interpreter.
    Script {
        /// Program that reads the script.
        interpreter: String,
        /// The script.
        text: String,
    },
}

/// A data set or image to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artefact {
    /// Name in the catalogue.
    pub name: String,
    /// Lower-case hex digest.
    pub sha256: String,
    /// Size, 0 when unknown.
    pub size_bytes: u64,
    /// `host:port` of the data mover that has it; empty: expected to be here.
    pub from_address: String,
    /// Reserved bits per network second; 0: unlimited.
    pub rate_bps: i64,
    /// Network instant the reservation begins at.
    pub start_ms: i64,
    /// It is no replica, and kept only for another site to fetch.
    pub lent: bool,
}

/// A data set placed below the working directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputWanted {
    /// Name of the data set.
    pub dataset: String,
    /// Place below the working directory.
    pub mount: String,
}

/// A file that becomes a data set after success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputWanted {
    /// Name of the data set.
    pub dataset: String,
    /// Place below the working directory.
    pub path: String,
}

/// An output, or any replica, as it stands in the store.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
pub struct DataFact {
    /// Name of the data set or image.
    pub name: String,
    /// Lower-case hex digest.
    pub sha256: String,
    /// Size.
    pub size_bytes: u64,
}

/// What an attempt used, in real time.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
pub struct Usage {
    /// Processor time of all processes.
    pub cpu_ms: u64,
    /// Largest resident memory seen.
    pub memory_peak_mib: u64,
    /// From start to end.
    pub wall_ms: u64,
}

impl Usage {
    /// Usage of tasks that ran beside each other.
    #[must_use]
    pub fn beside(self, other: Self) -> Self {
        Self {
            cpu_ms: self.cpu_ms + other.cpu_ms,
            memory_peak_mib: self.memory_peak_mib + other.memory_peak_mib,
            wall_ms: self.wall_ms.max(other.wall_ms),
        }
    }
}

/// Where an attempt stands, as reported.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub enum Phase {
    /// Inputs are on their way.
    Staging,
    /// All inputs are here.
    Staged,
    /// The payload runs, or is about to: its start is journalled.
    Started,
    /// All tasks exited 0 and the outputs are in the store.
    Succeeded,
    /// A task failed, or could not be started.
    Failed,
    /// Killed on request or because the lease ran out.
    Stopped,
    /// The time limit ran out.
    TimedOut,
    /// An input could not be brought here.
    StageFailed,
    /// The start was journalled and nothing is known of what became of it.
    Lost,
    /// A pure delivery is complete.
    Delivered,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Outcome {
    /// A terminal phase.
    pub phase: Phase,
    /// Of the first failing task; 128 + signal when killed by one.
    pub exit_code: i32,
    /// One sentence, empty when there is nothing to say.
    pub detail: String,
    /// What it used.
    pub usage: Usage,
    /// What it left.
    pub outputs: Vec<DataFact>,
}

impl Outcome {
    /// An end without a process behind it.
    #[must_use]
    pub fn bare(phase: Phase, exit_code: i32, detail: impl Into<String>) -> Self {
        Self {
            phase,
            exit_code,
            detail: detail.into(),
            usage: Usage::default(),
            outputs: vec![],
        }
    }
}

/// All that the executor needs to start an attempt. Kept beside the attempt, so that a later agent
/// can adopt it. Lengths of time are real.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartOrder {
    /// Which attempt.
    pub key: AttemptKey,
    /// Every task of every group.
    pub tasks: Vec<TaskOrder>,
    /// Data to place: digest and place below the working directory.
    pub placements: Vec<DataPlacement>,
    /// Files to keep after success.
    pub outputs: Vec<OutputWanted>,
    /// File to keep when it is stopped; orders of older agents have none.
    #[serde(default)]
    pub checkpoint: Option<OutputWanted>,
    /// Whether the payload is killed when the lease runs out.
    pub stop_on_disconnect: bool,
    /// Network milliseconds per real second at the start.
    pub scale_permille: u64,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskOrder {
    /// Name of its group.
    pub group: String,
    /// Index within the group, from 0.
    pub index: u32,
    /// Tasks in the group.
    pub count: u32,
    /// What to run.
    pub program: Program,
    /// Extra environment.
    pub environment: BTreeMap<String, String>,
    /// Memory limit; 0: none.
    pub memory_mib: u64,
    /// Stopped as a failure after this long; 0: never.
    pub time_limit_ms: u64,
    /// Stopped as a success after this long; 0: never.
    pub run_for_ms: u64,
}

impl TaskOrder {
    /// Name of the task's directory within the attempt's.
    #[must_use]
    pub fn directory_name(&self) -> String {
        format!("{}-{}", self.group, self.index)
    }
}

/// A file of the store to place below the working directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataPlacement {
    /// Digest in the store.
    pub sha256: String,
    /// Relative path, already checked.
    pub path: String,
    /// The payload's own copy, which it may write to; otherwise it is read-only and shared.
    #[serde(default)]
    pub own: bool,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskStatus {
    /// Which way.
    pub end: TaskEnd,
    /// Exit code; 128 + signal when killed by one; 127 when it could not be started.
    pub exit_code: i32,
    /// One sentence, empty when there is nothing to say.
    pub detail: String,
    /// What it used.
    pub usage: Usage,
    /// Wall clock at the end; orders the failures of one attempt.
    pub ended_unix_ms: u64,
}

/// Which way a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskEnd {
    /// By itself, with the exit code.
    Exited,
    /// By a signal that the supervisor did not send.
    Signalled,
    /// By the supervisor, on request or because the lease ran out.
    Stopped,
    /// By the supervisor, at the time limit.
    TimedOut,
    /// By the supervisor, at the end of `run_for`: a success.
    RanFor,
    /// The program could not be started.
    StartFailed,
    /// The supervisor died before it could say.
    Lost,
}

impl TaskStatus {
    /// Whether the task did what it was to do.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.end == TaskEnd::RanFor || (self.end == TaskEnd::Exited && self.exit_code == 0)
    }
}
