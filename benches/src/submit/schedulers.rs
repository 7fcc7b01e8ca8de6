//! Three ewc-schedulers with one site that is registered and keeps reporting.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::ensure;
use ewc_proto::v1;
use ewc_proto::v1::agent_service_client::AgentServiceClient;
use prost::Message as _;

use super::jobs;
use super::spent::Spent;
use crate::load::Client;
use crate::members::{Addresses, Members};
use crate::process::Process;
use crate::unary::Connection;

/// Long enough that the site stays connected while the schedulers are paused.
const LEASE_MS: u64 = 60_000;
/// Pause between two reports of the site.
const SYNC_EVERY: Duration = Duration::from_millis(500);

/// Methods that store jobs.
const SUBMIT: &str = "/ewc.v1.JobService/Submit";
const SUBMIT_BATCH: &str = "/ewc.v1.JobService/SubmitBatch";

/// The cluster. Dropped, it is killed.
pub struct Schedulers(Members);

impl Schedulers {
    /// Starts the members and registers the site.
    pub async fn start(program: &Path, directory: &Path) -> anyhow::Result<Schedulers> {
        let settings = format!("lease_ms = {LEASE_MS}");
        let members = Members::start(program, directory, &settings).await?;
        tokio::spawn(report(members.addresses().clone()));
        Ok(Schedulers(members))
    }

    /// Clients of the leader.
    pub async fn clients(&self, count: usize) -> anyhow::Result<Vec<SchedulerClient>> {
        let url = self.0.addresses().leader_url().await?;
        let mut clients = Vec::new();
        for _ in 0..count {
            clients.push(SchedulerClient {
                connection: Connection::open(&url).await?,
                jobs: jobs::Encoder::new(),
            });
        }
        Ok(clients)
    }

    /// Jobs that wait for a place.
    pub async fn pending(&self) -> anyhow::Result<f64> {
        self.metric("ewc_jobs{state=\"pending\"}").await
    }

    /// A counter or gauge of the leader, by its full name.
    pub async fn metric(&self, name: &str) -> anyhow::Result<f64> {
        self.0.addresses().metric(name).await
    }

    /// Processor time so far.
    pub async fn spent(&self) -> anyhow::Result<Spent<Duration>> {
        Spent::until_now(self.0.running(), self.0.addresses().leader().await?)
    }

    /// Stops every member where it stands.
    pub fn pause(&self) -> anyhow::Result<()> {
        self.0.running().try_for_each(Process::pause)
    }

    /// Lets every member go on.
    pub fn resume(&self) -> anyhow::Result<()> {
        self.0.running().try_for_each(Process::resume)
    }
}

/// What the agent of the only site says, for as long as the figure runs.
async fn report(members: Addresses) {
    let started = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let incarnation = started.as_millis() as u64;
    loop {
        // Schedulers that are paused or gone answer again later, or the figure ends.
        let _ = report_to_leader(&members, incarnation).await;
        tokio::time::sleep(SYNC_EVERY).await;
    }
}

async fn report_to_leader(members: &Addresses, incarnation: u64) -> anyhow::Result<()> {
    let channel = members.dial_leader().await?;
    let mut client = AgentServiceClient::new(channel).max_decoding_message_size(64 << 20);
    let site = Some(jobs::site());
    let register = v1::RegisterRequest {
        site,
        incarnation,
        data_address: String::new(),
    };
    client.register(register).await?;
    let mut request = v1::SyncRequest {
        site: jobs::SITE.to_owned(),
        incarnation,
        ..Default::default()
    };
    loop {
        request.sequence += 1;
        let answer = client.sync(request.clone()).await?.into_inner();
        request.desired_version = answer.desired_version;
        tokio::time::sleep(SYNC_EVERY).await;
    }
}

/// Submits jobs to the leader.
pub struct SchedulerClient {
    connection: Connection,
    jobs: jobs::Encoder,
}

impl Client for SchedulerClient {
    async fn store(&mut self, numbers: Range<u64>) -> anyhow::Result<()> {
        if numbers.end - numbers.start == 1 {
            let job = self.jobs.request(numbers.start);
            let answer = self.connection.call(SUBMIT, job).await?;
            let answer = v1::SubmitResponse::decode(&answer[..])?;
            ensure!(!answer.job_id.is_empty(), "a job was not stored");
            ensure!(!answer.duplicate, "a job was stored before");
            return Ok(());
        }
        let expected = (numbers.end - numbers.start) as usize;
        let batch = self.jobs.batch(numbers);
        let answer = self.connection.call(SUBMIT_BATCH, &batch).await?;
        let answer = v1::SubmitBatchResponse::decode(&answer[..])?;
        ensure!(
            answer.jobs.len() == expected,
            "not every job was acknowledged"
        );
        Ok(())
    }
}
