//! A scheduler that says what the test wants, and an agent beside it that leaves nothing behind.
#![allow(dead_code, missing_docs)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use ewc_agent::config::{Config, Overrides};
use ewc_agent::executor::procfs;
use ewc_proto::v1;
use ewc_proto::v1::agent_service_server::{AgentService, AgentServiceServer};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::transport::ServerTlsConfig;
use tonic::{Request, Response, Status, Streaming};

pub const NOW_MS: i64 = 1_719_763_200_000;

#[derive(Default)]
pub struct State {
    pub desired: Vec<v1::DesiredAttempt>,
    pub version: i64,
    pub observed: BTreeMap<(String, u32, i64), v1::ObservedAttempt>,
    pub syncs: u64,
    pub silent: bool,
    pub lease_ms: i64,
    pub scale_permille: u64,
    pub superseded: bool,
    pub forget_site: bool,
    pub leader_hint: Option<String>,
    pub registrations: Vec<v1::RegisterRequest>,
    pub data: Vec<v1::HeldData>,
    pub drop: Vec<v1::HeldData>,
    pub dropped: Vec<v1::HeldData>,
    pub energy: Vec<v1::EnergySeries>,
    pub links: Vec<v1::LinkSample>,
    pub pools: Vec<v1::PoolReport>,
    pub down: Option<mpsc::Sender<Result<v1::AttachDown, Status>>>,
    pub logs: Vec<v1::LogData>,
}

#[derive(Clone)]
pub struct Scheduler {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Scheduler {
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    pub async fn start_with(tls: Option<ServerTlsConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let state = State {
            lease_ms: 10_000,
            scale_permille: 1000,
            ..Default::default()
        };
        let scheduler = Self {
            url,
            state: Arc::new(Mutex::new(state)),
        };
        let service = AgentServiceServer::new(scheduler.clone());
        let incoming = TcpListenerStream::new(listener);
        let mut server = tonic::transport::Server::builder();
        if let Some(tls) = tls {
            server = server.tls_config(tls).unwrap();
        }
        tokio::spawn(server.add_service(service).serve_with_incoming(incoming));
        scheduler
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn want(&self, desired: Vec<v1::DesiredAttempt>) {
        let mut state = self.state();
        state.desired = desired;
        state.version += 1;
    }

    pub fn phase(&self, job: &str) -> Option<v1::AttemptPhase> {
        self.observed(job).map(|observed| observed.phase())
    }

    /// The newest attempt of a job in the last report.
    pub fn observed(&self, job: &str) -> Option<v1::ObservedAttempt> {
        let state = self.state();
        let of_job = state
            .observed
            .values()
            .filter(|observed| observed.job_id == job);
        of_job.max_by_key(|observed| observed.fence).cloned()
    }

    pub async fn until_phase(&self, job: &str, phase: v1::AttemptPhase) -> v1::ObservedAttempt {
        let said = || format!("{job} to be {phase:?}, it is {:?}", self.observed(job));
        until(said, || {
            self.observed(job)
                .filter(|observed| observed.phase() == phase)
        })
        .await
    }
}

#[tonic::async_trait]
impl AgentService for Scheduler {
    type AttachStream = ReceiverStream<Result<v1::AttachDown, Status>>;

    async fn register(
        &self,
        request: Request<v1::RegisterRequest>,
    ) -> Result<Response<v1::RegisterResponse>, Status> {
        let mut state = self.state();
        if let Some(leader) = &state.leader_hint {
            let mut status = Status::failed_precondition("not the leader");
            status
                .metadata_mut()
                .insert("ewc-leader", leader.parse().unwrap());
            return Err(status);
        }
        state.registrations.push(request.into_inner());
        state.forget_site = false;
        Ok(Response::new(v1::RegisterResponse {
            clock: Some(clock(&state)),
            lease_ms: state.lease_ms,
        }))
    }

    async fn sync(
        &self,
        request: Request<v1::SyncRequest>,
    ) -> Result<Response<v1::SyncResponse>, Status> {
        let request = request.into_inner();
        let mut state = self.state();
        if state.silent {
            return Err(Status::unavailable("cut off"));
        }
        if state.forget_site {
            return Err(Status::not_found("unknown site"));
        }
        state.syncs += 1;
        let key = |o: &v1::ObservedAttempt| (o.job_id.clone(), o.attempt, o.fence);
        state.observed = request.attempts.into_iter().map(|o| (key(&o), o)).collect();
        state.energy.extend(request.energy);
        state.links.extend(request.links);
        state.pools = request.pools;
        if !request.data.is_empty() {
            state.data = request.data;
        }
        state.dropped = request.dropped;
        let unchanged = request.desired_version == state.version;
        Ok(Response::new(v1::SyncResponse {
            clock: Some(clock(&state)),
            lease_ms: state.lease_ms,
            desired_version: state.version,
            unchanged,
            desired: if unchanged {
                vec![]
            } else {
                state.desired.clone()
            },
            superseded: state.superseded,
            next_sync_ms: 30,
            drop: state.drop.clone(),
        }))
    }

    async fn attach(
        &self,
        request: Request<Streaming<v1::AttachUp>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        let (down, stream) = mpsc::channel(16);
        let mut up = request.into_inner();
        self.state().down = Some(down);
        let scheduler = self.clone();
        tokio::spawn(async move {
            while let Ok(Some(message)) = up.message().await {
                if let Some(v1::attach_up::What::Log(log)) = message.what {
                    scheduler.state().logs.push(log);
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

fn clock(state: &State) -> v1::ClockReading {
    v1::ClockReading {
        now_ms: NOW_MS,
        scale_permille: state.scale_permille,
    }
}

/// Waits for something, a few seconds at most.
pub async fn until<T>(said: impl Fn() -> String, mut found: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(
            start.elapsed() < Duration::from_secs(15),
            "waited in vain for {}",
            said()
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A directory whose processes die with it.
pub struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Living processes that have the directory in their command line or environment.
    pub fn processes(&self) -> Vec<i32> {
        let needle = self.path().display().to_string();
        let own = std::process::id() as i32;
        let mentions = |pid: i32, file: &str| {
            let text = std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            String::from_utf8_lossy(&text).contains(&needle)
        };
        procfs::all()
            .into_iter()
            .filter(|(pid, stat)| *pid != own && !stat.is_dead())
            .filter(|(pid, _)| mentions(*pid, "cmdline") || mentions(*pid, "environ"))
            .map(|(pid, _)| pid)
            .collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        while let pids @ [_, ..] = self.processes().as_slice() {
            for pid in pids {
                let _ = kill(Pid::from_raw(*pid), Signal::SIGKILL);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

pub fn supervisor() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_ewc-agent"))
}

/// A running agent.
pub struct Running {
    stop: Option<oneshot::Sender<()>>,
    pub task: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    pub async fn end(mut self) -> anyhow::Result<()> {
        drop(self.stop.take());
        self.task.await.unwrap()
    }
}

pub fn config(place: &Place, schedulers: &[&str], more: &str) -> Config {
    let text = format!(
        r#"
state_directory = "{}"
schedulers = {schedulers:?}
data_listen = "127.0.0.1:0"
supervisor = "{}"
{more}
[site]
id = "here"
[limits]
grace_ms = 300
probe_every_ms = 100
[[pools]]
id = "cpu"
from_machine = true
"#,
        place.path().join("state").display(),
        supervisor().display(),
    );
    Config::parse(&text, Overrides::default()).unwrap()
}

pub fn run(config: Config) -> Running {
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async move { drop(stopped.await) };
    Running {
        stop: Some(stop),
        task: tokio::spawn(ewc_agent::run(config, shutdown)),
    }
}

pub fn agent(place: &Place, scheduler: &Scheduler) -> Running {
    run(config(place, &[&scheduler.url], ""))
}

/// A granted start of a shell script.
pub fn script(job: &str, fence: i64, text: &str) -> v1::DesiredAttempt {
    let script = v1::ScriptPayload {
        interpreter: String::new(),
        text: text.into(),
    };
    payload(job, fence, v1::payload::What::Script(script))
}

pub fn payload(job: &str, fence: i64, what: v1::payload::What) -> v1::DesiredAttempt {
    v1::DesiredAttempt {
        job_id: job.into(),
        attempt: 1,
        fence,
        groups: vec![v1::DesiredGroup {
            name: "main".into(),
            count: 1,
            payload: Some(v1::Payload {
                what: Some(what),
                environment: Default::default(),
            }),
            ..Default::default()
        }],
        ..Default::default()
    }
}

pub async fn data_address(scheduler: &Scheduler) -> SocketAddr {
    let registered = || {
        scheduler
            .state()
            .registrations
            .last()
            .map(|r| r.data_address.clone())
    };
    until(|| "a registration".into(), registered)
        .await
        .parse()
        .unwrap()
}
