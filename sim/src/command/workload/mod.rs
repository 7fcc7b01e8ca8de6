//! `ewc-sim workload`.

mod print;
mod source;
mod target;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use ewc_scenario::units;
use ewc_sim::workload::lublin::Kinds;
use ewc_sim::workload::trace::change::{Changed, First, Scale, Thin, Window};
use ewc_sim::workload::trace::{JobSource, ROWS_AHEAD_MAX, Summary};

use source::Watched;

/// Jobs between two looks at the clock.
const JOBS_BETWEEN: u64 = 1024;

/// Looks at a workload and writes it: a log, a table, or a model that draws jobs.
///
/// Prints the number of jobs, run times, sizes, distances between submissions and the offered load,
/// without keeping the trace in memory. Changes apply in this order: window, thinning, load, number
/// of jobs. Ctrl-C ends with what was read so far, and says so.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Log (.swf) or table (.csv, with --mapping), plain or compressed by gzip; or a .parquet file,
    /// with --mapping
    #[arg(required_unless_present = "model", conflicts_with = "model")]
    trace: Option<PathBuf>,
    /// Draws the jobs of a model instead of reading a trace
    #[arg(long, value_enum)]
    model: Option<Model>,
    /// Which column of a table is what: a file, or ewc, gaia, openb, philly
    #[arg(long, value_name = "NAME|FILE", conflicts_with = "model")]
    mapping: Option<String>,
    /// Leaves out and counts rows that break a rule, instead of ending with an error
    #[arg(long, conflicts_with = "model")]
    repair: bool,
    /// Looks so many rows ahead to put them in the order of submission
    #[arg(long, value_name = "ROWS", conflicts_with = "model")]
    #[arg(value_parser = clap::value_parser!(u32).range(..=i64::from(ROWS_AHEAD_MAX)))]
    ahead: Option<u32>,
    /// Only jobs submitted at least so long after the first, e.g. 30d
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<i64>,
    /// Only jobs submitted earlier than so long after the first, e.g. 60d
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<i64>,
    /// Keeps each job with this probability
    #[arg(long, value_name = "0..1")]
    keep: Option<f64>,
    /// Divides the distances between submissions: 2 is twice the load
    #[arg(long, value_name = "FACTOR")]
    load: Option<f64>,
    /// Only so many jobs; of a model: draws so many (10000 unless given)
    #[arg(long, value_name = "N")]
    jobs: Option<u64>,
    /// Seed of the model and of --keep
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Jobs of the model
    #[arg(long, value_enum, default_value_t = JobKinds::Both)]
    kinds: JobKinds,
    /// Processors of the machine: what the offered load is a part of, and the largest job of a
    /// model (128 unless given)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    processors: Option<u32>,
    /// Writes the jobs: .swf or .csv, with .gz compressed, or .parquet
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Prints an object for programs
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  What is in a log of the Parallel Workloads Archive:
    ewc-sim workload KTH-SP2.swf.gz
  The second month of a table, at one and a half times the load, as a log:
    ewc-sim workload jobs.csv.gz --mapping gaia --from 30d --until 60d --load 1.5 --out jobs.swf
  A table of one's own (the mapping file is described in docs/workloads.md):
    ewc-sim workload jobs.csv --mapping jobs.toml --repair
  50000 jobs of the model of Lublin and Feitelson for 512 processors:
    ewc-sim workload --model lublin --jobs 50000 --processors 512 --seed 7 --out lublin.swf.gz";

#[derive(Clone, Copy, ValueEnum)]
enum Model {
    /// Batch and interactive jobs of supercomputers (Lublin and Feitelson, 2003)
    Lublin,
}

#[derive(Clone, Copy, ValueEnum)]
enum JobKinds {
    /// Batch and interactive
    Both,
    /// Batch alone
    Batch,
    /// Interactive alone
    Interactive,
    /// By the parameters that were fitted to all jobs together
    Untyped,
}

impl From<JobKinds> for Kinds {
    fn from(kinds: JobKinds) -> Kinds {
        match kinds {
            JobKinds::Both => Kinds::Both,
            JobKinds::Batch => Kinds::Batch,
            JobKinds::Interactive => Kinds::Interactive,
            JobKinds::Untyped => Kinds::Untyped,
        }
    }
}

fn time(text: &str) -> Result<i64, String> {
    let parsed = units::duration_ms(text);
    parsed.map_err(|problem| format!("{}; {}", problem.problem, problem.hint))
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let Watched { source, progress } = source::open(args)?;
    let mut source = changed(source, args)?;
    let mut summary = Summary::default();
    let mut writer = None;
    let mut complete = true;
    while let Some(job) = source.next() {
        let job = job?;
        if let (Some(path), None) = (&args.out, &writer) {
            // What the header says is known once there is a job.
            writer = Some(target::create(path, args, &*source)?);
        }
        if let (Some(path), Some(writer)) = (&args.out, &mut writer) {
            writer
                .add(&job)
                .with_context(|| path.display().to_string())?;
        }
        summary.add(&job);
        if summary.jobs.is_multiple_of(JOBS_BETWEEN) {
            progress.say(summary.jobs);
            if stop.load(Ordering::Relaxed) {
                complete = false;
                break;
            }
        }
    }
    if let Some(path) = &args.out {
        let writer = match writer {
            Some(writer) => writer,
            None => target::create(path, args, &*source)?,
        };
        writer
            .finish(complete)
            .with_context(|| path.display().to_string())?;
    }
    print::print(args, &summary, &*source, complete);
    match complete {
        true => Ok(()),
        false => bail!("interrupted: these are the first {} jobs", summary.jobs),
    }
}

/// The jobs after all changes that were asked for.
fn changed(mut source: Box<dyn JobSource>, args: &Args) -> anyhow::Result<Box<dyn JobSource>> {
    if args.from.is_some() || args.until.is_some() {
        let (from_ms, until_ms) = (args.from.unwrap_or(0), args.until.unwrap_or(i64::MAX));
        if from_ms >= until_ms {
            bail!("--until lies before --from; give a later time");
        }
        source = Box::new(Changed::new(source, Window::new(from_ms, until_ms)));
    }
    if let Some(keep) = args.keep {
        source = Box::new(Changed::new(source, Thin::new(keep, args.seed)?));
    }
    if let Some(load) = args.load {
        source = Box::new(Changed::new(source, Scale::new(load)?));
    }
    match args.jobs {
        Some(jobs) if args.model.is_none() => Ok(Box::new(Changed::new(source, First { jobs }))),
        _ => Ok(source),
    }
}

/// Where the jobs come from, in a word.
fn name_of(args: &Args) -> String {
    match (&args.trace, args.model) {
        (Some(path), _) => path.display().to_string(),
        (None, _) => String::from("model lublin"),
    }
}
