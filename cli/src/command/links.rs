//! `ewc links`.

use clap::Args;
use ewc_proto::v1;

use crate::error::{CliError, Exit};
use crate::format::{DASH, decimal, gigabits, latency_ms, or_dash};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table};
use crate::view::LinksView;

/// List the links of the network, their latency and what is reserved on them
#[derive(Debug, Args)]
pub struct LinksArgs {}

pub(super) async fn run(_: LinksArgs, session: &Session) -> Result<Exit, CliError> {
    let answer = session.client.list_links(v1::ListLinksRequest {}).await?;
    session.show(&LinksView::from(&answer), || {
        table(&answer.links, session.lang)
    })?;
    Ok(Exit::Done)
}

/// Links for people.
pub(super) fn table(links: &[v1::Link], lang: Lang) -> String {
    let column = |word: Word, align| (word.text(lang), align);
    let mut table = Table::new(&[
        column(Word::Link, Align::Left),
        column(Word::Ends, Align::Left),
        column(Word::Carrier, Align::Left),
        column(Word::Layer, Align::Left),
        column(Word::OneWay, Align::Right),
        column(Word::Measured, Align::Right),
        column(Word::Capacity, Align::Right),
        column(Word::Reserved, Align::Right),
        column(Word::TransportPrice, Align::Right),
        column(Word::Encrypted, Align::Left),
        column(Word::Up, Align::Left),
    ]);
    for link in links {
        let measured = link.measured_rtt_us > 0 && !link.latency_declared;
        table.row([
            link.id.clone(),
            format!("{} – {}", link.a, link.b),
            or_dash(&link.carrier),
            Word::of_layer(link.layer()).text(lang).to_owned(),
            latency_ms(link.one_way_us),
            if measured {
                latency_ms(link.measured_rtt_us)
            } else {
                DASH.to_owned()
            },
            gigabits(link.capacity_bps),
            gigabits(link.reserved_now_bps),
            decimal(link.price_micro_cny_per_gb, 1_000_000, 4),
            Word::of_bool(link.encrypted).text(lang).to_owned(),
            Word::of_bool(link.up).text(lang).to_owned(),
        ]);
    }
    table.render()
}
