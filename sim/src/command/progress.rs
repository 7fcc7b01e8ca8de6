//! Words on standard error while a user waits.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// No word before this.
const QUIET: Duration = Duration::from_secs(2);
/// Between two words.
const EVERY: Duration = Duration::from_secs(1);

/// Progress of something whose end is known, for any thread.
pub(super) struct Progress {
    started: Instant,
    next: Mutex<Duration>,
}

impl Progress {
    pub(super) fn shared() -> Progress {
        Progress {
            started: Instant::now(),
            next: Mutex::new(QUIET),
        }
    }

    /// Says how far it is, and how long it will still take at this pace.
    pub(super) fn say(&self, done: usize, all: usize, of_what: &str) {
        let passed = self.started.elapsed();
        let Ok(mut next) = self.next.try_lock() else {
            return;
        };
        if passed < *next || done == 0 || done == all {
            return;
        }
        *next = passed + EVERY;
        let left = passed.as_secs_f64() * (all - done) as f64 / done as f64;
        let passed = passed.as_secs_f64();
        eprintln!("{passed:.0} s: {done} of {all} {of_what}, about {left:.0} s to go");
    }
}

/// Progress of something whose end is not known.
pub(super) struct Pulse {
    pub(super) started: Instant,
    next: Duration,
}

impl Pulse {
    pub(super) fn new() -> Pulse {
        Pulse {
            started: Instant::now(),
            next: QUIET,
        }
    }

    /// Says how far it is.
    pub(super) fn say(&mut self, what: impl FnOnce() -> String) {
        let passed = self.started.elapsed();
        if passed >= self.next {
            self.next = passed + EVERY;
            eprintln!("{:.0} s: {}", passed.as_secs_f64(), what());
        }
    }
}
