//! Names of the catalogue: what is a data set, a model or a program.

crate::scenarios! {
    a_model_is_staged_like_data: "
        policy margin=0s
        site a cpu=8
        site b cpu=8
        link a b 1Gbps 5ms
        image m 45GB at a kind=model
        submit serves estimate=1h sites=b inputs=m
        plan greedy
        expect serves staging at b from=a start=6m
        expect load a-b 1Gbps
        expect desired b serves stage
        remove m why=needed_by_1_jobs
        tick 5m
        report b serves staged
        tick 1m
        expect serves dispatched
    "

    by_price_too_a_model_draws_its_job_to_where_it_is: "
        policy margin=0s slot=1h horizon=24h
        site a cpu=8
        site b cpu=8
        link a b 100Mbps 5ms
        image m 45GB at b kind=model
        submit serves estimate=1h inputs=m
        plan price
        expect serves dispatched at b start=0s
    "

    a_program_is_no_data: "
        site a cpu=8
        image p 1GB at a
        refused reads inputs=p why=is_a_program
        submit runs image=p
    "

    no_name_is_both_data_and_image: "
        site a cpu=8
        image i 1GB at a
        dataset i 1GB at a why=is_the_name_of_an_image
        refused writes outputs=i:1GB why=is_the_name_of_an_image
        dataset d 1GB at a
        image d 1GB at a why=is_the_name_of_a_data_set
    "

    what_a_job_will_leave_is_no_image: "
        policy margin=0s
        site a cpu=8
        submit writes outputs=o:1GB
        image o 1GB at a why=is_the_name_of_a_result
        cancel writes
        image o 1GB at a
        remove o
    "

    a_model_is_no_program_and_stays_one: "
        site a cpu=8
        image m 1GB at a kind=model
        refused runs image=m why=is_a_model
        image m 1GB at a why=is_not_what_the_image_is_known_as
        image m 1GB at a kind=model
    "
}
