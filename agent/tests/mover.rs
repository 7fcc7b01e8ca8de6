//! The data mover: resumes, keeps its pace, believes only the digest.

use std::fs;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ewc_agent::data::pull::{Order, Patience, Puller};
use ewc_agent::data::serve::Mover;
use ewc_agent::data::store::Store;
use ewc_agent::metrics::Metrics;
use ewc_agent::model::DataFact;
use ewc_agent::shell::dial::Dialer;
use ewc_proto::v1;
use ewc_proto::v1::data_service_server::{DataService, DataServiceServer};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

const SIZE: usize = 512 << 10;

fn content() -> Vec<u8> {
    (0..SIZE as u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

/// A source that behaves as badly as it is told to.
#[derive(Clone, Default)]
struct Source {
    content: Arc<Vec<u8>>,
    /// Bytes after which a stream is cut off.
    cut_after: Option<usize>,
    /// Streams that carry a wrong byte.
    corrupt: usize,
    offsets: Arc<Mutex<Vec<i64>>>,
}

type Chunks = tokio_stream::Iter<std::vec::IntoIter<Result<v1::FetchChunk, Status>>>;

#[tonic::async_trait]
impl DataService for Source {
    type FetchStream = Chunks;

    async fn fetch(&self, request: Request<v1::FetchRequest>) -> Result<Response<Chunks>, Status> {
        let offset = request.into_inner().offset;
        let stream = {
            let mut offsets = self.offsets.lock().unwrap();
            offsets.push(offset);
            offsets.len()
        };
        let mut bytes = self.content[offset as usize..].to_vec();
        if stream <= self.corrupt {
            bytes[0] ^= 1;
        }
        let whole = bytes.len();
        bytes.truncate(self.cut_after.unwrap_or(whole));
        let data = bytes.chunks(100_000).map(|chunk| {
            Ok(v1::FetchChunk {
                data: chunk.to_vec().into(),
            })
        });
        let mut chunks: Vec<_> = data.collect();
        if bytes.len() < whole {
            chunks.push(Err(Status::unavailable("cut off")));
        }
        Ok(Response::new(tokio_stream::iter(chunks)))
    }

    async fn probe(
        &self,
        _: Request<v1::ProbeRequest>,
    ) -> Result<Response<v1::ProbeResponse>, Status> {
        Ok(Response::new(v1::ProbeResponse::default()))
    }
}

async fn serve(service: impl DataService) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tonic::transport::Server::builder().add_service(DataServiceServer::new(service));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

struct Bench {
    directory: tempfile::TempDir,
    puller: Puller,
    fact: DataFact,
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, content()).unwrap();
        let fact = Store::open(&directory.path().join("from")).unwrap();
        let fact = fact.import("d", &path, false).unwrap();
        let puller = Puller {
            store: Store::open(&directory.path().join("to")).unwrap(),
            dialer: Dialer::default(),
            patience: Patience {
                fruitless_tries_max: 3,
                refetches_max: 2,
                wait: Duration::from_millis(5),
                wait_max: Duration::from_millis(20),
            },
            metrics: Arc::new(Metrics::new("s").unwrap()),
        };
        Self {
            directory,
            puller,
            fact,
        }
    }

    fn order(&self, address: SocketAddr, rate_bps: u64) -> Order {
        Order {
            name: "d".into(),
            sha256: self.fact.sha256.clone(),
            size_bytes: self.fact.size_bytes,
            from_address: address.to_string(),
            rate_bps,
            lent: false,
        }
    }

    /// Pulls from a source; returns what came of it and the offsets asked for.
    async fn pull(&self, source: Source) -> (Result<DataFact, String>, Vec<i64>) {
        let offsets = Arc::clone(&source.offsets);
        let address = serve(source).await;
        let result = self.puller.pull(&self.order(address, 0), |_| {}).await;
        let offsets = offsets.lock().unwrap().clone();
        (result, offsets)
    }

    fn assert_whole(&self) {
        let path = self
            .puller
            .store
            .content(&self.fact.sha256)
            .expect("the content");
        assert_eq!(fs::read(path).unwrap(), content());
    }
}

#[tokio::test]
async fn a_cut_stream_is_resumed_where_it_broke() {
    let bench = Bench::new();
    let source = Source {
        content: content().into(),
        cut_after: Some(200_000),
        ..Default::default()
    };
    let (result, offsets) = bench.pull(source).await;
    assert_eq!(result, Ok(bench.fact.clone()));
    assert_eq!(offsets, [0, 200_000, 400_000]);
    bench.assert_whole();
}

#[tokio::test]
async fn what_a_former_agent_fetched_is_kept() {
    let bench = Bench::new();
    fs::write(
        bench.puller.store.partial(&bench.fact.sha256),
        &content()[..300_000],
    )
    .unwrap();
    let (result, offsets) = bench
        .pull(Source {
            content: content().into(),
            ..Default::default()
        })
        .await;
    assert_eq!(result, Ok(bench.fact.clone()));
    assert_eq!(offsets, [300_000]);
    bench.assert_whole();
}

#[tokio::test]
async fn a_wrong_digest_is_fetched_again_and_then_given_up() {
    for (corrupt, good) in [(2, true), (3, false)] {
        let bench = Bench::new();
        let source = Source {
            content: content().into(),
            corrupt,
            ..Default::default()
        };
        let (result, offsets) = bench.pull(source).await;
        assert_eq!(offsets, [0, 0, 0]);
        assert_eq!(result.is_ok(), good, "{result:?}");
        match result {
            Ok(_) => bench.assert_whole(),
            Err(error) => {
                assert!(error.ends_with("does not match its digest"), "{error}");
                assert_eq!(bench.puller.store.content(&bench.fact.sha256), None);
                assert!(!bench.puller.store.partial(&bench.fact.sha256).exists());
            }
        }
    }
}

#[tokio::test]
async fn too_much_too_little_and_nobody() {
    let longer = [content(), vec![0; 100_000]].concat();
    let shorter = content()[..SIZE - 1].to_vec();
    for (content, expected) in [
        (longer, "does not match"),
        (shorter, "it ends at byte 524287"),
    ] {
        let bench = Bench::new();
        let (result, _) = bench
            .pull(Source {
                content: content.into(),
                ..Default::default()
            })
            .await;
        let error = result.unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    let bench = Bench::new();
    let nobody = "127.0.0.1:1".parse().unwrap();
    let error = bench
        .puller
        .pull(&bench.order(nobody, 0), |_| {})
        .await
        .unwrap_err();
    assert!(
        error.starts_with("d cannot be fetched from 127.0.0.1:1: "),
        "{error}"
    );
}

#[tokio::test]
async fn the_reserved_rate_is_kept() {
    let bench = Bench::new();
    let store = Store::open(&bench.directory.path().join("from")).unwrap();
    let mover = Mover::new("s".into(), store, 4, Arc::clone(&bench.puller.metrics));
    let address = serve(mover).await;
    let rate_bps = 4 << 20;
    let progress = Mutex::new(Vec::new());
    let start = Instant::now();
    let note = |bytes: u64| progress.lock().unwrap().push((start.elapsed(), bytes));
    bench
        .puller
        .pull(&bench.order(address, rate_bps), note)
        .await
        .unwrap();
    let expected = Duration::from_secs(1);
    let taken = start.elapsed();
    assert!(
        taken > expected * 3 / 4 && taken < expected * 5 / 4,
        "{taken:?}"
    );
    // Smooth: at no time far ahead of the schedule.
    for (elapsed, bytes) in progress.into_inner().unwrap() {
        let allowed = elapsed.as_secs_f64() * rate_bps as f64 / 8.0;
        assert!(
            bytes as f64 <= allowed * 1.25 + 100_000.0,
            "{bytes} after {elapsed:?}"
        );
    }
    bench.assert_whole();
}
