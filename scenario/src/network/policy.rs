//! The policy section of a scenario file, and a policy file by itself.

use std::path::Path;

use ewc_core::model::{CarbonLedger, Policy, PolicyKind};

use crate::error::{FieldError, FileError, Problem};
use crate::reader::{Table, amount, one_of, text, whole};
use crate::tree::{self, Format, Value};
use crate::units;

/// Largest horizon: six weeks of one-hour slots is more than any forecast covers.
const HORIZON_MS_MAX: i64 = 42 * 86_400_000;
const SLOTS_MAX: i64 = 10_000;
const ROUTES_MAX: u32 = 16;
const GRACE_MS_MAX: i64 = 86_400_000;

/// Reads a policy file: the fields of a scenario's `[policy]`, without its header.
pub fn load_policy(path: &Path) -> Result<Policy, FileError> {
    let format = Format::of(path)?;
    parse_policy(&tree::read(path, super::SIZE_BYTES_MAX)?, format)
}

/// Reads the text of a policy file.
pub fn parse_policy(text: &str, format: Format) -> Result<Policy, FileError> {
    Ok(read(Some(Table::root(tree::parse(text, format)?)))?)
}

/// The same for the table of another file.
pub(crate) fn read_table(table: Table) -> Result<Policy, FieldError> {
    read(Some(table))
}

/// Fields that are absent keep the core's defaults; so does the version, which the network counts.
pub(super) fn read(table: Option<Table>) -> Result<Policy, FieldError> {
    let default = Policy::default();
    let Some(mut table) = table else {
        return Ok(default);
    };
    let duration = || amount(units::duration_ms);
    let (tenants, other_tenants) = super::tenants::read(&mut table)?;
    let policy = Policy {
        version: default.version,
        name: table.take("name", text)?.unwrap_or_default(),
        source: table.take("source", text)?.unwrap_or_default(),
        kind: table.take("kind", kind)?.unwrap_or(default.kind),
        carbon_micro_cny_per_kg: table
            .take("carbon_price_per_tonne", thousandth)?
            .unwrap_or(default.carbon_micro_cny_per_kg),
        ledger: table
            .take("carbon_ledger", ledger)?
            .unwrap_or(default.ledger),
        water_micro_cny_per_litre: table
            .take("water_price_per_cubic_metre", thousandth)?
            .unwrap_or(default.water_micro_cny_per_litre),
        delay_micro_cny_per_hour: table
            .take("delay_price_per_hour", amount(units::micro_cny))?
            .unwrap_or(default.delay_micro_cny_per_hour),
        horizon_ms: table
            .take("horizon", duration())?
            .unwrap_or(default.horizon_ms),
        slot_ms: table.take("slot", duration())?.unwrap_or(default.slot_ms),
        routes: table.take("routes", whole)?.unwrap_or(default.routes),
        margin_ms: table
            .take("margin", duration())?
            .unwrap_or(default.margin_ms),
        tenants,
        other_tenants,
        steering: super::steering::read(&mut table)?,
        preemption_grace_ms: table
            .take("preemption_grace", duration())?
            .unwrap_or(default.preemption_grace_ms),
        age_micro_cny_per_hour: table
            .take("age_price_per_hour", amount(units::micro_cny))?
            .unwrap_or(default.age_micro_cny_per_hour),
        moves_max: table.take("moves", whole)?.unwrap_or(default.moves_max),
        move_gain_permille: table
            .take("move_gain", amount(units::permille))?
            .unwrap_or(default.move_gain_permille),
        imbalance_micro_cny_per_node_hour: table
            .take("imbalance_price_per_node_hour", amount(units::micro_cny))?
            .unwrap_or(default.imbalance_micro_cny_per_node_hour),
        gap_tolerance_permille: table
            .take("gap_tolerance", amount(units::permille))?
            .unwrap_or(default.gap_tolerance_permille),
    };
    check(&policy, &table)?;
    table.finish()?;
    Ok(policy)
}

fn kind(value: &Value) -> Result<PolicyKind, Problem> {
    one_of(&PolicyKind::ALL.map(|kind| (kind.name(), kind)))(value)
}

fn ledger(value: &Value) -> Result<CarbonLedger, Problem> {
    one_of(&CarbonLedger::ALL.map(|ledger| (ledger.name(), ledger)))(value)
}

/// Money per tonne or cubic metre as money per kilogram or litre.
fn thousandth(value: &Value) -> Result<i64, Problem> {
    let micro_cny: i64 = amount(units::micro_cny)(value)?;
    Ok(micro_cny / 1000)
}

fn check(policy: &Policy, table: &Table) -> Result<(), FieldError> {
    let out_of_range = |name: &str, hint: &str| {
        Err(FieldError::new(
            table.path_of(name),
            "is out of range",
            hint,
        ))
    };
    if !(1..=HORIZON_MS_MAX).contains(&policy.horizon_ms) {
        return out_of_range("horizon", "write more than zero and at most \"42d\"");
    }
    if policy.slot_ms < 1 || policy.horizon_ms / policy.slot_ms > SLOTS_MAX {
        return out_of_range(
            "slot",
            "write e.g. \"1h\"; a horizon has at most 10000 slots",
        );
    }
    if !(1..=ROUTES_MAX).contains(&policy.routes) {
        return out_of_range("routes", "write a number from 1 to 16");
    }
    if policy.preemption_grace_ms > GRACE_MS_MAX {
        return out_of_range("preemption_grace", "write at most \"1d\"");
    }
    if policy.margin_ms > policy.horizon_ms {
        return out_of_range("margin", "write less than the horizon");
    }
    Ok(())
}
