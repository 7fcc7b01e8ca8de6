//! What runs goes on where power gets cheap, if its checkpoint may travel for less.

use ewc_core::State;
use ewc_core::command::{Command, LinkDefinition, SiteReport};
use ewc_core::model::{EnergyPoint, EnergySeries, JobState, Policy, PolicyKind, SiteId};

use super::network::{HOUR, arrival, link, two_sites};
use crate::replan::{Arrival, ReplannedJob, replan};

/// Power costs two yuan by day and ten fen by night; it is night in the east for six hours, and in
/// the west from then on.
fn nights(more: impl Fn(&mut Policy, &mut LinkDefinition)) -> State {
    let mut state = two_sites();
    let (mut policy, mut line) = (Policy::clone(state.policy()), link());
    more(&mut policy, &mut line);
    let energy = |site, night: fn(i64) -> bool| {
        let point = |hour| EnergyPoint {
            price_micro_cny_per_kwh: if night(hour) { 100_000 } else { 2_000_000 },
            pue_permille: 1_000,
            ..EnergyPoint::default()
        };
        Command::ReportSites(vec![SiteReport {
            site,
            incarnation: 1,
            pools: Vec::new(),
            energy: Some(EnergySeries {
                step_ms: HOUR,
                points: (0..48).map(point).collect(),
                ..EnergySeries::default()
            }),
            held: Vec::new(),
            runs: Vec::new(),
        }])
    };
    let commands = [
        energy(SiteId(0), |hour| hour < 6),
        energy(SiteId(1), |hour| hour >= 6),
        Command::SetPolicy {
            policy,
            replaces: None,
        },
        Command::DefineNetwork {
            nodes: Vec::new(),
            links: vec![line],
            regions: Vec::new(),
        },
    ];
    for command in commands {
        let applied = state.apply(state.index() + 1, 0, &command);
        assert!(applied.result.is_ok(), "{command:?}: {:?}", applied.result);
    }
    state
}

/// The west is taken for five hours, and a job of twenty hours cannot wait for it.
fn jobs() -> [Arrival; 2] {
    let blocker = "cpu = \"8\"\nestimate = \"5h\"\ntime_limit = \"5h\"\nsites = [\"west\"]\n";
    let long = "cpu = \"8\"\nestimate = \"20h\"\ntime_limit = \"20h\"\ndeadline = \"21h\"\n\
                [checkpoint]\npath = \"last\"\nsize = \"45GB\"\nevery = \"1h\"\n\
                restart = \"6m\"\n";
    [
        arrival(0, "blocker", 5 * HOUR, blocker),
        arrival(1, "long", 19 * HOUR, long),
    ]
}

fn long(state: State) -> ReplannedJob {
    let mut replanned = replan(state, &jobs(), PolicyKind::Price);
    replanned.jobs.remove(1)
}

#[test]
fn a_cheap_night_elsewhere_makes_a_move_pay() {
    let job = long(nights(|_, _| {}));
    assert_eq!(job.state, Some(JobState::Succeeded));
    assert_eq!(job.site.as_deref(), Some("west"));
    assert!(job.start_ms < Some(HOUR), "{:?}", job.start_ms);
    assert_eq!(job.wan_bytes, 45_000_000_000, "its checkpoint, once");
    // Nineteen hours of work, and less than an hour for stop, way, reading and what was lost.
    let ran_ms = job.end_ms.unwrap() - job.start_ms.unwrap();
    assert!(
        (19 * HOUR + HOUR / 5..20 * HOUR).contains(&ran_ms),
        "{ran_ms}"
    );
}

#[test]
fn a_way_that_eats_the_gain_leaves_it_where_it_is() {
    // Thirteen hours at 0.08 kW and 1.90 CNY/kWh are 2 CNY; the way is 4.5.
    let job = long(nights(|_, link| link.price_micro_cny_per_gb = 100_000));
    assert_eq!(job.state, Some(JobState::Succeeded));
    assert_eq!(job.site.as_deref(), Some("east"));
    assert_eq!(job.wan_bytes, 0);
    assert_eq!(job.end_ms.unwrap() - job.start_ms.unwrap(), 19 * HOUR);
}

#[test]
fn a_policy_without_moves_leaves_it_where_it_is() {
    let job = long(nights(|policy, _| policy.moves_max = 0));
    assert_eq!(job.site.as_deref(), Some("east"));
    assert_eq!(job.wan_bytes, 0);
}
