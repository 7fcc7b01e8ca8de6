//! Reads of data sets are counted when a run is granted: its data is there.

use crate::demand::{Demand, Read};
use crate::model::{Job, Placement, SiteId, TransferKind};

use super::State;
use super::apply::Apply;

/// A run that starts so long after its data has come waited for something else.
const SOON_MS: i64 = 1_000;

impl State {
    /// What jobs have read lately.
    pub fn demand(&self) -> &Demand {
        &self.demand
    }
}

impl Apply<'_> {
    /// Counts what a run reads whose placement has come to its start.
    pub(super) fn note_reads(&mut self, job: &Job, placement: &Placement) {
        if job.spec.inputs.is_empty() {
            return;
        }
        let sites = super::fits::run_sites(self.state, placement);
        let mut demand = std::mem::take(&mut self.state.demand);
        // Replicas ahead are proposed of data sets, not of models.
        let datasets = &self.state.datasets;
        let inputs = job.spec.inputs.iter();
        for input in inputs.filter(|input| datasets.contains_key(&input.dataset)) {
            for site in &sites {
                let moved = self.brought(job, placement, &input.dataset, *site);
                let read = Read {
                    dataset: &input.dataset,
                    site: *site,
                    transport_micro_cny: moved.map(|(cost, _)| cost),
                    waited_ms: moved.map_or(0, |(_, waited_ms)| waited_ms),
                    mlps_level: job.spec.mlps_level,
                    regions: &job.spec.regions,
                };
                demand.observe(self.state.now_ms, &read);
            }
        }
        self.state.demand = demand;
    }

    /// What it cost to bring a data set to a site, and how long the run waited for that alone: for
    /// its windows, when it started as soon as the last of them had ended.
    fn brought(
        &self,
        job: &Job,
        placement: &Placement,
        dataset: &str,
        site: SiteId,
    ) -> Option<(i64, i64)> {
        let second = placement.transfers.iter().find(|transfer| {
            transfer.kind == TransferKind::StageIn
                && transfer.to == site
                && transfer.what == dataset
        })?;
        let first = placement.deposit_of(second);
        let legs = first.into_iter().chain([second]);
        let cost = legs.map(|leg| self.state.transport_micro_cny(leg)).sum();
        let since_ms = job.submitted_ms.max(job.spec.release_ms);
        let begun_ms = first.unwrap_or(second).start_ms.max(since_ms);
        let at_once = placement.start_ms() - second.end_ms <= SOON_MS;
        let waited_ms = match at_once {
            true => (second.end_ms - begun_ms).max(0),
            false => 0,
        };
        Some((cost, waited_ms))
    }

    /// Lets the counts age.
    pub(super) fn age_demand(&mut self) {
        if self.state.demand.is_due(self.state.now_ms) {
            self.state.demand.age(self.state.now_ms);
        }
    }
}

impl State {
    /// What carrying a transfer costs over its links.
    pub(crate) fn transport_micro_cny(&self, transfer: &crate::model::Transfer) -> i64 {
        let cost = crate::planner::transport(&self.links, transfer);
        i64::try_from(cost).unwrap_or(i64::MAX)
    }
}
