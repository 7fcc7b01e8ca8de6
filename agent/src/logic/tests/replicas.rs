//! What is kept here for others, what stays, and what is to go.

use super::*;

/// What a depot is asked for.
fn kept_for_others() -> Desired {
    let mut kept = with_input(job(0));
    kept.groups.clear();
    kept.inputs.clear();
    kept.keep_for_others = true;
    kept.stage_in[0].lent = true;
    kept
}

fn lent() -> Input {
    Input::PullEnded {
        sha256: SHA.into(),
        lent: true,
        result: Ok(fact()),
    }
}

#[test]
fn a_depot_keeps_data_until_nobody_waits_for_it_and_has_no_replica() {
    let mut bench = Bench::new();
    assert_eq!(bench.wants(&[kept_for_others()]), ["pull at 10000"]);
    bench.does(lent());
    assert_eq!(bench.phase(), "STAGED");
    assert!(bench.agent.report().data.is_empty(), "it is no replica");
    assert_eq!(bench.wants(&[kept_for_others()]), [""; 0]);
    assert_eq!(bench.wants(&[]), ["drop"]);
}

#[test]
fn what_is_lent_and_needed_here_becomes_a_replica() {
    let mut bench = Bench::new();
    bench.wants(&[kept_for_others()]);
    bench.does(lent());
    let mut own = with_input(job(0));
    own.key.job = "k".into();
    assert_eq!(bench.wants(&[kept_for_others(), own.clone()]), ["keep d"]);
    assert_eq!(bench.agent.report().data.len(), 1);
    assert_eq!(bench.wants(&[own]), [""; 0], "a replica is not dropped");
}

#[test]
fn what_an_earlier_incarnation_was_lent_waits_for_the_first_desired_set() {
    let mut bench = Bench::new();
    assert_eq!(bench.does(Input::Lent { sha256: SHA.into() }), [""; 0]);
    assert_eq!(bench.wants(&[kept_for_others()]), [""; 0], "it is here");
    assert_eq!(bench.phase(), "STAGED");
    assert_eq!(bench.wants(&[]), ["drop"]);
}

#[test]
fn what_is_to_go_goes_once_nothing_here_needs_it_and_is_told_until_it_is_heard() {
    let mut bench = Bench::new();
    bench.does(Input::Held(fact()));
    bench.agent.report();
    assert_eq!(bench.told(&[with_input(job(0))], &[fact()]), [""; 0]);
    assert!(bench.agent.report().dropped.is_empty(), "a job reads it");
    assert_eq!(bench.told(&[], &[fact()]), ["forget d"]);
    let report = bench.agent.report();
    assert_eq!(report.dropped.len(), 1);
    assert_eq!(report.dropped[0].name, "d");
    assert_eq!(bench.told(&[], &[fact()]), [""; 0]);
    assert_eq!(bench.agent.report().dropped.len(), 1, "not heard yet");
    assert_eq!(bench.told(&[], &[]), [""; 0]);
    assert!(bench.agent.report().dropped.is_empty());
}

#[test]
fn what_is_to_go_and_was_never_here_is_told_as_dropped() {
    let mut bench = Bench::new();
    bench.told(&[], &[fact()]);
    assert_eq!(bench.agent.report().dropped.len(), 1);
    // Other bytes of that name are not meant.
    bench.does(Input::Held(DataFact {
        sha256: "e".repeat(64),
        ..fact()
    }));
    assert_eq!(bench.told(&[], &[fact()]), [""; 0]);
    assert_eq!(bench.agent.report().dropped.len(), 1);
}

#[test]
fn a_result_that_is_not_let_go_is_not_dropped() {
    let mut bench = Bench::new();
    let mut wanted = job(7);
    wanted.outputs = vec![OutputWanted {
        dataset: "d".into(),
        path: "out".into(),
    }];
    bench.told(&[wanted.clone()], &[fact()]);
    bench.starts(7);
    bench.ends(7, 0, end(TaskEnd::Exited, 0, 1));
    bench.ends(7, 1, end(TaskEnd::Exited, 0, 2));
    bench.told(&[wanted.clone()], &[fact()]);
    bench.does(Input::Collected {
        key: key(7),
        result: Ok(vec![fact()]),
    });
    assert_eq!(bench.told(&[wanted], &[fact()]), [""; 0]);
    // Heard of, and let go: what is said from then on counts.
    bench.told(&[], &[]);
    assert_eq!(bench.told(&[], &[fact()]), ["forget d"]);
}
