//! Several submissions in one command.

use ewc_core::State;
use ewc_core::command::{Command, Refusal, Submission};
use ewc_core::model::{JobId, Resources};
use ewc_core::state::{Answer, Limits};

use crate::build;

/// Submissions by key and body, in one command.
fn submit(state: &mut State, jobs: &[(&str, u8)]) -> Result<Vec<(JobId, bool)>, Refusal> {
    let submission = |(key, body): &(&str, u8)| -> Submission {
        let group = build::group("main", Resources::default(), build::HOUR, build::HOUR);
        build::submission(key, *body, build::job(key, vec![group]))
    };
    let command = Command::SubmitJobs(jobs.iter().map(submission).collect());
    match state
        .apply(state.index() + 1, build::HOUR, &command)
        .result?
    {
        Answer::Submitted(jobs) => Ok(jobs),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_stands_twice_in_a_command_is_one_job() {
    let mut state = State::new(Limits::default());
    let known = submit(&mut state, &[("k", 1)]).unwrap()[0].0;
    let jobs = [("b", 1), ("k", 1), ("a", 1), ("b", 1), ("k", 1), ("b", 1)];
    let answers = submit(&mut state, &jobs).unwrap();
    let (b, a) = (answers[0].0, answers[2].0);
    let expected = [
        (b, false),
        (known, true),
        (a, false),
        (b, true),
        (known, true),
        (b, true),
    ];
    assert_eq!(answers, expected);
    assert_eq!(state.jobs().len(), 3);
}

#[test]
fn another_body_under_a_key_refuses_the_whole_command() {
    let mut state = State::new(Limits::default());
    let known = submit(&mut state, &[("k", 1)]).unwrap()[0].0;
    for (jobs, job) in [
        (vec![("a", 1), ("b", 1), ("a", 2)], JobId(0)),
        (vec![("a", 1), ("k", 2)], known),
    ] {
        let refused = submit(&mut state, &jobs).unwrap_err();
        assert!(
            matches!(refused, Refusal::KeyConflict { job: found, .. } if found == job),
            "{refused:?}"
        );
        assert_eq!(state.jobs().len(), 1);
    }
}
