//! Three members: who leads, what the others say, and that all hold the same.

use ewc_proto::v1;
use tonic::{Code, Status};

use crate::server::{Cluster, until};
use crate::world;

fn hint(status: &Status) -> Option<&str> {
    status
        .metadata()
        .get("ewc-leader")
        .and_then(|url| url.to_str().ok())
}

/// Index and digest of every member, once the indices are equal.
pub async fn agreement(cluster: &Cluster) -> u64 {
    until("one state on all members", async || {
        let mut states = Vec::new();
        for id in cluster.ids() {
            let members = cluster.clients(id).members().await.ok()?;
            states.push((members.applied_index, members.state_digest));
        }
        let (index, digest) = states[0].clone();
        let same_index = states.iter().all(|state| state.0 == index);
        same_index.then(|| {
            assert!(states.iter().all(|state| state.1 == digest), "{states:?}");
            index
        })
    })
    .await
}

#[tokio::test]
async fn followers_say_who_leads() {
    let cluster = Cluster::start(3, |_, _| ());
    let leader = cluster.leader().await;
    let url = cluster.url(leader);
    for id in cluster.ids().into_iter().filter(|id| *id != leader) {
        let mut clients = cluster.clients(id);
        let refused = [
            clients
                .jobs
                .submit(world::submit("k", world::spec("k")))
                .await
                .map(drop),
            clients
                .agents
                .register(world::register("north", 1))
                .await
                .map(drop),
            clients
                .networks
                .define_network(world::network())
                .await
                .map(drop),
            clients
                .networks
                .overview(v1::OverviewRequest {})
                .await
                .map(drop),
        ];
        for status in refused.map(Result::unwrap_err) {
            assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
            assert_eq!(hint(&status), Some(url.as_str()), "{status:?}");
        }
        let members = clients.members().await.unwrap().members;
        let leads: Vec<u64> = members
            .iter()
            .filter(|member| member.leader)
            .map(|member| member.id)
            .collect();
        assert_eq!(leads, [leader]);
    }
}

#[tokio::test]
async fn members_that_come_and_go_hold_the_same() {
    let mut cluster = Cluster::start(3, |_, settings| {
        settings.limits.snapshot_every_entries = 100;
    });
    let leader = cluster.leader().await;
    world::build(&cluster.clients(leader)).await;
    let write = async |cluster: &Cluster, from: u32, to: u32| {
        let leader = cluster.leader().await;
        for number in from..to {
            let key = format!("k{number}");
            world::submitted(&cluster.clients(leader), &key, world::spec("j")).await;
        }
    };
    write(&cluster, 0, 20).await;
    agreement(&cluster).await;
    // Without a follower, and over a snapshot.
    let follower = cluster.ids().into_iter().find(|id| *id != leader).unwrap();
    cluster.stop_member(follower);
    write(&cluster, 20, 140).await;
    cluster.start_member(follower);
    agreement(&cluster).await;
    // Without the leader.
    let leader = cluster.leader().await;
    cluster.stop_member(leader);
    write(&cluster, 140, 160).await;
    cluster.start_member(leader);
    let leader = cluster.leader().await;
    for number in 0..160 {
        let job = cluster.clients(leader).job(&format!("k{number}")).await;
        assert_eq!(job.idempotency_key, format!("k{number}"));
    }
    // A follower reads as new as the leader.
    let follower = cluster.ids().into_iter().find(|id| *id != leader).unwrap();
    world::submitted(&cluster.clients(leader), "newest", world::spec("j")).await;
    cluster.clients(follower).job("newest").await;
    agreement(&cluster).await;
}
