//! `sim-speed`: how fast the simulator is: a site's inside and a network on one thread, and a
//! campaign on all cores.

mod campaign;
mod grid;
mod nodes;
mod queue;
mod simgrid;

use std::path::{Path, PathBuf};

use anyhow::bail;

use ewc_core::model::PolicyKind;

use crate::figure::{Figure, Options, Outcome, Verdict};
use crate::machine;

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "sim-speed",
    shows: "EASY backfilling of the log KTH-SP2, FGD placement of 10,866 openb pods on 1,213 nodes \
            (one thread each), and 17 openb pod lists x 6 policies x 10 seeds on all cores",
    target: "EASY >= 1,000,000 jobs/s; FGD >= 20,000 placements/s, identical to a full scan; the \
             campaign < 600 s; LCG over 170 sites <= 10 s with greedy, <= 2 s with first_fit",
    peer: "SimGrid (FCFS of the same log; Debian's libsimgrid-dev and g++)",
    run,
};

const EASY_PER_S: f64 = 1_000_000.0;
const FGD_PER_S: f64 = 20_000.0;
const CAMPAIGN_S: f64 = 600.0;
/// Seconds of the replay of LCG with a policy.
const LCG_GREEDY_S: f64 = 10.0;
const LCG_FIRST_FIT_S: f64 = 2.0;
/// Jobs of LCG in a quick run; its seconds are scaled to all of them.
const LCG_JOBS_QUICK: u64 = 20_000;
/// Memory of the replays, which come first.
const RSS_MB: f64 = 150.0;

fn run(options: &Options) -> anyhow::Result<Outcome> {
    let data = traces()?;
    let mut left_out = Vec::new();
    let lcg = |policy| {
        let jobs = options.quick.then_some(LCG_JOBS_QUICK);
        let seconds = grid::seconds(&data, &options.directory, policy, jobs)?;
        let per_s = jobs.unwrap_or(grid::JOBS) as f64 / seconds;
        println!("LCG over 170 sites, {}: {per_s:.0} jobs/s", policy.name());
        anyhow::Ok(grid::JOBS as f64 / per_s)
    };
    let lcg_first_fit_s = lcg(PolicyKind::FirstFit)?;
    let lcg_greedy_s = lcg(PolicyKind::Greedy)?;
    let rss_mb = machine::peak_bytes()? as f64 / 1e6;
    let easy_per_s = queue::easy_per_s(&data, options.quick)?;
    println!("EASY on KTH-SP2: {easy_per_s:.0} jobs/s");
    let simgrid_per_s = match options.without_peer {
        true => None,
        false => Some(simgrid::fcfs_per_s(
            &data,
            &options.directory,
            options.quick,
        )?),
    };
    if let Some(per_s) = simgrid_per_s {
        println!("SimGrid, FCFS on KTH-SP2: {per_s:.0} jobs/s");
    }
    let fgd = nodes::fgd(&data, options.quick)?;
    println!(
        "FGD on openb: {:.0} placements/s; {} of {} as a full scan places them",
        fgd.per_s, fgd.identical, fgd.compared
    );
    let campaign_s = campaign::seconds(&data, options.quick)?;
    if options.quick {
        left_out.push("orders of the comparison with a full scan, all but one".to_owned());
        left_out.push(format!(
            "{} of {} jobs of LCG; its seconds are scaled",
            grid::JOBS - LCG_JOBS_QUICK,
            grid::JOBS
        ));
        left_out.push("seeds of the campaign, all but one".to_owned());
    }
    let identical = fgd.identical == fgd.compared;
    let simgrid = simgrid_per_s.map_or_else(|| String::from("none"), |per_s| format!("{per_s:.0}"));
    let values = vec![
        ("easy_per_s", format!("{easy_per_s:.0}")),
        ("simgrid_per_s", simgrid),
        ("fgd_per_s", format!("{:.0}", fgd.per_s)),
        (
            "fgd_identical",
            format!("{}/{}", fgd.identical, fgd.compared),
        ),
        ("campaign_s", format!("{campaign_s:.1}")),
        ("lcg_greedy_s", format!("{lcg_greedy_s:.1}")),
        ("lcg_first_fit_s", format!("{lcg_first_fit_s:.1}")),
        ("rss_mb", format!("{rss_mb:.0}")),
    ];
    let met = easy_per_s >= EASY_PER_S
        && fgd.per_s >= FGD_PER_S
        && identical
        && campaign_s < CAMPAIGN_S
        && lcg_greedy_s <= LCG_GREEDY_S
        && lcg_first_fit_s <= LCG_FIRST_FIT_S
        && rss_mb < RSS_MB;
    Ok(Outcome {
        values,
        verdict: Verdict::of(met),
        left_out,
    })
}

/// The folder of the traces: `EWC_TRACES`, or where the workspace's neighbours have it.
fn traces() -> anyhow::Result<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/traces");
    let folder = std::env::var_os("EWC_TRACES").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        bail!(
            "{} is not there; say in EWC_TRACES where the traces are",
            folder.display()
        );
    }
    Ok(folder)
}
