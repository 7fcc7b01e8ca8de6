//! A job's life, with an agent that follows a script.

use ewc_proto::v1;
use ewc_proto::v1::{AttemptPhase, JobState};

use crate::agent::Agent;
use crate::server::{Clients, Cluster, single, until};
use crate::world;

/// A network whose minutes last a second, with one agent; the other site is cordoned.
pub async fn network() -> (Cluster, Clients, Agent) {
    let (cluster, clients) = single(|settings| settings.time_scale = 60.0).await;
    world::build(&clients).await;
    world::set_mode(&clients, "north", v1::SiteMode::Cordoned).await;
    let agent = Agent::register(&clients, "south", 2).await;
    (cluster, clients, agent)
}

/// The job once it is in a state.
pub async fn reached(clients: &Clients, job: &str, state: JobState) -> v1::Job {
    until(state.as_str_name(), async || {
        let job = clients.job(job).await;
        (job.state() == state).then_some(job)
    })
    .await
}

#[tokio::test]
async fn from_submission_to_results() {
    let (_cluster, clients, mut agent) = network().await;
    let mut spec = world::spec("whole");
    spec.inputs = vec![v1::Input {
        dataset: world::DATASET.to_owned(),
        mount: String::new(),
    }];
    spec.outputs = vec![v1::Output {
        dataset: "result".to_owned(),
        path: "out".to_owned(),
        size_bytes: 1,
        ..v1::Output::default()
    }];
    let job = world::submitted(&clients, "whole", spec).await;
    let watch = v1::WatchJobRequest { job: job.clone() };
    let mut watched = clients
        .jobs
        .clone()
        .watch(watch)
        .await
        .unwrap()
        .into_inner();

    let staging = agent
        .told(&job, "data to stage", |desired| desired.fence == 0)
        .await;
    assert_eq!(staging.stage_in[0].from_site, "north");
    assert_eq!(staging.stage_in[0].sha256, "ab".repeat(32));
    agent.report(&staging, AttemptPhase::Staged).await;
    let granted = agent.granted(&job).await;
    assert_eq!((granted.attempt, granted.stop), (1, false));
    assert_eq!(clients.job(&job).await.state(), JobState::Dispatched);
    // A start under another fence is not heard.
    let stale = v1::DesiredAttempt {
        fence: granted.fence - 1,
        ..granted.clone()
    };
    agent.report(&stale, AttemptPhase::Started).await;
    assert_eq!(clients.job(&job).await.state(), JobState::Dispatched);
    agent.report(&granted, AttemptPhase::Started).await;
    assert_eq!(clients.job(&job).await.state(), JobState::Running);
    let (dataset, sha256) = ("result".to_owned(), "cd".repeat(32));
    let output = v1::OutputFact {
        dataset,
        sha256: sha256.clone(),
        size_bytes: 77,
    };
    let ended = |observed: &mut v1::ObservedAttempt| observed.outputs = vec![output];
    agent
        .report_with(&granted, AttemptPhase::Succeeded, ended)
        .await;

    let ended = reached(&clients, &job, JobState::Succeeded).await;
    assert_eq!(ended.attempts[0].fence, granted.fence);
    let datasets = v1::ListDatasetsRequest::default();
    let datasets = clients
        .networks
        .clone()
        .list_datasets(datasets)
        .await
        .unwrap()
        .into_inner();
    let result = datasets
        .datasets
        .iter()
        .find(|known| known.name == "result")
        .unwrap();
    assert_eq!(
        (result.size_bytes, &result.sites),
        (77, &vec!["south".to_owned()])
    );
    assert_eq!(result.sha256, sha256);

    let mut states = Vec::new();
    while let Some(job) = watched.message().await.unwrap() {
        states.push(job.state());
    }
    states.dedup();
    let seen = [
        JobState::Staging,
        JobState::Dispatched,
        JobState::Running,
        JobState::Succeeded,
    ];
    assert!(states.ends_with(&seen), "{states:?}");
}

#[tokio::test]
async fn what_runs_is_stopped_before_it_is_cancelled() {
    let (_cluster, clients, mut agent) = network().await;
    let job = world::submitted(&clients, "cancel", world::spec("cancel")).await;
    let granted = agent.granted(&job).await;
    agent.report(&granted, AttemptPhase::Started).await;
    let cancel = v1::CancelJobRequest { job: job.clone() };
    let answer = clients
        .jobs
        .clone()
        .cancel(cancel.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.state(), JobState::Running);
    let stop = agent.told(&job, "to stop", |desired| desired.stop).await;
    assert_eq!(stop.fence, granted.fence);
    agent.report(&stop, AttemptPhase::Stopped).await;
    let ended = reached(&clients, &job, JobState::Cancelled).await;
    assert!(ended.reason.contains("cancel"), "{}", ended.reason);
    assert!(
        !agent
            .sync()
            .await
            .desired
            .iter()
            .any(|desired| desired.job_id == job)
    );
    // Once more does no harm.
    let again = clients
        .jobs
        .clone()
        .cancel(cancel)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again.state(), JobState::Cancelled);
}

#[tokio::test]
async fn a_failure_is_tried_again_under_a_higher_fence() {
    let (_cluster, clients, mut agent) = network().await;
    let retried = v1::JobSpec {
        retries: 1,
        ..world::spec("retry")
    };
    let job = world::submitted(&clients, "retry", retried).await;
    let first = agent.granted(&job).await;
    agent.report(&first, AttemptPhase::Started).await;
    let failed = |observed: &mut v1::ObservedAttempt| observed.exit_code = 3;
    agent
        .report_with(&first, AttemptPhase::Failed, failed)
        .await;
    let second = agent
        .told(&job, "another start", |desired| desired.fence > first.fence)
        .await;
    assert_eq!((first.attempt, second.attempt), (1, 2));
    // The first failure is still reported, and counts once.
    agent.sync().await;
    agent
        .report_with(&second, AttemptPhase::Failed, failed)
        .await;
    let ended = reached(&clients, &job, JobState::Failed).await;
    let codes: Vec<i32> = ended
        .attempts
        .iter()
        .map(|attempt| attempt.exit_code)
        .collect();
    assert_eq!(codes, [3, 3]);
    assert_eq!(ended.reason_code, "task_failed");
}

#[tokio::test]
async fn a_newer_agent_supersedes_an_older_one() {
    let (_cluster, clients, old) = network().await;
    let new = Agent::register(&clients, "south", 3).await;
    assert!(old.sync().await.superseded);
    assert!(!new.sync().await.superseded);
}

#[tokio::test]
async fn a_drained_site_gives_up_what_it_has_not_started() {
    let (_cluster, clients, mut agent) = network().await;
    let runs = world::submitted(&clients, "runs", world::spec("runs")).await;
    let granted = agent.granted(&runs).await;
    agent.report(&granted, AttemptPhase::Started).await;
    let now_ms = clients
        .networks
        .clone()
        .overview(v1::OverviewRequest {})
        .await;
    let release_ms = now_ms.unwrap().into_inner().now_ms + 36_000_000;
    let later = v1::JobSpec {
        release_ms,
        ..world::spec("later")
    };
    let later = world::submitted(&clients, "later", later).await;
    let site_of = |job: &v1::Job| job.placement.as_ref().map(|it| it.groups[0].site.clone());
    let planned = reached(&clients, &later, JobState::Planned).await;
    assert_eq!(site_of(&planned).as_deref(), Some("south"));
    let preview = async |sites: &[&str], hub: &str| {
        let sites = sites.iter().map(|site| (*site).to_owned()).collect();
        let hub = hub.to_owned();
        let request = v1::PreviewDrainRequest { sites, hub };
        let mut networks = clients.networks.clone();
        networks
            .preview_drain(request)
            .await
            .map(tonic::Response::into_inner)
    };
    let south = preview(&["south"], "").await.unwrap();
    assert_eq!(south.sites, ["south"]);
    let ids = |jobs: &[v1::LeavingJob]| -> Vec<String> {
        jobs.iter().map(|job| job.job_id.clone()).collect()
    };
    assert_eq!(ids(&south.leaving), std::slice::from_ref(&later));
    // The other site is not open yet.
    let first = &south.leaving[0];
    assert_eq!((first.to_site.as_str(), first.misses_deadline), ("", false));
    assert_eq!(south.staying.len(), 1);
    assert_eq!(south.staying[0].job_id, runs);
    assert!(south.empty_ms >= south.staying[0].until_ms);
    let north = preview(&["north"], "").await.unwrap();
    assert_eq!((north.leaving.len(), north.staying.len()), (0, 0));
    for (sites, hub, code) in [
        (&["nowhere"][..], "", tonic::Code::NotFound),
        (&[], "nowhere", tonic::Code::NotFound),
        (&[], "", tonic::Code::InvalidArgument),
        (&["north"], "west", tonic::Code::InvalidArgument),
    ] {
        assert_eq!(preview(sites, hub).await.unwrap_err().code(), code);
    }
    // Nothing was done.
    let still = clients.job(&later).await;
    assert_eq!(site_of(&still).as_deref(), Some("south"));
    for (site, mode) in [
        ("north", v1::SiteMode::Open),
        ("south", v1::SiteMode::Draining),
    ] {
        world::set_mode(&clients, site, mode).await;
    }
    until("a place at the other site", async || {
        (site_of(&clients.job(&later).await)? == "north").then_some(())
    })
    .await;
    assert_eq!(clients.job(&runs).await.state(), JobState::Running);
}
