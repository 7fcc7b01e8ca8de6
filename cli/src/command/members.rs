//! `ewc members`.

use clap::Args;
use ewc_proto::v1;

use crate::error::{CliError, Exit};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table, facts};
use crate::view::MembersView;

/// List the schedulers, who leads and how far each is
#[derive(Debug, Args)]
pub struct MembersArgs {}

pub(super) async fn run(_: MembersArgs, session: &Session) -> Result<Exit, CliError> {
    let answer = session.client.members(v1::MembersRequest {}).await?;
    session.show(&MembersView::from(&answer), || text(&answer, session.lang))?;
    Ok(Exit::Done)
}

fn text(answer: &v1::MembersResponse, lang: Lang) -> String {
    let word = |word: Word| word.text(lang);
    let mut table = Table::new(&[
        (word(Word::Member), Align::Right),
        (word(Word::Address), Align::Left),
        (word(Word::Role), Align::Left),
        (word(Word::LogIndex), Align::Right),
    ]);
    for member in &answer.members {
        let role = word(match member.leader {
            true => Word::Leader,
            false => Word::Follower,
        });
        let (id, index) = (member.id.to_string(), member.match_index.to_string());
        table.row([id, member.address.clone(), role.to_owned(), index]);
    }
    let lines = facts(&[
        (word(Word::Term), answer.term.to_string()),
        (word(Word::AppliedIndex), answer.applied_index.to_string()),
        (word(Word::StateDigest), answer.state_digest.clone()),
    ]);
    format!("{}\n{lines}", table.render())
}
