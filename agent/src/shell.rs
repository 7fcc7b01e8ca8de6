//! The thin layer around the logic: sockets, threads, timers and files of one running agent.
//!
//! It decides nothing. One task owns the [`Agent`](crate::logic::Agent) and turns effects into
//! work for the others; what they did comes back as events through one bounded channel.

pub use self::run::run;

mod attach;
mod core;
pub mod dial;
mod endpoints;
mod http;
mod identity;
mod logs;
mod prober;
mod pulls;
mod run;
mod state_dir;
mod tls;
mod uplink;
mod work;

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::logic::{Input, Mono};

/// Something the core task must hear.
#[derive(Debug)]
enum Event {
    /// For the logic.
    Input(Input),
    /// A scheduler answered, or none did.
    Uplink(Box<uplink::Reply>),
    /// A scheduler has news.
    Wake,
    /// A link was measured.
    Link(prober::Measured),
    /// The agent can keep no promise any more.
    Fatal(String),
}

/// Milliseconds since this agent started; the only clock the logic sees.
#[derive(Clone, Copy, Debug)]
struct Clock(Instant);

impl Clock {
    fn now(self) -> Mono {
        Mono(i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    fn instant(self, at: Mono) -> Instant {
        let ms = u64::try_from(at.0).unwrap_or(0).min(1 << 40);
        self.0 + std::time::Duration::from_millis(ms)
    }
}

fn unix_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A random share of the time, so that agents that failed together do not return together.
fn jittered_ms(ms: u64) -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    let random = std::hash::RandomState::new().build_hasher().finish();
    ms / 2 + random % (ms / 2 + 1)
}
