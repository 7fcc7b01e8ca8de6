//! Mutual TLS: who may speak, and for whom.

use ewc_proto::v1;
use ewc_scheduler::config::{TlsSettings, cluster_id};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use tempfile::TempDir;
use tonic::transport::{Certificate, ClientTlsConfig, Identity};
use tonic::{Code, Status};

use crate::members::agreement;
use crate::server::{Clients, Cluster};
use crate::world;

/// An authority, and a directory for what members read.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    dir: TempDir,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("ca.pem"), issuer.pem()).unwrap();
        Authority { issuer, dir }
    }

    /// Certificate and key, as PEM, of who has that name.
    fn issue(&self, name: Option<&str>) -> (String, String) {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let uri = name.map(|name| SanType::URI(name.try_into().unwrap()));
        params.subject_alt_names.extend(uri);
        let key = KeyPair::generate().unwrap();
        (
            params.signed_by(&key, &self.issuer).unwrap().pem(),
            key.serialize_pem(),
        )
    }

    fn of_member(&self, id: u64) -> TlsSettings {
        let (certificate, key) = self.issue(Some(&format!("ewc://scheduler/{id}")));
        let path = |end: &str| self.dir.path().join(format!("{id}.{end}"));
        std::fs::write(path("pem"), certificate).unwrap();
        std::fs::write(path("key"), key).unwrap();
        let ca = Some(self.dir.path().join("ca.pem"));
        TlsSettings {
            ca,
            certificate: Some(path("pem")),
            key: Some(path("key")),
        }
    }

    /// What a client of that name shows; `None` is an operator.
    pub fn client(&self, name: Option<&str>) -> ClientTlsConfig {
        let (certificate, key) = self.issue(name);
        self.stranger()
            .identity(Identity::from_pem(certificate, key))
    }

    /// A client that knows the authority and shows nothing.
    fn stranger(&self) -> ClientTlsConfig {
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(self.issuer.pem()))
    }
}

pub async fn cluster() -> (Authority, Cluster, String) {
    let authority = Authority::new();
    let mut cluster = Cluster::start(3, |id, settings| settings.tls = authority.of_member(id));
    cluster.tls = Some(authority.client(None));
    let leader = cluster.leader().await;
    world::build(&cluster.clients(leader)).await;
    let url = cluster.url(leader);
    (authority, cluster, url)
}

pub fn denied<T: std::fmt::Debug>(what: &str, answer: Result<T, Status>, needle: &str) {
    let status = answer.expect_err(what);
    assert_eq!(status.code(), Code::PermissionDenied, "{what}: {status:?}");
    assert!(status.message().contains(needle), "{what}: {status:?}");
}

fn submit_for(tenant: &str, key: &str) -> v1::SubmitRequest {
    v1::SubmitRequest {
        tenant: tenant.to_owned(),
        ..world::submit(key, world::spec("j"))
    }
}

#[tokio::test]
async fn members_speak_to_each_other_and_to_no_stranger() {
    let (authority, cluster, url) = cluster().await;
    // The log has passed between them.
    assert!(agreement(&cluster).await > 4);
    let stranger = Clients::new(&url, Some(authority.stranger()));
    assert!(stranger.members().await.is_err());
    let forger = Authority::new().client(None);
    let forger = forger.ca_certificate(Certificate::from_pem(authority.issuer.pem()));
    assert!(Clients::new(&url, Some(forger)).members().await.is_err());
    let plain = Clients::new(&url.replace("https", "http"), None);
    assert!(plain.members().await.is_err());
}

#[tokio::test]
async fn an_agent_speaks_for_its_site_only() {
    let (authority, _cluster, url) = cluster().await;
    let mut agent = Clients::new(&url, Some(authority.client(Some("ewc://site/north"))));
    agent
        .agents
        .register(world::register("north", 2))
        .await
        .unwrap();
    let register = agent.agents.register(world::register("south", 2)).await;
    denied("to register another", register, "south");
    let sync = |site: &str| {
        let site = site.to_owned();
        v1::SyncRequest {
            site,
            incarnation: 2,
            ..v1::SyncRequest::default()
        }
    };
    agent.agents.sync(sync("north")).await.unwrap();
    denied(
        "to report for another",
        agent.agents.sync(sync("south")).await,
        "south",
    );
    let hello = v1::AttachHello {
        site: "south".to_owned(),
        incarnation: 2,
    };
    let hello = v1::AttachUp {
        what: Some(v1::attach_up::What::Hello(hello)),
    };
    let attach = agent.agents.attach(tokio_stream::once(hello)).await;
    denied("to attach as another", attach.map(drop), "south");
    denied(
        "to submit",
        agent.jobs.submit(submit_for("", "k")).await,
        "tenant",
    );
}

#[tokio::test]
async fn a_tenant_speaks_for_itself_only() {
    let (authority, _cluster, url) = cluster().await;
    let mut tenant = Clients::new(&url, Some(authority.client(Some("ewc://tenant/a"))));
    let own = tenant
        .jobs
        .submit(submit_for("", "own"))
        .await
        .unwrap()
        .into_inner()
        .job_id;
    assert_eq!(tenant.job(&own).await.tenant, "a");
    tenant
        .jobs
        .submit(submit_for("a", "own too"))
        .await
        .unwrap();
    denied(
        "to submit for another",
        tenant.jobs.submit(submit_for("b", "k")).await,
        "tenant",
    );
    let jobs = vec![submit_for("a", "x"), submit_for("b", "y")];
    let batch = tenant
        .jobs
        .submit_batch(v1::SubmitBatchRequest { jobs })
        .await;
    denied("to submit a batch for another", batch, "tenant");
    let register = tenant.agents.register(world::register("north", 3)).await;
    denied("to register a site", register, "north");
    let mut rafts = v1::raft_service_client::RaftServiceClient::new(channel(
        &url,
        &authority,
        "ewc://tenant/a",
    ));
    let envelope = v1::RaftEnvelope {
        cluster_id: cluster_id("test").to_be_bytes().to_vec().into(),
        from: 1,
        to: 2,
        feature_level: 1,
        messages: Vec::new(),
    };
    let messages = rafts.messages(tokio_stream::once(envelope)).await;
    denied("to speak as a scheduler", messages, "scheduler");
}

fn channel(url: &str, authority: &Authority, name: &str) -> tonic::transport::Channel {
    let endpoint = tonic::transport::Endpoint::from_shared(url.to_owned()).unwrap();
    endpoint
        .tls_config(authority.client(Some(name)))
        .unwrap()
        .connect_lazy()
}

/// Jobs are found by their number, which is easily guessed.
#[tokio::test]
async fn a_tenant_sees_no_job_of_another() {
    let (authority, _cluster, url) = cluster().await;
    let mut a = Clients::new(&url, Some(authority.client(Some("ewc://tenant/a"))));
    let mut b = Clients::new(&url, Some(authority.client(Some("ewc://tenant/b"))));
    let job = a
        .jobs
        .submit(submit_for("", "k"))
        .await
        .unwrap()
        .into_inner()
        .job_id;
    let get = b.jobs.get(v1::GetJobRequest { job: job.clone() }).await;
    assert!(get.is_err(), "got {get:?}");
    let cancel = b
        .jobs
        .cancel(v1::CancelJobRequest { job: job.clone() })
        .await;
    assert!(cancel.is_err(), "cancelled {cancel:?}");
    let listed = b
        .jobs
        .list(v1::ListJobsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert!(listed.jobs.is_empty(), "listed {:?}", listed.jobs);
    let mode = v1::SetSiteModeRequest {
        site: "north".to_owned(),
        mode: v1::SiteMode::Draining.into(),
    };
    denied("to drain a site", b.networks.set_site_mode(mode).await, "");
    let policy = b.networks.get_policy(v1::GetPolicyRequest {}).await;
    denied("to read the policy", policy, "");
    let policy = v1::SetPolicyRequest::default();
    let tenants = b.networks.list_tenants(v1::ListTenantsRequest {}).await;
    let tenants = tenants.unwrap().into_inner().tenants;
    assert!(
        tenants.iter().all(|it| it.name == "b"),
        "listed {tenants:?}"
    );
    denied("to set the policy", b.networks.set_policy(policy).await, "");
    denied(
        "to change the network",
        b.networks.define_network(world::network()).await,
        "",
    );
}
