//! What a placement is worth: prices and limits the planner works with.

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};

use super::{Job, Steering, TenantPolicy, Weights};

/// Which planner places the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub enum PolicyKind {
    /// Every (site, pool, start, source replica, route), cheapest first.
    #[default]
    Greedy,
    /// The first site in order of identity that can start it, as early as it can.
    FirstFit,
    /// The whole queue together, by prices of scarce capacity, with a proven bound.
    Price,
    /// The first site of a fixed list, by name, that can take it within its deadline, at the
    /// cheapest start there.
    Ordered,
    /// The site that can start it earliest: the first to admit it wins.
    Race,
    /// The pool that has the smallest share of its dominant kind of capacity left free with it, at
    /// the earliest start.
    BestFitDrf,
    /// The least money, with every gigabyte carried at one price, at the earliest start.
    CostFlatEgress,
    /// The site that holds most bytes of its inputs, and the cheapest there.
    DataWeight,
    /// Any site that can take it, drawn by the round's seed, at the earliest start.
    Random,
}

impl PolicyKind {
    /// Every policy there is.
    pub const ALL: [PolicyKind; 9] = [
        PolicyKind::Greedy,
        PolicyKind::FirstFit,
        PolicyKind::Price,
        PolicyKind::Ordered,
        PolicyKind::Race,
        PolicyKind::BestFitDrf,
        PolicyKind::CostFlatEgress,
        PolicyKind::DataWeight,
        PolicyKind::Random,
    ];

    /// The name in files, flags and reports.
    pub fn name(self) -> &'static str {
        match self {
            PolicyKind::Greedy => "greedy",
            PolicyKind::FirstFit => "first_fit",
            PolicyKind::Price => "price",
            PolicyKind::Ordered => "ordered",
            PolicyKind::Race => "race",
            PolicyKind::BestFitDrf => "best_fit_drf",
            PolicyKind::CostFlatEgress => "cost_flat_egress",
            PolicyKind::DataWeight => "data_weight",
            PolicyKind::Random => "random",
        }
    }

    /// The policy of that name.
    pub fn from_name(name: &str) -> Option<PolicyKind> {
        PolicyKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Which carbon enters the objective (GHG Protocol scope 2). Both are always reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub enum CarbonLedger {
    /// By the emission factor of the local grid.
    Location,
    /// Less what contracted green power covers.
    #[default]
    Market,
}

impl CarbonLedger {
    /// Every ledger there is.
    pub const ALL: [CarbonLedger; 2] = [CarbonLedger::Location, CarbonLedger::Market];

    /// The name in files and output.
    pub fn name(self) -> &'static str {
        match self {
            CarbonLedger::Location => "location",
            CarbonLedger::Market => "market",
        }
    }

    /// The ledger of that name.
    pub fn from_name(name: &str) -> Option<CarbonLedger> {
        let mut all = CarbonLedger::ALL.into_iter();
        all.find(|ledger| ledger.name() == name)
    }
}

/// Prices and limits of planning.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Policy {
    /// Counts changes, from 1; a plan names the version it was made under.
    pub version: u64,
    /// Name for people; empty: none.
    pub name: String,
    /// The document that it follows; empty: none.
    pub source: String,
    /// Which planner.
    pub kind: PolicyKind,
    /// Price of a tonne of CO₂ equivalent, in micro-yuan per kilogram.
    pub carbon_micro_cny_per_kg: i64,
    /// Which carbon is priced.
    pub ledger: CarbonLedger,
    /// Price of water, in micro-yuan per litre.
    pub water_micro_cny_per_litre: i64,
    /// Price of a job waiting for one hour.
    pub delay_micro_cny_per_hour: i64,
    /// How far ahead starts are looked for.
    pub horizon_ms: i64,
    /// Distance of the deferred starts that are tried.
    pub slot_ms: i64,
    /// Routes tried between two nodes.
    pub routes: u32,
    /// Added to every reserved interval, so that the time between planning and start does not
    /// make a run overrun it.
    pub margin_ms: i64,
    /// What each tenant is granted, by name.
    pub tenants: BTreeMap<String, TenantPolicy>,
    /// What every other tenant is granted.
    pub other_tenants: TenantPolicy,
    /// Where classes of work are wanted.
    pub steering: Vec<Steering>,
    /// Time that a running job is given to stop for one of higher priority.
    pub preemption_grace_ms: i64,
    /// Price of planning for a site that was last heard of an hour ago; in proportion to the age.
    pub age_micro_cny_per_hour: i64,
    /// Moves of one job while it runs, at most; 0: what runs stays where it is.
    pub moves_max: u32,
    /// A move must make the rest of the job cheaper by so many thousandths.
    pub move_gain_permille: u32,
    /// Price of imbalance: of one node of a pool in use above half of what is usable there, for one
    /// hour; above three quarters it counts three times, above nine tenths ten times. 0: none.
    pub imbalance_micro_cny_per_node_hour: i64,
    /// A round that decides jobs together is over once its plan is proven to cost at most so many
    /// thousandths more than the best one; 0: it goes on to the end of its time or its work.
    pub gap_tolerance_permille: u32,
}

impl Policy {
    /// What a tenant is granted.
    pub fn tenant(&self, name: &str) -> &TenantPolicy {
        self.tenants.get(name).unwrap_or(&self.other_tenants)
    }

    /// The weights that a job's objective is formed with: its tenant's times its own.
    pub fn weights(&self, job: &Job) -> Weights {
        let tenant = self.tenant(&job.tenant).weights;
        tenant.times(job.spec.weights.unwrap_or_default())
    }
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            version: 1,
            name: String::new(),
            source: String::new(),
            kind: PolicyKind::Greedy,
            // About the price of the national carbon market in 2024, 100 CNY/t (A).
            carbon_micro_cny_per_kg: 100_000,
            ledger: CarbonLedger::Market,
            // Industrial water, about 5 CNY/m³ (A).
            water_micro_cny_per_litre: 5_000,
            delay_micro_cny_per_hour: 50_000,
            horizon_ms: 48 * 3_600_000,
            slot_ms: 3_600_000,
            routes: 3,
            margin_ms: 30_000,
            tenants: BTreeMap::new(),
            other_tenants: TenantPolicy::default(),
            steering: Vec::new(),
            preemption_grace_ms: 30_000,
            // Twenty minutes without a word weigh as much as two hours of waiting (A).
            age_micro_cny_per_hour: 300_000,
            moves_max: 2,
            // More than day-ahead forecasts of wind and sun are usually wrong by in what they make
            // a few hours cost (A).
            move_gain_permille: 100,
            imbalance_micro_cny_per_node_hour: 0,
            // The next round comes soon, and sees what arrived since.
            gap_tolerance_permille: 5,
        }
    }
}
