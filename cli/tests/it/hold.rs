//! Places that are held: what is asked for, what is shown, and how they are taken.

use ewc_proto::v1;

use crate::fake::{Fake, Script};
use crate::{code, ewc, stderr, stdout};

const NOW_MS: i64 = 1_735_689_600_000;

fn planned() -> v1::PlanResponse {
    let group = v1::GroupPlacement {
        site: "gz-guian".to_owned(),
        start_ms: NOW_MS + 60_000,
        ..v1::GroupPlacement::default()
    };
    let candidate = v1::Candidate {
        placement: Some(v1::Placement {
            groups: vec![group],
            ..v1::Placement::default()
        }),
        chosen: true,
    };
    v1::PlanResponse {
        candidates: vec![candidate],
        now_ms: NOW_MS,
        hold: Some(v1::Hold {
            token: "12".to_owned(),
            until_ms: NOW_MS + 60_000,
        }),
        start: Some(v1::StartEstimate {
            planned_ms: NOW_MS + 60_000,
            p50_ms: NOW_MS + 65_000,
            p90_ms: NOW_MS + 120_000,
            starts_seen: 40,
            basis: v1::EstimateBasis::Class.into(),
        }),
        ..v1::PlanResponse::default()
    }
}

async fn fake(jobs: Vec<v1::Job>) -> Fake {
    Fake::start(Script {
        plan: planned(),
        jobs,
        ..Script::default()
    })
    .await
}

#[tokio::test]
async fn a_plan_shows_when_it_starts_and_what_is_held() {
    let fake = fake(Vec::new()).await;
    let plan = [
        "plan",
        "--hold",
        "60s",
        "--estimate",
        "1m",
        "--endpoint",
        &fake.url,
    ];
    let output = ewc(&[&plan[..], &["--", "true"]].concat()).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(fake.script.lock().unwrap().holds, [60_000]);
    let text = stdout(&output);
    for part in [
        "as planned   2025-01-01 08:01:00   1m00s\n",
        "P50          2025-01-01 08:01:05   1m05s\n",
        "P90          2025-01-01 08:02:00   2m00s\n",
        "From earlier jobs of this class, weighed: 40\n",
        "Held until (UTC+8): 2025-01-01 08:01:00; submit it with: ewc submit --plan 12\n",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    let json = ["--output", "json", "--", "true"];
    let output = ewc(&[&plan[..], &json[..]].concat()).await;
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(json["start"]["p90_ms"], NOW_MS + 120_000);
    assert_eq!(json["start"]["basis"], "class");
    assert_eq!(json["hold"]["token"], "12");
    assert_eq!(json["hold"]["until"], "2025-01-01T00:01:00.000Z");
}

#[tokio::test]
async fn a_token_alone_submits_what_is_held() {
    let fake = fake(Vec::new()).await;
    let submit = ["submit", "--plan", "12", "--key", "k", "--tenant", "film"];
    let output = ewc(&[&submit[..], &["--endpoint", &fake.url]].concat()).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let submitted = fake.script.lock().unwrap().submitted.clone();
    let expected = v1::SubmitRequest {
        idempotency_key: "k".to_owned(),
        spec: None,
        tenant: "film".to_owned(),
        plan_token: "12".to_owned(),
    };
    assert_eq!(submitted, [expected]);
}

/// A file whose deadline counts from now means the deadline that was planned, and no other.
#[tokio::test]
async fn moments_count_from_when_the_job_was_planned() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.toml");
    let held = v1::Job {
        job_id: "12".to_owned(),
        submitted_ms: NOW_MS,
        spec: Some(v1::JobSpec {
            deadline_ms: NOW_MS - 3 + 3_600_000,
            ..v1::JobSpec::default()
        }),
        ..v1::Job::default()
    };
    for (deadline, taken) in [("1h", true), ("2h", false), ("59m", false)] {
        let fake = fake(vec![held.clone()]).await;
        let job = "name = \"a\"\ncommand = [\"true\"]\nestimate = \"1m\"";
        std::fs::write(&path, format!("{job}\ndeadline = \"{deadline}\"\n")).unwrap();
        let file = path.to_str().unwrap();
        let output = ewc(&["submit", "--plan", "12", file, "--endpoint", &fake.url]).await;
        let submitted = fake.script.lock().unwrap().submitted.clone();
        if taken {
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            let spec = submitted[0].spec.clone().unwrap();
            assert_eq!(spec.deadline_ms, NOW_MS - 3 + 3_600_000);
            assert_eq!(submitted[0].plan_token, "12");
        } else {
            assert_eq!(code(&output), 2, "{deadline}");
            assert!(submitted.is_empty());
            let said = stderr(&output);
            assert!(
                said.contains("deadline") && said.contains("token alone"),
                "{said}"
            );
        }
    }
}
