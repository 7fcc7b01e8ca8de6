//! What the scheduler offers on the network, service by service.
//!
//! A handler decodes a request, checks who asks, proposes a command or reads the state, and
//! encodes the answer. It decides nothing.

mod agent;
mod desired;
mod drain;
mod dry_run;
mod explain;
mod holds;
mod job;
mod logs;
mod network;
mod prices;
mod raft;
mod replicas;
mod status;
mod tenants;
mod view;
mod why_not;

use std::collections::BTreeMap;
use std::sync::Arc;

use ewc_core::State;
use ewc_proto::v1;
use tonic::service::Routes;
use tonic::{Request, Status};

use crate::attach::AttachHub;
use crate::clock::SharedClock;
use crate::driver::{Handle, Standing};
use crate::history::History;
use crate::leases::Leases;
use crate::transport::Sender;

/// What every handler has at hand.
#[derive(Clone)]
pub struct Context {
    /// The driver.
    pub handle: Handle,
    /// The network's time.
    pub clock: SharedClock,
    /// Members by id, with the address clients reach them at.
    pub members: Arc<BTreeMap<u64, String>>,
    /// This member.
    pub sender: Sender,
    /// Jobs that have left the state.
    pub history: Arc<History>,
    /// Streams of the agents.
    pub attach: Arc<AttachHub>,
    /// Leases of the sites.
    pub leases: Arc<Leases>,
    /// Largest message taken, in bytes.
    pub message_bytes_max: usize,
}

impl Context {
    /// Fails with a hint to the leader unless this member leads.
    fn leading(&self) -> Result<Standing, Status> {
        let standing = self.handle.standing();
        match standing.leads {
            true => Ok(standing),
            false => Err(status::not_leader(self)),
        }
    }

    /// The state, at least as new as the question.
    async fn read(&self) -> Result<Arc<State>, Status> {
        self.handle
            .read()
            .await
            .map_err(|_| status::not_leader(self))
    }

    fn clock_reading(&self) -> v1::ClockReading {
        v1::ClockReading {
            now_ms: self.clock.now_ms(),
            scale_permille: self.clock.scale_permille(),
        }
    }
}

/// Every service, with health and reflection.
pub async fn routes(context: Context) -> Result<Routes, Status> {
    use v1::agent_service_server::AgentServiceServer;
    use v1::job_service_server::JobServiceServer;
    use v1::network_service_server::NetworkServiceServer;
    use v1::raft_service_server::RaftServiceServer;
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<JobServiceServer<job::Jobs>>().await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(v1::DESCRIPTORS)
        .build_v1()
        .map_err(|error| Status::internal(error.to_string()))?;
    let bytes_max = context.message_bytes_max;
    let jobs = JobServiceServer::new(job::Jobs(context.clone()));
    let networks = NetworkServiceServer::new(network::Network(context.clone()));
    let agents = AgentServiceServer::new(agent::Agents(context.clone()));
    let rafts = RaftServiceServer::new(raft::Rafts(context));
    let routes = Routes::new(health)
        .add_service(reflection)
        .add_service(jobs.max_decoding_message_size(bytes_max))
        .add_service(networks.max_decoding_message_size(bytes_max))
        .add_service(agents.max_decoding_message_size(bytes_max))
        // One append may carry a megabyte of entries and one proposal more.
        .add_service(rafts.max_decoding_message_size(bytes_max.max(16 << 20)));
    Ok(routes)
}

/// The tenant a request speaks for.
fn tenant<T>(request: &Request<T>, requested: &str) -> Result<String, Status> {
    crate::listen::caller(request).tenant(requested)
}
