//! Storage in several copies: at sites of their own, far enough apart, placed together.

crate::scenarios! {
    copies_stand_at_sites_of_their_own: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        site c cpu=8
        link a b 1Gbps 5ms
        link b c 1Gbps 5ms
        dataset d 45GB at a
        submit j store copies=2 sites=b,c estimate=1h inputs=d
        plan greedy
        expect j staging at b,c
        expect desired b j stage
        expect desired c j stage
        report b j staged
        tick 12m
        expect j staging
        report c j staged
        tick 90s
        expect j dispatched at b,c attempts=1
        expect desired b j run
        expect desired c j run
    "

    copies_are_placed_together_or_not_at_all: "
        site a cpu=8
        site b cpu=1
        link a b 1Gbps 5ms
        submit busy sites=b limit=20h deadline=20h1m
        submit j store copies=2 estimate=10h deadline=15h
        submit k store copies=3
        plan greedy
        expect busy dispatched at b
        expect j pending reason=pool_busy
        expect k pending reason=spread_sites
        expect reserved a cpu=0
    "

    a_copy_that_is_lost_ends_the_job: "
        site a cpu=8
        site b cpu=8
        submit j store copies=2
        plan greedy
        expect j dispatched at a,b
        report a j started
        report b j started
        report a j failed
        expect desired b j stop
        report b j stopped
        expect j failed reason=task_failed attempts=1
    "

    copies_keep_their_distance: "
        site a cpu=8 lat=30 lon=104
        site near cpu=8 lat=30 lon=106 price=0
        site far cpu=8 lat=40 lon=112
        submit j store copies=2 km=300 sites=a,near,far
        submit near store copies=2 km=300 sites=a,near
        submit any store copies=2 sites=a,near
        plan greedy
        expect j dispatched at far,near
        expect near pending reason=copy_distance
        expect any dispatched at a,near
    "

    the_distance_is_the_great_circle: "
        site a cpu=8 lat=30 lon=104
        site b cpu=8 lat=30 lon=106
        submit within store copies=2 km=192
        submit beyond store copies=2 km=193
        plan greedy
        expect within dispatched at a,b
        expect beyond pending reason=copy_distance
    "

    the_nearer_pair_gives_way_to_one_that_is_far_enough: "
        site a cpu=8 lat=30 lon=104 price=0
        site b cpu=8 lat=30 lon=105 price=0
        site c cpu=8 lat=30 lon=106
        submit j store copies=2 km=150
        plan greedy
        expect j dispatched at a,c
    "

    important_copies_take_two_hubs: "
        site a cpu=8 hub=east price=0
        site b cpu=8 hub=east price=0
        site c cpu=8 hub=west
        link a b 1Gbps 5ms
        link b c 1Gbps 5ms
        dataset d 1GB at a
        submit j store copies=2 important inputs=d
        submit k store copies=2 important sites=a,b inputs=d
        plan greedy
        expect j staging at a,c
        expect k pending reason=replica_site
    "

    another_hub_is_preferred: "
        site a cpu=8 hub=east price=0
        site b cpu=8 hub=east price=0
        site c cpu=8 hub=west
        submit j store copies=2
        plan greedy
        expect j dispatched at a,c
    "

    a_refresh_has_the_bandwidth_to_send_everything_once_a_period: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 45GB at a,b
        submit j store copies=2 refresh=1h inputs=d estimate=2h
        submit k store copies=2 refresh=6m inputs=d estimate=1h deadline=100m
        submit l store copies=2 estimate=1h inputs=d
        plan greedy
        expect j dispatched at a,b
        expect load a-b 100Mbps
        expect k pending reason=link_busy
        expect l dispatched at a,b
        report a j started
        report b j started
        tick 10m
        report a j succeeded
        expect load a-b 100Mbps
        report b j succeeded
        expect j succeeded
        expect load a-b 0bps
    "
}
