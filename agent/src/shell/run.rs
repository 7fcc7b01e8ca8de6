//! One agent from start to end.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use ewc_proto::v1::data_service_server::DataServiceServer;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

use super::attach::Attach;
use super::core::{Core, Turn};
use super::dial::Dialer;
use super::endpoints::Endpoints;
use super::prober::{Samples, measure};
use super::pulls::Pulls;
use super::tls::Tls;
use super::uplink::Uplink;
use super::work::{self, Work, Worker};
use super::{Clock, Event, http, state_dir, tls, unix_ms};
use crate::capacity;
use crate::config::{Config, EnergyConfig};
use crate::data::pull::{Patience, Puller};
use crate::data::serve::Mover;
use crate::data::store::Store;
use crate::energy::{EnergySource, Issuer, csv};
use crate::executor::{Adopted, Executor, ExecutorConfig, lease_file};
use crate::journal::Journal;
use crate::logic::{Agent, Input, Mono};
use crate::metrics::Metrics;

const EVENTS_AHEAD: usize = 1024;
const CALLS_AHEAD: usize = 1;
/// Beyond the grace, for the kernel to take down what was killed.
const STOP_MARGIN: Duration = Duration::from_secs(3);

/// Runs an agent until `shutdown` resolves. Payloads go on without it, and are found again by the
/// next agent, unless the configuration says to stop them.
///
/// # Errors
/// When the agent cannot start, can keep no promise any more, or a newer one took its place.
pub async fn run(config: Config, shutdown: impl Future<Output = ()> + Send) -> anyhow::Result<()> {
    tokio::pin!(shutdown);
    let state = state_dir::open(&config.state_directory)?;
    let clock = Clock(Instant::now());
    let tls = config.tls.as_ref().map(tls::load).transpose()?;
    let metrics = Arc::new(Metrics::new(&config.site.id)?);
    let store = tokio::select! {
        () = &mut shutdown => return Ok(()),
        store = open_store(&config) => store?,
    };
    let energy = config.energy.as_ref().map(energy_source).transpose()?;
    let (events, mut incoming) = mpsc::channel(EVENTS_AHEAD);
    let (executor, agent) = open_executor(&config, clock, &store)?;
    let attempts_dir = executor.attempts_dir().to_owned();
    let mut tasks = JoinSet::new();
    let ready = Arc::new(AtomicBool::new(false));
    let dialer = Dialer::new(tls.as_ref().map(|tls| tls.client.clone()));
    let listened = listen(&config, tls, &store, &metrics, &ready, &mut tasks).await?;
    let calls = start_tasks(
        &config,
        state.incarnation,
        attempts_dir,
        clock,
        &dialer,
        &events,
        &mut tasks,
    );
    let puller = Puller {
        store: store.clone(),
        dialer,
        patience: Patience::default(),
        metrics: Arc::clone(&metrics),
    };
    let mut core = Core {
        clock,
        agent,
        site: config.site.clone(),
        incarnation: state.incarnation,
        data_address: config.data_address.clone().unwrap_or(listened),
        pools: capacity::pools(&config.pools),
        energy: energy.map(Issuer::new),
        power: config.power.clone(),
        samples: Samples::default(),
        pulls: Pulls::new(puller, events.clone()),
        worker: work::spawn(executor, store.clone(), events)?,
        store,
        calls,
        lease_file: lease_path(&config),
        metrics,
        ready,
        turn: Turn::default(),
    };
    let ended = core.serve(&mut incoming, shutdown).await;
    core.pulls.cancel_all();
    tasks.abort_all();
    incoming.close();
    let stop = config.stop_jobs_on_exit && ended.is_ok();
    let patience = Duration::from_millis(config.limits.grace_ms) + STOP_MARGIN;
    end_worker(core.worker, stop.then_some(patience)).await;
    drop(state);
    ended
}

async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let (directory, datasets) = (config.state_directory.clone(), config.datasets.clone());
    let open = move || -> anyhow::Result<Store> {
        let store = Store::open(&directory).context("cannot open the data store")?;
        for dataset in &datasets {
            let imported = store.import(&dataset.name, &dataset.path, dataset.link);
            let fact = imported.with_context(|| {
                format!(
                    "cannot import data set {} from {}",
                    dataset.name,
                    dataset.path.display()
                )
            })?;
            tracing::info!(name = fact.name, sha256 = fact.sha256, "data set is here");
        }
        Ok(store)
    };
    tokio::task::spawn_blocking(open).await?
}

fn lease_path(config: &Config) -> PathBuf {
    config.state_directory.join("lease")
}

/// The executor, and an agent that knows what a former one left.
fn open_executor(
    config: &Config,
    clock: Clock,
    store: &Store,
) -> anyhow::Result<(Executor, Agent)> {
    let journal = Journal::open(&config.state_directory.join("journal"))?;
    let directory = std::path::absolute(&config.state_directory)?;
    let itself = || PathBuf::from("/proc/self/exe");
    let executor_config = ExecutorConfig {
        attempts_dir: directory.join("attempts"),
        supervisor: config.supervisor.clone().unwrap_or_else(itself),
        lease_file: directory.join("lease"),
        site: config.site.id.clone(),
        grace_ms: config.limits.grace_ms,
        keep_attempts: config.limits.keep_attempts,
        keep_for_ms: config.limits.keep_hours.saturating_mul(3_600_000),
    };
    let mut executor = Executor::new(executor_config, store.clone(), journal)?;
    let now = clock.now();
    let lease = lease_file::left_ms(&lease_path(config)).map(|left| now.plus(left));
    let mut agent = Agent::new(config.limits.pulls, lease);
    // Data first: with no attempt known yet this causes no effects.
    for fact in store.facts() {
        agent.handle(Mono::default(), Input::Held(fact));
    }
    for sha256 in store.lent()? {
        agent.handle(Mono::default(), Input::Lent { sha256 });
    }
    for adopted in executor.adopt(unix_ms()) {
        match adopted {
            Adopted::Active(order) => agent.adopt(order),
            Adopted::Ended(key, outcome, scale) => agent.adopt_ended(key, outcome, scale),
        }
    }
    Ok((executor, agent))
}

fn energy_source(config: &EnergyConfig) -> anyhow::Result<EnergySource> {
    if let Some(path) = &config.file {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("energy.file: cannot read {}", path.display()))?;
        let table =
            csv::Table::parse(&text).with_context(|| format!("energy.file: {}", path.display()))?;
        return Ok(EnergySource::Table {
            name: "operator's table".into(),
            table,
        });
    }
    let (name, profile) = config.generator().context("energy.preset is unknown")?;
    Ok(EnergySource::Profile {
        name,
        profile: Box::new(profile),
    })
}

/// Opens the listeners and serves them; returns the data mover's own address.
async fn listen(
    config: &Config,
    tls: Option<Tls>,
    store: &Store,
    metrics: &Arc<Metrics>,
    ready: &Arc<AtomicBool>,
    tasks: &mut JoinSet<()>,
) -> anyhow::Result<String> {
    let listener = TcpListener::bind(config.data_listen)
        .await
        .with_context(|| format!("data_listen: cannot listen on {}", config.data_listen))?;
    let address = listener.local_addr()?.to_string();
    let (site, streams) = (config.site.id.clone(), config.limits.streams);
    let mover = Mover::new(site, store.clone(), streams, Arc::clone(metrics));
    let mut server = Server::builder();
    if let Some(tls) = tls {
        server = server
            .tls_config(tls.server)
            .context("tls: cannot be used for listening")?;
    }
    let serving = server
        .add_service(DataServiceServer::new(mover))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tasks.spawn(async move {
        if let Err(error) = serving.await {
            tracing::error!(%error, "the data mover ended");
        }
    });
    if let Some(listen) = config.metrics_listen {
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("metrics_listen: cannot listen on {listen}"))?;
        let status = http::Status {
            metrics: Arc::clone(metrics),
            ready: Arc::clone(ready),
        };
        tasks.spawn(http::serve(listener, status));
    }
    Ok(address)
}

fn start_tasks(
    config: &Config,
    incarnation: u64,
    attempts_dir: PathBuf,
    clock: Clock,
    dialer: &Dialer,
    events: &mpsc::Sender<Event>,
    tasks: &mut JoinSet<()>,
) -> mpsc::Sender<super::uplink::Call> {
    let (calls, incoming) = mpsc::channel(CALLS_AHEAD);
    let schedulers = config.schedulers.clone();
    let uplink = Uplink::new(clock, dialer.clone(), schedulers.clone(), events.clone());
    tasks.spawn(uplink.serve(incoming));
    let attach = Attach {
        site: config.site.id.clone(),
        incarnation,
        attempts_dir,
        log_streams_max: config.limits.log_streams,
        dialer: dialer.clone(),
        endpoints: Endpoints::new(schedulers),
        events: events.clone(),
    };
    tasks.spawn(attach.serve());
    let every = Duration::from_millis(config.limits.probe_every_ms.max(100));
    for probe in &config.probes {
        let site = config.site.id.clone();
        tasks.spawn(measure(
            site,
            probe.clone(),
            every,
            dialer.clone(),
            events.clone(),
        ));
    }
    calls
}

async fn end_worker(worker: Worker, stop_within: Option<Duration>) {
    if let Some(patience) = stop_within {
        let _ = worker.orders.send(Work::StopAllAndEnd(patience));
    }
    drop(worker.orders);
    let thread = worker.thread;
    let _ = tokio::task::spawn_blocking(move || thread.join()).await;
}
