//! Three ewc-schedulers on loopback, with one site that is registered and keeps reporting.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail, ensure};
use ewc_proto::v1;
use ewc_proto::v1::agent_service_client::AgentServiceClient;
use ewc_proto::v1::job_service_client::JobServiceClient;
use tonic::transport::{Channel, Endpoint};

use super::jobs;
use crate::load::Client;
use crate::process::{Process, free_ports};

/// Replicas.
const MEMBERS: usize = 3;
/// Time for the members to agree on a leader.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// Long enough that the site stays connected while the schedulers are paused.
const LEASE_MS: u64 = 60_000;
/// Pause between two reports of the site.
const SYNC_EVERY: Duration = Duration::from_millis(500);

/// The cluster. Dropped, it is killed.
pub struct Schedulers {
    members: Vec<Process>,
    urls: Arc<Vec<String>>,
    http_ports: Vec<u16>,
}

impl Schedulers {
    /// Starts the members and registers the site.
    pub async fn start(program: &Path, directory: &Path) -> anyhow::Result<Schedulers> {
        ensure!(
            program.exists(),
            "{} is missing; build it first",
            program.display()
        );
        let ports = free_ports(2 * MEMBERS)?;
        let (grpc, http) = ports.split_at(MEMBERS);
        let urls: Vec<String> = grpc
            .iter()
            .map(|port| format!("http://127.0.0.1:{port}"))
            .collect();
        let mut members = Vec::new();
        for id in 1..=MEMBERS {
            let data = directory.join(format!("ewc-{id}"));
            let config = directory.join(format!("ewc-{id}.toml"));
            std::fs::write(&config, configuration(id, &data, grpc, http, &urls))?;
            let log = directory.join(format!("ewc-{id}.log"));
            let arguments = ["--config".into(), config.into_os_string()];
            members.push(Process::start(program, arguments, &log)?);
        }
        let mut started = Schedulers {
            members,
            urls: Arc::new(urls),
            http_ports: http.to_vec(),
        };
        started
            .leader()
            .await
            .with_context(|| "no scheduler leads")?;
        ensure!(
            !started.members.iter_mut().any(Process::has_ended),
            "a scheduler ended at once"
        );
        tokio::spawn(report(started.urls.clone(), started.http_ports.clone()));
        Ok(started)
    }

    /// A client of the leader.
    pub async fn clients(&self, count: usize) -> anyhow::Result<Vec<SchedulerClient>> {
        let url = &self.urls[self.leader().await?];
        let mut clients = Vec::new();
        for _ in 0..count {
            clients.push(SchedulerClient(JobServiceClient::new(connect(url).await?)));
        }
        Ok(clients)
    }

    /// Position of the leader, once there is one.
    async fn leader(&self) -> anyhow::Result<usize> {
        leader(&self.http_ports).await
    }

    /// Jobs that wait for a place.
    pub async fn pending(&self) -> anyhow::Result<f64> {
        self.metric("ewc_jobs{state=\"pending\"}").await
    }

    /// A counter or gauge of the leader, by its full name.
    pub async fn metric(&self, name: &str) -> anyhow::Result<f64> {
        let text = metrics(self.http_ports[self.leader().await?])?;
        value(&text, name).with_context(|| format!("no metric {name}"))
    }

    /// Stops every member where it stands.
    pub fn pause(&self) -> anyhow::Result<()> {
        self.members.iter().try_for_each(Process::pause)
    }

    /// Lets every member go on.
    pub fn resume(&self) -> anyhow::Result<()> {
        self.members.iter().try_for_each(Process::resume)
    }
}

fn configuration(id: usize, data: &Path, grpc: &[u16], http: &[u16], urls: &[String]) -> String {
    let mut text = format!(
        "cluster = \"bench\"\nmember = {id}\ndata_dir = {data:?}\nlisten = \"127.0.0.1:{}\"\n\
         http_listen = \"127.0.0.1:{}\"\nlease_ms = {LEASE_MS}\n",
        grpc[id - 1],
        http[id - 1],
    );
    for (id, url) in (1..).zip(urls) {
        text.push_str(&format!("[[members]]\nid = {id}\nurl = \"{url}\"\n"));
    }
    text
}

async fn connect(url: &str) -> anyhow::Result<Channel> {
    let endpoint = Endpoint::from_shared(url.to_owned())?.tcp_nodelay(true);
    Ok(endpoint.timeout(Duration::from_secs(10)).connect().await?)
}

/// Position of the leader. Asked for over HTTP, which costs the members next to nothing.
async fn leader(http_ports: &[u16]) -> anyhow::Result<usize> {
    let until = Instant::now() + READY_WITHIN;
    while Instant::now() < until {
        let leads = |port: &u16| {
            metrics(*port).is_ok_and(|text| value(&text, "ewc_raft_is_leader") == Some(1.0))
        };
        if let Some(position) = http_ports.iter().position(leads) {
            return Ok(position);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("nobody leads")
}

/// What the agent of the only site says, for as long as the figure runs.
async fn report(urls: Arc<Vec<String>>, http_ports: Vec<u16>) {
    let started = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let incarnation = started.as_millis() as u64;
    loop {
        // Schedulers that are paused or gone answer again later, or the figure ends.
        let _ = report_to_leader(&urls, &http_ports, incarnation).await;
        tokio::time::sleep(SYNC_EVERY).await;
    }
}

async fn report_to_leader(
    urls: &[String],
    http_ports: &[u16],
    incarnation: u64,
) -> anyhow::Result<()> {
    let channel = connect(&urls[leader(http_ports).await?]).await?;
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

fn metrics(port: u16) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

fn value(text: &str, name: &str) -> Option<f64> {
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.and_then(|value| value.parse().ok())
}

/// Submits jobs to the leader.
pub struct SchedulerClient(JobServiceClient<Channel>);

impl Client for SchedulerClient {
    async fn store(&mut self, numbers: Range<u64>) -> anyhow::Result<()> {
        if numbers.end - numbers.start == 1 {
            let answer = self.0.submit(jobs::request(numbers.start)).await?;
            ensure!(!answer.get_ref().duplicate, "a job was stored before");
            return Ok(());
        }
        let jobs: Vec<_> = numbers.map(jobs::request).collect();
        let expected = jobs.len();
        let answer = self.0.submit_batch(v1::SubmitBatchRequest { jobs }).await?;
        ensure!(
            answer.get_ref().jobs.len() == expected,
            "not every job was acknowledged"
        );
        Ok(())
    }
}
