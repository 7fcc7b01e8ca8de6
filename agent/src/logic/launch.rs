//! From what is desired to an order the executor can carry out without asking again.

use super::clock::NetworkClock;
use super::staging::Staging;
use crate::model::{DataPlacement, Desired, Group, StartOrder, TaskOrder};
use crate::wire;

/// The order for an attempt whose inputs are all here.
pub(super) fn order(desired: &Desired, staging: &Staging, clock: &NetworkClock) -> StartOrder {
    let run_for_ms = real(clock, desired.run_for_ms);
    let tasks = desired
        .groups
        .iter()
        .flat_map(|group| tasks(group, run_for_ms, clock))
        .collect();
    StartOrder {
        key: desired.key.clone(),
        tasks,
        placements: placements(desired, staging),
        outputs: desired.outputs.clone(),
        checkpoint: desired.checkpoint.clone(),
        stop_on_disconnect: desired.stop_on_disconnect,
        scale_permille: clock.scale_permille(),
    }
}

fn tasks(group: &Group, run_for_ms: u64, clock: &NetworkClock) -> Vec<TaskOrder> {
    let task = |index| TaskOrder {
        group: group.name.clone(),
        index,
        count: group.count,
        program: group.program.clone(),
        environment: group.environment.clone(),
        memory_mib: group.memory_mib,
        time_limit_ms: real(clock, group.time_limit_ms),
        run_for_ms,
    };
    (0..group.count).map(task).collect()
}

fn real(clock: &NetworkClock, network_ms: i64) -> u64 {
    u64::try_from(clock.real_ms(network_ms)).unwrap_or(0)
}

/// Inputs at their mounts; staged artefacts that no input names, such as images, below `images/`.
fn placements(desired: &Desired, staging: &Staging) -> Vec<DataPlacement> {
    let checkpoint = desired.checkpoint.as_ref().map(|known| &known.dataset);
    let mut placements: Vec<DataPlacement> = desired
        .inputs
        .iter()
        .filter_map(|input| {
            let sha256 = staging.digest(desired, &input.dataset)?;
            Some(DataPlacement {
                sha256,
                path: input.mount.clone(),
                own: checkpoint == Some(&input.dataset),
            })
        })
        .collect();
    for artefact in &desired.stage_in {
        let mounted = desired
            .inputs
            .iter()
            .any(|input| input.dataset == artefact.name);
        if let Some(path) = wire::image_path(&artefact.name).filter(|_| !mounted) {
            placements.push(DataPlacement {
                sha256: artefact.sha256.clone(),
                path,
                own: false,
            });
        }
    }
    placements
}
