//! What a scheduler is told at its start: a TOML file, and flags and environment over it.
//!
//! [`load`] reads all three, checks every rule and answers with a [`Config`] in the units of the
//! program, or with every problem it found. Nothing here opens a port or a database, and nothing
//! can be changed while the program runs.

mod amounts;
mod args;
mod check;
mod findings;
mod settings;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ewc_core::model::Policy;
use sha2::{Digest, Sha256};

pub use args::{Args, Task};
pub use findings::{Problem, Problems};
pub use settings::{LimitSettings, MemberSettings, PolicySettings, Settings, TlsSettings};

/// The checked configuration of one scheduler.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Name of the cluster.
    pub cluster: String,
    /// Identity of the cluster, derived from its name; see [`cluster_id`].
    pub cluster_id: u128,
    /// Raft id of this member, at least 1.
    pub member: u64,
    /// Where the log, snapshots and history stand.
    pub data_dir: PathBuf,
    /// Where gRPC is served.
    pub listen: SocketAddr,
    /// URL at which clients and the other members reach this one.
    pub advertise: String,
    /// Where metrics and health are served, over plain HTTP.
    pub http_listen: SocketAddr,
    /// Every member, this one included, in order of identity.
    pub members: Vec<Member>,
    /// Certificates; absent on loopback or when insecure.
    pub tls: Option<TlsFiles>,
    /// Serves without certificates off loopback.
    pub insecure: bool,
    /// How fast the network's time runs, in thousandths of real time.
    pub time_scale_permille: u64,
    /// Jumps over a gap between the log's time and the wall clock instead of raising
    /// `clock_suspect`.
    pub accept_clock_gap: bool,
    /// Time between heartbeats of the leader; one raft tick.
    pub heartbeat: Duration,
    /// Shortest silence of the leader after which a member stands for election.
    pub election: Duration,
    /// How long a site counts as connected after it was last heard of.
    pub lease: Duration,
    /// How long the price policy may work on a round.
    pub round: Duration,
    /// Prices and limits of planning that a new cluster starts with.
    pub policy: Policy,
    /// What may be held, and how much of it.
    pub limits: Limits,
}

impl Config {
    /// Election timeout in raft ticks, rounded up.
    pub fn election_ticks(&self) -> usize {
        let ticks = self
            .election
            .as_millis()
            .div_ceil(self.heartbeat.as_millis().max(1));
        usize::try_from(ticks).unwrap_or(usize::MAX)
    }

    /// The other members.
    pub fn peers(&self) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .filter(|member| member.id != self.member)
    }
}

/// A member of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its raft id.
    pub id: u64,
    /// Where it is reached, without a path: `https://host:port`.
    pub url: String,
}

/// PEM files for mutual TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificates of the authority that signs clients and servers.
    pub ca: PathBuf,
    /// This member's certificate, followed by intermediates.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What may be held, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of the replicated state.
    pub state: ewc_core::state::Limits,
    /// Largest gRPC message, in either direction.
    pub message_bytes_max: usize,
    /// Open gRPC connections.
    pub connections_max: usize,
    /// Commands applied between two snapshots, at least: of a large state, more.
    pub snapshot_every_entries: u64,
    /// Retired jobs kept in the history store.
    pub history_max: u64,
    /// Plans kept for `replay`.
    pub archive_max: u64,
}

/// The identity of the cluster of that name: the first 16 bytes of the name's SHA-256, in network
/// byte order. A member needs nothing but the name to tell its own cluster from others.
pub fn cluster_id(name: &str) -> u128 {
    let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
    digest[..16]
        .iter()
        .fold(0, |id, byte| id << 8 | u128::from(*byte))
}

/// Reads file, environment and flags and checks them. The [`Settings`] are what is effective, with
/// every default filled in; they print as TOML.
///
/// # Errors
/// Every problem found, each naming its field.
pub fn load(args: &Args) -> Result<(Config, Settings), Problems> {
    let mut settings = match &args.config {
        Some(path) => Settings::read(path)?,
        None => Settings::default(),
    };
    args.overlay(&mut settings);
    let config = settings.check()?;
    let effective = settings.filled_in(&config);
    Ok((config, effective))
}
