//! What a round of planning asks and answers.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::model::{Job, JobId, LinkId, Placement, PolicyKind, PoolId};
use crate::reason::Reason;
use crate::state::State;

/// Rises whenever the same state and round may give another plan.
pub const PLANNER_VERSION: u32 = 16;

/// Which waiting jobs a round considers.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Scope {
    /// All, from the head of the queue.
    All,
    /// These, in this order.
    Only(Vec<JobId>),
    /// Those that arrived after this job.
    NewerThan(JobId),
}

/// What a round is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Which planner.
    pub policy: PolicyKind,
    /// Which waiting jobs.
    pub scope: Scope,
    /// Jobs considered at most.
    pub jobs_max: u32,
    /// Seed of everything random in it.
    pub seed: u64,
}

/// A kind of a pool's capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Capacity {
    /// Processor cores.
    Cores,
    /// Memory.
    Memory,
    /// Accelerators.
    Accelerators,
    /// Electrical power, which all pools of a site share under its cap.
    Power,
}

impl Capacity {
    /// Every kind that a pool has by itself, in order.
    pub const ALL: [Capacity; 3] = [Capacity::Cores, Capacity::Memory, Capacity::Accelerators];

    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Capacity::Cores => "cores",
            Capacity::Memory => "memory",
            Capacity::Accelerators => "accelerators",
            Capacity::Power => "power",
        }
    }
}

/// What scarce capacity of a pool is worth during a while, beside its cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PoolPrice {
    /// The pool; of power the first one of the site.
    pub pool: PoolId,
    /// Of what.
    pub kind: Capacity,
    /// Start of the while.
    pub from_ms: i64,
    /// End of the while, exclusive.
    pub until_ms: i64,
    /// For one core, one GiB, one accelerator or one kilowatt, for one hour.
    pub micro_cny_per_hour: i64,
}

/// What scarce bandwidth of a link is worth during a while, beside its cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LinkPrice {
    /// The link.
    pub link: LinkId,
    /// Start of the while.
    pub from_ms: i64,
    /// End of the while, exclusive.
    pub until_ms: i64,
    /// For one gigabit per second, for one hour.
    pub micro_cny_per_gbps_hour: i64,
}

/// Prices of scarce capacity: what the next round and the arrival path start from. What is not
/// named is not scarce. Empty under policies that do not use prices.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Prices {
    /// By pool, kind and start.
    pub pools: Vec<PoolPrice>,
    /// By link and start.
    pub links: Vec<LinkPrice>,
}

/// What is proven about a plan, of the round's model M (`docs/planner.md`). Absent under policies
/// that prove nothing.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Certificate {
    /// SHA-256 of the model.
    pub model_digest: [u8; 32],
    /// Cost of the plan in M, with the penalty of what it leaves out.
    pub objective_micro_cny: i64,
    /// No plan of M costs less.
    pub bound_micro_cny: i64,
    /// Jobs of M that the plan leaves out.
    pub unplaced: u32,
    /// The part of the objective that is the penalty of those.
    pub penalty_micro_cny: i64,
}

impl Certificate {
    /// How far the plan may be from the best one, in thousandths of a percent of its objective.
    pub fn gap_millipercent(&self) -> i64 {
        let gap = i128::from(self.objective_micro_cny) - i128::from(self.bound_micro_cny);
        let objective = i128::from(self.objective_micro_cny.max(1));
        (gap.max(0) * 100_000 / objective) as i64
    }
}

/// How a plan was brought up to a newer state before it was proposed, see
/// [`repair`](super::repair).
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Repair {
    /// Index of that state.
    pub index: u64,
    /// How many jobs were placed again, or tried.
    pub stopped_at: u32,
}

/// A running job that goes on at another site.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PlannedMove {
    /// The job.
    pub job: JobId,
    /// When it is ordered to stop.
    pub stop_ms: i64,
    /// The rest of its chain, its checkpoint among what is staged.
    pub to: Placement,
    /// What the rest costs where it runs, as the planner weighs it.
    pub stay_micro_cny: i64,
    /// How much less it costs so, transfer, waiting and work done again included.
    pub gain_micro_cny: i64,
}

/// The outcome of a round: changes only.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Plan {
    /// Index of the state it was made on.
    pub base_index: u64,
    /// Version of the planner that made it.
    pub planner_version: u32,
    /// Version of the policy it was made under.
    pub policy_version: u64,
    /// Which planner.
    pub policy: String,
    /// Jobs it considered.
    pub scope: Scope,
    /// Jobs considered at most.
    pub jobs_max: u32,
    /// Seed.
    pub seed: u64,
    /// Checkpoint it stopped at.
    pub stopped_at: u32,
    /// Jobs with their whole chains.
    pub placements: Vec<(JobId, Placement)>,
    /// Jobs of `placements` that others give way to, and those others.
    pub preempted: Vec<(JobId, Vec<JobId>)>,
    /// Jobs left waiting, with the reason.
    pub unplaced: Vec<(JobId, Reason)>,
    /// Prices to go on with, if they changed.
    pub prices: Option<Prices>,
    /// What is proven about it, as it was before any repair.
    pub certificate: Option<Certificate>,
    /// Present if it was repaired. Among the last, because older logs end before it.
    pub repair: Option<Repair>,
    /// Running jobs that go on elsewhere. Last, because older logs end before it.
    pub moves: Vec<PlannedMove>,
}

impl Plan {
    pub(super) fn empty(state: &State, round: &Round) -> Plan {
        Plan {
            base_index: state.index(),
            planner_version: PLANNER_VERSION,
            policy_version: state.policy().version,
            policy: round.policy.name().to_owned(),
            scope: round.scope.clone(),
            jobs_max: round.jobs_max,
            seed: round.seed,
            stopped_at: 0,
            placements: Vec::new(),
            preempted: Vec::new(),
            unplaced: Vec::new(),
            prices: None,
            certificate: None,
            repair: None,
            moves: Vec::new(),
        }
    }

    /// Leaves a job waiting. What the state says already is not said again.
    pub(super) fn leave(&mut self, job: &Job, reason: Reason) {
        if job.reason != Some(reason) {
            self.unplaced.push((job.id, reason));
        }
    }

    /// The round that this plan answers, if its policy is known.
    pub fn round(&self) -> Option<Round> {
        Some(Round {
            policy: PolicyKind::from_name(&self.policy)?,
            scope: self.scope.clone(),
            jobs_max: self.jobs_max,
            seed: self.seed,
        })
    }

    /// Who gives way to a job.
    pub fn victims(&self, job: JobId) -> &[JobId] {
        let known = self.preempted.iter().find(|(by, _)| *by == job);
        known.map_or(&[], |(_, victims)| victims)
    }

    /// True when it changes nothing.
    pub fn is_empty(&self) -> bool {
        let changes = !self.placements.is_empty() || !self.unplaced.is_empty();
        !changes && self.moves.is_empty() && self.prices.is_none()
    }
}
