//! Puts a member together and runs it until it is told to stop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use ewc_core::command::Command;
use ewc_core::model::Policy;
use raft::eraftpb::Message;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tonic::transport::Endpoint;

use crate::archive::Archive;
use crate::attach::{self, AttachHub};
use crate::clock::SharedClock;
use crate::config::Config;
use crate::driver::{Driver, Handle, Input, Parts};
use crate::history::History;
use crate::leases::{self, Leases};
use crate::log_store::{Identity, LogStore};
use crate::metrics::{Metrics, RaftPosition};
use crate::replica::{Replica, Settings};
use crate::services::{self, Context};
use crate::snapshots::Snapshots;
use crate::transport::{self, FEATURE_LEVEL, Links, Sender};
use crate::{http, listen, planning};

/// A driver's thread counts as stuck after this long without a tick.
const STUCK: Duration = Duration::from_secs(10);
/// Time for open requests to end when the member stops.
const DRAIN: Duration = Duration::from_millis(1500);
/// How often gauges are set.
const MEASURE_EVERY: Duration = Duration::from_secs(1);
/// What is said when its thread ended without a result.
const PANICKED: &str = "the driver panicked";
/// What to do where the log is not what was written.
const DAMAGED: &str = "the disk of this member has decayed: keep its data_dir aside and go on as \
                       in the README under \"When a member is lost\"";

/// Runs a member until `stop` turns true or its log fails.
pub async fn run(config: Config, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("data_dir: cannot create {}", config.data_dir.display()))?;
    let metrics = Arc::new(Metrics::new()?);
    let history = config.data_dir.join("history.redb");
    let history = Arc::new(History::open(&history, config.limits.history_max)?);
    let clock = SharedClock::new(config.time_scale_permille, config.accept_clock_gap);
    let (driver, handle, links, sender) = build(&config, &clock, &history, &metrics)?;
    links.serve(&sender, &handle);
    let leases = Arc::new(Leases::new(config.lease));
    let attach = Arc::new(AttachHub::default());
    tokio::spawn(attach::wake_agents(attach.clone(), handle.clone()));
    tokio::spawn(measure(handle.clone(), history.clone(), metrics.clone()));
    tokio::spawn(set_first_policy(handle.clone(), config.policy.clone()));
    tokio::spawn({
        let (leases, handle, metrics) = (leases.clone(), handle.clone(), metrics.clone());
        async move { leases::watch(&leases, &handle, &metrics).await }
    });
    let context = Context {
        handle: handle.clone(),
        clock: clock.clone(),
        members: Arc::new(addresses(&config)),
        sender,
        history,
        attach,
        leases,
        message_bytes_max: config.limits.message_bytes_max,
    };
    let served = serve(&config, context, &metrics, stop.clone());
    planning::start(&handle, &clock, &metrics, config.round)?;
    let (ended, mut driving) = oneshot::channel();
    std::thread::Builder::new()
        .name("driver".to_owned())
        .spawn(move || {
            // The receiver is gone only when the process ends.
            let _ = ended.send(driver.run());
        })?;
    tokio::select! {
        result = served => result?,
        // Only a failed log ends the driver before it is told to: nothing may be acknowledged.
        result = &mut driving => return Ok(result.context(PANICKED)??),
    }
    handle.send(Input::Stop);
    Ok(driving.await.context(PANICKED)??)
}

fn build(
    config: &Config,
    clock: &SharedClock,
    history: &Arc<History>,
    metrics: &Arc<Metrics>,
) -> anyhow::Result<(Driver, Handle, Links, Sender)> {
    let identity = Identity {
        cluster_id: config.cluster_id,
        member_id: config.member,
        feature_level: FEATURE_LEVEL,
    };
    let store = match LogStore::open_dir(&config.data_dir, identity) {
        Err(error) if error.is_damage() => {
            return Err(anyhow::Error::new(error).context(DAMAGED));
        }
        store => store?,
    };
    let sender = Sender {
        cluster_id: config.cluster_id.to_be_bytes(),
        member_id: config.member,
        snapshots: store.snapshots().clone(),
    };
    let replica = Replica::open(store, settings(config))?;
    let peers = config
        .peers()
        .map(|peer| Ok((peer.id, endpoint(config, &peer.url)?)));
    let peers = peers.collect::<anyhow::Result<_>>()?;
    let (mut transport, links) = transport::connect(sender.clone(), peers);
    let archive = config.data_dir.join("archive");
    let archive = Archive::open(archive, config.limits.archive_max)?;
    let (driver, handle) = Driver::new(|inbox| Parts {
        replica,
        clock: clock.clone(),
        tick: config.heartbeat,
        snapshots: Snapshots::new(
            config.limits.snapshot_every_entries,
            archive,
            metrics.clone(),
            inbox,
        ),
        history: history.clone(),
        metrics: metrics.clone(),
        send: Box::new(move |messages: Vec<Message>| transport.send(messages)),
    });
    Ok((driver, handle, links, sender))
}

fn settings(config: &Config) -> Settings {
    Settings {
        member_id: config.member,
        voters: config.members.iter().map(|member| member.id).collect(),
        election_ticks: config.election_ticks(),
        heartbeat_ticks: 1,
        limits: config.limits.state,
        election_seed: None,
    }
}

fn addresses(config: &Config) -> BTreeMap<u64, String> {
    config
        .members
        .iter()
        .map(|member| (member.id, member.url.clone()))
        .collect()
}

fn endpoint(config: &Config, url: &str) -> anyhow::Result<Endpoint> {
    let endpoint = Endpoint::from_shared(url.to_owned())
        .with_context(|| format!("members.url: {url} is not an address"))?
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(5))
        .keep_alive_timeout(Duration::from_secs(5));
    match &config.tls {
        Some(files) => Ok(endpoint.tls_config(listen::client_tls(files)?)?),
        None => Ok(endpoint),
    }
}

async fn serve(
    config: &Config,
    context: Context,
    metrics: &Arc<Metrics>,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let handle = context.handle.clone();
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("listen: cannot bind {}", config.listen))?;
    let http_listener = TcpListener::bind(config.http_listen)
        .await
        .with_context(|| format!("http_listen: cannot bind {}", config.http_listen))?;
    let tls = config
        .tls
        .as_ref()
        .map(listen::ServerTls::open)
        .transpose()?
        .map(Arc::new);
    let probes = http::Probes {
        metrics: metrics.clone(),
        live: Box::new({
            let handle = handle.clone();
            move || handle.last_alive().elapsed() < STUCK
        }),
        ready: Box::new(move || ready(&handle)),
    };
    tokio::spawn(http::serve(http_listener, probes, stopped(stop.clone())));
    tracing::info!(member = config.member, listen = %config.listen, "serving");
    let connections_max = config.limits.connections_max;
    let bounds = listen::Bounds {
        connections_max,
        drain: DRAIN,
        ..listen::Bounds::default()
    };
    let routes = listen::observed(services::routes(context).await?, metrics.clone());
    listen::serve(listener, tls, routes, bounds, stopped(stop)).await?;
    Ok(())
}

/// Ready: some member leads, as far as this one knows, and time can be trusted.
fn ready(handle: &Handle) -> Result<(), String> {
    let standing = handle.standing();
    match standing.leader {
        None => Err("no leader is known".to_owned()),
        Some(_) if standing.clock_suspect => {
            Err("the clock is suspect: wall time and the log's time are far apart".to_owned())
        }
        Some(_) => Ok(()),
    }
}

/// Shows once a second what no event tells.
async fn measure(handle: Handle, history: Arc<History>, metrics: Arc<Metrics>) {
    loop {
        let (standing, state) = (handle.standing(), handle.state());
        metrics.state(&state);
        metrics.raft(RaftPosition {
            term: standing.term,
            leader: standing.leader.unwrap_or(0),
            is_leader: standing.leads,
            commit: standing.committed,
            applied: state.index(),
        });
        metrics.peers(handle.matches());
        let connected = state.sites().iter().filter(|site| !site.silent).count();
        metrics.sites_connected.set(connected as i64);
        metrics
            .history_jobs
            .set(history.len().unwrap_or(0).cast_signed());
        metrics.clock_suspect(standing.clock_suspect);
        tokio::time::sleep(MEASURE_EVERY).await;
    }
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // The sender is gone only when the process ends.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// A new cluster begins with the configured policy; later ones are an operator's to change.
async fn set_first_policy(handle: Handle, policy: Policy) {
    let mut standing = handle.watch_standing();
    let first = Command::SetPolicy {
        policy,
        replaces: Some(Policy::default().version),
    };
    loop {
        if standing.wait_for(|standing| standing.leads).await.is_err() {
            return;
        }
        if handle.state().policy().version > Policy::default().version {
            return;
        }
        if let Err(error) = handle.propose(first.clone()).await {
            tracing::warn!(%error, "the first policy was not set");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}
