//! Results, and the steady traffic of services.

crate::scenarios! {
    results_are_delivered_early_when_the_run_ends_early: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        submit j estimate=1h sites=a outputs=o:45GB:b
        plan greedy
        expect j dispatched at a end=1h6m
        tick 30m
        report a j succeeded
        expect j running end=36m
        expect reserved a cpu=0
        expect load a-b 1Gbps
        expect holds o a
        expect desired a j nothing
        expect desired b j fetch
        report b j delivered
        expect j succeeded
        expect load a-b 0bps
        expect holds o a,b
    "

    a_result_that_cannot_be_delivered_fails_the_job: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        submit j sites=a outputs=o:45GB:b
        plan greedy
        report a j succeeded
        report b j stage_failed
        expect j failed reason=delivery_failed
        expect holds o a
    "

    a_late_delivery_keeps_its_bandwidth: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 45GB at a
        submit j estimate=1h sites=a outputs=o:45GB:b
        plan greedy
        tick 1h
        report a j succeeded
        expect j running end=1h6m
        submit next inputs=d sites=b
        plan greedy
        expect next planned start=1h12m
        tick 6m
        expect j running end=1h7m
        expect next pending reason=displaced
        report b j delivered
        expect j succeeded
    "

    a_job_that_only_delivers_is_cancelled_at_once: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        submit j sites=a outputs=o:45GB:b
        plan greedy
        report a j succeeded
        expect desired b j fetch
        cancel j
        expect j cancelled reason=cancelled
        expect desired b j nothing
        expect load a-b 0bps
        expect holds o a
    "

    another_tenants_data_keeps_its_own_replicas: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        site c cpu=8
        link a b 1Gbps 5ms
        dataset o 1GB at c owner=other
        submit j sites=a outputs=o:45GB:b
        plan greedy
        report a j succeeded
        report b j delivered
        expect j succeeded
        expect holds o c
    "

    a_service_has_its_bandwidth_while_it_runs: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        region east at a
        submit s1 sites=b estimate=2h traffic=east:200Mbps
        submit s2 sites=b estimate=1h traffic=east:900Mbps deadline=90m
        plan greedy
        expect s1 dispatched at b
        expect s2 pending reason=link_busy
        expect load a-b 200Mbps
        report b s1 started
        tick 10m
        report b s1 succeeded
        expect load a-b 0bps
        plan greedy
        expect s2 dispatched start=10m
        expect load a-b 900Mbps
    "

    traffic_keeps_the_latency_limit_on_the_links_it_takes: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        site c cpu=8
        link a b 100Mbps 5ms
        link a c 1Gbps 10ms
        link c b 1Gbps 10ms
        region east at a
        submit far sites=b traffic=east:200Mbps
        submit near sites=b traffic=east:200Mbps latency=east:8ms
        submit slow sites=b traffic=east:50Mbps latency=east:8ms
        plan greedy
        expect far dispatched at b
        expect load a-c 200Mbps
        expect near pending reason=link_busy
        expect slow dispatched at b
        expect load a-b 50Mbps
    "

    by_price_too_traffic_keeps_the_latency_limit: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=8
        site b cpu=8
        site c cpu=8
        link a b 100Mbps 5ms
        link a c 1Gbps 10ms
        link c b 1Gbps 10ms
        region east at a
        submit near sites=b traffic=east:200Mbps latency=east:8ms
        submit slow sites=b traffic=east:50Mbps latency=east:8ms
        plan price
        expect near pending reason=link_busy
        expect slow dispatched at b
        expect load a-b 50Mbps
    "

    a_service_beside_its_users_needs_no_link: "
        site a cpu=8
        region east at a
        submit s traffic=east:200Mbps
        plan greedy
        expect s dispatched at a
    "

    a_service_of_two_groups_is_served_from_the_first: "
        site a cpu=2 accelerators=1
        site b cpu=8
        link a b 1Gbps 5ms
        region east at b
        submit s cpu=4 beside_accelerators=1 traffic=east:200Mbps
        plan greedy
        expect s dispatched at a,b
        expect load a-b 0bps
    "

    only_what_has_arrived_is_counted: "
        site a cpu=2 accelerators=1
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 10GB at b
        submit j cpu=4 beside_accelerators=1 inputs=d outputs=o:5GB:a
        plan greedy
        expect j staging at a,b
        report a j staged
        expect transferred 10GB
        tick 10m
        report a j succeeded
        expect j running
        report b j succeeded
        report a j delivered
        expect j succeeded
        expect transferred 15GB
    "
}
