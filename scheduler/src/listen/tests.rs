//! Real sockets, real certificates: who gets in, and who does not hold a slot.

use std::net::SocketAddr;
use std::time::Instant;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Response, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::*;
use crate::config::TlsFiles;
use crate::metrics::Metrics;

/// Answers a check with the caller's name as an error, unless all is fine, and a watch never.
struct WhoAmI;

#[tonic::async_trait]
impl Health for WhoAmI {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if request.get_ref().service == "fine" {
            return Ok(Response::new(HealthCheckResponse::default()));
        }
        Err(Status::not_found(caller(&request).to_string()))
    }

    type WatchStream = tokio_stream::Pending<Result<HealthCheckResponse, Status>>;

    async fn watch(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        Ok(Response::new(tokio_stream::pending()))
    }
}

/// An authority that writes what it signs into files.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: TempDir,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "test");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("ca.pem"), issuer.pem()).unwrap();
        Authority { issuer, directory }
    }

    /// Signs a certificate for 127.0.0.1 with the given URI names.
    fn issue(&self, file: &str, names: &[&str]) -> TlsFiles {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        for name in names {
            let uri = SanType::URI((*name).try_into().unwrap());
            params.subject_alt_names.push(uri);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let path = |end: &str| self.directory.path().join(format!("{file}{end}"));
        std::fs::write(path(".pem"), certificate.pem()).unwrap();
        std::fs::write(path(".key"), key.serialize_pem()).unwrap();
        TlsFiles {
            ca: self.directory.path().join("ca.pem"),
            certificate: path(".pem"),
            key: path(".key"),
        }
    }
}

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), tonic::transport::Error>>,
}

impl Running {
    async fn start(tls: Option<&TlsFiles>, bounds: Bounds) -> Running {
        let metrics = Arc::new(Metrics::new().unwrap());
        Running::start_with(metrics, tls, bounds).await
    }

    async fn start_with(metrics: Arc<Metrics>, tls: Option<&TlsFiles>, bounds: Bounds) -> Running {
        let routes = observed(Routes::new(HealthServer::new(WhoAmI)), metrics);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tls = tls.map(|files| Arc::new(ServerTls::open(files).unwrap()));
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve(listener, tls, routes, bounds, async {
            let _ = stopped.await;
        }));
        Running {
            address,
            stop,
            served,
        }
    }

    /// The caller's name as the server sees it, or the error.
    async fn who_am_i(&self, tls: Option<ClientTlsConfig>) -> Result<String, String> {
        let channel = self.connect(tls).await?;
        let mut client = HealthClient::new(channel);
        let check = client.check(HealthCheckRequest::default());
        let status = check.await.expect_err("always an error");
        match status.code() {
            tonic::Code::NotFound => Ok(status.message().to_owned()),
            code => Err(format!("{code}: {}", status.message())),
        }
    }

    async fn connect(&self, tls: Option<ClientTlsConfig>) -> Result<Channel, String> {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let endpoint = Endpoint::from_shared(format!("{scheme}://{}", self.address)).unwrap();
        let endpoint = endpoint.timeout(Duration::from_secs(5));
        let endpoint = match tls {
            Some(tls) => endpoint
                .tls_config(tls)
                .map_err(|error| error.to_string())?,
            None => endpoint,
        };
        endpoint.connect().await.map_err(|error| error.to_string())
    }
}

/// True if the server closes the connection within the time.
async fn is_closed_within(stream: &mut TcpStream, limit: Duration) -> bool {
    let drain = async {
        let mut buffer = [0; 256];
        while !matches!(stream.read(&mut buffer).await, Ok(0) | Err(_)) {}
    };
    tokio::time::timeout(limit, drain).await.is_ok()
}

fn quick() -> Bounds {
    Bounds {
        handshake: Duration::from_millis(300),
        ..Bounds::default()
    }
}

#[tokio::test]
async fn certificates_say_who_calls() {
    let authority = Authority::new();
    let server = authority.issue("server", &["ewc://scheduler/1"]);
    let running = Running::start(Some(&server), quick()).await;
    for (names, expected) in [
        (&["ewc://tenant/rendering"][..], "ewc://tenant/rendering"),
        (
            &["ewc://site/a", "ewc://site/b"],
            "ewc://site/a ewc://site/b",
        ),
        (&[], "certificate"),
    ] {
        let client = client_tls(&authority.issue("client", names)).unwrap();
        assert_eq!(
            running.who_am_i(Some(client)).await.as_deref(),
            Ok(expected)
        );
    }
}

#[tokio::test]
async fn without_a_certificate_of_our_authority_nobody_gets_in() {
    let authority = Authority::new();
    let server = authority.issue("server", &[]);
    let running = Running::start(Some(&server), quick()).await;

    let ca = std::fs::read(&server.ca).unwrap();
    let bare = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&ca));
    assert!(running.who_am_i(Some(bare)).await.is_err());

    let other = Authority::new();
    let foreign = TlsFiles {
        ca: server.ca.clone(),
        ..other.issue("client", &["ewc://tenant/rendering"])
    };
    let foreign = client_tls(&foreign).unwrap();
    assert!(running.who_am_i(Some(foreign)).await.is_err());

    assert!(running.who_am_i(None).await.is_err());

    let good = client_tls(&server).unwrap();
    assert!(running.who_am_i(Some(good)).await.is_ok());
}

#[tokio::test]
async fn loopback_without_tls_is_local() {
    let running = Running::start(None, quick()).await;
    assert_eq!(running.who_am_i(None).await.as_deref(), Ok("local"));
}

#[tokio::test]
async fn silent_clients_lose_their_slot() {
    let authority = Authority::new();
    let server = authority.issue("server", &[]);
    for tls in [None, Some(&server)] {
        let bounds = Bounds {
            connections_max: 1,
            ..quick()
        };
        let running = Running::start(tls, bounds).await;
        let mut silent = TcpStream::connect(running.address).await.unwrap();
        // Half of the first words is no better than none.
        silent.write_all(b"PRI * HTTP").await.unwrap();
        let mut refused = TcpStream::connect(running.address).await.unwrap();
        assert!(is_closed_within(&mut refused, Duration::from_millis(200)).await);
        assert!(is_closed_within(&mut silent, Duration::from_secs(5)).await);
        let tls = tls.map(|files| client_tls(files).unwrap());
        assert!(running.who_am_i(tls).await.is_ok());
    }
}

#[tokio::test]
async fn requests_are_counted_when_they_end() {
    let metrics = Arc::new(Metrics::new().unwrap());
    let running = Running::start_with(metrics.clone(), None, quick()).await;
    assert_eq!(running.who_am_i(None).await.as_deref(), Ok("local"));
    let channel = running.connect(None).await.unwrap();
    let request = tonic_reflection::pb::v1::ServerReflectionRequest::default();
    let mut stranger =
        tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient::new(
            channel.clone(),
        );
    let refused = stranger
        .server_reflection_info(tokio_stream::once(request))
        .await;
    assert_eq!(refused.unwrap_err().code(), tonic::Code::Unimplemented);
    let mut client = HealthClient::new(channel);
    let service = "fine".to_owned();
    client.check(HealthCheckRequest { service }).await.unwrap();
    drop(client.watch(HealthCheckRequest::default()).await.unwrap());
    let check = "ewc_rpcs_total{code=\"NOT_FOUND\",method=\"/grpc.health.v1.Health/Check\"} 1";
    let fine = "ewc_rpcs_total{code=\"OK\",method=\"/grpc.health.v1.Health/Check\"} 1";
    let watch = "ewc_rpcs_total{code=\"CANCELLED\",method=\"/grpc.health.v1.Health/Watch\"} 1";
    let stranger = "ewc_rpcs_total{code=\"UNIMPLEMENTED\",method=\"unknown\"} 1";
    for _ in 0..100 {
        let text = metrics.text();
        if [check, fine, watch, stranger]
            .iter()
            .all(|line| text.contains(line))
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{}", metrics.text());
}

#[tokio::test]
async fn clients_that_do_not_answer_pings_are_dropped() {
    let bounds = Bounds {
        ping_every: Duration::from_millis(100),
        ping_timeout: Duration::from_millis(100),
        ..quick()
    };
    let running = Running::start(None, bounds).await;
    let mut mute = TcpStream::connect(running.address).await.unwrap();
    // The preface and an empty SETTINGS frame, then nothing.
    mute.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    assert!(is_closed_within(&mut mute, Duration::from_secs(5)).await);
}

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_at_once() {
    let bounds = Bounds {
        connections_max: 2,
        ..Bounds::default()
    };
    let running = Running::start(None, bounds).await;
    let first = running.connect(None).await.unwrap();
    let _second = running.connect(None).await.unwrap();
    let mut third = TcpStream::connect(running.address).await.unwrap();
    assert!(is_closed_within(&mut third, Duration::from_secs(1)).await);
    drop(first);
    for _ in 0..100 {
        if running.who_am_i(None).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the slot was not given back");
}

#[tokio::test]
async fn a_shutdown_waits_for_requests_only_so_long() {
    let bounds = Bounds {
        drain: Duration::from_millis(300),
        ..Bounds::default()
    };
    let running = Running::start(None, bounds).await;
    let channel = running.connect(None).await.unwrap();
    let mut client = HealthClient::new(channel);
    let watch = client.watch(HealthCheckRequest::default());
    let mut endless = watch.await.unwrap().into_inner();
    let start = Instant::now();
    running.stop.send(()).unwrap();
    running.served.await.unwrap().unwrap();
    assert!((300..3000).contains(&start.elapsed().as_millis()));
    assert!(endless.message().await.is_err());
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test]
async fn changed_certificates_are_used_and_broken_ones_are_not() {
    let authority = Authority::new();
    let files = authority.issue("server", &[]);
    let tls = ServerTls::open(&files).unwrap();
    let first = tls.current();
    assert!(!tls.reload_if_changed().unwrap());

    std::fs::write(&files.key, "half a k").unwrap();
    let error = tls.reload_if_changed().err().unwrap().to_string();
    assert!(error.contains("server.key"), "{error}");
    assert!(Arc::ptr_eq(&first, &tls.current()));

    authority.issue("server", &["ewc://scheduler/1"]);
    assert!(tls.reload_if_changed().unwrap());
    assert!(!Arc::ptr_eq(&first, &tls.current()));
}

#[test]
fn unusable_files_are_named() {
    let authority = Authority::new();
    let good = authority.issue("a", &[]);
    let other = authority.issue("b", &[]);
    let empty = authority.directory.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for (files, expected) in [
        (
            TlsFiles {
                ca: "/no/ca".into(),
                ..good.clone()
            },
            "/no/ca: ",
        ),
        (
            TlsFiles {
                ca: empty.clone(),
                ..good.clone()
            },
            "empty.pem: holds no certificate",
        ),
        (
            TlsFiles {
                certificate: empty.clone(),
                ..good.clone()
            },
            "empty.pem: holds no",
        ),
        (
            TlsFiles {
                key: empty,
                ..good.clone()
            },
            "empty.pem: ",
        ),
        (
            TlsFiles {
                key: other.key,
                ..good
            },
            "a.pem: ",
        ),
    ] {
        let error = ServerTls::open(&files).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}\nlacks {expected}");
    }
}
