//! `planner-exact`: small random instances that an exact solver finishes.

use std::time::Duration;

use anyhow::ensure;
use ewc_scenario::instance::Built;
use ewc_sim::instance::generate;

use super::highs::Highs;
use super::ours::Ours;
use super::program::Program;
use crate::figure::{Figure, Options, Outcome, Verdict};

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "planner-exact",
    shows: "plan and bound against the exact optimum of small random instances with links, gangs, \
            data and deadlines",
    target: "bound <= optimum <= plan and a plan that passes the independent checker, always; \
             bound >= 99.5 % of the linear relaxation of the same columns; plan <= 102 % of the \
             optimum in the mean",
    peer: "HiGHS through highspy, gap 0, tolerances 1e-6",
    run,
};

/// Instances.
const INSTANCES: u64 = 1000;
const INSTANCES_QUICK: u64 = 100;
/// What the planner may take for one.
const WITHIN: Duration = Duration::from_millis(100);
/// Of so many instances, one has its compact program solved too.
const COMPACT_EVERY: u64 = 10;
/// The least bound, in percent of the relaxation.
const BOUND_MIN_PCT: f64 = 99.5;
/// The dearest plan in the mean, in percent of the optimum.
const PLAN_MAX_PCT: f64 = 102.0;

/// What was seen so far.
#[derive(Default)]
struct Seen {
    instances: u64,
    violations: u64,
    optimal: u64,
    /// Of the relaxation, instance by instance.
    bounds_pct: Vec<(f64, String)>,
    plans_pct: Vec<f64>,
}

fn run(options: &Options) -> anyhow::Result<Outcome> {
    let mut highs = (!options.without_peer).then(Highs::start).transpose()?;
    println!(
        "peer: {}",
        highs.as_ref().map_or("none", |highs| &highs.version)
    );
    let instances = if options.quick {
        INSTANCES_QUICK
    } else {
        INSTANCES
    };
    let mut seen = Seen::default();
    for seed in 0..instances {
        seen.add(seed, highs.as_mut())?;
    }
    println!(
        "optimal plans: {} of {}",
        seen.optimal,
        seen.plans_pct.len()
    );
    seen.bounds_pct.sort_by(|a, b| a.0.total_cmp(&b.0));
    let low = seen
        .bounds_pct
        .iter()
        .take_while(|bound| bound.0 < BOUND_MIN_PCT);
    let low: Vec<String> = low
        .map(|(pct, name)| format!("{name} {pct:.2} %"))
        .collect();
    if !low.is_empty() {
        let all = seen.bounds_pct.len();
        println!("low bounds: {} of {all}: {}", low.len(), low.join(", "));
    }
    let mut outcome = judge(&seen, highs.is_some());
    if options.quick {
        let left = INSTANCES - INSTANCES_QUICK;
        outcome
            .left_out
            .push(format!("{left} of {INSTANCES} instances"));
    }
    Ok(outcome)
}

impl Seen {
    fn add(&mut self, seed: u64, highs: Option<&mut Highs>) -> anyhow::Result<()> {
        let instance = generate::small(seed);
        let built = Built::new(&instance)?;
        let ours = Ours::plan(&built, WITHIN);
        self.instances += 1;
        if let Err(violation) = ours.check(&instance, &built) {
            self.violations += 1;
            println!("{violation:#}");
        }
        let Some(highs) = highs else {
            return Ok(());
        };
        let program = Program::of_columns(&built.model);
        let relaxed = program.with_offset(highs.relaxed(&program)?);
        let optimum = program.value(&highs.whole(&program, None)?.taken)?;
        if seed.is_multiple_of(COMPACT_EVERY) {
            let compact = Program::compact(&built.model);
            let same = compact.value(&highs.whole(&compact, None)?.taken)?;
            ensure!(
                same == optimum,
                "{}: the two programs differ",
                instance.name
            );
        }
        let (bound, plan) = (ours.solution.bound, ours.solution.objective);
        if !(bound <= optimum && optimum <= plan) {
            self.violations += 1;
            let name = &instance.name;
            println!("{name}: bound {bound}, optimum {optimum}, plan {plan} are not in order");
        }
        self.optimal += u64::from(plan == optimum);
        if relaxed > 0.5 {
            let bound_pct = 100.0 * bound as f64 / relaxed;
            self.bounds_pct.push((bound_pct, instance.name.clone()));
        }
        if optimum > 0 {
            self.plans_pct.push(100.0 * plan as f64 / optimum as f64);
        }
        Ok(())
    }
}

fn judge(seen: &Seen, with_peer: bool) -> Outcome {
    let mean = seen.plans_pct.iter().sum::<f64>() / seen.plans_pct.len().max(1) as f64;
    let bounds = seen.bounds_pct.iter().map(|bound| bound.0);
    let bound = bounds.reduce(f64::min).unwrap_or(0.0);
    let value = |value: f64| match with_peer {
        true => format!("{value:.2}"),
        false => "unknown".to_owned(),
    };
    let peer = match with_peer {
        true => Verdict::of(bound >= BOUND_MIN_PCT && mean <= PLAN_MAX_PCT),
        false => Verdict::Unknown,
    };
    Outcome {
        values: vec![
            ("instances", seen.instances.to_string()),
            ("violations", seen.violations.to_string()),
            ("bound_vs_lp_pct", value(bound)),
            ("plan_vs_opt_pct", value(mean)),
        ],
        verdict: Verdict::of(seen.violations == 0).and(peer),
        left_out: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_can_be_missed() {
        let sound = || Seen {
            instances: 2,
            violations: 0,
            optimal: 1,
            bounds_pct: vec![(99.5, String::new())],
            plans_pct: vec![100.0, 104.0],
        };
        assert_eq!(judge(&sound(), true).verdict, Verdict::Met);
        assert_eq!(judge(&sound(), false).verdict, Verdict::Unknown);
        let spoilt: [fn(&mut Seen); 3] = [
            |seen| seen.violations = 1,
            |seen| seen.bounds_pct.push((99.4, String::new())),
            |seen| seen.plans_pct.push(102.1),
        ];
        for spoil in spoilt {
            let mut seen = sound();
            spoil(&mut seen);
            assert_eq!(judge(&seen, true).verdict, Verdict::Missed);
        }
    }
}
