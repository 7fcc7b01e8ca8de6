//! Who waits for room is not overtaken for ever by what comes later; and a plan that is late.

crate::scenarios! {
    what_arrives_leaves_the_place_of_a_job_that_waits: "
        policy margin=0s horizon=4h
        site a cpu=8
        submit runs cpu=4 estimate=2h
        submit runs2 cpu=4 estimate=6h
        plan price
        submit large cpu=8 estimate=1h      # room in six hours, behind the horizon
        plan price
        expect large pending
        submit short cpu=4 estimate=4h
        submit long cpu=4 estimate=5h
        plan price after=large
        expect short planned at a start=2h
        expect long pending
    "

    where_more_wait_than_have_places_one_waits_with_them: "
        policy margin=0s horizon=4h
        site a cpu=3
        site b cpu=1
        submit runs cpu=3 estimate=5h sites=a
        plan price
        submit w1 cpu=2 estimate=1h sites=a
        submit w2 cpu=2 estimate=1h sites=a
        submit w3 cpu=2 estimate=1h sites=a
        submit w4 cpu=2 estimate=1h sites=a
        submit w5 cpu=2 estimate=1h sites=a
        submit w6 cpu=2 estimate=1h sites=a
        submit w7 cpu=2 estimate=1h sites=a
        submit w8 cpu=2 estimate=1h sites=a
        submit w9 cpu=2 estimate=1h sites=a
        submit w10 cpu=2 estimate=1h sites=a
        submit w11 cpu=2 estimate=1h sites=a
        submit w12 cpu=2 estimate=1h sites=a
        submit w13 cpu=2 estimate=1h sites=a
        submit w14 cpu=2 estimate=1h sites=a
        submit w15 cpu=2 estimate=1h sites=a
        submit w16 cpu=2 estimate=1h sites=a
        submit w17 cpu=2 estimate=1h sites=a
        plan price
        report a runs succeeded
        submit there cpu=1 estimate=1h sites=a
        submit elsewhere cpu=1 estimate=1h
        plan price after=w17
        expect there pending
        expect elsewhere dispatched at b
        plan price
        expect w1 dispatched at a
    "

    rounds_leave_it_too: "
        policy margin=0s horizon=4h
        site a cpu=8
        submit runs cpu=4 estimate=2h
        submit runs2 cpu=4 estimate=6h
        plan price
        submit large cpu=8 estimate=1h
        submit long cpu=4 estimate=5h
        plan price
        expect large pending
        expect long pending
        wait 2h
        submit next cpu=4 estimate=5h
        plan price
        expect large planned at a start=6h
        expect long pending
    "

    who_is_more_important_need_not: "
        policy margin=0s horizon=4h
        site a cpu=8
        submit runs cpu=4 estimate=2h
        submit runs2 cpu=4 estimate=6h
        plan price
        submit large cpu=8 estimate=1h
        plan price
        submit long cpu=4 estimate=5h priority=1
        plan price after=large
        expect long planned at a start=2h
    "

    who_waits_for_something_else_holds_nothing: "
        policy margin=0s horizon=4h
        site a cpu=8
        submit runs cpu=4 estimate=2h
        submit runs2 cpu=4 estimate=6h
        plan price
        submit large cpu=8 estimate=1h after=runs2
        plan price
        submit long cpu=4 estimate=5h
        plan price after=large
        expect long planned at a start=2h
    "

    a_late_plan_keeps_what_fits_and_places_the_rest_again: "
        policy margin=0s
        site a cpu=4 price=0.1
        site b cpu=8 price=0.5
        submit one cpu=4 estimate=1h
        submit two cpu=4 estimate=1h sites=b
        submit gone cpu=4 estimate=1h
        hold greedy
        submit quick cpu=4 estimate=1h sites=a
        cancel gone
        plan greedy after=gone
        expect quick dispatched at a start=0s
        repair
        expect two dispatched at b start=0s
        expect one planned at a start=1h
        expect gone cancelled
    "

    a_plan_that_is_too_late_for_its_starts_begins_anew: "
        policy margin=30s
        site a cpu=4
        submit j cpu=4 estimate=1h
        hold price
        tick 10m
        repair
        expect j dispatched at a start=10m
    "
}
