//! What waits for the thread: a bounded queue that is quiet about proposals.
//!
//! A proposal that has to wait for others anyway does not wake the thread: of sixty clients that
//! come back one after the other, the last one does, or who brings many jobs at once. Everything
//! else wakes it at once.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Input, MANY_JOBS, Proposal, jobs_of};

/// Inputs and proposals that may wait for the thread.
const PLACES: usize = 16_384;

/// Why something was not taken; it comes back.
#[derive(Debug)]
pub(super) enum NotTaken<T> {
    /// Too much waits already.
    Full(T),
    /// The thread has ended.
    Closed(T),
}

/// Hands things over; cheap to clone.
#[derive(Clone)]
pub struct Sender(Arc<Shared>);

/// The thread's own end.
pub(super) struct Inbox(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
    taken: Condvar,
}

/// What was taken at once.
#[derive(Default)]
pub(super) struct Taken {
    pub inputs: Vec<Input>,
    pub proposals: Vec<Proposal>,
    /// That the proposals submit.
    pub jobs: usize,
}

#[derive(Default)]
struct Queue {
    waiting: Taken,
    /// The thread sleeps until so many proposals are here.
    sleeps_until: Option<usize>,
    is_closed: bool,
}

/// An empty inbox.
pub(super) fn inbox() -> (Sender, Inbox) {
    let shared = Arc::new(Shared {
        queue: Mutex::default(),
        arrived: Condvar::new(),
        taken: Condvar::new(),
    });
    (Sender(shared.clone()), Inbox(shared))
}

impl Sender {
    /// Hands something over, if there is room and someone to take it.
    pub fn try_send(&self, input: Input) -> bool {
        self.0.put(input, 0, |queue| &mut queue.inputs).is_ok()
    }

    /// Hands something over and waits for room. False when the thread has ended.
    pub fn send(&self, input: Input) -> bool {
        self.0.put_waiting(input, 0, |queue| &mut queue.inputs)
    }

    /// Hands a proposal over.
    #[expect(
        clippy::result_large_err,
        reason = "what was not taken comes back, as from a full channel"
    )]
    pub(super) fn try_propose(&self, proposal: Proposal) -> Result<(), NotTaken<Proposal>> {
        let jobs = jobs_of(&proposal);
        self.0.put(proposal, jobs, |queue| &mut queue.proposals)
    }

    /// Hands a proposal over and waits for room. False when the thread has ended.
    pub(super) fn propose(&self, proposal: Proposal) -> bool {
        let jobs = jobs_of(&proposal);
        self.0
            .put_waiting(proposal, jobs, |queue| &mut queue.proposals)
    }
}

impl Shared {
    /// Nothing that holds it can panic but for a lack of memory.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put<T>(
        &self,
        it: T,
        jobs: usize,
        place: fn(&mut Taken) -> &mut Vec<T>,
    ) -> Result<(), NotTaken<T>> {
        let mut queue = self.queue();
        if queue.is_closed {
            return Err(NotTaken::Closed(it));
        }
        if queue.waiting.len() >= PLACES {
            return Err(NotTaken::Full(it));
        }
        place(&mut queue.waiting).push(it);
        queue.waiting.jobs += jobs;
        let is_due = queue.is_due();
        // Only the first to say so wakes it.
        if is_due && queue.sleeps_until.take().is_some() {
            drop(queue);
            self.arrived.notify_one();
        }
        Ok(())
    }

    fn put_waiting<T>(&self, mut it: T, jobs: usize, place: fn(&mut Taken) -> &mut Vec<T>) -> bool {
        loop {
            match self.put(it, jobs, place) {
                Ok(()) => return true,
                Err(NotTaken::Closed(_)) => return false,
                Err(NotTaken::Full(back)) => it = back,
            }
            let queue = self.queue();
            let full = |queue: &mut Queue| !queue.is_closed && queue.waiting.len() >= PLACES;
            drop(self.taken.wait_while(queue, full));
        }
    }
}

impl Taken {
    fn len(&self) -> usize {
        self.inputs.len() + self.proposals.len()
    }
}

impl Queue {
    fn is_due(&self) -> bool {
        let enough = self.sleeps_until;
        !self.waiting.inputs.is_empty()
            || self.waiting.jobs >= MANY_JOBS
            || enough.is_some_and(|enough| self.waiting.proposals.len() >= enough)
    }
}

impl Inbox {
    /// Waits for an input or for `enough` proposals, but no longer than `patience`, and takes
    /// everything there is.
    pub fn take(&self, patience: Duration, enough: usize) -> Taken {
        let until = Instant::now() + patience;
        let mut queue = self.0.queue();
        queue.sleeps_until = Some(enough.max(1));
        while !queue.is_due() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.0.arrived.wait_timeout(queue, left);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
            // Taken by whoever woke it.
            if queue.sleeps_until.is_none() {
                break;
            }
        }
        queue.sleeps_until = None;
        let taken = std::mem::take(&mut queue.waiting);
        drop(queue);
        if taken.len() >= PLACES {
            self.0.taken.notify_all();
        }
        taken
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.is_closed = true;
        let waiting = std::mem::take(&mut queue.waiting);
        drop(queue);
        self.0.taken.notify_all();
        // Whoever waits for an answer hears now that there is none.
        drop(waiting);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use ewc_core::command::{Command, Submission};
    use ewc_core::model::JobSpec;
    use tokio::sync::oneshot;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn proposal() -> Proposal {
        (Command::Tick, oneshot::channel().0)
    }

    #[test]
    fn proposals_wake_the_thread_when_there_are_enough_and_inputs_at_once() {
        let (sender, inbox) = inbox();
        let taking = thread::spawn(move || {
            let first = inbox.take(LONG, 3);
            let second = inbox.take(LONG, usize::MAX);
            (first.proposals.len(), second.inputs.len(), inbox)
        });
        for _ in 0..3 {
            sender.try_propose(proposal()).unwrap();
        }
        thread::sleep(Duration::from_millis(20));
        assert!(sender.try_send(Input::Unreachable(1)));
        let (proposals, inputs, inbox) = taking.join().unwrap();
        assert_eq!((proposals, inputs), (3, 1));
        // Fewer are taken when patience ends.
        sender.try_propose(proposal()).unwrap();
        let begun = Instant::now();
        assert_eq!(inbox.take(Duration::from_millis(5), 2).proposals.len(), 1);
        assert!(begun.elapsed() >= Duration::from_millis(5));
    }

    #[test]
    fn many_jobs_at_once_wake_the_thread() {
        let spec = JobSpec::batch("job".to_owned(), Vec::new());
        let job = Submission::new("tenant".to_owned(), "key".to_owned(), spec);
        let batch = |jobs: usize| {
            let command = Command::SubmitJobs(vec![job.clone(); jobs]);
            (command, oneshot::channel().0)
        };
        let (sender, inbox) = inbox();
        let taking = thread::spawn(move || {
            let taken = inbox.take(LONG, usize::MAX);
            (taken.proposals.len(), taken.jobs)
        });
        sender.try_propose(batch(MANY_JOBS - 1)).unwrap();
        thread::sleep(Duration::from_millis(20));
        assert!(!taking.is_finished());
        sender.try_propose(batch(1)).unwrap();
        assert_eq!(taking.join().unwrap(), (2, MANY_JOBS));
    }

    #[test]
    fn what_waits_is_bounded_and_room_is_waited_for() {
        let (sender, inbox) = inbox();
        for _ in 0..PLACES {
            assert!(sender.try_send(Input::Unreachable(1)));
        }
        assert!(!sender.try_send(Input::Unreachable(1)));
        let full = sender.try_propose(proposal());
        assert!(matches!(full, Err(NotTaken::Full(_))));
        let waiting = thread::spawn({
            let sender = sender.clone();
            move || sender.propose(proposal())
        });
        thread::sleep(Duration::from_millis(20));
        assert_eq!(inbox.take(LONG, 1).inputs.len(), PLACES);
        assert!(waiting.join().unwrap());
        assert_eq!(inbox.take(LONG, 1).proposals.len(), 1);
    }

    #[test]
    fn when_the_thread_ends_nobody_waits_any_more() {
        let (sender, inbox) = inbox();
        let (answer, mut answered) = oneshot::channel();
        sender.try_propose((Command::Tick, answer)).unwrap();
        for _ in 1..PLACES {
            assert!(sender.try_send(Input::Unreachable(1)));
        }
        let waiting = thread::spawn({
            let sender = sender.clone();
            move || sender.send(Input::Unreachable(1))
        });
        thread::sleep(Duration::from_millis(20));
        drop(inbox);
        assert!(!waiting.join().unwrap());
        let closed = oneshot::error::TryRecvError::Closed;
        assert_eq!(answered.try_recv().unwrap_err(), closed);
        assert!(!sender.try_send(Input::Unreachable(1)));
        let closed = sender.try_propose(proposal());
        assert!(matches!(closed, Err(NotTaken::Closed(_))));
    }
}
