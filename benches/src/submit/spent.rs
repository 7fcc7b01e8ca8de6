//! Processor time of all who take part, which a busy machine changes less than rates.

use std::time::Duration;

use crate::process::{self, Process};

/// Processor time, in user and kernel mode, of all threads.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Spent<T> {
    /// Of the load generator.
    pub generator: T,
    /// Of the member that answers.
    pub leader: T,
    /// Of the other members together.
    pub followers: T,
}

impl Spent<Duration> {
    /// Since everybody's start.
    pub fn until_now<'a>(
        members: impl IntoIterator<Item = &'a Process>,
        leader: usize,
    ) -> anyhow::Result<Spent<Duration>> {
        let mut spent = Spent {
            generator: process::own_time()?,
            ..Spent::default()
        };
        for (position, member) in members.into_iter().enumerate() {
            let time = member.processor_time()?;
            match position == leader {
                true => spent.leader = time,
                false => spent.followers += time,
            }
        }
        Ok(spent)
    }

    /// Since `before`, for each of so many items, in microseconds.
    pub fn per_item(self, before: Spent<Duration>, items: u64) -> Spent<f64> {
        let per_item = |now: Duration, before| {
            now.saturating_sub(before).as_secs_f64() * 1e6 / items.max(1) as f64
        };
        Spent {
            generator: per_item(self.generator, before.generator),
            leader: per_item(self.leader, before.leader),
            followers: per_item(self.followers, before.followers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_shared_among_the_items() {
        let at = |ms| Spent {
            generator: Duration::from_millis(ms),
            leader: Duration::from_millis(2 * ms),
            followers: Duration::ZERO,
        };
        let expected = Spent {
            generator: 10.0,
            leader: 20.0,
            followers: 0.0,
        };
        assert_eq!(at(15).per_item(at(5), 1000), expected);
    }

    #[test]
    fn work_costs_time() {
        let before = Spent::until_now([], 0).unwrap();
        let mut spent = before;
        while spent.generator == before.generator {
            spent = Spent::until_now([], 0).unwrap();
        }
        assert!(spent.generator > before.generator);
    }
}
