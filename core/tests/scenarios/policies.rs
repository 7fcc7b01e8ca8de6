//! What each policy prefers, where another would decide otherwise.

crate::scenarios! {
    ordered_keeps_to_its_list_and_waits_there_for_the_cheap_hour: "
        policy delay=0 margin=0s horizon=24h
        site b cpu=8 price=0.1
        site a cpu=8 price=0.2
        energy a prices=1,1,0.1,1
        submit j cpu=8 estimate=1h
        plan ordered
        expect j planned at a start=2h
    "

    ordered_goes_on_to_the_next_of_its_list_for_a_deadline: "
        policy delay=0 margin=0s horizon=24h
        site b cpu=8
        site a cpu=8
        submit first cpu=8 estimate=1h
        submit late cpu=8 estimate=1h
        submit soon cpu=8 estimate=1h deadline=90m
        plan ordered
        expect first dispatched at a start=0s
        expect late planned at a start=1h
        expect soon dispatched at b start=0s verdict=a:pool_busy
    "

    race_goes_where_it_starts_first_whatever_it_costs: "
        policy margin=0s
        site a cpu=8 price=0.1
        site b cpu=8 price=0.9
        submit first cpu=8 estimate=1h sites=a
        submit j cpu=8 estimate=1h
        plan race
        expect j dispatched at b start=0s verdict=a:dearer
    "

    race_counts_the_way_of_the_data: "
        policy margin=0s
        site a cpu=8 price=0.1
        site b cpu=8 price=0.9
        link a b 1Gbps 5ms
        dataset d 100GB at b
        submit j cpu=8 estimate=1h inputs=d
        plan race
        expect j dispatched at b start=0s
    "

    best_fit_drf_leaves_the_smallest_rest: "
        site a cpu=16 price=0.1
        site b cpu=8 price=0.9
        site c cpu=12 price=0.5
        submit j cpu=6
        plan best_fit_drf
        expect j dispatched at b
        submit more cpu=11
        plan best_fit_drf
        expect more dispatched at c
    "

    best_fit_drf_looks_at_what_the_job_takes_most_of: "
        site a cpu=64 accelerators=8
        site b cpu=8 accelerators=32
        submit j cpu=1 accelerators=4
        plan best_fit_drf
        expect j dispatched at a
    "

    cost_flat_egress_does_not_see_that_a_way_is_cheap: "
        policy delay=0 margin=0s
        site a cpu=8 price=0.9
        site b cpu=8 price=0.4
        link a b 10Gbps 5ms price=0.01
        dataset d 10GB at a
        submit flat cpu=8 estimate=1h inputs=d
        plan cost_flat_egress
        expect flat dispatched at a start=0s verdict=b:dearer
    "

    greedy_sees_that_a_way_is_cheap: "
        policy delay=0 margin=0s
        site a cpu=8 price=0.9
        site b cpu=8 price=0.4
        link a b 10Gbps 5ms price=0.01
        dataset d 10GB at a
        submit j cpu=8 estimate=1h inputs=d
        plan greedy
        expect j staging at b from=a
    "

    cost_flat_egress_does_not_see_that_a_way_is_dear: "
        policy delay=0 margin=0s
        site a cpu=8 price=0.9
        site b cpu=8 price=0.1
        link a b 10Gbps 5ms price=5
        dataset d 2GB at a
        submit flat cpu=8 estimate=1h inputs=d
        plan cost_flat_egress
        expect flat staging at b from=a verdict=a:dearer
    "

    cost_flat_egress_does_not_wait_for_the_cheap_hour: "
        policy delay=0 margin=0s
        site a cpu=8
        energy a prices=1,1,0.1,1
        submit j cpu=8 estimate=1h
        plan cost_flat_egress
        expect j dispatched at a start=0s
    "

    data_weight_goes_to_most_of_the_data_whatever_it_costs: "
        policy delay=0 margin=0s
        site a cpu=8 price=0.1
        site b cpu=8 price=0.9
        link a b 10Gbps 5ms
        dataset small 10GB at a
        dataset large 20GB at b
        energy b prices=1,1,0.1,1
        submit j cpu=8 estimate=1h inputs=small,large
        plan data_weight
        expect j staging at b start=2h from=a
    "

    data_weight_without_data_takes_the_cheapest: "
        site a cpu=8 price=0.9
        site b cpu=8 price=0.1
        submit j cpu=8 estimate=1h
        plan data_weight
        expect j dispatched at b
    "

    random_draws_for_each_job_of_those_that_can_take_it: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        site c cpu=2
        submit j1 cpu=4
        submit j2 cpu=4
        submit j3 cpu=4
        submit j4 cpu=4
        plan random
        expect j1 dispatched at a
        expect j2 dispatched at b
        expect j3 dispatched at a
        expect j4 planned at a start=1h
    "
}
