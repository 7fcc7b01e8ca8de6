//! What an agent's silence does, and what wakes it.

use ewc_proto::v1;
use ewc_proto::v1::{AttemptPhase, JobState, OnDisconnect};

use crate::agent::Agent;
use crate::life::{network, reached};
use crate::server::{Clients, until};
use crate::world;

async fn running(
    clients: &Clients,
    agent: &mut Agent,
    name: &str,
    on_disconnect: OnDisconnect,
) -> String {
    let spec = v1::JobSpec {
        on_disconnect: on_disconnect.into(),
        ..world::spec(name)
    };
    let job = world::submitted(clients, name, spec).await;
    let granted = agent.granted(&job).await;
    assert_eq!(granted.on_disconnect(), on_disconnect);
    agent.report(&granted, AttemptPhase::Started).await;
    job
}

async fn is_connected(clients: &Clients, site: &str) -> bool {
    let sites = clients
        .networks
        .clone()
        .list_sites(v1::ListSitesRequest {})
        .await;
    let sites = sites.unwrap().into_inner().sites;
    sites
        .iter()
        .find(|known| known.id == site)
        .unwrap()
        .connected
}

#[tokio::test]
async fn silence_stops_what_asked_for_it_and_nothing_else() {
    let (_cluster, clients, mut agent) = network().await;
    let stops = running(&clients, &mut agent, "stops", OnDisconnect::Stop).await;
    let stays = running(&clients, &mut agent, "stays", OnDisconnect::KeepRunning).await;
    assert!(is_connected(&clients, "south").await);
    let lost = reached(&clients, &stops, JobState::OutcomeUnknown).await;
    assert_eq!(lost.reason_code, "site_lost");
    assert_eq!(clients.job(&stays).await.state(), JobState::Running);
    assert!(!is_connected(&clients, "south").await);
    // Back again: what kept running goes on, and the other is not wanted any more.
    let desired = agent.sync().await.desired;
    let jobs: Vec<&String> = desired.iter().map(|desired| &desired.job_id).collect();
    assert_eq!(jobs, [&stays]);
    assert!(is_connected(&clients, "south").await);
    let granted = agent.granted(&stays).await;
    agent.report(&granted, AttemptPhase::Succeeded).await;
    reached(&clients, &stays, JobState::Succeeded).await;
}

#[tokio::test]
async fn an_agent_that_reports_stays_connected() {
    let (_cluster, clients, mut agent) = network().await;
    let job = running(&clients, &mut agent, "stays", OnDisconnect::Stop).await;
    // Three leases.
    let began = std::time::Instant::now();
    until("three leases", async || {
        agent.sync().await;
        (began.elapsed().as_secs() >= 3).then_some(())
    })
    .await;
    assert_eq!(clients.job(&job).await.state(), JobState::Running);
}

#[tokio::test]
async fn an_agent_is_woken_when_there_is_something_to_do() {
    let (_cluster, clients, agent) = network().await;
    let mut attached = agent.attach().await;
    let job = world::submitted(&clients, "wakes", world::spec("wakes")).await;
    let wake = |what| matches!(what, v1::attach_down::What::Wake(_)).then_some(());
    let woken = until("a wake-up with the start", async || {
        attached.next(wake).await.unwrap();
        agent
            .sync()
            .await
            .desired
            .into_iter()
            .find(|desired| desired.fence > 0)
    })
    .await;
    assert_eq!(woken.job_id, job);
}
