//! Figure `plan-conflict`: small jobs arrive all the time while long rounds are under way. What
//! does a round lose to them, and does a job that needs a whole pool ever start?
//!
//! A member of its own, with the planning threads of `ewc-scheduler`, its log on the disk, and
//! sites whose runs start and end. The network is full: more is asked for than it can hold. Then
//! large jobs are submitted. The same is done once more with no arrivals from there on, to compare.

mod member;
mod network;
mod run;

use std::time::Duration;

use crate::figure::{Figure, Options, Outcome, Verdict};
use run::{Observed, observe};

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "plan-conflict",
    shows: "rounds of the price policy, 10 s long, in a full network with 500 arrivals a second: \
            placements that apply rejects, and when large jobs start, beside the same without \
            arrivals",
    target: "<= 1 % of the rounds' placements rejected; no large job starts later than twice its \
             time without arrivals and two rounds; >= 450 arrivals/s stored, rounds >= 9 s in the \
             mean",
    peer: "none",
    run: measure,
};

/// A round is stopped after this long.
const ROUND: Duration = Duration::from_secs(10);
/// Small jobs a second.
const ARRIVALS_PER_S: u32 = 500;
/// Arrivals a second that have to be stored, and how long rounds have to be in the mean.
const LEAST: (f64, f64) = (450.0, 9.0);
/// How long is looked on after the large jobs were submitted, in a full and a quick run.
const SECONDS: [u64; 2] = [180, 60];
/// What a large job may take beside twice its time without arrivals.
const LATE_MS: f64 = 2.0 * ROUND.as_millis() as f64;

fn measure(options: &Options) -> anyhow::Result<Outcome> {
    let after = Duration::from_secs(SECONDS[usize::from(options.quick)]);
    let with = observe(&options.directory.join("with"), true, after)?;
    tell("with arrivals", &with);
    let without = observe(&options.directory.join("without"), false, after)?;
    tell("without", &without);
    let starved = starved(&with, &without);
    let rejected_pct = percent(with.rejected, with.accepted + with.rejected);
    let met = rejected_pct <= 1.0
        && starved == 0
        && with.accepted > 0
        && with.arrivals_per_s >= LEAST.0
        && with.round_s >= LEAST.1;
    let worst = |observed: &Observed| observed.large_ms.last().copied().flatten();
    let values = vec![
        ("rejected_pct", format!("{rejected_pct:.2}")),
        ("starved", starved.to_string()),
        (
            "round_placements",
            (with.accepted + with.rejected).to_string(),
        ),
        ("rounds", with.rounds.to_string()),
        ("round_s", format!("{:.1}", with.round_s)),
        ("arrivals_per_s", format!("{:.0}", with.arrivals_per_s)),
        ("arrival_p99_ms", format!("{:.0}", with.arrival_p99_ms)),
        ("large_last_s", seconds(worst(&with))),
        ("large_last_without_s", seconds(worst(&without))),
    ];
    let left_out = match options.quick {
        true => vec![format!("{} s of {} s", SECONDS[0] - SECONDS[1], SECONDS[0])],
        false => Vec::new(),
    };
    Ok(Outcome {
        values,
        verdict: Verdict::of(met),
        left_out,
    })
}

/// Large jobs that start later than twice the time of the same rank without arrivals, and two
/// rounds. One that has not started counts, unless it has not started without arrivals either.
fn starved(with: &Observed, without: &Observed) -> usize {
    let pairs = with.large_ms.iter().zip(&without.large_ms);
    let late = pairs.filter(|pair| match pair {
        (Some(with), Some(without)) => *with > 2.0 * without + LATE_MS,
        (None, Some(_)) => true,
        (_, None) => false,
    });
    late.count()
}

fn percent(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn seconds(ms: Option<f64>) -> String {
    ms.map_or("never".to_owned(), |ms| format!("{:.1}", ms / 1000.0))
}

fn tell(what: &str, seen: &Observed) {
    let larges: Vec<String> = seen.large_ms.iter().map(|ms| seconds(*ms)).collect();
    println!(
        "{what}: {} rounds of {:.1} s, their placements: kept {} moved {} dropped {} by repairs, \
         {} accepted, {} rejected; arrivals: {} accepted, {} rejected; still waiting {}; large \
         jobs started after {} s",
        seen.rounds,
        seen.round_s,
        seen.repaired[0],
        seen.repaired[1],
        seen.repaired[2],
        seen.accepted,
        seen.rejected,
        seen.arrivals_accepted,
        seen.arrivals_rejected,
        seen.waiting,
        larges.join(" ")
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_larges(large_ms: &[Option<f64>]) -> Observed {
        Observed {
            large_ms: large_ms.to_vec(),
            ..Observed::default()
        }
    }

    #[test]
    fn a_large_job_starves_when_it_starts_much_later_or_never() {
        let without = with_larges(&[Some(10_000.0), Some(10_000.0), Some(10_000.0), None]);
        let with = with_larges(&[Some(40_000.0), Some(40_001.0), None, None]);
        assert_eq!(starved(&with, &without), 2);
        assert_eq!(starved(&without, &without), 0);
    }
}
