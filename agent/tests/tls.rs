//! With certificates nobody without one is heard, in either direction.

mod common;

use std::fs;

use common::{Place, Scheduler, config, data_address, run, until};
use ewc_agent::shell::dial::Dialer;
use ewc_proto::v1;
use ewc_proto::v1::data_service_client::DataServiceClient;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tonic::Status;
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    /// Certificate and key.
    fn issue(&self) -> (String, String) {
        let params = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap();
        let key = KeyPair::generate().unwrap();
        (
            params.signed_by(&key, &self.issuer).unwrap().pem(),
            key.serialize_pem(),
        )
    }

    fn identity(&self) -> Identity {
        let (certificate, key) = self.issue();
        Identity::from_pem(certificate, key)
    }

    fn ca(&self) -> Certificate {
        Certificate::from_pem(&self.pem)
    }
}

async fn probe(address: &str, tls: Option<ClientTlsConfig>) -> Result<String, Status> {
    let channel = Dialer::new(tls).connect(address).await?;
    let request = v1::ProbeRequest {
        from_site: "there".into(),
    };
    Ok(DataServiceClient::new(channel)
        .probe(request)
        .await?
        .into_inner()
        .site)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_ends_show_certificates() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let place = Place::new();
    let file = |name: &str, text: &str| {
        fs::write(place.path().join(name), text).unwrap();
        place.path().join(name)
    };
    let (certificate, key) = ours.issue();
    let more = format!(
        "tls = {{ ca = {:?}, certificate = {:?}, key = {:?} }}",
        file("ca.pem", &ours.pem),
        file("agent.pem", &certificate),
        file("agent.key", &key),
    );
    let server = ServerTlsConfig::new()
        .identity(ours.identity())
        .client_ca_root(ours.ca());
    let scheduler = Scheduler::start_with(Some(server)).await;
    let running = run(config(&place, &[&scheduler.url], &more));
    until(
        || "a turn".into(),
        || (scheduler.state().syncs > 0).then_some(()),
    )
    .await;
    let address = data_address(&scheduler).await.to_string();

    let good = ClientTlsConfig::new()
        .ca_certificate(ours.ca())
        .identity(ours.identity());
    assert_eq!(probe(&address, Some(good)).await.unwrap(), "here");
    let nameless = ClientTlsConfig::new().ca_certificate(ours.ca());
    let stranger = ClientTlsConfig::new()
        .ca_certificate(ours.ca())
        .identity(theirs.identity());
    let distrusting = ClientTlsConfig::new()
        .ca_certificate(theirs.ca())
        .identity(ours.identity());
    for tls in [Some(nameless), Some(stranger), Some(distrusting), None] {
        assert!(probe(&address, tls.clone()).await.is_err(), "{tls:?}");
    }
    running.end().await.unwrap();
}
