//! The thread that owns the replica: takes inputs from a bounded inbox, drives raft, and answers.
//!
//! Everything that arrived since the last write goes into the next one (group commit). What readers
//! see of the state stands in `shown`.

mod groups;
mod handle;
mod inbox;
mod shown;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ewc_core::command::{Command, Stamped};
use ewc_core::state::Answer;
use ewc_core::{Event, Refusal};
use raft::eraftpb::Message;
use tokio::sync::{oneshot, watch};

use crate::clock::SharedClock;
use crate::history::{History, HistoryError};
use crate::log_store::SnapshotFile;
use crate::metrics::Metrics;
use crate::replica::{Dropped, Fatal, Outputs, PeerError, Replica, Ticket};
use crate::snapshots::{Snapshots, SnapshotsError, Written};

pub use handle::Handle;
pub use inbox::Sender;

use inbox::Inbox;
use shown::Shown;

/// Proposals wait this long at most for others on their way.
const SHARE: Duration = Duration::from_millis(8);
/// Proposals wait this long at most for those that were answered before them to come back.
const RETURN: Duration = Duration::from_millis(4);
/// So many jobs wait for nothing: an entry of more would cost hardly less a job, and while one is
/// written, the next is on its way to the peers.
const MANY_JOBS: usize = 128;
/// How often time is looked at.
const STEP: Duration = Duration::from_millis(10);
/// Without anything to log, time is logged this often, in real milliseconds.
const QUIET_MS: i64 = 5_000;
/// Distance of warnings about peers.
const WARN_EVERY: Duration = Duration::from_secs(10);

/// What the thread is asked to do.
pub enum Input {
    /// Say when the state is as new as the question.
    Read(oneshot::Sender<Result<(), Dropped>>),
    /// Messages of a peer.
    Messages(Vec<Message>),
    /// A snapshot of a peer, received as a file.
    Snapshot(Message, SnapshotFile),
    /// A peer could not be reached.
    Unreachable(u64),
    /// A snapshot reached a peer or did not.
    SnapshotSent(u64, bool),
    /// A snapshot of our own state is on disk.
    SnapshotWritten(Result<Written, String>),
    /// End the thread.
    Stop,
}

/// A command, and who waits for its answer.
type Proposal = (Command, oneshot::Sender<Result<Answer, ProposeError>>);

/// How many jobs a proposal submits.
fn jobs_of((command, _): &Proposal) -> usize {
    match command {
        Command::SubmitJobs(jobs) => jobs.len(),
        _ => 0,
    }
}

/// Why a proposal brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProposeError {
    /// It never entered the log, or nobody knows.
    #[error(transparent)]
    Dropped(#[from] Dropped),
    /// It entered the log and was refused there.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The inbox is full.
    #[error("this member is overloaded; ask again later")]
    Overloaded,
    /// The process ends.
    #[error("this member is stopping")]
    Stopping,
}

/// Why the thread ended: whatever it is, nothing more may be acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The replica cannot go on.
    #[error(transparent)]
    Fatal(#[from] Fatal),
    /// A snapshot or what follows from it failed.
    #[error(transparent)]
    Snapshots(#[from] SnapshotsError),
    /// A job that left the state could not be kept.
    #[error("history: {0}")]
    History(#[from] HistoryError),
}

/// Who leads and how far this member is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// The leader, if known.
    pub leader: Option<u64>,
    /// This member leads and has caught up with its own term.
    pub leads: bool,
    /// The term.
    pub term: u64,
    /// Index committed.
    pub committed: u64,
    /// The network's time is not to be trusted.
    pub clock_suspect: bool,
}

/// What happened while some entries were applied, in order.
pub type Done = Arc<Vec<Event>>;

/// The thread's own side.
pub struct Driver {
    replica: Replica,
    clock: SharedClock,
    tick: Duration,
    snapshots: Snapshots,
    history: Arc<History>,
    metrics: Arc<Metrics>,
    send: Box<dyn FnMut(Vec<Message>) + Send>,
    inbox: Inbox,
    next_ticket: Ticket,
    proposals: BTreeMap<Ticket, (Instant, oneshot::Sender<Result<Answer, ProposeError>>)>,
    /// Proposals that wait for those on their way, and the jobs that they submit.
    waiting: Vec<Proposal>,
    waiting_jobs: usize,
    handed_over: Instant,
    answered: Instant,
    /// Followers have not heard yet that what was answered is committed.
    unannounced: bool,
    /// Proposals that were answered together last, and those that waited then.
    expected: usize,
    reads: BTreeMap<Ticket, oneshot::Sender<Result<(), Dropped>>>,
    ticking: Option<Ticket>,
    led: bool,
    warned: Option<Instant>,
    shown: Shown,
    standing: watch::Sender<Standing>,
    matches: watch::Sender<Vec<(u64, u64)>>,
    alive: watch::Sender<Instant>,
}

/// What a driver is made of.
pub struct Parts {
    /// The member.
    pub replica: Replica,
    /// Its clock.
    pub clock: SharedClock,
    /// Length of a raft tick.
    pub tick: Duration,
    /// Who writes snapshots.
    pub snapshots: Snapshots,
    /// Where jobs go that leave the state.
    pub history: Arc<History>,
    /// Where numbers go.
    pub metrics: Arc<Metrics>,
    /// Carries messages to peers; must not block.
    pub send: Box<dyn FnMut(Vec<Message>) + Send>,
}

impl Driver {
    /// A driver and the handle on it; `make` gets the handle to build the rest with.
    pub fn new(make: impl FnOnce(Sender) -> Parts) -> (Driver, Handle) {
        let (sender, inbox) = inbox::inbox();
        let parts = make(sender.clone());
        let shown = Shown::new(parts.replica.share_state());
        let (standing, standing_seen) = watch::channel(Standing::default());
        let (matches, matches_seen) = watch::channel(Vec::new());
        let (alive, alive_seen) = watch::channel(Instant::now());
        let handle = Handle {
            inbox: sender,
            state: shown.watch(),
            standing: standing_seen,
            matches: matches_seen,
            done: shown.done(),
            alive: alive_seen,
        };
        let driver = Driver {
            replica: parts.replica,
            clock: parts.clock,
            tick: parts.tick,
            snapshots: parts.snapshots,
            history: parts.history,
            metrics: parts.metrics,
            send: parts.send,
            inbox,
            next_ticket: 0,
            proposals: BTreeMap::new(),
            waiting: Vec::new(),
            waiting_jobs: 0,
            handed_over: Instant::now(),
            answered: Instant::now(),
            expected: 0,
            unannounced: false,
            reads: BTreeMap::new(),
            ticking: None,
            led: false,
            warned: None,
            shown,
            standing,
            matches,
            alive,
        };
        (driver, handle)
    }

    /// Runs until it is told to stop or the log fails.
    pub fn run(mut self) -> Result<(), DriverError> {
        // The next entry says so, or `announce`.
        self.replica.announce_later(true);
        let mut next_tick = Instant::now() + self.tick;
        loop {
            let (patience, enough) = self.patience();
            let taken = self.inbox.take(patience, enough);
            self.waiting.extend(taken.proposals);
            self.waiting_jobs += taken.jobs;
            for input in taken.inputs {
                if matches!(input, Input::Stop) {
                    return Ok(());
                }
                self.take(input)?;
            }
            let now = Instant::now();
            if now >= next_tick {
                self.replica.tick();
                self.alive.send_replace(now);
                // A thread that was held up does not catch up on ticks: that would call elections.
                next_tick = now + self.tick;
            }
            self.tick_if_due();
            self.round()?;
        }
    }

    /// How long to wait for inputs, and for how many proposals.
    fn patience(&self) -> (Duration, usize) {
        let (since, longest, enough) = match self.proposals.is_empty() {
            true => (self.answered, RETURN, self.enough()),
            false => (self.handed_over, SHARE, usize::MAX),
        };
        match longest.saturating_sub(since.elapsed()) {
            Duration::ZERO => (STEP, 1),
            left => (left.min(STEP), enough.saturating_sub(self.waiting.len())),
        }
    }

    /// Proposals that need not wait for others: most of those that were just answered are back.
    fn enough(&self) -> usize {
        (self.expected * 7).div_ceil(8)
    }

    fn take(&mut self, input: Input) -> Result<(), DriverError> {
        match input {
            Input::Read(answer) => {
                let ticket = self.ticket();
                self.reads.insert(ticket, answer);
                self.replica.read(ticket);
            }
            Input::Messages(messages) => {
                for message in messages {
                    if let Err(error) = self.replica.step(message) {
                        self.warn_of_peer(&error);
                    }
                }
            }
            Input::Snapshot(message, file) => {
                if let Err(error) = self.replica.step_snapshot(message, file) {
                    self.warn_of_peer(&error);
                }
            }
            Input::Unreachable(peer) => self.replica.peer_unreachable(peer),
            Input::SnapshotSent(peer, delivered) => self.replica.snapshot_sent(peer, delivered),
            Input::SnapshotWritten(result) => {
                // What the log would bring again after a crash must be safe before it is cut off.
                self.history.flush()?;
                self.snapshots.written(&mut self.replica, result)?;
            }
            Input::Stop => {}
        }
        Ok(())
    }

    fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        self.next_ticket
    }

    fn propose(&mut self, group: Vec<Proposal>) {
        let time_ms = self.clock.now_ms();
        let asked = Instant::now();
        let mut commands = Vec::with_capacity(group.len());
        let mut waiters = Vec::with_capacity(group.len());
        for (command, waiter) in group {
            let ticket = self.ticket();
            commands.push((ticket, Stamped { time_ms, command }));
            waiters.push((ticket, waiter));
        }
        match self.replica.propose(commands) {
            Ok(()) => {
                // It tells of what is committed so far.
                self.unannounced = false;
                let waiters = waiters.into_iter();
                let proposed = waiters.map(|(ticket, waiter)| (ticket, (asked, waiter)));
                self.proposals.extend(proposed);
            }
            Err(dropped) => {
                for (_, waiter) in waiters {
                    drop(waiter.send(Err(dropped.into())));
                }
            }
        }
    }

    /// Expiry is a logged tick: the leader proposes one when the state says something is due, and
    /// in a quiet network often enough that its successor need not guess the time.
    fn tick_if_due(&mut self) {
        if !self.replica.is_ready_leader() {
            self.ticking = None;
            return;
        }
        let now_ms = self.clock.now_ms();
        let quiet = now_ms - self.replica.state().now_ms() > self.quiet_ms();
        let due = self
            .replica
            .state()
            .next_due_ms()
            .is_some_and(|due_ms| due_ms <= now_ms);
        if (due || quiet) && self.ticking.is_none() {
            let ticket = self.ticket();
            let stamped = Stamped {
                time_ms: now_ms,
                command: Command::Tick,
            };
            if self.replica.propose(vec![(ticket, stamped)]).is_ok() {
                self.ticking = Some(ticket);
            }
        }
    }

    fn quiet_ms(&self) -> i64 {
        let scale = i64::try_from(self.clock.scale_permille()).unwrap_or(i64::MAX);
        QUIET_MS.saturating_mul(scale) / 1000
    }

    /// A peer may repeat itself many times a second; the operator hears of it now and then.
    fn warn_of_peer(&mut self, error: &PeerError) {
        if self.warned.is_none_or(|at| at.elapsed() > WARN_EVERY) {
            self.warned = Some(Instant::now());
            tracing::warn!(%error, "refused what a peer said");
        }
    }

    /// Hands over what waits.
    fn hand_over(&mut self) {
        if !self.is_time_to_hand_over() {
            return;
        }
        self.handed_over = Instant::now();
        self.waiting_jobs = 0;
        for group in groups::of(std::mem::take(&mut self.waiting)) {
            self.propose(group);
        }
    }

    /// After proposals were answered, the next entry tells followers so; they hear of it soon if
    /// there is none.
    fn announce(&mut self) {
        if self.unannounced && self.proposals.is_empty() && self.answered.elapsed() >= RETURN {
            self.unannounced = false;
            self.replica.announce();
        }
    }

    /// Proposals that arrive while others are on their way wait for those, and share one entry,
    /// one write and one message to each peer; but not for long, as peers may be far, and not when
    /// they are many already. Then they wait for most of those that were just answered: who submits
    /// one job after the other comes back at once.
    fn is_time_to_hand_over(&self) -> bool {
        if self.waiting.is_empty() {
            return false;
        }
        if self.waiting_jobs >= MANY_JOBS {
            return true;
        }
        if !self.proposals.is_empty() {
            return self.handed_over.elapsed() >= SHARE;
        }
        self.waiting.len() >= self.enough() || self.answered.elapsed() >= RETURN
    }

    fn round(&mut self) -> Result<(), DriverError> {
        self.hand_over();
        self.announce();
        self.work()?;
        // What was on its way may have come back just now.
        if !self.waiting.is_empty() && self.proposals.is_empty() {
            self.hand_over();
            self.work()?;
        }
        Ok(())
    }

    fn work(&mut self) -> Result<(), DriverError> {
        let started = Instant::now();
        let mut outputs = self.replica.poll(&mut self.send)?;
        self.metrics.log_written(outputs.writes, started.elapsed());
        self.keep_retired(&outputs)?;
        let changed = outputs.advanced;
        let commands = outputs.applied.len() as u64;
        self.snapshots.count(commands, outputs.applied_bytes);
        if changed {
            self.shown.advanced(outputs.installed);
        }
        for (_, command, applied) in &mut outputs.applied {
            self.metrics.applied(command, &applied.events);
            self.shown.applied(command, &mut applied.events);
        }
        let awaited = !outputs.reads.is_empty();
        self.shown.show(awaited, || self.replica.share_state());
        self.note_standing();
        self.answer(outputs);
        if changed {
            self.snapshots.consider(&self.replica)?;
        }
        Ok(())
    }

    /// Readers must find a job in the state or in history at any time.
    fn keep_retired(&self, outputs: &Outputs) -> Result<(), HistoryError> {
        let events = outputs
            .applied
            .iter()
            .flat_map(|(_, _, applied)| &applied.events);
        let retired = events.filter_map(|event| match event {
            Event::Retired(job) => Some(job.clone()),
            _ => None,
        });
        let retired: Vec<_> = retired.collect();
        match retired.is_empty() {
            true => Ok(()),
            false => self.history.put(&retired),
        }
    }

    fn note_standing(&mut self) {
        let leads = self.replica.is_ready_leader();
        if leads && !self.led {
            self.clock.start(self.replica.state().now_ms());
        }
        self.led = leads;
        let standing = Standing {
            leader: self.replica.leader(),
            leads,
            term: self.replica.term(),
            committed: self.replica.committed(),
            clock_suspect: leads && self.clock.is_suspect(),
        };
        self.metrics
            .proposals_in_flight
            .set(self.proposals.len() as i64);
        self.standing.send_if_modified(|known| {
            let changed = *known != standing;
            *known = standing;
            changed
        });
        if leads {
            self.matches.send_replace(self.replica.matches());
        }
    }

    fn answer(&mut self, outputs: Outputs) {
        if !outputs.answers.is_empty() {
            self.answered = Instant::now();
            self.expected = outputs.answers.len() + self.waiting.len();
            self.unannounced = true;
        }
        for (ticket, answer) in outputs.answers {
            if self.ticking == Some(ticket) {
                self.ticking = None;
            }
            let Some((asked, waiter)) = self.proposals.remove(&ticket) else {
                continue;
            };
            self.metrics.committed(asked.elapsed());
            let result = answer
                .map_err(ProposeError::from)
                .and_then(|at| Ok(outputs.applied[at].2.result.clone()?));
            // A client that has gone away needs no answer.
            let _ = waiter.send(result);
        }
        for (ticket, result) in outputs.reads {
            if let Some(waiter) = self.reads.remove(&ticket) {
                let _ = waiter.send(result);
            }
        }
    }
}
