//! Placement by the fragmentation gradient: how fast, and whether a full scan decides alike.

use std::path::Path;
use std::time::Instant;

use ewc_sim::check::{Arrivals, GpuCluster, place_all, published};
use ewc_sim::parallel;
use ewc_sim::site::nodes::full_scan::FullScan;
use ewc_sim::site::nodes::{NodeChoice, Placer};

use crate::statistics::median;

const FGD: NodeChoice = NodeChoice::FragmentationGradient;
/// Orders that are compared with a full scan, which takes its time.
const COMPARED: usize = 2;

/// What was measured.
pub struct Fgd {
    /// Tasks placed a second, in the median over the orders, on one thread; those that fit nowhere
    /// cost time and do not count.
    pub per_s: f64,
    /// Arrivals that were compared with a full scan.
    pub compared: usize,
    /// Those of them that went to the same node and GPUs.
    pub identical: usize,
}

/// Measures on the published orders.
///
/// # Errors
/// A file of the trace is missing.
pub fn fgd(data: &Path, quick: bool) -> anyhow::Result<Fgd> {
    let cluster = GpuCluster::load(data, "default")?;
    let mut orders = Vec::new();
    for seed in published::placement::SEEDS {
        orders.push(cluster.arrivals(data, seed)?);
    }
    let rate = |arrivals: &Arrivals| {
        let started = Instant::now();
        let filled = place_all(arrivals, FGD, 0);
        filled.placed as f64 / started.elapsed().as_secs_f64()
    };
    let per_s = median(orders.iter().map(rate));
    orders.truncate(if quick { 1 } else { COMPARED });
    let alike = parallel::map(&orders, parallel::cores(), alike, |_, _| {});
    Ok(Fgd {
        per_s,
        compared: orders.iter().map(|order| order.tasks.len()).sum(),
        identical: alike.iter().sum(),
    })
}

/// How many arrivals go to the same node and GPUs as by a full scan.
fn alike(arrivals: &Arrivals) -> usize {
    let Some(mut scan) = FullScan::new(arrivals.cluster.clone(), FGD) else {
        return 0;
    };
    let mut placer = Placer::new(arrivals.cluster.clone(), FGD, 0);
    let same = arrivals
        .tasks
        .iter()
        .filter(|task| placer.place(task) == scan.place(task));
    same.count()
}
