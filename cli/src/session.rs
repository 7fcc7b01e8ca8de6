//! What every subcommand is given: the client, and how to show results.

use std::io::Write as _;

use serde::Serialize;

use crate::args::{GlobalArgs, OutputFormat};
use crate::client::Client;
use crate::error::CliError;
use crate::lang::Lang;

/// One run of the program.
pub struct Session {
    /// The schedulers.
    pub client: Client,
    /// Language of tables.
    pub lang: Lang,
    /// Tenant to act for; empty: the caller's own.
    pub tenant: String,
    output: OutputFormat,
}

impl Session {
    /// The session that the flags ask for.
    pub fn new(args: &GlobalArgs) -> Result<Session, CliError> {
        Ok(Session {
            client: Client::new(&args.connect)?,
            lang: Lang::choose(args.lang),
            tenant: args.tenant.clone(),
            output: args.output,
        })
    }

    /// The form that results are shown in.
    pub fn output(&self) -> OutputFormat {
        self.output
    }

    /// Shows a result: `table` for people, `view` for programs.
    pub fn show<V: Serialize>(
        &self,
        view: &V,
        table: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        match self.output {
            OutputFormat::Table => print(&table()),
            OutputFormat::Json => {
                print(&format!("{}\n", json(serde_json::to_string_pretty(view))?))
            }
            OutputFormat::Yaml => print(&yaml(view)?),
        }
    }

    /// Shows one of several results that come over time.
    pub fn show_next<V: Serialize>(
        &self,
        view: &V,
        line: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        match self.output {
            OutputFormat::Table => print(&line()),
            OutputFormat::Json => print(&format!("{}\n", json(serde_json::to_string(view))?)),
            OutputFormat::Yaml => print(&format!("---\n{}", yaml(view)?)),
        }
    }
}

/// Writes to standard output, at once.
fn print(text: &str) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

fn json(result: serde_json::Result<String>) -> Result<String, CliError> {
    result.map_err(|error| CliError::usage(format!("cannot write the result: {error}")))
}

fn yaml<V: Serialize>(view: &V) -> Result<String, CliError> {
    serde_norway::to_string(view)
        .map_err(|error| CliError::usage(format!("cannot write the result: {error}")))
}
