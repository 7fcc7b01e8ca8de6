//! What a policy file grants to tenants: `[tenants.NAME]` and `[other_tenants]`.

use std::collections::BTreeMap;

use ewc_core::model::{Quota, TenantPolicy};

use crate::error::FieldError;
use crate::job_file::read_weights;
use crate::reader::{Table, amount, whole};
use crate::units;
use crate::validate::check_name;

/// Largest weight: a thousand times the ordinary one.
const WEIGHT_PERMILLE_MAX: u32 = 1_000_000;

/// The tenants that the policy names, and what all others get.
pub(super) fn read(
    policy: &mut Table,
) -> Result<(BTreeMap<String, TenantPolicy>, TenantPolicy), FieldError> {
    let others = policy.table("other_tenants")?.map(tenant).transpose()?;
    let mut tenants = BTreeMap::new();
    for (name, table) in policy.named_tables("tenants")? {
        check_name(table.path_of("name"), &name)?;
        tenants.insert(name, tenant(table)?);
    }
    Ok((tenants, others.unwrap_or_default()))
}

fn tenant(mut table: Table) -> Result<TenantPolicy, FieldError> {
    let default = TenantPolicy::default();
    let weights = table.table("weights")?.map(read_weights).transpose()?;
    let tenant = TenantPolicy {
        share_permille: table
            .take("share", amount(units::permille))?
            .unwrap_or(default.share_permille),
        weights: weights.unwrap_or_default(),
        quota: Quota {
            cpu_millis: table.take("cores", amount(units::cpu_millis))?,
            memory_mib: table.take("memory", amount(units::memory_mib))?,
            accelerators: table.take("accelerators", whole::<u32>)?.map(i64::from),
            queued: table.take("queued", whole)?,
        },
    };
    let weights = tenant.weights;
    let out_of_range = |name: &str, hint: &str| {
        Err(FieldError::new(
            table.path_of(name),
            "is out of range",
            hint,
        ))
    };
    if !(1..=WEIGHT_PERMILLE_MAX).contains(&tenant.share_permille) {
        return out_of_range("share", "write more than 0% and at most \"100000%\"");
    }
    let weights = [
        ("weights.money", weights.money_permille),
        ("weights.carbon", weights.carbon_permille),
        ("weights.water", weights.water_permille),
        ("weights.delay", weights.delay_permille),
    ];
    if let Some((name, _)) = weights.iter().find(|(_, it)| *it > WEIGHT_PERMILLE_MAX) {
        return out_of_range(name, "write at most \"100000%\"");
    }
    table.finish()?;
    Ok(tenant)
}
