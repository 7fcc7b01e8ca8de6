//! Three ewc-schedulers on loopback, as programs of their own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tonic::transport::Channel;

use crate::connect::connect;
use crate::process::{Process, free_ports};

/// Replicas.
const MEMBERS: usize = 3;
/// Time for the members to agree on a leader.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// Time for a member to end when it is asked to.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// The cluster. Dropped, it is killed.
pub struct Members {
    program: PathBuf,
    directory: PathBuf,
    processes: Vec<Option<Process>>,
    addresses: Addresses,
}

/// Where the members are; cheap to clone.
#[derive(Debug, Clone)]
pub struct Addresses {
    urls: Arc<Vec<String>>,
    http_ports: Arc<Vec<u16>>,
}

impl Members {
    /// Starts the members with `settings` in the file of each, and waits for a leader.
    ///
    /// # Errors
    /// The program is missing, ends at once, or nobody leads in time.
    pub async fn start(
        program: &Path,
        directory: &Path,
        settings: &str,
    ) -> anyhow::Result<Members> {
        ensure!(
            program.exists(),
            "{} is missing; build it first",
            program.display()
        );
        let ports = free_ports(2 * MEMBERS)?;
        let (grpc, http) = ports.split_at(MEMBERS);
        let url = |port: &u16| format!("http://127.0.0.1:{port}");
        let mut started = Members {
            program: program.to_path_buf(),
            directory: directory.to_path_buf(),
            processes: Vec::new(),
            addresses: Addresses {
                urls: Arc::new(grpc.iter().map(url).collect()),
                http_ports: Arc::new(http.to_vec()),
            },
        };
        for (position, port) in grpc.iter().enumerate() {
            let text = started.configuration(position, *port, settings);
            std::fs::write(started.config(position), text)?;
            let process = started.start_one(position)?;
            started.processes.push(Some(process));
        }
        let leader = started.addresses.leader().await;
        leader.with_context(|| "no scheduler leads")?;
        let ended =
            |process: &mut Option<Process>| process.as_mut().is_some_and(Process::has_ended);
        ensure!(
            !started.processes.iter_mut().any(ended),
            "a scheduler ended at once"
        );
        Ok(started)
    }

    /// Where the members are.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The directory in which a member keeps its log.
    pub fn data_dir(&self, position: usize) -> PathBuf {
        self.directory.join(format!("ewc-{}", position + 1))
    }

    /// Every member that runs.
    pub fn running(&self) -> impl Iterator<Item = &Process> {
        self.processes.iter().flatten()
    }

    /// Kills a member without warning.
    pub fn kill(&mut self, position: usize) {
        self.processes[position] = None;
    }

    /// Starts a member again that was killed.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn restart(&mut self, position: usize) -> anyhow::Result<()> {
        self.processes[position] = Some(self.start_one(position)?);
        Ok(())
    }

    /// Asks every member to end, and waits until all have.
    ///
    /// # Errors
    /// One does not.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.running().try_for_each(Process::terminate)?;
        let until = Instant::now() + STOP_WITHIN;
        while let Some(process) = self.processes.iter_mut().flatten().next() {
            if process.has_ended() {
                let ended = self.processes.iter_mut().find(|process| process.is_some());
                ended.map(Option::take);
                continue;
            }
            ensure!(Instant::now() < until, "a scheduler does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn start_one(&self, position: usize) -> anyhow::Result<Process> {
        let log = self.directory.join(format!("ewc-{}.log", position + 1));
        let arguments = ["--config".into(), self.config(position).into_os_string()];
        Process::start(&self.program, arguments, &log)
    }

    fn config(&self, position: usize) -> PathBuf {
        self.directory.join(format!("ewc-{}.toml", position + 1))
    }

    fn configuration(&self, position: usize, grpc: u16, settings: &str) -> String {
        let mut text = format!(
            "cluster = \"bench\"\nmember = {}\ndata_dir = {:?}\nlisten = \"127.0.0.1:{grpc}\"\n\
             http_listen = \"127.0.0.1:{}\"\n{settings}\n",
            position + 1,
            self.data_dir(position),
            self.addresses.http_ports[position],
        );
        for (id, url) in (1..).zip(self.addresses.urls.iter()) {
            text.push_str(&format!("[[members]]\nid = {id}\nurl = \"{url}\"\n"));
        }
        text
    }
}

impl Addresses {
    /// Position of the leader, once there is one. Asked for over HTTP, which costs the members
    /// next to nothing.
    ///
    /// # Errors
    /// Nobody leads in time.
    pub async fn leader(&self) -> anyhow::Result<usize> {
        let until = Instant::now() + READY_WITHIN;
        while Instant::now() < until {
            let leads = |port: &u16| {
                metrics(*port).is_ok_and(|text| value(&text, "ewc_raft_is_leader") == Some(1.0))
            };
            if let Some(position) = self.http_ports.iter().position(leads) {
                return Ok(position);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("nobody leads")
    }

    /// A connection to the leader.
    ///
    /// # Errors
    /// Nobody leads, or it cannot be reached.
    pub async fn dial_leader(&self) -> anyhow::Result<Channel> {
        connect(&self.leader_url().await?).await
    }

    /// Where clients reach the leader.
    ///
    /// # Errors
    /// Nobody leads.
    pub async fn leader_url(&self) -> anyhow::Result<String> {
        Ok(self.urls[self.leader().await?].clone())
    }

    /// A counter or gauge of the leader, by its full name.
    ///
    /// # Errors
    /// Nobody leads, or there is none of that name.
    pub async fn metric(&self, name: &str) -> anyhow::Result<f64> {
        let text = metrics(self.http_ports[self.leader().await?])?;
        value(&text, name).with_context(|| format!("no metric {name}"))
    }

    /// The highest value of a counter over all members that answer, and who has it. A member
    /// counts from its start: one that was never killed has counted most.
    ///
    /// # Errors
    /// Nobody answers.
    pub fn highest(&self, name: &str) -> anyhow::Result<(f64, usize)> {
        let values = self
            .http_ports
            .iter()
            .enumerate()
            .filter_map(|(position, port)| {
                let text = metrics(*port).ok()?;
                Some((value(&text, name)?, position))
            });
        let highest = values.max_by(|a, b| a.0.total_cmp(&b.0));
        highest.with_context(|| format!("no metric {name}"))
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
