//! A thread that reads the state as planner and services do: it takes a snapshot every
//! millisecond, looks through some of it, and holds it for ten.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ewc_core::State;
use ewc_core::model::JobId;

/// Time between two snapshots.
const EVERY: Duration = Duration::from_millis(1);
/// Snapshots held at the same time.
const HELD: usize = 10;
/// Jobs looked at in each.
const LOOKED_AT: usize = 500;

/// The thread, and the snapshots it asked for.
pub(super) struct Readers {
    asked: Receiver<()>,
    given: SyncSender<Arc<State>>,
    thread: JoinHandle<u64>,
    taken: Vec<Duration>,
}

impl Readers {
    pub(super) fn start() -> Readers {
        let (ask, asked) = sync_channel(1);
        let (given, snapshots) = sync_channel(1);
        let thread = std::thread::spawn(move || read(&ask, &snapshots));
        Readers {
            asked,
            given,
            thread,
            taken: Vec::new(),
        }
    }

    /// Gives the thread a snapshot if it asked for one.
    pub(super) fn serve(&mut self, state: &State) {
        if let Err(TryRecvError::Empty | TryRecvError::Disconnected) = self.asked.try_recv() {
            return;
        }
        let started = Instant::now();
        let snapshot = Arc::new(state.clone());
        self.taken.push(started.elapsed());
        // It waits for the answer, so there is room.
        let _ = self.given.try_send(snapshot);
    }

    /// Ends the thread; answers with how long taking each snapshot took.
    pub(super) fn stop(self) -> Vec<Duration> {
        drop((self.asked, self.given));
        // What it counted keeps the compiler from leaving the reading out.
        std::hint::black_box(self.thread.join().unwrap_or_default());
        self.taken
    }
}

/// Reads until nobody gives snapshots any more.
fn read(ask: &SyncSender<()>, snapshots: &Receiver<Arc<State>>) -> u64 {
    let mut held = VecDeque::new();
    let mut seen = 0;
    let mut place = 0;
    loop {
        let next = Instant::now() + EVERY;
        if ask.send(()).is_err() {
            return seen;
        }
        let Ok(state) = snapshots.recv() else {
            return seen;
        };
        let jobs = state.jobs().len() as u64;
        // Somewhere else each time.
        place = (place + 7_919_117) % jobs.max(1);
        let some = state.jobs().range(JobId(place)..).take(LOOKED_AT);
        seen += some
            .map(|(_, job)| job.spec.groups.len() as u64)
            .sum::<u64>();
        held.push_back(state);
        if held.len() > HELD {
            held.pop_front();
        }
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}
