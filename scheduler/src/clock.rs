//! The network's time, as the leader stamps it.
//!
//! It begins where the state's time stands, advances with this machine's monotonic clock, times
//! the scale, and is slewed towards wall time. A gap of more than 30 s is never jumped: the clock
//! is suspect until an operator accepts the gap. With a scale other than 1 wall time means
//! nothing and there is no slewing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A gap to wall time above this is suspect.
const SUSPECT_GAP_MS: i64 = 30_000;
/// Wall time is approached by at most one part in this many.
const SLEW_PARTS: i64 = 20;

/// The leader's clock. Pure: wall time and the monotonic instant are given to it.
#[derive(Debug)]
struct Clock {
    scale_permille: u64,
    base_ms: i64,
    base_at: Instant,
    accept_gap: bool,
    suspect: bool,
}

/// What the machine's clocks say.
#[derive(Debug, Clone, Copy)]
struct Machine {
    wall_ms: i64,
    at: Instant,
}

impl Machine {
    fn now() -> Machine {
        Machine {
            wall_ms: wall_ms(),
            at: Instant::now(),
        }
    }
}

impl Clock {
    fn new(scale_permille: u64, accept_gap: bool, machine: Machine) -> Clock {
        Clock {
            scale_permille,
            base_ms: machine.wall_ms,
            base_at: machine.at,
            accept_gap,
            suspect: false,
        }
    }

    /// Goes on from the state's time, as a new leader must. An empty state begins at wall time.
    fn start(&mut self, state_ms: i64, machine: Machine) {
        let gap_ms = machine.wall_ms - state_ms;
        let wide = gap_ms.abs() > SUSPECT_GAP_MS && self.scale_permille == 1000;
        let jump = state_ms == 0 || (wide && self.accept_gap && gap_ms > 0);
        self.suspect = wide && !jump;
        self.base_ms = if jump { machine.wall_ms } else { state_ms };
        self.base_at = machine.at;
    }

    fn now_ms(&mut self, machine: Machine) -> i64 {
        let elapsed = machine.at.duration_since(self.base_at);
        let passed_ms = scaled_ms(elapsed, self.scale_permille);
        let now_ms = self.base_ms + passed_ms;
        if self.scale_permille != 1000 {
            return now_ms;
        }
        let gap_ms = machine.wall_ms - now_ms;
        self.suspect = gap_ms.abs() > SUSPECT_GAP_MS;
        if elapsed < Duration::from_secs(1) || self.suspect {
            return now_ms;
        }
        let slew_ms = gap_ms.clamp(-passed_ms / SLEW_PARTS, passed_ms / SLEW_PARTS);
        self.base_ms = now_ms + slew_ms;
        self.base_at = machine.at;
        self.base_ms
    }
}

/// The leader's clock, shared by those who stamp and those who tell the time.
#[derive(Debug, Clone)]
pub struct SharedClock(Arc<Mutex<Clock>>);

impl SharedClock {
    /// A clock at `scale_permille` thousandths of real time. It tells wall time until
    /// [`SharedClock::start`] sets it to the state's.
    pub fn new(scale_permille: u64, accept_gap: bool) -> SharedClock {
        let clock = Clock::new(scale_permille, accept_gap, Machine::now());
        SharedClock(Arc::new(Mutex::new(clock)))
    }

    /// Goes on from the state's time, as a new leader must. An empty state begins at wall time.
    pub fn start(&self, state_ms: i64) {
        self.clock().start(state_ms, Machine::now());
    }

    /// The network's time now.
    pub fn now_ms(&self) -> i64 {
        self.clock().now_ms(Machine::now())
    }

    /// True while wall time is too far away to follow.
    pub fn is_suspect(&self) -> bool {
        self.clock().suspect
    }

    /// Network seconds a real second takes, in thousandths.
    pub fn scale_permille(&self) -> u64 {
        self.clock().scale_permille
    }

    /// The lock is held for a few instructions that cannot panic.
    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn scaled_ms(elapsed: Duration, scale_permille: u64) -> i64 {
    let ms = elapsed.as_micros() * u128::from(scale_permille) / 1_000_000;
    i64::try_from(ms).unwrap_or(i64::MAX)
}

fn wall_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALL_MS: i64 = 1_800_000_000_000;

    /// A clock that goes on from `state_ms`, and what it says `passed_ms` later by both clocks.
    fn run(scale: u64, accept_gap: bool, state_ms: i64, passed_ms: i64) -> (i64, bool) {
        let at = Instant::now();
        let mut clock = Clock::new(
            scale,
            accept_gap,
            Machine {
                wall_ms: WALL_MS,
                at,
            },
        );
        clock.start(
            state_ms,
            Machine {
                wall_ms: WALL_MS,
                at,
            },
        );
        let later = Machine {
            wall_ms: WALL_MS + passed_ms,
            at: at + Duration::from_millis(passed_ms.unsigned_abs()),
        };
        (clock.now_ms(later), clock.suspect)
    }

    #[test]
    fn time_goes_on_from_the_state_and_is_never_jumped_unasked() {
        let minute = 60_000;
        let cases = [
            (
                "an empty state begins at wall time",
                1000,
                false,
                0,
                500,
                WALL_MS + 500,
                false,
            ),
            (
                "a small gap is slewed",
                1000,
                false,
                WALL_MS - 1000,
                10_000,
                WALL_MS + 9_500,
                false,
            ),
            (
                "ahead, it slows down",
                1000,
                false,
                WALL_MS + 1000,
                10_000,
                WALL_MS + 10_500,
                false,
            ),
            (
                "a wide gap stays",
                1000,
                false,
                WALL_MS - minute,
                5000,
                WALL_MS - 55_000,
                true,
            ),
            (
                "an operator accepts it",
                1000,
                true,
                WALL_MS - minute,
                500,
                WALL_MS + 500,
                false,
            ),
            (
                "time never runs back",
                1000,
                true,
                WALL_MS + minute,
                500,
                WALL_MS + 60_500,
                true,
            ),
            (
                "a demo runs faster",
                720_000,
                false,
                WALL_MS - minute,
                100,
                WALL_MS + 12_000,
                false,
            ),
        ];
        for (name, scale, accept, state_ms, passed_ms, now_ms, suspect) in cases {
            assert_eq!(
                run(scale, accept, state_ms, passed_ms),
                (now_ms, suspect),
                "{name}"
            );
        }
    }
}
