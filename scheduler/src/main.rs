//! `ewc-scheduler`: one member of the replicated scheduler.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use ewc_scheduler::{config, dump, replay, server};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// Requests and log entries are many small allocations on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<ExitCode> {
    let args = config::Args::parse();
    match &args.task {
        Some(config::Task::Replay(args)) => return replay::main(args),
        Some(config::Task::Dump(args)) => return dump::main(args),
        None => {}
    }
    let (config, effective) = match config::load(&args) {
        Ok(loaded) => loaded,
        Err(problems) => {
            eprintln!("ewc-scheduler: the configuration cannot be used\n{problems}");
            return Ok(ExitCode::from(2));
        }
    };
    if args.check_config {
        print!("{effective}");
        return Ok(ExitCode::SUCCESS);
    }
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    // The state is many small pages, of which each commit replaces some here and some there: of a
    // huge page, the kernel would clear far more than is ever used.
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "huge pages stay on");
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all().build()?.block_on(run(config))?;
    Ok(ExitCode::SUCCESS)
}

async fn run(config: config::Config) -> anyhow::Result<()> {
    let (stop, stopped) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("stopping");
        stop.send_replace(true);
        // Streams of peers and agents never end by themselves.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        std::process::exit(0);
    });
    server::run(config, stopped).await
}
