//! An agent that does what a test tells it to: it registers, reports, and never runs anything.

use ewc_proto::v1;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use crate::server::{Clients, until};
use crate::world;

pub struct Agent {
    clients: Clients,
    pub site: String,
    pub incarnation: u64,
    /// What it says of every attempt, until it is told otherwise.
    pub observed: Vec<v1::ObservedAttempt>,
}

impl Agent {
    pub async fn register(clients: &Clients, site: &str, incarnation: u64) -> Agent {
        let request = world::register(site, incarnation);
        clients.agents.clone().register(request).await.unwrap();
        let (site, clients) = (site.to_owned(), clients.clone());
        Agent {
            clients,
            site,
            incarnation,
            observed: Vec::new(),
        }
    }

    /// Reports all it knows, and hears what it is to do.
    pub async fn try_sync(&self) -> Result<v1::SyncResponse, Status> {
        let request = v1::SyncRequest {
            site: self.site.clone(),
            incarnation: self.incarnation,
            attempts: self.observed.clone(),
            ..v1::SyncRequest::default()
        };
        Ok(self
            .clients
            .agents
            .clone()
            .sync(request)
            .await?
            .into_inner())
    }

    pub async fn sync(&self) -> v1::SyncResponse {
        self.try_sync().await.unwrap()
    }

    /// What it is to do for a job, as soon as that is as wanted.
    pub async fn told(
        &self,
        job: &str,
        what: &str,
        wanted: impl Fn(&v1::DesiredAttempt) -> bool,
    ) -> v1::DesiredAttempt {
        until(what, async || {
            let desired = self.sync().await.desired;
            desired
                .into_iter()
                .find(|desired| desired.job_id == job && wanted(desired))
        })
        .await
    }

    /// The start that it is granted for a job.
    pub async fn granted(&self, job: &str) -> v1::DesiredAttempt {
        self.told(job, "a start", |desired| desired.fence > 0 && !desired.stop)
            .await
    }

    /// Reports how far it is with an attempt.
    pub async fn report(&mut self, of: &v1::DesiredAttempt, phase: v1::AttemptPhase) {
        self.report_with(of, phase, |_| ()).await;
    }

    pub async fn report_with(
        &mut self,
        of: &v1::DesiredAttempt,
        phase: v1::AttemptPhase,
        change: impl FnOnce(&mut v1::ObservedAttempt),
    ) {
        let mut observed = v1::ObservedAttempt {
            job_id: of.job_id.clone(),
            attempt: of.attempt,
            fence: of.fence,
            phase: phase.into(),
            ..v1::ObservedAttempt::default()
        };
        change(&mut observed);
        self.observed.retain(|known| known.job_id != of.job_id);
        self.observed.push(observed);
        self.sync().await;
    }

    /// Opens the stream that stays.
    pub async fn attach(&self) -> Attached {
        let (up, messages) = mpsc::channel(16);
        let (site, incarnation) = (self.site.clone(), self.incarnation);
        let hello = v1::attach_up::What::Hello(v1::AttachHello { site, incarnation });
        up.send(v1::AttachUp { what: Some(hello) }).await.unwrap();
        let down = self
            .clients
            .agents
            .clone()
            .attach(ReceiverStream::new(messages))
            .await;
        Attached {
            up,
            down: down.unwrap().into_inner(),
        }
    }
}

/// The stream of an agent.
pub struct Attached {
    up: mpsc::Sender<v1::AttachUp>,
    down: Streaming<v1::AttachDown>,
}

impl Attached {
    /// The next message down that is as wanted; `None` when the stream ends.
    pub async fn next<T>(
        &mut self,
        wanted: impl Fn(v1::attach_down::What) -> Option<T>,
    ) -> Option<T> {
        while let Ok(Some(message)) = self.down.message().await {
            if let Some(found) = message.what.and_then(&wanted) {
                return Some(found);
            }
        }
        None
    }

    pub async fn log_request(&mut self) -> v1::LogRequest {
        let wanted = |what| match what {
            v1::attach_down::What::Log(request) => Some(request),
            _ => None,
        };
        self.next(wanted).await.unwrap()
    }

    pub async fn send(&self, log: v1::LogData) {
        let what = Some(v1::attach_up::What::Log(log));
        self.up.send(v1::AttachUp { what }).await.unwrap();
    }
}
