//! `ewc sites`.

use clap::Args;
use ewc_proto::v1;

use crate::error::{CliError, Exit};
use crate::format::{DASH, cny, decimal, or_dash, percent};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table};
use crate::view::SitesView;

/// List the sites, what they have free and what feeds them
#[derive(Debug, Args)]
pub struct SitesArgs {}

pub(super) async fn run(_: SitesArgs, session: &Session) -> Result<Exit, CliError> {
    let answer = session.client.list_sites(v1::ListSitesRequest {}).await?;
    session.show(&SitesView::from(&answer), || {
        table(&answer.sites, session.lang)
    })?;
    Ok(Exit::Done)
}

/// Sites for people.
pub(super) fn table(sites: &[v1::Site], lang: Lang) -> String {
    let column = |word: Word, align| (word.text(lang), align);
    let mut columns = vec![
        column(Word::Site, Align::Left),
        column(Word::Name, Align::Left),
        column(Word::Hub, Align::Left),
        column(Word::Region, Align::Left),
        column(Word::Mode, Align::Left),
        column(Word::Level, Align::Right),
        column(Word::CpuUsed, Align::Right),
        column(Word::AcceleratorsUsed, Align::Right),
    ];
    // Few networks have caps.
    let capped = sites.iter().any(|site| !site.power_cap.is_empty());
    columns.extend(capped.then(|| column(Word::PowerDrawn, Align::Right)));
    columns.extend([
        column(Word::Renewable, Align::Right),
        column(Word::GreenPower, Align::Right),
        column(Word::EmissionFactor, Align::Right),
        column(Word::PowerPrice, Align::Right),
    ]);
    let mut table = Table::new(&columns);
    for site in sites {
        let name = if lang == Lang::Zh {
            &site.name_zh
        } else {
            &site.name
        };
        let energy = |text: &dyn Fn(&v1::EnergyPoint) -> String| {
            site.energy_now.as_ref().map_or(DASH.to_owned(), text)
        };
        let mut cells = vec![
            site.id.clone(),
            or_dash(name),
            or_dash(&site.hub),
            or_dash(&site.region),
            Word::of_site(site.mode(), site.connected)
                .text(lang)
                .to_owned(),
            site.mlps_level.to_string(),
            used(site, |amounts| amounts.cpu_millis, 1000),
            used(site, |amounts| amounts.accelerators, 1),
        ];
        cells.extend(capped.then(|| power(site)));
        cells.extend([
            energy(&|point| percent(point.renewable_permille)),
            energy(&|point| percent(point.contracted_permille)),
            energy(&|point| point.grid_mg_per_wh.to_string()),
            energy(&|point| cny(point.price_micro_cny_per_kwh)),
        ]);
        table.row(cells);
    }
    table.render()
}

/// `drawn/cap` in kilowatts at the IT load.
fn power(site: &v1::Site) -> String {
    let kilowatts = |watts: i64| decimal(watts, 1000, 1);
    let cap = site.power_cap_watts.map_or(DASH.to_owned(), kilowatts);
    format!("{}/{cap}", kilowatts(site.power_drawn_watts))
}

/// `used/usable` over all pools.
fn used(site: &v1::Site, amount: impl Fn(&v1::Resources) -> i64, per_unit: i64) -> String {
    let sum = |of: &dyn Fn(&v1::Pool) -> Option<v1::Resources>| -> i64 {
        site.pools
            .iter()
            .filter_map(of)
            .map(|amounts| amount(&amounts))
            .sum()
    };
    let usable = sum(&|pool| pool.usable);
    if usable == 0 {
        return DASH.to_owned();
    }
    let reserved = sum(&|pool| pool.reserved_now);
    format!(
        "{}/{}",
        decimal(reserved, per_unit, 0),
        decimal(usable, per_unit, 0)
    )
}
