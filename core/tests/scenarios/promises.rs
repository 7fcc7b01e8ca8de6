//! What the network learns from how jobs start.

/// Nine jobs that start when they are planned to, one after the other.
const PUNCTUAL: &str = "
    policy margin=0s
    site a cpu=64
    ";

fn nine(start: &str) -> String {
    let jobs = (1..=9).map(|n| {
        format!(
            "submit j{n} cpu=1 estimate=1h
            plan greedy
            {start}
            report a j{n} started
            "
        )
    });
    jobs.collect()
}

#[test]
fn punctual_starts_are_expected_of_the_next_job() {
    let learned = "estimate 0s p50=0s p90=0s seen=9 basis=class
                   estimate 30m basis=nothing";
    crate::script::run(&format!("{PUNCTUAL}{}{learned}", nine("")));
}

#[test]
fn agents_that_take_their_time_make_the_next_job_late() {
    let learned = "estimate 0s p50=12s p90=12s seen=9 basis=class
                   estimate 30s p50=42s p90=42s";
    crate::script::run(&format!("{PUNCTUAL}{}{learned}", nine("tick 12s")));
}

#[test]
fn waiting_to_be_looked_at_is_lateness_too() {
    let late = (1..=9).map(|n| {
        format!(
            "submit j{n} cpu=1 estimate=1h
            tick 10s
            plan greedy
            report a j{n} started
            "
        )
    });
    let late: String = late.collect();
    crate::script::run(&format!("{PUNCTUAL}{late}estimate 0s p90=10s seen=9"));
}

crate::scenarios! {
    what_ends_before_it_starts_teaches_nothing: "
        policy margin=0s
        site a cpu=4
        submit j cpu=4 estimate=1h
        plan greedy
        cancel j
        estimate 0s seen=0 basis=nothing
    "

    a_job_that_is_displaced_counts_when_it_starts: "
        policy margin=0s
        site a cpu=4
        submit long cpu=4 estimate=30m
        plan greedy
        submit j cpu=4 estimate=1h
        plan greedy
        expect j planned start=30m
        report a long started
        usable a cpu=1
        expect j pending reason=displaced
        estimate 0s seen=1
        estimate 30m seen=0
        usable a cpu=4
        tick 40m
        report a long succeeded
        plan greedy
        report a j started
        expect j running
        estimate 30m seen=1
    "

    what_was_told_that_it_fits_nowhere_was_promised_nothing_until_then: "
        policy margin=0s
        site a cpu=4
        mode a cordoned
        submit j cpu=4 estimate=1h
        plan greedy
        expect j pending reason=site_cordoned
        tick 5h
        mode a open
        plan greedy
        report a j started
        estimate 0s seen=1
    "

    what_is_overdue_counts_before_it_starts_and_once: "
        policy margin=0s
        site a cpu=4
        submit j cpu=4 estimate=30m
        plan greedy
        tick 59m
        estimate 0s seen=0
        tick 2m
        estimate 0s seen=1
        tick 5h
        estimate 0s seen=1
        report a j started
        estimate 0s seen=1
    "
}
