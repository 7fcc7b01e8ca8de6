//! Running work goes on elsewhere from its checkpoint when that pays, and nothing else moves.

crate::scenarios! {
    it_goes_on_where_the_rest_costs_less: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        expect j running reason=moving end=2h31m moving=b begins=2h37m attempts=1 moves=0
        expect desired a j stop
        expect desired b j stage
        plan price
        expect j running moving=b begins=2h37m
        report a j stopped saved
        expect j staging at b reason=moving start=2h37m end=10h43m from=a attempts=1 moves=1 done=2h
        expect reserved a cpu=0
        expect desired a j nothing
        tick 6m
        expect j staging
        report b j staged
        expect transferred 45GB
        tick 1m
        expect j dispatched at b attempts=2
        report b j started
        report a j stopped fence=stale
        tick 4h
        expect j running at b
        expect leaving a none
        report b j succeeded
        expect j succeeded attempts=2 moves=1
        expect leaving a checkpoint:1
        expect leaving b checkpoint:1
    "

    no_move_without_word_of_the_old_end: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        tick 5m
        expect j running at a attempts=1 moving=b
        report b j staged
        expect j running at a attempts=1
        tick 2m
        expect j running at a attempts=1 moving=none reason=moving
        expect reserved b cpu=0
        report a j stopped saved
        expect j pending reason=move_failed attempts=1 done=2h
        plan price
        expect j staging at b from=a
    "

    a_transfer_that_eats_the_gain_moves_nothing: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms price=1
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        expect j running at a moving=none reason=none
        expect reserved b cpu=0
    "

    a_gain_below_the_margin_moves_nothing: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        energy a prices=1,1,2.5,2.5,2.5,2.5,2.5,2.5,2.5,2.5,2.5,2.5
        plan price
        expect j running at a moving=none reason=none
    "

    who_has_no_checkpoint_stays: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpointable
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        expect j running at a moving=none
    "

    who_has_written_none_yet_stays: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=3h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        expect j running at a moving=none
    "

    a_policy_without_moves_moves_nothing: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0 moves=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        expect j running at a moving=none
    "

    other_policies_move_nothing: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan greedy
        expect j running at a moving=none
    "

    what_it_reads_is_brought_before_it_stops: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        dataset d 225GB at a
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h inputs=d restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        expect j running at a reason=none end=3h1m moving=b begins=3h7m
        expect load a-b 1Gbps
        expect desired a j run
        expect desired b j stage
        tick 30m
        expect j running reason=moving
        expect desired a j stop
        report a j stopped saved
        expect j staging at b start=3h7m done=3h
        report b j staged
        tick 7m
        expect j dispatched at b
    "

    one_that_ends_before_is_moved_no_more: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        expect j running moving=b
        report a j succeeded
        expect j succeeded attempts=1 moves=0
        tick 20m
        expect reserved b cpu=0
        expect load a-b 0bps
        expect desired b j nothing
    "

    one_that_fails_before_uses_up_its_retry: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h retries=1 restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        report a j failed
        expect j pending reason=retrying attempts=1 moves=0 done=0s
        expect reserved b cpu=0
    "

    one_that_leaves_no_checkpoint_starts_anew: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        report a j stopped
        expect j pending reason=move_failed attempts=1 done=0s
        expect reserved b cpu=0
        plan greedy
        expect j dispatched at b attempts=2
    "

    a_place_that_is_lost_before_the_stop_lets_it_run_on: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        dataset d 225GB at a
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h inputs=d restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        expect j running moving=b end=3h1m
        usable b cpu=2
        expect j running at a moving=none reason=none end=10h
        expect load a-b 0bps
        expect desired b j nothing
        tick 1h
        expect desired a j run
        usable b cpu=4
        plan price
        expect j running moving=b
        silent b
        expect j running at a moving=none reason=none end=10h
        heard b
        plan price
        expect j running moving=b
        mode b draining
        expect j running at a moving=none reason=none end=10h
    "

    a_place_that_is_lost_after_the_stop_sends_it_to_the_queue: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        expect j running reason=moving
        silent b
        expect j running at a moving=none reason=moving
        expect desired a j stop
        report a j stopped saved
        expect j pending reason=move_failed done=2h attempts=1
        plan greedy
        expect j dispatched at a attempts=2 end=10h36m
    "

    a_cancelled_one_moves_no_more: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        dataset d 225GB at a
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h inputs=d restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        expect j running moving=b
        cancel j
        expect reserved b cpu=0
        expect j running reason=cancelled moving=none
        report a j stopped saved
        expect j cancelled moves=0
    "

    a_plan_that_comes_late_leaves_it_where_it_is: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        hold price
        submit other cpu=4 estimate=5h sites=b
        plan greedy
        expect other dispatched
        commit pool_busy
        expect j running at a reason=none moving=none end=10h
    "

    a_repaired_plan_drops_a_move_that_fits_no_more: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        hold price
        submit other cpu=4 estimate=5h sites=b
        plan greedy
        expect other dispatched
        repair
        expect j running at a reason=none moving=none end=10h
    "

    nobody_moves_back_within_a_while_nor_for_ever: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        report a j stopped saved
        report b j staged
        tick 7m
        report b j started
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=60,60,60,60,60,60,60,60,60,60,60,60
        plan price
        expect j running at b moving=none
        tick 1h59m
        plan price
        expect j running at b moving=none
        tick 1m
        plan price
        expect j running at b moving=a reason=none
        tick 6m
        expect desired b j stop
        report b j stopped saved
        expect j staging at a moves=2 done=4h
        report a j staged
        tick 7m
        report a j started
        tick 3h
        energy a prices=60,60,60,60,60,60,60,60,60,60,60,60
        energy b prices=1,1,1,1,1,1,1,1,1,1,1,1
        plan price
        expect j running at a moving=none moves=2
    "

    a_move_that_pays_more_later_is_made_later: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        energy a prices=3,3,3,3,3,60,60,60,60,60,60,60
        energy b prices=20,20,20,20,20,1,1,1,1,1,1,1
        plan price
        expect j running at a moving=none reason=none
        tick 2h30m
        plan price
        expect j running moving=b
    "

    a_move_that_pays_as_much_later_is_left_for_then: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        energy a prices=3,3,3,3,3,60,60,60,60,60,60,60
        energy b prices=3,3,3,3,3,1,1,1,1,1,1,1
        plan price
        expect j running at a moving=none reason=none
        tick 2h30m
        plan price
        expect j running moving=b
    "

    what_gives_way_goes_on_from_its_checkpoint: "
        policy margin=0s grace=1m slot=1h horizon=4h
        site a cpu=4
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m preemptible
        plan greedy
        report a j started
        tick 2h30m
        submit high cpu=4 estimate=1h priority=1
        plan greedy
        expect desired a j stop
        report a j stopped saved
        expect j pending reason=preempted done=2h
        plan greedy
        expect j planned at a start=3h31m end=11h37m
        report a high started
    "

    a_checkpoint_out_of_reach_is_waited_for_as_long_as_it_is_worth: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h restart=6m
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        report a j stopped saved
        expect j staging at b
        silent a
        report b j stage_failed
        expect j pending reason=stage_in_failed done=2h
        plan price
        expect j pending done=2h
        tick 1h59m
        expect j pending done=2h
        tick 1m
        expect j pending done=0s
        plan greedy
        expect j dispatched at b end=14h30m
    "

    a_job_about_to_move_gives_way_to_nobody: "
        policy margin=0s grace=1m slot=1h horizon=24h delay=0
        site a cpu=4
        site b cpu=4
        link a b 1Gbps 5ms
        energy a prices=1,1,1,1,1,1,1,1,1,1,1,1
        energy b prices=2,2,2,2,2,2,2,2,2,2,2,2
        dataset d 225GB at a
        submit j cpu=4 estimate=10h checkpoint=45GB every=1h inputs=d restart=6m preemptible
        plan greedy
        expect j dispatched at a start=0s
        report a j started
        tick 2h30m
        energy a prices=1,1,60,60,60,60,60,60,60,60,60,60
        plan price
        expect j running moving=b
        submit high cpu=4 estimate=20h priority=9 sites=a
        plan greedy
        expect j running moving=b
        expect high planned start=3h1m
    "
}
