//! The national workload on the national network, through the production planner.

use std::collections::{BTreeMap, BTreeSet};

use ewc_core::model::{JobState, SiteId, TransferKind};

use super::network::Network;
use super::*;

const ROUND_MS: i64 = 15 * 60_000;
const HOUR_MS: i64 = 3_600_000;

/// What a run of a workload showed, by keys of jobs.
#[derive(Default)]
struct Seen {
    placed: BTreeSet<String>,
    states: BTreeMap<String, (JobState, String)>,
    /// Jobs that fetched data, or sent a result.
    travelled: BTreeSet<String>,
    /// Sizes of what crossed links, each data set to each site once.
    transfers: BTreeMap<(String, SiteId), i64>,
}

impl Seen {
    fn look(&mut self, network: &Network) {
        for job in network.state.jobs().values() {
            let reason = job.reason.map(|reason| reason.to_string());
            let state = (job.state, reason.unwrap_or_default());
            self.states.insert(job.key.clone(), state);
            let Some(placement) = &job.placement else {
                continue;
            };
            self.placed.insert(job.key.clone());
            let bulk =
                |transfer: &&ewc_core::model::Transfer| transfer.kind != TransferKind::Steady;
            for transfer in placement.transfers.iter().filter(bulk) {
                self.travelled.insert(job.key.clone());
                let which = (transfer.what.clone(), transfer.to);
                self.transfers.insert(which, transfer.size_bytes);
            }
        }
    }

    fn bytes(&self) -> i64 {
        self.transfers.values().sum()
    }

    /// How many jobs are in which state, those never placed with their reason.
    fn summary(&self) -> BTreeMap<String, usize> {
        let mut summary = BTreeMap::new();
        for (key, (state, reason)) in &self.states {
            let line = match self.placed.contains(key) {
                true => format!("placed, {}", state.name()),
                false => format!("never placed, {}: {reason}", state.name()),
            };
            *summary.entry(line).or_default() += 1;
        }
        summary
    }

    fn all_ended(&self) -> bool {
        self.states.values().all(|(state, _)| state.is_terminal())
    }
}

/// Plays a workload, with a round of planning every quarter of an hour, until every job ended.
fn play(scenario: &Scenario, workload: &Workload) -> Seen {
    let mut network = Network::new(scenario, workload);
    let mut seen = Seen::default();
    let mut waiting = workload.jobs.as_slice();
    let mut now_ms = workload.jobs[0].submit_ms;
    let latest_ms = now_ms + 72 * HOUR_MS;
    while now_ms < latest_ms && !(waiting.is_empty() && seen.all_ended()) {
        now_ms += ROUND_MS;
        let due = waiting.partition_point(|job| job.submit_ms <= now_ms);
        network.submit(&waiting[..due]);
        waiting = &waiting[due..];
        network.tick(now_ms);
        network.round();
        seen.look(&network);
    }
    seen
}

/// Plays the demonstration's workload of a seed; returns what it says of it.
fn check(seed: u64) -> String {
    let mix = Mix {
        seed,
        ..Mix::default()
    };
    let scenario = national().scaled_data(mix.data_scale);
    let workload = generated(&mix, &scenario);
    let seen = play(&scenario, &workload);
    let said = format!(
        "seed {seed}: {} of {} jobs placed, {} with data to move, {} MB over links; {:?}",
        seen.placed.len(),
        workload.jobs.len(),
        seen.travelled.len(),
        seen.bytes() / 1_000_000,
        seen.summary(),
    );
    assert!(
        seen.placed.len() * 100 >= workload.jobs.len() * 97,
        "{said}"
    );
    assert!(seen.bytes() >= 1_200_000_000, "{said}");
    assert!(seen.all_ended(), "{said}");
    said
}

#[test]
fn the_national_workload_is_placed_and_moves_data() {
    println!("{}", check(Mix::default().seed));
}

/// Slow without optimisation: `cargo test --release -p ewc-sim -- --ignored --nocapture seeds`.
#[test]
#[ignore = "minutes without optimisation"]
fn other_seeds_are_no_worse() {
    for seed in [2, 3, 7, 42, 2025] {
        println!("{}", check(seed));
    }
}
