//! Data sets, images and replicas leave, and the bytes at the sites after them.

crate::scenarios! {
    a_data_set_that_nobody_needs_is_forgotten_and_dropped: "
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 1GB at a,b
        expect leaving a none
        remove d
        expect leaving a d
        expect leaving b d
        refused j inputs=d why=not_known
        remove d why=not_known
        dropped a d
        expect leaving a none
        expect leaving b d
    "

    what_a_job_reads_writes_or_runs_stays_until_it_has_ended: "
        policy margin=0s
        site a cpu=8
        dataset d 1GB at a
        dataset o 1GB at a
        image i 1GB at a
        submit reads inputs=d
        submit writes outputs=o:1GB
        submit runs image=i
        remove d why=needed_by_1_jobs
        remove o why=needed_by_1_jobs
        remove i why=needed_by_1_jobs
        cancel reads
        cancel writes
        cancel runs
        remove d
        remove o
        remove i
        expect leaving a d,i,o
    "

    a_replica_that_a_job_fetches_stays_and_another_one_goes: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        site c cpu=8
        link a b 1Gbps 5ms
        link b c 1Gbps 50ms
        dataset d 1GB at a,c
        submit j inputs=d sites=b
        plan greedy
        expect j staging at b from=a
        remove d at a why=needed_by_1_jobs
        remove d at b why=holds_no_replica
        remove d at c
        expect holds d a
        expect leaving c d
        remove d at a why=all_the_replicas
    "

    a_replica_beside_a_job_that_may_start_again_stays: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 1GB at a,b
        submit j inputs=d sites=a
        plan greedy
        expect j dispatched at a
        remove d at a why=needed_by_1_jobs
        report a j succeeded
        remove d at a
        expect holds d b
    "

    what_a_site_has_yet_to_drop_is_no_replica: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        dataset d 1GB at a,b
        remove d at a
        held a d
        expect holds d b
        expect leaving a d
        dataset d 1GB at a why=still_dropping
        dropped a d
        dataset d 1GB at a
        expect holds d a,b
    "

    a_plan_that_counts_on_a_replica_that_went_is_rejected: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        site c cpu=8
        link a b 1Gbps 5ms
        link b c 1Gbps 50ms
        dataset d 1GB at a,c
        submit j inputs=d sites=b
        hold greedy
        remove d at a
        commit data_unavailable
        plan greedy
        expect j staging at b from=c
    "

    a_result_that_was_removed_and_comes_again_stays: "
        policy margin=0s
        site a cpu=8
        submit j outputs=o:1GB sites=a
        plan greedy
        report a j succeeded
        expect holds o a
        remove o
        expect leaving a o
        submit again outputs=o:1GB sites=a
        plan greedy
        report a again succeeded
        expect holds o a
        expect leaving a none
    "
}
