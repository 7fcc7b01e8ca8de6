//! `ewc-sim report`.

use std::path::{Path, PathBuf};

use ewc_sim::report::planner::{self, Lang};

/// Makes report.html of a folder of results anew, from its files alone.
///
/// The folder is that of `--out` of run, compare, whatif, expand or sweep. The page is one file
/// that loads nothing, in English and Chinese, with a switch; the same folder gives the same page.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of results
    folder: PathBuf,
    /// Language that it opens in; both are there
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    say(&args.folder, args.lang)
}

/// Writes the page of a folder, and says where it is.
pub(super) fn say(folder: &Path, lang: Lang) -> anyhow::Result<()> {
    println!("report       {}", planner::write(folder, lang)?.display());
    Ok(())
}
