//! The main job: the national network on one machine, with real processes, files and logs.
//!
//! Three schedulers and twelve agents run on loopback; jobs of all six classes are submitted, run
//! on staged files, and are judged by witnesses outside ewc. Time runs faster than real and data is
//! smaller, by the same factors everywhere, so that hours and terabytes keep their proportions.

mod client;
mod cluster;
mod configs;
mod directory;
mod judge;
mod live;
mod payload;
mod processes;
mod report;
mod submitter;
mod watcher;
mod workload;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::sync::watch;

use client::Client;
use cluster::Cluster;
use directory::RunDirectory;
use workload::Load;

/// A run is given up after this long.
const GIVE_UP: Duration = Duration::from_secs(170);

/// Start the national network on this machine, run real jobs on it, and report.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// One scheduler, two agents, ten jobs
    #[arg(long)]
    small: bool,
    /// Jobs to submit [default: 240, small: 10]
    #[arg(long)]
    jobs: Option<usize>,
    /// Take the jobs from a workload log in the Standard Workload Format, plain or gzip
    #[arg(long, value_name = "FILE")]
    swf: Option<PathBuf>,
    /// Seed of the workload generator
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Kill the leading scheduler in the middle, and start it again
    #[arg(long)]
    kill_leader: bool,
    /// Leave the network up for playing, until Ctrl-C
    #[arg(long)]
    keep: bool,
    /// Where the run leaves its logs, data and report
    #[arg(long, value_name = "DIRECTORY", default_value = "demo-run")]
    directory: PathBuf,
    /// Do not build; run the programs that stand beside this one
    #[arg(long)]
    no_build: bool,
}

impl Args {
    fn jobs(&self) -> usize {
        self.jobs.unwrap_or(if self.small { 10 } else { 240 })
    }

    fn schedulers(&self) -> u64 {
        if self.small { 1 } else { 3 }
    }
}

/// Runs the demo; fails when a promise was broken.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if args.kill_leader && args.small {
        bail!("--kill-leader needs three schedulers; leave --small out");
    }
    if !args.no_build {
        processes::build()?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        tokio::select! {
            result = demo(args) => result,
            _ = tokio::signal::ctrl_c() => bail!("interrupted; everything was stopped"),
        }
    })
}

async fn demo(args: &Args) -> anyhow::Result<()> {
    let directory = RunDirectory::prepare(&args.directory)?;
    let directory = directory.path();
    println!("demo: preparing files in {}", directory.display());
    let load = Arc::new(Load::make(args, directory)?);
    let mut cluster = Cluster::start(args, &load, directory)?;
    let client = Client::new(cluster.endpoints());
    cluster.await_ready(&client).await?;
    let base_ms = submitter::register(&client, &load).await?;
    println!(
        "demo: {} schedulers and {} agents are up; submitting {} jobs at {} × real time",
        args.schedulers(),
        load.sites.len(),
        load.jobs.len(),
        configs::TIME_SCALE,
    );
    let started = Instant::now();
    let outcome = work(args, &load, &mut cluster, &client, base_ms).await?;
    let seconds = started.elapsed().as_secs();
    let verdict = judge::judge(&load, &outcome, directory, seconds)?;
    let page = report::write(args, &load, &outcome, &verdict, directory)?;
    verdict.print_details();
    println!("demo: report in {}", page.display());
    println!("{}", verdict.last_line());
    if args.keep {
        keep(&cluster).await?;
    }
    drop(cluster);
    match verdict.is_good() {
        true => Ok(()),
        false => bail!("a promise was broken; see {}", directory.display()),
    }
}

/// Submits, watches and, if asked to, kills the leader; ends when every job has ended.
async fn work(
    args: &Args,
    load: &Arc<Load>,
    cluster: &mut Cluster,
    client: &Client,
    base_ms: i64,
) -> anyhow::Result<watcher::Outcome> {
    let (done, is_done) = watch::channel(false);
    let submitting = tokio::spawn(submitter::submit_all(client.clone(), load.clone(), base_ms));
    let watching = watcher::watch(client.clone(), load.clone(), is_done);
    let kill_at = load.span() / 2;
    let disturbing = async {
        if args.kill_leader {
            tokio::time::sleep(kill_at).await;
            cluster.kill_leader(client).await?;
            tokio::time::sleep(Duration::from_secs(6)).await;
            cluster.restart_killed()?;
        }
        anyhow::Ok(())
    };
    let submitted = async {
        let acknowledged = submitting.await.context("the submitter broke off")??;
        watcher::all_ended(client, &acknowledged, GIVE_UP).await;
        done.send_replace(true);
        anyhow::Ok(acknowledged)
    };
    let (acknowledged, seen, disturbed) = tokio::join!(submitted, watching, disturbing);
    disturbed?;
    let mut outcome = seen?;
    outcome.acknowledged = acknowledged?;
    outcome.leader_changes = cluster.kills();
    outcome.final_jobs = client.all_jobs().await?;
    outcome.datasets = client.all_datasets().await?;
    outcome.base_ms = base_ms;
    Ok(outcome)
}

async fn keep(cluster: &Cluster) -> anyhow::Result<()> {
    println!("demo: the network stays up; try for example");
    println!("  export EWC_ENDPOINTS={}", cluster.endpoints().join(","));
    println!("  {} sites", processes::program("ewc")?.display());
    println!("demo: Ctrl-C stops everything");
    std::future::pending::<()>().await;
    Ok(())
}
