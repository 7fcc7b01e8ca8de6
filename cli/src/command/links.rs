//! `ewc links`.

use clap::{Args, Subcommand};
use ewc_proto::v1;

use crate::error::{CliError, Exit, Kind};
use crate::format::{DASH, decimal, gigabits, latency_ms, or_dash};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table};
use crate::view::{LinkView, LinksView};

/// List the links of the network, or take one out of use and back
#[derive(Debug, Args)]
pub struct LinksArgs {
    #[command(subcommand)]
    command: Option<LinksCommand>,
}

#[derive(Debug, Subcommand)]
enum LinksCommand {
    /// List links, their latency and what is reserved on them
    List,
    /// Take a link out of use
    ///
    /// No route leads over it until it is restored. Jobs that were to use it and have not started
    /// are planned anew; what runs goes on. Everything else about the link stays as it is.
    Cut(LinkArg),
    /// Put a link back into use
    Restore(LinkArg),
}

#[derive(Debug, Args)]
struct LinkArg {
    /// Name of the link, as `ewc links` shows it
    link: String,
}

pub(super) async fn run(args: LinksArgs, session: &Session) -> Result<Exit, CliError> {
    match args.command {
        None | Some(LinksCommand::List) => list(session).await,
        Some(LinksCommand::Cut(args)) => set_up(args.link, false, session).await,
        Some(LinksCommand::Restore(args)) => set_up(args.link, true, session).await,
    }
}

async fn list(session: &Session) -> Result<Exit, CliError> {
    let answer = session.client.list_links(v1::ListLinksRequest {}).await?;
    session.show(&LinksView::from(&answer), || {
        table(&answer.links, session.lang)
    })?;
    Ok(Exit::Done)
}

/// Defines a known link once more, in use or not. Nothing compares it with what others define in
/// between: the last definition counts.
async fn set_up(name: String, up: bool, session: &Session) -> Result<Exit, CliError> {
    let known = find(&name, session).await?;
    let request = v1::DefineNetworkRequest {
        links: vec![v1::Link { up, ..known }],
        ..v1::DefineNetworkRequest::default()
    };
    session.client.define_network(request).await?;
    // Read again: what was reserved on it may have moved.
    let link = find(&name, session).await?;
    session.show(&LinkView::from(&link), || {
        table(std::slice::from_ref(&link), session.lang)
    })?;
    Ok(Exit::Done)
}

async fn find(name: &str, session: &Session) -> Result<v1::Link, CliError> {
    let answer = session.client.list_links(v1::ListLinksRequest {}).await?;
    let mut links = answer.links.into_iter();
    links.find(|link| link.id == name).ok_or_else(|| {
        CliError::new(Kind::NotFound, format!("no link is named {name:?}"))
            .hint("`ewc links` lists their names")
    })
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
