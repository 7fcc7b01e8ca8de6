//! Carries raft messages to peers, each over its own stream, and snapshots over theirs.
//!
//! A message that cannot be delivered is dropped, as raft expects of a network; what waits for a
//! peer is bounded.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
/// Snapshots that may wait for one peer.
const SNAPSHOTS_WAITING_MAX: usize = 4;
/// Bytes of one part of a snapshot.
const CHUNK_BYTES: usize = 256 * 1024;
/// Pause after a stream broke.
const RECONNECT: Duration = Duration::from_millis(100);
/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The newest format of messages and logs this version speaks. Level 2 has held places, 3
/// checkpoints, moves of what runs, and ways of data by a depot, 4 the price of imbalance, 5 caps
/// on power, 6 the gap that rounds are content with, 7 the removal of data sets and images, 8
/// models as inputs, and limits on the way of traffic.
pub const FEATURE_LEVEL: u32 = 8;

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

/// What the raft thread hands messages to.
pub struct Transport {
    sender: Sender,
    peers: BTreeMap<u64, Outbox>,
}

/// Where messages to one peer go.
struct Outbox {
    /// Into the open stream, if there is one.
    stream: Slot,
    snapshots: mpsc::Sender<Message>,
}

/// The stream's end, changed by the task that keeps it open.
type Slot = Arc<Mutex<Option<mpsc::Sender<v1::RaftEnvelope>>>>;

/// The tasks that keep streams open, to be started once there is a driver.
pub struct Links {
    peers: Vec<(u64, Endpoint, Slot, mpsc::Receiver<Message>)>,
}

/// A transport to the given peers, and the links that carry it.
pub fn connect(sender: Sender, peers: Vec<(u64, Endpoint)>) -> (Transport, Links) {
    let mut outboxes = BTreeMap::new();
    let mut links = Vec::new();
    for (id, endpoint) in peers {
        let (snapshots, wanted) = mpsc::channel(SNAPSHOTS_WAITING_MAX);
        let stream = Slot::default();
        let endpoint = endpoint.connect_timeout(CONNECT_TIMEOUT);
        links.push((id, endpoint, stream.clone(), wanted));
        outboxes.insert(id, Outbox { stream, snapshots });
    }
    (
        Transport {
            sender,
            peers: outboxes,
        },
        Links { peers: links },
    )
}

impl Transport {
    /// Sends messages, by peer and in order. Never blocks: what finds no stream, or a full one, is
    /// lost.
    pub fn send(&mut self, messages: Vec<Message>) {
        let mut by_peer: BTreeMap<u64, Vec<Message>> = BTreeMap::new();
        for message in messages {
            by_peer.entry(message.to).or_default().push(message);
        }
        for (peer, messages) in by_peer {
            let Some(outbox) = self.peers.get(&peer) else {
                continue;
            };
            let (snapshots, messages): (Vec<_>, Vec<_>) = messages
                .into_iter()
                .partition(|message| message.get_msg_type() == MessageType::MsgSnapshot);
            for snapshot in snapshots {
                // A snapshot that is not sent is asked for again.
                let _ = outbox.snapshots.try_send(snapshot);
            }
            let stream = lock(&outbox.stream);
            if let Some(stream) = stream.as_ref().filter(|_| !messages.is_empty()) {
                let _ = stream.try_send(self.sender.envelope(peer, &messages));
            }
        }
    }
}

impl Links {
    /// Keeps every link up, each in its own task.
    pub fn serve(self, sender: &Sender, handle: &Handle) {
        for (peer, endpoint, stream, snapshots) in self.peers {
            let link = PeerLink {
                peer,
                channel: endpoint.connect_lazy(),
                sender: sender.clone(),
                handle: handle.clone(),
            };
            tokio::spawn(link.run(stream, snapshots));
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
    async fn run(self, slot: Slot, mut snapshots: mpsc::Receiver<Message>) {
        loop {
            let (stream, envelopes) = mpsc::channel(WAITING_MAX);
            *lock(&slot) = Some(stream);
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
                    snapshot = snapshots.recv() => {
                        let Some(snapshot) = snapshot else { return };
                        let (channel, sender) = (self.channel.clone(), self.sender.clone());
                        tokio::spawn(send_snapshot(channel, sender, self.handle.clone(), snapshot));
                    }
                }
            }
            *lock(&slot) = None;
            self.handle.send(Input::Unreachable(self.peer));
            tokio::time::sleep(RECONNECT).await;
        }
    }
}

/// Held to copy a sender in or out, which cannot panic.
fn lock(slot: &Slot) -> MutexGuard<'_, Option<mpsc::Sender<v1::RaftEnvelope>>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
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
    // Raft waits for this word before it says anything else to the peer.
    while !handle.send(Input::SnapshotSent(peer, result.is_ok())) && handle.is_running() {
        tokio::time::sleep(RECONNECT).await;
    }
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
