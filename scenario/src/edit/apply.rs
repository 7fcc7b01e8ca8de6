//! Makes one edit after the other.

use ewc_core::command::LinkDefinition;

use super::Edit;
use crate::error::FieldError;
use crate::network::{Scenario, SiteDef};
use crate::network_run::{FaultKind, NetworkRun};

/// Makes an edit; `place` is where it stands in the list.
pub(super) fn apply(place: &str, edit: &Edit, run: &mut NetworkRun) -> Result<(), FieldError> {
    let network = &mut run.network;
    match edit {
        Edit::AddLink(link) => {
            if network.links.iter().any(|known| known.name == link.name) {
                let problem = format!("{:?} is there already", link.name);
                let hint = "upgrade it, or add one between other nodes or on another layer";
                return Err(FieldError::new(format!("{place}.between"), problem, hint));
            }
            network.links.push(link.clone());
        }
        Edit::RemoveLink { link } => {
            let at = position(place, network, link)?;
            network.links.remove(at);
            run.faults.retain(|fault| !of_link(&fault.kind, link));
        }
        Edit::UpgradeLink {
            link,
            capacity_bps,
            price_micro_cny_per_gb,
            one_way_us,
        } => {
            let at = position(place, network, link)?;
            let known = &mut network.links[at];
            *known = LinkDefinition {
                capacity_bps: capacity_bps.unwrap_or(known.capacity_bps),
                price_micro_cny_per_gb: price_micro_cny_per_gb
                    .unwrap_or(known.price_micro_cny_per_gb),
                one_way_us: one_way_us.unwrap_or(known.one_way_us),
                ..known.clone()
            };
        }
        Edit::AddNodes { site, pool, nodes } => {
            let pools = &mut site_of(place, network, site)?.spec.pools;
            let names: Vec<String> = pools.iter().map(|pool| pool.name.clone()).collect();
            let Some(known) = pools.iter_mut().find(|known| known.name == *pool) else {
                let problem = format!("{pool:?} is not a pool of {site}");
                let hint = format!("write one of {}", names.join(", "));
                return Err(FieldError::new(format!("{place}.pool"), problem, hint));
            };
            known.nodes = known.nodes.saturating_add(*nodes);
        }
        Edit::RemoveSite { site } => {
            site_of(place, network, site)?;
            let left = network.sites.iter().map(|known| known.spec.name.clone());
            let left: Vec<String> = left.filter(|known| known != site).collect();
            if left.is_empty() {
                let hint = "keep one site at least";
                return Err(FieldError::new(
                    format!("{place}.site"),
                    "is the last one",
                    hint,
                ));
            }
            let names: Vec<&str> = left.iter().map(String::as_str).collect();
            *network = network.clone().restricted_to(&names);
            run.faults.retain(|fault| !of_site(&fault.kind, site));
        }
        edit => apply_energy(place, edit, network)?,
    }
    run.network.check().map_err(|error| FieldError {
        field: format!("{place}: {}", error.field),
        ..error
    })
}

fn apply_energy(place: &str, edit: &Edit, network: &mut Scenario) -> Result<(), FieldError> {
    match edit {
        Edit::AddBattery {
            site,
            watt_hours,
            watts,
            efficiency_permille,
        } => {
            let own = &mut site_of(place, network, site)?.energy.own;
            own.battery_watt_hours = own.battery_watt_hours.saturating_add(*watt_hours);
            own.battery_watts = own.battery_watts.saturating_add(*watts);
            own.battery_efficiency_permille = *efficiency_permille;
        }
        Edit::AddRenewables {
            site,
            solar_watts,
            wind_watts,
        } => {
            let own = &mut site_of(place, network, site)?.energy.own;
            own.solar_watts = own.solar_watts.saturating_add(*solar_watts);
            own.wind_watts = own.wind_watts.saturating_add(*wind_watts);
        }
        Edit::Tariff {
            site,
            price_micro_cny_per_kwh,
            valley_hours,
            peak_hours,
        } => {
            let energy = &mut site_of(place, network, site)?.energy;
            let known = energy.price_micro_cny_per_kwh;
            energy.price_micro_cny_per_kwh = price_micro_cny_per_kwh.unwrap_or(known);
            energy.valley_hours = valley_hours.clone().or(energy.valley_hours.take());
            energy.peak_hours = peak_hours.clone().or(energy.peak_hours.take());
        }
        Edit::Emissions {
            site,
            grid_mg_per_wh,
            contracted_permille,
        } => {
            let energy = &mut site_of(place, network, site)?.energy;
            energy.grid_mg_per_wh = grid_mg_per_wh.or(energy.grid_mg_per_wh);
            energy.contracted_permille = contracted_permille.unwrap_or(energy.contracted_permille);
        }
        _ => {}
    }
    Ok(())
}

fn site_of<'n>(
    place: &str,
    network: &'n mut Scenario,
    name: &str,
) -> Result<&'n mut SiteDef, FieldError> {
    let names = network.sites.iter().map(|site| site.spec.name.as_str());
    let hint = format!("write one of {}", names.collect::<Vec<_>>().join(", "));
    let sites = &mut network.sites;
    let found = sites.iter_mut().find(|site| site.spec.name == name);
    found.ok_or_else(|| {
        let problem = format!("{name:?} is not a site of the network");
        FieldError::new(format!("{place}.site"), problem, hint)
    })
}

fn position(place: &str, network: &Scenario, name: &str) -> Result<usize, FieldError> {
    let found = network.links.iter().position(|link| link.name == name);
    found.ok_or_else(|| {
        let part = name.split('.').next_back().unwrap_or(name);
        let names = network.links.iter().map(|link| link.name.as_str());
        let like: Vec<&str> = names.filter(|known| known.contains(part)).take(6).collect();
        let hint = match like.is_empty() {
            true => String::from("write its layer and its two ends, e.g. optical.beijing.tianjin"),
            false => format!("write e.g. {}", like.join(", ")),
        };
        let problem = format!("{name:?} is not a link of the network");
        FieldError::new(format!("{place}.link"), problem, hint)
    })
}

fn of_link(fault: &FaultKind, name: &str) -> bool {
    match fault {
        FaultKind::LinkCut { link } | FaultKind::LinkDegraded { link, .. } => link == name,
        _ => false,
    }
}

fn of_site(fault: &FaultKind, name: &str) -> bool {
    match fault {
        FaultKind::SiteOutage { site }
        | FaultKind::AgentCutOff { site }
        | FaultKind::CapacityGrowth { site, .. }
        | FaultKind::Curtailment { site, .. }
        | FaultKind::PowerCap { site, .. } => site == name,
        FaultKind::LinkCut { .. } | FaultKind::LinkDegraded { .. } => false,
    }
}
