//! Logs, relayed through the agent's stream.

use std::time::Duration;

use ewc_proto::v1;
use ewc_proto::v1::AttemptPhase;
use tonic::Code;

use crate::agent::{Agent, Attached};
use crate::life::network;
use crate::server::{Clients, Cluster};
use crate::world;

/// A job that runs, and the stream of its agent.
async fn running() -> (Cluster, Clients, Agent, Attached, String) {
    let (cluster, clients, mut agent) = network().await;
    let job = world::submitted(&clients, "talks", world::spec("talks")).await;
    let granted = agent.granted(&job).await;
    agent.report(&granted, AttemptPhase::Started).await;
    let attached = agent.attach().await;
    (cluster, clients, agent, attached, job)
}

fn chunk(request_id: u64, text: &str) -> v1::LogData {
    let data = text.as_bytes().to_vec().into();
    let chunk = v1::LogChunk {
        stream: v1::LogStream::Stdout.into(),
        offset: 0,
        data,
    };
    v1::LogData {
        request_id,
        chunk: Some(chunk),
        ..v1::LogData::default()
    }
}

fn follow(job: &str) -> v1::LogsRequest {
    v1::LogsRequest {
        job: job.to_owned(),
        follow: true,
        ..v1::LogsRequest::default()
    }
}

#[tokio::test]
async fn a_log_is_relayed_to_its_end() {
    let (_cluster, clients, _agent, mut attached, job) = running().await;
    let mut reader = clients
        .jobs
        .clone()
        .logs(follow(&job))
        .await
        .unwrap()
        .into_inner();
    let request = attached.log_request().await;
    assert_eq!(
        (request.job_id.as_str(), request.attempt),
        (job.as_str(), 1)
    );
    assert_eq!((request.group.as_str(), request.follow), ("main", true));
    let id = request.request_id;
    for text in ["one", "two"] {
        attached.send(chunk(id, text)).await;
        let read = reader.message().await.unwrap().unwrap();
        assert_eq!(read.data, text);
    }
    attached
        .send(v1::LogData {
            end: true,
            ..chunk(id, "three")
        })
        .await;
    assert_eq!(reader.message().await.unwrap().unwrap().data, "three");
    assert_eq!(reader.message().await.unwrap(), None);
}

#[tokio::test]
async fn a_reader_that_leaves_stops_the_agent() {
    let (_cluster, clients, _agent, mut attached, job) = running().await;
    let reader = clients
        .jobs
        .clone()
        .logs(follow(&job))
        .await
        .unwrap()
        .into_inner();
    let id = attached.log_request().await.request_id;
    drop(reader);
    let stopped = attached.next(|what| match what {
        v1::attach_down::What::StopLog(id) => Some(id),
        _ => None,
    });
    assert_eq!(stopped.await, Some(id));
}

#[tokio::test]
async fn an_error_of_the_agent_reaches_the_reader() {
    let (_cluster, clients, _agent, mut attached, job) = running().await;
    let mut reader = clients
        .jobs
        .clone()
        .logs(follow(&job))
        .await
        .unwrap()
        .into_inner();
    let request_id = attached.log_request().await.request_id;
    let error = "the log is gone".to_owned();
    attached
        .send(v1::LogData {
            request_id,
            error,
            ..v1::LogData::default()
        })
        .await;
    let status = reader.message().await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::NotFound, "the log is gone")
    );
}

/// An agent that lost its connection opens another stream before the old one is seen to end.
#[tokio::test]
async fn a_reader_hears_of_it_when_the_agent_opens_another_stream() {
    let (_cluster, clients, agent, mut attached, job) = running().await;
    let mut reader = clients
        .jobs
        .clone()
        .logs(follow(&job))
        .await
        .unwrap()
        .into_inner();
    attached.log_request().await;
    let _new = agent.attach().await;
    let heard = tokio::time::timeout(Duration::from_secs(5), reader.message()).await;
    let status = heard.expect("the reader waits for ever").unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_log_is_read_from_its_own_site_only() {
    let (_cluster, clients, _agent, mut attached, job) = running().await;
    let other = Agent::register(&clients, "north", 2).await.attach().await;
    let mut reader = clients
        .jobs
        .clone()
        .logs(follow(&job))
        .await
        .unwrap()
        .into_inner();
    let id = attached.log_request().await.request_id;
    other.send(chunk(id, "forged")).await;
    // The other's streams are in order: what it says after this is known to have been taken.
    other
        .send(v1::LogData {
            request_id: u64::MAX,
            ..v1::LogData::default()
        })
        .await;
    let mut other = other;
    other
        .next(|what| matches!(what, v1::attach_down::What::StopLog(_)).then_some(()))
        .await;
    attached.send(chunk(id, "real")).await;
    assert_eq!(reader.message().await.unwrap().unwrap().data, "real");
}

#[tokio::test]
async fn without_its_agent_a_log_is_unavailable() {
    let (_cluster, clients, mut agent) = network().await;
    let job = world::submitted(&clients, "mute", world::spec("mute")).await;
    let granted = agent.granted(&job).await;
    agent.report(&granted, AttemptPhase::Started).await;
    let status = clients.jobs.clone().logs(follow(&job)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().contains("south"), "{}", status.message());
}
