//! What a round's model knows, so that what it chose is not refused when it is settled.

use ewc_core::Reason;
use ewc_core::model::PolicyKind;
use ewc_core::planner::{Capacity, Plan, PoolPrice, Round, Scarce, Scope, plan, prices_met};

crate::scenarios! {
    the_energy_of_a_second_site_counts_by_its_own_hours: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=8
        site b cpu=8
        energy a prices=0.1,0.1,0.1,20,20,20,20,20,20,20,20,20
        energy b prices=9,9,9,1,1,1,1,1,1,1,1,1
        submit s tasks=2 spread=2 cpu=4 estimate=1h
        plan price
        expect s dispatched start=0h
    "
}

/// The plan of all that waits, stopped at once: only what the model chose is placed, and nothing
/// that was refused finds another place one by one.
fn as_chosen(text: &str) -> Plan {
    let state = crate::script::run(text);
    let round = Round {
        policy: PolicyKind::Price,
        scope: Scope::All,
        jobs_max: 100,
        seed: 0,
    };
    plan(&state, &round, |_| false)
}

fn starts_h(plan: &Plan) -> Vec<i64> {
    let starts = plan
        .placements
        .iter()
        .map(|(_, placement)| placement.start_ms());
    let mut starts: Vec<i64> = starts.map(|at_ms| at_ms / 3_600_000 - 1_000_000).collect();
    starts.sort_unstable();
    starts
}

#[test]
fn who_waits_for_another_takes_no_room() {
    let plan = as_chosen(
        "
        policy margin=0s slot=1h horizon=24h
        site a cpu=8
        submit first cpu=8 estimate=2h
        submit behind cpu=8 estimate=2h after=first
        submit other cpu=8 estimate=2h
        ",
    );
    assert_eq!(starts_h(&plan), [0, 2]);
    assert_eq!(plan.certificate.unwrap().unplaced, 0);
    let reasons: Vec<Reason> = plan.unplaced.iter().map(|(_, reason)| *reason).collect();
    assert_eq!(reasons, [Reason::DependencyPending]);
}

#[test]
fn a_placement_meets_the_prices_of_what_it_holds() {
    let state = crate::script::run(
        "
        policy margin=0s slot=1h horizon=24h
        site a cpu=8
        submit j1 cpu=8 estimate=2h
        submit j2 cpu=8 estimate=2h
        submit j3 cpu=8 estimate=2h
        plan price
        ",
    );
    let pools = &state.prices().pools;
    assert!(!pools.is_empty(), "three jobs want the first hours");
    let mut all = 0;
    for job in state.jobs().values() {
        let placement = job.placement.as_ref().unwrap();
        let slot = &placement.groups[0];
        let hours = |price: &PoolPrice| {
            let ms = price.until_ms.min(slot.end_ms) - price.from_ms.max(slot.start_ms);
            ms.max(0) as f64 / 3_600_000.0
        };
        let cores = pools.iter().filter(|price| price.kind == Capacity::Cores);
        let cores = cores.map(|price| price.micro_cny_per_hour as f64 * hours(price) * 8.0);
        let met = prices_met(&state, placement);
        let of_cores = Scarce::Pool(slot.pool, Capacity::Cores);
        let of_cores = met.iter().filter(|(what, _)| *what == of_cores);
        let (found, expected) = (
            of_cores.map(|(_, worth)| *worth).sum::<i64>(),
            cores.sum::<f64>(),
        );
        assert!((found as f64 - expected).abs() < 2.0, "{found} {expected}");
        assert!(met.is_sorted_by(|a, b| a.1 >= b.1));
        all += met.iter().map(|(_, worth)| worth).sum::<i64>();
    }
    assert!(all > 0);
}

#[test]
fn steady_traffic_holds_its_links() {
    let plan = as_chosen(
        "
        policy margin=0s slot=1h horizon=24h
        site b cpu=16 price=0
        site c cpu=16 price=0.2
        link b x 300Mbps 1ms
        link c x 1Gbps 1ms
        region users at x
        submit s1 cpu=1 estimate=2h deadline=2h traffic=users:200Mbps
        submit s2 cpu=1 estimate=2h deadline=2h traffic=users:200Mbps
        ",
    );
    assert_eq!(starts_h(&plan), [0, 0]);
    let pools = plan
        .placements
        .iter()
        .map(|(_, placement)| placement.groups[0].pool.0);
    assert_eq!(pools.sum::<u32>(), 1, "one at each site");
}

#[test]
fn copies_that_are_refreshed_hold_their_links() {
    let plan = as_chosen(
        "
        policy margin=0s slot=1h horizon=24h
        site a cpu=16 price=0
        site b cpu=16 price=0
        site c cpu=16 price=0.2
        link a b 300Mbps 1ms
        link a c 1Gbps 1ms
        dataset d 90GB at a,b,c
        submit k1 store copies=2 cpu=1 estimate=2h deadline=2h inputs=d refresh=1h sites=a,b,c
        submit k2 store copies=2 cpu=1 estimate=2h deadline=2h inputs=d refresh=1h sites=a,b,c
        ",
    );
    assert_eq!(starts_h(&plan), [0, 0]);
}

#[test]
fn a_quota_lets_no_more_run_at_once() {
    let plan = as_chosen(
        "
        policy margin=0s slot=1h horizon=24h b.cores=4
        site a cpu=16
        site c cpu=16
        submit j1 cpu=4 estimate=1h tenant=b
        submit j2 cpu=4 estimate=1h tenant=b
        submit j3 cpu=4 estimate=1h tenant=b
        submit other cpu=4 estimate=1h
        ",
    );
    assert_eq!(starts_h(&plan), [0, 0, 1, 2]);
}

#[test]
fn a_floor_of_renewables_leaves_only_green_starts() {
    let plan = as_chosen(
        "
        policy margin=0s slot=1h horizon=24h
        site a cpu=16
        energy a prices=1,1,1,1,1 green=0,0,800,800,0
        submit j cpu=4 estimate=1h green=500
        submit any cpu=4 estimate=1h
        ",
    );
    assert_eq!(starts_h(&plan), [0, 2]);
}
