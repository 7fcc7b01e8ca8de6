//! `ewc overview`.

use std::collections::BTreeMap;

use clap::Args;
use ewc_proto::v1;

use super::sites;
use crate::error::{CliError, Exit};
use crate::format::{beijing_time, gigabytes, or_dash};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table, facts};
use crate::view::OverviewView;

/// Show queue, sites and links at a glance
#[derive(Debug, Args)]
pub struct OverviewArgs {}

pub(super) async fn run(_: OverviewArgs, session: &Session) -> Result<Exit, CliError> {
    let answer = session.client.overview(v1::OverviewRequest {}).await?;
    session.show(&OverviewView::from(&answer), || text(&answer, session.lang))?;
    Ok(Exit::Done)
}

fn text(answer: &v1::OverviewResponse, lang: Lang) -> String {
    let word = |word: Word| word.text(lang);
    let up = answer.links.iter().filter(|link| link.up).count();
    let lines = facts(&[
        (word(Word::NetworkTime), beijing_time(answer.now_ms)),
        (word(Word::Leader), or_dash(&answer.leader)),
        (word(Word::AppliedIndex), answer.applied_index.to_string()),
        (
            word(Word::LinksUp),
            format!("{up} / {}", answer.links.len()),
        ),
        (word(Word::Transferred), gigabytes(answer.transferred_bytes)),
        (word(Word::OverReserved), answer.over_reserved.to_string()),
    ]);
    let mut jobs = Table::new(&[
        (word(Word::State), Align::Left),
        (word(Word::Jobs), Align::Right),
    ]);
    for (state, count) in answer.jobs_by_state.iter().collect::<BTreeMap<_, _>>() {
        jobs.row([Word::state_named(state, lang), count.to_string()]);
    }
    format!(
        "{lines}\n{}\n{}",
        jobs.render(),
        sites::table(&answer.sites, lang)
    )
}
