//! A policy's steering: which class of work is wanted where.

crate::scenarios! {
    a_class_is_ruled_out_elsewhere_and_others_are_not: "
        policy steer=render:not:west:out
        site a cpu=8
        site b cpu=8 region=west price=0.2
        submit film class=render
        submit other class=train
        plan greedy
        expect film dispatched at b verdict=a:policy_steering
        expect other dispatched at a
    "

    an_extra_cost_moves_a_class_and_is_told_apart: "
        policy steer=render:at:a:0.15
        site a cpu=8
        site b cpu=8 price=0.2
        submit film class=render cpu=2
        submit long class=render cpu=8 estimate=2h sites=a
        submit other cpu=2
        plan greedy
        expect film dispatched at b steering=0
        expect long dispatched at a steering=2.4
        expect other planned at a steering=0
    "

    demand_makes_the_difference: "
        policy steer=realtime:at:a:out:south
        site a cpu=8
        site b cpu=8 price=0.2
        link a b 1Gbps 5ms
        region north at a
        region south at a
        submit n class=realtime latency=north:20ms
        submit s class=realtime latency=south:20ms
        submit none class=realtime
        plan greedy
        expect n dispatched at a
        expect s dispatched at b verdict=a:policy_steering
        expect none dispatched at a
    "

    a_latency_circle_rules_out_what_is_farther: "
        policy steer=realtime:beyond:8ms:out
        site far cpu=8
        site near cpu=8 price=0.2
        link far near 1Gbps 7ms
        region users at near
        submit user class=realtime latency=users:50ms
        submit none class=realtime
        plan greedy
        expect user dispatched at near verdict=far:policy_steering
        expect none dispatched at far
    "

    a_floor_of_green_power_looks_at_contracts_and_spares_the_silent: "
        policy delay=0 steer=train:green:800:out
        site grey cpu=8
        site green cpu=8 price=0.2
        site unknown cpu=8 price=0.3
        energy grey green=1000 contracted=790
        energy green green=0 contracted=800
        submit t class=train
        submit u class=train sites=unknown
        submit o class=render
        plan greedy
        expect t dispatched at green verdict=grey:policy_steering verdict=unknown:dearer
        expect u dispatched at unknown
        expect o dispatched at grey
    "
}
