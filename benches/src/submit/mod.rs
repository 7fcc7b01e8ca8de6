//! Figure `submit`: acknowledged durable submissions, beside etcd.
//!
//! Both store the same bytes under the same keys on three replicas on one disk, with the same
//! load generator and one connection for each client. Rounds of the two alternate, and whoever is
//! not measured is stopped (SIGSTOP), so that neither has to share the processors with the
//! other's background work. ewc plans all the while. Batches come last: in their rounds ewc takes
//! in several times as many jobs, and a larger state than the other's is no part of the comparison.

mod etcd;
mod jobs;
mod report;
mod schedulers;
mod spent;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::figure::{Figure, Options, Outcome};
use crate::interruptible;
use crate::load::{self, Load};
use crate::machine;
use etcd::Etcd;
use report::{Report, Sample, Side};
use schedulers::Schedulers;

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "submit",
    shows: "acknowledged durable submissions on 3 replicas with 100,000 jobs queued and the \
            planner on",
    target: "single submissions of 64 clients >= 2 x etcd's puts; p50 of 1 client <= 1.5 x \
             etcd's; batches of 100 >= 20,000 jobs/s",
    peer: "etcd, 3 members, put of the same bytes, in the same run",
    run,
};

/// Jobs queued before anything is measured; some thousand more find a place.
const QUEUED: f64 = 100_000.0;
/// Items that both peers hold at the start.
const PRELOADED: u64 = 105_000;
/// Items in one request where batches are measured.
const BATCH: u64 = 100;
/// Clients that fill the queue.
const PRELOAD_CLIENTS: usize = 4;
/// Time to find back to normal after a pause.
const SETTLE: Duration = Duration::from_millis(700);
/// How often a round is tried that a change of the leader broke.
const TRIES: u32 = 3;

/// What is asked for in each round, in order: name, clients, items in one request.
const LOADS: [(&str, usize, u64); 4] = [
    ("1 client", 1, 1),
    ("8 clients", 8, 1),
    ("64 clients", 64, 1),
    ("batches", 8, BATCH),
];
/// Positions in [`LOADS`].
const ONE: usize = 0;
const MANY: usize = 2;
const BATCHED: usize = 3;

/// Rounds and the length of a window.
fn extent(quick: bool) -> (u32, Duration) {
    match quick {
        true => (3, Duration::from_millis(2000)),
        false => (5, Duration::from_millis(4000)),
    }
}

fn run(options: &Options) -> anyhow::Result<Outcome> {
    println!("disk: {}", machine::disk(&options.directory)?);
    interruptible::run(measure(options))
}

async fn measure(options: &Options) -> anyhow::Result<Outcome> {
    let peer = match options.without_peer {
        true => None,
        false => Some(Etcd::start(&etcd::program()?, &options.directory).await?),
    };
    let (rounds, window) = extent(options.quick);
    let ours = options.programs.join("ewc-scheduler");
    let ewc = Schedulers::start(&ours, &options.directory).await?;
    let bench = Bench {
        ewc,
        peer,
        next: Arc::new(AtomicU64::new(1)),
        window,
    };
    bench.preload().await?;
    let mut report = Report::new(bench.peer.is_some());
    for loads in [ONE..BATCHED, BATCHED..LOADS.len()] {
        for round in 0..rounds {
            for position in loads.clone() {
                bench.round(position, &mut report).await?;
            }
            let seen = report.last_round(loads.clone());
            println!("round {} of {rounds}: {seen}", round + 1);
        }
    }
    let pending = bench.pending().await?;
    println!("jobs queued at the end: {pending}");
    report.print();
    let mut outcome = report.outcome();
    if options.quick {
        let full = extent(false);
        outcome
            .left_out
            .push(format!("{} of {} rounds", full.0 - rounds, full.0));
        outcome
            .left_out
            .push(format!("{:?} of windows of {:?}", full.1 - window, full.1));
    }
    Ok(outcome)
}

/// Both clusters and what they share.
struct Bench {
    ewc: Schedulers,
    peer: Option<Etcd>,
    next: Arc<AtomicU64>,
    window: Duration,
}

impl Bench {
    /// Fills both; afterwards both are paused.
    async fn preload(&self) -> anyhow::Result<()> {
        if let Some(peer) = &self.peer {
            println!("peer: etcd {}", peer.version().await?);
            self.ewc.pause()?;
            let clients = peer.clients(PRELOAD_CLIENTS).await?;
            load::preload(PRELOADED, BATCH, clients, &self.next).await?;
            peer.pause()?;
            self.ewc.resume()?;
        }
        let clients = self.ewc.clients(PRELOAD_CLIENTS).await?;
        load::preload(PRELOADED, BATCH, clients, &self.next).await?;
        // Gauges are set once a second.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let pending = self.ewc.pending().await?;
        println!("jobs queued before the first round: {pending}");
        ensure!(pending >= QUEUED, "only {pending} jobs are queued");
        self.ewc.pause()
    }

    /// One load on both.
    async fn round(&self, position: usize, report: &mut Report) -> anyhow::Result<()> {
        let (name, clients, batch) = LOADS[position];
        let load = Load {
            clients,
            batch,
            window: self.window,
        };
        let (ewc, fsyncs) = self.round_of_ewc(load).await.context(name)?;
        let peer = self.round_of_peer(load).await.context(name)?;
        report.add(position, Sample { ewc, fsyncs, peer });
        Ok(())
    }

    /// What ewc does, and durable writes of its leader for each item.
    async fn round_of_ewc(&self, load: Load) -> anyhow::Result<(Side, f64)> {
        self.ewc.resume()?;
        tokio::time::sleep(SETTLE).await;
        let mut tries = 0;
        loop {
            tries += 1;
            let before = self.ewc.metric(FSYNCS).await?;
            let clients = self.ewc.clients(load.clients).await?;
            let spent = self.ewc.spent().await?;
            match load::run(load, clients, &self.next).await {
                Err(error) if tries < TRIES => println!("ewc: once more, because {error:#}"),
                measured => {
                    let measured = measured?;
                    let spent = self
                        .ewc
                        .spent()
                        .await?
                        .per_item(spent, measured.acknowledged);
                    let fsyncs = self.ewc.metric(FSYNCS).await? - before;
                    self.ewc.pause()?;
                    let side = Side { measured, spent };
                    return Ok((side, fsyncs / measured.acknowledged as f64));
                }
            }
            tokio::time::sleep(SETTLE).await;
        }
    }

    /// What the peer does.
    async fn round_of_peer(&self, load: Load) -> anyhow::Result<Option<Side>> {
        let Some(peer) = &self.peer else {
            return Ok(None);
        };
        peer.resume()?;
        tokio::time::sleep(SETTLE).await;
        let mut tries = 0;
        loop {
            tries += 1;
            let clients = peer.clients(load.clients).await?;
            let spent = peer.spent().await?;
            match load::run(load, clients, &self.next).await {
                Err(error) if tries < TRIES => println!("etcd: once more, because {error:#}"),
                measured => {
                    let measured = measured?;
                    let spent = peer.spent().await?.per_item(spent, measured.acknowledged);
                    peer.pause()?;
                    return Ok(Some(Side { measured, spent }));
                }
            }
            tokio::time::sleep(SETTLE).await;
        }
    }

    async fn pending(&self) -> anyhow::Result<f64> {
        self.ewc.resume()?;
        tokio::time::sleep(SETTLE * 2).await;
        self.ewc.pending().await
    }
}

/// Durable writes of the log.
const FSYNCS: &str = "ewc_log_fsyncs_total";
