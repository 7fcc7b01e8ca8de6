//! Calls to whichever scheduler leads: tries each until one answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::bail;
use ewc_proto::v1;
use ewc_proto::v1::job_service_client::JobServiceClient;
use ewc_proto::v1::network_service_client::NetworkServiceClient;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Response, Status};

/// How long somebody must answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pause between two rounds of asking.
const PAUSE: Duration = Duration::from_millis(100);
/// Jobs or data sets in one page.
const PAGE: u32 = 500;

/// A client of all schedulers; cheap to clone.
#[derive(Clone)]
pub struct Client {
    channels: Arc<Vec<Channel>>,
    /// Who answered last.
    leader: Arc<AtomicUsize>,
}

impl Client {
    /// A client of the schedulers at these addresses; connects when it is used.
    pub fn new(endpoints: Vec<String>) -> Client {
        let channel = |url: String| {
            let endpoint = Endpoint::from_shared(url).ok()?;
            let timeout = Duration::from_secs(5);
            Some(
                endpoint
                    .connect_timeout(Duration::from_secs(1))
                    .timeout(timeout)
                    .connect_lazy(),
            )
        };
        let channels = endpoints.into_iter().filter_map(channel).collect();
        Client {
            channels: Arc::new(channels),
            leader: Arc::default(),
        }
    }

    /// Asks until somebody answers for the network. Every request here may be repeated.
    pub async fn call<A, F>(&self, rpc: impl Fn(Channel) -> F) -> anyhow::Result<A>
    where
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let until = Instant::now() + PATIENCE;
        loop {
            let position = self.leader.load(Ordering::Relaxed) % self.channels.len();
            match rpc(self.channels[position].clone()).await {
                Ok(answer) => return Ok(answer.into_inner()),
                Err(status) if Instant::now() > until || !is_passing(&status) => {
                    bail!("{:?}: {}", status.code(), status.message())
                }
                Err(_) => {
                    self.leader.store(position + 1, Ordering::Relaxed);
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Stores one job.
    pub async fn submit(&self, request: v1::SubmitRequest) -> anyhow::Result<String> {
        let answer = self.call(|channel| {
            let request = request.clone();
            async move { JobServiceClient::new(channel).submit(request).await }
        });
        Ok(answer.await?.job_id)
    }

    /// Queue, sites and links at a glance.
    pub async fn overview(&self) -> anyhow::Result<v1::OverviewResponse> {
        self.call(|channel| async move {
            NetworkServiceClient::new(channel)
                .overview(v1::OverviewRequest {})
                .await
        })
        .await
    }

    /// Every job.
    pub async fn all_jobs(&self) -> anyhow::Result<Vec<v1::Job>> {
        let mut jobs = Vec::new();
        let mut token = String::new();
        loop {
            let page = v1::Page {
                size: PAGE,
                token: token.clone(),
            };
            let request = v1::ListJobsRequest {
                page: Some(page),
                ..Default::default()
            };
            let answer = self.call(|channel| {
                let request = request.clone();
                let client = JobServiceClient::new(channel);
                async move {
                    client
                        .max_decoding_message_size(64 << 20)
                        .list(request)
                        .await
                }
            });
            let answer = answer.await?;
            jobs.extend(answer.jobs);
            token = answer.next_page_token;
            if token.is_empty() {
                return Ok(jobs);
            }
        }
    }

    /// Every data set.
    pub async fn all_datasets(&self) -> anyhow::Result<Vec<v1::Dataset>> {
        let mut datasets = Vec::new();
        let mut token = String::new();
        loop {
            let page = Some(v1::Page {
                size: PAGE,
                token: token.clone(),
            });
            let answer = self.call(|channel| {
                let request = v1::ListDatasetsRequest { page: page.clone() };
                async move {
                    NetworkServiceClient::new(channel)
                        .list_datasets(request)
                        .await
                }
            });
            let answer = answer.await?;
            datasets.extend(answer.datasets);
            token = answer.next_page_token;
            if token.is_empty() {
                return Ok(datasets);
            }
        }
    }
}

/// No leader, a lost one, or nobody there: somebody else may answer.
fn is_passing(status: &Status) -> bool {
    let codes = [
        Code::Unavailable,
        Code::FailedPrecondition,
        Code::Aborted,
        Code::DeadlineExceeded,
        Code::Cancelled,
        Code::Unknown,
        Code::ResourceExhausted,
    ];
    codes.contains(&status.code())
}
