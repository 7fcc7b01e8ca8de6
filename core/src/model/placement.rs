//! Where a job goes: its whole chain of transfers and runs, what it costs, and why there.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{LinkId, PoolId, Resources, SiteId};
use crate::reason::Reason;

/// What a job does to the links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum TransferKind {
    /// An input or image, before the run.
    StageIn,
    /// An output, after the run.
    StageOut,
    /// A service's traffic to a demand region, during the run.
    Steady,
    /// What keeps a copy of a storage job like the first one, during the run.
    Refresh,
    /// First leg of a stage-in by store and forward: to a third site, the depot, where the data
    /// waits for the second leg.
    ToDepot,
}

impl TransferKind {
    /// True for what flows at an even rate for as long as the job runs.
    pub fn is_steady(self) -> bool {
        matches!(self, TransferKind::Steady | TransferKind::Refresh)
    }
}

/// Bytes over a route during a window, at a reserved rate.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Transfer {
    /// Data set, image, or demand region.
    pub what: String,
    /// Why it moves.
    pub kind: TransferKind,
    /// Where it comes from.
    pub from: SiteId,
    /// Where it goes to; the same as `from` for traffic to a demand region.
    pub to: SiteId,
    /// The route, in order.
    pub links: Vec<LinkId>,
    /// Volume; zero for what is steady.
    pub size_bytes: i64,
    /// Reserved on every link of the route.
    pub rate_bps: i64,
    /// Start of the window.
    pub start_ms: i64,
    /// End of the window, exclusive.
    pub end_ms: i64,
}

/// One group's slot.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GroupPlacement {
    /// Position of the group in the job's specification.
    pub group: u32,
    /// Where it runs.
    pub pool: PoolId,
    /// What all its tasks need together.
    pub total: Resources,
    /// Start of the run.
    pub start_ms: i64,
    /// End of the reservation, exclusive: start + time limit + margin.
    pub end_ms: i64,
    /// Tasks that run; other than the group's count where its throughput table says so.
    pub count: u32,
}

/// What a placement costs, by the estimate of the job's run time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Cost {
    /// Power, overhead (PUE) included.
    pub energy_micro_cny: i64,
    /// Rent of the pool.
    pub pool_micro_cny: i64,
    /// Transport over links.
    pub transport_micro_cny: i64,
    /// Energy, overhead included, in thousandths of a watt-hour.
    pub energy_mwh: i64,
    /// By the grid's emission factor.
    pub carbon_location_mg: i64,
    /// Less contracted green power.
    pub carbon_market_mg: i64,
    /// Water for cooling.
    pub water_ml: i64,
    /// Mean physical share of renewables over the run.
    pub renewable_permille: u32,
    /// Priced waiting.
    pub delay_micro_cny: i64,
    /// What the policy's steering adds to the objective; nobody pays it.
    pub steering_micro_cny: i64,
    /// What the planner minimised.
    pub objective_micro_cny: i64,
    /// Priced age of the last sign of life of its sites; part of the objective.
    pub age_micro_cny: i64,
    /// What the run added to the priced imbalance of its pools when it was decided; part of the
    /// objective. Nobody pays it.
    pub imbalance_micro_cny: i64,
}

impl Cost {
    /// What somebody pays: energy, pool and transport.
    pub fn money_micro_cny(&self) -> i64 {
        self.energy_micro_cny + self.pool_micro_cny + self.transport_micro_cny
    }

    /// The same with what the run adds to the imbalance, in micro-yuan.
    pub fn with_imbalance(self, added_micro_cny: i128) -> Cost {
        let added = i64::try_from(added_micro_cny).unwrap_or(i64::MAX);
        Cost {
            imbalance_micro_cny: self.imbalance_micro_cny.saturating_add(added),
            objective_micro_cny: self.objective_micro_cny.saturating_add(added),
            ..self
        }
    }
}

/// What the planner found at a site it did not choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Verdict {
    /// Feasible, at so much more.
    Dearer {
        /// Difference of the objective to the chosen placement.
        extra_micro_cny: i64,
    },
    /// The first rule it broke.
    RuledOut(Reason),
}

/// A verdict on one site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SiteVerdict {
    /// The site.
    pub site: SiteId,
    /// What was found.
    pub verdict: Verdict,
}

/// A job's whole chain: placed together or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Placement {
    /// One slot a group.
    pub groups: Vec<GroupPlacement>,
    /// Every movement of data.
    pub transfers: Vec<Transfer>,
    /// What it costs.
    pub cost: Cost,
    /// One verdict for every other site that was looked at: `first_fit` stops at the first that
    /// can start the job.
    pub verdicts: Vec<SiteVerdict>,
}

impl Placement {
    /// Start of the run.
    pub fn start_ms(&self) -> i64 {
        self.groups
            .iter()
            .map(|group| group.start_ms)
            .min()
            .unwrap_or(0)
    }

    /// End of the run's reservation.
    pub fn run_end_ms(&self) -> i64 {
        self.groups
            .iter()
            .map(|group| group.end_ms)
            .max()
            .unwrap_or(0)
    }

    /// End of the whole chain, stage-out included.
    pub fn end_ms(&self) -> i64 {
        let transfers = self.transfers.iter().map(|transfer| transfer.end_ms).max();
        self.run_end_ms().max(transfers.unwrap_or(0))
    }

    /// When the first byte moves, or the run starts.
    pub fn first_ms(&self) -> i64 {
        let arriving = self.stage_in().chain(self.deposits());
        let first_ms = arriving.map(|transfer| transfer.start_ms).min();
        first_ms.unwrap_or(i64::MAX).min(self.start_ms())
    }

    /// The transfers that must be complete before the run.
    pub fn stage_in(&self) -> impl Iterator<Item = &Transfer> {
        self.transfers
            .iter()
            .filter(|transfer| transfer.kind == TransferKind::StageIn)
    }

    /// The first legs of what is stored and forwarded.
    pub fn deposits(&self) -> impl Iterator<Item = &Transfer> {
        self.transfers
            .iter()
            .filter(|transfer| transfer.kind == TransferKind::ToDepot)
    }

    /// The first leg of a stage-in that starts from a depot.
    pub fn deposit_of(&self, stage_in: &Transfer) -> Option<&Transfer> {
        let brings = |first: &&Transfer| {
            (first.to, first.what.as_str()) == (stage_in.from, stage_in.what.as_str())
        };
        self.deposits().find(brings)
    }

    /// The transfers of outputs.
    pub fn stage_out(&self) -> impl Iterator<Item = &Transfer> {
        self.transfers
            .iter()
            .filter(|transfer| transfer.kind == TransferKind::StageOut)
    }
}
