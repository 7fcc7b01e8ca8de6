//! Spreads bytes evenly over time.

use std::time::{Duration, Instant};

/// How far behind its schedule a pull may catch up at full speed.
const CATCH_UP: Duration = Duration::from_millis(50);

/// A schedule: each byte has its instant. No clock reads; the caller brings the time.
#[derive(Debug)]
pub struct Pace {
    bits_per_second: u64,
    next: Instant,
}

impl Pace {
    /// At most so many bits per second; 0: no limit.
    #[must_use]
    pub fn new(bits_per_second: u64, now: Instant) -> Self {
        Self {
            bits_per_second,
            next: now,
        }
    }

    /// How long to wait before the next `bytes` may be counted as moved.
    pub fn wait(&mut self, bytes: usize, now: Instant) -> Duration {
        if self.bits_per_second == 0 {
            return Duration::ZERO;
        }
        let nanos = bytes as u128 * 8 * 1_000_000_000 / u128::from(self.bits_per_second);
        let cost = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let earliest = now.checked_sub(CATCH_UP).unwrap_or(now);
        self.next = self.next.max(earliest) + cost.min(Duration::from_secs(3600));
        self.next.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_bytes_takes_a_second() {
        let start = Instant::now();
        let mut pace = Pace::new(8_000, start);
        let mut now = start;
        for _ in 0..10 {
            now += pace.wait(100, now);
        }
        assert_eq!(now - start, Duration::from_secs(1));
    }

    #[test]
    fn a_pause_is_not_made_up_for() {
        let start = Instant::now();
        let mut pace = Pace::new(8_000, start);
        let later = start + Duration::from_secs(60);
        assert_eq!(pace.wait(1000, later), Duration::from_millis(950));
        assert_eq!(Pace::new(0, start).wait(1 << 30, start), Duration::ZERO);
    }
}
