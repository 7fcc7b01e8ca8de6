//! One file per subcommand: its arguments, whose comments are its help, and what it does.

pub mod cancel;
pub mod completions;
pub mod datasets;
pub mod explain;
pub mod images;
pub mod links;
pub mod list;
pub mod logs;
pub mod members;
pub mod network;
pub mod overview;
pub mod plan;
pub mod policy;
pub mod prices;
pub mod regions;
pub mod remove;
mod replicas;
pub mod shares;
pub mod site_mode;
pub mod sites;
pub mod status;
pub mod submit;
pub mod watch;

mod artefact;
mod held;
mod why_not;

use crate::args::Command;
use crate::error::{CliError, Exit};
use crate::session::Session;

/// Does what the command line asks for.
pub async fn run(command: Command, session: &Session) -> Result<Exit, CliError> {
    match command {
        Command::Submit(args) => submit::run(args, session).await,
        Command::Plan(args) => plan::run(args, session).await,
        Command::Status(args) => status::run(args, session).await,
        Command::List(args) => list::run(args, session).await,
        Command::Watch(args) => watch::run(args, session).await,
        Command::Logs(args) => logs::run(args, session).await,
        Command::Cancel(args) => cancel::run(args, session).await,
        Command::Explain(args) => explain::run(args, session).await,
        Command::Sites(args) => sites::run(args, session).await,
        Command::Prices(args) => prices::run(args, session).await,
        Command::Links(args) => links::run(args, session).await,
        Command::Network(args) => network::run(args, session).await,
        Command::Regions(args) => regions::run(args, session).await,
        Command::Datasets(args) => datasets::run(args, session).await,
        Command::Images(args) => images::run(args, session).await,
        Command::Cordon(args) => site_mode::cordon(args, session).await,
        Command::Uncordon(args) => site_mode::uncordon(args, session).await,
        Command::Drain(args) => site_mode::drain(args, session).await,
        Command::Policy(args) => policy::run(args, session).await,
        Command::Shares(args) => shares::run(args, session).await,
        Command::Members(args) => members::run(args, session).await,
        Command::Overview(args) => overview::run(args, session).await,
        Command::Completions(args) => completions::run(args),
    }
}

#[cfg(test)]
mod table_tests;
