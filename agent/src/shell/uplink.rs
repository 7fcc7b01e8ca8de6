//! Calls to the schedulers, one at a time: registers and reports, and finds the leader.

use std::time::Duration;

use ewc_proto::v1;
use ewc_proto::v1::agent_service_client::AgentServiceClient;
use tokio::sync::mpsc;
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::dial::Dialer;
use super::endpoints::Endpoints;
use super::{Clock, Event};
use crate::logic::Mono;

/// Well below a lease, so that a silent member does not cost it.
const CALL_TIMEOUT: Duration = Duration::from_secs(3);
const MESSAGE_BYTES_MAX: usize = 64 << 20;

/// One call to make.
#[derive(Debug)]
pub(super) enum Call {
    Register(v1::RegisterRequest),
    Sync(v1::SyncRequest),
}

/// What came of it, and when the try that was answered had been sent.
#[derive(Debug)]
pub(super) struct Reply {
    pub sent: Mono,
    pub answer: Result<Answer, Status>,
}

#[derive(Debug)]
pub(super) enum Answer {
    Registered(v1::RegisterResponse),
    Synced(Box<v1::SyncRequest>, v1::SyncResponse),
}

/// Makes the calls that arrive, in order, until the channel closes.
pub(super) struct Uplink {
    pub clock: Clock,
    pub dialer: Dialer,
    pub endpoints: Endpoints,
    pub events: mpsc::Sender<Event>,
    channel: Option<(String, Channel)>,
}

impl Uplink {
    pub fn new(
        clock: Clock,
        dialer: Dialer,
        schedulers: Vec<String>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        let endpoints = Endpoints::new(schedulers);
        Self {
            clock,
            dialer,
            endpoints,
            events,
            channel: None,
        }
    }

    pub async fn serve(mut self, mut calls: mpsc::Receiver<Call>) {
        while let Some(call) = calls.recv().await {
            let reply = self.call(&call).await;
            if self
                .events
                .send(Event::Uplink(Box::new(reply)))
                .await
                .is_err()
            {
                return;
            }
        }
    }

    /// Tries every scheduler once before it gives up.
    async fn call(&mut self, call: &Call) -> Reply {
        let mut tries = self.endpoints.tries();
        loop {
            let sent = self.clock.now();
            let answer = self.try_once(call).await;
            tries -= 1;
            match answer {
                Err(status) if is_about_the_member(&status) => {
                    tracing::debug!(endpoint = self.endpoints.current(), %status, "no answer");
                    self.endpoints.after(&status);
                    if tries == 0 {
                        return Reply {
                            sent,
                            answer: Err(status),
                        };
                    }
                }
                answer => return Reply { sent, answer },
            }
        }
    }

    async fn try_once(&mut self, call: &Call) -> Result<Answer, Status> {
        let late = |_| Status::deadline_exceeded("the scheduler is silent");
        tokio::time::timeout(CALL_TIMEOUT, self.ask(call))
            .await
            .map_err(late)
            .flatten()
    }

    async fn ask(&mut self, call: &Call) -> Result<Answer, Status> {
        let channel = self.channel().await?;
        let mut client =
            AgentServiceClient::new(channel).max_decoding_message_size(MESSAGE_BYTES_MAX);
        match call {
            Call::Register(request) => {
                let response = client.register(request.clone()).await?;
                Ok(Answer::Registered(response.into_inner()))
            }
            Call::Sync(request) => {
                let response = client.sync(request.clone()).await?;
                Ok(Answer::Synced(
                    Box::new(request.clone()),
                    response.into_inner(),
                ))
            }
        }
    }

    async fn channel(&mut self) -> Result<Channel, Status> {
        let endpoint = self.endpoints.current().to_owned();
        match &self.channel {
            Some((connected, channel)) if *connected == endpoint => Ok(channel.clone()),
            _ => {
                let channel = self.dialer.connect(&endpoint).await?;
                self.channel = Some((endpoint, channel.clone()));
                Ok(channel)
            }
        }
    }
}

/// Whether another member may answer better.
fn is_about_the_member(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable
            | Code::FailedPrecondition
            | Code::DeadlineExceeded
            | Code::Unknown
            | Code::Internal
            | Code::Cancelled
            | Code::Unimplemented
    )
}
