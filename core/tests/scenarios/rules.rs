//! Rules that rule sites out, and the reasons they give.

crate::scenarios! {
    users_that_are_too_far_rule_a_site_out: "
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 50ms
        region east at b
        submit near latency=east:10ms
        submit far latency=east:10ms sites=a
        refused nearer latency=east:1ms why=latency_limits.one_way_us_max   # access takes 2 ms
        plan greedy
        expect near dispatched at b verdict=a:latency
        expect far pending reason=latency
    "

    data_stays_in_its_region: "
        site a cpu=8 region=north
        site b cpu=8 region=south
        submit j regions=south
        submit nowhere regions=west
        plan greedy
        expect j dispatched at b verdict=a:residency
        expect nowhere pending reason=residency
    "

    security_levels_rule_sites_out: "
        site a cpu=8 level=2
        site b cpu=8 level=3
        submit j level=3
        submit nowhere level=4
        plan greedy
        expect j dispatched at b verdict=a:security_level
        expect nowhere pending reason=security_level
    "

    important_data_travels_encrypted: "
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms plain
        dataset d 1GB at a
        submit general sites=b inputs=d
        submit important important sites=b inputs=d
        plan greedy
        expect general staging at b
        expect important pending reason=no_route
    "

    a_green_floor_waits_for_the_sun: "
        policy delay=0 margin=0s
        site a cpu=8
        energy a green=100,100,600,100
        submit j estimate=1h green=500
        submit never estimate=1h green=700
        plan greedy
        expect j planned at a start=2h
        expect never pending reason=green_floor
    "

    seven_of_one_model_do_what_four_of_another_do: "
        site a cpu=8 accelerators=8 model=A level=2
        site b cpu=8 accelerators=8 model=B
        submit j tasks=4 accelerators=1 throughput=A:1000,B:572 sites=a
        submit k tasks=4 accelerators=1 throughput=A:1000,B:572 sites=b
        submit l tasks=5 accelerators=1 throughput=A:1000,B:572 sites=b
        submit m tasks=4 accelerators=1 throughput=A:1000 sites=b
        submit n tasks=4 accelerators=1 sites=b
        plan greedy
        expect j dispatched at a tasks=4
        expect reserved a cpu=4
        expect k dispatched at b tasks=7
        expect reserved b cpu=7
        expect l pending reason=pool_too_small
        expect m pending reason=accelerator
        expect n planned at b tasks=4
    "

    the_dearer_of_two_models_may_be_the_cheaper_one: "
        site a cpu=8 accelerators=8 model=A
        site b cpu=8 accelerators=8 model=B
        submit j tasks=4 accelerators=1 throughput=A:500,B:1000
        plan greedy
        expect j dispatched at b tasks=4 verdict=a:dearer
    "
}
