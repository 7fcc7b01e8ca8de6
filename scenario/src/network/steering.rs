//! `[[steering]]` of a policy file: where classes of work are wanted.

use ewc_core::model::{Layer, Steering, SteeringEffect, SteeringSites, WorkloadClass};

use crate::error::FieldError;
use crate::job_file::LAYERS;
use crate::reader::{Table, amount, flag, one_of, text};
use crate::units;

/// The rules, in order.
pub(super) fn read(policy: &mut Table) -> Result<Vec<Steering>, FieldError> {
    policy.tables("steering")?.into_iter().map(rule).collect()
}

fn rule(mut table: Table) -> Result<Steering, FieldError> {
    let classes = WorkloadClass::ALL.map(|class| (class.name(), class));
    let rule = Steering {
        class: table.require("class", "name the class of work", one_of(&classes))?,
        demand: table.list("demand", text)?,
        sites: sites(&mut table)?,
        effect: effect(&mut table)?,
    };
    table.finish()?;
    Ok(rule)
}

fn sites(table: &mut Table) -> Result<SteeringSites, FieldError> {
    let places = table.list("places", text)?;
    let elsewhere = table.take("elsewhere", flag)?.unwrap_or(false);
    let beyond = table.take("beyond", amount(units::latency_us))?;
    let layer = table.take("layer", one_of(&LAYERS))?;
    let green_below = table.take("green_power_below", amount::<u32>(units::permille))?;
    match (places.is_empty(), beyond, green_below) {
        (false, None, None) if elsewhere => Ok(SteeringSites::Elsewhere(places)),
        (false, None, None) => Ok(SteeringSites::At(places)),
        (true, Some(one_way_us @ 1..), None) => Ok(SteeringSites::Beyond {
            one_way_us,
            layer: layer.unwrap_or(Layer::Optical),
        }),
        (true, None, Some(permille @ 1..=1000)) => Ok(SteeringSites::GreenPowerBelow { permille }),
        _ => {
            let hint = "write one of places = [\"...\"], beyond = \"5ms\" and \
                        green_power_below = \"80%\"";
            Err(table.missing("places", hint))
        }
    }
}

fn effect(table: &mut Table) -> Result<SteeringEffect, FieldError> {
    let price = || amount::<i64>(units::micro_cny);
    let core = table.take("extra_per_core_hour", price())?;
    let accelerator = table.take("extra_per_accelerator_hour", price())?;
    let rule_out = table.take("rule_out", flag)?.unwrap_or(false);
    match (rule_out, core.or(accelerator).is_some()) {
        (true, false) => Ok(SteeringEffect::RuleOut),
        (false, true) => Ok(SteeringEffect::Extra {
            micro_cny_per_core_hour: core.unwrap_or(0),
            micro_cny_per_accelerator_hour: accelerator.unwrap_or(0),
        }),
        _ => {
            let hint = "write either rule_out = true or an extra cost";
            Err(table.missing("rule_out", hint))
        }
    }
}
