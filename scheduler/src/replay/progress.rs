//! How far a replay is, on standard error, once it takes longer.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Nothing is said before.
const QUIET: Duration = Duration::from_secs(2);
/// Distance of two reports.
const EVERY: Duration = Duration::from_secs(1);
/// The same where lines stay.
const EVERY_IN_FILES: Duration = Duration::from_secs(10);

/// Reports of one kind of work.
pub struct Progress {
    what: &'static str,
    started: Instant,
    next: Instant,
    is_terminal: bool,
    shown: bool,
}

impl Progress {
    /// Work that begins now.
    pub fn start(what: &'static str) -> Progress {
        let started = Instant::now();
        Progress {
            what,
            started,
            next: started + QUIET,
            is_terminal: std::io::stderr().is_terminal(),
            shown: false,
        }
    }

    /// `done` of `total` is done; a total of 0 is not known.
    pub fn at(&mut self, done: u64, total: u64) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        let every = if self.is_terminal {
            EVERY
        } else {
            EVERY_IN_FILES
        };
        self.next = now + every;
        let line = describe(self.what, done, total, now - self.started);
        self.shown = true;
        // A line that cannot be shown is no reason to stop.
        let mut out = std::io::stderr().lock();
        let _ = match self.is_terminal {
            true => write!(out, "\r\x1b[K{line}"),
            false => writeln!(out, "{line}"),
        };
        let _ = out.flush();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown && self.is_terminal {
            eprint!("\r\x1b[K");
        }
    }
}

fn describe(what: &str, done: u64, total: u64, taken: Duration) -> String {
    if total == 0 || done == 0 {
        return format!("replay: {what}, entry {done}");
    }
    let left = taken.as_secs_f64() * total.saturating_sub(done) as f64 / done as f64;
    format!(
        "replay: {what}, {} % in {} s, about {} s left",
        done * 100 / total,
        taken.as_secs(),
        left.ceil()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_from_what_was_done() {
        let taken = Duration::from_secs(10);
        assert_eq!(describe("w", 7, 0, taken), "replay: w, entry 7");
        let line = describe("w", 25, 100, taken);
        assert_eq!(line, "replay: w, 25 % in 10 s, about 30 s left");
    }
}
