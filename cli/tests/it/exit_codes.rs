//! Exit codes tell what happened.

use ewc_proto::v1;
use ewc_proto::v1::JobState;
use tonic::Code;

use crate::fake::{Fake, Script, Turn};
use crate::{code, ewc, stderr, stdout};

async fn against(script: Script, arguments: &[&str]) -> std::process::Output {
    let fake = Fake::start(script).await;
    ewc(&[&["--endpoint", &fake.url, "--timeout", "2s"], arguments].concat()).await
}

fn refusing(status: Code, message: &'static str) -> Script {
    Script {
        turns: [Turn::Refuse(status, message)].into(),
        ..Script::default()
    }
}

#[tokio::test]
async fn refusals() {
    for (status, expected) in [
        (Code::InvalidArgument, 3),
        (Code::FailedPrecondition, 3),
        (Code::AlreadyExists, 3),
        (Code::ResourceExhausted, 3),
        (Code::PermissionDenied, 3),
        (Code::NotFound, 4),
    ] {
        let output = against(refusing(status, "the reason"), &["status", "7"]).await;
        assert_eq!(code(&output), expected, "{status:?}");
        assert!(
            stderr(&output).starts_with("error: the reason\n"),
            "{}",
            stderr(&output)
        );
        assert_eq!(stdout(&output), "");
    }
}

#[tokio::test]
async fn wrong_usage() {
    for arguments in [
        &["explain"][..],
        &["submit"],
        &["submit", "--estimate", "1m", "job.toml"],
        &["submit", "no-such-file.toml"],
        &["submit", "--", "true"],
        &["plan", "--cpu", "many", "--estimate", "1m", "--", "true"],
        &["list", "--state", "lost"],
        &["sites", "--endpoint", "http://192.0.2.1:7300"],
        &["sites", "--endpoint", "https://127.0.0.1:7300"],
        &["sites", "--ca", "no-such-file.pem"],
        &["sites", "--timeout", "0s"],
        &[
            "datasets", "add", "--name", "x", "--site", "a", "--grade", "general",
        ],
    ] {
        let output = ewc(arguments).await;
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(
            stderr(&output).starts_with("error: "),
            "{}",
            stderr(&output)
        );
    }
}

#[tokio::test]
async fn nobody_answers() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    for arguments in [&["sites"][..], &["cordon", "gz-guian"]] {
        let connect = ["--endpoint", &url, "--timeout", "300ms"];
        let output = ewc(&[&connect, arguments].concat()).await;
        assert_eq!(code(&output), 5, "{}", stderr(&output));
        assert!(stderr(&output).contains("hint: is a scheduler running at"));
    }
}

#[tokio::test]
async fn waiting_tells_how_the_job_ended() {
    let watched = |state: JobState| {
        let job = |index, state: JobState| v1::Job {
            job_id: "1".into(),
            state: state.into(),
            changed_index: index,
            ..v1::Job::default()
        };
        vec![
            job(3, JobState::Pending),
            job(5, JobState::Running),
            job(9, state),
        ]
    };
    for (state, expected) in [
        (JobState::Succeeded, 0),
        (JobState::Failed, 1),
        (JobState::Cancelled, 1),
        (JobState::OutcomeUnknown, 6),
    ] {
        let submit = ["submit", "--wait", "--estimate", "1m", "--", "true"];
        for arguments in [&submit[..], &["watch", "1"]] {
            let script = Script {
                watched: watched(state),
                ..Script::default()
            };
            let output = against(script, arguments).await;
            assert_eq!(code(&output), expected, "{arguments:?} {state:?}");
        }
    }
}

#[tokio::test]
async fn a_job_that_never_fits_is_planned_nowhere_and_refused_on_submission() {
    let said = "groups[0].resources: no pool of the network could ever hold it; ask for less";
    let flags = ["--cpu", "9999", "--estimate", "1m", "--", "true"];
    let plan = [&["plan"], &flags[..]].concat();
    let output = against(refusing(Code::InvalidArgument, said), &plan).await;
    assert_eq!(code(&output), 2);
    assert_eq!(stdout(&output), "The job fits nowhere.\n");
    assert_eq!(stderr(&output), format!("{said}\n"));

    let submit = [&["submit"], &flags[..]].concat();
    let output = against(refusing(Code::InvalidArgument, said), &submit).await;
    assert_eq!(code(&output), 3);
    // Any other refusal of a plan stays one, and names the flag.
    let said = "sites: site \"x\" is not known";
    let output = against(refusing(Code::NotFound, said), &plan).await;
    assert_eq!(code(&output), 4);
    assert_eq!(stderr(&output), "error: --site: site \"x\" is not known\n");
}

#[tokio::test]
async fn planning_tells_when_the_job_would_start() {
    let plan = |start_ms: Option<i64>| {
        let group = |start_ms| v1::GroupPlacement {
            start_ms,
            ..Default::default()
        };
        let placement = |start_ms| v1::Placement {
            groups: vec![group(start_ms)],
            ..v1::Placement::default()
        };
        let candidate = |start_ms| v1::Candidate {
            placement: Some(placement(start_ms)),
            chosen: true,
        };
        v1::PlanResponse {
            candidates: start_ms.map(candidate).into_iter().collect(),
            now_ms: 1_000_000,
            ..v1::PlanResponse::default()
        }
    };
    for (start_ms, expected) in [(Some(1_000_000), 0), (Some(9_000_000), 1), (None, 2)] {
        let script = Script {
            plan: plan(start_ms),
            ..Script::default()
        };
        let output = against(script, &["plan", "--estimate", "1m", "--", "true"]).await;
        assert_eq!(code(&output), expected, "{}", stderr(&output));
    }
}
