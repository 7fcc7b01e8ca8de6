//! What the agent decides, as one synchronous struct: inputs in, effects out.
//!
//! No task, clock, file or socket in here: the caller says what time it is and what happened, and
//! does what comes back. After every input the whole state is reconciled with the desired set, so
//! a lost, repeated or reordered input does no harm.

pub use self::agent::Agent;
pub use self::clock::{Mono, NetworkClock};
pub use self::report::Report;

mod agent;
mod clock;
mod launch;
mod outcome;
mod reconcile;
mod record;
mod report;
mod staging;
#[cfg(test)]
mod tests;

use crate::model::{AttemptKey, DataFact, Desired, Outcome, StartOrder, TaskStatus};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// A scheduler granted a lease and told its time, in answer to a request sent at `sent`.
    Lease {
        /// When the request was sent; the lease counts from here.
        sent: Mono,
        /// The network's time when the answer came.
        clock: Option<ClockFact>,
        /// Real milliseconds.
        lease_ms: i64,
    },
    /// A scheduler answered a report.
    Synced {
        /// Sequence number of the report it answers.
        sequence: u64,
        /// The whole desired set, or nothing when it is unchanged.
        desired: Option<(i64, Vec<Desired>)>,
        /// Replicas to drop, all of them.
        drop: Vec<DataFact>,
        /// A newer agent speaks for this site.
        superseded: bool,
    },
    /// A pull has this many bytes.
    PullProgress {
        /// Which artefact.
        sha256: String,
        /// Bytes on the disk.
        bytes: u64,
    },
    /// A pull is over; on success the artefact is in the store.
    PullEnded {
        /// Which artefact.
        sha256: String,
        /// It is here for another site to fetch, and no replica.
        lent: bool,
        /// What went wrong.
        result: Result<DataFact, String>,
    },
    /// The store holds something it did not come to by a pull.
    Held(DataFact),
    /// The store holds something for another site to fetch.
    Lent {
        /// Digest.
        sha256: String,
    },
    /// The start is journalled and the supervisors were started.
    Started(AttemptKey),
    /// Nothing was started.
    StartRefused {
        /// Which attempt.
        key: AttemptKey,
        /// Why.
        why: StartRefusal,
    },
    /// A task ended; its processes are confirmed dead.
    TaskEnded {
        /// Which attempt.
        key: AttemptKey,
        /// Index in the order's tasks.
        task: usize,
        /// How.
        status: TaskStatus,
    },
    /// The outputs are in the store, or one is missing.
    Collected {
        /// Which attempt.
        key: AttemptKey,
        /// What there is.
        result: Result<Vec<DataFact>, String>,
    },
    /// Time passed.
    Tick,
}

/// The network's time as a scheduler told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockFact {
    /// Network milliseconds.
    pub now_ms: i64,
    /// Network milliseconds per real second.
    pub scale_permille: u64,
}

/// Why an attempt was not started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartRefusal {
    /// An earlier attempt is not confirmed dead; ask again.
    NotYet(String),
    /// This fence was journalled before and the attempt is not known any more.
    FenceUsed(String),
    /// A newer fence was journalled.
    FenceOld(String),
    /// It cannot be prepared here.
    Failed(String),
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Fetch an artefact, at real bits per second (0: unpaced).
    StartPull {
        /// Name in the catalogue.
        name: String,
        /// Digest.
        sha256: String,
        /// Size, 0 when unknown.
        size_bytes: u64,
        /// `host:port`.
        from_address: String,
        /// Real bits per second.
        rate_bps: u64,
        /// For another site to fetch; no replica.
        lent: bool,
    },
    /// Nobody wants it any more.
    CancelPull {
        /// Digest.
        sha256: String,
    },
    /// An artefact that is already here is also known under this name.
    NameData(DataFact),
    /// What is here for another site is needed here too: a replica from now on, under this name.
    KeepLent(DataFact),
    /// Nobody fetches it from here any more.
    DropLent {
        /// Digest.
        sha256: String,
    },
    /// These are replicas no more.
    DropData(Vec<DataFact>),
    /// Journal the intent, then start the payload.
    StartAttempt(Box<StartOrder>),
    /// Stop every task.
    StopAttempt(AttemptKey),
    /// Put the outputs into the store.
    CollectOutputs(AttemptKey),
    /// Put the checkpoint of a stopped attempt into the store; answered as outputs are.
    CollectCheckpoint(AttemptKey),
    /// Journal that the attempt is over.
    RecordEnd(AttemptKey, Outcome),
    /// The scheduler has let go of it.
    Release(AttemptKey),
    /// Report without waiting for the next turn.
    SyncSoon,
    /// Another agent speaks for this site: end, and touch nothing.
    ExitSuperseded,
}
