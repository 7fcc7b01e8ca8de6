//! What is in a job's way at a site, and the smallest change that removes it. One script for each
//! rule; that the change helps, and one unit less does not, is checked by the command itself.

crate::scenarios! {
    the_lists_of_a_job_and_the_level_of_a_site: "
        site a cpu=8 level=2 region=north
        site b cpu=8 level=3 region=south
        submit level level=3
        submit regions regions=south
        submit sites sites=b
        submit carriers carriers=v
        submit all level=4 regions=south sites=b
        why level a reason=security_level changes=security_level:.:2
        why regions a reason=residency changes=region:north:0
        why sites a reason=site_not_allowed changes=site:a:0
        why carriers a reason=carrier changes=carrier:t:0
        why all a reason=security_level changes=security_level:.:2,region:north:0,site:a:0
        why all b reason=security_level changes=security_level:.:3
    "

    a_site_that_takes_nothing: "
        site a cpu=8
        site b cpu=8
        site c cpu=8
        mode a draining
        mode b cordoned
        silent c
        submit j
        why j a reason=site_cordoned changes=open_site:a:0
        why j b reason=site_cordoned changes=open_site:b:0
        why j c reason=site_silent changes=hear_site:c:0
    "

    what_the_policy_keeps_away: "
        policy steer=render:not:west:out,render:at:b:out
        site a cpu=8 region=east
        site b cpu=8 region=west
        submit film class=render
        submit other class=train
        why film a reason=policy_steering changes=steering:render@a:0
        why film b reason=policy_steering changes=steering:render@b:0
        why other a reason=none
    "

    users_that_are_too_far: "
        site a cpu=8
        site b cpu=8
        site c cpu=8
        link a b 1Gbps 50ms
        region east at b
        region here at b
        submit j latency=east:10ms,here:20ms
        why j a reason=latency changes=latency:east:52000,latency:here:52000
        why j b reason=none
        why j c reason=latency changes=none   # no link leads there
    "

    the_kind_of_a_pool: "
        site a cpu=8 accelerators=8 model=A
        site b cpu=8
        site c cpu=8 accelerators=8 model=B
        submit architecture architecture=aarch64
        submit family cann accelerators=1
        submit model models=B accelerators=1
        submit table tasks=2 accelerators=1 throughput=B:500
        image tool 1GB at a aarch64
        submit image image=tool
        why architecture a reason=architecture changes=architecture:x86_64:0
        why image a reason=architecture changes=none   # what it holds runs on nothing else
        why family a reason=accelerator changes=accelerator_family:cuda:0
        why model a reason=accelerator changes=accelerator_model:A:0
        why table a reason=accelerator changes=accelerator_model:A:0
        why family b reason=accelerator changes=accelerators:.:0
    "

    tasks_and_groups_that_are_too_large: "
        site a cpu=8
        site big cpu=64 memory=70000 accelerators=4
        submit cores cpu=9
        submit memory memory=65540
        submit both cpu=10 memory=65600
        submit three cpu=10 accelerators=1
        submit tasks cpu=3 tasks=4
        submit one cpu=8 memory=65537
        why cores a reason=node_shape changes=cores:.:8000
        why memory a reason=node_shape changes=memory:.:65536
        why both a reason=node_shape changes=memory:.:65536,cores:.:8000
        why three a reason=accelerator changes=accelerators:.:0,cores:.:8000
        why tasks a reason=pool_too_small changes=tasks:.:2
        why one a reason=node_shape changes=memory:.:65536
    "

    a_pool_that_is_taken: "
        policy margin=0s horizon=24h delay=0
        site a cpu=8
        submit first cpu=8 estimate=30h sites=a
        plan greedy
        submit later cpu=8 estimate=1h
        submit hurry cpu=8 estimate=1h deadline=20h
        submit more cpu=6 estimate=1h deadline=35h
        submit early cpu=8 estimate=2h deadline=1h
        why first a reason=none            # what it holds itself is not in its way
        why later a reason=pool_busy changes=wait:.:3600021600000
        why hurry a reason=pool_busy changes=none
        tick 10h
        why hurry a reason=pool_busy changes=deadline:.:3600111600000
        why later a reason=none
        why more a reason=none
    "

    a_quota_that_is_used_up: "
        policy margin=0s tenant.cores=4
        site a cpu=8
        submit first cpu=4 estimate=2h
        plan first_fit
        submit hurry cpu=4 estimate=1h deadline=2h
        why hurry a reason=quota changes=deadline:.:3600010800000
    "

    less_than_the_whole_pool_is_usable: "
        site a cpu=8 accelerators=0
        usable a cpu=4
        submit tasks cpu=2 tasks=3
        submit one cpu=6
        why tasks a reason=pool_busy changes=tasks:.:2
        why one a reason=pool_busy changes=cores:.:4000
    "

    a_chain_that_takes_longer_than_the_deadline: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 100GB at a
        submit run estimate=2h deadline=1h
        submit in estimate=1h deadline=65m inputs=d
        submit out estimate=1h deadline=65m outputs=o:100GB:b
        why run a reason=pool_busy changes=deadline:.:3600007200000
        why in b reason=link_busy changes=deadline:.:3600004400000
        why out a reason=link_busy changes=deadline:.:3600004400000
        why out b reason=none
    "

    data_that_is_not_there: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        site c cpu=8
        link a b 1Gbps 5ms plain
        dataset d 100GB at a
        dataset e 1GB at a
        dataset none 1GB at
        submit missing inputs=none
        submit encrypted inputs=d important
        submit carrier inputs=d carriers=u
        submit two inputs=d,e
        submit gone outputs=o:1GB:c
        submit long inputs=d estimate=100h
        why missing a reason=data_unavailable changes=replica:none@a:0
        why encrypted b reason=no_route changes=replica:d@b:0
        why carrier b reason=no_route changes=carrier:t:0
        why two c reason=no_route changes=replica:d@c:0,replica:e@c:0
        why gone a reason=no_route changes=keep_result:o:0
        why gone c reason=none
        silent a
        why two b reason=data_unavailable changes=replica:d@b:0,replica:e@b:0
    "

    links_that_are_taken: "
        policy margin=0s horizon=24h
        site a cpu=8
        site b cpu=8
        link a b 100Mbps 5ms
        region west at b
        dataset d 1GB at a
        submit wide traffic=west:80Mbps estimate=40h sites=a
        plan greedy
        submit steady traffic=west:50Mbps estimate=1h sites=a
        submit narrow traffic=west:200Mbps estimate=1h sites=a
        submit in inputs=d
        why steady a reason=link_busy changes=wait:.:3600057600000
        why narrow a reason=link_busy changes=bandwidth:.:20000000
    "

    traffic_that_would_take_a_longer_route: "
        policy margin=0s horizon=24h
        site a cpu=8
        site b cpu=8
        site c cpu=8
        link a b 100Mbps 5ms
        link a c 1Gbps 10ms
        link c b 1Gbps 10ms
        region west at b
        submit near traffic=west:200Mbps latency=west:8ms estimate=1h sites=a
        why near a reason=link_busy changes=latency:west:22000
    "

    too_little_sun: "
        policy delay=0 margin=0s
        site a cpu=8
        energy a green=100,100,600,100
        submit j estimate=1h green=700
        why j a reason=green_floor changes=green_floor:.:600
    "

    copies_that_stand_too_near: "
        policy margin=0s
        site a cpu=8 lat=30 lon=100
        site b cpu=8 lat=31 lon=100
        link a b 1Gbps 5ms
        dataset d 1GB at a
        submit far store copies=2 km=300 inputs=d
        submit three store copies=3 inputs=d
        why far a reason=copy_distance changes=distance:.:111
        why three a reason=spread_sites changes=sites:.:2
    "

    the_other_hub: "
        policy margin=0s
        site a cpu=8 hub=east
        site b cpu=8 hub=west region=far level=2
        link a b 1Gbps 5ms
        dataset d 1GB at a core
        submit result important level=3 regions=a outputs=o:1GB
        submit kept store copies=1 inputs=d
        why result a reason=replica_site changes=security_level:.:2,region:far:0
        why kept a reason=replica_site changes=replica:d@b:0
    "

    what_draining_a_site_would_do: "
        policy margin=0s horizon=24h
        site a cpu=16 price=0.01
        site b cpu=4 price=0.5
        site c cpu=8 price=0.9
        submit runs cpu=8 estimate=2h sites=a
        plan greedy
        report a runs started
        submit j cpu=4 estimate=1h sites=a,b release=4h
        submit first cpu=4 estimate=1h sites=a,b release=4h priority=5
        submit late cpu=4 estimate=1h sites=a,b release=4h deadline=5h
        submit only cpu=1 estimate=1h sites=a release=4h
        submit elsewhere cpu=1 estimate=1h sites=c
        plan first_fit
        drain a moves=first:b,j:b,late:late,only:waits stays=runs:2h
        drain c moves= stays=elsewhere:1h
        drain b moves=
    "
}
