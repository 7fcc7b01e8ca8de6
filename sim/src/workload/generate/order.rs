//! One job in the making: what all classes share.

use ewc_core::model::{
    DataGrade, Input, JobSpec, Output, PoolSpec, Resources, TaskGroup, WorkloadClass,
};

use super::super::terrain::{Place, Terrain};
use super::super::{Expectation, GeneratedDataset};
use super::Mix;
use crate::dice::Dice;

pub(super) const GB: i64 = 1_000_000_000;
pub(super) const TB: i64 = 1_000 * GB;
pub(super) const MINUTE_MS: i64 = 60_000;
pub(super) const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Security level (等级保护) that important data asks for.
const IMPORTANT_MLPS_LEVEL: u32 = 3;
const MIB_PER_CORE: i64 = 4 << 10;

/// A job with everything but its payload.
pub(super) struct Draft {
    pub(super) spec: JobSpec,
    pub(super) expected: Expectation,
    pub(super) run_ms: i64,
}

/// Who orders what, when and where.
pub(super) struct Order<'a> {
    pub(super) mix: &'a Mix,
    pub(super) terrain: &'a Terrain<'a>,
    pub(super) dice: Dice,
    pub(super) class: WorkloadClass,
    /// Position of the owner's demand region.
    pub(super) region: usize,
    pub(super) tenant: &'static str,
    pub(super) key: String,
    pub(super) submit_ms: i64,
}

impl<'a> Order<'a> {
    pub(super) fn new(
        mix: &'a Mix,
        terrain: &'a Terrain<'a>,
        mut dice: Dice,
        class: WorkloadClass,
        region: usize,
    ) -> Order<'a> {
        let tenant = dice.pick(tenants(class)).unwrap_or("default");
        Order {
            mix,
            terrain,
            dice,
            class,
            region,
            tenant,
            key: String::new(),
            submit_ms: 0,
        }
    }

    /// Site of the owner's data.
    pub(super) fn home(&self) -> &'a str {
        &self.terrain.home_of(self.region).spec.name
    }

    /// A specification without groups.
    pub(super) fn spec(&self, inputs: &[&GeneratedDataset]) -> JobSpec {
        let grade = inputs.iter().map(|dataset| dataset.grade).max();
        let important = grade.unwrap_or_default() >= DataGrade::Important;
        let input = |dataset: &&GeneratedDataset| Input {
            dataset: dataset.name.clone(),
            mount: String::new(),
        };
        JobSpec {
            class: self.class,
            inputs: inputs.iter().map(input).collect(),
            data_grade: grade.unwrap_or_default(),
            mlps_level: if important { IMPORTANT_MLPS_LEVEL } else { 2 },
            ..JobSpec::batch(self.key.clone(), Vec::new())
        }
    }

    /// An estimate between so many minutes, within what the mix allows.
    pub(super) fn estimate_ms(&mut self, minutes: (i64, i64)) -> i64 {
        let drawn_ms = self.dice.between(minutes.0, minutes.1) * MINUTE_MS;
        let (low_ms, high_ms) = self.mix.run_ms;
        drawn_ms.min(high_ms).max(low_ms).max(1)
    }

    /// How long it really runs: owners estimate with some reserve.
    pub(super) fn run_ms(&mut self, estimate_ms: i64) -> i64 {
        (estimate_ms * self.dice.between(600, 1000) / 1000).max(1)
    }

    /// A group that is stopped after twice its estimate and some slack.
    pub(super) fn group(&self, resources: Resources, count: u32, estimate_ms: i64) -> TaskGroup {
        TaskGroup {
            count,
            time_limit_ms: 2 * estimate_ms + self.mix.limit_slack_ms.max(0),
            ..TaskGroup::of(resources, nothing(), estimate_ms)
        }
    }

    /// Number of tasks: as drawn, but no more than the mix allows or the pool holds.
    pub(super) fn count(&mut self, among: &[i64], pool: &PoolSpec, task: Resources) -> u32 {
        let drawn = self.dice.pick(among).unwrap_or(1);
        let room = task.per_node(pool.node).saturating_mul(pool.nodes.into());
        let count = drawn.min(self.mix.tasks_max.into()).min(room).max(1);
        u32::try_from(count).unwrap_or(1)
    }

    /// A result of the job; the owner gets it back, or it stays.
    pub(super) fn output(&mut self, path: &str, bytes: (i64, i64), to_owner: bool) -> Output {
        Output {
            dataset: format!("{}-{path}", self.key),
            path: path.to_owned(),
            size_bytes: self.mix.scaled(self.dice.between(bytes.0, bytes.1)),
            deliver_to: if to_owner {
                self.home().to_owned()
            } else {
                String::new()
            },
        }
    }

    /// A deadline that leaves the whole chain some hours more than its run may take.
    pub(super) fn deadline_ms(&mut self, spec: &JobSpec, permille: i64) -> Option<i64> {
        let limits = spec.groups.iter().map(|group| group.time_limit_ms);
        let since_ms = self.submit_ms.max(spec.release_ms);
        let slack_ms = self.dice.between(12, 24) * HOUR_MS;
        let deadline_ms = since_ms + limits.max().unwrap_or(0) + slack_ms;
        self.dice.chance(permille).then_some(deadline_ms)
    }

    /// One of the places whose site is secure enough and whose pool suits.
    pub(super) fn choose(
        &mut self,
        spec: &JobSpec,
        places: &[Place<'a>],
        suits: impl Fn(&PoolSpec) -> bool,
    ) -> Option<Place<'a>> {
        let secure = |place: &&Place<'_>| place.site.spec.mlps_level >= spec.mlps_level;
        let suitable = places
            .iter()
            .filter(secure)
            .filter(|place| suits(place.pool));
        let suitable: Vec<Place<'a>> = suitable.copied().collect();
        self.dice.pick(&suitable)
    }
}

/// A task of so many cores, or as many as a node has, with memory in proportion.
pub(super) fn cores(cores: i64, pool: &PoolSpec) -> Resources {
    let cpu_millis = (cores * 1000).min(pool.node.cpu_millis).max(1);
    Resources {
        cpu_millis,
        memory_mib: (cpu_millis * MIB_PER_CORE / 1000)
            .min(pool.node.memory_mib)
            .max(1),
        accelerators: 0,
    }
}

/// A task of so many accelerators, or as many as a node has, with its share of the node.
pub(super) fn accelerators(accelerators: i64, pool: &PoolSpec) -> Resources {
    let per_node = pool.node.accelerators.max(1);
    let accelerators = accelerators.min(per_node);
    Resources {
        cpu_millis: (pool.node.cpu_millis * accelerators / per_node).max(1),
        memory_mib: (pool.node.memory_mib * accelerators / per_node * 3 / 4).max(1),
        accelerators,
    }
}

/// Owners by class; some have work of several classes.
fn tenants(class: WorkloadClass) -> &'static [&'static str] {
    match class {
        WorkloadClass::Realtime => &["city-brain", "factory-vision", "telemedicine"],
        WorkloadClass::NearRealtime => &["vehicle-cloud", "city-brain", "messaging"],
        WorkloadClass::BatchOffline => &["state-bank", "grid-power", "retail-analytics"],
        WorkloadClass::StorageBackup => &["state-bank", "telemedicine", "archive-bureau"],
        WorkloadClass::Render => &["film-studio", "animation-house"],
        WorkloadClass::Train => &[
            "speech-lab",
            "vehicle-cloud",
            "weather-bureau",
            "genome-institute",
        ],
    }
}

/// Stands where the command line will be.
pub(crate) fn nothing() -> Vec<String> {
    vec!["true".to_owned()]
}
