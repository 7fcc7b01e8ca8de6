//! Several tenants: fair shares order the queue, quotas limit it.

crate::scenarios! {
    tenants_with_nothing_take_turns_with_the_larger_share_behind: "
        site a cpu=16
        submit a1 tenant=a cpu=4
        submit a2 tenant=a cpu=4
        submit a3 tenant=a cpu=4
        submit b1 tenant=b cpu=8
        submit c1 tenant=c cpu=1
        submit c2 tenant=c cpu=1
        submit c3 tenant=c cpu=1
        order a1,b1,c1,c2,c3,a2,a3
    "

    weights_stretch_the_shares: "
        policy b.share=4000
        site a cpu=16
        submit a1 tenant=a cpu=2
        submit a2 tenant=a cpu=2
        submit b1 tenant=b cpu=2
        submit b2 tenant=b cpu=2
        submit b3 tenant=b cpu=2
        submit b4 tenant=b cpu=2
        submit b5 tenant=b cpu=2
        order a1,b1,b2,b3,b4,a2,b5
    "

    the_scarcest_kind_of_capacity_decides: "
        site a cpu=16 accelerators=4
        submit a1 tenant=a cpu=1 accelerators=2
        submit a2 tenant=a cpu=1 accelerators=2
        submit b1 tenant=b cpu=4
        submit b2 tenant=b cpu=4
        submit b3 tenant=b cpu=4
        order a1,b1,b2,a2,b3
    "

    what_runs_counts_and_what_ended_does_not: "
        policy margin=0s
        site a cpu=4
        submit big tenant=a cpu=4 estimate=1h
        plan greedy
        submit a1 tenant=a cpu=1
        submit b1 tenant=b cpu=4
        order b1,a1
        report a big started
        order b1,a1
        report a big succeeded
        order a1,b1
    "

    priority_goes_before_shares: "
        site a cpu=4
        submit b1 tenant=b cpu=4
        submit a1 tenant=a cpu=4 priority=1
        submit a2 tenant=a cpu=4
        order a1,b1,a2
    "

    one_tenant_with_many_jobs_does_not_hide_another: "
        policy margin=0s
        site a cpu=2
        submit a1 tenant=a cpu=1
        submit a2 tenant=a cpu=1
        submit a3 tenant=a cpu=1
        submit b1 tenant=b cpu=1
        plan first_fit
        expect a1 dispatched
        expect b1 dispatched
        expect a2 planned start=1h
        expect a3 planned start=1h
    "

    idle_capacity_is_borrowed: "
        policy margin=0s a.share=1
        site a cpu=4
        submit a1 tenant=a cpu=4
        plan greedy
        expect a1 dispatched at a
    "

    a_quota_holds_work_back_although_there_is_room: "
        policy margin=0s b.cores=4
        site a cpu=8
        site c cpu=8
        submit b1 tenant=b cpu=3
        submit b2 tenant=b cpu=3
        submit other tenant=o cpu=3
        plan greedy
        expect b1 dispatched
        expect b2 planned start=1h
        expect other dispatched
    "

    a_quota_that_is_used_up_until_the_deadline_is_named: "
        policy margin=0s b.cores=4
        site a cpu=8
        submit b1 tenant=b cpu=4 estimate=2h
        submit b2 tenant=b cpu=4 estimate=1h deadline=2h
        plan first_fit
        expect b1 dispatched
        expect b2 pending reason=quota
        report a b1 started
        report a b1 succeeded
        plan greedy
        expect b2 dispatched
    "

    a_job_above_its_quota_is_refused: "
        policy b.cores=4 b.memory=100 b.accelerators=1
        site a cpu=8 accelerators=4
        refused b1 tenant=b cpu=5 why=cores
        refused b1 tenant=b memory=101 why=memory
        refused b1 tenant=b accelerators=2 why=accelerators
        submit b1 tenant=b cpu=4 memory=100 accelerators=1
        submit o1 tenant=o cpu=5
    "

    a_full_queue_of_a_tenant_refuses_its_next_job: "
        policy b.queued=2
        site a cpu=2
        submit b1 tenant=b cpu=2
        submit b2 tenant=b cpu=2
        refused b3 tenant=b cpu=2 why=quota
        submit b2 tenant=b cpu=2      # the same again
        submit o1 tenant=o cpu=2
        plan greedy
        expect b1 dispatched
        submit b3 tenant=b cpu=2
        refused b4 tenant=b cpu=2 why=quota
    "

    a_smaller_quota_leaves_what_is_reserved_and_holds_back_what_is_not: "
        policy margin=0s
        site a cpu=8
        submit b1 tenant=b cpu=4
        plan greedy
        policy margin=0s b.cores=4
        submit b2 tenant=b cpu=4
        plan greedy
        expect b1 dispatched
        expect b2 planned start=1h
        policy margin=0s
        submit b3 tenant=b cpu=4
        plan greedy
        expect b3 dispatched
    "

    a_tenants_weights_move_its_jobs: "
        policy margin=0s b.carbon=0
        site clean cpu=8
        site dirty cpu=8
        energy clean prices=0.12 grid=0
        energy dirty prices=0.1 grid=800
        submit o tenant=o cpu=4
        submit b tenant=b cpu=4
        plan greedy
        expect o dispatched at clean
        expect b dispatched at dirty
    "
}
