//! Members in this process, each on a thread with a runtime of its own, and clients of them.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ewc_proto::v1;
use ewc_proto::v1::agent_service_client::AgentServiceClient;
use ewc_proto::v1::job_service_client::JobServiceClient;
use ewc_proto::v1::network_service_client::NetworkServiceClient;
use ewc_scheduler::config::{MemberSettings, PolicySettings, Settings, TlsSettings};
use ewc_scheduler::server;
use tempfile::TempDir;
use tokio::sync::watch;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Clients of one member.
#[derive(Clone)]
pub struct Clients {
    pub jobs: JobServiceClient<Channel>,
    pub networks: NetworkServiceClient<Channel>,
    pub agents: AgentServiceClient<Channel>,
}

impl Clients {
    pub fn new(url: &str, tls: Option<ClientTlsConfig>) -> Clients {
        let endpoint = Endpoint::from_shared(url.to_owned()).unwrap();
        let endpoint = match tls {
            Some(tls) => endpoint.tls_config(tls).unwrap(),
            None => endpoint,
        };
        let channel = endpoint.connect_lazy();
        Clients {
            jobs: JobServiceClient::new(channel.clone()),
            networks: NetworkServiceClient::new(channel.clone()),
            agents: AgentServiceClient::new(channel),
        }
    }

    pub async fn members(&self) -> Result<v1::MembersResponse, tonic::Status> {
        let answer = self.networks.clone().members(v1::MembersRequest {}).await?;
        Ok(answer.into_inner())
    }

    pub async fn job(&self, job: &str) -> v1::Job {
        let request = v1::GetJobRequest {
            job: job.to_owned(),
        };
        self.jobs.clone().get(request).await.unwrap().into_inner()
    }
}

struct Running {
    stop: watch::Sender<bool>,
    thread: JoinHandle<anyhow::Result<()>>,
}

/// A cluster; its members end when it is dropped.
pub struct Cluster {
    settings: BTreeMap<u64, Settings>,
    running: BTreeMap<u64, Running>,
    /// What clients show; `None` without TLS.
    pub tls: Option<ClientTlsConfig>,
    _dir: TempDir,
}

impl Cluster {
    /// Starts members whose settings `change` may adapt.
    pub fn start(size: u64, change: impl Fn(u64, &mut Settings)) -> Cluster {
        let dir = TempDir::new().unwrap();
        let ports = free_ports(size as usize * 2);
        let scheme = |settings: &Settings| match settings.tls == TlsSettings::default() {
            true => "http",
            false => "https",
        };
        let mut settings: BTreeMap<u64, Settings> = BTreeMap::new();
        for id in 1..=size {
            let at = 2 * (id as usize - 1);
            let mut given = Settings {
                cluster: Some("test".to_owned()),
                member: Some(id),
                data_dir: Some(dir.path().join(id.to_string())),
                listen: format!("127.0.0.1:{}", ports[at]),
                http_listen: format!("127.0.0.1:{}", ports[at + 1]),
                heartbeat_ms: 20,
                election_ms: 200,
                lease_ms: 1000,
                policy: PolicySettings {
                    margin_seconds: 1,
                    ..PolicySettings::default()
                },
                ..Settings::default()
            };
            change(id, &mut given);
            settings.insert(id, given);
        }
        let url = |given: &Settings| format!("{}://{}", scheme(given), given.listen);
        let members: Vec<MemberSettings> = settings
            .iter()
            .map(|(id, given)| MemberSettings {
                id: *id,
                url: url(given),
            })
            .collect();
        settings
            .values_mut()
            .for_each(|given| given.members.clone_from(&members));
        let running = BTreeMap::new();
        let mut cluster = Cluster {
            settings,
            running,
            tls: None,
            _dir: dir,
        };
        (1..=size).for_each(|id| cluster.start_member(id));
        cluster
    }

    pub fn start_member(&mut self, id: u64) {
        let config = self.settings[&id].check().unwrap();
        let (stop, stopped) = watch::channel(false);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()?;
            runtime.block_on(server::run(config, stopped))
        });
        self.running.insert(id, Running { stop, thread });
    }

    /// Stops a member and waits until it is gone.
    pub fn stop_member(&mut self, id: u64) {
        let Running { stop, thread } = self.running.remove(&id).unwrap();
        stop.send_replace(true);
        thread.join().unwrap().unwrap();
    }

    pub fn url(&self, id: u64) -> String {
        let members = &self.settings[&id].members;
        members
            .iter()
            .find(|member| member.id == id)
            .unwrap()
            .url
            .clone()
    }

    pub fn clients(&self, id: u64) -> Clients {
        Clients::new(&self.url(id), self.tls.clone())
    }

    pub fn ids(&self) -> Vec<u64> {
        self.running.keys().copied().collect()
    }

    /// The member that leads and is ready to.
    pub async fn leader(&self) -> u64 {
        let found = until("a leader", async || {
            for id in self.ids() {
                let mut networks = self.clients(id).networks;
                if networks.overview(v1::OverviewRequest {}).await.is_ok() {
                    return Some(id);
                }
            }
            None
        });
        found.await
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for running in self.running.values() {
            running.stop.send_replace(true);
        }
    }
}

/// One member without TLS, and clients of it.
pub async fn single(change: impl Fn(&mut Settings)) -> (Cluster, Clients) {
    let cluster = Cluster::start(1, |_, settings| change(settings));
    cluster.leader().await;
    let clients = cluster.clients(1);
    // The first policy is set once the member leads.
    until("the configured policy", async || {
        let members = clients.members().await.ok()?;
        (members.applied_index > 2).then_some(())
    })
    .await;
    (cluster, clients)
}

/// Asks again until there is an answer.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Ports nobody listens at; all are held until all are known, so that they differ.
fn free_ports(count: usize) -> Vec<u16> {
    let held: Vec<TcpListener> = (0..count)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    held.iter()
        .map(|listener| listener.local_addr().unwrap().port())
        .collect()
}
