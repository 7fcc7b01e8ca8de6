//! The one place where the network's time meets real time.

use super::ClockFact;

/// Milliseconds of this process's monotonic clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mono(pub i64);

impl Mono {
    /// This instant and so many milliseconds.
    #[must_use]
    pub fn plus(self, real_ms: i64) -> Self {
        Self(self.0.saturating_add(real_ms))
    }
}

/// The network's time as last told, carried on by the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct NetworkClock {
    fact: ClockFact,
    heard: Mono,
}

impl NetworkClock {
    /// A reading heard at `heard`. A scale of 0 is taken for real time.
    #[must_use]
    pub fn new(mut fact: ClockFact, heard: Mono) -> Self {
        if fact.scale_permille == 0 {
            fact.scale_permille = 1000;
        }
        Self { fact, heard }
    }

    /// Network milliseconds per real second.
    #[must_use]
    pub fn scale_permille(&self) -> u64 {
        self.fact.scale_permille
    }

    /// The network's time.
    #[must_use]
    pub fn network_now_ms(&self, now: Mono) -> i64 {
        let real_ms = now.0 - self.heard.0;
        self.fact.now_ms + mul_div(real_ms, self.fact.scale_permille as i64, 1000)
    }

    /// When a network instant comes.
    #[must_use]
    pub fn due(&self, network_ms: i64) -> Mono {
        self.heard.plus(self.real_ms(network_ms - self.fact.now_ms))
    }

    /// A network length of time in real milliseconds, rounded up so that no limit vanishes.
    #[must_use]
    pub fn real_ms(&self, network_ms: i64) -> i64 {
        let scale = self.fact.scale_permille as i64;
        let rounding = if network_ms > 0 { scale - 1 } else { 0 };
        let scaled = i128::from(network_ms) * 1000 + i128::from(rounding);
        clamp(scaled / i128::from(scale))
    }

    /// Bits per network second in bits per real second.
    #[must_use]
    pub fn real_rate_bps(&self, network_bps: i64) -> u64 {
        let rate = mul_div(network_bps, self.fact.scale_permille as i64, 1000);
        u64::try_from(rate)
            .unwrap_or(0)
            .max(u64::from(network_bps > 0))
    }
}

/// A real length of time in network milliseconds.
#[must_use]
pub fn network_ms(real_ms: u64, scale_permille: u64) -> i64 {
    clamp(i128::from(real_ms) * i128::from(scale_permille.max(1)) / 1000)
}

fn mul_div(value: i64, numerator: i64, denominator: i64) -> i64 {
    clamp(i128::from(value) * i128::from(numerator) / i128::from(denominator))
}

fn clamp(value: i128) -> i64 {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_sixty_times_as_fast() {
        let fact = ClockFact {
            now_ms: 1_000_000,
            scale_permille: 60_000,
        };
        let clock = NetworkClock::new(fact, Mono(500));
        assert_eq!(clock.network_now_ms(Mono(1500)), 1_060_000);
        assert_eq!(clock.due(1_060_000), Mono(1500));
        assert_eq!(clock.real_ms(3_600_000), 60_000);
        assert_eq!(clock.real_ms(1), 1);
        assert_eq!(clock.real_rate_bps(1_000_000), 60_000_000);
        assert_eq!(network_ms(60_000, 60_000), 3_600_000);
    }

    #[test]
    fn extremes_do_not_overflow() {
        let clock = NetworkClock::new(
            ClockFact {
                now_ms: 0,
                scale_permille: 1,
            },
            Mono(0),
        );
        assert_eq!(clock.real_ms(i64::MAX), i64::MAX);
        assert_eq!(clock.real_rate_bps(5), 1);
        assert_eq!(clock.due(i64::MAX), Mono(i64::MAX));
    }
}
