//! Data sets and images are removed, by whom they belong to, and the sites drop the bytes.

use ewc_proto::v1;
use tonic::Code;

use crate::agent::Agent;
use crate::identity::{cluster, denied};
use crate::server::{Clients, single};
use crate::world;

fn removal(name: &str) -> v1::RemoveRequest {
    v1::RemoveRequest {
        name: name.to_owned(),
        sites: Vec::new(),
    }
}

#[tokio::test]
async fn what_is_removed_is_dropped_at_its_sites_and_forgotten_once_they_say_so() {
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    let agent = Agent::register(&clients, "north", 2).await;
    assert!(agent.sync().await.drop.is_empty());
    let mut networks = clients.networks.clone();
    let removed = networks.remove_dataset(removal(world::DATASET)).await;
    assert_eq!(removed.unwrap().into_inner().sites, ["north"]);
    let told = agent.sync().await.drop;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].name, world::DATASET);
    // Said until it is heard of.
    assert_eq!(agent.sync().await.drop, told);
    let mut networks = clients.networks.clone();
    let dataset = Some(world::dataset(world::DATASET));
    let again = v1::RegisterDatasetRequest { dataset };
    let refused = networks.register_dataset(again.clone()).await.unwrap_err();
    assert!(refused.message().contains("still dropping"), "{refused:?}");
    let report = v1::SyncRequest {
        site: "north".to_owned(),
        incarnation: 2,
        dropped: told,
        ..v1::SyncRequest::default()
    };
    let answer = clients.agents.clone().sync(report).await;
    assert!(answer.unwrap().into_inner().drop.is_empty());
    networks.register_dataset(again).await.unwrap();
}

#[tokio::test]
async fn what_a_job_needs_is_not_removed() {
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    // It is to wait: what an agent was told to start ends only by its word.
    for site in world::SITES {
        world::set_mode(&clients, site, v1::SiteMode::Cordoned).await;
    }
    let mut spec = world::spec("reader");
    spec.inputs = vec![v1::Input {
        dataset: world::DATASET.to_owned(),
        mount: String::new(),
    }];
    let job = world::submitted(&clients, "reader", spec).await;
    let mut networks = clients.networks.clone();
    let refused = networks.remove_dataset(removal(world::DATASET)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(
        refused.message().contains(&format!("job {job}")),
        "{refused:?}"
    );
    let cancel = v1::CancelJobRequest { job };
    clients.jobs.clone().cancel(cancel).await.unwrap();
    networks
        .remove_dataset(removal(world::DATASET))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_tenant_removes_its_own_data_sets_and_no_images() {
    let (authority, _cluster, url) = cluster().await;
    let tenant = |name| Clients::new(&url, Some(authority.client(Some(name))));
    let mut a = tenant("ewc://tenant/a");
    let mut b = tenant("ewc://tenant/b");
    let dataset = Some(world::dataset("own"));
    let register = v1::RegisterDatasetRequest { dataset };
    a.networks.register_dataset(register).await.unwrap();
    denied(
        "to remove another's",
        b.networks.remove_dataset(removal("own")).await,
        "",
    );
    denied(
        "to remove an image",
        a.networks.remove_image(removal("image")).await,
        "",
    );
    a.networks.remove_dataset(removal("own")).await.unwrap();
}
