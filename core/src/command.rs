//! What enters the log, and how a command may be refused.
//!
//! The encoding of these types is the log's format: it is canonical (Borsh) and versioned by the
//! entry's header.

mod hold;

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::apart;
use crate::digest;
use crate::model::{
    DataGrade, Dataset, EnergySeries, Image, JobId, JobSpec, Layer, LinkId, NetworkNode, NodeShape,
    Outcome, Policy, PoolId, PowerStep, Resources, SiteId, SiteMode, SiteSpec, Usage,
};
use crate::planner::Plan;

pub use hold::{Hold, HoldRefusal, Redemption};

/// One decision of the network, applied in log order on every replica.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Command {
    /// Adds or changes nodes, links and demand regions.
    DefineNetwork {
        /// Vertices.
        nodes: Vec<NetworkNode>,
        /// Segments.
        links: Vec<LinkDefinition>,
        /// Demand regions.
        regions: Vec<RegionDefinition>,
    },
    /// Makes a site and its pools known, or says that its agent started anew.
    RegisterSite {
        /// The site as its agent declares it.
        spec: SiteSpec,
        /// Rises with every start of the agent.
        incarnation: u64,
        /// Where its data mover listens.
        data_address: String,
    },
    /// What changed at sites since they last reported.
    ReportSites(Vec<SiteReport>),
    /// Measured round trips.
    ReportLinks(Vec<LinkReport>),
    /// Opens, cordons or drains a site.
    SetSiteMode {
        /// The site.
        site: SiteId,
        /// From now on.
        mode: SiteMode,
    },
    /// Makes a data set known, or adds replicas of it.
    RegisterDataset(Dataset),
    /// Makes an image known, or adds replicas of it.
    RegisterImage(Image),
    /// Stores jobs: all of them or none.
    SubmitJobs(Vec<Submission>),
    /// Gives a job up.
    CancelJob(JobId),
    /// Places jobs.
    CommitPlan(Plan),
    /// Changes the prices and limits of planning.
    SetPolicy {
        /// The new policy; its version is the network's to count.
        policy: Policy,
        /// Version that it is to replace; `None`: whatever there is.
        replaces: Option<u64>,
    },
    /// A site's lease ran out.
    SiteSilent {
        /// The site.
        site: SiteId,
        /// The incarnation that is silent.
        incarnation: u64,
    },
    /// These sites were heard of lately, with nothing new to say.
    Refreshed(Vec<SiteId>),
    /// Time went by.
    Tick,
    /// Keeps a place for a job that may be submitted soon.
    HoldJob(Box<Hold>),
    /// Submits the job that a place is held for.
    RedeemHold(Box<Redemption>),
    /// Lowers the grade of a data set, with a reason that is kept.
    LowerGrade {
        /// The data set.
        dataset: String,
        /// Its grade from now on.
        grade: DataGrade,
        /// Who asks for it.
        by: String,
        /// Why.
        because: String,
    },
    /// Says what power the work of a site may draw from now on, and later.
    SetPowerCap {
        /// The site.
        site: SiteId,
        /// The cap by rising time, at the IT load; empty: there is none.
        steps: Vec<PowerStep>,
    },
    /// Forgets a data set, or only some of its replicas.
    RemoveDataset {
        /// The data set.
        name: String,
        /// Whose replicas; empty: all of them, and the name.
        sites: Vec<SiteId>,
    },
    /// Forgets an image, or only some of its replicas.
    RemoveImage {
        /// The image.
        name: String,
        /// Whose replicas; empty: all of them, and the name.
        sites: Vec<SiteId>,
    },
    /// A site has dropped what it was to drop.
    ReplicasDropped {
        /// The site.
        site: SiteId,
        /// Names and digests.
        replicas: Vec<(String, [u8; 32])>,
    },
}

impl Command {
    /// The name in metrics and archives.
    pub fn name(&self) -> &'static str {
        match self {
            Command::DefineNetwork { .. } => "define_network",
            Command::RegisterSite { .. } => "register_site",
            Command::ReportSites(_) => "report_sites",
            Command::ReportLinks(_) => "report_links",
            Command::SetSiteMode { .. } => "set_site_mode",
            Command::RegisterDataset(_) => "register_dataset",
            Command::RegisterImage(_) => "register_image",
            Command::SubmitJobs(_) => "submit_jobs",
            Command::CancelJob(_) => "cancel_job",
            Command::CommitPlan(_) => "commit_plan",
            Command::SetPolicy { .. } => "set_policy",
            Command::SiteSilent { .. } => "site_silent",
            Command::Refreshed(_) => "refreshed",
            Command::Tick => "tick",
            Command::HoldJob(_) => "hold_job",
            Command::RedeemHold(_) => "redeem_hold",
            Command::LowerGrade { .. } => "lower_grade",
            Command::SetPowerCap { .. } => "set_power_cap",
            Command::RemoveDataset { .. } => "remove_dataset",
            Command::RemoveImage { .. } => "remove_image",
            Command::ReplicasDropped { .. } => "replicas_dropped",
        }
    }
}

/// A command as the leader stamped it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Stamped {
    /// The network's time by the leader's clock.
    pub time_ms: i64,
    /// What to do.
    pub command: Command,
}

/// A link by the names of its ends.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LinkDefinition {
    /// Unique name.
    pub name: String,
    /// Node at one end.
    pub a: String,
    /// Node at the other end.
    pub b: String,
    /// Who runs it.
    pub carrier: String,
    /// Its layer.
    pub layer: Layer,
    /// One-way latency.
    pub one_way_us: i64,
    /// Nominal capacity.
    pub capacity_bps: i64,
    /// Share that may be reserved; at most 1000.
    pub usable_permille: u32,
    /// Price of transport per gigabyte.
    pub price_micro_cny_per_gb: i64,
    /// False while it is cut.
    pub up: bool,
    /// Data on it is encrypted.
    pub encrypted: bool,
}

/// A demand region by the name of its node.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RegionDefinition {
    /// Unique name.
    pub name: String,
    /// Chinese name.
    pub name_zh: String,
    /// Where it attaches.
    pub node: String,
    /// One-way latency from users to that node.
    pub access_us: i64,
    /// Relative traffic.
    pub traffic_weight: u32,
    /// Latitude in millionths of a degree.
    pub latitude_udeg: i64,
    /// Longitude in millionths of a degree.
    pub longitude_udeg: i64,
}

/// A job on its way into the log.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Submission {
    /// Who owns it.
    pub tenant: String,
    /// The owner's key.
    pub key: String,
    /// SHA-256 of the request body, to tell a retry from another job under the same key.
    pub body_digest: [u8; 32],
    /// What is asked for. Shared with the job that comes of it.
    pub spec: Arc<JobSpec>,
}

impl Submission {
    /// A submission with the digest of its body. The digest is of the specification as it is
    /// stored, so that a job submitted by its hold and one submitted by its file are the same.
    pub fn new(tenant: String, key: String, spec: JobSpec) -> Submission {
        Submission {
            tenant,
            key,
            body_digest: body_digest(&spec),
            spec: Arc::new(spec),
        }
    }
}

/// SHA-256 of a specification as it is stored.
pub fn body_digest(spec: &JobSpec) -> [u8; 32] {
    digest::of(apart::split(spec).as_ref())
}

/// What an agent says is new.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SiteReport {
    /// The site.
    pub site: SiteId,
    /// The incarnation that speaks; an older one is not heard.
    pub incarnation: u64,
    /// Capacity that changed.
    pub pools: Vec<PoolReport>,
    /// A newly issued forecast.
    pub energy: Option<EnergySeries>,
    /// New replicas: name and digest.
    pub held: Vec<(String, [u8; 32])>,
    /// Attempts whose phase changed.
    pub runs: Vec<RunReport>,
}

/// A pool's capacity as its agent sees it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PoolReport {
    /// The pool.
    pub pool: PoolId,
    /// Total less foreign use.
    pub usable: Resources,
    /// Free shapes, if known.
    pub free_shapes: Vec<NodeShape>,
}

/// How far an agent is with a job.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RunReport {
    /// The job.
    pub job: JobId,
    /// Fence of the attempt; 0 before one was granted.
    pub fence: u64,
    /// How far.
    pub phase: RunPhase,
    /// The agent's words.
    pub detail: String,
}

/// How far an agent is with a job.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RunPhase {
    /// All data is there.
    Staged,
    /// Data could not be fetched.
    StageFailed,
    /// The payload started.
    Started,
    /// The payload ended.
    Ended {
        /// How.
        outcome: Outcome,
        /// Exit code of the first task that failed, or 0.
        exit_code: i32,
        /// What it used.
        usage: Usage,
        /// What it left, in the order of the specification.
        outputs: Vec<OutputFact>,
    },
    /// A result arrived where it was to go.
    Delivered,
}

/// An output as it stands at the site.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OutputFact {
    /// Name of the data set.
    pub dataset: String,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// Size of the bytes.
    pub size_bytes: i64,
}

/// A measured or declared round trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LinkReport {
    /// The link.
    pub link: LinkId,
    /// Round trip.
    pub rtt_us: i64,
    /// Declared, not measured.
    pub declared: bool,
}

/// What tells the owner which ones are known.
fn where_to_look(kind: &str) -> &'static str {
    match kind {
        "data set or model" => "; `ewc datasets` and `ewc images` list those that are",
        "data set" => "; `ewc datasets` lists those that are",
        "image" => "; `ewc images` lists those that are",
        "demand region" => "; `ewc regions` lists those that are",
        "site" => "; `ewc sites` lists those that are",
        "job" => "; `ewc list` lists those that are",
        _ => "",
    }
}

/// Why a command changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Something named does not exist.
    #[error("{field}: {kind} \"{name}\" is not known{}", where_to_look(kind))]
    NotFound {
        /// Field that names it.
        field: &'static str,
        /// What kind of thing.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The same key was used for another body.
    #[error("idempotency_key \"{key}\" was used for another job ({job}); choose a new key")]
    KeyConflict {
        /// The key.
        key: String,
        /// The job that has it.
        job: JobId,
    },
    /// A value breaks a rule.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field.
        field: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// Jobs that have not ended need it.
    #[error(
        "name: {name} is needed by {jobs} jobs that have not ended, job {first} first; \
         wait for their end or cancel them"
    )]
    InUse {
        /// What was to go.
        name: String,
        /// How many jobs need it.
        jobs: usize,
        /// The first of them.
        first: JobId,
    },
    /// A newer incarnation of the agent has spoken.
    #[error("site {site}: incarnation {got} is superseded by {newest}")]
    Superseded {
        /// The site.
        site: String,
        /// The incarnation that spoke.
        got: u64,
        /// The newest one.
        newest: u64,
    },
    /// The queue is full.
    #[error("the queue holds {queued} jobs, its limit; submit again later")]
    QueueFull {
        /// Jobs in it.
        queued: usize,
    },
    /// Somebody else has changed the policy.
    #[error(
        "replaces: the policy has version {found}, not {expected}; read it again and decide anew"
    )]
    PolicyMoved {
        /// What was to be replaced.
        expected: u64,
        /// What there is.
        found: u64,
    },
    /// A place cannot be held, or the held place cannot be taken.
    #[error(transparent)]
    Hold(#[from] HoldRefusal),
    /// The tenant's quota leaves no place in the queue.
    #[error(
        "quota: tenant \"{tenant}\" has {queued} jobs that have not started, and may have {limit}; \
         submit again later, or ask the operator for a larger quota"
    )]
    TenantQueueFull {
        /// Whose quota.
        tenant: String,
        /// Jobs it has that have not started.
        queued: u64,
        /// How many it may have.
        limit: u64,
    },
}

impl Refusal {
    pub(crate) fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Refusal {
        Refusal::Invalid {
            field: field.into(),
            problem: problem.into(),
        }
    }
}
