//! Random logs over small random networks: what must hold after every command, and at the end.
//!
//! A check that never fails proves nothing. Each of these breaks was put into the core once, and
//! 3,000 seeds showed it:
//!
//! | break | first caught by |
//! |---|---|
//! | `report_site` does not settle the pool | capacity: not by started work alone |
//! | `define_network` does not settle the links | capacity: not by started work alone |
//! | `Reservations::reserve` leaves one transfer out | capacity: not the jobs' sum |
//! | a terminal job keeps its reservation | capacity: not the jobs' sum |
//! | `forget_before` drops the step that holds now | capacity: not the jobs' sum |
//! | `has_room` ignores links; or pools | capacity: not by started work alone |
//! | `within_power` says yes | power: not by started work alone |
//! | `set_power_cap`; or an overrun, does not settle | power: not by started work alone |
//! | an overrun displaces nothing | capacity: not by started work alone |
//! | a slip; or early delivery, without a look for room | capacity: not by started work alone |
//! | the planner does not reserve what it has placed | plans: fresh, yet rejected |
//! | a repair keeps what no longer fits | plans: repaired, yet rejected |
//! | jobs of one plan may not trade places | plans: fresh, yet rejected |
//! | a repair goes on beside a move that fails | plans: repaired, yet rejected |
//! | `is_current` takes any fence | attempts: stale fence |
//! | a start is heard from any site | attempts: foreign site |
//! | one retry more than allowed | attempts: starts with retries |
//! | an attempt ends with its first part | attempts: ended before all its parts |
//! | late data does not hold a job back | attempts: started without its data |
//! | a slot that is nearly over is started in | attempts: less than its time limit reserved |
//! | a start where other work has overrun | attempts: started in a pool where more runs |
//! | a start ten minutes early | chain: stands at the wrong place |
//! | `fits` leaves out inputs; outputs; or traffic | chain: does not arrive; stays; no traffic |
//! | `fits` leaves out replicas; or the hubs of kept data | chain: stands in; is kept in one hub |
//! | `fits` leaves out how far apart copies are; or their refresh | chain: are apart; not refreshed |
//! | `fits` counts no sites; leaves out who is near; or lets any site serve | chain: see `apart` |
//! | traffic takes any route, however long | chain: no traffic |
//! | a throughput table is not looked at | chain: tasks on |
//! | `fits` lets any transfer ride along | chain: nobody needs |
//! | a drained site takes work | chain: its site is closed |
//! | a due time is not taken back | indexes: next is |
//! | a site that a job leaves is not told | events: not told of a change |
//! | a tick does not look at a displaced job again | events: the deadline has not passed |
//! | a tenant's quota is not looked at | tenancy: over its quota |
//! | a new policy does not count quotas anew | tenancy: counted are |
//! | the order of the queue forgets what it has filled | tenancy: a smaller share |
//! | work of the same priority gives way | preemption: for no job of higher priority |
//! | a hold is redeemed after its time; or the job submitted becomes another one | holds |
//! | a hold that is displaced, drained or cut off waits in the queue | holds: by itself |
//! | a tick does not end a hold; or holds last as long as one likes | holds: outlives; too long |
//! | a redemption of another tenant | indexes: key of job |
//! | a hold, or its redemption, is not asked whether it fits | chain: stands in; site is closed |
//! | capacity that shrinks displaces no holds | capacity: not by started work alone |
//! | a refused hold uses up an identity | plans: refused, changed the state |
//! | a promise outlives its job; or is not in the snapshot | promises; snapshot: another digest |
//! | a terminal job is cancelled | terminal: changed after its end |
//! | a job retires without an event | terminal: vanished |
//! | time follows the stamp | time: ran back |
//! | a snapshot forgets the keys | snapshot: another digest |
//! | a stopped planner counts one job too many | replay: another plan |

#[path = "../support/build.rs"]
mod build;
mod checks;
mod commands;
mod holds;
mod jobs;
mod plans;
mod power;
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

/// What the logs must have led some job into, or they test less than they say. Too rare for them is a
/// move that fails after its order: `tests/scenarios/moves.rs` has it.
const CORNERS: [(JobState, Option<Reason>); 25] = [
    (JobState::Pending, Some(Reason::Displaced)),
    (JobState::Pending, Some(Reason::Drained)),
    (JobState::Pending, Some(Reason::PlanStale)),
    (JobState::Pending, Some(Reason::Preempted)),
    (JobState::Pending, Some(Reason::Retrying)),
    (JobState::Pending, Some(Reason::SiteSilent)),
    (JobState::Pending, Some(Reason::StageInFailed)),
    (JobState::Pending, Some(Reason::StageInLate)),
    (JobState::Staging, None),
    (JobState::Staging, Some(Reason::Moving)),
    (JobState::Dispatched, None),
    (JobState::Running, Some(Reason::Cancelled)),
    (JobState::Running, Some(Reason::Preempted)),
    (JobState::Succeeded, None),
    (JobState::Failed, Some(Reason::DeadlinePassed)),
    (JobState::Failed, Some(Reason::DeliveryFailed)),
    (JobState::Failed, Some(Reason::TaskFailed)),
    (JobState::Failed, Some(Reason::TimeLimit)),
    (JobState::Cancelled, Some(Reason::Cancelled)),
    (JobState::Cancelled, Some(Reason::Displaced)),
    (JobState::Cancelled, Some(Reason::Drained)),
    (JobState::Cancelled, Some(Reason::HoldExpired)),
    (JobState::Cancelled, Some(Reason::SiteSilent)),
    (JobState::Planned, None),
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
    let missed: Vec<_> = CORNERS.iter().filter(|it| !seen.contains(it)).collect();
    assert!(missed.is_empty(), "no job ever became {missed:?}");
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
