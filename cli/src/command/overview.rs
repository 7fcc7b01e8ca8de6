//! `ewc overview`.

use std::collections::BTreeMap;

use clap::Args;
use ewc_proto::v1;

use super::sites;
use crate::error::{CliError, Exit};
use crate::format::{beijing_time, gigabytes, or_dash};
use crate::session::Session;
use crate::table::{Align, Table, facts};
use crate::view::OverviewView;

/// Show queue, sites and links at a glance
#[derive(Debug, Args)]
pub struct OverviewArgs {}

pub(super) async fn run(_: OverviewArgs, session: &Session) -> Result<Exit, CliError> {
    let answer = session.client.overview(v1::OverviewRequest {}).await?;
    session.show(&OverviewView::from(&answer), || text(&answer, session))?;
    Ok(Exit::Done)
}

fn text(answer: &v1::OverviewResponse, session: &Session) -> String {
    let up = answer.links.iter().filter(|link| link.up).count();
    let lines = facts(&[
        ("network time (UTC+8)", beijing_time(answer.now_ms)),
        ("leader", or_dash(&answer.leader)),
        ("applied index", answer.applied_index.to_string()),
        ("links up", format!("{up} of {}", answer.links.len())),
        ("transferred (GB)", gigabytes(answer.transferred_bytes)),
        ("over-reserved instants", answer.over_reserved.to_string()),
    ]);
    let mut jobs = Table::new(&[("state", Align::Left), ("jobs", Align::Right)]);
    for (state, count) in answer.jobs_by_state.iter().collect::<BTreeMap<_, _>>() {
        jobs.row([state.clone(), count.to_string()]);
    }
    format!(
        "{lines}\n{}\n{}",
        jobs.render(),
        sites::table(&answer.sites, session.lang)
    )
}
