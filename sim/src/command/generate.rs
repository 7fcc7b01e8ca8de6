//! `ewc-sim generate`.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::builder::PossibleValue;
use ewc_sim::instance::generate::{KINDS, Sizes};

#[derive(clap::Args)]
pub struct Args {
    /// What to make
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(kinds()))]
    kind: String,
    /// The same seed gives the same instance
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Entries of the list of jobs, other than the kind's own number
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    jobs: Option<u32>,
    /// Sites
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    sites: Option<u32>,
    /// Links, at least as many as join all sites; 0: no network and no data
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=50_000))]
    links: Option<u32>,
    /// Slots
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=4096))]
    slots: Option<u32>,
    /// Where to write it; absent: to standard output
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn kinds() -> Vec<PossibleValue> {
    let kinds = KINDS.iter();
    kinds
        .map(|kind| PossibleValue::new(kind.name).help(kind.about))
        .collect()
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let sizes = Sizes {
        jobs: args.jobs.map(|jobs| jobs as usize),
        sites: args.sites.map(|sites| sites as usize),
        links: args.links.map(|links| links as usize),
        slots: args.slots,
    };
    let kind = KINDS.iter().find(|kind| kind.name == args.kind);
    let kind = kind.context("the kind is one of those in the list")?;
    let Some(instance) = kind.make(args.seed, &sizes) else {
        bail!("{} draws its own sizes; leave the sizes out", kind.name);
    };
    instance.check().context("no instance has these sizes")?;
    let json = instance.to_json();
    match &args.out {
        Some(path) => {
            std::fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))
        }
        None => std::io::stdout()
            .write_all(json.as_bytes())
            .context("cannot write to standard output"),
    }
}
