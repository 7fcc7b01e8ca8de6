//! `ewc-figure`: measures one figure and says whether its target is met. `cargo xtask figure`
//! builds what it needs and calls it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use ewc_benches::figure::{self, Options, Verdict};
use ewc_benches::machine;

/// That of the programs whose code is measured in this one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures one figure anew; its last line is the result.
#[derive(Parser)]
#[command(name = "ewc-figure", version)]
struct Args {
    /// Which figure.
    #[arg(required_unless_present = "list")]
    name: Option<String>,
    /// Fewer rounds, within three minutes; judges the same ratios.
    #[arg(long)]
    quick: bool,
    /// Goes on when the peer is not installed; what needs it stays unknown.
    #[arg(long)]
    without_peer: bool,
    /// Says what each figure shows, its target and its peer.
    #[arg(long)]
    list: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let Some(name) = args.name.filter(|_| !args.list) else {
        print!("{}", figure::list());
        return Ok(ExitCode::SUCCESS);
    };
    let figure = figure::find(&name)?;
    let programs = programs()?;
    let directory = directory(&programs, &name)?;
    let options = Options {
        quick: args.quick,
        without_peer: args.without_peer,
        directory,
        programs,
    };
    println!("{}: {}", figure.name, figure.shows);
    println!("machine: {}", machine::describe());
    let result = (figure.run)(&options);
    // Some gigabytes; what went wrong is in the message.
    let removed = std::fs::remove_dir_all(&options.directory);
    let outcome = result?;
    removed.with_context(|| format!("cannot remove {}", options.directory.display()))?;
    if args.quick {
        println!("quick: left out {}", outcome.left_out.join("; "));
    }
    println!("{}", outcome.last_line(figure.name));
    match outcome.verdict {
        Verdict::Missed => Ok(ExitCode::FAILURE),
        Verdict::Met | Verdict::Unknown => Ok(ExitCode::SUCCESS),
    }
}

/// The folder this program stands in, with its siblings.
fn programs() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe()?;
    Ok(this
        .parent()
        .context("a program stands in a folder")?
        .to_path_buf())
}

/// An empty folder below the build's, which is on a disk.
fn directory(programs: &std::path::Path, name: &str) -> anyhow::Result<PathBuf> {
    let target = programs
        .parent()
        .context("the programs stand below the target folder")?;
    let directory = target
        .join("figure")
        .join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    Ok(directory)
}
