//! The peer: three members of etcd on loopback, with the options they come with.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use prost::Message as _;
use prost::bytes::Bytes;

use self::wire::maintenance_client::MaintenanceClient;
use super::jobs;
use super::spent::Spent;
use crate::connect::connect;
use crate::load::Client;
use crate::process::{Process, free_ports};
use crate::unary::Connection;

/// The part of etcd's interface that is called here.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
mod wire {
    tonic::include_proto!("etcdserverpb");
}

/// Replicas.
const MEMBERS: usize = 3;
/// Time for the members to agree on a leader.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// Methods that store values.
const PUT: &str = "/etcdserverpb.KV/Put";
const TRANSACT: &str = "/etcdserverpb.KV/Txn";
/// Room for everything a run stores; the usual 2 GiB would end a long one.
const QUOTA_BYTES: u64 = 8 << 30;
/// What to do when the peer is missing.
const INSTALL: &str = "etcd is not installed: `apt-get install etcd-server`, or put an etcd of \
                       3.4 or later on the PATH, or give --without-peer";

/// The program, if it is installed.
pub fn program() -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("etcd"));
    found
        .into_iter()
        .find(|program| program.is_file())
        .ok_or_else(|| anyhow::anyhow!(INSTALL))
}

/// The cluster. Dropped, it is killed.
pub struct Etcd {
    members: Vec<Process>,
    urls: Vec<String>,
}

impl Etcd {
    /// Starts the members.
    pub async fn start(program: &Path, directory: &Path) -> anyhow::Result<Etcd> {
        let ports = free_ports(2 * MEMBERS)?;
        let url = |port: &u16| format!("http://127.0.0.1:{port}");
        let urls: Vec<String> = ports[..MEMBERS].iter().map(url).collect();
        let peers: Vec<String> = ports[MEMBERS..].iter().map(url).collect();
        let named = (1..)
            .zip(&peers)
            .map(|(id, url): (usize, _)| format!("etcd-{id}={url}"));
        let cluster: Vec<String> = named.collect();
        let mut members = Vec::new();
        for (id, (url, peer)) in (1..).zip(urls.iter().zip(&peers)) {
            let data = directory.join(format!("etcd-{id}"));
            let arguments = [
                format!("--name=etcd-{id}"),
                format!("--data-dir={}", data.display()),
                format!("--listen-client-urls={url}"),
                format!("--advertise-client-urls={url}"),
                format!("--listen-peer-urls={peer}"),
                format!("--initial-advertise-peer-urls={peer}"),
                format!("--initial-cluster={}", cluster.join(",")),
                format!("--quota-backend-bytes={QUOTA_BYTES}"),
            ];
            let log = directory.join(format!("etcd-{id}.log"));
            members.push(Process::start(program, arguments, &log)?);
        }
        let mut started = Etcd { members, urls };
        started.leader().await?;
        ensure!(
            !started.members.iter_mut().any(Process::has_ended),
            "an etcd ended at once"
        );
        Ok(started)
    }

    /// Clients of the leader, which is where etcd answers soonest.
    pub async fn clients(&self, count: usize) -> anyhow::Result<Vec<EtcdClient>> {
        let (url, _) = self.leader().await?;
        let mut clients = Vec::new();
        for _ in 0..count {
            clients.push(EtcdClient {
                connection: Connection::open(&url).await?,
                jobs: jobs::Encoder::new(),
            });
        }
        Ok(clients)
    }

    /// The version that runs.
    pub async fn version(&self) -> anyhow::Result<String> {
        Ok(self.leader().await?.1)
    }

    /// Processor time so far.
    pub async fn spent(&self) -> anyhow::Result<Spent<Duration>> {
        let (leader, _) = self.leader().await?;
        let position = self.urls.iter().position(|url| *url == leader);
        Spent::until_now(&self.members, position.unwrap_or(0))
    }

    /// Stops every member where it stands.
    pub fn pause(&self) -> anyhow::Result<()> {
        self.members.iter().try_for_each(Process::pause)
    }

    /// Lets every member go on.
    pub fn resume(&self) -> anyhow::Result<()> {
        self.members.iter().try_for_each(Process::resume)
    }

    /// Address and version of the leader, once there is one.
    async fn leader(&self) -> anyhow::Result<(String, String)> {
        let until = Instant::now() + READY_WITHIN;
        while Instant::now() < until {
            for url in &self.urls {
                if let Ok(Some(version)) = leads(url).await {
                    return Ok((url.clone(), version));
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("no etcd leads")
    }
}

/// The version of the member there, if it leads.
async fn leads(url: &str) -> anyhow::Result<Option<String>> {
    let mut client = MaintenanceClient::new(connect(url).await?);
    let status = client.status(wire::StatusRequest {}).await?.into_inner();
    let member = status.header.map_or(0, |header| header.member_id);
    Ok((member == status.leader).then_some(status.version))
}

/// Puts the bytes of jobs under their keys.
pub struct EtcdClient {
    connection: Connection,
    jobs: jobs::Encoder,
}

impl Client for EtcdClient {
    async fn store(&mut self, numbers: Range<u64>) -> anyhow::Result<()> {
        if numbers.end - numbers.start == 1 {
            let put = self.put(numbers.start).encode_to_vec();
            let answer = self.connection.call(PUT, &put).await?;
            let answer = wire::PutResponse::decode(&answer[..])?;
            ensure!(answer.header.is_some(), "a put was not acknowledged");
            return Ok(());
        }
        let operation = |number| wire::RequestOp {
            request: Some(wire::request_op::Request::RequestPut(self.put(number))),
        };
        let success = numbers.map(operation).collect();
        let transaction = wire::TxnRequest { success }.encode_to_vec();
        let answer = self.connection.call(TRANSACT, &transaction).await?;
        let answer = wire::TxnResponse::decode(&answer[..])?;
        ensure!(answer.succeeded, "the transaction did not succeed");
        Ok(())
    }
}

impl EtcdClient {
    fn put(&mut self, number: u64) -> wire::PutRequest {
        wire::PutRequest {
            key: jobs::key(number).into(),
            value: Bytes::copy_from_slice(self.jobs.request(number)),
        }
    }
}
