//! The way to the leader, and submissions that are stored once whatever happens to the answer.

use std::collections::BTreeSet;

use tonic::Code;

use crate::fake::{Fake, Script, Turn};
use crate::{code, ewc, stderr, stdout};

fn turns(turns: impl IntoIterator<Item = Turn>) -> Script {
    Script {
        turns: turns.into_iter().collect(),
        ..Script::default()
    }
}

/// Submits a job to these addresses.
async fn submit(endpoints: &str, timeout: &str) -> std::process::Output {
    let job = [
        "submit",
        "--estimate",
        "1m",
        "-o",
        "json",
        "--timeout",
        timeout,
    ];
    ewc(&[&job[..], &["--endpoint", endpoints, "--", "true"]].concat()).await
}

#[tokio::test]
async fn a_follower_names_the_leader() {
    let leader = Fake::start(Script::default()).await;
    let follower = Fake::start(turns([Turn::Leader(leader.url.clone())])).await;
    let output = submit(&follower.url, "5s").await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(leader.keys().len(), 1);
    assert_eq!(follower.keys(), leader.keys());
}

#[tokio::test]
async fn a_dead_address_is_passed_over() {
    let alive = Fake::start(Script::default()).await;
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let output = submit(&format!("{dead},{}", alive.url), "5s").await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(alive.keys().len(), 1);
}

#[tokio::test]
async fn schedulers_that_name_each_other_do_not_trap_the_client() {
    let first = Fake::start(Script::default()).await;
    let second = Fake::start(turns(vec![Turn::Leader(first.url.clone()); 100])).await;
    let circle = vec![Turn::Leader(second.url.clone()); 100];
    first.script.lock().unwrap().turns = circle.into();
    let output = submit(&first.url, "1s").await;
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    // Bounded hops with pauses between them, not a storm.
    assert!(first.keys().len() < 30, "{}", first.keys().len());
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_with_the_same_key() {
    let fake = Fake::start(turns([Turn::LoseAnswer])).await;
    let output = submit(&fake.url, "3s").await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let keys = fake.keys();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(keys[0].len(), 32);
    assert!(stdout(&output).contains("\"duplicate\": true"));
}

#[tokio::test]
async fn a_submission_without_any_answer_may_have_been_stored() {
    let fake = Fake::start(turns(vec![Turn::LoseAnswer; 10])).await;
    let output = submit(&fake.url, "1s").await;
    assert_eq!(code(&output), 6);
    let key = &fake.keys()[0];
    assert!(
        stderr(&output).contains(&format!("--key {key}")),
        "{}",
        stderr(&output)
    );
}

#[tokio::test]
async fn two_submissions_have_different_keys() {
    let fake = Fake::start(Script::default()).await;
    submit(&fake.url, "5s").await;
    submit(&fake.url, "5s").await;
    let keys = fake.keys();
    assert_ne!(keys[0], keys[1]);
}

#[tokio::test]
async fn an_election_is_waited_for() {
    let nobody = Turn::Refuse(Code::Unavailable, "no leader is known");
    let fake = Fake::start(turns([nobody.clone(), nobody])).await;
    let output = submit(&fake.url, "5s").await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(fake.keys().iter().collect::<BTreeSet<_>>().len(), 1);
}

#[tokio::test]
async fn a_leader_elsewhere_is_not_followed_without_encryption() {
    let elsewhere = Turn::Leader("http://192.0.2.1:7300".into());
    let fake = Fake::start(turns([elsewhere])).await;
    let output = submit(&fake.url, "5s").await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("not following the leader to http://192.0.2.1:7300"));
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_says_that_it_may_be_done() {
    let lost = turns([
        Turn::LoseAnswer,
        Turn::Refuse(Code::NotFound, "name: data set \"old\" is not known"),
    ]);
    let remove = ["datasets", "remove", "old", "--timeout", "3s", "--endpoint"];
    let fake = Fake::start(lost).await;
    let output = ewc(&[&remove[..], &[&fake.url]].concat()).await;
    assert!(stderr(&output).contains("is not known"));
    assert!(stderr(&output).contains("may have taken effect"));
    let first = Turn::Refuse(Code::NotFound, "name: data set \"old\" is not known");
    let fake = Fake::start(turns([first])).await;
    let output = ewc(&[&remove[..], &[&fake.url]].concat()).await;
    assert!(!stderr(&output).contains("may have taken effect"));
}
