//! Policies.

use std::collections::BTreeMap;

use ewc_core::model::Policy;
use ewc_proto::v1;
use serde::Serialize;

use super::{cny, short};

/// The policy in force.
#[derive(Debug, Serialize)]
pub struct PolicyView {
    pub version: u64,
    pub name: String,
    pub source: String,
    pub kind: String,
    pub carbon_cny_per_kg: f64,
    pub carbon_ledger: String,
    pub water_cny_per_litre: f64,
    pub delay_cny_per_hour: f64,
    pub horizon_ms: i64,
    pub slot_ms: i64,
    pub routes: u32,
    pub margin_ms: i64,
    pub preemption_grace_ms: i64,
    pub age_cny_per_hour: f64,
    pub moves_max: u32,
    pub move_gain_permille: u32,
    pub imbalance_cny_per_node_hour: f64,
    pub gap_tolerance_permille: u32,
    pub tenants: BTreeMap<String, TenantPolicyView>,
    pub other_tenants: TenantPolicyView,
    pub steering: Vec<SteeringView>,
}

/// What a tenant is granted; limits that are absent are null.
#[derive(Debug, Default, Serialize)]
pub struct TenantPolicyView {
    pub share_permille: u32,
    pub money_permille: u32,
    pub carbon_permille: u32,
    pub water_permille: u32,
    pub delay_permille: u32,
    pub cpu_millis_max: Option<i64>,
    pub memory_mib_max: Option<i64>,
    pub accelerators_max: Option<i64>,
    pub queued_max: Option<u64>,
}

/// Where a class of work is wanted.
#[derive(Debug, Serialize)]
pub struct SteeringView {
    pub class: String,
    pub demand: Vec<String>,
    pub places: Vec<String>,
    pub elsewhere: bool,
    pub beyond_us: i64,
    pub layer: String,
    pub green_power_below_permille: u32,
    pub rule_out: bool,
    pub extra_cny_per_core_hour: f64,
    pub extra_cny_per_accelerator_hour: f64,
}

/// A ready policy.
#[derive(Debug, Serialize)]
pub struct ProfileView {
    pub name: &'static str,
    pub title: String,
    pub source: String,
    pub steering_rules: usize,
}

impl ProfileView {
    pub fn new(name: &'static str, policy: &Policy) -> ProfileView {
        ProfileView {
            name,
            title: policy.name.clone(),
            source: policy.source.clone(),
            steering_rules: policy.steering.len(),
        }
    }
}

impl From<&v1::Policy> for PolicyView {
    fn from(wire: &v1::Policy) -> PolicyView {
        let tenants = wire.tenants.iter();
        let others = wire.other_tenants.as_ref();
        PolicyView {
            version: wire.version,
            name: wire.name.clone(),
            source: wire.source.clone(),
            kind: wire.kind.clone(),
            carbon_cny_per_kg: cny(wire.carbon_micro_cny_per_kg),
            carbon_ledger: wire.carbon_ledger.clone(),
            water_cny_per_litre: cny(wire.water_micro_cny_per_litre),
            delay_cny_per_hour: cny(wire.delay_micro_cny_per_hour),
            horizon_ms: wire.horizon_ms,
            slot_ms: wire.slot_ms,
            routes: wire.routes,
            margin_ms: wire.margin_ms,
            preemption_grace_ms: wire.preemption_grace_ms,
            age_cny_per_hour: cny(wire.age_micro_cny_per_hour),
            moves_max: wire.moves_max,
            move_gain_permille: wire.move_gain_permille,
            imbalance_cny_per_node_hour: cny(wire.imbalance_micro_cny_per_node_hour),
            gap_tolerance_permille: wire.gap_tolerance_permille,
            tenants: tenants
                .map(|(name, tenant)| (name.clone(), tenant.into()))
                .collect(),
            other_tenants: others.map(TenantPolicyView::from).unwrap_or_default(),
            steering: wire.steering.iter().map(SteeringView::from).collect(),
        }
    }
}

impl From<&v1::TenantPolicy> for TenantPolicyView {
    fn from(wire: &v1::TenantPolicy) -> TenantPolicyView {
        let weights = wire.weights.unwrap_or_default();
        TenantPolicyView {
            share_permille: wire.share_permille,
            money_permille: weights.money_permille,
            carbon_permille: weights.carbon_permille,
            water_permille: weights.water_permille,
            delay_permille: weights.delay_permille,
            cpu_millis_max: wire.cpu_millis_max,
            memory_mib_max: wire.memory_mib_max,
            accelerators_max: wire.accelerators_max,
            queued_max: wire.queued_max,
        }
    }
}

impl From<&v1::Steering> for SteeringView {
    fn from(wire: &v1::Steering) -> SteeringView {
        SteeringView {
            class: short(wire.class().as_str_name(), "WORKLOAD_CLASS"),
            demand: wire.demand.clone(),
            places: wire.places.clone(),
            elsewhere: wire.elsewhere,
            beyond_us: wire.beyond_us,
            layer: short(wire.layer().as_str_name(), "LAYER"),
            green_power_below_permille: wire.green_power_below_permille,
            rule_out: wire.rule_out,
            extra_cny_per_core_hour: cny(wire.extra_micro_cny_per_core_hour),
            extra_cny_per_accelerator_hour: cny(wire.extra_micro_cny_per_accelerator_hour),
        }
    }
}

/// What a tenant holds, and may.
#[derive(Debug, Serialize)]
pub struct TenantView {
    pub name: String,
    pub granted: TenantPolicyView,
    pub queued: u64,
    pub placed: u64,
    pub cpu_millis: i64,
    pub memory_mib: i64,
    pub accelerators: i64,
    pub dominant_share_millionths: u64,
    pub weighted_share_millionths: u64,
}

impl From<&v1::Tenant> for TenantView {
    fn from(wire: &v1::Tenant) -> TenantView {
        let held = wire.held.unwrap_or_default();
        let granted = wire.granted.as_ref();
        TenantView {
            name: wire.name.clone(),
            granted: granted.map(TenantPolicyView::from).unwrap_or_default(),
            queued: wire.queued,
            placed: wire.placed,
            cpu_millis: held.cpu_millis,
            memory_mib: held.memory_mib,
            accelerators: held.accelerators,
            dominant_share_millionths: wire.dominant_share_millionths,
            weighted_share_millionths: wire.weighted_share_millionths,
        }
    }
}
