//! The load generator: clients that each wait for one answer before they ask again.
//!
//! It knows nothing of who is measured, so that every peer gets the same load.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::task::JoinSet;

use crate::statistics::percentile;

/// Longest wait for the last answers.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// Longest time to fill the peers.
const FILLED_WITHIN: Duration = Duration::from_secs(300);
/// Requests before the window opens are not counted.
const WARM_UP: Duration = Duration::from_millis(300);

/// One client, with a connection of its own.
pub trait Client: Send + 'static {
    /// Stores the items of these numbers durably, in one request.
    fn store(&mut self, numbers: Range<u64>) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Clients at the same time.
    pub clients: usize,
    /// Items in one request.
    pub batch: u64,
    /// How long answers are counted.
    pub window: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Measured {
    /// Items acknowledged from the first request to the last, the warm-up included.
    pub acknowledged: u64,
    /// Items acknowledged per second.
    pub per_s: f64,
    /// Half of the requests took no longer.
    pub p50_ms: f64,
    /// 99 of 100 requests took no longer.
    pub p99_ms: f64,
}

/// Lets every client work for the window. `next` numbers the items, each once.
///
/// # Errors
/// A request failed, or nothing was answered.
pub async fn run<C: Client>(
    load: Load,
    clients: Vec<C>,
    next: &Arc<AtomicU64>,
) -> anyhow::Result<Measured> {
    let opens = Instant::now() + WARM_UP;
    let closes = opens + load.window;
    let tasks = clients
        .into_iter()
        .map(|client| work(client, load.batch, next.clone(), opens, closes))
        .collect();
    let mut latencies = Vec::new();
    let mut acknowledged = 0;
    let longest = WARM_UP + load.window + ANSWERS_WITHIN;
    for (counted, requests) in joined(tasks, longest).await? {
        latencies.extend(counted);
        acknowledged += requests * load.batch;
    }
    latencies.sort_unstable();
    let items = latencies.len() as u64 * load.batch;
    let at = |permille| {
        let latency: Option<Duration> = percentile(&latencies, permille);
        latency
            .map(|latency| latency.as_secs_f64() * 1e3)
            .context("nothing was answered")
    };
    Ok(Measured {
        acknowledged,
        per_s: items as f64 / load.window.as_secs_f64(),
        p50_ms: at(500)?,
        p99_ms: at(990)?,
    })
}

/// Latencies of the requests that were answered in the window, and how many were answered at all.
async fn work<C: Client>(
    mut client: C,
    batch: u64,
    next: Arc<AtomicU64>,
    opens: Instant,
    closes: Instant,
) -> anyhow::Result<(Vec<Duration>, u64)> {
    let mut latencies = Vec::new();
    let mut requests = 0;
    loop {
        let first = next.fetch_add(batch, Ordering::Relaxed);
        let asked = Instant::now();
        client.store(first..first + batch).await?;
        let answered = Instant::now();
        requests += 1;
        if answered >= closes {
            return Ok((latencies, requests));
        }
        if answered >= opens {
            latencies.push(answered - asked);
        }
    }
}

/// Stores `count` items as fast as the clients can, before anything is measured.
///
/// # Errors
/// A request failed.
pub async fn preload<C: Client>(
    count: u64,
    batch: u64,
    clients: Vec<C>,
    next: &Arc<AtomicU64>,
) -> anyhow::Result<()> {
    let end = next.load(Ordering::Relaxed) + count;
    let fill = |mut client: C| {
        let next = next.clone();
        async move {
            loop {
                let first = next.fetch_add(batch, Ordering::Relaxed);
                if first >= end {
                    return anyhow::Ok(());
                }
                client.store(first..first + batch).await?;
            }
        }
    };
    let tasks = clients.into_iter().map(fill).collect();
    joined(tasks, FILLED_WITHIN).await?;
    Ok(())
}

/// What every client returns, within `longest`; afterwards none works any more.
async fn joined<T: 'static>(
    mut clients: JoinSet<anyhow::Result<T>>,
    longest: Duration,
) -> anyhow::Result<Vec<T>> {
    let all = async {
        let mut results = Vec::new();
        while let Some(result) = clients.join_next().await {
            results.push(result.context("a client broke off")??);
        }
        Ok(results)
    };
    let result = tokio::time::timeout(longest, all).await;
    result.context("a request was not answered")?
}
