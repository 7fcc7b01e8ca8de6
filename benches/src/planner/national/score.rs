//! What one policy made of the jobs: the same measures for all.

use std::collections::BTreeMap;

use ewc_core::model::JobState;
use ewc_sim::replan::{Arrival, Replanned, ReplannedJob};

use super::world::World;

/// Head of the table.
pub const HEAD: &str = "| policy | objective CNY | of it penalty | kgCO2 location | kgCO2 market \
                        | WAN TB | deadline hits | Jain | placed | unplaced | fullest hub |\n\
                        |---|---|---|---|---|---|---|---|---|---|---|";

/// The measures of one policy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    /// Name of the policy.
    pub policy: &'static str,
    /// Cost of what was placed, with the penalty of what was not or came late, in yuan.
    pub objective_cny: f64,
    /// The part of it that is the penalty.
    pub penalty_cny: f64,
    /// Carbon of what was placed by the local grids, in kilograms.
    pub carbon_location_kg: f64,
    /// The same less contracted green power.
    pub carbon_market_kg: f64,
    /// Bytes moved between sites.
    pub wan_bytes: i64,
    /// Jobs with a deadline.
    pub deadlines: u32,
    /// Of these, those that ended well by then.
    pub deadline_hits: u32,
    /// Jain's index over the tenants' mean speed.
    pub fairness: f64,
    /// Jobs that started.
    pub placed: u32,
    /// Jobs that did not.
    pub unplaced: u32,
    /// Accelerators reserved in the mean of the jobs' span, by hub, as a share.
    pub load: BTreeMap<String, f64>,
}

impl Score {
    /// Measures what became of the world's jobs.
    pub fn of(world: &World, replanned: &Replanned) -> Score {
        let totals = &replanned.totals;
        let mut score = Score {
            policy: replanned.policy.name(),
            carbon_location_kg: totals.carbon_location_kg(),
            carbon_market_kg: totals.carbon_market_kg(),
            wan_bytes: totals.wan_bytes,
            placed: totals.placed,
            unplaced: totals.not_placed.values().sum(),
            load: load(world, replanned),
            ..Score::default()
        };
        let mut speeds: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        let (mut cost, mut penalty) = (0_i128, 0_i128);
        for (weighed, job) in world.jobs.iter().zip(&replanned.jobs) {
            let arrival = &weighed.arrival;
            let tenant = speeds.entry(arrival.tenant.as_str()).or_default();
            tenant.push(speed(arrival, job));
            if job.start_ms.is_some() {
                cost += i128::from(job.cost.objective_micro_cny);
            }
            if job.start_ms.is_none() || hit(arrival, job) == Some(false) {
                penalty += i128::from(weighed.penalty_micro_cny);
            }
            score.deadlines += u32::from(arrival.spec.deadline_ms.is_some());
            score.deadline_hits += u32::from(hit(arrival, job) == Some(true));
        }
        score.objective_cny = (cost + penalty) as f64 / 1e6;
        score.penalty_cny = penalty as f64 / 1e6;
        let means = speeds
            .values()
            .map(|of| of.iter().sum::<f64>() / of.len() as f64);
        score.fairness = jain(&means.collect::<Vec<f64>>());
        score
    }

    /// Its row in the table of all.
    pub fn row(&self) -> String {
        format!(
            "| `{}` | {:.0} | {:.0} | {:.0} | {:.0} | {:.1} | {} of {} | {:.3} \
             | {} | {} | {:.0} % |",
            self.policy,
            self.objective_cny,
            self.penalty_cny,
            self.carbon_location_kg,
            self.carbon_market_kg,
            self.wan_bytes as f64 / 1e12,
            self.deadline_hits,
            self.deadlines,
            self.fairness,
            self.placed,
            self.unplaced,
            100.0 * self.fullest(),
        )
    }

    /// The largest share of a hub's accelerators that is reserved.
    pub fn fullest(&self) -> f64 {
        self.load.values().copied().fold(0.0, f64::max)
    }
}

/// Whether a job with a deadline ended well by then; `None` without a deadline.
fn hit(arrival: &Arrival, job: &ReplannedJob) -> Option<bool> {
    let deadline_ms = arrival.spec.deadline_ms?;
    let in_time = job.end_ms.is_some_and(|end_ms| end_ms <= deadline_ms);
    Some(job.state == Some(JobState::Succeeded) && in_time)
}

/// Run time as a share of the time from release to the end of the run: 1 is at once, 0 never. The
/// inverse of what is called slowdown, so that a job that never ran counts.
fn speed(arrival: &Arrival, job: &ReplannedJob) -> f64 {
    let run_ms = arrival.run_ms.max(1) as f64;
    job.wait_ms
        .map_or(0.0, |wait_ms| run_ms / (run_ms + wait_ms.max(0) as f64))
}

/// Jain's fairness index: 1 when all are equal, 1/n when one has everything (R. Jain, D. Chiu,
/// W. Hawe, DEC-TR-301, 1984).
fn jain(values: &[f64]) -> f64 {
    let sum: f64 = values.iter().sum();
    let squares: f64 = values.iter().map(|value| value * value).sum();
    match squares > 0.0 {
        true => sum * sum / (values.len() as f64 * squares),
        false => 1.0,
    }
}

/// Accelerators reserved by those that started, run by run for its whole time limit: what an early
/// end gives back may be reserved again, so this can be more than all.
fn load(world: &World, replanned: &Replanned) -> BTreeMap<String, f64> {
    let mut held_ms: BTreeMap<&str, i128> = BTreeMap::new();
    let end_ms = world.start_ms + world.span_ms;
    let started = replanned.jobs.iter().filter(|job| job.start_ms.is_some());
    for slot in started.flat_map(|job| &job.groups) {
        let site = world.state.pools()[slot.pool.index()].site;
        let hub = world.state.sites()[site.index()].spec.hub.as_str();
        let length_ms = i128::from((slot.end_ms.min(end_ms) - slot.start_ms).max(0));
        *held_ms.entry(hub).or_default() += length_ms * i128::from(slot.total.accelerators);
    }
    let all = world.accelerators().into_iter();
    let share = |(hub, accelerators): (&str, i64)| {
        let held_ms = held_ms.get(hub).copied().unwrap_or(0) as f64;
        let there_ms = accelerators.max(1) as f64 * world.span_ms as f64;
        (hub.to_owned(), held_ms / there_ms)
    };
    all.map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jains_index_is_one_when_equal_and_one_in_n_at_worst() {
        assert!((jain(&[0.4, 0.4, 0.4, 0.4]) - 1.0).abs() < 1e-9);
        assert!((jain(&[0.9, 0.0, 0.0, 0.0]) - 0.25).abs() < 1e-9);
        assert!((jain(&[1.0, 0.5]) - 0.9).abs() < 1e-9);
    }
}
