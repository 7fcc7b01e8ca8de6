//! `ewc regions`.

use clap::Args;
use ewc_proto::v1;

use crate::error::{CliError, Exit};
use crate::format::{latency_ms, or_dash};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table};
use crate::view::RegionView;

/// List the demand regions: where users are
#[derive(Debug, Args)]
pub struct RegionsArgs {}

pub(super) async fn run(_: RegionsArgs, session: &Session) -> Result<Exit, CliError> {
    let answer = session
        .client
        .list_regions(v1::ListRegionsRequest {})
        .await?;
    let views: Vec<RegionView> = answer.regions.iter().map(RegionView::from).collect();
    session.show(&views, || table(&answer.regions, session.lang))?;
    Ok(Exit::Done)
}

fn table(regions: &[v1::DemandRegion], lang: Lang) -> String {
    let column = |word: Word, align| (word.text(lang), align);
    let mut table = Table::new(&[
        column(Word::DemandRegion, Align::Left),
        column(Word::Name, Align::Left),
        column(Word::Node, Align::Left),
        column(Word::Access, Align::Right),
        column(Word::TrafficWeight, Align::Right),
    ]);
    for region in regions {
        table.row([
            region.id.clone(),
            or_dash(&region.name_zh),
            region.node.clone(),
            latency_ms(region.access_us),
            region.traffic_weight.to_string(),
        ]);
    }
    table.render()
}
