//! `cargo xtask figure`: builds what is measured and what measures, as it is installed, and
//! measures.
//!
//! What a figure is stands in `benches/`; this only builds and calls it.

use std::path::Path;
use std::process::Command;

use anyhow::bail;

use crate::{programs, tidy};

/// Everything after `figure` goes to the program that measures.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// NAME [--quick] [--without-peer], --list, or --help
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// The program that measures, and the programs that it starts.
const PACKAGES: [&str; 2] = ["ewc-benches", "ewc-scheduler"];

/// The profile of installed programs.
const PROFILE: &str = "dist";

/// Builds, then measures one figure; fails when its target is missed.
pub fn run(args: &Args) -> anyhow::Result<()> {
    build(&tidy::root()?)?;
    let status = Command::new(programs::folder_of(PROFILE)?.join("ewc-figure"))
        .args(&args.arguments)
        .status()?;
    if !status.success() {
        // It has said why.
        std::process::exit(status.code().unwrap_or(1));
    }
    Ok(())
}

fn build(root: &Path) -> anyhow::Result<()> {
    let mut command = Command::new("cargo");
    command.args(["build", "--quiet", "--locked", "--bins"]);
    command.args(["--profile", PROFILE]);
    for package in PACKAGES {
        command.args(["--package", package]);
    }
    if !command.current_dir(root).status()?.success() {
        bail!("the build failed");
    }
    Ok(())
}
