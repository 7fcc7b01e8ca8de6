//! Where a policy wants classes of work to run (东数西算: which work stays east, which goes west).

use borsh::{BorshDeserialize, BorshSerialize};

use super::{JobSpec, Layer, WorkloadClass};

/// One line of a policy's steering: a class of work, perhaps for the users of some demand regions
/// only, at some places. What a cluster is for depends on whose demand it is, so the two belong
/// together.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Steering {
    /// Work of this class.
    pub class: WorkloadClass,
    /// Work that names one of these demand regions; empty: all work of the class.
    pub demand: Vec<String>,
    /// The sites it speaks of.
    pub sites: SteeringSites,
    /// What it says of those sites.
    pub effect: SteeringEffect,
}

/// What steering does to a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum SteeringEffect {
    /// Rules it out.
    RuleOut,
    /// Makes it dearer in the objective; nobody pays it.
    Extra {
        /// Per hour of a core.
        micro_cny_per_core_hour: i64,
        /// Per hour of an accelerator.
        micro_cny_per_accelerator_hour: i64,
    },
}

/// Which sites a rule of steering speaks of.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum SteeringSites {
    /// Those at these hubs, in these regions, or of these names.
    At(Vec<String>),
    /// All but those.
    Elsewhere(Vec<String>),
    /// Those farther than this from a demand region that the work names: outside its latency
    /// circle.
    Beyond {
        /// One way, from the users.
        one_way_us: i64,
        /// On which layer.
        layer: Layer,
    },
    /// Those with less contracted green power than this. One that does not say is not meant.
    GreenPowerBelow {
        /// Share of what they use.
        permille: u32,
    },
}

impl Steering {
    /// True when the rule speaks of such a job, wherever it runs.
    pub fn concerns(&self, job: &JobSpec) -> bool {
        self.class == job.class
            && (self.demand.is_empty() || job.demand().any(|it| self.demand.contains(it)))
    }
}
