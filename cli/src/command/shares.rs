//! `ewc shares`.

use clap::Args;
use ewc_proto::v1;

use crate::error::{CliError, Exit};
use crate::format::{DASH, decimal, percent};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table};
use crate::view::TenantView;

/// List tenants: their weight, what they hold of the network, and their quotas
///
/// The share is the largest part of any kind of capacity that a tenant's placed and running jobs
/// hold. Within one priority the tenant with the smallest share by weight goes next. A tenant sees
/// itself only.
#[derive(Debug, Args)]
pub struct SharesArgs {}

pub(super) async fn run(_: SharesArgs, session: &Session) -> Result<Exit, CliError> {
    let request = v1::ListTenantsRequest {};
    let tenants = session.client.list_tenants(request).await?.tenants;
    let views: Vec<TenantView> = tenants.iter().map(TenantView::from).collect();
    session.show(&views, || table(&tenants, session.lang))?;
    Ok(Exit::Done)
}

/// Tenants for people; a limit stands behind what it limits.
pub(super) fn table(tenants: &[v1::Tenant], lang: Lang) -> String {
    let mut table = Table::new(&[
        (Word::Tenant.text(lang), Align::Left),
        (Word::Weight.text(lang), Align::Right),
        (Word::Share.text(lang), Align::Right),
        (Word::ShareByWeight.text(lang), Align::Right),
        (Word::Cores.text(lang), Align::Right),
        (Word::MemoryGib.text(lang), Align::Right),
        (Word::Accelerators.text(lang), Align::Right),
        (Word::NotStarted.text(lang), Align::Right),
    ]);
    for tenant in tenants {
        let granted = tenant.granted.unwrap_or_default();
        let held = tenant.held.unwrap_or_default();
        let cores = |millis: i64| decimal(millis, 1000, 1);
        let gib = |mib: i64| decimal(mib, 1024, 1);
        let queued = i64::try_from(tenant.queued).unwrap_or(i64::MAX);
        let queued_max = granted
            .queued_max
            .map(|max| i64::try_from(max).unwrap_or(i64::MAX));
        let whole = |count: i64| count.to_string();
        table.row([
            tenant.name.clone(),
            percent(granted.share_permille),
            share(tenant.dominant_share_millionths),
            share(tenant.weighted_share_millionths),
            of(held.cpu_millis, granted.cpu_millis_max, cores),
            of(held.memory_mib, granted.memory_mib_max, gib),
            of(held.accelerators, granted.accelerators_max, whole),
            of(queued, queued_max, whole),
        ]);
    }
    table.render()
}

/// Hundredths of a percent.
fn share(millionths: u64) -> String {
    decimal(i64::try_from(millionths).unwrap_or(i64::MAX), 10_000, 2)
}

fn of(held: i64, max: Option<i64>, show: impl Fn(i64) -> String) -> String {
    let max = max.map_or(DASH.to_owned(), &show);
    format!("{} / {max}", show(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_stand_behind_what_they_limit() {
        let tenant = v1::Tenant {
            name: "film".to_owned(),
            granted: Some(v1::TenantPolicy {
                share_permille: 2_000,
                cpu_millis_max: Some(64_000),
                queued_max: Some(9),
                ..v1::TenantPolicy::default()
            }),
            queued: 3,
            placed: 2,
            held: Some(v1::Resources {
                cpu_millis: 12_500,
                memory_mib: 1_536,
                accelerators: 1,
            }),
            dominant_share_millionths: 123_400,
            weighted_share_millionths: 61_700,
        };
        let text = table(&[tenant], Lang::En);
        let row: Vec<&str> = text.lines().nth(1).unwrap().split_whitespace().collect();
        let row = row.join(" ");
        assert_eq!(row, "film 200 12.34 6.17 12.5 / 64.0 1.5 / - 1 / - 3 / 9");
    }
}
