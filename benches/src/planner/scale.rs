//! `planner-scale`: ten thousand jobs, and a million tasks in twenty thousand shapes.

use std::time::{Duration, Instant};

use ewc_core::planner::model::Model;
use ewc_core::planner::{Effort, Solution, Start, solve};
use ewc_scenario::instance::Built;
use ewc_sim::instance::generate;

use super::ours::Ours;
use crate::figure::{Figure, Options, Outcome, Verdict};
use crate::machine;

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "planner-scale",
    shows: "10,000 jobs x 64 sites x 200 links x 96 slots; 1,000,000 tasks in 20,000 shapes x 200 \
            sites x 400 links x 96 slots at 80 % load, from nothing and from the last round; one \
            core",
    target: "gap <= 2 % within 10 s; the million <= 60 s with gap <= 5 %, then <= 10 s with <= 3 \
             %; peak memory <= 6 GiB",
    peer: "none",
    run,
};

const LARGE_SECONDS: f64 = 10.0;
const LARGE_GAP_PCT: f64 = 2.0;
const COLD_SECONDS: f64 = 60.0;
const COLD_GAP_PCT: f64 = 5.0;
const WARM_SECONDS: f64 = 10.0;
const WARM_GAP_PCT: f64 = 3.0;
const RSS_GIB: f64 = 6.0;
/// What a stop may still take: who has no place yet gets one by the prices as they are, and the
/// bound is proven.
const LARGE_STOP: Duration = Duration::from_millis(9_900);
const COLD_STOP: Duration = Duration::from_secs(57);
const WARM_STOP: Duration = Duration::from_millis(9_600);
/// Of the million, every so manieth shape has left the queue when it is planned again.
const GONE: usize = 50;
/// Of the others, every so manieth is new to it: it has no place in the plan of before.
const NEW: usize = 50;

fn run(options: &Options) -> anyhow::Result<Outcome> {
    let large = generate::large(1);
    let built = Built::new(&large)?;
    let ours = Ours::plan(&built, LARGE_STOP);
    ours.check(&large, &built)?;
    let gap = gap_pct(&ours.solution);
    println!("10,000 jobs: gap {gap:.2} % in {:.2} s", ours.seconds);
    drop((built, large));
    let mut values = vec![
        ("gap_pct", format!("{gap:.2}")),
        ("seconds", format!("{:.2}", ours.seconds)),
    ];
    let mut verdict = Verdict::of(gap <= LARGE_GAP_PCT && ours.seconds <= LARGE_SECONDS);
    let mut left_out = Vec::new();
    if options.quick {
        left_out.push("the million tasks".to_owned());
    } else {
        let million = generate::million(1);
        let mut model = Built::new(&million)?.model;
        drop(million);
        let (mut cold, cold_s) = timed(&model, &Start::default(), COLD_STOP);
        let cold_gap = gap_pct(&cold);
        println!("a million, cold: gap {cold_gap:.2} % in {cold_s:.2} s");
        leave(&mut model.classes);
        leave(&mut cold.taken);
        cold.taken
            .iter_mut()
            .step_by(NEW)
            .for_each(|taken| taken.clear());
        let start = Start {
            prices: Some(&cold.prices),
            taken: &cold.taken,
        };
        let (warm, warm_s) = timed(&model, &start, WARM_STOP);
        let warm_gap = gap_pct(&warm);
        println!("a million, warm: gap {warm_gap:.2} % in {warm_s:.2} s");
        let cold_met = cold_s <= COLD_SECONDS && cold_gap <= COLD_GAP_PCT;
        let warm_met = warm_s <= WARM_SECONDS && warm_gap <= WARM_GAP_PCT;
        verdict = verdict.and(Verdict::of(cold_met && warm_met));
        values.extend([
            ("cold_s", format!("{cold_s:.2}")),
            ("cold_gap_pct", format!("{cold_gap:.2}")),
            ("warm_s", format!("{warm_s:.2}")),
            ("warm_gap_pct", format!("{warm_gap:.2}")),
        ]);
    }
    let rss_gib = machine::peak_bytes()? as f64 / f64::from(1 << 30);
    values.push(("rss_gib", format!("{rss_gib:.2}")));
    Ok(Outcome {
        values,
        verdict: verdict.and(Verdict::of(rss_gib <= RSS_GIB)),
        left_out,
    })
}

fn timed(model: &Model, start: &Start<'_>, stop: Duration) -> (Solution, f64) {
    let started = Instant::now();
    let solution = solve(model, start, &Effort::default(), |_| {
        started.elapsed() < stop
    });
    (solution, started.elapsed().as_secs_f64())
}

/// Every so manieth has left.
fn leave<T>(shapes: &mut Vec<T>) {
    let mut at = 0;
    shapes.retain(|_| {
        at += 1;
        at % GONE != 0
    });
}

fn gap_pct(solution: &Solution) -> f64 {
    100.0 * (solution.objective - solution.bound) as f64 / solution.objective as f64
}
