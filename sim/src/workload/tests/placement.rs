//! The national workload on the national network, through the production planner.

use std::collections::BTreeMap;

use ewc_core::model::{JobState, TransferKind};

use super::network::Network;
use super::*;

const ROUND_MS: i64 = 15 * 60_000;

/// What a run of a workload showed.
#[derive(Debug, Default)]
struct Measured {
    /// Jobs that were placed at least once.
    placed: usize,
    /// Of the others, how many waited for which reason.
    unplaced: BTreeMap<String, usize>,
    succeeded: u64,
    /// Planned over links, each data set to each site once.
    distinct_bytes: i64,
    /// Counted by the network as arrived.
    moved_bytes: i64,
    /// Jobs whose run is not at the site that holds their data.
    moved_jobs: usize,
}

fn measure(scenario: &Scenario, workload: &Workload) -> Measured {
    let mut network = Network::new(scenario, workload);
    let mut placements: BTreeMap<String, ()> = BTreeMap::new();
    let mut transfers = BTreeMap::new();
    let mut waiting = workload.jobs.as_slice();
    let mut now_ms = workload.jobs[0].submit_ms;
    while !waiting.is_empty()
        || network
            .state
            .next_due_ms()
            .is_some_and(|due| due < i64::MAX)
    {
        now_ms += ROUND_MS;
        let due = waiting.partition_point(|job| job.submit_ms <= now_ms);
        network.submit(&waiting[..due]);
        waiting = &waiting[due..];
        network.tick(now_ms);
        let began = std::time::Instant::now();
        let before=network.state.count(JobState::Pending); network.round();
        eprintln!("{} pend {} -> {} run {} took {:?}", (now_ms-workload.jobs[0].submit_ms)/60000, before, network.state.count(JobState::Pending), network.state.count(JobState::Dispatched), began.elapsed());
        for job in network.state.jobs().values() {
            let Some(placement) = &job.placement else {
                continue;
            };
            placements.insert(job.key.clone(), ());
            for transfer in &placement.transfers {
                if transfer.kind != TransferKind::Steady {
                    transfers.insert((transfer.what.clone(), transfer.to), transfer.size_bytes);
                }
            }
        }
        let live = JobState::ALL
            .into_iter()
            .filter(|state| !state.is_terminal());
        if waiting.is_empty() && live.map(|state| network.state.count(state)).sum::<u64>() == 0 {
            break;
        }
        assert!(
            now_ms < workload.jobs[0].submit_ms + 72 * 3_600_000,
            "it never ends"
        );
    }
    let mut measured = Measured {
        placed: placements.len(),
        succeeded: network.state.count(JobState::Succeeded),
        distinct_bytes: transfers.values().sum(),
        moved_bytes: network.state.transferred_bytes(),
        ..Measured::default()
    };
    for job in network.state.jobs().values() {
        if !placements.contains_key(&job.key) {
            let reason = job
                .reason
                .map_or("none".to_owned(), |reason| reason.to_string());
            *measured.unplaced.entry(reason).or_default() += 1;
        }
        let moved = job
            .placement
            .as_ref()
            .is_some_and(|p| p.stage_in().next().is_some());
        measured.moved_jobs += usize::from(moved);
    }
    measured
}

#[test]
fn the_national_workload_is_placed_and_moves_data() {
    let mix = Mix::default();
    let scenario = national().scaled_data(mix.data_scale);
    let workload = generated(&mix, &scenario);
    let measured = measure(&scenario, &workload);
    println!("{measured:#?}");
    assert!(
        measured.placed * 100 >= workload.jobs.len() * 97,
        "{measured:?}"
    );
    assert!(measured.distinct_bytes >= 1_200_000_000, "{measured:?}");
}
