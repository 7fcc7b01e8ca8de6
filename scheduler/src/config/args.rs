//! Flags and environment of the program. What they give wins over the file.

use std::path::PathBuf;

use clap::Parser;

use super::{MemberSettings, Settings};
use crate::{dump, replay};

/// Scheduler of an energy-aware compute network: one member of its replicated control plane.
///
/// Settings come from the file given by --config, then from the environment, then from flags; the
/// later one wins. Planning prices and limits are set in the file only.
#[derive(Debug, Clone, Default, Parser)]
#[command(
    name = "ewc-scheduler",
    version,
    args_conflicts_with_subcommands = true
)]
pub struct Args {
    /// What to do instead of running a member
    #[command(subcommand)]
    pub task: Option<Task>,

    /// TOML file with settings
    #[arg(long, value_name = "FILE", env = "EWC_SCHEDULER_CONFIG")]
    pub config: Option<PathBuf>,

    /// Print the effective settings as TOML, or everything that is wrong with them, and exit
    #[arg(long)]
    pub check_config: bool,

    /// Name of the cluster; the same on every member
    #[arg(long, value_name = "NAME", env = "EWC_SCHEDULER_CLUSTER")]
    pub cluster: Option<String>,

    /// Id of this member, from 1
    #[arg(long, value_name = "ID", env = "EWC_SCHEDULER_MEMBER")]
    pub member: Option<u64>,

    /// Directory for the log, snapshots and history
    #[arg(long, value_name = "DIR", env = "EWC_SCHEDULER_DATA_DIR")]
    pub data_dir: Option<PathBuf>,

    /// Address that serves gRPC [default: 127.0.0.1:7300]
    #[arg(long, value_name = "ADDRESS", env = "EWC_SCHEDULER_LISTEN")]
    pub listen: Option<String>,

    /// URL at which clients and the other members reach this one [default: that of --listen]
    #[arg(long, value_name = "URL", env = "EWC_SCHEDULER_ADVERTISE")]
    pub advertise: Option<String>,

    /// Address that serves /metrics, /livez and /readyz [default: 127.0.0.1:7301]
    #[arg(long, value_name = "ADDRESS", env = "EWC_SCHEDULER_HTTP_LISTEN")]
    pub http_listen: Option<String>,

    /// Every member, this one included, as id=url; 1, 3 or 5 of them [default: this one alone]
    #[arg(
        long,
        value_name = "ID=URL",
        value_delimiter = ',',
        env = "EWC_SCHEDULER_MEMBERS"
    )]
    pub members: Vec<MemberSettings>,

    /// PEM file with the authority that signs every certificate
    #[arg(long, value_name = "FILE", env = "EWC_SCHEDULER_TLS_CA")]
    pub tls_ca: Option<PathBuf>,

    /// PEM file with this member's certificate
    #[arg(long, value_name = "FILE", env = "EWC_SCHEDULER_TLS_CERTIFICATE")]
    pub tls_certificate: Option<PathBuf>,

    /// PEM file with the certificate's private key
    #[arg(long, value_name = "FILE", env = "EWC_SCHEDULER_TLS_KEY")]
    pub tls_key: Option<PathBuf>,

    /// Serve without certificates off loopback: everyone who reaches the port may do everything
    #[arg(long, env = "EWC_SCHEDULER_INSECURE")]
    pub insecure: bool,

    /// Run the network's time this many times faster; for demonstrations [default: 1.0]
    #[arg(long, value_name = "FACTOR", env = "EWC_SCHEDULER_TIME_SCALE")]
    pub time_scale: Option<f64>,

    /// Jump over a gap between the log's time and the wall clock instead of waiting for an operator
    #[arg(long, env = "EWC_SCHEDULER_ACCEPT_CLOCK_GAP")]
    pub accept_clock_gap: bool,

    /// Milliseconds between heartbeats of the leader [default: 50]
    #[arg(long, value_name = "MS", env = "EWC_SCHEDULER_HEARTBEAT_MS")]
    pub heartbeat_ms: Option<u64>,

    /// Milliseconds of silence of the leader before an election [default: 500]
    #[arg(long, value_name = "MS", env = "EWC_SCHEDULER_ELECTION_MS")]
    pub election_ms: Option<u64>,

    /// Milliseconds a site counts as connected after it was last heard of [default: 10000]
    #[arg(long, value_name = "MS", env = "EWC_SCHEDULER_LEASE_MS")]
    pub lease_ms: Option<u64>,

    /// Milliseconds that the price policy may work on a round [default: 1000]
    #[arg(long, value_name = "MS", env = "EWC_SCHEDULER_ROUND_MS")]
    pub round_ms: Option<u64>,

    /// Planner of a new cluster: greedy, price, or a baseline such as first_fit [default: greedy]
    #[arg(long, value_name = "KIND", env = "EWC_SCHEDULER_POLICY")]
    pub policy: Option<String>,
}

/// What the program does instead of running a member.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Task {
    /// Recompute the logged plans of a stopped member and say whether they come out the same.
    ///
    /// Answers for every plan: identical; different, with the first difference;
    /// other_planner_version, when another version planned; archived_away, when the state it was
    /// made on is not kept any more. Changes nothing. On a running member it reads the finished
    /// segments of the archive only.
    ///
    /// Exit status: 0 no plan differs, 1 some plan differs, 2 something could not be read.
    Replay(replay::Args),

    /// Write what the price policy would decide now as an instance file (docs/instance-format.md).
    ///
    /// Reads the directory of a member and changes nothing; of a running member, the archive and
    /// the snapshots only. The file is for ewc-sim place and check-plan: the model made from it is
    /// the round's own. What of the round is not in it stands in the file and on standard error.
    ///
    /// Exit status: 0 written, 2 not.
    Dump(dump::Args),
}

impl Args {
    /// Lays what was given over the settings of the file.
    pub(super) fn overlay(&self, settings: &mut Settings) {
        overlay_optional(&mut settings.cluster, &self.cluster);
        overlay_optional(&mut settings.member, &self.member);
        overlay_optional(&mut settings.data_dir, &self.data_dir);
        overlay(&mut settings.listen, &self.listen);
        overlay_optional(&mut settings.advertise, &self.advertise);
        overlay(&mut settings.http_listen, &self.http_listen);
        overlay_optional(&mut settings.tls.ca, &self.tls_ca);
        overlay_optional(&mut settings.tls.certificate, &self.tls_certificate);
        overlay_optional(&mut settings.tls.key, &self.tls_key);
        overlay(&mut settings.time_scale, &self.time_scale);
        overlay(&mut settings.heartbeat_ms, &self.heartbeat_ms);
        overlay(&mut settings.election_ms, &self.election_ms);
        overlay(&mut settings.lease_ms, &self.lease_ms);
        overlay(&mut settings.round_ms, &self.round_ms);
        overlay(&mut settings.policy.kind, &self.policy);
        settings.insecure |= self.insecure;
        settings.accept_clock_gap |= self.accept_clock_gap;
        if !self.members.is_empty() {
            settings.members.clone_from(&self.members);
        }
    }
}

fn overlay<T: Clone>(setting: &mut T, given: &Option<T>) {
    if let Some(given) = given {
        setting.clone_from(given);
    }
}

fn overlay_optional<T: Clone>(setting: &mut Option<T>, given: &Option<T>) {
    if given.is_some() {
        setting.clone_from(given);
    }
}
