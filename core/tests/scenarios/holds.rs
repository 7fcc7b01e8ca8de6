//! Places that are held for jobs, and what becomes of them.

crate::scenarios! {
    a_hold_keeps_its_place_and_its_job_takes_it: "
        policy margin=0s
        site a cpu=4
        reserve h 60s cpu=4 estimate=1h
        expect h held at a start=60s end=1h60s
        submit j cpu=4 estimate=2h
        plan greedy
        expect j planned start=1h60s
        tick 30s
        redeem h
        expect h planned at a start=60s
        tick 30s
        expect h dispatched
    "

    a_hold_ends_by_a_tick_and_leaves_its_place: "
        policy margin=0s
        site a cpu=4
        reserve h 60s cpu=4 estimate=1h
        tick 59s
        expect h held
        tick 1s
        expect h cancelled reason=hold_expired
        redeem h why=expired
        submit j cpu=4 estimate=2h
        plan greedy
        expect j dispatched start=60s
    "

    a_late_tick_does_not_make_a_hold_longer: "
        policy margin=0s
        site a cpu=4
        reserve h 60s cpu=4 estimate=1h
        wait 60s
        expect h held
        redeem h why=expired
        expect h held
    "

    a_token_is_for_one_job_of_one_tenant_once: "
        policy margin=0s
        site a cpu=8
        reserve h 60s cpu=4 estimate=1h
        submit k cpu=2 estimate=1h
        redeem h tenant=other why=another
        redeem h as=k why=another
        redeem h as=h
        redeem h
        expect h planned
        tick 60s
        expect h dispatched
    "

    whatever_takes_a_place_away_ends_the_hold: "
        policy margin=0s
        site a cpu=4
        reserve drained 60s cpu=1
        mode a draining
        expect drained cancelled reason=drained
        redeem drained why=given
        mode a open
        reserve silent 60s cpu=1
        silent a
        expect silent cancelled reason=site_silent
        heard a
        submit j cpu=2 priority=-1 release=1h
        plan greedy
        reserve shrunk 60s cpu=2 priority=9
        usable a cpu=2
        expect shrunk cancelled reason=displaced
        expect j planned
    "

    a_place_that_no_longer_suits_is_not_taken: "
        policy margin=0s
        site a cpu=4
        reserve h 60s cpu=1
        mode a cordoned
        redeem h why=cordoned
        expect h held
        mode a open
        redeem h
        expect h planned
    "

    a_hold_keeps_its_links: "
        policy margin=0s
        site a cpu=1
        site b cpu=4
        link a b 1Gbps 5ms
        dataset d 10GB at a
        reserve h 60s cpu=4 inputs=d estimate=1h
        expect h held at b from=a
        cut a-b
        expect h cancelled reason=displaced
    "

    holds_count_against_quotas_and_are_few: "
        policy margin=0s tenant.cores=2
        site a cpu=64
        reserve one 10m cpu=2 estimate=1h
        reserve two 10m cpu=2 estimate=1h
        expect two held start=1h10m
        reserve long 10m1ms cpu=1 why=between
    "

    a_hold_waits_for_what_its_job_depends_on: "
        policy margin=0s
        site a cpu=4
        submit first cpu=1 estimate=1h
        plan greedy
        reserve h 60s cpu=1 after=first why=succeeded
    "

    a_hold_leaves_the_place_of_a_job_that_waits: "
        policy margin=0s horizon=4h
        site a cpu=8
        submit runs cpu=4 estimate=2h
        submit runs2 cpu=4 estimate=6h
        plan price
        submit large cpu=8 estimate=1h      # room in six hours, behind the horizon
        plan price
        reserve long 60s cpu=4 estimate=5h policy=price why=pool_busy
        reserve urgent 60s cpu=4 estimate=5h policy=price priority=1
        expect urgent held start=2h
        cancel urgent
        reserve short 60s cpu=4 estimate=4h policy=price
        expect short held start=2h
    "

    a_hold_gives_way_to_nobody: "
        policy margin=0s horizon=2h
        site a cpu=4
        reserve h 10m cpu=4 estimate=110m priority=-9 preemptible
        submit j cpu=4 estimate=1h priority=9 deadline=1h30m
        plan greedy
        expect j pending
        expect h held
    "
}
