//! Tells the network what there is, and submits jobs when their time comes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ewc_core::model::JobSpec;
use ewc_proto::v1::network_service_client::NetworkServiceClient;
use ewc_proto::{convert, v1};
use ewc_sim::workload::GeneratedJob;

use super::client::Client;
use super::configs::TIME_SCALE;
use super::workload::Load;

/// The client's own list of what was acknowledged: key and job id.
pub type Acknowledged = Vec<(String, String)>;

/// Defines links and data sets; answers with the network's time.
pub async fn register(client: &Client, load: &Load) -> anyhow::Result<i64> {
    let network = v1::DefineNetworkRequest {
        nodes: load
            .scenario
            .nodes
            .iter()
            .map(convert::network_node_to_wire)
            .collect(),
        links: load
            .scenario
            .links
            .iter()
            .map(convert::link_definition_to_wire)
            .collect(),
        regions: load
            .scenario
            .regions
            .iter()
            .map(convert::region_definition_to_wire)
            .collect(),
    };
    client
        .call(|channel| {
            let network = network.clone();
            async move {
                NetworkServiceClient::new(channel)
                    .define_network(network)
                    .await
            }
        })
        .await?;
    for dataset in &load.datasets {
        let grade = convert::data_grade_to_wire(dataset.grade).into();
        let wire = v1::Dataset {
            name: dataset.name.clone(),
            sha256: load.digest_hex(&dataset.name),
            size_bytes: i64::try_from(dataset.size_bytes)?,
            grade,
            sites: vec![dataset.home_site.clone()],
            tenant: dataset.tenant.clone(),
            lowered: Vec::new(),
        };
        client
            .call(|channel| {
                let request = v1::RegisterDatasetRequest {
                    dataset: Some(wire.clone()),
                };
                async move {
                    NetworkServiceClient::new(channel)
                        .register_dataset(request)
                        .await
                }
            })
            .await?;
    }
    Ok(client.overview().await?.now_ms)
}

/// Submits every job at its time. The list holds what was acknowledged, and nothing else.
pub async fn submit_all(
    client: Client,
    load: Arc<Load>,
    base_ms: i64,
) -> anyhow::Result<Acknowledged> {
    let started = Instant::now();
    let mut acknowledged = Vec::new();
    for job in &load.jobs {
        let after_ms = (job.submit_ms - load.start_ms).max(0) as u64 / TIME_SCALE;
        let at = started + Duration::from_millis(after_ms);
        tokio::time::sleep_until(at.into()).await;
        let request = v1::SubmitRequest {
            idempotency_key: job.key.clone(),
            spec: Some(convert::job_spec_to_wire(
                &shifted(job, base_ms - load.start_ms),
                &[],
            )),
            tenant: job.tenant.clone(),
            ..v1::SubmitRequest::default()
        };
        match client.submit(request).await {
            Ok(id) => acknowledged.push((job.key.clone(), id)),
            Err(error) => eprintln!("demo: {} was not acknowledged: {error}", job.key),
        }
    }
    Ok(acknowledged)
}

/// The specification with its times moved from the workload's beginning to the network's.
fn shifted(job: &GeneratedJob, by_ms: i64) -> JobSpec {
    let mut spec = job.spec.clone();
    if spec.release_ms > 0 {
        spec.release_ms += by_ms;
    }
    spec.deadline_ms = spec.deadline_ms.map(|deadline_ms| deadline_ms + by_ms);
    spec
}
