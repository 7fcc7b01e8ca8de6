//! Random logs over small random networks: what must hold after every command, and at the end.

#[path = "../support/build.rs"]
mod build;
mod checks;
mod commands;
mod jobs;
mod plans;
#[path = "../support/random.rs"]
mod random;
mod runs;
mod sequence;
mod world;

use ewc_core::Reason;
use ewc_core::model::JobState;

/// Sequences in an ordinary run; `EWC_SEEDS=first..end` asks for others.
const SEEDS: std::ops::Range<u64> = 0..10_000;

/// After so many failures the rest is not run.
const FAILURES_MAX: usize = 100;

/// What the logs must have led some job into, or they test less than they say.
const CORNERS: [(JobState, Option<Reason>); 17] = [
    (JobState::Pending, Some(Reason::Displaced)),
    (JobState::Pending, Some(Reason::Drained)),
    (JobState::Pending, Some(Reason::PlanStale)),
    (JobState::Pending, Some(Reason::Retrying)),
    (JobState::Pending, Some(Reason::SiteSilent)),
    (JobState::Pending, Some(Reason::StageInFailed)),
    (JobState::Pending, Some(Reason::StageInLate)),
    (JobState::Staging, None),
    (JobState::Dispatched, None),
    (JobState::Running, Some(Reason::Cancelled)),
    (JobState::Succeeded, None),
    (JobState::Failed, Some(Reason::DeadlinePassed)),
    (JobState::Failed, Some(Reason::DeliveryFailed)),
    (JobState::Failed, Some(Reason::TaskFailed)),
    (JobState::Failed, Some(Reason::TimeLimit)),
    (JobState::Cancelled, Some(Reason::Cancelled)),
    (JobState::OutcomeUnknown, Some(Reason::SiteLost)),
];

#[test]
fn random_logs_keep_every_invariant() {
    let hook = std::panic::take_hook();
    sequence::note_panics();
    let mut seen = sequence::Seen::new();
    let failures = seeds().filter_map(|seed| sequence::run(seed, &mut seen).err());
    let failures: Vec<_> = failures.take(FAILURES_MAX).collect();
    let mut texts: Vec<String> = failures
        .iter()
        .map(|failure| failure.text.clone())
        .collect();
    texts.sort();
    let first = failures.into_iter().next().map(|failure| failure.explain());
    std::panic::set_hook(hook);
    if let Some(first) = first {
        panic!(
            "{} seeds fail:\n{}\n\n{first}",
            texts.len(),
            texts.join("\n")
        );
    }
    for corner in CORNERS {
        assert!(seen.contains(&corner), "no job ever became {corner:?}");
    }
}

// A test is not the core: which seeds it runs may come from outside.
#[allow(clippy::disallowed_methods)]
fn seeds() -> std::ops::Range<u64> {
    let Ok(text) = std::env::var("EWC_SEEDS") else {
        return SEEDS;
    };
    let ends: Vec<u64> = text
        .split("..")
        .filter_map(|end| end.parse().ok())
        .collect();
    ends[0]..ends[1]
}
