//! Replicas proposed from what jobs have read, and from what is planned.
//!
//! A read of 10 GB over a link of 0.1 CNY per GB costs 1 CNY, a copy as much. Counts halve in a
//! day, so that three reads prove a rate of 3 ln 2 = 2.079 a day.

crate::scenarios! {
    who_reads_from_afar_gets_a_replica_when_it_pays: "
        policy margin=0s delay=0
        site a cpu=8
        site b cpu=8
        site c cpu=8
        link a b 1Gbps 5ms price=0.1
        link a c 1Gbps 5ms price=0.1
        dataset d 10GB at a
        propose none
        submit b1 cpu=1 sites=b inputs=d
        submit b2 cpu=1 sites=b inputs=d
        submit b3 cpu=1 sites=b inputs=d
        submit c1 cpu=1 sites=c inputs=d
        submit a1 cpu=1 sites=a inputs=d
        plan greedy
        expect a1 dispatched
        report b b1 staged
        report c c1 staged
        tick 80s
        report b b2 staged
        tick 80s
        report b b3 staged
        tick 80s
        expect b3 dispatched
        expect c1 dispatched
        propose d@b:1039441 storage=0.004   # 2.079441 saved, 0.04 stored, 1 copied
        propose none storage=0.2
        tick 24h
        propose d@b:39719                   # half of it is left
        tick 3h
        propose none
    "

    waiting_for_data_is_saved_too: "
        policy margin=0s delay=36
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms price=0.1
        dataset d 10GB at a
        submit j cpu=1 sites=b inputs=d
        plan greedy
        report b j staged
        tick 2m
        expect j dispatched
        propose d@b:247657     # 0.693147 saved, and 55.451 s at 0.01, 1 copied
    "

    planned_jobs_that_would_each_bring_it_speak_for_a_replica: "
        policy margin=0s delay=0
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms price=0.1
        dataset big 450GB at a
        dataset d 10GB at a
        submit before cpu=1 sites=b inputs=big
        plan greedy
        submit j1 cpu=1 sites=b inputs=d
        submit j2 cpu=1 sites=b inputs=d
        submit j3 cpu=1 sites=b inputs=d
        plan greedy
        expect j3 planned at b from=a
        propose d@b:1960000 storage=0.004
    "

    no_replica_is_proposed_where_it_may_not_go: "
        policy margin=0s delay=0
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms price=0.1
        dataset d 10GB at a
        submit j1 cpu=1 sites=b inputs=d
        submit j2 cpu=1 sites=b inputs=d
        submit j3 cpu=1 sites=b inputs=d
        plan greedy
        report b j1 staged
        tick 80s
        report b j2 staged
        tick 80s
        report b j3 staged
        tick 80s
        propose d@b:1079441
        mode b cordoned
        propose none
        mode b open
        silent a
        propose none
        heard a
        propose d@b:1079441
        link a b 1Gbps 5ms price=0.1 plain
        propose d@b:1079441
        dataset d 10GB at a core       # its grade may rise
        propose none
    "
}
