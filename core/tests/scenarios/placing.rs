//! Where and when a job goes.

crate::scenarios! {
    signals_that_are_missing_block_nothing: "
        site a cpu=8               # no energy is known of it, nothing was measured
        site b cpu=8
        link a b 1Gbps 5ms
        energy b prices=0.5
        dataset d 1GB at b
        submit g sites=a inputs=d
        plan greedy
        expect g staging at a
        tick 2h
        submit p sites=a inputs=d
        plan price
        expect p planned at a
    "

    data_pulls_the_job_to_where_it_is: "
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 100GB at b
        submit j cpu=4 estimate=1h inputs=d
        plan greedy
        expect j dispatched at b start=0s verdict=a:dearer
        expect load a-b 0bps
    "

    power_is_bought_in_the_cheap_hour: "
        policy delay=0 margin=0s horizon=24h
        site a cpu=8
        energy a prices=1,1,0.1,1
        submit j cpu=8 estimate=1h
        plan greedy
        expect j planned at a start=2h end=3h
        tick 1h59m
        expect j planned
        tick 1m
        expect j dispatched attempts=1
    "

    waiting_has_its_price: "
        policy delay=10 margin=0s
        site a cpu=8
        energy a prices=1,1,0.1,1
        submit j cpu=8 estimate=1h
        plan greedy
        expect j dispatched at a start=0s
    "

    a_deadline_forces_the_dear_hour: "
        policy delay=0 margin=0s
        site a cpu=8
        energy a prices=1,1,0.1,1
        submit j cpu=8 estimate=1h deadline=2h
        plan greedy
        expect j dispatched at a start=0s
    "

    a_deadline_that_cannot_be_met_is_the_reason: "
        policy margin=0s
        site a cpu=8
        submit j cpu=8 estimate=1h
        submit late cpu=8 estimate=1h deadline=90m
        plan greedy
        expect j dispatched start=0s
        expect late pending reason=pool_busy
        tick 90m
        expect late failed reason=deadline_passed attempts=0
    "

    a_job_waits_for_its_release: "
        policy margin=0s
        site a cpu=8
        submit j cpu=8 estimate=1h release=3h
        plan first_fit
        expect j planned at a start=3h
        tick 3h
        expect j dispatched
    "

    a_busy_link_delays_the_second: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 45GB at a
        submit j1 cpu=1 sites=b inputs=d
        submit j2 cpu=1 sites=b inputs=d
        plan greedy
        expect j1 staging at b start=6m from=a
        expect j2 planned at b start=12m from=a
        expect load a-b 1Gbps
        report b j1 staged
        tick 6m
        expect j1 dispatched
        expect j2 staging
    "

    first_fit_takes_the_first_site_and_greedy_the_cheapest: "
        site a cpu=8 price=0.2
        site b cpu=8 price=0.1
        submit first cpu=2
        plan first_fit
        expect first dispatched at a
        submit cheap cpu=2
        plan greedy
        expect cheap dispatched at b verdict=a:dearer
    "

    higher_priority_goes_first: "
        policy margin=0s
        site a cpu=4
        submit low cpu=4 estimate=1h
        submit high cpu=4 estimate=1h priority=5
        plan greedy
        expect high dispatched start=0s
        expect low planned start=1h
    "

    the_nearer_copy_is_fetched: "
        site a cpu=8
        site b cpu=8
        site c cpu=8
        link a c 100Mbps 5ms
        link b c 1Gbps 5ms
        dataset d 10GB at a,b
        submit j cpu=1 sites=c inputs=d
        plan greedy
        expect j staging at c from=b
    "

    a_site_gets_dearer_with_the_age_of_its_last_word: "
        site a cpu=8
        site b cpu=8 price=0.11
        tick 5m
        heard b
        submit j cpu=1
        plan greedy
        expect j dispatched at a verdict=b:dearer
        tick 15m
        heard b
        submit k cpu=1
        plan greedy
        expect k dispatched at b verdict=a:dearer
        heard a
        submit l cpu=1
        plan greedy
        expect l dispatched at a
        policy age=0
        tick 20m
        heard b
        submit m cpu=1
        plan greedy
        expect m dispatched at a
    "
}
