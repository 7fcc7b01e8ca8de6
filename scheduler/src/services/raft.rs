//! Messages and snapshots of other members.

use std::io::Write as _;

use ewc_proto::v1;
use protobuf::Message as _;
use raft::eraftpb::Message;
use tokio_stream::StreamExt as _;
use tonic::{Request, Response, Status, Streaming};

use super::Context;
use crate::driver::Input;
use crate::transport::FEATURE_LEVEL;

/// Largest snapshot taken, in bytes.
const SNAPSHOT_BYTES_MAX: u64 = 64 << 30;

/// The service.
pub(super) struct Rafts(pub(super) Context);

#[tonic::async_trait]
impl v1::raft_service_server::RaftService for Rafts {
    async fn messages(
        &self,
        request: Request<Streaming<v1::RaftEnvelope>>,
    ) -> Result<Response<v1::RaftAck>, Status> {
        let caller = crate::listen::caller(&request);
        let mut stream = request.into_inner();
        while let Some(envelope) = stream.next().await.transpose()? {
            caller.may_speak_for_member(envelope.from)?;
            let messages = self.open(&envelope)?;
            // A full inbox loses them, as a network would.
            self.0.handle.send(Input::Messages(messages));
        }
        Ok(Response::new(v1::RaftAck {}))
    }

    async fn snapshot(
        &self,
        request: Request<Streaming<v1::SnapshotChunk>>,
    ) -> Result<Response<v1::RaftAck>, Status> {
        let caller = crate::listen::caller(&request);
        let mut stream = request.into_inner();
        let missing = || Status::invalid_argument("the first chunk must carry the envelope");
        let first = stream.next().await.transpose()?.ok_or_else(missing)?;
        let envelope = first.envelope.clone().ok_or_else(missing)?;
        caller.may_speak_for_member(envelope.from)?;
        let message = self.open(&envelope)?.pop().ok_or_else(missing)?;
        if first.total_bytes > SNAPSHOT_BYTES_MAX {
            return Err(Status::resource_exhausted("the snapshot is too large"));
        }
        let receive = self.0.sender.snapshots.receive(first.total_bytes);
        let mut receiver = receive.map_err(|error| Status::internal(error.to_string()))?;
        let mut chunk = Some(first);
        while let Some(part) = chunk {
            if crc32fast::hash(&part.data) != part.crc32 {
                return Err(Status::data_loss("a chunk of the snapshot is damaged"));
            }
            receiver.write_all(&part.data)?;
            chunk = stream.next().await.transpose()?;
        }
        let finished = tokio::task::spawn_blocking(move || receiver.finish()).await;
        let finished = finished.map_err(|error| Status::internal(error.to_string()))?;
        let file = finished.map_err(|error| Status::data_loss(error.to_string()))?;
        match self.0.handle.send(Input::Snapshot(message, file)) {
            true => Ok(Response::new(v1::RaftAck {})),
            false => Err(Status::resource_exhausted("this member is overloaded")),
        }
    }
}

impl Rafts {
    /// Checks where an envelope comes from and takes the messages out.
    fn open(&self, envelope: &v1::RaftEnvelope) -> Result<Vec<Message>, Status> {
        if envelope.cluster_id[..] != self.0.sender.cluster_id {
            return Err(Status::permission_denied(
                "this member belongs to another cluster",
            ));
        }
        if envelope.to != self.0.sender.member_id {
            let problem = format!("this is member {}", self.0.sender.member_id);
            return Err(Status::invalid_argument(problem));
        }
        if envelope.feature_level > FEATURE_LEVEL {
            return Err(Status::failed_precondition(
                "the sender is of a newer version",
            ));
        }
        let parse = |bytes: &prost::bytes::Bytes| {
            let message = Message::parse_from_bytes(bytes);
            let message = message.map_err(|error| Status::invalid_argument(error.to_string()))?;
            match message.from == envelope.from {
                true => Ok(message),
                false => Err(Status::invalid_argument("a message is not from the sender")),
            }
        };
        envelope.messages.iter().map(parse).collect()
    }
}
