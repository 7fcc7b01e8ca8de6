//! The policy: shown as a file, set from one or from ready ones, and never over another's change.

use ewc_core::model::Policy;
use ewc_proto::{convert, v1};
use tonic::Code;

use crate::fake::{Fake, Script, Turn};
use crate::{code, ewc, stderr, stdout};

async fn fake() -> Fake {
    let policy = Policy {
        version: 3,
        margin_ms: 7_000,
        ..Policy::default()
    };
    let policy = convert::policy_to_wire(&policy);
    Fake::start(Script {
        policy,
        ..Script::default()
    })
    .await
}

async fn policy(fake: &Fake, words: &[&str]) -> std::process::Output {
    ewc(&[&["policy"], words, &["--endpoint", &fake.url]].concat()).await
}

fn asked(fake: &Fake) -> Vec<v1::SetPolicyRequest> {
    fake.script.lock().unwrap().policies.clone()
}

#[tokio::test]
async fn what_is_shown_can_be_set_again() {
    let fake = fake().await;
    let shown = policy(&fake, &["show"]).await;
    assert_eq!(code(&shown), 0, "{}", stderr(&shown));
    let text = stdout(&shown);
    assert!(text.starts_with("# version 3\n"), "{text}");
    assert!(text.contains("\nmargin = \"7s\"\n"), "{text}");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("policy.toml");
    std::fs::write(&path, &text).unwrap();
    let output = policy(&fake, &["set", path.to_str().unwrap()]).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let sent = asked(&fake).remove(0);
    assert_eq!(sent.replaces, 3);
    let sent = convert::policy_from_wire(sent.policy.unwrap()).unwrap();
    assert_eq!(sent.margin_ms, 7_000);
    assert!(stdout(&output).starts_with("# version 4\n"));

    let json = policy(&fake, &["show", "-o", "json"]).await;
    let value: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!(value["margin_ms"], 7_000);
    assert_eq!(
        value["other_tenants"]["queued_max"],
        serde_json::Value::Null
    );
}

#[tokio::test]
async fn ready_policies_bring_their_steering_and_nothing_else() {
    let fake = fake().await;
    let profiles = ["set", "--profile", "east-west", "--profile", "green-floor"];
    let output = policy(&fake, &[&profiles[..], &["-o", "json"]].concat()).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let sent = asked(&fake).remove(0);
    let sent = convert::policy_from_wire(sent.policy.unwrap()).unwrap();
    assert_eq!(sent.margin_ms, 7_000);
    assert_eq!(sent.name, "east-west steering + green floor");
    let both = ["east-west", "green-floor"].map(|name| ewc_scenario::profile(name).unwrap());
    assert_eq!(
        sent.steering,
        [&both[0].steering[..], &both[1].steering].concat()
    );
    let value: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(value["steering"][0]["class"], "realtime");

    let list = policy(&fake, &["list", "--lang", "zh"]).await;
    let text = stdout(&list);
    assert!(text.starts_with("名称"), "{text}");
    assert!(text.contains("发改数据〔2023〕1779号"), "{text}");
}

#[tokio::test]
async fn what_cannot_be_set_is_told() {
    let fake = fake().await;
    let output = policy(&fake, &["set", "--profile", "magic"]).await;
    assert_eq!(code(&output), 2);
    let text = stderr(&output);
    assert!(
        text.contains("no ready policy is named \"magic\""),
        "{text}"
    );
    assert!(
        text.contains("east-west, green-floor, latency-circles"),
        "{text}"
    );
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("policy.toml");
    std::fs::write(&path, "routes = 0").unwrap();
    let output = policy(&fake, &["set", path.to_str().unwrap()]).await;
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("/policy.toml: routes: is out of range"));
    assert!(asked(&fake).is_empty());

    // Somebody else was faster.
    let moved = Turn::Refuse(
        Code::FailedPrecondition,
        "replaces: the policy has version 4",
    );
    fake.script.lock().unwrap().turns = [Turn::Answer, moved].into();
    let late = ["set", "--profile", "green-floor", "--replaces", "2"];
    let output = policy(&fake, &late).await;
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(stderr(&output).contains("the policy has version 4"));
}
