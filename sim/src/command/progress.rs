//! Words on standard error while a user waits.

use std::io::{IsTerminal as _, stderr};
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

/// Cells of a bar on a terminal.
const BAR: usize = 30;
/// Between two pictures of it.
const DRAWN_EVERY: Duration = Duration::from_millis(200);

/// A bar on a terminal, and lines elsewhere, for any thread.
pub(super) struct Bar {
    lines: Progress,
    terminal: bool,
    next: Mutex<Duration>,
}

impl Bar {
    pub(super) fn new() -> Bar {
        Bar {
            lines: Progress::shared(),
            terminal: stderr().is_terminal(),
            next: Mutex::new(QUIET),
        }
    }

    /// Shows how far it is, and how long it will still take at this pace.
    pub(super) fn say(&self, done: usize, all: usize, of_what: &str) {
        if !self.terminal {
            return self.lines.say(done, all, of_what);
        }
        let passed = self.lines.started.elapsed();
        let Ok(mut next) = self.next.try_lock() else {
            return;
        };
        if passed < *next || done == 0 {
            return;
        }
        *next = passed + DRAWN_EVERY;
        let left_s = passed.as_secs_f64() * (all - done) as f64 / done as f64;
        eprint!("\r{}", bar(done, all, of_what, left_s));
    }

    /// Goes to a new line.
    pub(super) fn end(&self) {
        if self.terminal && self.lines.started.elapsed() >= QUIET {
            eprintln!();
        }
    }
}

fn bar(done: usize, all: usize, of_what: &str, left_s: f64) -> String {
    let full = BAR * done / all.max(1);
    let (full, rest) = ("#".repeat(full), ".".repeat(BAR - full));
    format!("[{full}{rest}] {done} of {all} {of_what}, about {left_s:.0} s to go ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_full_as_the_work_is_done() {
        let text = bar(20, 40, "cells", 12.4);
        assert_eq!(text.matches('#').count(), BAR / 2);
        assert_eq!(text.matches('.').count(), BAR / 2);
        assert!(text.ends_with("20 of 40 cells, about 12 s to go "));
        assert_eq!(bar(3, 3, "cells", 0.0).matches('#').count(), BAR);
    }
}
