//! A policy as the text of a policy file: what is shown can be edited and set again.

use std::fmt::Write as _;

use ewc_core::model::{Policy, Steering, SteeringEffect, SteeringSites, TenantPolicy, Weights};

use crate::job_file::LAYERS;

/// The policy as TOML; [`super::parse_policy`] reads the same policy from it, its version aside.
pub fn policy_text(policy: &Policy) -> String {
    let mut out = String::new();
    line(&mut out, "name", &quoted(&policy.name));
    line(&mut out, "source", &quoted(&policy.source));
    line(&mut out, "kind", &quoted(policy.kind.name()));
    let tonne = policy.carbon_micro_cny_per_kg.saturating_mul(1000);
    line(&mut out, "carbon_price_per_tonne", &cny(tonne));
    line(&mut out, "carbon_ledger", &quoted(policy.ledger.name()));
    let cubic_metre = policy.water_micro_cny_per_litre.saturating_mul(1000);
    line(&mut out, "water_price_per_cubic_metre", &cny(cubic_metre));
    line(
        &mut out,
        "delay_price_per_hour",
        &cny(policy.delay_micro_cny_per_hour),
    );
    line(&mut out, "horizon", &duration(policy.horizon_ms));
    line(&mut out, "slot", &duration(policy.slot_ms));
    line(&mut out, "routes", &policy.routes.to_string());
    line(&mut out, "margin", &duration(policy.margin_ms));
    line(
        &mut out,
        "preemption_grace",
        &duration(policy.preemption_grace_ms),
    );
    line(
        &mut out,
        "age_price_per_hour",
        &cny(policy.age_micro_cny_per_hour),
    );
    line(&mut out, "moves", &policy.moves_max.to_string());
    line(&mut out, "move_gain", &percent(policy.move_gain_permille));
    line(
        &mut out,
        "imbalance_price_per_node_hour",
        &cny(policy.imbalance_micro_cny_per_node_hour),
    );
    line(
        &mut out,
        "gap_tolerance",
        &percent(policy.gap_tolerance_permille),
    );
    out += "\n[other_tenants]\n";
    tenant(&mut out, &policy.other_tenants);
    for (name, granted) in &policy.tenants {
        out += &format!("\n[tenants.{}]\n", quoted(name));
        tenant(&mut out, granted);
    }
    for rule in &policy.steering {
        out += "\n[[steering]]\n";
        steering(&mut out, rule);
    }
    out
}

fn tenant(out: &mut String, granted: &TenantPolicy) {
    line(out, "share", &percent(granted.share_permille));
    let weights = granted.weights;
    if weights != Weights::default() {
        let kinds = [
            ("money", weights.money_permille),
            ("carbon", weights.carbon_permille),
            ("water", weights.water_permille),
            ("delay", weights.delay_permille),
        ];
        let kinds = kinds.map(|(name, permille)| format!("{name} = {}", percent(permille)));
        line(out, "weights", &format!("{{ {} }}", kinds.join(", ")));
    }
    let quota = granted.quota;
    let limits = [
        (
            "cores",
            quota.cpu_millis.map(|limit| format!("\"{limit}m\"")),
        ),
        (
            "memory",
            quota.memory_mib.map(|limit| format!("\"{limit}MiB\"")),
        ),
        (
            "accelerators",
            quota.accelerators.map(|limit| limit.to_string()),
        ),
        ("queued", quota.queued.map(|limit| limit.to_string())),
    ];
    for (name, limit) in limits {
        if let Some(limit) = limit {
            line(out, name, &limit);
        }
    }
}

fn steering(out: &mut String, rule: &Steering) {
    line(out, "class", &quoted(rule.class.name()));
    if !rule.demand.is_empty() {
        line(out, "demand", &list(&rule.demand));
    }
    match &rule.sites {
        SteeringSites::At(places) => line(out, "places", &list(places)),
        SteeringSites::Elsewhere(places) => {
            line(out, "places", &list(places));
            line(out, "elsewhere", "true");
        }
        SteeringSites::Beyond { one_way_us, layer } => {
            line(out, "beyond", &format!("\"{one_way_us}us\""));
            let known = LAYERS.iter().find(|(_, known)| known == layer);
            let layer = known.map_or("", |(name, _)| name);
            line(out, "layer", &quoted(layer));
        }
        SteeringSites::GreenPowerBelow { permille } => {
            line(out, "green_power_below", &percent(*permille));
        }
    }
    match rule.effect {
        SteeringEffect::RuleOut => line(out, "rule_out", "true"),
        SteeringEffect::Extra {
            micro_cny_per_core_hour,
            micro_cny_per_accelerator_hour,
        } => {
            line(out, "extra_per_core_hour", &cny(micro_cny_per_core_hour));
            let accelerator = cny(micro_cny_per_accelerator_hour);
            line(out, "extra_per_accelerator_hour", &accelerator);
        }
    }
}

fn line(out: &mut String, name: &str, value: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(out, "{name} = {value}");
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

fn cny(micro: i64) -> String {
    let text = format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("\"{text}CNY\"")
}

fn percent(permille: u32) -> String {
    match permille % 10 {
        0 => format!("\"{}%\"", permille / 10),
        tenth => format!("\"{}.{tenth}%\"", permille / 10),
    }
}

fn duration(ms: i64) -> String {
    let units = [("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    let whole = units
        .into_iter()
        .find(|(_, length)| ms > 0 && ms % length == 0);
    match whole {
        Some((unit, length)) => format!("\"{}{unit}\"", ms / length),
        None => format!("\"{ms}ms\""),
    }
}
