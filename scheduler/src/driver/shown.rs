//! What readers see of the state, and hear of what changed it.
//!
//! Whoever holds a snapshot makes the next change copy what it touches, in many nodes of persistent
//! maps. Under load, members that show each batch of submissions at once spend a tenth of their
//! time on such copies. So submissions alone are shown a little later; everything else, and
//! whatever a reader waits for, is shown before its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ewc_core::command::Command;
use ewc_core::{Event, State};
use tokio::sync::{broadcast, watch};

use super::Done;

/// Submissions alone are shown this long after the last snapshot.
const SUBMISSIONS_AFTER: Duration = Duration::from_millis(20);
/// Rounds that slow watchers may lag behind before they have to look at the state anew.
const EVENTS: usize = 1024;

/// What is shown, and what is not yet.
pub(super) struct Shown {
    state: watch::Sender<Arc<State>>,
    done: broadcast::Sender<Done>,
    at: Instant,
    /// There is something newer.
    is_behind: bool,
    /// Something newer is not a submission.
    is_urgent: bool,
    /// What happened since.
    events: Vec<Event>,
}

impl Shown {
    /// This state is shown, and nothing has happened.
    pub(super) fn new(state: Arc<State>) -> Shown {
        Shown {
            state: watch::channel(state).0,
            done: broadcast::channel(EVENTS).0,
            at: Instant::now(),
            is_behind: false,
            is_urgent: false,
            events: Vec::new(),
        }
    }

    /// Follows the state.
    pub(super) fn watch(&self) -> watch::Receiver<Arc<State>> {
        self.state.subscribe()
    }

    /// Where what happened is said.
    pub(super) fn done(&self) -> broadcast::Sender<Done> {
        self.done.clone()
    }

    /// The state has moved on, or is `another` one as a whole.
    pub(super) fn advanced(&mut self, another: bool) {
        self.is_behind = true;
        self.is_urgent |= another;
    }

    /// What moved it was this command, and this happened; it is taken.
    pub(super) fn applied(&mut self, command: &Command, events: &mut Vec<Event>) {
        self.is_urgent |= !matches!(command, Command::SubmitJobs(_));
        self.events.append(events);
    }

    /// Shows the state if it is time; `awaited` by a reader, it is.
    pub(super) fn show(&mut self, awaited: bool, state: impl FnOnce() -> Arc<State>) {
        let is_due = awaited || self.is_urgent || self.at.elapsed() >= SUBMISSIONS_AFTER;
        if !self.is_behind || !is_due {
            return;
        }
        (self.is_behind, self.is_urgent) = (false, false);
        self.at = Instant::now();
        self.state.send_replace(state());
        if !self.events.is_empty() {
            // Nobody may be listening.
            let _ = self.done.send(Arc::new(std::mem::take(&mut self.events)));
        }
    }
}

#[cfg(test)]
mod tests {
    use ewc_core::model::JobId;

    use super::*;

    /// A state of this index.
    fn state(index: u64) -> Arc<State> {
        let mut state = State::default();
        state.skip(index);
        Arc::new(state)
    }

    fn submitted(shown: &mut Shown, job: u64) {
        shown.advanced(false);
        let mut events = vec![Event::Submitted(JobId(job))];
        shown.applied(&Command::SubmitJobs(Vec::new()), &mut events);
        assert!(events.is_empty());
    }

    #[test]
    fn submissions_alone_wait_a_little_with_what_is_said_of_them() {
        let begun = Instant::now();
        let mut shown = Shown::new(state(0));
        let (seen, mut heard) = (shown.watch(), shown.done().subscribe());
        submitted(&mut shown, 1);
        shown.show(false, || state(1));
        submitted(&mut shown, 2);
        while seen.borrow().index() == 0 {
            assert!(heard.try_recv().is_err());
            shown.show(false, || state(2));
        }
        assert!(begun.elapsed() >= SUBMISSIONS_AFTER);
        assert_eq!(seen.borrow().index(), 2);
        let both = [Event::Submitted(JobId(1)), Event::Submitted(JobId(2))];
        assert_eq!(**heard.try_recv().unwrap(), both);
        // Nothing is newer.
        shown.show(true, || unreachable!("it is shown"));
    }

    #[test]
    fn everything_else_and_what_is_waited_for_is_shown_at_once() {
        let mut shown = Shown::new(state(0));
        let seen = shown.watch();
        submitted(&mut shown, 1);
        shown.show(true, || state(1));
        assert_eq!(seen.borrow().index(), 1, "a reader waits");
        submitted(&mut shown, 2);
        shown.applied(&Command::Tick, &mut Vec::new());
        shown.show(false, || state(2));
        assert_eq!(seen.borrow().index(), 2, "time is no submission");
        shown.advanced(true);
        shown.show(false, || state(3));
        assert_eq!(seen.borrow().index(), 3, "another state as a whole");
    }
}
