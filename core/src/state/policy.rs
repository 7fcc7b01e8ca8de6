//! A new policy: checked as a whole, counted, and in force at once.

use std::sync::Arc;

use crate::command::Refusal;
use crate::model::{Policy, Quota, Steering, SteeringEffect, SteeringSites, TenantPolicy};

use super::apply::{Answer, Apply};

/// Slots that a horizon may have.
const SLOTS_MAX: i64 = 10_000;
/// Tenants that a policy may name.
const TENANTS_MAX: usize = 10_000;
/// Rules of steering, and names in one.
const STEERING_MAX: usize = 1_000;
/// Largest weight: a thousand times the ordinary one.
const WEIGHT_PERMILLE_MAX: u32 = 1_000_000;
/// Highest price of anything.
const PRICE_MAX: i64 = 1_000_000_000_000;
const DAY_MS: i64 = 86_400_000;
const MOVES_MAX: i64 = 100;

impl Apply<'_> {
    /// Puts a policy in force. The same one again is no change, whatever it was to replace: an
    /// answer may have been lost.
    pub(super) fn set_policy(
        &mut self,
        policy: &Policy,
        replaces: Option<u64>,
    ) -> Result<Answer, Refusal> {
        check(policy)?;
        let found = self.state.policy.version;
        if let Some(expected) = replaces.filter(|expected| *expected != found) {
            return match with_version(policy, found) == *self.state.policy {
                true => Ok(Answer::Done),
                false => Err(Refusal::PolicyMoved { expected, found }),
            };
        }
        self.state.policy = Arc::new(with_version(policy, found + 1));
        self.state.recount_quotas();
        Ok(Answer::Done)
    }
}

fn with_version(policy: &Policy, version: u64) -> Policy {
    Policy {
        version,
        ..policy.clone()
    }
}

/// Refuses what makes no sense, field by field.
fn check(policy: &Policy) -> Result<(), Refusal> {
    let ranges = [
        ("policy.horizon", policy.horizon_ms, 60_000, 31 * DAY_MS),
        ("policy.slot", policy.slot_ms, 1_000, policy.horizon_ms),
        ("policy.routes", i64::from(policy.routes), 1, 16),
        ("policy.margin", policy.margin_ms, 0, DAY_MS),
        (
            "policy.preemption_grace",
            policy.preemption_grace_ms,
            0,
            DAY_MS,
        ),
        (
            "policy.carbon_price",
            policy.carbon_micro_cny_per_kg,
            0,
            PRICE_MAX,
        ),
        (
            "policy.water_price",
            policy.water_micro_cny_per_litre,
            0,
            PRICE_MAX,
        ),
        (
            "policy.delay_price",
            policy.delay_micro_cny_per_hour,
            0,
            PRICE_MAX,
        ),
        (
            "policy.age_price",
            policy.age_micro_cny_per_hour,
            0,
            PRICE_MAX,
        ),
        (
            "policy.imbalance_price",
            policy.imbalance_micro_cny_per_node_hour,
            0,
            PRICE_MAX,
        ),
        ("policy.moves", i64::from(policy.moves_max), 0, MOVES_MAX),
        (
            "policy.move_gain",
            i64::from(policy.move_gain_permille),
            0,
            1000,
        ),
        (
            "policy.gap_tolerance",
            i64::from(policy.gap_tolerance_permille),
            0,
            1000,
        ),
    ];
    ranges
        .into_iter()
        .try_for_each(|(field, value, low, high)| in_range(field, value, low, high))?;
    if policy.horizon_ms / policy.slot_ms > SLOTS_MAX {
        let problem = format!("gives more than {SLOTS_MAX} slots in the horizon; lengthen it");
        return Err(Refusal::invalid("policy.slot", problem));
    }
    at_most("policy.tenants", policy.tenants.len(), TENANTS_MAX)?;
    check_tenant("policy.other_tenants", &policy.other_tenants)?;
    for (name, tenant) in &policy.tenants {
        check_tenant(&format!("policy.tenants.{name}"), tenant)?;
    }
    at_most("policy.steering", policy.steering.len(), STEERING_MAX)?;
    let mut rules = policy.steering.iter().enumerate();
    rules.try_for_each(|(at, rule)| check_steering(&format!("policy.steering[{at}]"), rule))
}

fn in_range(field: &str, value: i64, low: i64, high: i64) -> Result<(), Refusal> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let problem = format!("{value} is out of range; give {low} to {high}");
    Err(Refusal::invalid(field, problem))
}

fn at_most(field: &str, count: usize, max: usize) -> Result<(), Refusal> {
    if count <= max {
        return Ok(());
    }
    let problem = format!("has {count} entries; give at most {max}");
    Err(Refusal::invalid(field, problem))
}

fn check_tenant(path: &str, tenant: &TenantPolicy) -> Result<(), Refusal> {
    let weights = tenant.weights;
    let permille = [
        ("share_permille", tenant.share_permille, 1),
        ("weights.money_permille", weights.money_permille, 0),
        ("weights.carbon_permille", weights.carbon_permille, 0),
        ("weights.water_permille", weights.water_permille, 0),
        ("weights.delay_permille", weights.delay_permille, 0),
    ];
    for (field, value, low) in permille {
        let field = format!("{path}.{field}");
        in_range(&field, value.into(), low, WEIGHT_PERMILLE_MAX.into())?;
    }
    let Quota {
        cpu_millis,
        memory_mib,
        accelerators,
        queued: _,
    } = tenant.quota;
    let limits = [
        ("quota.cpu_millis", cpu_millis),
        ("quota.memory_mib", memory_mib),
        ("quota.accelerators", accelerators),
    ];
    for (field, limit) in limits {
        in_range(&format!("{path}.{field}"), limit.unwrap_or(0), 0, i64::MAX)?;
    }
    Ok(())
}

fn check_steering(path: &str, rule: &Steering) -> Result<(), Refusal> {
    at_most(&format!("{path}.demand"), rule.demand.len(), STEERING_MAX)?;
    match &rule.sites {
        SteeringSites::At(places) | SteeringSites::Elsewhere(places) => {
            let field = format!("{path}.places");
            at_most(&field, places.len(), STEERING_MAX)?;
            if places.is_empty() {
                let problem = "names no place; give hubs, regions or sites";
                return Err(Refusal::invalid(field, problem));
            }
        }
        SteeringSites::Beyond { one_way_us, .. } => {
            in_range(&format!("{path}.beyond_us"), *one_way_us, 1, 1_000_000_000)?;
        }
        SteeringSites::GreenPowerBelow { permille } => {
            let field = format!("{path}.green_power_below_permille");
            in_range(&field, (*permille).into(), 1, 1000)?;
        }
    }
    let SteeringEffect::Extra {
        micro_cny_per_core_hour,
        micro_cny_per_accelerator_hour,
    } = rule.effect
    else {
        return Ok(());
    };
    let core = format!("{path}.extra_micro_cny_per_core_hour");
    in_range(&core, micro_cny_per_core_hour, 0, PRICE_MAX)?;
    let accelerator = format!("{path}.extra_micro_cny_per_accelerator_hour");
    in_range(&accelerator, micro_cny_per_accelerator_hour, 0, PRICE_MAX)
}
