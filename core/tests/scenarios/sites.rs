//! Sites that drain, fall silent and come back.

crate::scenarios! {
    a_drained_site_gives_up_what_has_not_started: "
        site a cpu=8
        site b cpu=8
        submit runs
        plan first_fit
        submit planned release=1h
        plan first_fit
        expect planned planned at a
        mode a draining
        expect runs dispatched at a
        expect planned pending reason=drained
        plan greedy
        expect planned planned at b verdict=a:site_cordoned
        mode a open
        submit new
        plan first_fit
        expect new dispatched at a
    "

    a_cordoned_site_keeps_what_is_planned: "
        site a cpu=8
        submit planned release=1h
        plan first_fit
        mode a cordoned
        expect planned planned
        submit new
        plan greedy
        expect new pending reason=site_cordoned
        tick 1h
        expect planned dispatched
    "

    a_silent_site_loses_what_stops_and_keeps_what_goes_on: "
        site a cpu=8
        submit stops stop_on_disconnect retries=1
        submit once stop_on_disconnect
        submit keeps
        submit planned release=1h
        plan greedy
        report a stops started
        report a once started
        report a keeps started
        silent a
        expect stops pending reason=retrying attempts=1
        expect once outcome_unknown reason=site_lost
        expect keeps running
        expect planned pending reason=site_silent
        expect reserved a cpu=1
        plan greedy
        expect planned pending reason=site_silent
        heard a
        plan greedy
        expect stops dispatched attempts=2
        report a stops succeeded fence=stale
        expect stops dispatched
        report a keeps succeeded
        expect keeps succeeded
    "

    data_that_only_a_silent_site_holds_is_unavailable: "
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 1GB at a
        submit j inputs=d
        silent a
        plan greedy
        expect j pending reason=data_unavailable
    "
}
