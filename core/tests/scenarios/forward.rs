//! Store and forward: data that goes by a third site.
//!
//! From a to c there is a dear link, and a way by b: a narrow link to it, and a wide one from it
//! that other data holds for the first two hours. Directly over both, the data would go at the rate
//! of the narrow one, and only when both are free.

crate::scenarios! {
    what_is_cheaper_by_a_depot_waits_there: "
        policy margin=0s horizon=24h delay=0.1
        site a cpu=8
        site b cpu=8
        site c cpu=8 accelerators=8
        link a b 100Mbps 5ms price=0.01
        link b c 1Gbps 5ms price=0.01
        link a c 1Gbps 5ms price=0.5
        dataset e 900GB at b
        dataset d 90GB at a
        submit other accelerators=1 inputs=e
        plan greedy
        expect other staging at c start=2h via=none
        submit j accelerators=1 inputs=d
        plan greedy
        expect j staging at c start=2h12m from=b via=b
        expect load a-b 100Mbps
        expect load a-c 0bps
        expect desired a j nothing
        expect desired b j keep
        expect desired c j wait
        report c other staged
        tick 2h
        report b j staged
        expect holds d a                 # the depot's copy is none that others may count on
        expect desired b j keep
        expect desired c j stage
        expect load a-b 0bps
        expect load b-c 1Gbps
        tick 11m
        report c j staged
        expect desired b j nothing
        tick 1m
        expect j dispatched at c attempts=1 slips=0
        expect transferred 1080GB
    "

    a_round_finds_depots_when_it_settles: "
        policy margin=0s slot=1h horizon=24h delay=0.1
        site a cpu=8
        site b cpu=8
        site c cpu=8 accelerators=8
        link a b 100Mbps 5ms price=0.01
        link b c 1Gbps 5ms price=0.01
        link a c 1Gbps 5ms price=0.5
        dataset e 900GB at b
        dataset d 90GB at a
        submit other accelerators=1 inputs=e
        plan price
        submit j accelerators=1 inputs=d deadline=6h
        plan price
        expect j staging at c via=b
    "

    what_is_not_cheaper_by_a_depot_goes_directly: "
        policy margin=0s horizon=24h delay=100
        site a cpu=8
        site b cpu=8
        site c cpu=8 accelerators=8
        link a b 100Mbps 5ms price=0.01
        link b c 1Gbps 5ms price=0.01
        link a c 1Gbps 5ms price=0.5
        dataset e 900GB at b
        dataset d 90GB at a
        submit other accelerators=1 inputs=e
        plan greedy
        submit j accelerators=1 inputs=d
        plan greedy
        expect j staging at c start=12m from=a via=none
    "

    a_depot_may_be_the_only_way_to_keep_a_deadline: "
        policy margin=0s horizon=24h delay=100
        site a cpu=8
        site b cpu=8
        site c cpu=8 accelerators=8
        link a b 100Mbps 5ms
        link b c 1Gbps 5ms
        dataset e 900GB at b
        dataset d 90GB at a
        submit other accelerators=1 inputs=e
        plan greedy
        submit late accelerators=1 inputs=d deadline=3h
        submit j accelerators=1 inputs=d deadline=3h30m
        plan greedy
        expect late pending reason=link_busy
        expect j staging at c start=2h12m from=b via=b
    "

    no_data_waits_where_it_may_not_stand: "
        policy margin=0s horizon=24h delay=100
        site a cpu=8 region=east
        site b cpu=8 region=west level=2
        site c cpu=8 region=east accelerators=8
        link a b 100Mbps 5ms
        link b c 1Gbps 5ms
        dataset e 900GB at b
        dataset d 90GB at a
        submit other accelerators=1 inputs=e
        plan greedy
        submit safe accelerators=1 inputs=d deadline=3h30m level=3
        submit here accelerators=1 inputs=d deadline=3h30m regions=east
        submit named accelerators=1 inputs=d deadline=3h30m sites=a,c
        plan greedy
        expect safe pending reason=link_busy
        expect here pending reason=link_busy
        expect named pending reason=link_busy
        mode b cordoned
        submit j accelerators=1 inputs=d deadline=3h30m
        plan greedy
        expect j pending reason=link_busy
        mode b open
        plan greedy
        expect j staging via=b
        expect safe pending
    "

    what_is_important_waits_behind_encrypted_links_only: "
        policy margin=0s horizon=24h delay=100
        site a cpu=8
        site b cpu=8
        site c cpu=8 accelerators=8
        link a b 100Mbps 5ms plain
        link b c 1Gbps 5ms
        link a c 10Mbps 5ms
        dataset e 900GB at b
        dataset d 90GB at a
        dataset k 90GB at a core
        submit other accelerators=1 inputs=e
        plan greedy
        submit important accelerators=1 inputs=k deadline=3h30m
        submit general accelerators=1 inputs=d deadline=3h30m
        plan greedy
        expect important pending reason=link_busy
        expect general staging via=b
    "

    a_late_first_leg_makes_the_second_late: "
        policy margin=0s horizon=24h delay=0.1
        site a cpu=8
        site b cpu=8
        site c cpu=8 accelerators=8
        link a b 100Mbps 5ms
        link b c 1Gbps 5ms
        dataset e 900GB at b
        dataset d 90GB at a
        submit other accelerators=1 inputs=e
        plan greedy
        submit j accelerators=1 inputs=d
        plan greedy
        expect j staging start=2h12m via=b
        tick 2h12m
        expect j staging slips=1 reason=stage_in_late
        expect desired c j wait
        report b j staged
        expect desired c j stage
        expect load b-c 1Gbps
        report c j staged
        tick 5m
        expect j dispatched attempts=1
    "

    what_comes_late_but_in_time_gets_its_window_anew: "
        policy margin=0s horizon=24h delay=0.1
        site a cpu=8
        site b cpu=8
        site c cpu=1 accelerators=8
        link a b 100Mbps 5ms
        link b c 1Gbps 5ms
        dataset e 900GB at b
        dataset d 90GB at a
        submit busy cpu=1 accelerators=1 estimate=3h
        plan greedy
        submit other accelerators=1 inputs=e
        plan greedy
        expect other staging start=3h
        submit j accelerators=1 inputs=d
        plan greedy
        expect j staging start=4h via=b
        tick 2h30m
        expect load b-c 0bps
        report b j staged
        expect load b-c 1Gbps
        report c j staged
        expect j staging slips=0
    "

    who_loses_its_depot_is_planned_anew: "
        policy margin=0s horizon=24h delay=0.1
        site a cpu=8
        site b cpu=8
        site c cpu=8 accelerators=8
        link a b 100Mbps 5ms
        link b c 1Gbps 5ms
        dataset e 900GB at b
        dataset d 90GB at a
        submit other accelerators=1 inputs=e
        plan greedy
        submit j accelerators=1 inputs=d
        plan greedy
        expect j staging via=b
        silent b
        expect j pending reason=site_silent
        heard b
        plan greedy
        expect j staging via=b
        report b j stage_failed
        expect j pending reason=stage_in_failed
        expect load a-b 0bps
        plan greedy
        expect j staging via=b
        report b j delivered             # an agent that knows no depots says it so
        expect desired c j stage
        cancel j
        expect desired b j nothing
    "
}
