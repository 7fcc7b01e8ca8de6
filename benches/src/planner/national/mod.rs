//! `planner-national`: all policies on the national network's jobs, in rounds once an hour.
//!
//! The jobs come one after the other through `State::apply`; a round sees those that have come, and
//! every policy the same forecasts. Nothing is timed, so any machine gives the same numbers.

mod score;
mod world;

use std::time::Instant;

use anyhow::Context as _;
use ewc_core::model::PolicyKind;
use ewc_scenario::energy::HOUR_MS;
use ewc_sim::replan::{Rounds, replan_in};

use crate::figure::{Figure, Options, Outcome, Verdict};
use score::Score;
use world::{Load, World};

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "planner-national",
    shows: "a week of the national network's jobs in hourly rounds under every policy, each job \
            seen at its release",
    target: "price has the lowest objective of all policies, and at least as many deadline hits \
             as greedy",
    peer: "none: the other policies",
    run,
};

/// Fills the fullest hub's accelerators, as the table shows.
const LOAD: Load = Load {
    one_node_in: 64,
    jobs_per_day: 600,
    data_scale: 16,
};
const DAYS: u32 = 7;
const DAYS_QUICK: u32 = 1;

fn run(options: &Options) -> anyhow::Result<Outcome> {
    let days = if options.quick { DAYS_QUICK } else { DAYS };
    let world = World::new(LOAD, days)?;
    println!("{}", world.describe());
    println!("{}", score::HEAD);
    let arrivals = world.arrivals();
    let rounds = Rounds::Every { ms: HOUR_MS };
    let mut scores = Vec::new();
    for policy in PolicyKind::ALL {
        let begun = Instant::now();
        let replanned = replan_in(world.state.clone(), &arrivals, policy, rounds);
        let score = Score::of(&world, &replanned);
        println!("{}  # {:.0} s", score.row(), begun.elapsed().as_secs_f64());
        scores.push(score);
    }
    let named = |kind: PolicyKind| {
        let mut of_kind = scores.iter().filter(|score| score.policy == kind.name());
        of_kind.next().context("every policy has a score")
    };
    let (price, greedy) = (named(PolicyKind::Price)?, named(PolicyKind::Greedy)?);
    let mut outcome = judge(&scores, price, greedy);
    if options.quick {
        outcome
            .left_out
            .push(format!("{} of {DAYS} days", DAYS - days));
    }
    Ok(outcome)
}

fn judge(scores: &[Score], price: &Score, greedy: &Score) -> Outcome {
    let best = scores
        .iter()
        .min_by(|a, b| a.objective_cny.total_cmp(&b.objective_cny));
    let best = best.unwrap_or(price);
    let cheaper_pct = 100.0 * (1.0 - price.objective_cny / greedy.objective_cny.max(1e-6));
    let met = best.policy == price.policy
        && price.objective_cny < greedy.objective_cny
        && price.deadline_hits >= greedy.deadline_hits;
    Outcome {
        values: vec![
            ("best_policy", best.policy.to_owned()),
            ("vs_greedy_pct", format!("{cheaper_pct:.1}")),
            ("deadline_hits", price.deadline_hits.to_string()),
            ("greedy_deadline_hits", greedy.deadline_hits.to_string()),
            ("deadlines", price.deadlines.to_string()),
            (
                "fullest_hub_pct",
                format!("{:.0}", 100.0 * greedy.fullest()),
            ),
        ],
        verdict: Verdict::of(met),
        left_out: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(policy: &'static str, objective_cny: f64, deadline_hits: u32) -> Score {
        Score {
            policy,
            objective_cny,
            deadline_hits,
            ..Score::default()
        }
    }

    fn verdict(price: Score, greedy: Score, race: Score) -> Verdict {
        let scores = [greedy.clone(), price.clone(), race];
        judge(&scores, &price, &greedy).verdict
    }

    #[test]
    fn price_has_to_be_the_cheapest_and_to_keep_the_deadlines() {
        let (greedy, race) = (score("greedy", 10.0, 5), score("race", 9.0, 7));
        let cases = [
            (score("price", 8.0, 5), Verdict::Met),
            (score("price", 8.0, 4), Verdict::Missed),
            (score("price", 9.5, 6), Verdict::Missed),
            (score("price", 10.0, 5), Verdict::Missed),
        ];
        for (price, expected) in cases {
            let said = verdict(price.clone(), greedy.clone(), race.clone());
            assert_eq!(said, expected, "{price:?}");
        }
    }
}
