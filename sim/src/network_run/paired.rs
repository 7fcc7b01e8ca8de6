//! Scenarios side by side, each with the same seeds, so that what a seed makes hard for all does
//! not blur their differences.

use std::num::NonZero;

use ewc_scenario::NetworkRun;

use super::Outcome;
use crate::parallel;
use crate::run::RunError;

/// Scenarios, each to be run with so many seeds, from its own on.
pub(crate) struct Paired<'a> {
    pub(crate) scenarios: &'a [NetworkRun],
    pub(crate) seeds: u32,
    pub(crate) threads: NonZero<usize>,
}

impl Paired<'_> {
    /// The seeds of the first scenario.
    pub(crate) fn seeds(&self) -> Vec<u64> {
        let first = self.scenarios.first().map_or(0, |scenario| scenario.seed);
        (0..u64::from(self.seeds))
            .map(|more| first.wrapping_add(more))
            .collect()
    }

    /// The outcomes by scenario, then by seed; `None` when one of them was interrupted. `work` gets
    /// a scenario with its seed, and its position.
    pub(crate) fn run(
        &self,
        work: impl Fn(&NetworkRun, usize) -> Result<Outcome, RunError> + Sync,
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<Option<Vec<Vec<Outcome>>>, RunError> {
        let seeds = u64::from(self.seeds);
        let positions = 0..self.scenarios.len();
        let pieces: Vec<(usize, u64)> = positions
            .flat_map(|at| (0..seeds).map(move |more| (at, more)))
            .collect();
        let of_piece = |(at, more): &(usize, u64)| {
            let mut scenario = self.scenarios[*at].clone();
            scenario.seed = scenario.seed.wrapping_add(*more);
            work(&scenario, *at)
        };
        let outcomes = parallel::map(&pieces, self.threads, of_piece, progress);
        let outcomes = outcomes.into_iter().collect::<Result<Vec<Outcome>, _>>()?;
        if outcomes.iter().any(|outcome| !outcome.complete) {
            return Ok(None);
        }
        let by_scenario = outcomes.chunks(self.seeds.max(1) as usize);
        Ok(Some(by_scenario.map(<[Outcome]>::to_vec).collect()))
    }
}

/// A run for its indicators alone; `go_on` is asked now and then.
pub(crate) fn indicators(
    scenario: &NetworkRun,
    go_on: &(impl Fn() -> bool + Sync),
) -> Result<Outcome, RunError> {
    super::indicators(scenario, &mut |_| go_on())
}
