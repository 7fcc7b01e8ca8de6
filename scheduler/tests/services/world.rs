//! A small network, and jobs for it.

use std::collections::HashMap;

use ewc_proto::v1;

use crate::server::Clients;

pub const SITES: [&str; 2] = ["north", "south"];
/// A data set at the site "north".
pub const DATASET: &str = "survey";
pub const IMAGE: &str = "tool";

pub fn node(id: &str) -> v1::NetworkNode {
    v1::NetworkNode {
        id: id.to_owned(),
        kind: v1::NodeKind::Site.into(),
        latitude: 30.0,
        longitude: 110.0,
        ..v1::NetworkNode::default()
    }
}

pub fn link(id: &str, a: &str, b: &str) -> v1::Link {
    v1::Link {
        id: id.to_owned(),
        a: a.to_owned(),
        b: b.to_owned(),
        carrier: "carrier".to_owned(),
        layer: v1::Layer::PrivateIp.into(),
        one_way_us: 5_000,
        capacity_bps: 10_000_000_000,
        usable_permille: 1000,
        up: true,
        encrypted: true,
        ..v1::Link::default()
    }
}

pub fn region(id: &str, node: &str) -> v1::DemandRegion {
    v1::DemandRegion {
        id: id.to_owned(),
        node: node.to_owned(),
        access_us: 1_000,
        traffic_weight: 1,
        latitude: 30.0,
        longitude: 110.0,
        ..v1::DemandRegion::default()
    }
}

pub fn network() -> v1::DefineNetworkRequest {
    v1::DefineNetworkRequest {
        nodes: SITES.map(node).to_vec(),
        links: vec![link("trunk", "north", "south")],
        regions: vec![region("metro", "north")],
    }
}

pub fn cores(cores: i64) -> v1::Resources {
    v1::Resources {
        cpu_millis: cores * 1000,
        memory_mib: 1024,
        accelerators: 0,
    }
}

pub fn pool(id: &str) -> v1::Pool {
    v1::Pool {
        id: id.to_owned(),
        architecture: "x86_64".to_owned(),
        node: Some(v1::Resources {
            cpu_millis: 8000,
            memory_mib: 32_768,
            accelerators: 0,
        }),
        nodes: 2,
        cpu_watts_milli: 10_000,
        price_micro_cny_per_core_hour: 100_000,
        ..v1::Pool::default()
    }
}

pub fn site(id: &str) -> v1::Site {
    v1::Site {
        id: id.to_owned(),
        region: id.to_owned(),
        mlps_level: 3,
        carriers: vec!["carrier".to_owned()],
        pools: vec![pool("cpu")],
        latitude: 30.0,
        longitude: 110.0,
        ..v1::Site::default()
    }
}

pub fn register(id: &str, incarnation: u64) -> v1::RegisterRequest {
    let data_address = "127.0.0.1:9".to_owned();
    v1::RegisterRequest {
        site: Some(site(id)),
        incarnation,
        data_address,
    }
}

pub fn dataset(name: &str) -> v1::Dataset {
    v1::Dataset {
        name: name.to_owned(),
        sha256: "ab".repeat(32),
        size_bytes: 1_000_000,
        grade: v1::DataGrade::General.into(),
        sites: vec!["north".to_owned()],
        ..v1::Dataset::default()
    }
}

/// Makes the network, its sites, its data set and its image known.
pub async fn build(clients: &Clients) {
    let Clients {
        mut networks,
        mut agents,
        ..
    } = clients.clone();
    networks.define_network(network()).await.unwrap();
    for id in SITES {
        agents.register(register(id, 1)).await.unwrap();
    }
    let dataset = Some(dataset(DATASET));
    networks
        .register_dataset(v1::RegisterDatasetRequest { dataset })
        .await
        .unwrap();
    let image = Some(v1::Image {
        name: IMAGE.to_owned(),
        sha256: "ef".repeat(32),
        ..v1::Image::default()
    });
    networks
        .register_image(v1::RegisterImageRequest { image })
        .await
        .unwrap();
}

/// Opens, cordons or drains a site.
pub async fn set_mode(clients: &Clients, site: &str, mode: v1::SiteMode) {
    let (site, mode) = (site.to_owned(), mode.into());
    let request = v1::SetSiteModeRequest { site, mode };
    let mut networks = clients.networks.clone();
    networks.set_site_mode(request).await.unwrap();
}

pub fn process(argv: &[&str]) -> v1::Payload {
    let argv = argv.iter().map(|word| (*word).to_owned()).collect();
    v1::Payload {
        what: Some(v1::payload::What::Process(v1::ProcessPayload { argv })),
        environment: HashMap::new(),
    }
}

pub fn group(name: &str) -> v1::TaskGroup {
    v1::TaskGroup {
        name: name.to_owned(),
        count: 1,
        resources: Some(cores(1)),
        payload: Some(process(&["true"])),
        estimate_ms: 60_000,
        ..v1::TaskGroup::default()
    }
}

/// A batch job of one task that may run anywhere.
pub fn spec(name: &str) -> v1::JobSpec {
    v1::JobSpec {
        name: name.to_owned(),
        kind: v1::JobKind::Batch.into(),
        groups: vec![group("main")],
        ..v1::JobSpec::default()
    }
}

pub fn submit(key: &str, spec: v1::JobSpec) -> v1::SubmitRequest {
    let (idempotency_key, tenant) = (key.to_owned(), String::new());
    v1::SubmitRequest {
        idempotency_key,
        spec: Some(spec),
        tenant,
        ..v1::SubmitRequest::default()
    }
}

/// Stores a job and says its identity.
pub async fn submitted(clients: &Clients, key: &str, spec: v1::JobSpec) -> String {
    clients
        .jobs
        .clone()
        .submit(submit(key, spec))
        .await
        .unwrap()
        .into_inner()
        .job_id
}
