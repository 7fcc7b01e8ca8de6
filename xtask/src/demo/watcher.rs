//! Looks at the network twice a second: for the live view, the report, and the end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ewc_proto::v1;
use tokio::sync::watch;

use super::client::Client;
use super::live::Live;
use super::submitter::Acknowledged;
use super::workload::Load;

/// How often to look.
const EVERY: Duration = Duration::from_millis(500);

/// What was seen of a run.
#[derive(Default)]
pub struct Outcome {
    /// The client's own list of acknowledgements.
    pub acknowledged: Acknowledged,
    /// What the network looked like over time.
    pub samples: Vec<v1::OverviewResponse>,
    /// Every job at the end.
    pub final_jobs: Vec<v1::Job>,
    /// Every data set at the end.
    pub datasets: Vec<v1::Dataset>,
    /// Leaders that were killed.
    pub leader_changes: u32,
    /// The network's time when submitting began.
    pub base_ms: i64,
}

/// Samples and shows the network until told that it is done.
pub async fn watch(
    client: Client,
    load: Arc<Load>,
    mut is_done: watch::Receiver<bool>,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut live = Live::new(load.jobs.len());
    loop {
        if let Ok(overview) = client.overview().await {
            live.show(&overview);
            outcome.samples.push(overview);
        }
        tokio::select! {
            _ = is_done.wait_for(|done| *done) => break,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
    live.end();
    Ok(outcome)
}

/// Waits until every acknowledged job has ended, or too long.
pub async fn all_ended(client: &Client, acknowledged: &Acknowledged, give_up: Duration) {
    let until = Instant::now() + give_up;
    while Instant::now() < until {
        if let Ok(overview) = client.overview().await {
            let count = |name: &str| overview.jobs_by_state.get(name).copied().unwrap_or(0);
            let ended = ["succeeded", "failed", "cancelled", "outcome_unknown"].map(count);
            if ended.iter().sum::<i64>() >= acknowledged.len() as i64 {
                return;
            }
        }
        tokio::time::sleep(EVERY).await;
    }
    eprintln!("demo: not every job has ended in time");
}
