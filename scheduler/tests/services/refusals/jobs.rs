//! Bad jobs, alone and in batches.

use ewc_proto::v1;
use tonic::Code;
use tonic::Code::{AlreadyExists, InvalidArgument, NotFound};

use super::job_rows::{REPORTED, ROWS, Spoil, labels};
use super::{Expected, none_wrong, stored};
use crate::server::single;
use crate::world;

#[tokio::test]
async fn bad_jobs_are_refused() {
    check(ROWS).await;
}

#[tokio::test]
async fn bad_images_and_tenants_are_refused() {
    check(REPORTED).await;
}

async fn check(rows: &[(&'static str, Spoil, Code, &'static str)]) {
    let mut wrong = Vec::new();
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    let before = stored(&clients).await;
    for (name, spoil, code, needle) in rows {
        let mut request = world::submit("bad", world::spec("bad"));
        spoil(&mut request);
        let answer = clients.jobs.clone().submit(request).await;
        wrong.extend(
            Expected {
                name,
                code: *code,
                needle,
            }
            .check(answer),
        );
    }
    none_wrong(wrong);
    assert_eq!(stored(&clients).await, before);
}

#[tokio::test]
async fn bad_batches_store_nothing() {
    let mut wrong = Vec::new();
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    let before = stored(&clients).await;
    let job = |at: usize| world::submit(&format!("k{at}"), world::spec("j"));
    let mut one_bad: Vec<_> = (0..10).map(job).collect();
    one_bad[7].spec.as_mut().unwrap().sites = vec!["moon".to_owned()];
    let mut one_malformed: Vec<_> = (0..10).map(job).collect();
    one_malformed[3].spec = None;
    let mut two_bodies: Vec<_> = (0..2).map(job).collect();
    two_bodies[1] = world::submit("k0", world::spec("other"));
    let rows: [(&str, Vec<v1::SubmitRequest>, Code, &str); 5] = [
        ("no jobs", Vec::new(), InvalidArgument, "jobs"),
        (
            "a job too many",
            (0..1001).map(job).collect(),
            InvalidArgument,
            "jobs",
        ),
        ("one names nothing", one_bad, NotFound, "sites"),
        (
            "one is malformed",
            one_malformed,
            InvalidArgument,
            "jobs[3].spec",
        ),
        (
            "two under one key",
            two_bodies,
            AlreadyExists,
            "idempotency_key",
        ),
    ];
    for (name, jobs, code, needle) in rows {
        let answer = clients
            .jobs
            .clone()
            .submit_batch(v1::SubmitBatchRequest { jobs })
            .await;
        wrong.extend(Expected { name, code, needle }.check(answer));
    }
    none_wrong(wrong);
    assert_eq!(stored(&clients).await, before);
}

#[tokio::test]
async fn a_body_is_the_same_in_any_order() {
    let (_cluster, clients) = single(|_| ()).await;
    let mut body = world::spec("first");
    // Labels travel as a map, in any order.
    body.labels = labels(12);
    let mut jobs = clients.jobs.clone();
    let first = jobs
        .submit(world::submit("k", body.clone()))
        .await
        .unwrap()
        .into_inner();
    assert!(!first.duplicate);
    for _ in 0..10 {
        let mut again = body.clone();
        again.labels = body.labels.clone().into_iter().collect();
        let again = jobs
            .submit(world::submit("k", again))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            (again.job_id, again.duplicate),
            (first.job_id.clone(), true)
        );
    }
}

#[tokio::test]
async fn a_key_stands_for_one_body() {
    let mut wrong = Vec::new();
    let (_cluster, clients) = single(|_| ()).await;
    let mut jobs = clients.jobs.clone();
    let first = jobs
        .submit(world::submit("k", world::spec("first")))
        .await
        .unwrap()
        .into_inner();
    let again = jobs
        .submit(world::submit("k", world::spec("first")))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((again.job_id, again.duplicate), (first.job_id, true));
    let other = jobs.submit(world::submit("k", world::spec("second"))).await;
    let code = AlreadyExists;
    wrong.extend(
        Expected {
            name: "another body",
            code,
            needle: "idempotency_key",
        }
        .check(other),
    );
    none_wrong(wrong);
}
