//! Work of lower priority gives way, and nothing else does.

crate::scenarios! {
    what_runs_is_stopped_and_starts_anew_without_a_retry: "
        policy margin=0s grace=1m horizon=2h slot=1h
        site a cpu=4
        submit low cpu=4 estimate=10h retries=1 preemptible
        plan greedy
        report a low started
        tick 1h
        submit high cpu=4 estimate=1h priority=1
        plan greedy
        expect high planned start=1h1m
        expect low running reason=preempted end=1h1m
        expect desired a low stop
        tick 30s
        report a low stopped
        expect low pending reason=preempted attempts=1
        tick 30s
        expect high dispatched
        report a high started
        plan greedy
        expect low planned start=2h1m
        report a high succeeded
        tick 2h
        expect low dispatched attempts=2
        report a low failed
        expect low pending reason=retrying
        plan greedy
        expect low dispatched attempts=3
        report a low failed
        expect low failed reason=task_failed attempts=3
    "

    what_is_only_planned_gives_way_at_once: "
        policy margin=0s horizon=2h slot=1h
        site a cpu=4
        submit fixed cpu=4 estimate=1h
        submit low cpu=4 estimate=5h preemptible
        plan greedy
        expect low planned start=1h
        submit high cpu=4 estimate=1h priority=1 deadline=2h
        plan greedy
        expect high planned start=1h
        expect fixed dispatched
        expect low pending reason=preempted attempts=0
        plan greedy
        expect low planned start=2h
    "

    a_job_that_fits_elsewhere_or_later_stops_nobody: "
        policy margin=0s
        site a cpu=4
        submit low cpu=4 estimate=10h retries=1 preemptible
        plan greedy
        submit high cpu=4 priority=1
        plan greedy
        expect high planned start=10h
        expect low dispatched reason=none
    "

    equals_and_the_unwilling_stay: "
        policy margin=0s horizon=1h slot=1h
        site a cpu=4
        site b cpu=4
        site c cpu=4
        submit equal cpu=4 estimate=10h retries=1 priority=1 preemptible sites=a
        submit unwilling cpu=4 estimate=10h retries=1 sites=b
        submit once cpu=4 estimate=10h preemptible sites=c
        plan greedy
        submit high cpu=4 priority=1
        plan greedy
        expect high pending reason=pool_busy
        expect equal dispatched
        submit higher cpu=4 priority=1 sites=b,c
        plan greedy
        expect higher pending reason=pool_busy
        expect unwilling dispatched
        expect once dispatched
    "

    a_job_without_retries_is_stopped_only_with_a_checkpoint: "
        policy margin=0s grace=1m horizon=1h slot=1h
        site a cpu=4
        submit once cpu=4 estimate=10h preemptible checkpointable
        plan greedy
        submit high cpu=4 estimate=1h priority=1
        plan greedy
        expect high planned start=1m
        report a once stopped
        expect once pending reason=preempted attempts=1
        tick 1m
        expect high dispatched
        plan greedy
        expect once planned start=1h1m
        tick 59m
        report a high succeeded
        tick 1m
        expect once dispatched attempts=2
        report a once failed
        expect once failed attempts=2
    "

    the_fewest_are_stopped_and_the_least_important_first: "
        policy margin=0s grace=1m horizon=1h slot=1h
        site a cpu=6
        submit old cpu=2 estimate=10h retries=1 preemptible
        plan greedy
        tick 1m
        submit young cpu=2 estimate=10h retries=1 preemptible
        submit dear cpu=2 estimate=10h retries=1 preemptible priority=1
        plan greedy
        submit high cpu=2 estimate=1h priority=2
        plan greedy
        expect high planned start=2m
        expect desired a young stop
        expect desired a old run
        expect desired a dear run
    "

    one_that_ends_well_in_time_has_ended_well: "
        policy margin=0s grace=1m horizon=1h slot=1h
        site a cpu=4
        submit low cpu=4 estimate=10h retries=1 preemptible
        plan greedy
        submit high cpu=4 estimate=1h priority=1
        plan greedy
        report a low succeeded
        expect low succeeded
        tick 1m
        expect high dispatched
    "

    one_that_fails_by_itself_uses_up_its_retry: "
        policy margin=0s grace=1m horizon=1h slot=1h
        site a cpu=4
        submit low cpu=4 estimate=10h retries=1 preemptible
        plan greedy
        submit high cpu=4 estimate=1h priority=1
        plan greedy
        report a low failed
        expect low pending reason=retrying attempts=1
    "

    one_that_does_not_stop_in_time_holds_the_other_up: "
        policy margin=0s grace=1m horizon=1h slot=1h
        site a cpu=4
        submit low cpu=4 estimate=10h retries=1 preemptible
        plan greedy
        report a low started
        submit high cpu=4 estimate=1h priority=1
        plan greedy
        expect high planned start=1m
        tick 1m
        expect low running end=2m
        expect high pending reason=displaced attempts=0
        plan greedy
        expect high planned start=2m
        report a low stopped
        expect low pending reason=preempted
        tick 1m
        expect high dispatched attempts=1
    "

    data_on_its_way_lets_the_other_run_on: "
        policy margin=0s grace=1m horizon=1h slot=1h
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        dataset d 225GB at a
        submit low cpu=4 estimate=10h retries=1 preemptible sites=b
        plan greedy
        submit high cpu=4 estimate=1h priority=1 sites=b inputs=d
        plan greedy
        expect high staging start=30m
        expect low dispatched end=30m reason=none
        expect desired b low run
        tick 29m
        expect low dispatched reason=preempted
        expect desired b low stop
        report b low stopped
        report b high staged
        tick 1m
        expect high dispatched
    "

    one_that_is_not_needed_any_more_runs_on: "
        policy margin=0s grace=1m horizon=1h slot=1h
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        dataset d 225GB at a
        submit low cpu=4 estimate=10h retries=1 preemptible sites=b
        plan greedy
        submit high cpu=4 estimate=1h priority=1 sites=b inputs=d
        plan greedy
        cancel high
        tick 29m
        expect low dispatched end=10h reason=none
        expect desired b low run
    "

    a_cancelled_one_stays_cancelled: "
        policy margin=0s grace=1m horizon=1h slot=1h
        site a cpu=4
        submit low cpu=4 estimate=10h retries=1 preemptible
        plan greedy
        submit high cpu=4 estimate=1h priority=1
        plan greedy
        cancel low
        report a low stopped
        expect low cancelled
    "
}
