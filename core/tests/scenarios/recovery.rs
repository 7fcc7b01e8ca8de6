//! Important and core data stands in two hubs, or its job is not placed.

crate::scenarios! {
    a_result_is_also_sent_to_another_hub: "
        policy margin=0s
        site a cpu=8 hub=east
        site near cpu=8 hub=east
        site edge cpu=8
        site b cpu=8 hub=west
        link a near 1Gbps 1ms
        link a edge 1Gbps 1ms
        link a b 1Gbps 5ms
        submit j important sites=a outputs=o:45GB
        plan greedy
        expect j dispatched at a end=1h6m
        report a j succeeded
        expect j running
        expect load a-b 1Gbps
        expect desired b j fetch
        expect desired near j nothing
        report b j delivered
        expect j succeeded
        expect holds o a,b
        expect transferred 45GB
    "

    general_results_stay: "
        policy margin=0s
        site a cpu=8 hub=east
        site b cpu=8 hub=west
        link a b 1Gbps 5ms
        submit j sites=a outputs=o:45GB
        plan greedy
        expect j dispatched end=1h
        report a j succeeded
        expect j succeeded
        expect holds o a
    "

    a_raised_grade_is_inherited_by_what_has_not_begun: "
        policy margin=0s
        site a cpu=8 hub=east
        site b cpu=8 hub=west
        link a b 1Gbps 5ms plain
        dataset d 1GB at a
        submit brought sites=b inputs=d
        submit there sites=a inputs=d
        plan greedy
        expect brought staging at b
        expect there dispatched at a
        dataset d 1GB at a core
        expect brought pending reason=plan_stale
        expect there dispatched at a
        expect load a-b 0bps
        plan greedy
        expect brought pending reason=no_route
    "

    a_lowered_grade_is_inherited_by_what_is_submitted_later: "
        policy margin=0s
        site a cpu=8 hub=east
        site b cpu=8 hub=west
        link a b 1Gbps 5ms
        dataset d 1GB at a core
        submit before sites=a inputs=d outputs=o:45GB
        lower d
        submit later sites=a inputs=d outputs=p:45GB
        plan greedy
        expect before dispatched end=1h6m
        expect later dispatched end=1h
    "

    results_inherit_the_grade_of_inputs: "
        policy margin=0s
        site a cpu=8 hub=east
        site b cpu=8 hub=west
        link a b 1Gbps 5ms
        dataset d 1GB at a core
        submit j sites=a inputs=d outputs=o:45GB
        plan greedy
        expect j dispatched end=1h6m
    "

    a_delivery_to_another_hub_serves: "
        policy margin=0s
        site a cpu=8 hub=east
        site b cpu=8 hub=west
        site c cpu=8 hub=south
        link a b 1Gbps 5ms
        link a c 1Gbps 1ms
        submit j important sites=a outputs=o:45GB:b
        plan greedy
        expect j dispatched at a end=1h6m
        report a j succeeded
        expect desired b j fetch
        expect desired c j nothing
    "

    a_delivery_within_the_hub_does_not: "
        policy margin=0s
        site a cpu=8 hub=east
        site near cpu=8 hub=east
        site b cpu=8 hub=west
        link a near 1Gbps 1ms
        link a b 1Gbps 5ms
        submit j important sites=a outputs=o:45GB:near
        plan greedy
        report a j succeeded
        expect desired near j fetch
        expect desired b j fetch
        report near j delivered
        expect j running
        report b j delivered
        expect j succeeded
        expect holds o a,near,b
    "

    without_another_hub_nothing_is_placed: "
        site a cpu=8 hub=east
        site near cpu=8 hub=east
        site edge cpu=8
        link a near 1Gbps 1ms
        link a edge 1Gbps 1ms
        submit j important sites=a,near outputs=o:45GB
        submit general sites=a,near outputs=p:45GB
        plan greedy
        expect j pending reason=replica_site
        expect general dispatched
        expect reserved near cpu=0
    "

    a_delivery_goes_where_the_data_may_stand: "
        policy margin=0s
        site a cpu=8 level=3 region=r hub=east
        site b cpu=8 level=3 region=r hub=west
        site weak cpu=8 level=2 region=r hub=west
        site abroad cpu=8 level=3 region=far hub=west
        link a b 1Gbps 1ms
        link a weak 1Gbps 1ms
        link a abroad 1Gbps 1ms
        refused j level=3 outputs=o:45GB:weak why=outputs.deliver_to
        submit k regions=r sites=a outputs=o:45GB:abroad   # asked for by name
        submit l level=2 sites=a outputs=p:45GB:weak
        submit m level=3 outputs=q:45GB:b
        site b cpu=8 level=2 region=r hub=west     # registered anew
        plan greedy
        expect k dispatched at a
        expect l dispatched at a
        expect m pending reason=security_level
        plan price
        expect m pending reason=security_level
    "

    a_replica_site_is_legal_and_open: "
        site a cpu=8 hub=east region=r
        site weak cpu=8 hub=west level=2 region=r
        site abroad cpu=8 hub=south region=far
        site closed cpu=8 hub=north region=r
        link a weak 1Gbps 1ms
        link a abroad 1Gbps 1ms
        link a closed 1Gbps 1ms
        mode closed cordoned
        submit j important sites=a level=3 regions=r outputs=o:1GB
        plan greedy
        expect j pending reason=replica_site
        mode closed open
        plan greedy
        expect j dispatched at a
        report a j succeeded
        expect desired closed j fetch
    "

    replicas_travel_encrypted: "
        site a cpu=8 hub=east
        site b cpu=8 hub=west
        link a b 1Gbps 5ms plain
        submit j important sites=a outputs=o:1GB
        plan greedy
        expect j pending reason=replica_site
    "

    the_replica_must_arrive_by_the_deadline: "
        policy margin=0s
        site a cpu=8 hub=east
        site b cpu=8 hub=west
        link a b 1Gbps 5ms
        submit late important sites=a estimate=1h deadline=65m outputs=o:45GB
        submit j important sites=a estimate=1h deadline=66m outputs=o:45GB
        plan greedy
        expect late pending reason=link_busy
        expect j dispatched at a end=1h6m
    "

    the_free_link_takes_the_replica: "
        policy margin=0s delay=10
        site a cpu=8 hub=east
        site b cpu=8 hub=west
        site c cpu=8 hub=south
        link a b 1Gbps 5ms
        link a c 900Mbps 5ms
        submit first important sites=a estimate=1h outputs=o:450GB
        submit second important sites=a estimate=1h outputs=p:450GB
        plan greedy
        report a first succeeded
        report a second succeeded
        expect desired b first fetch
        expect desired c first nothing
        expect desired c second fetch
        expect desired b second nothing
    "

    a_backup_counts_the_copy_it_came_from: "
        site a cpu=8 hub=east
        site near cpu=8 hub=east
        site b cpu=8 hub=west
        link a near 1Gbps 1ms
        link a b 1Gbps 5ms
        dataset d 1GB at a
        submit far store important sites=b inputs=d
        submit beside store important sites=near inputs=d
        submit general store sites=near inputs=d
        plan greedy
        expect far staging at b
        expect beside pending reason=replica_site
        expect general staging at near
    "

    a_copy_at_a_silent_site_does_not_count: "
        site a cpu=8 hub=east
        site b cpu=8 hub=west
        link a b 1Gbps 5ms
        dataset d 1GB at a,b
        silent a
        submit j store important sites=b inputs=d
        plan greedy
        expect j pending reason=replica_site
        heard a
        plan greedy
        expect j dispatched at b
    "

    a_plan_whose_replica_site_closed_is_overtaken: "
        site a cpu=8 hub=east
        site b cpu=8 hub=west
        link a b 1Gbps 5ms
        submit j important sites=a outputs=o:1GB
        hold greedy
        mode b cordoned
        commit replica_site
        plan greedy
        expect j pending reason=replica_site
    "
}
