//! The cap on the power that the work of a site draws. A busy core draws 10 W here.

use ewc_core::State;
use ewc_core::command::{Command, Refusal};
use ewc_core::model::{PolicyKind, PowerStep, SiteId};
use ewc_core::planner::{Capacity, Plan, PoolPrice, Round, Scope, plan};

crate::scenarios! {
    work_at_the_same_instant_stays_below_the_cap: "
        policy margin=0s horizon=24h
        site a cpu=16
        cap a 80W
        submit j1 cpu=6 estimate=2h
        submit j2 cpu=2 estimate=1h
        submit j3 cpu=6 estimate=1h
        submit j4 cpu=2 estimate=3h
        plan greedy
        expect j1 dispatched start=0h
        expect j2 dispatched start=0h
        expect j3 planned start=2h
        expect j4 planned start=1h
        expect drawn a 80W
    "

    all_pools_of_a_site_share_it: "
        policy margin=0s horizon=24h
        site a cpu=4 second=4
        cap a 60W
        submit j1 cpu=4 estimate=2h
        submit j2 cpu=4 estimate=1h
        plan greedy
        expect j1 dispatched start=0h
        expect j2 planned start=2h
        expect drawn a 40W
    "

    both_groups_of_a_job_count: "
        policy margin=0s horizon=24h
        site a cpu=8 accelerators=2
        cap a 339W
        submit j cpu=3 beside_accelerators=1 estimate=1h
        plan greedy
        expect j pending reason=power_cap
        plan price
        expect j pending reason=power_cap
        cap a 340W
        plan price
        expect j dispatched
        expect drawn a 340W
    "

    a_cap_that_is_known_to_fall_is_planned_around: "
        policy margin=0s horizon=24h
        site a cpu=8
        cap a 80W,2h:40W,4h:80W
        submit long cpu=8 estimate=3h
        submit short cpu=8 estimate=2h
        submit small cpu=4 estimate=2h
        plan greedy
        expect short dispatched start=0h
        expect small planned start=2h
        expect long planned start=4h
        expect drawn a 80W
        tick 1h
        report a short started
        report a short succeeded
        tick 1h
        expect small dispatched
        expect drawn a 40W
    "

    where_there_is_none_any_more_all_may_run: "
        policy margin=0s horizon=24h
        site a cpu=8
        cap a 40W
        submit j1 cpu=8
        plan greedy
        expect j1 pending reason=power_cap
        cap a none
        plan greedy
        expect j1 dispatched
    "

    a_site_that_draws_too_much_is_passed_over: "
        policy margin=0s horizon=24h
        site a cpu=8 price=0.01
        site b cpu=8 price=0.9
        cap a 40W
        submit j1 cpu=8 estimate=1h
        submit j2 cpu=4 estimate=1h
        plan greedy
        expect j1 dispatched at b verdict=a:power_cap
        expect j2 dispatched at a
    "

    baselines_keep_it_too: "
        policy margin=0s horizon=24h
        site a cpu=8
        site b cpu=8
        cap a 40W
        cap b 30W
        submit j1 cpu=4 estimate=1h
        plan first_fit
        submit j2 cpu=4 estimate=1h
        plan random
        submit j3 cpu=4 estimate=1h
        plan best_fit_drf
        submit j4 cpu=4 estimate=1h
        plan race
        submit j5 cpu=4 estimate=1h
        plan data_weight
        submit j6 cpu=4 estimate=1h
        plan cost_flat_egress
        expect j1 dispatched at a start=0h
        expect j2 planned at a start=1h
        expect j3 planned at a start=2h
        expect j4 planned at a start=3h
        expect j5 planned at a start=4h
        expect j6 planned at a start=5h
    "

    a_lower_cap_takes_planned_work_back_in_the_order_of_capacity: "
        policy margin=0s horizon=24h
        site a cpu=8
        submit j1 cpu=2 release=1h priority=1
        submit j2 cpu=2 release=1h
        submit j3 cpu=2 release=1h
        plan greedy
        cap a 40W
        expect j1 planned
        expect j2 planned
        expect j3 pending reason=displaced
        cap a 80W,1h:20W
        expect j1 planned
        expect j2 pending reason=displaced
    "

    processors_that_draw_more_than_was_said_take_planned_work_back: "
        policy margin=0s horizon=24h
        site a cpu=8
        cap a 80W
        submit j1 cpu=4 release=1h priority=1
        submit j2 cpu=4 release=1h
        plan greedy
        expect j2 planned
        site a cpu=8 watts_per_core=15
        expect j1 planned
        expect j2 pending reason=displaced
    "

    running_work_stays_below_no_cap_and_blocks_new_starts: "
        policy margin=0s horizon=24h
        site a cpu=8 second=8
        submit run cpu=6 estimate=2h
        submit next cpu=1 estimate=1h release=1h
        plan greedy
        expect run dispatched
        cap a 40W
        expect run dispatched
        expect next pending reason=displaced
        expect drawn a 60W
        plan greedy
        expect next planned start=2h
        report a run succeeded
        plan greedy
        submit other cpu=4 estimate=1h
        plan greedy
        expect other dispatched start=0h
    "

    an_overrun_keeps_its_power_and_displaces: "
        policy margin=0s horizon=24h
        site a cpu=4 second=4
        cap a 40W
        submit long cpu=4 estimate=1h
        submit next cpu=4 estimate=1h
        plan greedy
        report a long started
        expect next planned start=1h
        tick 1h
        expect long running end=1h1m
        expect next pending reason=displaced
        plan greedy
        expect next planned start=1h1m
    "

    nothing_starts_where_work_has_overrun: "
        policy margin=0s horizon=24h
        site a cpu=4 second=4
        cap a 40W
        submit long cpu=4 estimate=1h
        plan greedy
        report a long started
        wait 1h       # a tick was due
        submit next cpu=4
        plan greedy
        expect next staging reason=overbooked attempts=0
        tick 1s
        expect next pending reason=displaced attempts=0
        expect long running end=1h1m
    "

    a_plan_made_before_the_cap_fell_is_rejected: "
        policy margin=0s horizon=24h
        site a cpu=8
        submit j1 cpu=8 estimate=1h
        hold greedy
        cap a 40W
        commit power_cap
        hold price
        cap a none
        hold price
        cap a 70W
        repair
        expect j1 pending
    "

    lower_priority_gives_way_for_power: "
        policy margin=0s horizon=2h slot=1h
        site a cpu=4 second=4
        cap a 40W
        submit fixed cpu=4 estimate=1h
        submit low cpu=4 estimate=5h preemptible
        plan greedy
        expect low planned start=1h
        submit high cpu=4 estimate=1h priority=1 deadline=2h
        plan greedy
        expect high planned start=1h
        expect low pending reason=preempted
    "

    what_would_help: "
        policy margin=0s horizon=24h
        site a cpu=8
        cap a 60W,40h:80W
        submit wide cpu=8 estimate=1h
        submit tasks cpu=4 tasks=2 estimate=1h deadline=10h
        why wide a reason=power_cap changes=wait:.:3600057600000
        why tasks a reason=power_cap changes=tasks:.:1
        cap a 60W,20h:80W
        why wide a reason=none
        why tasks a reason=power_cap changes=deadline:.:3600075600000
        cap a 60W
        why wide a reason=power_cap changes=cores:.:6000
        why tasks a reason=power_cap changes=tasks:.:1
        cap a 0W
        why tasks a reason=power_cap changes=none
    "

    a_round_fills_the_cap_and_proves_it: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=8 second=8 price=0.01
        site b cpu=16 price=0.9
        cap a 80W
        submit j1 cpu=4 estimate=2h deadline=2h
        submit j2 cpu=4 estimate=2h deadline=2h
        submit j3 cpu=4 estimate=2h deadline=2h
        submit j4 cpu=4 estimate=2h deadline=2h
        plan price
        expect drawn a 80W
        expect drawn b 80W
        expect certified gap=0 left=0
    "

    a_round_leaves_out_what_the_cap_has_no_room_for: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=16
        cap a 80W
        submit j1 cpu=4 estimate=2h deadline=2h
        submit j2 cpu=4 estimate=2h deadline=2h
        submit j3 cpu=4 estimate=2h deadline=2h
        plan price
        expect drawn a 80W
        expect certified gap=0 left=1
    "

    a_round_knows_that_the_cap_will_fall: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=8
        cap a 80W,2h:40W,4h:80W
        submit long cpu=8 estimate=3h
        submit short cpu=8 estimate=2h
        submit small cpu=4 estimate=2h
        plan price
        expect short dispatched start=0h
        expect small planned start=2h
        expect long planned start=4h
        expect certified gap=0 left=0
        tick 10m
        plan price
        expect small planned start=2h
        expect long planned start=4h
    "

    planned_work_that_a_lower_cap_leaves_alone_stays: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=8
        submit j1 cpu=4 estimate=2h release=3h
        plan price
        cap a 40W
        expect j1 planned start=3h
        tick 10m
        plan price
        expect j1 planned start=3h
    "
}

fn round(policy: PolicyKind) -> Round {
    Round {
        policy,
        scope: Scope::All,
        jobs_max: 100,
        seed: 0,
    }
}

/// More work than the cap has room for until its deadline.
const SCARCE: &str = "
    policy margin=0s slot=1h horizon=24h
    site a cpu=8 second=8
    cap a 80W
    submit j1 cpu=4 estimate=2h deadline=2h
    submit j2 cpu=4 estimate=2h deadline=2h
    submit j3 cpu=4 estimate=2h deadline=2h
    submit j4 cpu=4 estimate=2h deadline=2h
    submit j5 cpu=4 estimate=1h
";

#[test]
fn scarce_power_has_a_price_and_cores_have_none() {
    let state = crate::script::run(SCARCE);
    let Plan { prices, .. } = plan(&state, &round(PolicyKind::Price), |_| true);
    let prices = prices.expect("prices");
    let (power, others): (Vec<_>, Vec<_>) = prices
        .pools
        .into_iter()
        .partition(|price| price.kind == Capacity::Power);
    // A kilowatt for an hour, and a core, which draws a hundredth of it.
    let scarce = |price: &PoolPrice| price.micro_cny_per_hour > 1_000_000;
    assert!(!power.is_empty() && power.iter().all(scarce), "{power:?}");
    assert!(power.iter().all(|price| price.pool.0 == 0), "{power:?}");
    let free = |price: &PoolPrice| price.micro_cny_per_hour < 1_000;
    assert!(others.iter().all(free), "{others:?}");
}

#[test]
fn arrivals_pay_for_scarce_power() {
    let waits = |text: &str| {
        let state = crate::script::run(&format!(
            "{SCARCE}
            plan price
            submit late cpu=1 estimate=1h
            {text}"
        ));
        let late = state.jobs().values().find(|job| job.key == "late").unwrap();
        late.placement.as_ref().unwrap().start_ms()
    };
    let start_ms = waits("plan price after=j5");
    assert!(start_ms >= 3_600_000 * 1_000_002, "{start_ms}");
}

#[test]
fn a_cap_survives_a_snapshot_and_no_cap_leaves_no_trace() {
    let with = "
        site a cpu=8
        cap a 40W,2h:none,5h:10W
        submit j cpu=4
        plan greedy";
    let state = crate::script::run(with);
    let mut bytes = Vec::new();
    state.write_snapshot(&mut bytes).unwrap();
    let read = State::read_snapshot(&mut bytes.as_slice()).unwrap();
    assert_eq!(read.power_caps(), state.power_caps());
    assert_eq!(read.digest(), state.digest());
    let digest = |text: &str| crate::script::run(text).digest();
    let heard = "site a cpu=8\nheard a";
    assert_eq!(digest("site a cpu=8\ncap a none"), digest(heard));
}

#[test]
fn what_is_no_cap_changes_nothing() {
    let mut state = crate::script::run("site a cpu=8\ncap a 40W");
    let digest = state.digest();
    let mut set = |site: u32, steps: &[(i64, i64)]| {
        let step = |&(from_ms, watts)| PowerStep {
            from_ms,
            watts: Some(watts),
        };
        let command = Command::SetPowerCap {
            site: SiteId(site),
            steps: steps.iter().map(step).collect(),
        };
        let (index, now_ms) = (state.index(), state.now_ms());
        let result = state.apply(index, now_ms, &command).result;
        (result.unwrap_err(), state.digest() == digest)
    };
    for steps in [&[(5, 1), (5, 2)][..], &[(5, -1)], &[(5, i64::MAX)]] {
        let (refusal, same) = set(0, steps);
        assert!(
            matches!(refusal, Refusal::Invalid { .. }) && same,
            "{refusal}"
        );
        assert!(refusal.to_string().starts_with("power_cap: "), "{refusal}");
    }
    let (refusal, same) = set(7, &[(5, 1)]);
    assert!(matches!(refusal, Refusal::NotFound { .. }) && same);
}
