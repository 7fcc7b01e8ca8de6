//! Table B: GPU tasks on the nodes of a cluster.

use std::path::Path;
use std::sync::Arc;

use super::error::CheckError;
use super::gpu_cluster::{Arrivals, GpuCluster};
use super::published::placement as published;
use super::result::{Cell, TableReport};
use super::run::{Found, Piece, Work};
use crate::site::nodes::{NodeChoice, Placer};

/// The list of tasks, by its name in the trace.
const LIST: &str = "default";

pub(super) fn work(data: &Path) -> Result<Work, CheckError> {
    let cluster = GpuCluster::load(data, LIST)?;
    let mut orders = Vec::new();
    for seed in published::SEEDS {
        orders.push((seed, Arc::new(cluster.arrivals(data, seed)?)));
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for (choice, ..) in published::MEANS {
        for (seed, arrivals) in &orders {
            let (seed, arrivals) = (*seed, Arc::clone(arrivals));
            pieces.push(Box::new(move || {
                let filled = place_all(&arrivals, choice, seed);
                let samples = vec![filled.allocated_pct, filled.fragmented_pct];
                Ok(Found::Samples(samples))
            }));
        }
    }
    let rule =
        |(choice, ..): &(NodeChoice, f64, f64, f64)| format!("{choice}: {}", choice.tie_rule());
    Ok(Work {
        source: published::SOURCE,
        rules: published::MEANS.iter().map(rule).collect(),
        pieces,
        finish,
    })
}

/// How full a cluster is when all have arrived.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Filled {
    /// Tasks that were placed.
    pub placed: u64,
    /// GPUs that tasks hold, in percent of all.
    pub allocated_pct: f64,
    /// GPUs that typical tasks cannot use, in percent of all.
    pub fragmented_pct: f64,
}

/// Places all arrivals one after the other; what fits nowhere is dropped.
pub fn place_all(arrivals: &Arrivals, choice: NodeChoice, seed: u64) -> Filled {
    let all = arrivals.cluster.gpu_milli() as f64;
    let mut placer = Placer::new(arrivals.cluster.clone(), choice, seed);
    let (mut placed, mut allocated) = (0, 0);
    for task in &arrivals.tasks {
        if placer.place(task).is_some() {
            placed += 1;
            allocated += u64::from(task.gpu_milli_total());
        }
    }
    Filled {
        placed,
        allocated_pct: 100.0 * allocated as f64 / all,
        fragmented_pct: 100.0 * placer.fragmentation_milli() / all,
    }
}

/// Cells are means over the seeds.
fn finish(found: Vec<Found>, report: &mut TableReport) {
    let seeds = published::SEEDS.count();
    let runs = found.chunks(seeds);
    for ((choice, allocation, fragmentation, tolerance), runs) in published::MEANS.iter().zip(runs)
    {
        let mean = |value: usize| {
            let values = runs.iter().map(|run| match run {
                Found::Samples(values) => values[value],
                _ => f64::NAN,
            });
            values.sum::<f64>() / seeds as f64
        };
        let cell = |column: &str, published: f64, ours: f64| Cell {
            row: choice.to_string(),
            column: column.to_owned(),
            published,
            ours,
            tolerance: *tolerance,
        };
        report
            .cells
            .push(cell("allocation, %", *allocation, mean(0)));
        report
            .cells
            .push(cell("fragmentation, %", *fragmentation, mean(1)));
    }
}
