//! The price of imbalance. A pool here is one node: what is in use above half of its 16 cores costs
//! a sixteenth of the price for each core and hour, above three quarters three times as much, above
//! nine tenths ten times.

crate::scenarios! {
    without_a_price_a_round_fills_the_first_of_two_equal_sites: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=16
        site b cpu=16
        submit j1 cpu=4 estimate=2h deadline=2h
        submit j2 cpu=4 estimate=2h deadline=2h
        submit j3 cpu=4 estimate=2h deadline=2h
        submit j4 cpu=4 estimate=2h deadline=2h
        plan price
        expect reserved a cpu=16
        expect reserved b cpu=0
    "

    with_a_price_a_round_spreads_the_queue_evenly: "
        policy margin=0s slot=1h horizon=24h imbalance=1
        site a cpu=16
        site b cpu=16
        submit j1 cpu=4 estimate=2h deadline=2h
        submit j2 cpu=4 estimate=2h deadline=2h
        submit j3 cpu=4 estimate=2h deadline=2h
        submit j4 cpu=4 estimate=2h deadline=2h
        plan price
        expect reserved a cpu=8
        expect reserved b cpu=8
        expect certified gap=0 left=0
        expect j4 dispatched imbalance=0
    "

    what_is_booked_already_counts_in_a_round: "
        policy margin=0s slot=1h horizon=24h imbalance=1
        site a cpu=16
        site b cpu=16
        submit first cpu=8 estimate=20h sites=a
        plan price
        submit j1 cpu=4 estimate=2h deadline=2h
        submit j2 cpu=4 estimate=2h deadline=2h
        plan price
        expect reserved a cpu=8
        expect reserved b cpu=8
    "

    nobody_is_left_out_for_the_sake_of_balance: "
        policy margin=0s slot=1h horizon=24h imbalance=50
        site a cpu=16
        submit j1 cpu=8 estimate=2h deadline=2h
        submit j2 cpu=8 estimate=2h deadline=2h
        plan price
        expect reserved a cpu=16
        expect certified gap=0 left=0
    "

    work_that_may_wait_is_spread_over_time: "
        policy margin=0s slot=1h horizon=24h imbalance=50
        site a cpu=16
        submit j1 cpu=8 estimate=2h
        submit j2 cpu=8 estimate=2h
        plan price
        expect reserved a cpu=8
        expect certified gap=0 left=0
    "

    what_is_spread_over_time_stays_so: "
        policy margin=0s slot=1h horizon=24h imbalance=50
        site a cpu=16
        submit j1 cpu=8 estimate=2h
        submit j2 cpu=8 estimate=2h
        plan price
        expect j2 planned start=2h imbalance=0
        tick 10m
        plan price
        expect j2 planned start=2h
    "

    arrivals_go_where_use_is_low: "
        policy margin=0s slot=1h horizon=24h imbalance=1
        site a cpu=16
        site b cpu=16
        submit j1 cpu=8 estimate=2h deadline=2h
        plan greedy
        submit j2 cpu=4 estimate=2h deadline=2h
        plan price after=j1
        expect j1 dispatched at a imbalance=0
        expect j2 dispatched at b imbalance=0
    "

    each_job_is_charged_what_it_adds: "
        policy margin=0s slot=1h horizon=24h imbalance=1
        site a cpu=16
        submit j1 cpu=8 estimate=2h deadline=2h
        submit j2 cpu=4 estimate=2h deadline=2h
        submit j3 cpu=4 estimate=2h deadline=2h
        plan greedy
        expect j1 dispatched imbalance=0
        expect j2 dispatched imbalance=0.5
        expect j3 dispatched imbalance=2.9
    "

    baselines_do_not_look_at_it: "
        policy margin=0s slot=1h horizon=24h imbalance=1
        site a cpu=16
        site b cpu=16
        submit j1 cpu=8 estimate=2h
        submit j2 cpu=8 estimate=2h
        plan first_fit
        expect j2 dispatched at a
    "

    a_cheaper_site_is_filled_as_far_as_that_pays: "
        policy margin=0s slot=1h horizon=24h imbalance=3.2
        site a cpu=16
        site b cpu=16 price=0.4
        submit j1 cpu=4 estimate=1h deadline=1h
        submit j2 cpu=4 estimate=1h deadline=1h
        submit j3 cpu=4 estimate=1h deadline=1h
        submit j4 cpu=4 estimate=1h deadline=1h
        plan price
        expect reserved a cpu=12
        expect reserved b cpu=4
        expect certified gap=0 left=0
    "
}
