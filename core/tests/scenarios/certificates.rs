//! What a round proves of a network that is nearly full.

crate::scenarios! {
    a_run_does_not_begin_where_only_a_part_of_it_fits: "
        policy margin=0s slot=1h horizon=48h
        site a cpu=8
        submit small cpu=4 estimate=20h
        plan price
        submit large cpu=8 estimate=4h
        submit larger cpu=8 estimate=4h
        plan price
        expect large planned start=20h
        expect larger planned start=24h
        expect certified gap=0 left=0
    "

    whoever_fits_nowhere_within_the_horizon_is_no_part_of_the_gap: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=8
        submit small cpu=4 estimate=40h
        plan price
        submit large cpu=8 estimate=4h
        submit beside cpu=4 estimate=4h
        plan price
        expect large pending reason=pool_busy
        expect beside dispatched start=0s
        expect certified gap=0 left=1
    "

    planned_work_has_a_place_in_the_middle_of_a_slot: "
        policy margin=0s slot=4h horizon=48h
        site a cpu=8
        submit first cpu=8 estimate=9h
        plan price
        submit second cpu=8 estimate=9h
        plan price after=first
        submit third cpu=8 estimate=9h
        plan price after=second
        expect second planned start=9h
        tick 10m
        submit fourth cpu=8 estimate=9h
        plan price
        expect second planned start=9h
        expect third planned start=18h
        expect fourth planned
        expect certified gap=5 left=0
    "
}
