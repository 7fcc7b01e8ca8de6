//! Policies, both ways.

use ewc_core::model::{self, CarbonLedger, PolicyKind, SteeringEffect, SteeringSites};

use super::check;
use super::enums;
use super::error::{WireError, Within as _};
use super::job_parts::{weights_from_wire, weights_to_wire};
use crate::v1;

/// A policy; every field must be given but its name, source, tenants and steering.
pub fn policy_from_wire(wire: v1::Policy) -> Result<model::Policy, WireError> {
    let kind = PolicyKind::from_name(&wire.kind);
    let ledger = CarbonLedger::from_name(&wire.carbon_ledger);
    let others = check::present("other_tenants", wire.other_tenants)?;
    let tenant = |(name, tenant): (String, v1::TenantPolicy)| {
        let name = check::name("tenants", name)?;
        let path = format!("tenants.{name}");
        Ok((name, tenant_from_wire(tenant).within(&path)?))
    };
    Ok(model::Policy {
        version: wire.version,
        name: check::optional_name("name", wire.name)?,
        source: check::text("source", wire.source)?,
        kind: kind
            .ok_or_else(|| WireError::new("kind", one_of(PolicyKind::ALL.map(|it| it.name()))))?,
        carbon_micro_cny_per_kg: check::amount(
            "carbon_micro_cny_per_kg",
            wire.carbon_micro_cny_per_kg,
        )?,
        ledger: ledger.ok_or_else(|| {
            WireError::new(
                "carbon_ledger",
                one_of(CarbonLedger::ALL.map(|it| it.name())),
            )
        })?,
        water_micro_cny_per_litre: check::amount(
            "water_micro_cny_per_litre",
            wire.water_micro_cny_per_litre,
        )?,
        delay_micro_cny_per_hour: check::amount(
            "delay_micro_cny_per_hour",
            wire.delay_micro_cny_per_hour,
        )?,
        horizon_ms: check::length_ms("horizon_ms", wire.horizon_ms)?,
        slot_ms: check::length_ms("slot_ms", wire.slot_ms)?,
        routes: wire.routes,
        margin_ms: check::length_ms("margin_ms", wire.margin_ms)?,
        tenants: wire
            .tenants
            .into_iter()
            .map(tenant)
            .collect::<Result<_, _>>()?,
        other_tenants: tenant_from_wire(others).within("other_tenants")?,
        steering: check::each("steering", wire.steering, steering_from_wire)?,
        preemption_grace_ms: check::length_ms("preemption_grace_ms", wire.preemption_grace_ms)?,
        age_micro_cny_per_hour: check::amount(
            "age_micro_cny_per_hour",
            wire.age_micro_cny_per_hour,
        )?,
        moves_max: wire.moves_max,
        move_gain_permille: check::permille("move_gain_permille", wire.move_gain_permille)?,
        imbalance_micro_cny_per_node_hour: check::amount(
            "imbalance_micro_cny_per_node_hour",
            wire.imbalance_micro_cny_per_node_hour,
        )?,
        gap_tolerance_permille: check::permille(
            "gap_tolerance_permille",
            wire.gap_tolerance_permille,
        )?,
    })
}

/// A policy.
pub fn policy_to_wire(policy: &model::Policy) -> v1::Policy {
    let tenants = policy.tenants.iter();
    v1::Policy {
        version: policy.version,
        name: policy.name.clone(),
        source: policy.source.clone(),
        kind: policy.kind.name().to_owned(),
        carbon_micro_cny_per_kg: policy.carbon_micro_cny_per_kg,
        carbon_ledger: policy.ledger.name().to_owned(),
        water_micro_cny_per_litre: policy.water_micro_cny_per_litre,
        delay_micro_cny_per_hour: policy.delay_micro_cny_per_hour,
        horizon_ms: policy.horizon_ms,
        slot_ms: policy.slot_ms,
        routes: policy.routes,
        margin_ms: policy.margin_ms,
        tenants: tenants
            .map(|(name, tenant)| (name.clone(), tenant_to_wire(tenant)))
            .collect(),
        other_tenants: Some(tenant_to_wire(&policy.other_tenants)),
        steering: policy.steering.iter().map(steering_to_wire).collect(),
        preemption_grace_ms: policy.preemption_grace_ms,
        age_micro_cny_per_hour: policy.age_micro_cny_per_hour,
        moves_max: policy.moves_max,
        move_gain_permille: policy.move_gain_permille,
        imbalance_micro_cny_per_node_hour: policy.imbalance_micro_cny_per_node_hour,
        gap_tolerance_permille: policy.gap_tolerance_permille,
    }
}

fn one_of<const N: usize>(names: [&str; N]) -> String {
    format!("must be one of {}", names.join(", "))
}

fn tenant_from_wire(wire: v1::TenantPolicy) -> Result<model::TenantPolicy, WireError> {
    let limit = |field: &str, limit: Option<i64>| {
        let checked = limit.map(|limit| check::amount(field, limit));
        checked.transpose()
    };
    let weights = wire.weights.map(weights_from_wire).transpose();
    Ok(model::TenantPolicy {
        share_permille: wire.share_permille,
        weights: weights.within("weights")?.unwrap_or_default(),
        quota: model::Quota {
            cpu_millis: limit("cpu_millis_max", wire.cpu_millis_max)?,
            memory_mib: limit("memory_mib_max", wire.memory_mib_max)?,
            accelerators: limit("accelerators_max", wire.accelerators_max)?,
            queued: wire.queued_max,
        },
    })
}

/// What a tenant is granted.
pub fn tenant_to_wire(tenant: &model::TenantPolicy) -> v1::TenantPolicy {
    v1::TenantPolicy {
        share_permille: tenant.share_permille,
        weights: Some(weights_to_wire(tenant.weights)),
        cpu_millis_max: tenant.quota.cpu_millis,
        memory_mib_max: tenant.quota.memory_mib,
        accelerators_max: tenant.quota.accelerators,
        queued_max: tenant.quota.queued,
    }
}

fn steering_from_wire(wire: v1::Steering) -> Result<model::Steering, WireError> {
    let extra = (
        wire.extra_micro_cny_per_core_hour,
        wire.extra_micro_cny_per_accelerator_hour,
    );
    let effect = match (wire.rule_out, extra) {
        (true, (0, 0)) => SteeringEffect::RuleOut,
        (true, _) => return Err(WireError::new("rule_out", "goes with no extra cost")),
        (false, (core, accelerator)) => SteeringEffect::Extra {
            micro_cny_per_core_hour: check::amount("extra_micro_cny_per_core_hour", core)?,
            micro_cny_per_accelerator_hour: check::amount(
                "extra_micro_cny_per_accelerator_hour",
                accelerator,
            )?,
        },
    };
    Ok(model::Steering {
        class: enums::given(
            "class",
            enums::workload_class_from_wire("class", wire.class),
        )?,
        sites: sites_from_wire(&wire)?,
        demand: check::names("demand", wire.demand)?,
        effect,
    })
}

fn steering_to_wire(rule: &model::Steering) -> v1::Steering {
    let (rule_out, core, accelerator) = match rule.effect {
        SteeringEffect::RuleOut => (true, 0, 0),
        SteeringEffect::Extra {
            micro_cny_per_core_hour,
            micro_cny_per_accelerator_hour,
        } => (
            false,
            micro_cny_per_core_hour,
            micro_cny_per_accelerator_hour,
        ),
    };
    v1::Steering {
        class: enums::workload_class_to_wire(rule.class).into(),
        demand: rule.demand.clone(),
        rule_out,
        extra_micro_cny_per_core_hour: core,
        extra_micro_cny_per_accelerator_hour: accelerator,
        ..sites_to_wire(&rule.sites)
    }
}

fn sites_from_wire(wire: &v1::Steering) -> Result<SteeringSites, WireError> {
    let places = check::names("places", wire.places.clone())?;
    let beyond_us = check::length_us("beyond_us", wire.beyond_us)?;
    let permille = wire.green_power_below_permille;
    let permille = check::permille("green_power_below_permille", permille)?;
    match (places.is_empty(), beyond_us, permille) {
        (false, 0, 0) if wire.elsewhere => Ok(SteeringSites::Elsewhere(places)),
        (false, 0, 0) => Ok(SteeringSites::At(places)),
        (true, one_way_us @ 1.., 0) => Ok(SteeringSites::Beyond {
            one_way_us,
            layer: enums::layer_from_wire("layer", wire.layer)?.unwrap_or(model::Layer::Optical),
        }),
        (true, 0, permille @ 1..) => Ok(SteeringSites::GreenPowerBelow { permille }),
        _ => {
            let problem = "must be given, or beyond_us, or green_power_below_permille: one of them";
            Err(WireError::new("places", problem))
        }
    }
}

fn sites_to_wire(sites: &SteeringSites) -> v1::Steering {
    let mut wire = v1::Steering::default();
    match sites {
        SteeringSites::At(places) => wire.places.clone_from(places),
        SteeringSites::Elsewhere(places) => {
            wire.places.clone_from(places);
            wire.elsewhere = true;
        }
        SteeringSites::Beyond { one_way_us, layer } => {
            wire.beyond_us = *one_way_us;
            wire.layer = enums::layer_to_wire(*layer).into();
        }
        SteeringSites::GreenPowerBelow { permille } => wire.green_power_below_permille = *permille,
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire() -> v1::Policy {
        let tenant = v1::TenantPolicy {
            share_permille: 2_000,
            weights: Some(v1::Weights {
                money_permille: 1,
                carbon_permille: 2,
                water_permille: 3,
                delay_permille: 4,
            }),
            cpu_millis_max: Some(5),
            memory_mib_max: Some(6),
            accelerators_max: None,
            queued_max: Some(0),
        };
        let steering = v1::Steering {
            class: v1::WorkloadClass::Render.into(),
            demand: vec!["shanghai".to_owned()],
            places: vec!["west".to_owned()],
            elsewhere: true,
            rule_out: false,
            extra_micro_cny_per_core_hour: 7,
            extra_micro_cny_per_accelerator_hour: 8,
            ..v1::Steering::default()
        };
        let ruled_out = v1::Steering {
            rule_out: true,
            extra_micro_cny_per_core_hour: 0,
            extra_micro_cny_per_accelerator_hour: 0,
            ..steering.clone()
        };
        let near = v1::Steering {
            places: Vec::new(),
            elsewhere: false,
            beyond_us: 5_000,
            layer: v1::Layer::PrivateIp.into(),
            ..steering.clone()
        };
        let green = v1::Steering {
            beyond_us: 0,
            layer: 0,
            green_power_below_permille: 800,
            ..near.clone()
        };
        v1::Policy {
            version: 4,
            name: "n".to_owned(),
            source: "s".to_owned(),
            moves_max: 7,
            move_gain_permille: 250,
            imbalance_micro_cny_per_node_hour: 9,
            gap_tolerance_permille: 30,
            steering: vec![steering, ruled_out, near, green],
            tenants: [("weather".to_owned(), tenant)].into(),
            ..policy_to_wire(&model::Policy::default())
        }
    }

    #[test]
    fn every_field_goes_both_ways() {
        let policy = policy_from_wire(wire()).unwrap();
        assert_eq!(policy_to_wire(&policy), wire());
    }

    #[test]
    fn what_is_wrong_is_named() {
        type Spoil = fn(&mut v1::Policy);
        let cases: [(Spoil, &str); 15] = [
            (
                |p| p.gap_tolerance_permille = 1001,
                "gap_tolerance_permille",
            ),
            (|p| p.move_gain_permille = 1001, "move_gain_permille"),
            (|p| p.kind = "magic".into(), "kind"),
            (|p| p.carbon_ledger.clear(), "carbon_ledger"),
            (|p| p.other_tenants = None, "other_tenants"),
            (|p| p.margin_ms = -1, "margin_ms"),
            (|p| p.age_micro_cny_per_hour = -1, "age_micro_cny_per_hour"),
            (
                |p| p.imbalance_micro_cny_per_node_hour = -1,
                "imbalance_micro_cny_per_node_hour",
            ),
            (|p| p.steering[0].class = 0, "steering[0].class"),
            (|p| p.steering[0].rule_out = true, "steering[0].rule_out"),
            (|p| p.steering[1].places[0].clear(), "steering[1].places[0]"),
            (|p| p.steering[1].places.clear(), "steering[1].places"),
            (|p| p.steering[2].beyond_us = 0, "steering[2].places"),
            (|p| p.steering[3].beyond_us = 1, "steering[3].places"),
            (
                |p| p.other_tenants.as_mut().unwrap().cpu_millis_max = Some(-1),
                "other_tenants.cpu_millis_max",
            ),
        ];
        for (spoil, field) in cases {
            let mut policy = wire();
            spoil(&mut policy);
            assert_eq!(policy_from_wire(policy).unwrap_err().field, field);
        }
    }
}
