//! A job's way from submission to its end.

crate::scenarios! {
    a_job_runs_and_succeeds: "
        site a cpu=8
        submit j cpu=4 estimate=1h
        expect j pending
        plan greedy
        expect j dispatched at a attempts=1
        expect desired a j run
        report a j started
        expect j running
        report a j started            # said twice
        expect j running attempts=1
        report a j succeeded
        expect j succeeded reason=none
        expect desired a j nothing
        report a j failed             # too late
        expect j succeeded
    "

    a_failed_attempt_is_retried_and_the_old_one_is_not_heard: "
        site a cpu=8
        submit j retries=1
        plan greedy
        report a j started
        report a j failed
        expect j pending reason=retrying attempts=1
        plan greedy
        expect j dispatched attempts=2
        report a j succeeded fence=stale
        expect j dispatched attempts=2
        report a j failed
        expect j failed reason=task_failed attempts=2
    "

    a_lost_job_that_may_run_only_once_ends_unknown: "
        site a cpu=8
        submit j
        plan greedy
        report a j started
        report a j lost
        expect j outcome_unknown reason=site_lost attempts=1
    "

    a_time_limit_is_the_reason: "
        site a cpu=8
        submit j
        plan greedy
        report a j timed_out
        expect j failed reason=time_limit
    "

    what_waits_or_is_planned_is_cancelled_at_once: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 45GB at a
        submit waits
        cancel waits
        expect waits cancelled reason=cancelled
        submit planned release=1h
        submit staging sites=b inputs=d
        plan greedy
        expect planned planned
        expect staging staging
        expect desired b staging stage
        cancel planned
        cancel staging
        expect planned cancelled
        expect staging cancelled
        expect load a-b 0bps
        expect desired b staging nothing
        cancel staging                # again
        expect staging cancelled
    "

    what_runs_is_stopped_first: "
        site a cpu=8
        submit j1 retries=3
        submit j2 retries=3
        plan greedy
        report a j2 started
        cancel j1
        cancel j2
        expect j1 dispatched reason=cancelled
        expect j2 running reason=cancelled
        expect desired a j1 stop
        expect desired a j2 stop
        report a j1 stopped
        report a j2 lost
        expect j1 cancelled attempts=1
        expect j2 outcome_unknown attempts=1
    "

    a_dependency_comes_first: "
        site a cpu=8
        submit j1
        submit j2 after=j1
        plan greedy
        expect j1 dispatched
        expect j2 pending reason=dependency_pending
        report a j1 succeeded
        plan greedy
        expect j2 dispatched
        submit j3
        submit j4 after=j3
        plan greedy
        report a j3 failed
        plan greedy
        expect j4 failed reason=dependency_failed
    "

    a_key_names_one_job: "
        site a cpu=8
        submit j cpu=2
        submit j cpu=2
        plan greedy
        expect j dispatched
        expect reserved a cpu=2
        refused j cpu=4 body=1
        refused k inputs=nothing
        refused k cpu=9
    "
}
