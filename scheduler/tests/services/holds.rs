//! Places that are held for jobs, and taken by their submission.

use ewc_proto::v1;
use ewc_proto::v1::JobState;
use tonic::{Code, Status};

use crate::server::{Clients, Cluster, single, until};
use crate::world;

async fn plan(clients: &Clients, hold_ms: i64) -> Result<v1::PlanResponse, Status> {
    let mut spec = world::spec("held");
    // All of one node: two of them fill a site.
    spec.groups[0].resources = Some(world::cores(8));
    let request = v1::PlanRequest {
        spec: Some(spec),
        hold_ms,
        ..v1::PlanRequest::default()
    };
    let answer = clients.jobs.clone().plan(request).await?;
    Ok(answer.into_inner())
}

async fn held(clients: &Clients, hold_ms: i64) -> (v1::Placement, v1::Hold) {
    let plan = plan(clients, hold_ms).await.unwrap();
    let placement = plan.candidates[0].placement.clone().unwrap();
    let hold = plan.hold.unwrap();
    assert_eq!(hold.until_ms - plan.now_ms, hold_ms);
    (placement, hold)
}

async fn redeem(clients: &Clients, key: &str, token: &str) -> Result<v1::SubmitResponse, Status> {
    let request = v1::SubmitRequest {
        idempotency_key: key.to_owned(),
        plan_token: token.to_owned(),
        ..v1::SubmitRequest::default()
    };
    let answer = clients.jobs.clone().submit(request).await?;
    Ok(answer.into_inner())
}

/// The refusal has the code, and says all of these.
fn refused(answer: Result<v1::SubmitResponse, Status>, code: Code, words: &[&str]) {
    let status = answer.expect_err("refused");
    assert_eq!(status.code(), code, "{status:?}");
    for word in words {
        assert!(status.message().contains(word), "{word} in {status:?}");
    }
}

#[tokio::test]
async fn what_is_held_is_what_is_submitted() {
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    let (placement, hold) = held(&clients, 600_000).await;
    let before = clients.job(&hold.token).await;
    assert_eq!(before.state(), JobState::Held);
    assert_eq!(before.idempotency_key, "");
    // Nothing of it begins before the hold expires.
    assert!(placement.groups[0].start_ms >= hold.until_ms);

    let answer = redeem(&clients, "mine", &hold.token).await.unwrap();
    assert_eq!(answer.job_id, hold.token);
    let start = answer.start.unwrap();
    assert_eq!(start.planned_ms, placement.groups[0].start_ms);
    assert!(start.p50_ms <= start.p90_ms);
    let job = clients.job("mine").await;
    assert_eq!(job.state(), JobState::Planned);
    let taken = job.placement.unwrap();
    assert_eq!(
        (taken.groups, taken.transfers),
        (placement.groups, placement.transfers)
    );

    // The answer was lost: the same again, and nothing twice.
    assert!(
        redeem(&clients, "mine", &hold.token)
            .await
            .unwrap()
            .duplicate
    );
    let used = redeem(&clients, "other", &hold.token).await;
    refused(
        used,
        Code::FailedPrecondition,
        &["plan_token", "redeemed already", "nothing"],
    );
    // The job under the key is the one that was planned.
    let mut spec = world::spec("held");
    spec.groups[0].resources = Some(world::cores(8));
    let again = world::submit("mine", spec);
    let again = clients
        .jobs
        .clone()
        .submit(again)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((again.job_id, again.duplicate), (hold.token, true));
}

#[tokio::test]
async fn what_is_held_nobody_else_gets_until_it_expires() {
    let (_cluster, clients) = single(|settings| {
        settings.time_scale = 60.0;
        // No agent is there to renew them.
        settings.lease_ms = 60_000;
    })
    .await;
    world::build(&clients).await;
    let mut tokens = Vec::new();
    for _ in 0..4 {
        // Four nodes are all there are.
        tokens.push(held(&clients, 300_000).await);
    }
    let start_ms = |placement: &v1::Placement| placement.groups[0].start_ms;
    let last = plan(&clients, 0).await.unwrap().candidates[0].clone();
    let ends = |placement: &v1::Placement| placement.groups[0].end_ms;
    let first_end_ms = tokens
        .iter()
        .map(|(placement, _)| ends(placement))
        .min()
        .unwrap();
    let start_ms = start_ms(&last.placement.unwrap());
    // Before the holds begin there is room for a minute's work, or behind them.
    let first_start_ms = tokens[0].0.groups[0].start_ms;
    assert!(start_ms >= first_end_ms || start_ms < first_start_ms);
    let cancelled = v1::CancelJobRequest {
        job: tokens[0].1.token.clone(),
    };
    clients.jobs.clone().cancel(cancelled).await.unwrap();
    let given_up = redeem(&clients, "a", &tokens[0].1.token).await;
    refused(
        given_up,
        Code::FailedPrecondition,
        &["given up", "cancelled", "plan again"],
    );

    until("the end of a hold", async || {
        let job = clients.job(&tokens[1].1.token).await;
        (job.reason_code == "hold_expired").then_some(())
    })
    .await;
    let expired = redeem(&clients, "b", &tokens[1].1.token).await;
    refused(
        expired,
        Code::FailedPrecondition,
        &["has expired", "nothing was stored"],
    );
    let mut networks = clients.networks.clone();
    let overview = networks.overview(v1::OverviewRequest {}).await.unwrap();
    let counts = overview.into_inner().jobs_by_state;
    assert_eq!(counts.get("pending").copied().unwrap_or(0), 0, "{counts:?}");
}

#[tokio::test]
async fn a_token_works_for_its_owner_its_job_and_its_world_only() {
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    let (placement, hold) = held(&clients, 600_000).await;
    let token = &hold.token;
    let stranger = v1::SubmitRequest {
        tenant: "stranger".to_owned(),
        idempotency_key: "k".to_owned(),
        plan_token: token.clone(),
        ..v1::SubmitRequest::default()
    };
    let answer = clients.jobs.clone().submit(stranger).await;
    let answer = answer.map(tonic::Response::into_inner);
    refused(
        answer,
        Code::NotFound,
        &["stranger", "has no hold", "nothing was stored"],
    );

    let other = v1::SubmitRequest {
        plan_token: token.clone(),
        ..world::submit("k", world::spec("another"))
    };
    let answer = clients.jobs.clone().submit(other.clone()).await;
    let answer = answer.map(tonic::Response::into_inner);
    refused(
        answer,
        Code::FailedPrecondition,
        &["for another job", "token alone"],
    );

    refused(
        redeem(&clients, "k", "x").await,
        Code::InvalidArgument,
        &["plan_token"],
    );
    refused(
        redeem(&clients, "", token).await,
        Code::InvalidArgument,
        &["idempotency_key"],
    );
    let batch = v1::SubmitBatchRequest { jobs: vec![other] };
    let batch = clients.jobs.clone().submit_batch(batch).await.unwrap_err();
    assert!(batch.message().contains("jobs[0].plan_token"), "{batch:?}");

    world::set_mode(&clients, &placement.groups[0].site, v1::SiteMode::Cordoned).await;
    let moved = redeem(&clients, "k", token).await;
    refused(
        moved,
        Code::FailedPrecondition,
        &["does not fit any more", "cordoned", "plan again"],
    );
    assert_eq!(clients.job(token).await.state(), JobState::Held);
}

#[tokio::test]
async fn holds_have_limits() {
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    for hold_ms in [-1, 600_001, i64::MAX] {
        let status = plan(&clients, hold_ms).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        assert!(status.message().contains("hold_ms"), "{status:?}");
    }
    for _ in 0..16 {
        held(&clients, 600_000).await;
    }
    let status = plan(&clients, 600_000).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.message().contains("may hold 16"), "{status:?}");
}

#[tokio::test]
async fn a_hold_survives_its_leader() {
    // No agent is heard: however long it takes to elect a leader, the site is not cut off.
    let mut cluster = Cluster::start(3, |_, settings| settings.lease_ms = 600_000);
    let leader = cluster.leader().await;
    let clients = cluster.clients(leader);
    until("the configured policy", async || {
        let members = clients.members().await.ok()?;
        (members.applied_index > 2).then_some(())
    })
    .await;
    world::build(&clients).await;
    let (_, hold) = held(&clients, 600_000).await;
    cluster.stop_member(leader);
    let clients = cluster.clients(cluster.leader().await);
    let answer = redeem(&clients, "k", &hold.token).await.unwrap();
    assert_eq!(answer.job_id, hold.token);
    assert_eq!(clients.job("k").await.state(), JobState::Planned);
}
