//! Carries raft messages to peers, each over its own stream, and snapshots over theirs.
//!
//! A message that cannot be delivered is dropped, as raft expects of a network; what waits for a
//! peer is bounded.

use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

use ewc_proto::v1;
use ewc_proto::v1::raft_service_client::RaftServiceClient;
use protobuf::Message as _;
use raft::eraftpb::{Message, MessageType};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};

use crate::driver::{Handle, Input};
use crate::log_store::SnapshotDir;

/// Batches of messages that may wait for one peer.
const WAITING_MAX: usize = 256;
/// Bytes of one part of a snapshot.
const CHUNK_BYTES: usize = 256 * 1024;
/// Pause after a stream broke.
const RECONNECT: Duration = Duration::from_millis(100);
/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The newest format of messages this version speaks.
pub const FEATURE_LEVEL: u32 = 1;

/// Who speaks.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The cluster.
    pub cluster_id: [u8; 16],
    /// This member.
    pub member_id: u64,
    /// Where the snapshots are.
    pub snapshots: SnapshotDir,
}

/// Queues to all peers.
pub struct Transport {
    peers: BTreeMap<u64, mpsc::Sender<Vec<Message>>>,
}

/// The other ends of the queues, to be served once there is a driver.
pub struct Queues {
    peers: Vec<(u64, Endpoint, mpsc::Receiver<Vec<Message>>)>,
}

/// Queues to the given peers.
pub fn queues(peers: Vec<(u64, Endpoint)>) -> (Transport, Queues) {
    let mut senders = BTreeMap::new();
    let mut receivers = Vec::new();
    for (id, endpoint) in peers {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        senders.insert(id, sender);
        receivers.push((id, endpoint.connect_timeout(CONNECT_TIMEOUT), receiver));
    }
    (Transport { peers: senders }, Queues { peers: receivers })
}

impl Transport {
    /// Queues messages, by peer and in order. Never blocks.
    pub fn send(&mut self, messages: Vec<Message>) {
        let mut by_peer: BTreeMap<u64, Vec<Message>> = BTreeMap::new();
        for message in messages {
            by_peer.entry(message.to).or_default().push(message);
        }
        for (peer, messages) in by_peer {
            if let Some(queue) = self.peers.get(&peer) {
                // A full queue is a lost message.
                let _ = queue.try_send(messages);
            }
        }
    }
}

impl Queues {
    /// Serves every queue, each in its own task.
    pub fn serve(self, sender: &Sender, handle: &Handle) {
        for (peer, endpoint, queue) in self.peers {
            let link = PeerLink {
                peer,
                channel: endpoint.connect_lazy(),
                sender: sender.clone(),
                handle: handle.clone(),
            };
            tokio::spawn(link.run(queue));
        }
    }
}

struct PeerLink {
    peer: u64,
    channel: Channel,
    sender: Sender,
    handle: Handle,
}

impl PeerLink {
    async fn run(self, mut queue: mpsc::Receiver<Vec<Message>>) {
        loop {
            let (stream, envelopes) = mpsc::channel(WAITING_MAX);
            let mut client = RaftServiceClient::new(self.channel.clone());
            let call = client.messages(ReceiverStream::new(envelopes));
            tokio::pin!(call);
            loop {
                tokio::select! {
                    // The peer answers only when the stream ends.
                    result = &mut call => {
                        if let Err(status) = result {
                            tracing::debug!(peer = self.peer, %status, "stream to peer broke");
                        }
                        break;
                    }
                    messages = queue.recv() => {
                        let Some(messages) = messages else { return };
                        if !self.forward(messages, &stream).await {
                            break;
                        }
                    }
                }
            }
            self.handle.send(Input::Unreachable(self.peer));
            tokio::time::sleep(RECONNECT).await;
            // What waited is stale; raft sends it anew.
            while queue.try_recv().is_ok() {}
        }
    }

    async fn forward(
        &self,
        messages: Vec<Message>,
        stream: &mpsc::Sender<v1::RaftEnvelope>,
    ) -> bool {
        let (snapshots, messages): (Vec<_>, Vec<_>) = messages
            .into_iter()
            .partition(|message| message.get_msg_type() == MessageType::MsgSnapshot);
        for snapshot in snapshots {
            tokio::spawn(send_snapshot(
                self.channel.clone(),
                self.sender.clone(),
                self.handle.clone(),
                snapshot,
            ));
        }
        if messages.is_empty() {
            return true;
        }
        stream
            .send(self.sender.envelope(self.peer, &messages))
            .await
            .is_ok()
    }
}

impl Sender {
    fn envelope(&self, to: u64, messages: &[Message]) -> v1::RaftEnvelope {
        let encode = |message: &Message| message.write_to_bytes().unwrap_or_default().into();
        v1::RaftEnvelope {
            cluster_id: self.cluster_id.to_vec().into(),
            from: self.member_id,
            to,
            feature_level: FEATURE_LEVEL,
            messages: messages.iter().map(encode).collect(),
        }
    }
}

async fn send_snapshot(channel: Channel, sender: Sender, handle: Handle, message: Message) {
    let peer = message.to;
    let result = stream_snapshot(channel, &sender, message).await;
    if let Err(error) = &result {
        tracing::warn!(peer, %error, "a snapshot did not reach the peer");
    }
    handle.send(Input::SnapshotSent(peer, result.is_ok()));
}

async fn stream_snapshot(
    channel: Channel,
    sender: &Sender,
    message: Message,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let metadata = message.get_snapshot().get_metadata();
    let file = sender.snapshots.find(metadata.index, metadata.term)?;
    let path = sender.snapshots.path_of(&file);
    let envelope = sender.envelope(message.to, std::slice::from_ref(&message));
    let (chunks, stream) = mpsc::channel(4);
    let reading = tokio::task::spawn_blocking(move || {
        let mut source = std::fs::File::open(path)?;
        let mut envelope = Some(envelope);
        loop {
            let mut data = vec![0; CHUNK_BYTES];
            let read = source.read(&mut data)?;
            if read == 0 {
                return Ok::<(), std::io::Error>(());
            }
            data.truncate(read);
            let crc32 = crc32fast::hash(&data);
            let total_bytes = file.file_bytes;
            let envelope = envelope.take();
            let chunk = v1::SnapshotChunk {
                envelope,
                data: data.into(),
                total_bytes,
                crc32,
            };
            if chunks.blocking_send(chunk).is_err() {
                return Err(std::io::ErrorKind::BrokenPipe.into());
            }
        }
    });
    RaftServiceClient::new(channel)
        .snapshot(ReceiverStream::new(stream))
        .await?;
    reading.await??;
    Ok(())
}
