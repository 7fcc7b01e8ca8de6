//! The processes of the network: schedulers and agents.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use ewc_proto::v1;
use ewc_proto::v1::network_service_client::NetworkServiceClient;

use super::Args;
use super::client::Client;
use super::configs::{self, AgentSurroundings, SchedulerPorts};
use super::processes::{self, Process};
use super::workload::Load;

/// Time for the network to come up.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// Everything that was started. Dropped, all of it is stopped.
pub struct Cluster {
    directory: PathBuf,
    schedulers: Vec<Process>,
    agents: Vec<Process>,
    ports: Vec<SchedulerPorts>,
    sites: usize,
    killed: Option<usize>,
    kills: u32,
}

impl Cluster {
    /// Writes the configurations and starts everything.
    pub fn start(args: &Args, load: &Load, directory: &Path) -> anyhow::Result<Cluster> {
        let members = args.schedulers() as usize;
        let free = configs::free_ports(2 * members + load.sites.len())?;
        let (own, data_ports) = free.split_at(2 * members);
        let ports: Vec<SchedulerPorts> = own
            .chunks(2)
            .map(|pair| SchedulerPorts {
                grpc: pair[0],
                http: pair[1],
            })
            .collect();
        let mut cluster = Cluster {
            directory: directory.to_path_buf(),
            schedulers: Vec::new(),
            agents: Vec::new(),
            ports,
            sites: load.sites.len(),
            killed: None,
            kills: 0,
        };
        for id in 1..=members as u64 {
            configs::scheduler(directory, id, &cluster.ports)?;
            let process = cluster.start_scheduler(id)?;
            cluster.schedulers.push(process);
        }
        let endpoints = cluster.endpoints();
        for (site, port) in load.sites.iter().zip(data_ports) {
            let around = AgentSurroundings {
                schedulers: &endpoints,
                data_port: *port,
                datasets: load.held_by(&site.spec.name, directory),
                links: load.links_at(&site.spec.name),
            };
            let config = configs::agent(directory, site, &around)?;
            let log = directory
                .join("log")
                .join(format!("agent-{}.log", site.spec.name));
            let arguments = ["run".into(), "--config".into(), config.into_os_string()];
            cluster
                .agents
                .push(Process::start("ewc-agent", arguments, &log)?);
        }
        Ok(cluster)
    }

    fn start_scheduler(&self, id: u64) -> anyhow::Result<Process> {
        let config = self
            .directory
            .join("config")
            .join(format!("scheduler-{id}.toml"));
        let log = self
            .directory
            .join("log")
            .join(format!("scheduler-{id}.log"));
        Process::start(
            "ewc-scheduler",
            ["--config".into(), config.into_os_string()],
            &log,
        )
    }

    /// Addresses of the schedulers.
    pub fn endpoints(&self) -> Vec<String> {
        self.ports
            .iter()
            .map(|ports| configs::url(ports.grpc))
            .collect()
    }

    /// How many leaders were killed.
    pub fn kills(&self) -> u32 {
        self.kills
    }

    /// Waits until every agent is connected to a leader.
    pub async fn await_ready(&mut self, client: &Client) -> anyhow::Result<()> {
        let until = Instant::now() + READY_WITHIN;
        loop {
            let connected = match client.overview().await {
                Ok(overview) => overview.sites.iter().filter(|site| site.connected).count(),
                Err(_) => 0,
            };
            if connected == self.sites {
                return Ok(());
            }
            let mut all = self.schedulers.iter_mut().chain(&mut self.agents);
            if all.any(Process::has_ended) {
                bail!("a program ended at its start:\n{}", self.last_words());
            }
            if Instant::now() > until {
                bail!("{connected} of {} agents connected in time", self.sites);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The last line of every log, to say why something ended.
    fn last_words(&self) -> String {
        let logs = std::fs::read_dir(self.directory.join("log"))
            .into_iter()
            .flatten()
            .flatten();
        let last = |log: std::fs::DirEntry| {
            let text = std::fs::read_to_string(log.path()).unwrap_or_default();
            let line = text.lines().last().unwrap_or("(nothing)").to_owned();
            format!("  {}: {line}", log.file_name().display())
        };
        logs.map(last).collect::<Vec<_>>().join("\n")
    }

    /// Kills the leading scheduler without warning.
    pub async fn kill_leader(&mut self, client: &Client) -> anyhow::Result<()> {
        let members = client.call(|channel| async move {
            NetworkServiceClient::new(channel)
                .members(v1::MembersRequest {})
                .await
        });
        let members = members.await?.members;
        let leader = members
            .iter()
            .find(|member| member.leader)
            .context("nobody leads")?;
        let position = leader.id as usize - 1;
        self.schedulers[position].kill();
        self.killed = Some(position);
        self.kills += 1;
        println!("demo: killed the leader, scheduler {}", leader.id);
        Ok(())
    }

    /// Starts the killed scheduler again; it catches up from its log.
    pub fn restart_killed(&mut self) -> anyhow::Result<()> {
        if let Some(position) = self.killed.take() {
            self.schedulers[position] = self.start_scheduler(position as u64 + 1)?;
            println!("demo: started scheduler {} again", position + 1);
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        processes::stop_all(&mut self.agents);
        processes::stop_all(&mut self.schedulers);
        processes::sweep(&self.directory);
    }
}
