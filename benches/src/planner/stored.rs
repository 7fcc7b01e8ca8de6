//! What the peer found in earlier full runs, for quick ones: its minute an instance takes too long.

use std::fmt;

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// For each figure the peer, its seconds, the machine, the day, and of each instance, from seed 1
/// on, what the peer's plan cost and what that of `greedy` did, by which the instance is known.
const PEERS: &str = include_str!("peers.json");

/// The stored results of one figure.
#[derive(Debug)]
pub(super) struct Stored {
    about: Value,
}

impl Stored {
    pub(super) fn of(figure: &str) -> anyhow::Result<Stored> {
        let mut all: Value = serde_json::from_str(PEERS)?;
        let about = all.get_mut(figure).map(Value::take);
        let about = about.with_context(|| format!("nothing is stored of {figure}"))?;
        Ok(Stored { about })
    }

    /// What the peer's plan of an instance cost.
    ///
    /// # Errors
    /// It was another instance: the generator has changed since.
    pub(super) fn plan(&self, seed: u64, greedy: f64) -> anyhow::Result<f64> {
        let row = &self.about["instances"][seed as usize - 1];
        let (plan, known) = (row[0].as_f64(), row[1].as_f64());
        ensure!(
            known == Some(greedy),
            "what is stored of the peer is of another instance {seed}; measure it anew, without \
             --quick, and write what it prints into peers.json"
        );
        plan.with_context(|| format!("nothing is stored of instance {seed}"))
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |name: &str| self.about[name].as_str().unwrap_or("?");
        let (peer, machine, date) = (text("peer"), text("machine"), text("date"));
        let seconds = &self.about["seconds"];
        write!(
            f,
            "stored, {peer} with {seconds} s an instance on {machine}, {date}"
        )
    }
}

/// The rows of a run, as they are stored.
pub(super) fn rows(seen: impl Iterator<Item = (Option<f64>, f64)>) -> Value {
    let row = |(peer, greedy): (Option<f64>, f64)| {
        let whole = |value: f64| Value::from(value as i64);
        Value::from(vec![peer.map_or(Value::Null, whole), whole(greedy)])
    };
    seen.map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_of_every_instance_and_of_no_other() {
        for figure in ["planner-medium", "planner-medium-links"] {
            let stored = Stored::of(figure).unwrap();
            for seed in 1..=20 {
                let greedy = stored.about["instances"][seed as usize - 1][1]
                    .as_f64()
                    .unwrap();
                assert!(stored.plan(seed, greedy).unwrap() > 0.0);
                assert!(stored.plan(seed, greedy + 1.0).is_err());
            }
            assert!(stored.to_string().starts_with("stored, HiGHS"));
        }
    }
}
