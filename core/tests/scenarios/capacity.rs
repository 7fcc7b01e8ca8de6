//! Capacity that shrinks, grows, is freed early or held too long.

crate::scenarios! {
    shrinking_displaces_the_lowest_priority_and_of_those_the_youngest: "
        site a cpu=8
        submit j1 cpu=2 release=1h priority=1
        submit j2 cpu=2 release=1h
        submit j3 cpu=2 release=1h
        plan greedy
        usable a cpu=4
        expect j1 planned
        expect j2 planned
        expect j3 pending reason=displaced
        usable a cpu=2
        expect j1 planned
        expect j2 pending reason=displaced
        usable a cpu=8
        plan greedy
        expect j2 planned start=1h
        expect j3 planned start=1h
    "

    running_work_stays_when_capacity_shrinks_and_blocks_new_starts: "
        policy margin=0s
        site a cpu=8
        submit run cpu=6 estimate=2h
        submit next cpu=1 estimate=1h release=1h
        plan greedy
        expect run dispatched
        usable a cpu=4
        expect run dispatched
        expect next pending reason=displaced
        plan greedy
        expect next planned start=2h
        report a run started
        expect run running
    "

    a_cut_link_displaces_what_it_carries: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 45GB at a
        submit j cpu=1 sites=b inputs=d
        plan greedy
        expect j staging
        cut a-b
        expect j pending reason=displaced
        expect load a-b 0bps
        plan greedy
        expect j pending reason=no_route
        restore a-b
        tick 1m
        plan greedy
        expect j staging at b start=7m
    "

    a_narrower_link_displaces_what_is_too_fast_for_it: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 45GB at a
        submit j cpu=1 sites=b inputs=d
        plan greedy
        narrow a-b 500Mbps
        expect j pending reason=displaced
        plan greedy
        expect j staging start=12m
        expect load a-b 500Mbps
    "

    an_early_end_frees_the_slot: "
        policy margin=0s
        site a cpu=4
        submit long cpu=4 estimate=2h
        plan greedy
        expect reserved a cpu=4
        submit next cpu=4 estimate=1h
        plan greedy
        expect next planned start=2h
        tick 30m
        report a long started
        report a long succeeded
        expect long succeeded
        expect reserved a cpu=0
        submit short cpu=4 estimate=1h
        plan greedy
        expect short dispatched start=30m
    "

    an_overrun_keeps_its_capacity_and_displaces: "
        policy margin=0s
        site a cpu=4
        submit long cpu=4 estimate=1h
        submit next cpu=4 estimate=1h
        plan greedy
        report a long started
        expect next planned start=1h
        tick 1h
        expect long running end=1h1m
        expect next pending reason=displaced
        expect reserved a cpu=4
        plan greedy
        expect next planned start=1h1m
        report a long timed_out
        expect long failed reason=time_limit
        tick 1m
        expect next dispatched
    "

    what_overruns_is_seen_before_what_would_start: "
        policy margin=0s
        site a cpu=4
        submit old cpu=4 estimate=1h
        submit urgent cpu=4 estimate=1h priority=1
        plan greedy
        expect urgent dispatched
        expect old planned start=1h
        tick 1h
        expect old pending reason=displaced attempts=0
    "

    nothing_starts_where_work_has_overrun: "
        policy margin=0s
        site a cpu=4
        submit long cpu=4 estimate=1h
        plan greedy
        report a long started
        wait 1h       # a tick was due
        submit next cpu=1
        plan greedy
        expect next staging reason=overbooked attempts=0
        tick 1s
        expect next pending reason=displaced attempts=0
        expect long running end=1h1m
    "

    late_data_slips_the_slot_and_at_last_gives_it_up: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 45GB at a
        submit j cpu=1 sites=b inputs=d estimate=10m deadline=20m
        plan greedy
        expect j staging start=6m
        tick 6m
        expect j staging start=7m30s slips=1 reason=stage_in_late
        expect load a-b 1Gbps
        tick 4m
        expect j pending reason=stage_in_late slips=0
        expect load a-b 0bps
        tick 10m
        expect j failed reason=deadline_passed attempts=0
    "

    late_data_that_comes_after_all_starts_the_job: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 45GB at a
        submit j cpu=1 sites=b inputs=d estimate=10m
        plan greedy
        tick 6m30s
        report b j staged
        expect j staging start=7m30s
        tick 1m
        expect j dispatched start=7m30s end=17m30s reason=none
    "
}
