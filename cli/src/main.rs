//! `ewc`: what workload owners, operators and planners type.
//!
//! One file per subcommand stands in [`command`]; [`client`] finds the scheduler that leads,
//! [`view`] gives results their stable form for programs, and [`table`] the one for people.

mod args;
mod client;
mod command;
mod error;
mod format;
mod job_source;
mod lang;
mod session;
mod table;
mod view;

use std::process::ExitCode;

use clap::Parser as _;

use args::Cli;
use error::{CliError, Exit, Kind};
use session::Session;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            if error.kind != Kind::OutputClosed {
                eprintln!("{error}");
            }
            error.kind.into()
        }
    }
}

fn run(cli: Cli) -> Result<Exit, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::new(Kind::Unreachable, format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let session = Session::new(&cli.global)?;
        tokio::select! {
            result = command::run(cli.command, &session) => result,
            _ = tokio::signal::ctrl_c() => {
                Err(CliError::new(Kind::Interrupted, "interrupted"))
            }
        }
    })
}
