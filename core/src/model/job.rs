//! Jobs: what an owner asks for, and what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

use super::{
    AcceleratorFamily, CheckpointSpec, DataGrade, JobId, Layer, Move, MoveRecord, Placement,
    PoolSpec, Resources, Saved, SiteId, StringMap,
};
use crate::reason::Reason;

/// Kind of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub enum JobKind {
    /// Ends by itself.
    #[default]
    Batch,
    /// Runs until its time is over or it is cancelled.
    Service,
    /// Holds data.
    Storage,
}

/// The six classes that the national programme names.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, BorshSerialize, BorshDeserialize,
)]
pub enum WorkloadClass {
    /// 实时: industrial internet, inference.
    Realtime,
    /// 近实时: messaging, connected vehicles.
    NearRealtime,
    /// 离线: back-office processing, analysis.
    #[default]
    BatchOffline,
    /// 存储备份: warm and cold storage.
    StorageBackup,
    /// 渲染: film effects.
    Render,
    /// 训练: model training.
    Train,
}

impl WorkloadClass {
    /// Every class, in order.
    pub const ALL: [WorkloadClass; 6] = [
        WorkloadClass::Realtime,
        WorkloadClass::NearRealtime,
        WorkloadClass::BatchOffline,
        WorkloadClass::StorageBackup,
        WorkloadClass::Render,
        WorkloadClass::Train,
    ];

    /// The name in files, flags and reports.
    pub fn name(self) -> &'static str {
        match self {
            WorkloadClass::Realtime => "realtime",
            WorkloadClass::NearRealtime => "near_realtime",
            WorkloadClass::BatchOffline => "batch_offline",
            WorkloadClass::StorageBackup => "storage_backup",
            WorkloadClass::Render => "render",
            WorkloadClass::Train => "train",
        }
    }

    /// The class of that name.
    pub fn from_name(name: &str) -> Option<WorkloadClass> {
        WorkloadClass::ALL
            .into_iter()
            .find(|class| class.name() == name)
    }
}

/// What happens to a payload whose site is cut off from the schedulers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub enum OnDisconnect {
    /// It goes on.
    #[default]
    KeepRunning,
    /// The agent stops it when its lease runs out.
    Stop,
}

/// What is started.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Payload {
    /// A program with its arguments.
    Process {
        /// Program first.
        argv: Vec<String>,
        /// Added to the environment.
        environment: StringMap,
    },
    /// A script handed to an interpreter.
    Script {
        /// Empty: `/bin/sh`.
        interpreter: String,
        /// The script itself.
        text: String,
        /// Added to the environment.
        environment: StringMap,
    },
    /// A container of an image of the catalogue.
    Container {
        /// Name of the image.
        image: String,
        /// Arguments.
        argv: Vec<String>,
        /// Added to the environment.
        environment: StringMap,
    },
}

/// Tasks that run alike at one site.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TaskGroup {
    /// Name, unique in the job.
    pub name: String,
    /// Number of tasks, at least 1.
    pub count: u32,
    /// All tasks start together or none.
    pub gang: bool,
    /// What one task needs.
    pub resources: Resources,
    /// Families it runs on; empty: any.
    pub accelerator_families: Vec<AcceleratorFamily>,
    /// Models it runs on; empty: any.
    pub accelerator_models: Vec<String>,
    /// Architecture it runs on; empty: any.
    pub architecture: String,
    /// What is started.
    pub payload: Payload,
    /// How long the owner expects it to run; decides costs.
    pub estimate_ms: i64,
    /// Stopped after this long; decides reservations. At least the estimate.
    pub time_limit_ms: i64,
    /// What one task does on an accelerator model, in thousandths of what the count was written
    /// for. Empty: the same on every model. Otherwise models that it does not name are not used.
    pub throughput_permille: BTreeMap<String, u32>,
}

impl TaskGroup {
    /// One task named `main` that runs the given program on anything with these resources.
    pub fn of(resources: Resources, argv: Vec<String>, estimate_ms: i64) -> TaskGroup {
        TaskGroup {
            name: "main".to_owned(),
            count: 1,
            gang: false,
            resources,
            accelerator_families: Vec::new(),
            accelerator_models: Vec::new(),
            architecture: String::new(),
            payload: Payload::Process {
                argv,
                environment: StringMap::default(),
            },
            estimate_ms,
            time_limit_ms: estimate_ms,
            throughput_permille: BTreeMap::new(),
        }
    }

    /// What all its tasks need together, on the accelerators that its count was written for.
    pub fn total(&self) -> Resources {
        self.resources.times(self.count)
    }

    /// What all its tasks need together in that pool.
    pub fn total_on(&self, pool: &PoolSpec) -> Resources {
        let count = self.count_on(&pool.accelerator_model);
        self.resources.times(count.unwrap_or(self.count))
    }

    /// Tasks it takes on that accelerator model to do in the same time what `count` tasks do on
    /// the one it was written for, rounded up; `None` when it may not run on that model.
    pub fn count_on(&self, model: &str) -> Option<u32> {
        if self.throughput_permille.is_empty() {
            return Some(self.count);
        }
        let permille = u64::from(*self.throughput_permille.get(model)?);
        let count = (u64::from(self.count) * 1000).div_ceil(permille.max(1));
        Some(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// The image its payload needs, if any.
    pub fn image(&self) -> Option<&str> {
        match &self.payload {
            Payload::Container { image, .. } => Some(image),
            Payload::Process { .. } | Payload::Script { .. } => None,
        }
    }
}

/// A data set or model that the job reads.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Input {
    /// Name of the data set or model.
    pub dataset: String,
    /// Where it stands below the working directory; empty: `inputs/<dataset>`.
    pub mount: String,
}

/// A file the job leaves and that becomes a data set.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Output {
    /// Name of the data set.
    pub dataset: String,
    /// Where it stands below the working directory.
    pub path: String,
    /// What the owner expects; reserves the links.
    pub size_bytes: i64,
    /// Site that gets it; empty: it stays where the job ran.
    pub deliver_to: String,
}

/// Highest one-way latency between a demand region and the job's site; where a service is spread
/// over several sites, the one that serves the region.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LatencyLimit {
    /// The demand region.
    pub region: String,
    /// The limit.
    pub one_way_us_max: i64,
    /// On which layer.
    pub layer: Layer,
}

/// Weights of the objective; 1000 leaves the policy's price as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Weights {
    /// Of money.
    pub money_permille: u32,
    /// Of carbon.
    pub carbon_permille: u32,
    /// Of water.
    pub water_permille: u32,
    /// Of waiting.
    pub delay_permille: u32,
}

impl Weights {
    /// These weights on top of `others`, kind by kind.
    pub fn times(self, others: Weights) -> Weights {
        let product =
            |a: u32, b: u32| u32::try_from(u64::from(a) * u64::from(b) / 1000).unwrap_or(u32::MAX);
        Weights {
            money_permille: product(self.money_permille, others.money_permille),
            carbon_permille: product(self.carbon_permille, others.carbon_permille),
            water_permille: product(self.water_permille, others.water_permille),
            delay_permille: product(self.delay_permille, others.delay_permille),
        }
    }
}

impl Default for Weights {
    fn default() -> Weights {
        Weights {
            money_permille: 1000,
            carbon_permille: 1000,
            water_permille: 1000,
            delay_permille: 1000,
        }
    }
}

/// What a service adds.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ServiceSpec {
    /// Stopped after this long, which counts as success; 0: until cancelled.
    pub run_for_ms: i64,
    /// Steady traffic to all demand regions together.
    pub bandwidth_bps: i64,
    /// Where the traffic goes.
    pub traffic: Vec<TrafficShare>,
    /// Sites its replicas are spread over, at least; other hubs are preferred.
    pub spread_sites_min: u32,
}

/// A demand region's share of a service's traffic.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TrafficShare {
    /// The demand region.
    pub region: String,
    /// Relative weight.
    pub weight: u32,
}

/// What a storage job adds.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StorageSpec {
    /// Kept for this long, which counts as success.
    pub keep_for_ms: i64,
    /// Complete copies, each at a site of its own.
    pub copies: u32,
    /// Distance between any two copies, at least: by the great circle.
    pub distance_km_min: i64,
    /// Every copy is refreshed from the first one this often; 0: never.
    pub refresh_every_ms: i64,
}

/// What an owner asks for.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct JobSpec {
    /// Name for people.
    pub name: String,
    /// Batch, service or storage.
    pub kind: JobKind,
    /// Its class.
    pub class: WorkloadClass,
    /// Groups of tasks, at least one.
    pub groups: Vec<TaskGroup>,
    /// Not to start before; 0: at once.
    pub release_ms: i64,
    /// One deadline for stage-in, queue, run and stage-out.
    pub deadline_ms: Option<i64>,
    /// What it reads.
    pub inputs: Vec<Input>,
    /// What it leaves.
    pub outputs: Vec<Output>,
    /// Where its users are.
    pub latency_limits: Vec<LatencyLimit>,
    /// Grade of what the job itself carries.
    pub data_grade: DataGrade,
    /// Lowest security level of a site.
    pub mlps_level: u32,
    /// Allowed regions (residency); empty: all.
    pub regions: Vec<String>,
    /// Allowed carriers for its data; empty: all.
    pub carriers: Vec<String>,
    /// Allowed sites; empty: all.
    pub sites: Vec<String>,
    /// Higher goes first.
    pub priority: i32,
    /// Starts after a failure; 0: at most one start ever (`run_once`).
    pub retries: u32,
    /// When its site is cut off.
    pub on_disconnect: OnDisconnect,
    /// Its own weights.
    pub weights: Option<Weights>,
    /// Jobs that must have succeeded.
    pub after_ok: Vec<JobId>,
    /// May be stopped for a job of higher priority.
    pub preemptible: bool,
    /// May be stopped and started again while running; with a checkpoint, also be moved.
    pub checkpointable: bool,
    /// Lowest share of renewables; 0: none.
    pub green_floor_permille: u32,
    /// For services.
    pub service: Option<ServiceSpec>,
    /// For storage.
    pub storage: Option<StorageSpec>,
    /// The owner's own marks.
    pub labels: StringMap,
    /// What it goes on from; only for checkpointable jobs. Without it such a job starts anew.
    pub checkpoint: Option<CheckpointSpec>,
}

impl JobSpec {
    /// An offline batch job that asks for nothing but its groups, may run on any site from security
    /// level 2 up, and is started at most once.
    pub fn batch(name: String, groups: Vec<TaskGroup>) -> JobSpec {
        JobSpec {
            name,
            kind: JobKind::Batch,
            class: WorkloadClass::BatchOffline,
            groups,
            release_ms: 0,
            deadline_ms: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
            latency_limits: Vec::new(),
            data_grade: DataGrade::General,
            mlps_level: 2,
            regions: Vec::new(),
            carriers: Vec::new(),
            sites: Vec::new(),
            priority: 0,
            retries: 0,
            on_disconnect: OnDisconnect::KeepRunning,
            weights: None,
            after_ok: Vec::new(),
            preemptible: false,
            checkpointable: false,
            green_floor_permille: 0,
            service: None,
            storage: None,
            labels: StringMap::default(),
            checkpoint: None,
        }
    }

    /// What all its groups need together.
    pub fn total(&self) -> Resources {
        let groups = self.groups.iter();
        groups.fold(Resources::ZERO, |sum, group| sum + group.total())
    }

    /// The demand regions that it names: where its users are.
    pub fn demand(&self) -> impl Iterator<Item = &String> {
        let limits = self.latency_limits.iter().map(|limit| &limit.region);
        let traffic = self.service.iter().flat_map(|service| &service.traffic);
        limits.chain(traffic.map(|share| &share.region))
    }

    /// How long the job runs before it is stopped as a success, if it does not end by itself.
    pub fn run_for_ms(&self) -> i64 {
        let service = self
            .service
            .as_ref()
            .map_or(0, |service| service.run_for_ms);
        let storage = self
            .storage
            .as_ref()
            .map_or(0, |storage| storage.keep_for_ms);
        service.max(storage)
    }

    /// Sites it stands at, at least: copies of a storage job, or sites of a service.
    pub fn sites_min(&self) -> u32 {
        let copies = self.storage.as_ref().map_or(1, |storage| storage.copies);
        let spread = self
            .service
            .as_ref()
            .map_or(1, |service| service.spread_sites_min);
        copies.max(spread).max(1)
    }

    /// True for a service whose replicas stand at several sites.
    pub fn is_spread(&self) -> bool {
        self.service
            .as_ref()
            .is_some_and(|service| service.spread_sites_min > 1)
    }

    /// The images its payloads need, each once.
    pub fn images(&self) -> impl Iterator<Item = &str> {
        let images: std::collections::BTreeSet<&str> =
            self.groups.iter().filter_map(TaskGroup::image).collect();
        images.into_iter()
    }

    /// Steady traffic by demand region, in bits per second, rounded up.
    pub fn steady_traffic(&self) -> impl Iterator<Item = (&str, i64)> {
        let service = self.service.iter();
        service.flat_map(|service| {
            let weights = service.traffic.iter().map(|share| i128::from(share.weight));
            let total = weights.sum::<i128>().max(1);
            service.traffic.iter().map(move |share| {
                let bps = i128::from(service.bandwidth_bps) * i128::from(share.weight);
                let bps = (bps + total - 1) / total;
                (
                    share.region.as_str(),
                    i64::try_from(bps).unwrap_or(i64::MAX),
                )
            })
        })
    }
}

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum JobState {
    /// Waits for a placement.
    Pending,
    /// Has a placement, which may still move.
    Planned,
    /// Its data is moving; to move it now costs the bytes sent.
    Staging,
    /// An attempt was granted its fence.
    Dispatched,
    /// An agent said that it started.
    Running,
    /// Every task ended well.
    Succeeded,
    /// It ended otherwise, and no retry is left.
    Failed,
    /// Its owner gave it up.
    Cancelled,
    /// It may have run, and nobody can say how it ended.
    OutcomeUnknown,
    /// Keeps its place without being submitted, until it is or the hold expires. Last, so that
    /// what was written before there were holds reads the same.
    Held,
}

impl JobState {
    /// Every state, in the order of a job's life.
    pub const ALL: [JobState; 10] = [
        JobState::Held,
        JobState::Pending,
        JobState::Planned,
        JobState::Staging,
        JobState::Dispatched,
        JobState::Running,
        JobState::Succeeded,
        JobState::Failed,
        JobState::Cancelled,
        JobState::OutcomeUnknown,
    ];

    /// True when nothing will happen to the job any more.
    pub fn is_terminal(self) -> bool {
        matches!(
            self,
            JobState::Succeeded | JobState::Failed | JobState::Cancelled | JobState::OutcomeUnknown
        )
    }

    /// True while a start was granted and its end is not known.
    pub fn is_started(self) -> bool {
        matches!(self, JobState::Dispatched | JobState::Running)
    }

    /// The name in output and metrics.
    pub fn name(self) -> &'static str {
        match self {
            JobState::Pending => "pending",
            JobState::Planned => "planned",
            JobState::Staging => "staging",
            JobState::Dispatched => "dispatched",
            JobState::Running => "running",
            JobState::Succeeded => "succeeded",
            JobState::Failed => "failed",
            JobState::Cancelled => "cancelled",
            JobState::OutcomeUnknown => "outcome_unknown",
            JobState::Held => "held",
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Outcome {
    /// Every task ended well.
    Succeeded,
    /// A task failed.
    Failed,
    /// It ran into its time limit.
    TimedOut,
    /// It was stopped on request.
    Stopped,
    /// The agent lost its trace, or its site was cut off and stopped it.
    Lost,
}

impl Outcome {
    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Succeeded => "succeeded",
            Outcome::Failed => "failed",
            Outcome::TimedOut => "timed_out",
            Outcome::Stopped => "stopped",
            Outcome::Lost => "lost",
        }
    }
}

/// What an attempt used, by the agent's measurement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Usage {
    /// Processor time.
    pub cpu_ms: i64,
    /// Highest memory.
    pub memory_peak_mib: i64,
    /// Time from start to end.
    pub wall_ms: i64,
}

/// How far one site is with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum PartPhase {
    /// Waits for its data.
    Staging,
    /// Has its data.
    Staged,
    /// Runs.
    Started,
    /// Ended.
    Ended,
}

/// One site's share of a job that is staged or started.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Part {
    /// The site.
    pub site: SiteId,
    /// How far it is.
    pub phase: PartPhase,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Exit code of the first task that failed, or 0.
    pub exit_code: i32,
    /// What it used.
    pub usage: Usage,
}

/// One start of a job. The fence is the log index at which it was granted; an agent starts
/// nothing with an older one.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// Log index of the grant.
    pub fence: u64,
    /// When it was granted.
    pub dispatched_ms: i64,
    /// When the first part started.
    pub started_ms: Option<i64>,
    /// When the last part ended.
    pub ended_ms: Option<i64>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// It was stopped for a job of higher priority, and uses up no retry.
    pub preempted: bool,
    /// The agent's words on the end.
    pub detail: String,
    /// One a site.
    pub parts: Vec<Part>,
    /// It was stopped to go on at another site, and uses up no retry.
    pub moved: bool,
}

/// A running job has to give way to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Preemption {
    /// The job of higher priority.
    pub by: JobId,
    /// When it is ordered to stop.
    pub stop_ms: i64,
    /// It has been ordered to stop.
    pub ordered: bool,
}

/// A job and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Job {
    /// Its identity.
    pub id: JobId,
    /// Who owns it.
    pub tenant: Arc<str>,
    /// The owner's key for it, unique in the tenant.
    pub key: String,
    /// What was asked for.
    pub spec: Arc<JobSpec>,
    /// Highest grade of the job and its inputs.
    pub grade: DataGrade,
    /// Where it stands.
    pub state: JobState,
    /// Why, if there is something to say.
    pub reason: Option<Reason>,
    /// When it was submitted.
    pub submitted_ms: i64,
    /// When it ended.
    pub ended_ms: Option<i64>,
    /// Where it goes.
    pub placement: Option<Arc<Placement>>,
    /// Log index of the plan that placed it.
    pub planned_at: u64,
    /// State the plan was made on.
    pub planned_base: u64,
    /// Sites that stage it, before an attempt is granted.
    pub staging: Vec<Part>,
    /// Starts so far.
    pub attempts: Vec<Attempt>,
    /// The owner asked to cancel it and it has not ended yet.
    pub cancelling: bool,
    /// It has to give way to another job while it runs.
    pub preemption: Option<Preemption>,
    /// How often its start slipped because data was late.
    pub slips: u32,
    /// When the next thing is due for it.
    pub due_ms: Option<i64>,
    /// Log index of the last change.
    pub changed_at: u64,
    /// The checkpoint that the next attempt goes on from, or the present one began with.
    pub saved: Option<Saved>,
    /// It is to go on elsewhere.
    pub moving: Option<Arc<Move>>,
    /// Moves that were made, oldest first.
    pub moves: Vec<MoveRecord>,
}

impl Job {
    /// The attempt that was granted last.
    pub fn attempt(&self) -> Option<&Attempt> {
        self.attempts.last()
    }
}
