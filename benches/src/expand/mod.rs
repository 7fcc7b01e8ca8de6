//! `expand`: networks with a planted bottleneck, which is not what is used most; whether it is
//! found, and whether the price of a step agrees with the same time planned again with that step.

use anyhow::Context as _;
use ewc_scenario::GrowthCosts;
use ewc_sim::network_run::expand::planted::planted;
use ewc_sim::network_run::expand::{Asked, Demand, Offline, Ranked, Ranking, effort};
use ewc_sim::parallel;

use crate::figure::{Figure, Options, Outcome, Verdict};
use crate::statistics::median;

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "expand",
    shows: "generated networks with a planted bottleneck (accelerators of one family, or a link), \
            which is not what is used most: whether ewc-sim expand puts it first, and how far the \
            price of a 5 % step is from what the offline plan saves when it is made again with it",
    target: "found in all of 20; the price of a step within 10 % in the median and 30 % at most",
    peer: "none",
    run,
};

/// Networks of a full and of a quick run.
const NETWORKS: [u64; 2] = [20, 6];
const STEP_PERMILLE: u32 = 50;
const MEDIAN_MAX_PCT: f64 = 10.0;
const WORST_MAX_PCT: f64 = 30.0;

/// What came out for one network.
struct Found {
    found: bool,
    /// How far the price of a step is from the value planned again, and from plans' difference.
    errors_pct: [f64; 2],
    line: String,
}

fn run(options: &Options) -> anyhow::Result<Outcome> {
    let count = NETWORKS[usize::from(options.quick)];
    let seeds: Vec<u64> = (1..=count).collect();
    let all = parallel::map(&seeds, parallel::cores(), |seed| look(*seed), |_, _| {});
    let all = all.into_iter().collect::<anyhow::Result<Vec<Found>>>()?;
    all.iter().for_each(|one| println!("{}", one.line));
    let found = all.iter().filter(|one| one.found).count();
    let errors = |of: usize| -> Vec<f64> { all.iter().map(|one| one.errors_pct[of]).collect() };
    let (values, plans) = (errors(0), errors(1));
    let worst_of_plans = plans.iter().copied().fold(0.0, f64::max);
    let worst = values.iter().copied().fold(0.0, f64::max);
    let (middle, of_plans) = (median(values), median(plans));
    let met = found == all.len() && middle <= MEDIAN_MAX_PCT && worst <= WORST_MAX_PCT;
    Ok(Outcome {
        values: vec![
            ("found", found.to_string()),
            ("of", count.to_string()),
            ("median_err_pct", format!("{middle:.1}")),
            ("max_err_pct", format!("{worst:.1}")),
            ("plans_median_err_pct", format!("{of_plans:.1}")),
            ("plans_max_err_pct", format!("{worst_of_plans:.1}")),
        ],
        verdict: Verdict::of(met),
        left_out: match options.quick {
            true => vec![format!("{} networks", NETWORKS[0] - count)],
            false => Vec::new(),
        },
    })
}

fn look(seed: u64) -> anyhow::Result<Found> {
    let planted = planted(seed).with_context(|| format!("seed {seed}"))?;
    let jobs = planted.jobs.into_iter().map(Ok);
    let demand = Demand::new(&planted.network, planted.span, jobs)?;
    let offline = Offline::new(&demand, None, effort())?;
    let asked = Asked {
        budget_cny: 0.0,
        costs: &GrowthCosts::default(),
        step_permille: STEP_PERMILLE,
        best: 1,
        steps: 0,
        years: 0.0,
    };
    let ranking = Ranking::of(&demand, &offline, &asked, || true, |_, _| {});
    let ranking = ranking.context("an offline plan was not made")?;
    let first = ranking.bottleneck();
    let (most, used) = &ranking.most_used;
    let planted_one = &planted.bottleneck;
    let found = first.is_some_and(|row| row.name == *planted_one) && most != planted_one;
    let row = first
        .or(ranking.rows.first())
        .context("there is nothing to grow")?;
    let errors_pct = errors_pct(row);
    let line = format!(
        "seed {seed}: planted {planted_one}, first {} ({:.0} % used), most used {most} ({:.0} %), \
         {} jobs, {} left out; a step by prices {:.0}, planned again {:.0} ({:.1} % off), plans \
         {:.0}",
        row.name,
        100.0 * row.used,
        100.0 * used,
        demand.jobs(),
        ranking.present.2,
        row.priced_cny,
        row.replanned.map_or(0.0, |again| again.value_cny),
        errors_pct[0],
        row.replanned.map_or(0.0, |again| again.plan_cny),
    );
    Ok(Found {
        found,
        errors_pct,
        line,
    })
}

/// A price that stands beside nothing is wholly wrong.
fn errors_pct(row: &Ranked) -> [f64; 2] {
    let error = |again: f64| match again.abs() > 0.0 {
        true => 100.0 * (row.priced_cny / again - 1.0).abs(),
        false => 100.0,
    };
    let again = row.replanned.map(|again| [again.value_cny, again.plan_cny]);
    again.unwrap_or_default().map(error)
}
