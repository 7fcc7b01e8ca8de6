//! The data mover's client: brings one artefact here at the reserved pace, resumes where a former
//! try was cut off, and believes nothing but the digest.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ewc_proto::v1;
use ewc_proto::v1::data_service_client::DataServiceClient;
use tokio::fs::{self, OpenOptions};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tonic::Code;

use super::hash;
use super::pace::Pace;
use super::store::Store;
use crate::metrics::Metrics;
use crate::model::DataFact;
use crate::shell::dial::Dialer;

const CHUNK_TIMEOUT: Duration = Duration::from_secs(30);

/// One artefact to bring here.
#[derive(Clone, Debug)]
pub struct Order {
    /// Name in the catalogue.
    pub name: String,
    /// Digest.
    pub sha256: String,
    /// Size, 0 when unknown.
    pub size_bytes: u64,
    /// `host:port` of a data mover.
    pub from_address: String,
    /// Real bits per second; 0: no limit.
    pub rate_bps: u64,
    /// It is no replica, and kept only for another site to fetch.
    pub lent: bool,
}

/// How often to try.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Tries in a row that bring not one byte.
    pub fruitless_tries_max: u32,
    /// Times that whole content with the wrong digest is thrown away and fetched again.
    pub refetches_max: u32,
    /// Wait after the first fruitless try; doubles up to `wait_max`.
    pub wait: Duration,
    /// Longest wait.
    pub wait_max: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            fruitless_tries_max: 8,
            refetches_max: 2,
            wait: Duration::from_millis(200),
            wait_max: Duration::from_secs(5),
        }
    }
}

/// Brings artefacts into one store.
#[derive(Clone, Debug)]
pub struct Puller {
    /// Where they go.
    pub store: Store,
    /// How other sites are reached.
    pub dialer: Dialer,
    /// How often to try.
    pub patience: Patience,
    /// Counts bytes.
    pub metrics: Arc<Metrics>,
}

impl Puller {
    /// Brings the artefact into the store, calling `progress` with the bytes on the disk.
    ///
    /// # Errors
    /// One sentence on the last failure, when patience is out.
    pub async fn pull(
        &self,
        order: &Order,
        progress: impl Fn(u64) + Send + Sync,
    ) -> Result<DataFact, String> {
        let mut refetches = 0;
        loop {
            self.gather(order, &progress).await?;
            match self.verify(order).await? {
                Some(fact) => return Ok(fact),
                None if refetches >= self.patience.refetches_max => {
                    let (name, from) = (&order.name, &order.from_address);
                    return Err(format!("{name} from {from} does not match its digest"));
                }
                None => refetches += 1,
            }
        }
    }

    /// Tries until all bytes are on the disk.
    async fn gather(
        &self,
        order: &Order,
        progress: &(impl Fn(u64) + Send + Sync),
    ) -> Result<(), String> {
        let partial = self.store.partial(&order.sha256);
        let mut fruitless = 0;
        loop {
            let before = length(&partial).await;
            if order.size_bytes > 0 && before >= order.size_bytes {
                return Ok(());
            }
            let Err(error) = self.fetch(order, &partial, before, progress).await else {
                return Ok(());
            };
            if error.code() == Code::OutOfRange {
                let _ = fs::remove_file(&partial).await;
            }
            fruitless = if length(&partial).await > before {
                0
            } else {
                fruitless + 1
            };
            tracing::debug!(
                name = order.name,
                error = error.message(),
                fruitless,
                "pull cut off"
            );
            if fruitless >= self.patience.fruitless_tries_max {
                let (name, from) = (&order.name, &order.from_address);
                return Err(format!(
                    "{name} cannot be fetched from {from}: {}",
                    error.message()
                ));
            }
            tokio::time::sleep(self.wait(fruitless)).await;
        }
    }

    fn wait(&self, fruitless: u32) -> Duration {
        let doubled = self.patience.wait.saturating_mul(1 << fruitless.min(16));
        doubled.min(self.patience.wait_max)
    }

    /// One stream from `offset` to its end. More bytes than announced end it as complete: the
    /// digest will tell.
    async fn fetch(
        &self,
        order: &Order,
        partial: &PathBuf,
        offset: u64,
        progress: &(impl Fn(u64) + Send + Sync),
    ) -> Result<(), tonic::Status> {
        let channel = self.dialer.connect(&order.from_address).await?;
        let request = v1::FetchRequest {
            name: order.name.clone(),
            sha256: order.sha256.clone(),
            offset: i64::try_from(offset).unwrap_or(i64::MAX),
        };
        let mut client = DataServiceClient::new(channel);
        let mut chunks = within(client.fetch(request)).await??.into_inner();
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(partial)
            .await?;
        file.seek(SeekFrom::Start(offset)).await?;
        let mut pace = Pace::new(order.rate_bps, Instant::now());
        let mut bytes = offset;
        while let Some(chunk) = within(chunks.message()).await?? {
            let wait = pace.wait(chunk.data.len(), Instant::now());
            if wait >= Duration::from_millis(1) {
                tokio::time::sleep(wait).await;
            }
            file.write_all(&chunk.data).await?;
            file.flush().await?;
            bytes += chunk.data.len() as u64;
            self.metrics.received_bytes.inc_by(chunk.data.len() as u64);
            progress(bytes);
            if order.size_bytes > 0 && bytes > order.size_bytes {
                return Ok(());
            }
        }
        if bytes < order.size_bytes {
            let size = order.size_bytes;
            return Err(tonic::Status::data_loss(format!(
                "it ends at byte {bytes} of {size}"
            )));
        }
        Ok(())
    }

    /// Moves good content into the store; throws bad content away.
    async fn verify(&self, order: &Order) -> Result<Option<DataFact>, String> {
        let partial = self.store.partial(&order.sha256);
        let (store, order) = (self.store.clone(), order.clone());
        let verify = move || -> std::io::Result<Option<DataFact>> {
            let (sha256, size_bytes) = hash::file(&partial)?;
            if sha256 != order.sha256 {
                std::fs::remove_file(&partial)?;
                return Ok(None);
            }
            let fact = DataFact {
                name: order.name,
                sha256,
                size_bytes,
            };
            match order.lent {
                true => store.lend(&fact.sha256)?,
                false => store.complete(&fact)?,
            }
            Ok(Some(fact))
        };
        let verified = tokio::task::spawn_blocking(verify)
            .await
            .map_err(|e| e.to_string())?;
        verified.map_err(|error| format!("cannot keep what was fetched: {error}"))
    }
}

async fn length(path: &Path) -> u64 {
    fs::metadata(path)
        .await
        .map_or(0, |metadata| metadata.len())
}

async fn within<T>(future: impl Future<Output = T>) -> Result<T, tonic::Status> {
    let silent = |_| tonic::Status::deadline_exceeded("the source is silent");
    tokio::time::timeout(CHUNK_TIMEOUT, future)
        .await
        .map_err(silent)
}
