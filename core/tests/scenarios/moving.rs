//! Planned work moves when it pays, stays otherwise, and never loses its place.

crate::scenarios! {
    what_waits_starts_earlier_once_there_is_room: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=4
        submit first cpu=4 estimate=5h
        plan price
        submit second cpu=4 estimate=1h
        plan price
        expect second planned start=5h
        report a first started
        tick 1h
        report a first succeeded
        plan price
        expect second dispatched start=1h
    "

    planned_work_makes_room_for_an_earlier_deadline: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=4
        submit running cpu=4 estimate=2h
        plan price
        submit patient cpu=4 estimate=2h
        plan price
        expect patient planned start=2h
        submit urgent cpu=4 estimate=2h deadline=4h
        plan price
        expect urgent planned start=2h
        expect patient planned start=4h
    "

    nothing_moves_for_a_trifle: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=4
        site b cpu=4
        energy a prices=1,1,1,1,1,1,1,1
        energy b prices=1,1,1,1,1,1,1,1
        submit at_a cpu=4 estimate=3h sites=a
        submit at_b cpu=4 estimate=3h sites=b
        plan price
        submit waiting cpu=4 estimate=1h
        plan price
        expect waiting planned at a start=3h
        energy b prices=1,1,1,0.99,0.99,0.99,0.99,0.99
        plan price
        expect waiting planned at a start=3h
        energy b prices=1,1,1,0.2,0.2,0.2,0.2,0.2
        plan price
        expect waiting planned at b start=3h
    "

    who_has_no_other_place_keeps_it: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=4
        submit running cpu=4 estimate=2h
        plan price
        submit promised cpu=4 estimate=2h deadline=4h
        plan price
        expect promised planned start=2h
        submit urgent cpu=4 estimate=2h deadline=4h priority=50
        plan price
        expect promised planned start=2h
        expect urgent pending
    "

    planned_jobs_trade_places: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=4
        site b cpu=4
        energy a prices=1,1,1,1,1,1,1,1
        energy b prices=9,9,9,9,9,9,9,9
        submit at_a cpu=4 estimate=2h sites=a
        submit at_b cpu=4 estimate=2h sites=b
        submit small cpu=1 estimate=2h deadline=4h
        submit large cpu=4 estimate=2h deadline=4h
        plan greedy
        expect small planned at a start=2h
        expect large planned at b start=2h
        plan price
        expect small planned at b start=2h
        expect large planned at a start=2h
        plan price
        expect small planned at b start=2h
        expect large planned at a start=2h
    "

    a_plan_that_comes_late_leaves_them_where_they_are: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=4
        submit running cpu=4 estimate=5h
        plan price
        submit waiting cpu=4 estimate=1h
        plan price
        report a running started
        tick 1h
        report a running succeeded
        hold price
        submit other cpu=4 estimate=4h
        plan greedy
        expect other dispatched
        commit pool_busy
        expect waiting planned start=5h
    "

    an_empty_network_waits_for_the_cheap_hour_and_a_full_one_does_not: "
        policy margin=0s slot=1h horizon=24h delay=0
        site a cpu=10
        energy a prices=2,1.9,1.9,1.9,1.9,1.9,1.9,1.9
        submit free cpu=1 estimate=1h
        plan price
        expect free planned start=1h
        cancel free
        submit long cpu=9 estimate=23h
        plan greedy
        submit hurried cpu=1 estimate=1h
        plan price
        expect hurried dispatched start=0s
    "
}
