//! Services whose replicas are spread over sites.

crate::scenarios! {
    replicas_are_dealt_out_to_sites: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        site c cpu=8
        submit s tasks=5 spread=2 cpu=2
        plan greedy
        expect s dispatched at a,b attempts=1
        expect reserved a cpu=6
        expect reserved b cpu=4
        expect reserved c cpu=0
        report a s started
        report b s started
        tick 10m
        report a s succeeded
        expect s running
        report b s succeeded
        expect s succeeded attempts=1
    "

    a_retry_places_all_replicas_anew: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        submit s tasks=2 spread=2 retries=1
        plan greedy
        report a s started
        report b s failed
        expect desired a s stop
        report a s stopped
        expect s pending reason=retrying
        expect reserved a cpu=0
        plan greedy
        expect s dispatched at a,b attempts=2
    "

    too_few_sites_and_too_few_replicas: "
        site a cpu=8
        site b cpu=8 level=1
        submit s tasks=4 spread=2 level=2
        refused t tasks=2 spread=3
        refused u tasks=100 spread=65
        plan greedy
        expect s pending reason=spread_sites
        expect reserved a cpu=0
    "

    other_hubs_are_preferred: "
        site a cpu=8 hub=east price=0
        site b cpu=8 hub=east price=0
        site c cpu=8 hub=west
        submit s tasks=2 spread=2
        submit near tasks=2 spread=2 sites=a,b
        plan greedy
        expect s dispatched at a,c
        expect near dispatched at a,b
    "

    one_replica_near_each_region_is_enough: "
        policy margin=0s
        site a cpu=8
        site b cpu=8 price=0
        site c cpu=8
        link a b 1Gbps 10ms
        link b c 1Gbps 10ms
        region west at a
        region east at c
        submit s tasks=2 spread=2 latency=west:5ms,east:5ms
        submit one tasks=2 latency=west:5ms,east:5ms
        submit more tasks=3 spread=3 latency=west:5ms,east:5ms
        submit far tasks=2 spread=2 sites=a,b latency=west:5ms,east:5ms
        plan greedy
        expect s dispatched at a,c
        expect one pending reason=latency
        expect more dispatched at a,b,c
        expect far pending reason=latency
    "

    a_region_is_served_by_the_nearest_replica: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a x 1Gbps 1ms
        link b x 1Gbps 9ms
        link b y 1Gbps 1ms
        region west at x
        region east at y
        submit s tasks=2 spread=2 traffic=west,east:300Mbps
        plan greedy
        expect s dispatched at a,b
        expect load a-x 150Mbps
        expect load b-y 150Mbps
        expect load b-x 0bps
    "

    a_full_link_of_the_nearest_replica_is_not_passed_over: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a x 100Mbps 1ms
        link b x 1Gbps 9ms
        region west at x
        submit s tasks=2 spread=2 traffic=west:300Mbps
        plan greedy
        expect s pending reason=link_busy
    "

    a_plan_that_a_cut_link_has_overtaken_leaves_a_region_alone: "
        site a cpu=8
        site b cpu=8
        link a x 1Gbps 1ms
        link b y 1Gbps 1ms
        region west at x
        region east at y
        submit s tasks=2 spread=2 latency=west:5ms,east:5ms
        hold greedy
        cut b-y
        commit latency
        expect s pending
        restore b-y
        plan greedy
        expect s dispatched at a,b
    "
}
