//! What a figure is, and the list of all of them.

use std::fmt;
use std::path::PathBuf;

use anyhow::bail;

use crate::{
    conflict, eta, expand, plan_latency, planner, replay, sim_determinism, sim_national, sim_speed,
    snapshot, submit,
};

/// Every figure. A new one joins here.
pub const FIGURES: &[Figure] = &[
    submit::FIGURE,
    snapshot::FIGURE,
    replay::FIGURE,
    planner::EXACT,
    planner::MEDIUM,
    planner::MEDIUM_LINKS,
    planner::SCALE,
    planner::ARRIVAL,
    planner::NATIONAL,
    conflict::FIGURE,
    sim_speed::FIGURE,
    sim_determinism::FIGURE,
    sim_national::FIGURE,
    expand::FIGURE,
    plan_latency::FIGURE,
    eta::FIGURE,
];

/// A measurement with a name.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// What it is called on the command line and in `docs/figures.md`.
    pub name: &'static str,
    /// What it shows, in one sentence.
    pub shows: &'static str,
    /// What must hold.
    pub target: &'static str,
    /// Who is measured beside ewc.
    pub peer: &'static str,
    /// Measures.
    pub run: fn(&Options) -> anyhow::Result<Outcome>,
}

/// How to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// Fewer rounds or seeds, shorter; the same code and the same judgement.
    pub quick: bool,
    /// Goes on without the peer; what needs it stays unknown.
    pub without_peer: bool,
    /// An empty folder on a real disk for everything that is written.
    pub directory: PathBuf,
    /// Where the release builds of our programs stand.
    pub programs: PathBuf,
}

/// Whether a target is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Met,
    /// It is not.
    Missed,
    /// Nobody knows: the peer did not run.
    Unknown,
}

impl Verdict {
    /// A judgement that needs no peer.
    pub fn of(met: bool) -> Verdict {
        if met { Verdict::Met } else { Verdict::Missed }
    }

    /// The worse of two: one that is missed stays missed.
    pub fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Missed, _) | (_, Verdict::Missed) => Verdict::Missed,
            (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
            (Verdict::Met, Verdict::Met) => Verdict::Met,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Met => "met",
            Verdict::Missed => "missed",
            Verdict::Unknown => "unknown",
        })
    }
}

/// What was measured.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Names and values for the last line, in order.
    pub values: Vec<(&'static str, String)>,
    /// Whether the target is met.
    pub verdict: Verdict,
    /// What a quick run left out.
    pub left_out: Vec<String>,
}

impl Outcome {
    /// The line that a run ends with.
    pub fn last_line(&self, name: &str) -> String {
        let mut line = format!("figure {name}:");
        for (key, value) in &self.values {
            line.push_str(&format!(" {key}={value}"));
        }
        line + &format!(" target={}", self.verdict)
    }
}

/// The figure of that name.
///
/// # Errors
/// There is none; the message names those there are.
pub fn find(name: &str) -> anyhow::Result<&'static Figure> {
    if let Some(figure) = FIGURES.iter().find(|figure| figure.name == name) {
        return Ok(figure);
    }
    let names: Vec<&str> = FIGURES.iter().map(|figure| figure.name).collect();
    bail!(
        "figure \"{name}\" is not known; choose of {}",
        names.join(", ")
    )
}

/// The list for people.
pub fn list() -> String {
    let entry = |figure: &Figure| {
        format!(
            "{}\n  shows   {}\n  target  {}\n  peer    {}\n",
            figure.name, figure.shows, figure.target, figure.peer
        )
    };
    FIGURES.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_names_every_value_and_the_verdict() {
        let values = vec![("per_s", "12".to_owned()), ("p99_ms", "0.5".to_owned())];
        let outcome = Outcome {
            values,
            verdict: Verdict::Missed,
            left_out: Vec::new(),
        };
        assert_eq!(
            outcome.last_line("x"),
            "figure x: per_s=12 p99_ms=0.5 target=missed"
        );
    }

    #[test]
    fn verdicts_combine_to_the_worse() {
        use Verdict::{Met, Missed, Unknown};
        for (a, b, both) in [
            (Met, Met, Met),
            (Met, Unknown, Unknown),
            (Unknown, Missed, Missed),
            (Missed, Met, Missed),
        ] {
            assert_eq!(a.and(b), both);
        }
    }

    #[test]
    fn names_are_unique_and_found() {
        for figure in FIGURES {
            assert_eq!(find(figure.name).unwrap().shows, figure.shows);
        }
        assert!(
            find("nothing")
                .unwrap_err()
                .to_string()
                .contains("choose of submit")
        );
    }
}
