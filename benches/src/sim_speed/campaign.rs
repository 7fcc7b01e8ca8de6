//! A campaign as published: every list of tasks, every policy, every seed, on all cores.

use std::path::Path;
use std::time::Instant;

use ewc_sim::check::{Arrivals, GpuCluster, place_all, published};
use ewc_sim::parallel;

/// The lists of the published campaign: what is typical, and shares of tasks varied one by one.
const LISTS: [&str; 17] = [
    "default",
    "multigpu20",
    "multigpu30",
    "multigpu40",
    "multigpu50",
    "gpushare40",
    "gpushare60",
    "gpushare80",
    "gpushare100",
    "gpuspec10",
    "gpuspec20",
    "gpuspec25",
    "gpuspec33",
    "cpu050",
    "cpu100",
    "cpu200",
    "cpu250",
];

/// Seconds for the whole campaign, files included. Prints the mean allocation of each policy by
/// list. Lists without a published order are shuffled by seed.
///
/// # Errors
/// A file of the trace is missing.
pub fn seconds(data: &Path, quick: bool) -> anyhow::Result<f64> {
    let started = Instant::now();
    let seeds: Vec<u64> = published::placement::SEEDS
        .take(if quick { 1 } else { usize::MAX })
        .collect();
    for list in LISTS {
        let cluster = GpuCluster::load(data, list)?;
        let mut orders: Vec<(u64, Arrivals)> = Vec::new();
        for &seed in &seeds {
            let arrivals = match list {
                "default" => cluster.arrivals(data, seed)?,
                _ => cluster.shuffled(seed),
            };
            orders.push((seed, arrivals));
        }
        let policies = published::placement::MEANS.map(|(choice, ..)| choice);
        let runs = orders
            .iter()
            .flat_map(|order| policies.map(|choice| (choice, order)));
        let runs: Vec<_> = runs.collect();
        let filled = parallel::map(
            &runs,
            parallel::cores(),
            |(choice, (seed, arrivals))| place_all(arrivals, *choice, *seed),
            |_, _| {},
        );
        let mean = |choice| {
            let of_choice = runs
                .iter()
                .zip(&filled)
                .filter(|((own, _), _)| *own == choice);
            let sum: f64 = of_choice.map(|(_, filled)| filled.allocated_pct).sum();
            format!("{choice} {:.2} %", sum / seeds.len() as f64)
        };
        println!("campaign, {list}: {}", policies.map(mean).join(", "));
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "campaign: {} lists x 6 policies x {} seeds in {seconds:.1} s",
        LISTS.len(),
        seeds.len()
    );
    Ok(seconds)
}
