//! `planner-medium`: instances that no solver finishes; ours in a second, the peer in a minute.

use std::fmt;
use std::time::Duration;

use ewc_core::planner::model::Model;
use ewc_scenario::instance::{Built, Instance, Job};
use ewc_sim::instance::baseline::{self, Pick};
use ewc_sim::instance::generate;

use super::highs::Highs;
use super::ours::Ours;
use super::program::Program;
use super::stored::{self, Stored};
use crate::figure::{Figure, Options, Outcome, Verdict};
use crate::statistics::median;

const TARGET: &str = "within 1 s at least as good as the peer after 60 s on 20 of 20 and 7 % \
                      better in the median; gap <= 6 % in the median; >= 45 % cheaper than greedy \
                      in arrival order and >= 10 % cheaper than the best of greedy in 5 orders, \
                      in the median; every plan passes the independent checker";
const PEER: &str = "HiGHS through highspy, 60 s on each instance; greedy in 5 orders";

/// The figure without a network.
pub const FIGURE: Figure = Figure {
    name: "planner-medium",
    shows: "tight instances, 300 jobs x 8 sites x 48 slots: the plan within a second",
    target: TARGET,
    peer: PEER,
    run: |options| run(options, "planner-medium", generate::tight),
};

/// The figure with links, gangs and data.
pub const FIGURE_LINKS: Figure = Figure {
    name: "planner-medium-links",
    shows: "the instances of planner-medium with links, gangs and data",
    target: TARGET,
    peer: PEER,
    run: |options| run(options, "planner-medium-links", generate::tight_links),
};

/// Instances.
const INSTANCES: u64 = 20;
/// What the peer may take for one.
const PEER_SECONDS: u64 = 60;
/// When ours is asked to stop; a step is finished and written down within the rest of the second.
const WITHIN: Duration = Duration::from_millis(950);

/// What was seen of one instance.
struct Seen {
    plan: f64,
    gap_pct: f64,
    seconds: f64,
    unplaced: u64,
    peer: Option<f64>,
    greedy: f64,
    best_greedy: f64,
}

/// Where the peer's plan of an instance comes from.
enum Peer {
    None,
    Runs(Highs),
    Stored(Stored),
}

impl Peer {
    fn of(options: &Options, name: &str) -> anyhow::Result<Peer> {
        Ok(match (options.without_peer, options.quick) {
            (true, _) => Peer::None,
            (false, false) => Peer::Runs(Highs::start()?),
            (false, true) => Peer::Stored(Stored::of(name)?),
        })
    }

    /// What its plan of an instance costs; `greedy` is what that of `greedy` costs.
    fn plan(&mut self, seed: u64, model: &Model, greedy: f64) -> anyhow::Result<Option<f64>> {
        match self {
            Peer::None => Ok(None),
            Peer::Stored(stored) => stored.plan(seed, greedy).map(Some),
            Peer::Runs(highs) => {
                let program = Program::compact(model);
                let answer = highs.whole(&program, Some(PEER_SECONDS))?;
                let bound = answer
                    .bound
                    .map_or(f64::NEG_INFINITY, |bound| program.with_offset(bound));
                println!("peer's bound: {bound:.0}");
                Ok(Some(program.value(&answer.taken)? as f64))
            }
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::None => write!(f, "none"),
            Peer::Runs(highs) => write!(f, "{}", highs.version),
            Peer::Stored(stored) => write!(f, "{stored}"),
        }
    }
}

fn run(options: &Options, name: &str, make: fn(u64) -> Instance) -> anyhow::Result<Outcome> {
    let mut peer = Peer::of(options, name)?;
    println!("peer: {peer}");
    let mut seen = Vec::new();
    for seed in 1..=INSTANCES {
        seen.push(one(seed, &make(seed), &mut peer)?);
    }
    let mut outcome = judge(&seen);
    match &peer {
        Peer::None => {}
        Peer::Stored(stored) => {
            outcome.values.push(("peer", "stored".to_owned()));
            outcome.left_out.push(format!("the peer's runs: {stored}"));
        }
        Peer::Runs(_) => {
            let rows = seen.iter().map(|seen| (seen.peer, seen.greedy));
            println!("to store: {}", stored::rows(rows));
        }
    }
    Ok(outcome)
}

fn one(seed: u64, instance: &Instance, peer: &mut Peer) -> anyhow::Result<Seen> {
    let built = Built::new(instance)?;
    let ours = Ours::plan(&built, WITHIN);
    ours.check(instance, &built)?;
    let greedy = greedies(instance, &built.model);
    let peer = peer.plan(seed, &built.model, greedy[0])?;
    let (plan, bound) = (ours.solution.objective as f64, ours.solution.bound as f64);
    let (unplaced, placed_cost) = ours.unplaced(&built);
    let seen = Seen {
        plan,
        gap_pct: 100.0 * (plan - bound) / plan,
        seconds: ours.seconds,
        unplaced,
        peer,
        greedy: greedy[0],
        best_greedy: greedy.iter().copied().fold(f64::INFINITY, f64::min),
    };
    println!(
        "{}: plan {plan} ({placed_cost} without penalties, {unplaced} left out), bound {bound}, \
         gap {:.2} %, {:.2} s; peer {}, greedy {}, best of greedy {}",
        instance.name,
        seen.gap_pct,
        seen.seconds,
        peer.map_or_else(|| "none".to_owned(), |peer| peer.to_string()),
        seen.greedy,
        seen.best_greedy,
    );
    Ok(seen)
}

/// What greedy costs in order of arrival, then of most work, most units, earliest deadline and
/// least slack.
fn greedies(instance: &Instance, model: &Model) -> [f64; 5] {
    let in_order = |key: fn(&Job) -> i64| {
        let mut order: Vec<usize> = (0..instance.jobs.len()).collect();
        order.sort_by_key(|&at| key(&instance.jobs[at]));
        baseline::place(model, order, Pick::Cheapest, |_| {}).objective as f64
    };
    [
        in_order(|_| 0),
        in_order(|job| -work(job)),
        in_order(|job| -units(job)),
        in_order(|job| i64::from(job.deadline)),
        in_order(|job| {
            i64::from(job.deadline) - i64::from(job.release) - i64::from(job.run_slots())
        }),
    ]
}

fn units(job: &Job) -> i64 {
    let needs = job.groups.iter().flat_map(|group| group.needs.iter());
    needs.map(|(_, &units)| units).sum()
}

fn work(job: &Job) -> i64 {
    units(job) * i64::from(job.run_slots())
}

fn judge(seen: &[Seen]) -> Outcome {
    let cheaper = |than: f64, plan: f64| 100.0 * (than - plan) / than;
    let of = |value: &dyn Fn(&Seen) -> f64| median(seen.iter().map(value));
    let gap = of(&|seen| seen.gap_pct);
    let greedy = of(&|seen| cheaper(seen.greedy, seen.plan));
    let best_greedy = of(&|seen| cheaper(seen.best_greedy, seen.plan));
    let slowest = seen.iter().map(|seen| seen.seconds).fold(0.0, f64::max);
    let beside: Option<Vec<f64>> = seen
        .iter()
        .map(|seen| seen.peer.map(|peer| cheaper(peer, seen.plan)))
        .collect();
    let alone = Verdict::of(gap <= 6.0 && greedy >= 45.0 && best_greedy >= 10.0 && slowest <= 1.0);
    let (wins, mip, peer) = match &beside {
        Some(beside) => {
            let wins = beside.iter().filter(|&&better| better >= 0.0).count();
            let mip = median(beside.iter().copied());
            let met = wins == seen.len() && mip >= 7.0;
            (wins.to_string(), format!("{mip:.2}"), Verdict::of(met))
        }
        None => ("unknown".to_owned(), "unknown".to_owned(), Verdict::Unknown),
    };
    let unplaced: u64 = seen.iter().map(|seen| seen.unplaced).sum();
    Outcome {
        values: vec![
            ("wins", wins),
            ("of", seen.len().to_string()),
            ("median_vs_mip_pct", mip),
            ("median_gap_pct", format!("{gap:.2}")),
            ("vs_greedy_pct", format!("{greedy:.2}")),
            ("vs_best_greedy_pct", format!("{best_greedy:.2}")),
            ("p100_s", format!("{slowest:.3}")),
            ("unplaced", unplaced.to_string()),
        ],
        verdict: alone.and(peer),
        left_out: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Spoilt = (Verdict, fn(&mut Seen));

    #[test]
    fn each_target_can_be_missed() {
        let sound = || Seen {
            plan: 50.0,
            gap_pct: 6.0,
            seconds: 1.0,
            unplaced: 2,
            peer: Some(54.0),
            greedy: 100.0,
            best_greedy: 60.0,
        };
        assert_eq!(judge(&[sound(), sound()]).verdict, Verdict::Met);
        let spoilt: [Spoilt; 7] = [
            (Verdict::Unknown, |seen| seen.peer = None),
            (Verdict::Missed, |seen| seen.peer = Some(49.0)),
            (Verdict::Missed, |seen| seen.peer = Some(53.0)),
            (Verdict::Missed, |seen| seen.gap_pct = 6.1),
            (Verdict::Missed, |seen| seen.seconds = 1.1),
            (Verdict::Missed, |seen| seen.greedy = 90.0),
            (Verdict::Missed, |seen| seen.best_greedy = 55.0),
        ];
        for (verdict, spoil) in spoilt {
            let mut seen = sound();
            spoil(&mut seen);
            assert_eq!(judge(&[seen]).verdict, verdict);
        }
    }
}
