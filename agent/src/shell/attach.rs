//! The stream that the agent opens to any scheduler: log requests and wake-ups come down, log
//! chunks go up. It opens again, with a jittered pause, whenever it ends.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use ewc_proto::v1;
use ewc_proto::v1::agent_service_client::AgentServiceClient;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::dial::Dialer;
use super::endpoints::Endpoints;
use super::{Event, jittered_ms, logs};

const CHUNKS_AHEAD: usize = 16;
const PAUSE_MS: u64 = 200;
const PAUSE_MS_MAX: u64 = 5_000;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What the stream needs.
pub(super) struct Attach {
    pub site: String,
    pub incarnation: u64,
    pub attempts_dir: PathBuf,
    pub log_streams_max: usize,
    pub dialer: Dialer,
    pub endpoints: Endpoints,
    pub events: mpsc::Sender<Event>,
}

impl Attach {
    /// Keeps a stream open until the task is aborted.
    pub async fn serve(mut self) {
        let mut pause_ms = PAUSE_MS;
        loop {
            match self.one_stream().await {
                Ok(()) => pause_ms = PAUSE_MS,
                Err(status) => {
                    tracing::debug!(endpoint = self.endpoints.current(), %status, "not attached");
                    self.endpoints.after(&status);
                    pause_ms = (pause_ms * 2).min(PAUSE_MS_MAX);
                }
            }
            tokio::time::sleep(Duration::from_millis(jittered_ms(pause_ms))).await;
        }
    }

    async fn one_stream(&self) -> Result<(), Status> {
        let (up, outgoing) = mpsc::channel(CHUNKS_AHEAD);
        let hello = v1::AttachHello {
            site: self.site.clone(),
            incarnation: self.incarnation,
        };
        let hello = v1::AttachUp {
            what: Some(v1::attach_up::What::Hello(hello)),
        };
        up.send(hello)
            .await
            .map_err(|_| Status::internal("the stream closed at once"))?;
        let open = async {
            let channel = self.dialer.connect(self.endpoints.current()).await?;
            AgentServiceClient::new(channel)
                .attach(ReceiverStream::new(outgoing))
                .await
        };
        let late = |_| Status::deadline_exceeded("the scheduler is silent");
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, open)
            .await
            .map_err(late)?;
        let mut down = opened?.into_inner();
        let mut requests = Requests {
            tasks: BTreeMap::new(),
        };
        while let Some(message) = down.message().await? {
            self.take(message, &up, &mut requests).await;
        }
        Ok(())
    }

    async fn take(
        &self,
        message: v1::AttachDown,
        up: &mpsc::Sender<v1::AttachUp>,
        requests: &mut Requests,
    ) {
        match message.what {
            Some(v1::attach_down::What::Wake(true)) => {
                let _ = self.events.send(Event::Wake).await;
            }
            Some(v1::attach_down::What::StopLog(id)) => requests.stop(id),
            Some(v1::attach_down::What::Log(request)) => self.start_log(request, up, requests),
            _ => {}
        }
    }

    fn start_log(
        &self,
        request: v1::LogRequest,
        up: &mpsc::Sender<v1::AttachUp>,
        requests: &mut Requests,
    ) {
        let id = request.request_id;
        if requests.running() >= self.log_streams_max {
            let error = "too many logs are being read at this site".to_owned();
            let log = v1::LogData {
                request_id: id,
                chunk: None,
                end: true,
                error,
            };
            // A reader that hears nothing asks again; a full channel must not block the others.
            let _ = up.try_send(v1::AttachUp {
                what: Some(v1::attach_up::What::Log(log)),
            });
            return;
        }
        let task = tokio::spawn(logs::serve(self.attempts_dir.clone(), request, up.clone()));
        requests.stop(id);
        requests.tasks.insert(id, task.abort_handle());
    }
}

/// Log requests being served; they end with the stream.
struct Requests {
    tasks: BTreeMap<u64, AbortHandle>,
}

impl Requests {
    fn running(&mut self) -> usize {
        self.tasks.retain(|_, task| !task.is_finished());
        self.tasks.len()
    }

    fn stop(&mut self, id: u64) {
        if let Some(task) = self.tasks.remove(&id) {
            task.abort();
        }
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        self.tasks.values().for_each(AbortHandle::abort);
    }
}
