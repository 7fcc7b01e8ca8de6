//! The national network and its workload, handed to whoever leads.

use std::time::Duration;

use anyhow::Context as _;
use ewc_core::model::Payload;
use ewc_proto::v1::job_service_client::JobServiceClient;
use ewc_proto::v1::network_service_client::NetworkServiceClient;
use ewc_proto::{convert, v1};
use ewc_scenario::{Scenario, SiteDef};
use ewc_sim::workload::{GeneratedJob, Mix, Workload, generate};

use super::agents::{self, Conduct};
use crate::members::Addresses;

/// Network seconds in a real second, as in the demo.
pub const TIME_SCALE: u32 = 720;
/// Bytes of the network for one real byte.
const DATA_SCALE: u32 = 1_000_000;
/// Pause after a request that somebody else has to answer.
const PAUSE: Duration = Duration::from_millis(100);
/// How often it is asked again.
const TRIES: u32 = 300;
/// Jobs in one request at most.
const BATCH: usize = 100;

/// The workload and where to hand it.
pub struct Load {
    members: Addresses,
    jobs: std::vec::IntoIter<GeneratedJob>,
    workload_start_ms: i64,
    network_start_ms: i64,
}

impl Load {
    /// Defines the network, starts its sites, and makes `count` jobs.
    ///
    /// # Errors
    /// The jobs cannot be made, or nobody takes the network in time.
    pub async fn prepare(
        members: &Addresses,
        count: u32,
        conduct: Conduct,
    ) -> anyhow::Result<Load> {
        let scenario = ewc_scenario::national().scaled_data(DATA_SCALE);
        let mix = Mix {
            jobs: count,
            data_scale: DATA_SCALE,
            fail_jobs: 0,
            ..Mix::default()
        };
        let sites: Vec<&SiteDef> = scenario.sites.iter().collect();
        let payload = |_: &GeneratedJob| Payload::Process {
            argv: vec!["true".to_owned()],
            environment: Default::default(),
        };
        let Workload { jobs, datasets } = generate(&mix, &scenario, &sites, &payload)?;
        define(members, &scenario).await?;
        for site in &scenario.sites {
            tokio::spawn(agents::act(members.clone(), site.clone(), conduct));
        }
        let mut load = Load {
            members: members.clone(),
            jobs: jobs.into_iter(),
            workload_start_ms: mix.start_ms,
            network_start_ms: 0,
        };
        load.network_start_ms = load.await_sites(scenario.sites.len() as i64).await?;
        for dataset in datasets {
            let wire = v1::Dataset {
                name: dataset.name.clone(),
                sha256: convert::sha256_to_hex(&dataset.nominal_sha256()),
                size_bytes: i64::try_from(dataset.size_bytes)?,
                grade: convert::data_grade_to_wire(dataset.grade).into(),
                sites: vec![dataset.home_site.clone()],
                tenant: dataset.tenant.clone(),
                lowered: Vec::new(),
            };
            register(members, wire).await?;
        }
        Ok(load)
    }

    /// Submits the next jobs together, again until somebody has acknowledged them; false when
    /// there are none left.
    pub async fn submit(&mut self, count: usize) -> anyhow::Result<bool> {
        let jobs = self.requests(count);
        for batch in jobs.chunks(BATCH) {
            again(async || {
                let mut client = JobServiceClient::new(self.members.dial_leader().await?);
                let jobs = batch.to_vec();
                client.submit_batch(v1::SubmitBatchRequest { jobs }).await?;
                Ok(())
            })
            .await?;
        }
        Ok(!jobs.is_empty())
    }

    /// The next jobs as requests that nobody has been asked yet; fewer when none are left.
    pub fn requests(&mut self, count: usize) -> Vec<v1::SubmitRequest> {
        let jobs: Vec<GeneratedJob> = self.jobs.by_ref().take(count).collect();
        jobs.iter().map(|job| self.request(job)).collect()
    }

    fn request(&self, job: &GeneratedJob) -> v1::SubmitRequest {
        let mut spec = job.spec.clone();
        let by_ms = self.network_start_ms - self.workload_start_ms;
        // All arrive within a minute: who was to come later is released later.
        spec.release_ms = 0;
        spec.deadline_ms = spec.deadline_ms.map(|at_ms| at_ms + by_ms);
        v1::SubmitRequest {
            idempotency_key: job.key.clone(),
            spec: Some(convert::job_spec_to_wire(&spec, &[])),
            tenant: job.tenant.clone(),
            ..v1::SubmitRequest::default()
        }
    }

    /// Waits until every site is connected; answers with the network's time.
    async fn await_sites(&self, sites: i64) -> anyhow::Result<i64> {
        again(async || {
            let mut client = NetworkServiceClient::new(self.members.dial_leader().await?);
            let overview = client.overview(v1::OverviewRequest {}).await?.into_inner();
            let connected = overview.sites.iter().filter(|site| site.connected).count();
            anyhow::ensure!(connected as i64 == sites, "{connected} sites are connected");
            Ok(overview.now_ms)
        })
        .await
    }
}

async fn define(members: &Addresses, scenario: &Scenario) -> anyhow::Result<()> {
    let network = v1::DefineNetworkRequest {
        nodes: scenario
            .nodes
            .iter()
            .map(convert::network_node_to_wire)
            .collect(),
        links: scenario
            .links
            .iter()
            .map(convert::link_definition_to_wire)
            .collect(),
        regions: scenario
            .regions
            .iter()
            .map(convert::region_definition_to_wire)
            .collect(),
    };
    again(async || {
        let mut client = NetworkServiceClient::new(members.dial_leader().await?);
        client.define_network(network.clone()).await?;
        Ok(())
    })
    .await
}

async fn register(members: &Addresses, dataset: v1::Dataset) -> anyhow::Result<()> {
    again(async || {
        let mut client = NetworkServiceClient::new(members.dial_leader().await?);
        let dataset = Some(dataset.clone());
        client
            .register_dataset(v1::RegisterDatasetRequest { dataset })
            .await?;
        Ok(())
    })
    .await
}

/// Asks until there is an answer; every request here may be repeated.
async fn again<A>(mut ask: impl AsyncFnMut() -> anyhow::Result<A>) -> anyhow::Result<A> {
    let mut tries = 0;
    loop {
        tries += 1;
        match ask().await {
            Err(error) if tries >= TRIES => return Err(error).context("nobody answers"),
            Err(_) => tokio::time::sleep(PAUSE).await,
            answer => return answer,
        }
    }
}
