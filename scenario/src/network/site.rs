//! Sites of a scenario file: pools, energy and published figures.

use ewc_core::model::{PoolSpec, Resources, SiteSpec};

use super::read::{latitude, longitude};
use super::{Figure, Mark, SiteDef, SiteEnergy};
use crate::energy::OwnSupply;
use crate::error::FieldError;
use crate::job_file::FAMILIES;
use crate::reader::{Table, amount, flag, one_of, text, whole};
use crate::units;

const MARKS: [(&str, Mark); 4] = [
    ("V", Mark::Verified),
    ("D", Mark::Derived),
    ("M", Mark::Remembered),
    ("A", Mark::Assumed),
];

/// What comes out of a battery of what goes in, where nobody says it (A).
const BATTERY_EFFICIENCY_PERMILLE: u32 = 880;
/// No site has more.
const WATTS_MAX: i64 = 1_000_000_000;

pub(super) fn read(mut table: Table) -> Result<SiteDef, FieldError> {
    let energy = match table.table("energy")? {
        Some(energy) => read_energy(energy)?,
        None => return Err(table.missing("energy", "add a [sites.energy] table with a preset")),
    };
    let figures = table
        .tables("figures")?
        .into_iter()
        .map(read_figure)
        .collect::<Result<_, _>>()?;
    let demo = table.take("demo", flag)?.unwrap_or(false);
    let power_cap_watts = watts(&mut table, "power_cap")?;
    let spec = read_spec(&mut table)?;
    table.finish()?;
    Ok(SiteDef {
        spec,
        energy,
        power_cap_watts,
        figures,
        demo,
    })
}

/// Power in whole watts, if it is given.
pub(crate) fn watts(table: &mut Table, name: &'static str) -> Result<Option<i64>, FieldError> {
    let milliwatts: Option<i64> = table.take(name, amount(units::power_milliwatts))?;
    let watts = milliwatts.map(|milliwatts| milliwatts / 1000);
    if watts.is_some_and(|watts| watts > WATTS_MAX) {
        let hint = "write at most \"1000MW\"";
        return Err(FieldError::new(
            table.path_of(name),
            "is out of range",
            hint,
        ));
    }
    Ok(watts)
}

fn read_spec(table: &mut Table) -> Result<SiteSpec, FieldError> {
    let name = table.require("name", "name the site", text)?;
    let pools = table
        .tables("pools")?
        .into_iter()
        .map(read_pool)
        .collect::<Result<_, _>>()?;
    Ok(SiteSpec {
        title: table.take("title", text)?.unwrap_or_else(|| name.clone()),
        name,
        title_zh: table.take("title_zh", text)?.unwrap_or_default(),
        hub: table.take("hub", text)?.unwrap_or_default(),
        region: table.require("region", "name its province or city, for residency", text)?,
        mlps_level: table.take("mlps_level", whole)?.unwrap_or(2),
        carriers: table.list("carriers", text)?,
        edge: table.take("edge", flag)?.unwrap_or(false),
        latitude_udeg: latitude(table)?,
        longitude_udeg: longitude(table)?,
        pools,
    })
}

fn read_pool(mut table: Table) -> Result<PoolSpec, FieldError> {
    let money = || amount(units::micro_cny);
    let power = || amount(units::power_milliwatts);
    let node = match table.table("node")? {
        Some(node) => read_node_shape(node)?,
        None => {
            return Err(table.missing("node", "write e.g. { cpu = \"96\", memory = \"384GiB\" }"));
        }
    };
    let pool = PoolSpec {
        name: table.require("name", "name the pool", text)?,
        architecture: table.require("architecture", "write e.g. \"x86_64\"", text)?,
        accelerator_family: table.take("accelerator_family", one_of(&FAMILIES))?,
        accelerator_model: table.take("accelerator_model", text)?.unwrap_or_default(),
        node,
        nodes: table.require("nodes", "write the number of nodes", whole)?,
        cpu_watts_milli: table.take("cpu_power", power())?.unwrap_or(0),
        accelerator_watts_milli: table.take("accelerator_power", power())?.unwrap_or(0),
        price_micro_cny_per_core_hour: table.take("price_per_core_hour", money())?.unwrap_or(0),
        price_micro_cny_per_accelerator_hour: table
            .take("price_per_accelerator_hour", money())?
            .unwrap_or(0),
    };
    table.finish()?;
    Ok(pool)
}

fn read_node_shape(mut table: Table) -> Result<Resources, FieldError> {
    let memory_hint = "write the memory of one node, e.g. memory = \"384GiB\"";
    let shape = Resources {
        cpu_millis: table.require(
            "cpu",
            "write its cores, e.g. \"96\"",
            amount(units::cpu_millis),
        )?,
        memory_mib: table.require("memory", memory_hint, amount(units::memory_mib))?,
        accelerators: table.take("accelerators", whole)?.unwrap_or(0),
    };
    table.finish()?;
    Ok(shape)
}

fn read_energy(mut table: Table) -> Result<SiteEnergy, FieldError> {
    let share = || amount(units::permille);
    let price_hint = "write the flat price, e.g. price_per_kwh = \"0.55CNY\"";
    let energy = SiteEnergy {
        preset: table.require("preset", "name the province whose energy it uses", text)?,
        pue_permille: table.require("pue", "write e.g. pue = \"125%\"", share())?,
        contracted_permille: table.take("contracted", share())?.unwrap_or(0),
        price_micro_cny_per_kwh: table.require(
            "price_per_kwh",
            price_hint,
            amount(units::micro_cny),
        )?,
        wue_ml_per_kwh: table
            .take("water_per_kwh", amount(units::volume_ml))?
            .unwrap_or(0),
        grid_mg_per_wh: table.take("grid_factor", amount(units::emissions_mg_per_wh))?,
        valley_hours: read_hours(&mut table, "valley_hours")?,
        peak_hours: read_hours(&mut table, "peak_hours")?,
        own: read_own(&mut table)?,
    };
    table.finish()?;
    Ok(energy)
}

/// Hours of the day; `None` when nothing is said of them.
pub(crate) fn read_hours(
    table: &mut Table,
    name: &'static str,
) -> Result<Option<Vec<u8>>, FieldError> {
    match table.has(name) {
        true => table.list(name, whole).map(Some),
        false => Ok(None),
    }
}

/// Panels, turbines and a battery, each in whole watts.
fn read_own(table: &mut Table) -> Result<OwnSupply, FieldError> {
    let watts = |milliwatts: Option<i64>| milliwatts.map_or(0, |milliwatts| milliwatts / 1000);
    let power = || amount(units::power_milliwatts);
    let (battery_watt_hours, battery_watts, efficiency) = read_battery(table)?;
    Ok(OwnSupply {
        solar_watts: watts(table.take("own_solar", power())?),
        wind_watts: watts(table.take("own_wind", power())?),
        battery_watt_hours,
        battery_watts,
        battery_efficiency_permille: efficiency,
    })
}

/// What a battery holds, how fast it gives, and its efficiency in thousandths; zeros without one.
pub(crate) fn read_battery(table: &mut Table) -> Result<(i64, i64, u32), FieldError> {
    let holds: Option<i64> = table.take("battery", amount(units::energy_watt_hours))?;
    let power: Option<i64> = table.take("battery_power", amount(units::power_milliwatts))?;
    let efficiency: Option<u32> = table.take("battery_efficiency", amount(units::permille))?;
    let efficiency = efficiency.unwrap_or(BATTERY_EFFICIENCY_PERMILLE);
    if !(1..=1000).contains(&efficiency) {
        let hint = "write more than 0% and at most \"100%\"";
        let path = table.path_of("battery_efficiency");
        return Err(FieldError::new(path, "is out of range", hint));
    }
    match (holds, power) {
        (None, None) => Ok((0, 0, 0)),
        (Some(holds), Some(power)) if holds > 0 && power >= 1000 => {
            Ok((holds, power / 1000, efficiency))
        }
        _ => {
            let hint = "write what it holds and how fast it gives, e.g. battery = \"20MWh\" and \
                        battery_power = \"5MW\"";
            let path = table.path_of("battery");
            Err(FieldError::new(path, "is half of a battery", hint))
        }
    }
}

fn read_figure(mut table: Table) -> Result<Figure, FieldError> {
    let figure = Figure {
        what: table.require("what", "say what is counted", text)?,
        value: table.require("value", "write the value with its unit, in quotes", text)?,
        mark: table.require("mark", "write V, D, M or A", one_of(&MARKS))?,
        source: table.require("source", "say where it comes from", text)?,
    };
    table.finish()?;
    Ok(figure)
}
