//! The fields of an edit list.

use super::{Edit, EditList};
use crate::error::FieldError;
use crate::network::{read_battery, read_hours, read_new_link};
use crate::reader::{Table, amount, one_of, text, whole};
use crate::setting::Setting;
use crate::tree::Value;
use crate::units;

#[derive(Debug, Clone, Copy)]
enum Kind {
    AddLink,
    RemoveLink,
    UpgradeLink,
    AddNodes,
    AddBattery,
    AddRenewables,
    Tariff,
    Emissions,
    RemoveSite,
    Policy,
    Set,
}

const KINDS: [(&str, Kind); 11] = [
    ("add_link", Kind::AddLink),
    ("remove_link", Kind::RemoveLink),
    ("upgrade_link", Kind::UpgradeLink),
    ("add_nodes", Kind::AddNodes),
    ("add_battery", Kind::AddBattery),
    ("add_renewables", Kind::AddRenewables),
    ("tariff", Kind::Tariff),
    ("emissions", Kind::Emissions),
    ("remove_site", Kind::RemoveSite),
    ("policy", Kind::Policy),
    ("set", Kind::Set),
];

pub(super) fn read(mut root: Table) -> Result<EditList, FieldError> {
    let mut list = EditList::default();
    for (at, mut table) in root.tables("edits")?.into_iter().enumerate() {
        let place = format!("edits[{at}]");
        let hint = "write e.g. edit = \"add_nodes\"";
        let kind = table.require("edit", hint, one_of(&KINDS))?;
        match kind {
            Kind::Policy => {
                for setting in policy(table, &place)? {
                    list.settings.push((place.clone(), setting));
                }
            }
            Kind::Set => list.settings.push((place, setting(table)?)),
            kind => list.edits.push((place, edit(kind, table)?)),
        }
    }
    root.finish()?;
    if list.is_empty() {
        let hint = "write a table [[edits]] for each change";
        return Err(FieldError::new("edits", "is empty", hint));
    }
    Ok(list)
}

/// Every field that is left is one of the policy.
fn policy(table: Table, place: &str) -> Result<Vec<Setting>, FieldError> {
    let mut settings = Vec::new();
    for (name, value) in table.into_rest() {
        flatten(format!("policy.{name}"), value, &mut settings)?;
    }
    if settings.is_empty() {
        let hint = "write fields of [policy] beside it, e.g. kind = \"price\"";
        return Err(FieldError::new(place, "changes nothing", hint));
    }
    Ok(settings)
}

/// Tables change only what they name.
fn flatten(path: String, value: Value, settings: &mut Vec<Setting>) -> Result<(), FieldError> {
    match value {
        Value::Table(fields) => fields
            .into_iter()
            .try_for_each(|(name, value)| flatten(format!("{path}.{name}"), value, settings)),
        value => {
            settings.push(Setting::of(&path, value)?);
            Ok(())
        }
    }
}

fn setting(mut table: Table) -> Result<Setting, FieldError> {
    let hint = "write its path, e.g. field = \"workload.jobs_per_day\"";
    let field = table.require("field", hint, text)?;
    let value = table.require("value", "write the new value", |value| Ok(value.clone()))?;
    table.finish()?;
    Setting::of(&field, value)
}

fn edit(kind: Kind, mut table: Table) -> Result<Edit, FieldError> {
    if let Kind::AddLink = kind {
        return read_new_link(table).map(Edit::AddLink);
    }
    let name = |table: &mut Table, field: &'static str| {
        let hint = format!("name the {field}");
        table.require(field, &hint, text)
    };
    let edit = match kind {
        Kind::RemoveLink => Edit::RemoveLink {
            link: name(&mut table, "link")?,
        },
        Kind::UpgradeLink => upgrade(&mut table)?,
        Kind::AddNodes => {
            let (site, pool) = (name(&mut table, "site")?, name(&mut table, "pool")?);
            let nodes = table.require("nodes", "say how many are added", whole)?;
            if nodes == 0 {
                let path = table.path_of("nodes");
                return Err(FieldError::new(path, "is 0", "write at least 1"));
            }
            Edit::AddNodes { site, pool, nodes }
        }
        Kind::AddBattery => {
            let site = name(&mut table, "site")?;
            let (watt_hours, watts, efficiency_permille) = read_battery(&mut table)?;
            if watts == 0 {
                let hint = "write e.g. battery = \"20MWh\" and battery_power = \"5MW\"";
                return Err(table.missing("battery", hint));
            }
            Edit::AddBattery {
                site,
                watt_hours,
                watts,
                efficiency_permille,
            }
        }
        Kind::AddRenewables => renewables(&mut table)?,
        Kind::Tariff => tariff(&mut table)?,
        Kind::Emissions => emissions(&mut table)?,
        _ => Edit::RemoveSite {
            site: name(&mut table, "site")?,
        },
    };
    table.finish()?;
    Ok(edit)
}

fn upgrade(table: &mut Table) -> Result<Edit, FieldError> {
    let hint = "name the link, e.g. \"optical.beijing.tianjin\"";
    let link = table.require("link", hint, text)?;
    let capacity_bps = table.take("capacity", amount(units::bandwidth_bps))?;
    let price = amount(units::transport_price_micro_cny_per_gb);
    let price_micro_cny_per_gb = table.take("price", price)?;
    let one_way_us = table.take("one_way", amount(units::latency_us))?;
    if capacity_bps
        .or(price_micro_cny_per_gb)
        .or(one_way_us)
        .is_none()
    {
        let hint = "write what it carries, e.g. capacity = \"800Gbps\", or price or one_way";
        return Err(table.missing("capacity", hint));
    }
    Ok(Edit::UpgradeLink {
        link,
        capacity_bps,
        price_micro_cny_per_gb,
        one_way_us,
    })
}

fn renewables(table: &mut Table) -> Result<Edit, FieldError> {
    let site = table.require("site", "name the site", text)?;
    let power = || amount::<i64>(units::power_milliwatts);
    let solar = table.take("solar", power())?.unwrap_or(0) / 1000;
    let wind = table.take("wind", power())?.unwrap_or(0) / 1000;
    if solar + wind == 0 {
        let hint = "write the power of panels or turbines, e.g. solar = \"10MW\"";
        return Err(table.missing("solar", hint));
    }
    Ok(Edit::AddRenewables {
        site,
        solar_watts: solar,
        wind_watts: wind,
    })
}

fn tariff(table: &mut Table) -> Result<Edit, FieldError> {
    let site = table.require("site", "name the site", text)?;
    let price_micro_cny_per_kwh = table.take("price_per_kwh", amount(units::micro_cny))?;
    let valley_hours = read_hours(table, "valley_hours")?;
    let peak_hours = read_hours(table, "peak_hours")?;
    if price_micro_cny_per_kwh.is_none() && valley_hours.is_none() && peak_hours.is_none() {
        let hint = "write e.g. price_per_kwh = \"0.40CNY\", or valley_hours or peak_hours";
        return Err(table.missing("price_per_kwh", hint));
    }
    Ok(Edit::Tariff {
        site,
        price_micro_cny_per_kwh,
        valley_hours,
        peak_hours,
    })
}

fn emissions(table: &mut Table) -> Result<Edit, FieldError> {
    let site = table.require("site", "name the site", text)?;
    let grid_mg_per_wh = table.take("grid_factor", amount(units::emissions_mg_per_wh))?;
    let contracted_permille = table.take("contracted", amount(units::permille))?;
    if grid_mg_per_wh.is_none() && contracted_permille.is_none() {
        let hint = "write e.g. grid_factor = \"450g/kWh\", or contracted = \"80%\"";
        return Err(table.missing("grid_factor", hint));
    }
    Ok(Edit::Emissions {
        site,
        grid_mg_per_wh,
        contracted_permille,
    })
}
