//! The subcommand: flags in, lines and an exit status out.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{Options, Report, replay};

/// Flags of the subcommand; its help stands with [`Task`](crate::config::Task).
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Data directory of the member
    #[arg(long, value_name = "DIR", env = "EWC_SCHEDULER_DATA_DIR")]
    data_dir: PathBuf,

    /// Log index of the first plan
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    from: u64,

    /// Log index of the last plan [default: the end]
    #[arg(long, value_name = "INDEX")]
    to: Option<u64>,

    /// Plans recomputed at the same time; the answers do not depend on it
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..=256)
    )]
    threads: u16,

    /// Print every plan with its answer as one JSON object
    #[arg(long)]
    json: bool,
}

/// Replays and prints.
///
/// # Errors
/// Standard output cannot be written.
pub fn main(args: &Args) -> anyhow::Result<ExitCode> {
    let options = Options {
        from: args.from,
        to: args.to.unwrap_or(u64::MAX),
        threads: usize::from(args.threads),
    };
    if options.from > options.to {
        return Ok(refuse("--from: is above --to; give the lower index first"));
    }
    let report = match replay(&args.data_dir, &options) {
        Ok(report) => report,
        Err(error) => return Ok(refuse(&error.to_string())),
    };
    print(&report, args.json)?;
    Ok(ExitCode::from(report.exit_code()))
}

fn refuse(problem: &str) -> ExitCode {
    eprintln!("ewc-scheduler: replay: {problem}");
    ExitCode::from(2)
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    if report.in_use {
        eprintln!("replay: a scheduler runs here, so only the archive was read, not the log");
    }
    for problem in &report.problems {
        eprintln!("replay: not everything could be read: {problem}");
    }
    let mut out = std::io::stdout().lock();
    match json {
        true => serde_json::to_writer(&mut out, report)?,
        false => write!(out, "{report}")?,
    }
    Ok(writeln!(out)?)
}
