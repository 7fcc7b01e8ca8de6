//! A scheduler that answers as a test tells it to, and remembers what it was asked.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use ewc_proto::v1;
use ewc_proto::v1::job_service_server::{JobService, JobServiceServer};
use ewc_proto::v1::network_service_server::{NetworkService, NetworkServiceServer};
use tokio_stream::Stream;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Server, ServerTlsConfig};
use tonic::{Code, Request, Response, Status};

/// What happens to the next request.
#[derive(Clone)]
pub enum Turn {
    /// It is answered.
    Answer,
    /// It is sent to another scheduler.
    Leader(String),
    /// It is carried out, and no answer ever comes.
    LoseAnswer,
    /// It is refused.
    Refuse(Code, &'static str),
}

/// What it answers with; requests it got.
#[derive(Default)]
pub struct Script {
    /// One for each request; afterwards requests are answered.
    pub turns: VecDeque<Turn>,
    /// Submissions, in order.
    pub submitted: Vec<v1::SubmitRequest>,
    /// What `watch` streams.
    pub watched: Vec<v1::Job>,
    /// What `plan` answers.
    pub plan: v1::PlanResponse,
    /// Holds that were asked for, in milliseconds, in order.
    pub holds: Vec<i64>,
    /// What `list` answers, a page of at most two at a time.
    pub jobs: Vec<v1::Job>,
    /// What `logs` streams.
    pub log: Vec<v1::LogChunk>,
    /// What `explain` answers.
    pub explanation: v1::Explanation,
    /// What `list_links` answers; definitions change it.
    pub links: Vec<v1::Link>,
    /// What `get_policy` answers; `set_policy` changes it.
    pub policy: v1::Policy,
    /// Policies that were to be set, in order.
    pub policies: Vec<v1::SetPolicyRequest>,
    /// Modes that were to be set, in order.
    pub modes: Vec<v1::SetSiteModeRequest>,
    /// Definitions of the network, in order.
    pub defined: Vec<v1::DefineNetworkRequest>,
}

/// A scheduler on a port of its own.
#[derive(Clone)]
pub struct Fake {
    pub url: String,
    pub script: Arc<Mutex<Script>>,
}

impl Fake {
    pub async fn start(script: Script) -> Fake {
        Fake::start_with(script, "http", None).await
    }

    /// One that speaks TLS as configured, at `https://localhost`.
    pub async fn start_tls(script: Script, tls: ServerTlsConfig) -> Fake {
        Fake::start_with(script, "https", Some(tls)).await
    }

    async fn start_with(script: Script, scheme: &str, tls: Option<ServerTlsConfig>) -> Fake {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "{scheme}://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let fake = Fake {
            url,
            script: Arc::new(Mutex::new(script)),
        };
        let mut server = Server::builder();
        if let Some(tls) = tls {
            server = server.tls_config(tls).unwrap();
        }
        let server = server
            .add_service(JobServiceServer::new(fake.clone()))
            .add_service(NetworkServiceServer::new(fake.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        fake
    }

    pub fn keys(&self) -> Vec<String> {
        let script = self.script.lock().unwrap();
        script
            .submitted
            .iter()
            .map(|request| request.idempotency_key.clone())
            .collect()
    }

    async fn turn(&self) -> Result<(), Status> {
        let turn = self
            .script
            .lock()
            .unwrap()
            .turns
            .pop_front()
            .unwrap_or(Turn::Answer);
        match turn {
            Turn::Answer => Ok(()),
            Turn::LoseAnswer => std::future::pending().await,
            Turn::Refuse(code, message) => Err(Status::new(code, message)),
            Turn::Leader(url) => {
                let mut status = Status::unavailable("not the leader");
                status
                    .metadata_mut()
                    .insert("ewc-leader", url.parse().unwrap());
                Err(status)
            }
        }
    }

    fn store(&self, request: v1::SubmitRequest) -> v1::SubmitResponse {
        let known = self.keys();
        let position = known.iter().position(|key| *key == request.idempotency_key);
        self.script.lock().unwrap().submitted.push(request);
        let number = position.unwrap_or(known.len()) + 1;
        v1::SubmitResponse {
            job_id: number.to_string(),
            duplicate: position.is_some(),
            start: None,
        }
    }
}

type Answer<T> = Result<Response<T>, Status>;
type Flow<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

fn flow<T: Send + 'static>(items: Vec<T>) -> Flow<T> {
    Box::pin(tokio_stream::iter(items.into_iter().map(Ok)))
}

#[tonic::async_trait]
impl JobService for Fake {
    type WatchStream = Flow<v1::Job>;
    type LogsStream = Flow<v1::LogChunk>;

    async fn submit(&self, request: Request<v1::SubmitRequest>) -> Answer<v1::SubmitResponse> {
        let stored = self.store(request.into_inner());
        self.turn().await?;
        Ok(Response::new(stored))
    }

    async fn submit_batch(
        &self,
        request: Request<v1::SubmitBatchRequest>,
    ) -> Answer<v1::SubmitBatchResponse> {
        let jobs = request
            .into_inner()
            .jobs
            .into_iter()
            .map(|job| self.store(job))
            .collect();
        self.turn().await?;
        Ok(Response::new(v1::SubmitBatchResponse { jobs }))
    }

    async fn plan(&self, request: Request<v1::PlanRequest>) -> Answer<v1::PlanResponse> {
        self.script
            .lock()
            .unwrap()
            .holds
            .push(request.get_ref().hold_ms);
        self.turn().await?;
        Ok(Response::new(self.script.lock().unwrap().plan.clone()))
    }

    async fn get(&self, _: Request<v1::GetJobRequest>) -> Answer<v1::Job> {
        self.turn().await?;
        let script = self.script.lock().unwrap();
        script
            .jobs
            .first()
            .cloned()
            .map(Response::new)
            .ok_or_else(|| Status::not_found("no job"))
    }

    async fn list(&self, request: Request<v1::ListJobsRequest>) -> Answer<v1::ListJobsResponse> {
        self.turn().await?;
        let page = request.into_inner().page.unwrap_or_default();
        let script = self.script.lock().unwrap();
        let from: usize = page.token.parse().unwrap_or(0);
        let to = (from + 2.min(page.size as usize)).min(script.jobs.len());
        Ok(Response::new(v1::ListJobsResponse {
            jobs: script.jobs[from..to].to_vec(),
            next_page_token: if to < script.jobs.len() {
                to.to_string()
            } else {
                String::new()
            },
            total: script.jobs.len() as i64,
        }))
    }

    async fn watch(&self, _: Request<v1::WatchJobRequest>) -> Answer<Self::WatchStream> {
        self.turn().await?;
        Ok(Response::new(flow(
            self.script.lock().unwrap().watched.clone(),
        )))
    }

    async fn cancel(&self, _: Request<v1::CancelJobRequest>) -> Answer<v1::Job> {
        self.turn().await?;
        Ok(Response::new(v1::Job::default()))
    }

    async fn logs(&self, _: Request<v1::LogsRequest>) -> Answer<Self::LogsStream> {
        self.turn().await?;
        Ok(Response::new(flow(self.script.lock().unwrap().log.clone())))
    }

    async fn explain(&self, _: Request<v1::ExplainRequest>) -> Answer<v1::Explanation> {
        self.turn().await?;
        Ok(Response::new(
            self.script.lock().unwrap().explanation.clone(),
        ))
    }
}

#[tonic::async_trait]
impl NetworkService for Fake {
    async fn list_sites(&self, _: Request<v1::ListSitesRequest>) -> Answer<v1::ListSitesResponse> {
        self.turn().await?;
        Ok(Response::new(v1::ListSitesResponse {
            sites: vec![],
            now_ms: 1_000_000,
        }))
    }

    async fn list_links(&self, _: Request<v1::ListLinksRequest>) -> Answer<v1::ListLinksResponse> {
        Ok(Response::new(v1::ListLinksResponse {
            links: self.script.lock().unwrap().links.clone(),
            nodes: vec![],
        }))
    }

    async fn list_regions(
        &self,
        _: Request<v1::ListRegionsRequest>,
    ) -> Answer<v1::ListRegionsResponse> {
        Ok(Response::new(v1::ListRegionsResponse::default()))
    }

    async fn list_datasets(
        &self,
        _: Request<v1::ListDatasetsRequest>,
    ) -> Answer<v1::ListDatasetsResponse> {
        Ok(Response::new(v1::ListDatasetsResponse::default()))
    }

    async fn propose_replicas(
        &self,
        _: Request<v1::ProposeReplicasRequest>,
    ) -> Answer<v1::ProposeReplicasResponse> {
        Ok(Response::new(v1::ProposeReplicasResponse::default()))
    }

    async fn list_images(
        &self,
        _: Request<v1::ListImagesRequest>,
    ) -> Answer<v1::ListImagesResponse> {
        Ok(Response::new(v1::ListImagesResponse::default()))
    }

    async fn define_network(
        &self,
        request: Request<v1::DefineNetworkRequest>,
    ) -> Answer<v1::DefineNetworkResponse> {
        self.turn().await?;
        let request = request.into_inner();
        let mut script = self.script.lock().unwrap();
        for new in &request.links {
            script.links.retain(|link| link.id != new.id);
            script.links.push(new.clone());
        }
        script.defined.push(request);
        Ok(Response::new(v1::DefineNetworkResponse {}))
    }

    async fn register_dataset(
        &self,
        request: Request<v1::RegisterDatasetRequest>,
    ) -> Answer<v1::Dataset> {
        self.turn().await?;
        Ok(Response::new(
            request.into_inner().dataset.unwrap_or_default(),
        ))
    }

    async fn lower_grade(&self, request: Request<v1::LowerGradeRequest>) -> Answer<v1::Dataset> {
        self.turn().await?;
        let request = request.into_inner();
        let lowering = v1::GradeLowering {
            at_ms: 1_763_600_000_000,
            from: v1::DataGrade::Core.into(),
            to: request.grade,
            by: "spiffe://ewc/operator".to_owned(),
            because: request.because,
        };
        Ok(Response::new(v1::Dataset {
            name: request.dataset,
            grade: request.grade,
            lowered: vec![lowering],
            ..Default::default()
        }))
    }

    async fn register_image(
        &self,
        request: Request<v1::RegisterImageRequest>,
    ) -> Answer<v1::Image> {
        Ok(Response::new(
            request.into_inner().image.unwrap_or_default(),
        ))
    }

    async fn remove_dataset(
        &self,
        request: Request<v1::RemoveRequest>,
    ) -> Answer<v1::RemoveResponse> {
        self.turn().await?;
        let request = request.into_inner();
        if request.name == "needed" {
            return Err(Status::failed_precondition(
                "name: needed is needed by 1 jobs",
            ));
        }
        Ok(Response::new(v1::RemoveResponse {
            sites: request.sites,
        }))
    }

    async fn remove_image(
        &self,
        request: Request<v1::RemoveRequest>,
    ) -> Answer<v1::RemoveResponse> {
        self.remove_dataset(request).await
    }

    async fn set_site_mode(&self, request: Request<v1::SetSiteModeRequest>) -> Answer<v1::Site> {
        self.turn().await?;
        let request = request.into_inner();
        let mut script = self.script.lock().unwrap();
        script.modes.push(request.clone());
        Ok(Response::new(v1::Site {
            id: request.site,
            mode: request.mode,
            ..Default::default()
        }))
    }

    async fn list_tenants(
        &self,
        _: Request<v1::ListTenantsRequest>,
    ) -> Answer<v1::ListTenantsResponse> {
        Ok(Response::new(v1::ListTenantsResponse::default()))
    }

    async fn get_policy(&self, _: Request<v1::GetPolicyRequest>) -> Answer<v1::Policy> {
        self.turn().await?;
        Ok(Response::new(self.script.lock().unwrap().policy.clone()))
    }

    async fn set_policy(&self, request: Request<v1::SetPolicyRequest>) -> Answer<v1::Policy> {
        self.turn().await?;
        let request = request.into_inner();
        let mut script = self.script.lock().unwrap();
        let policy = v1::Policy {
            version: script.policy.version + 1,
            ..request.policy.clone().unwrap_or_default()
        };
        script.policies.push(request);
        script.policy = policy.clone();
        Ok(Response::new(policy))
    }

    async fn overview(&self, _: Request<v1::OverviewRequest>) -> Answer<v1::OverviewResponse> {
        Ok(Response::new(v1::OverviewResponse::default()))
    }

    async fn preview_drain(
        &self,
        request: Request<v1::PreviewDrainRequest>,
    ) -> Answer<v1::PreviewDrainResponse> {
        let request = request.into_inner();
        let sites = match request.hub.as_str() {
            "" => request.sites,
            hub => [1, 2].map(|site| format!("{hub}-{site}")).into(),
        };
        Ok(Response::new(v1::PreviewDrainResponse {
            sites,
            ..v1::PreviewDrainResponse::default()
        }))
    }

    async fn prices(&self, _: Request<v1::PricesRequest>) -> Answer<v1::PricesResponse> {
        Ok(Response::new(v1::PricesResponse::default()))
    }

    async fn members(&self, _: Request<v1::MembersRequest>) -> Answer<v1::MembersResponse> {
        Ok(Response::new(v1::MembersResponse::default()))
    }
}
