//! What must hold between the parts of a scenario.

use std::collections::BTreeSet;

use ewc_core::model::PoolSpec;

use super::{Scenario, SiteDef, SiteEnergy};
use crate::energy::presets;
use crate::error::FieldError;
use crate::validate::{check_name, check_names};

/// A fleet is never more efficient than its own load, and a PUE of 5 is a typing error.
const PUE_PERMILLE: std::ops::RangeInclusive<u32> = 1000..=5000;

pub(super) fn check(scenario: &Scenario) -> Result<(), FieldError> {
    check_name("name", &scenario.name)?;
    for (index, site) in scenario.sites.iter().enumerate() {
        check_site(&format!("sites[{index}]"), site)?;
    }
    let nodes = distinct(
        "nodes",
        scenario.nodes.iter().map(|node| node.name.as_str()),
    )?;
    distinct(
        "regions",
        scenario.regions.iter().map(|region| region.name.as_str()),
    )?;
    distinct(
        "segments",
        scenario.links.iter().map(|link| link.name.as_str()),
    )?;
    check_links(scenario, &nodes)?;
    for (index, region) in scenario.regions.iter().enumerate() {
        known(&nodes, format!("regions[{index}].node"), &region.node)?;
    }
    Ok(())
}

/// The names, each a name and none twice.
fn distinct<'a>(
    kind: &str,
    names: impl Iterator<Item = &'a str>,
) -> Result<BTreeSet<&'a str>, FieldError> {
    let mut seen = BTreeSet::new();
    for name in names {
        // A link's name is made of two others, and may be as long as all of them.
        if kind != "segments" {
            check_name(kind, name)?;
        }
        if !seen.insert(name) {
            let hint = "sites and nodes share one set of names; give each its own";
            return Err(FieldError::new(
                kind,
                format!("{name:?} is defined twice"),
                hint,
            ));
        }
    }
    Ok(seen)
}

fn known(nodes: &BTreeSet<&str>, field: String, name: &str) -> Result<(), FieldError> {
    if nodes.contains(name) {
        return Ok(());
    }
    let hint = "name a site or add it to [[nodes]]";
    Err(FieldError::new(
        field,
        format!("{name:?} is not a node"),
        hint,
    ))
}

fn check_links(scenario: &Scenario, nodes: &BTreeSet<&str>) -> Result<(), FieldError> {
    for link in &scenario.links {
        let field = |name: &str| format!("segments({}).{name}", link.name);
        known(nodes, field("between"), &link.a)?;
        known(nodes, field("between"), &link.b)?;
        check_name(field("carrier"), &link.carrier)?;
        if link.a == link.b {
            return Err(FieldError::new(
                field("between"),
                "joins a node to itself",
                "drop it",
            ));
        }
        if link.one_way_us < 1 {
            return Err(FieldError::new(
                field("one_way"),
                "is zero",
                "write e.g. \"0.3ms\"",
            ));
        }
        if link.capacity_bps < 1 {
            return Err(FieldError::new(
                field("capacity"),
                "is zero",
                "write e.g. \"400Gbps\"",
            ));
        }
        if !(1..=1000).contains(&link.usable_permille) {
            let hint = "write more than 0% and at most \"100%\"";
            return Err(FieldError::new(field("usable"), "is out of range", hint));
        }
    }
    Ok(())
}

fn check_site(path: &str, site: &SiteDef) -> Result<(), FieldError> {
    let field = |name: &str| format!("{path}.{name}");
    check_name(field("name"), &site.spec.name)?;
    check_name(field("region"), &site.spec.region)?;
    check_names(&field("carriers"), &site.spec.carriers)?;
    if !(1..=4).contains(&site.spec.mlps_level) {
        return Err(FieldError::new(
            field("mlps_level"),
            "is out of range",
            "write 1 to 4",
        ));
    }
    check_energy(&field("energy"), &site.energy)?;
    if site.spec.pools.is_empty() {
        let hint = "add at least one [[sites.pools]] table";
        return Err(FieldError::new(field("pools"), "is empty", hint));
    }
    for (index, pool) in site.spec.pools.iter().enumerate() {
        check_pool(&field(&format!("pools[{index}]")), pool)?;
    }
    distinct(
        &field("pools"),
        site.spec.pools.iter().map(|pool| pool.name.as_str()),
    )?;
    Ok(())
}

fn check_energy(path: &str, energy: &SiteEnergy) -> Result<(), FieldError> {
    let field = |name: &str| format!("{path}.{name}");
    if presets::by_name(&energy.preset).is_none() {
        let problem = format!("{:?} is unknown", energy.preset);
        let hint = format!("write one of {}", presets::names().join(", "));
        return Err(FieldError::new(field("preset"), problem, hint));
    }
    if !PUE_PERMILLE.contains(&energy.pue_permille) {
        let hint = "write at least \"100%\", e.g. \"125%\"";
        return Err(FieldError::new(field("pue"), "is out of range", hint));
    }
    let hours = |hours: &Option<Vec<u8>>| hours.clone().unwrap_or_default();
    let (valley, peak) = (hours(&energy.valley_hours), hours(&energy.peak_hours));
    if valley.iter().chain(&peak).any(|hour| *hour > 23) {
        let hint = "write hours of the day, 0 to 23";
        return Err(FieldError::new(
            field("valley_hours"),
            "has an hour above 23",
            hint,
        ));
    }
    let profile = energy.profile();
    if let Some(hour) = profile
        .valley_hours
        .iter()
        .find(|hour| profile.peak_hours.contains(hour))
    {
        let hint = "name it in valley_hours or in peak_hours; an empty list is none";
        let problem = format!("hour {hour} is in the valley and at the peak");
        return Err(FieldError::new(field("valley_hours"), problem, hint));
    }
    if energy.contracted_permille > 1000 {
        let hint = "write at most \"100%\"";
        return Err(FieldError::new(
            field("contracted"),
            "is out of range",
            hint,
        ));
    }
    Ok(())
}

fn check_pool(path: &str, pool: &PoolSpec) -> Result<(), FieldError> {
    check_name(format!("{path}.name"), &pool.name)?;
    check_name(format!("{path}.architecture"), &pool.architecture)?;
    if pool.nodes == 0 || pool.node.cpu_millis == 0 || pool.node.memory_mib == 0 {
        let hint = "give it at least one node with cpu and memory";
        return Err(FieldError::new(path, "holds nothing", hint));
    }
    let with_accelerators = pool.node.accelerators > 0;
    if pool.node.accelerators < 0 || with_accelerators != pool.accelerator_family.is_some() {
        let hint = "write accelerators and accelerator_family together or not at all";
        return Err(FieldError::new(
            path,
            "contradicts itself on accelerators",
            hint,
        ));
    }
    if with_accelerators == pool.accelerator_model.is_empty() {
        let hint = "write accelerator_model exactly where there are accelerators";
        return Err(FieldError::new(
            format!("{path}.accelerator_model"),
            "does not fit",
            hint,
        ));
    }
    Ok(())
}
