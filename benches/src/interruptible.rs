//! Figures that run servers: whatever ends them, nothing stays behind.

use std::future::Future;

use anyhow::bail;
use tokio::signal::unix::{SignalKind, signal};

/// Runs to the end, or to Ctrl-C or SIGTERM; processes that the future holds end with it.
///
/// One thread: the generator of load gets no more than half of a small machine.
///
/// # Errors
/// The future's own, or that it was interrupted.
pub fn run<T>(figure: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            result = figure => result,
            _ = tokio::signal::ctrl_c() => bail!("interrupted; everything was stopped"),
            _ = terminate.recv() => bail!("terminated; everything was stopped"),
        }
    })
}
