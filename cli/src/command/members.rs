//! `ewc members`.

use clap::Args;
use ewc_proto::v1;

use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::table::{Align, Table, facts};
use crate::view::MembersView;

/// List the schedulers, who leads and how far each is
#[derive(Debug, Args)]
pub struct MembersArgs {}

pub(super) async fn run(_: MembersArgs, session: &Session) -> Result<Exit, CliError> {
    let answer = session.client.members(v1::MembersRequest {}).await?;
    session.show(&MembersView::from(&answer), || text(&answer))?;
    Ok(Exit::Done)
}

fn text(answer: &v1::MembersResponse) -> String {
    let mut table = Table::new(&[
        ("member", Align::Right),
        ("address", Align::Left),
        ("role", Align::Left),
        ("log index", Align::Right),
    ]);
    for member in &answer.members {
        let role = if member.leader { "leader" } else { "follower" };
        let (id, index) = (member.id.to_string(), member.match_index.to_string());
        table.row([id, member.address.clone(), role.to_owned(), index]);
    }
    let lines = facts(&[
        ("term", answer.term.to_string()),
        ("applied index", answer.applied_index.to_string()),
        ("state digest", answer.state_digest.clone()),
    ]);
    format!("{}\n{lines}", table.render())
}
