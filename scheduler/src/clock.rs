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

/// The leader's clock.
#[derive(Debug)]
pub struct Clock {
    scale_permille: u64,
    base_ms: i64,
    base_at: Instant,
    accept_gap: bool,
    suspect: bool,
}

impl Clock {
    /// A clock that has not been started; [`Clock::start`] sets it to the state's time.
    pub fn new(scale_permille: u64, accept_gap: bool) -> Clock {
        let base_at = Instant::now();
        Clock {
            scale_permille,
            base_ms: wall_ms(),
            base_at,
            accept_gap,
            suspect: false,
        }
    }

    /// Goes on from the state's time, as a new leader must. An empty state begins at wall time.
    pub fn start(&mut self, state_ms: i64) {
        let gap_ms = wall_ms() - state_ms;
        let wide = gap_ms.abs() > SUSPECT_GAP_MS && self.scale_permille == 1000;
        let jump = state_ms == 0 || (wide && self.accept_gap && gap_ms > 0);
        self.suspect = wide && !jump;
        self.base_ms = if jump { wall_ms() } else { state_ms };
        self.base_at = Instant::now();
    }

    /// The network's time now.
    pub fn now_ms(&mut self) -> i64 {
        let elapsed = self.base_at.elapsed();
        let passed_ms = scaled_ms(elapsed, self.scale_permille);
        let now_ms = self.base_ms + passed_ms;
        if self.scale_permille != 1000 {
            return now_ms;
        }
        let gap_ms = wall_ms() - now_ms;
        self.suspect = gap_ms.abs() > SUSPECT_GAP_MS;
        if elapsed < Duration::from_secs(1) || self.suspect {
            return now_ms;
        }
        let slew_ms = gap_ms.clamp(-passed_ms / SLEW_PARTS, passed_ms / SLEW_PARTS);
        self.base_ms = now_ms + slew_ms;
        self.base_at = Instant::now();
        self.base_ms
    }

    /// True while wall time is too far away to follow.
    pub fn is_suspect(&self) -> bool {
        self.suspect
    }

    /// Network seconds a real second takes, in thousandths.
    pub fn scale_permille(&self) -> u64 {
        self.scale_permille
    }
}

/// The leader's clock, shared by those who stamp and those who tell the time.
#[derive(Debug, Clone)]
pub struct SharedClock(Arc<Mutex<Clock>>);

impl SharedClock {
    /// See [`Clock::new`].
    pub fn new(scale_permille: u64, accept_gap: bool) -> SharedClock {
        SharedClock(Arc::new(Mutex::new(Clock::new(scale_permille, accept_gap))))
    }

    /// See [`Clock::start`].
    pub fn start(&self, state_ms: i64) {
        self.clock().start(state_ms);
    }

    /// See [`Clock::now_ms`].
    pub fn now_ms(&self) -> i64 {
        self.clock().now_ms()
    }

    /// See [`Clock::is_suspect`].
    pub fn is_suspect(&self) -> bool {
        self.clock().is_suspect()
    }

    /// See [`Clock::scale_permille`].
    pub fn scale_permille(&self) -> u64 {
        self.clock().scale_permille()
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
