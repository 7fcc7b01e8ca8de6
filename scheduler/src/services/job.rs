//! What workload owners ask.

use std::pin::Pin;
use std::sync::Arc;

use ewc_core::State;
use ewc_core::command::{Command, Redemption, Submission};
use ewc_core::model::{Job, JobId, JobSpec, PolicyKind};
use ewc_core::state::Answer;
use ewc_proto::convert;
use ewc_proto::v1;
use tokio::sync::OnceCell;
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use super::dry_run::Question;
use super::explain::explain;
use super::{Context, holds, logs, status, tenant, view, why_not};
use crate::history::Page;
use crate::listen::{self, Caller};

/// Jobs in one batch.
const BATCH_MAX: usize = 1000;
/// Characters of a key.
const KEY_MAX: usize = 128;
/// Jobs in one page, by default and at most.
const PAGE: (usize, usize) = (100, 1000);

type JobStream = Pin<Box<dyn Stream<Item = Result<v1::Job, Status>> + Send>>;

/// The state in which the jobs that a request names are looked up, once one is named.
type Known = OnceCell<Arc<State>>;

/// The service.
pub(super) struct Jobs(pub(super) Context);

#[tonic::async_trait]
impl v1::job_service_server::JobService for Jobs {
    type WatchStream = JobStream;
    type LogsStream = logs::LogStream;

    async fn submit(
        &self,
        request: Request<v1::SubmitRequest>,
    ) -> Result<Response<v1::SubmitResponse>, Status> {
        let tenant = tenant(&request, &request.get_ref().tenant)?;
        let request = request.into_inner();
        if !request.plan_token.is_empty() {
            return self.redeem(request, tenant).await.map(Response::new);
        }
        let known = Known::new();
        let submission = self.submission(request, tenant, "", &known).await?;
        let mut jobs = self.store(vec![submission]).await?;
        let job = jobs
            .pop()
            .ok_or_else(|| Status::internal("no job was stored"))?;
        Ok(Response::new(job))
    }

    async fn submit_batch(
        &self,
        request: Request<v1::SubmitBatchRequest>,
    ) -> Result<Response<v1::SubmitBatchResponse>, Status> {
        let count = request.get_ref().jobs.len();
        if count == 0 || count > BATCH_MAX {
            let problem = format!("{count} jobs in one batch; give 1 to {BATCH_MAX}");
            return Err(status::invalid("jobs", &problem));
        }
        let tenants: Vec<String> = request
            .get_ref()
            .jobs
            .iter()
            .map(|job| tenant(&request, &job.tenant))
            .collect::<Result<_, _>>()?;
        let jobs = request
            .into_inner()
            .jobs
            .into_iter()
            .zip(tenants)
            .enumerate();
        let known = Known::new();
        let mut submissions = Vec::with_capacity(count);
        for (at, (job, tenant)) in jobs {
            let path = format!("jobs[{at}].");
            submissions.push(self.submission(job, tenant, &path, &known).await?);
        }
        let jobs = self.store(submissions).await?;
        Ok(Response::new(v1::SubmitBatchResponse { jobs }))
    }

    async fn plan(
        &self,
        request: Request<v1::PlanRequest>,
    ) -> Result<Response<v1::PlanResponse>, Status> {
        self.0.leading()?;
        let tenant = tenant(&request, &request.get_ref().tenant)?;
        let request = request.into_inner();
        let spec = self.spec(request.spec, &tenant, "", &Known::new()).await?;
        let question = Arc::new(Question {
            tenant,
            spec,
            policy: policy(&request.policy)?,
        });
        match request.hold_ms {
            0 => {
                let state = self.0.read().await?;
                let now_ms = self.0.clock.now_ms();
                let planned = question.answer_aside(&state, now_ms).await;
                planned.map(|planned| planned.response)
            }
            hold_ms => holds::plan(&self.0, question, hold_ms).await,
        }
        .map(Response::new)
    }

    async fn get(&self, request: Request<v1::GetJobRequest>) -> Result<Response<v1::Job>, Status> {
        let caller = listen::caller(&request);
        let state = self.0.read().await?;
        let job = self.find(&state, &caller, &request.get_ref().job)?;
        Ok(Response::new(view::job(&state, &job)))
    }

    async fn list(
        &self,
        request: Request<v1::ListJobsRequest>,
    ) -> Result<Response<v1::ListJobsResponse>, Status> {
        let caller = listen::caller(&request);
        let mut request = request.into_inner();
        if caller.may_administer().is_err() {
            // Tenants see their own.
            request.tenant = caller.tenant(&request.tenant)?;
        }
        let page = request.page.clone().unwrap_or_default();
        let size = match page.size as usize {
            0 => PAGE.0,
            size if size <= PAGE.1 => size,
            size => {
                let problem = format!("{size} is too large; at most {}", PAGE.1);
                return Err(status::invalid("page.size", &problem));
            }
        };
        let before = match page.token.as_str() {
            "" => None,
            token => Some(JobId(token.parse().map_err(|_| {
                status::invalid("page.token", "is not one that this service gave")
            })?)),
        };
        let state = self.0.read().await?;
        let old = self
            .0
            .history
            .list(before, size, |job| matches(&state, job, &request));
        let old = old.map_err(|error| Status::internal(error.to_string()))?;
        let live = state.jobs().range(..before.unwrap_or(JobId(u64::MAX)));
        let live = live.rev().map(|(_, job)| job.clone());
        let live = live.filter(|job| matches(&state, job, &request)).take(size);
        let (jobs, next) = merge_pages(old, live, size);
        Ok(Response::new(v1::ListJobsResponse {
            jobs: jobs.iter().map(|job| view::job(&state, job)).collect(),
            next_page_token: next.map(|job| job.to_string()).unwrap_or_default(),
            total: match caller.may_administer() {
                Ok(()) => state.jobs().len() as i64,
                // How much others have is not theirs to know.
                Err(_) => 0,
            },
        }))
    }

    async fn watch(
        &self,
        request: Request<v1::WatchJobRequest>,
    ) -> Result<Response<JobStream>, Status> {
        let caller = listen::caller(&request);
        let state = self.0.read().await?;
        let id = self.find(&state, &caller, &request.get_ref().job)?.id;
        Ok(Response::new(watch(self.0.clone(), id)))
    }

    async fn cancel(
        &self,
        request: Request<v1::CancelJobRequest>,
    ) -> Result<Response<v1::Job>, Status> {
        self.0.leading()?;
        let caller = listen::caller(&request);
        let state = self.0.read().await?;
        let job = self.find(&state, &caller, &request.get_ref().job)?;
        if job.state.is_terminal() {
            return Ok(Response::new(view::job(&state, &job)));
        }
        let proposed = self.0.handle.propose(Command::CancelJob(job.id)).await;
        proposed.map_err(|error| status::proposal(&self.0, error))?;
        let state = self.0.handle.state();
        let job = state.job(job.id).cloned().unwrap_or(job);
        Ok(Response::new(view::job(&state, &job)))
    }

    async fn logs(
        &self,
        request: Request<v1::LogsRequest>,
    ) -> Result<Response<logs::LogStream>, Status> {
        self.0.leading()?;
        let caller = listen::caller(&request);
        let state = self.0.read().await?;
        let request = request.into_inner();
        let job = self.find(&state, &caller, &request.job)?;
        logs::open(&self.0, &state, &job, request).map(Response::new)
    }

    async fn explain(
        &self,
        request: Request<v1::ExplainRequest>,
    ) -> Result<Response<v1::Explanation>, Status> {
        let caller = listen::caller(&request);
        let state = self.0.read().await?;
        let request = request.into_inner();
        let job = self.find(&state, &caller, &request.job)?;
        let explained = tokio::task::spawn_blocking(move || {
            let mut explanation = explain(&state, &job);
            explanation.why_not = match request.why_not_site.as_str() {
                "" => None,
                name => Some(why_not::why_not(&state, &job, name)?),
            };
            Ok(Response::new(explanation))
        });
        let explained = explained.await;
        explained.unwrap_or_else(|error| Err(Status::internal(error.to_string())))
    }
}

impl Jobs {
    async fn submission(
        &self,
        request: v1::SubmitRequest,
        tenant: String,
        path: &str,
        known: &Known,
    ) -> Result<Submission, Status> {
        if tenant.len() > KEY_MAX || tenant.chars().any(char::is_control) {
            let problem = format!("give 1 to {KEY_MAX} printable characters");
            return Err(status::invalid(&format!("{path}tenant"), &problem));
        }
        if !request.plan_token.is_empty() {
            let problem = "is for one job at a time; submit the job that is held by itself";
            return Err(status::invalid(&format!("{path}plan_token"), problem));
        }
        let key = checked_key(request.idempotency_key, path)?;
        let spec = self.spec(request.spec, &tenant, path, known).await?;
        Ok(Submission::new(tenant, key, spec))
    }

    /// Submits the job that a place is held for.
    async fn redeem(
        &self,
        request: v1::SubmitRequest,
        tenant: String,
    ) -> Result<v1::SubmitResponse, Status> {
        self.0.leading()?;
        let key = checked_key(request.idempotency_key, "")?;
        let spec = match request.spec {
            None => None,
            spec => Some(self.spec(spec, &tenant, "", &Known::new()).await?),
        };
        let hold = holds::of_token(&request.plan_token)?;
        holds::redeem(
            &self.0,
            Redemption {
                hold,
                tenant,
                key,
                spec,
            },
        )
        .await
    }

    /// Decodes and checks a specification.
    async fn spec(
        &self,
        wire: Option<v1::JobSpec>,
        tenant: &str,
        path: &str,
        known: &Known,
    ) -> Result<JobSpec, Status> {
        let missing = || status::invalid(&format!("{path}spec"), "is missing");
        let at_path =
            |field: &str, problem: &str| status::invalid(&format!("{path}spec.{field}"), problem);
        let (mut spec, after_ok) = convert::job_spec_from_wire(wire.ok_or_else(missing)?)
            .map_err(|error| at_path(&error.field, &error.problem))?;
        ewc_scenario::validate(&spec)
            .map_err(|error| Status::invalid_argument(format!("{path}spec.{error}")))?;
        if after_ok.is_empty() {
            return Ok(spec);
        }
        // They may have been submitted just now.
        let state = known.get_or_try_init(|| self.0.read()).await?;
        for name in after_ok {
            let job = self.lookup(state, tenant, &name)?;
            let job = job.filter(|job| *job.tenant == *tenant);
            let unknown = || at_path("after_ok", &format!("job \"{name}\" is not known"));
            spec.after_ok.push(job.ok_or_else(unknown)?.id);
        }
        Ok(spec)
    }

    async fn store(&self, submissions: Vec<Submission>) -> Result<Vec<v1::SubmitResponse>, Status> {
        let answer = self
            .0
            .handle
            .propose(Command::SubmitJobs(submissions))
            .await;
        match answer.map_err(|error| status::proposal(&self.0, error))? {
            Answer::Submitted(jobs) => Ok(jobs
                .into_iter()
                .map(|(job, duplicate)| v1::SubmitResponse {
                    job_id: job.to_string(),
                    duplicate,
                    start: None,
                })
                .collect()),
            _ => Err(Status::internal("the log answered something else")),
        }
    }

    /// The job of that id or key, in the state or in history.
    fn find(&self, state: &State, caller: &Caller, name: &str) -> Result<Arc<Job>, Status> {
        let unknown = || Status::not_found(format!("job \"{name}\" is not known"));
        let job = self
            .lookup(state, &caller.tenant("")?, name)?
            .ok_or_else(unknown)?;
        // To others it does not exist.
        match caller.may_act_for(&job.tenant) {
            true => Ok(job),
            false => Err(unknown()),
        }
    }

    fn lookup(&self, state: &State, tenant: &str, name: &str) -> Result<Option<Arc<Job>>, Status> {
        let by_id = name.parse().ok().map(JobId);
        if let Some(job) = by_id.and_then(|id| state.job(id)) {
            return Ok(Some(job.clone()));
        }
        if let Some(job) = state.job_by_key(tenant, name) {
            return Ok(Some(job.clone()));
        }
        let history = &self.0.history;
        let old = match by_id {
            Some(id) => history.get(id),
            None => history.get_by_key(tenant, name),
        };
        let old = old.map_err(|error| Status::internal(error.to_string()))?;
        Ok(old.map(Arc::new))
    }
}

/// A key that can be kept.
fn checked_key(key: String, path: &str) -> Result<String, Status> {
    if key.is_empty() || key.len() > KEY_MAX || key.chars().any(char::is_control) {
        let problem = format!("give 1 to {KEY_MAX} printable characters");
        return Err(status::invalid(&format!("{path}idempotency_key"), &problem));
    }
    Ok(key)
}

/// The policy of that name; `None` for no name: the network's.
fn policy(name: &str) -> Result<Option<PolicyKind>, Status> {
    let unknown = || {
        let names = PolicyKind::ALL.map(PolicyKind::name).join(", ");
        status::invalid(
            "policy",
            &format!("\"{name}\" is not known; choose of {names}"),
        )
    };
    match name {
        "" => Ok(None),
        name => PolicyKind::from_name(name).ok_or_else(unknown).map(Some),
    }
}

/// One page of what is live and what is history, newest first, and where the next one begins.
fn merge_pages(
    old: Page,
    live: impl Iterator<Item = Arc<Job>>,
    size: usize,
) -> (Vec<Arc<Job>>, Option<JobId>) {
    if !old.damaged.is_empty() {
        tracing::error!(jobs = ?old.damaged, "history holds damaged records");
    }
    let short = old.jobs.len() < size;
    // History reads a bounded number of records at a time: what is older waits for the next page.
    let floor = old.next.filter(|_| short);
    let mut jobs: Vec<Arc<Job>> = old.jobs.into_iter().map(Arc::new).chain(live).collect();
    // A job that retires just now may stand in both.
    jobs.sort_by_key(|job| std::cmp::Reverse(job.id));
    jobs.dedup_by_key(|job| job.id);
    jobs.retain(|job| floor.is_none_or(|floor| job.id >= floor));
    let full = jobs.len() >= size;
    jobs.truncate(size);
    let last = jobs.last().map(|job| job.id).filter(|_| full);
    (jobs, last.or(floor))
}

fn matches(state: &State, job: &Job, request: &v1::ListJobsRequest) -> bool {
    let job_state: i32 = convert::job_state_to_wire(job.state).into();
    let class: i32 = convert::workload_class_to_wire(job.spec.class).into();
    let at_site = |name: &str| {
        let groups = job.placement.iter().flat_map(|placement| &placement.groups);
        let mut pools = groups.filter_map(|slot| state.pool(slot.pool));
        pools.any(|pool| view::site_name(state, pool.site) == name)
    };
    (request.states.is_empty() || request.states.contains(&job_state))
        && (request.tenant.is_empty() || *job.tenant == *request.tenant)
        && (request.site.is_empty() || at_site(&request.site))
        && (request.workload_class == 0 || request.workload_class == class)
        && job.spec.name.starts_with(&request.name_prefix)
        && request
            .labels
            .iter()
            .all(|(key, value)| job.spec.labels.get(key) == Some(value))
}

fn watch(context: Context, id: JobId) -> JobStream {
    let (sender, receiver) = tokio::sync::mpsc::channel(16);
    tokio::spawn(async move {
        let mut states = context.handle.watch_state();
        let mut seen = None;
        loop {
            let state = states.borrow_and_update().clone();
            let old = || context.history.get(id).ok().flatten().map(Arc::new);
            let Some(job) = state.job(id).cloned().or_else(old) else {
                return;
            };
            if seen != Some(job.changed_at) {
                seen = Some(job.changed_at);
                if sender.send(Ok(view::job(&state, &job))).await.is_err() {
                    return;
                }
            }
            if job.state.is_terminal() {
                return;
            }
            tokio::select! {
                changed = states.changed() => if changed.is_err() { return },
                () = sender.closed() => return,
            }
        }
    });
    Box::pin(tokio_stream::wrappers::ReceiverStream::new(receiver))
}
