//! Where a job goes and what that costs.

use ewc_proto::v1;
use serde::Serialize;

use super::cny;
use crate::format::rfc3339;

/// Where a job goes: its whole chain.
#[derive(Debug, Serialize)]
pub struct PlacementView {
    pub groups: Vec<GroupPlacementView>,
    pub transfers: Vec<TransferView>,
    pub cost: CostView,
    pub verdicts: Vec<VerdictView>,
    pub planned_at_index: i64,
    pub policy: String,
}

/// One group's slot.
#[derive(Debug, Serialize)]
pub struct GroupPlacementView {
    pub group: String,
    pub site: String,
    pub pool: String,
    pub start_ms: i64,
    pub start: Option<String>,
    pub end_ms: i64,
    pub end: Option<String>,
    pub count: u32,
}

/// A movement of data.
#[derive(Debug, Serialize)]
pub struct TransferView {
    pub what: String,
    pub from_site: String,
    pub to_site: String,
    pub links: Vec<String>,
    pub size_bytes: i64,
    pub rate_bps: i64,
    pub start_ms: i64,
    pub start: Option<String>,
    pub end_ms: i64,
    pub end: Option<String>,
    pub stage_out: bool,
    pub replica: bool,
    pub to_depot: bool,
}

/// What it costs. `total_cny` is what somebody pays: energy, pool and transport.
#[derive(Debug, Default, Serialize)]
pub struct CostView {
    pub energy_cny: f64,
    pub pool_cny: f64,
    pub transport_cny: f64,
    pub total_cny: f64,
    pub energy_mwh: i64,
    pub carbon_location_mg: i64,
    pub carbon_market_mg: i64,
    pub water_ml: i64,
    pub renewable_permille: u32,
    pub delay_cny: f64,
    pub steering_cny: f64,
    pub objective_cny: f64,
    pub age_cny: f64,
    pub imbalance_cny: f64,
}

/// What was found at a site that was not chosen.
#[derive(Debug, Serialize)]
pub struct VerdictView {
    pub site: String,
    pub reason_code: String,
    pub extra_cny: f64,
    pub detail: String,
}

/// What somebody pays.
pub fn total_micro_cny(cost: &v1::Cost) -> i64 {
    cost.energy_micro_cny
        .saturating_add(cost.pool_micro_cny)
        .saturating_add(cost.transport_micro_cny)
}

impl From<&v1::Placement> for PlacementView {
    fn from(wire: &v1::Placement) -> PlacementView {
        PlacementView {
            groups: wire.groups.iter().map(GroupPlacementView::from).collect(),
            transfers: wire.transfers.iter().map(TransferView::from).collect(),
            cost: wire.cost.as_ref().map(CostView::from).unwrap_or_default(),
            verdicts: wire.verdicts.iter().map(VerdictView::from).collect(),
            planned_at_index: wire.planned_at_index,
            policy: wire.policy.clone(),
        }
    }
}

impl From<&v1::GroupPlacement> for GroupPlacementView {
    fn from(wire: &v1::GroupPlacement) -> GroupPlacementView {
        GroupPlacementView {
            group: wire.group.clone(),
            site: wire.site.clone(),
            pool: wire.pool.clone(),
            start_ms: wire.start_ms,
            start: rfc3339(wire.start_ms),
            end_ms: wire.end_ms,
            end: rfc3339(wire.end_ms),
            count: wire.count,
        }
    }
}

impl From<&v1::Transfer> for TransferView {
    fn from(wire: &v1::Transfer) -> TransferView {
        TransferView {
            what: wire.what.clone(),
            from_site: wire.from_site.clone(),
            to_site: wire.to_site.clone(),
            links: wire.links.clone(),
            size_bytes: wire.size_bytes,
            rate_bps: wire.rate_bps,
            start_ms: wire.start_ms,
            start: rfc3339(wire.start_ms),
            end_ms: wire.end_ms,
            end: rfc3339(wire.end_ms),
            stage_out: wire.stage_out,
            replica: wire.replica,
            to_depot: wire.to_depot,
        }
    }
}

impl From<&v1::Cost> for CostView {
    fn from(wire: &v1::Cost) -> CostView {
        CostView {
            energy_cny: cny(wire.energy_micro_cny),
            pool_cny: cny(wire.pool_micro_cny),
            transport_cny: cny(wire.transport_micro_cny),
            total_cny: cny(total_micro_cny(wire)),
            energy_mwh: wire.energy_mwh,
            carbon_location_mg: wire.carbon_location_mg,
            carbon_market_mg: wire.carbon_market_mg,
            water_ml: wire.water_ml,
            renewable_permille: wire.renewable_permille,
            delay_cny: cny(wire.delay_micro_cny),
            steering_cny: cny(wire.steering_micro_cny),
            objective_cny: cny(wire.objective_micro_cny),
            age_cny: cny(wire.age_micro_cny),
            imbalance_cny: cny(wire.imbalance_micro_cny),
        }
    }
}

impl From<&v1::SiteVerdict> for VerdictView {
    fn from(wire: &v1::SiteVerdict) -> VerdictView {
        VerdictView {
            site: wire.site.clone(),
            reason_code: wire.reason_code.clone(),
            extra_cny: cny(wire.extra_micro_cny),
            detail: wire.detail.clone(),
        }
    }
}
