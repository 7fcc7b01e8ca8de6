//! The data mover's server: streams complete content to the agents of other sites, answers probes.

use std::io::SeekFrom;
use std::sync::Arc;
use std::time::Duration;

use ewc_proto::v1;
use ewc_proto::v1::data_service_server::DataService;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::store::Store;
use crate::metrics::Metrics;

const CHUNK_BYTES: usize = 128 << 10;
const CHUNKS_AHEAD: usize = 2;
/// A reader this slow has gone away: at the slowest sensible pace a chunk takes minutes.
const SEND_TIMEOUT: Duration = Duration::from_secs(900);

/// Serves one store.
#[derive(Debug)]
pub struct Mover {
    site: String,
    store: Store,
    streams: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl Mover {
    /// A server that streams to at most `streams_max` readers at a time.
    #[must_use]
    pub fn new(site: String, store: Store, streams_max: usize, metrics: Arc<Metrics>) -> Self {
        Self {
            site,
            store,
            streams: Arc::new(Semaphore::new(streams_max)),
            metrics,
        }
    }
}

#[tonic::async_trait]
impl DataService for Mover {
    type FetchStream = ReceiverStream<Result<v1::FetchChunk, Status>>;

    async fn fetch(
        &self,
        request: Request<v1::FetchRequest>,
    ) -> Result<Response<Self::FetchStream>, Status> {
        let request = request.into_inner();
        let permit = Arc::clone(&self.streams)
            .try_acquire_owned()
            .map_err(|_| Status::resource_exhausted("too many streams; try again"))?;
        let digest = match request.sha256.as_str() {
            "" => self.store.digest(&request.name).unwrap_or_default(),
            sha256 => sha256.to_ascii_lowercase(),
        };
        let missing = || Status::not_found(format!("{} is not at this site", request.name));
        let path = self.store.content(&digest).ok_or_else(missing)?;
        let offset = u64::try_from(request.offset)
            .map_err(|_| Status::invalid_argument("offset is negative"))?;
        let file = File::open(path).await.map_err(internal)?;
        let size = file.metadata().await.map_err(internal)?.len();
        if offset > size {
            return Err(Status::out_of_range(format!(
                "offset {offset} is beyond {size}"
            )));
        }
        let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
        let metrics = Arc::clone(&self.metrics);
        tokio::spawn(stream(file, offset, sender, permit, metrics));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn probe(
        &self,
        _: Request<v1::ProbeRequest>,
    ) -> Result<Response<v1::ProbeResponse>, Status> {
        Ok(Response::new(v1::ProbeResponse {
            site: self.site.clone(),
        }))
    }
}

async fn stream(
    mut file: File,
    offset: u64,
    sender: mpsc::Sender<Result<v1::FetchChunk, Status>>,
    _permit: OwnedSemaphorePermit,
    metrics: Arc<Metrics>,
) {
    if let Err(error) = file.seek(SeekFrom::Start(offset)).await {
        let _ = sender.send(Err(internal(error))).await;
        return;
    }
    loop {
        let chunk = match read_chunk(&mut file).await {
            Ok(chunk) if chunk.is_empty() => return,
            Ok(chunk) => Ok(chunk),
            Err(error) => Err(internal(error)),
        };
        let (bytes, failed) = (chunk.as_ref().map_or(0, Vec::len), chunk.is_err());
        let message = chunk.map(|data| v1::FetchChunk { data: data.into() });
        match tokio::time::timeout(SEND_TIMEOUT, sender.send(message)).await {
            Ok(Ok(())) if !failed => metrics.sent_bytes.inc_by(bytes as u64),
            _ => return,
        }
    }
}

async fn read_chunk(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    file.take(CHUNK_BYTES as u64)
        .read_to_end(&mut chunk)
        .await?;
    Ok(chunk)
}

fn internal(error: std::io::Error) -> Status {
    Status::internal(error.to_string())
}
