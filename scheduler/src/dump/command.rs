//! The subcommand: flags in, a file out.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use ewc_scenario::instance::Instance;

use super::{Moment, dump};

/// Flags of the subcommand; its help stands with [`Task`](crate::config::Task).
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Data directory of the member
    #[arg(long, value_name = "DIR", env = "EWC_SCHEDULER_DATA_DIR")]
    data_dir: PathBuf,

    /// Log index of the state [default: the newest]
    #[arg(long, value_name = "INDEX", conflicts_with = "plan")]
    at_index: Option<u64>,

    /// Log index of a plan: the problem it answered, its state and its jobs
    #[arg(long, value_name = "INDEX")]
    plan: Option<u64>,

    /// Jobs at most, planned ones that may move first, then the head of the queue
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 4096,
        conflicts_with = "plan",
        value_parser = clap::value_parser!(u32).range(1..=200_000)
    )]
    jobs_max: u32,

    /// Where to write the instance [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Dumps and says what was left out.
///
/// # Errors
/// The file cannot be written.
pub fn main(args: &Args) -> anyhow::Result<ExitCode> {
    let moment = match (args.at_index, args.plan) {
        (_, Some(index)) => Moment::OfPlan(index),
        (Some(index), None) => Moment::At(index),
        (None, None) => Moment::Newest,
    };
    let instance = match dump(&args.data_dir, moment, args.jobs_max) {
        Ok(instance) => instance,
        Err(error) => {
            eprintln!("ewc-scheduler: dump: {error}");
            return Ok(ExitCode::from(2));
        }
    };
    let text = instance.to_json();
    match &args.out {
        Some(path) => std::fs::write(path, text)
            .with_context(|| format!("cannot write {}", path.display()))?,
        None => std::io::stdout().lock().write_all(text.as_bytes())?,
    }
    say(&instance);
    Ok(ExitCode::SUCCESS)
}

/// What was written, and what is not in it.
fn say(instance: &Instance) {
    let jobs: u64 = instance.jobs.iter().map(|job| u64::from(job.count)).sum();
    let index = instance.source.as_ref().map_or(0, |source| source.index);
    eprintln!(
        "dump: index {index}: {jobs} jobs in {} entries, {} pools, {} links, {} slots",
        instance.jobs.len(),
        instance.sites.len(),
        instance.links.len(),
        instance.slots
    );
    for left in &instance.leaves_out {
        eprintln!("dump: not in it: {left}");
    }
}
