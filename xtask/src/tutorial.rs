//! Runs the commands of a tutorial as they are written, so that it stays true.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};

use crate::{programs, tidy};

/// Tutorials whose commands stand in blocks marked `sh` and need nothing but our programs.
const TUTORIALS: [&str; 1] = ["docs/planners.md"];

#[derive(clap::Args)]
pub struct Args {
    /// Keep the folder in which the commands ran, and name it
    #[arg(long)]
    keep: bool,
    /// Do not build; run the programs that stand beside this one
    #[arg(long)]
    no_build: bool,
}

/// A block of commands: where it begins in its file, and what it says.
struct Block {
    line: usize,
    commands: String,
}

/// Builds the simulator, and runs every block of every tutorial in a folder of its own.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let root = tidy::root()?;
    if !args.no_build {
        build(&root)?;
    }
    let programs = programs::folder()?;
    for tutorial in TUTORIALS {
        let text = fs::read_to_string(root.join(tutorial)).context(tutorial)?;
        let blocks = blocks(&text);
        ensure!(!blocks.is_empty(), "{tutorial}: no block of commands");
        let folder = tempfile::Builder::new().prefix("ewc-tutorial-").tempdir()?;
        for block in &blocks {
            run_block(&programs, folder.path(), tutorial, block)?;
        }
        println!("tutorial: {tutorial}: {} blocks ran", blocks.len());
        if args.keep {
            println!("tutorial: results in {}", folder.keep().display());
        }
    }
    Ok(())
}

fn build(root: &Path) -> anyhow::Result<()> {
    let status = Command::new("cargo")
        .args(["build", "--release", "--locked", "--quiet", "-p", "ewc-sim"])
        .current_dir(root)
        .status()?;
    ensure!(status.success(), "building ewc-sim failed");
    Ok(())
}

fn run_block(programs: &Path, folder: &Path, tutorial: &str, block: &Block) -> anyhow::Result<()> {
    let at = format!("{tutorial}:{}", block.line);
    let started = Instant::now();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &block.commands])
        .current_dir(folder)
        .env("PATH", path_with(programs)?)
        .output()
        .context("bash")?;
    if !output.status.success() {
        bail!(
            "{at}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    println!("tutorial: {at} ran in {} s", started.elapsed().as_secs());
    Ok(())
}

fn path_with(first: &Path) -> anyhow::Result<std::ffi::OsString> {
    let others = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(PathBuf::from(first)).chain(std::env::split_paths(&others));
    Ok(std::env::join_paths(all)?)
}

/// The blocks marked `sh`, in their order.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line) {
            (None, "```sh") => {
                open = Some(Block {
                    line: number + 1,
                    commands: String::new(),
                });
            }
            (Some(_), "```") => blocks.extend(open.take()),
            (Some(block), _) => {
                block.commands.push_str(line);
                block.commands.push('\n');
            }
            (None, _) => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_commands_are_found_with_their_lines_and_others_are_not() {
        let text = "# T\n```sh\na\nb\n```\n```console\n$ c\n```\n\
            ```toml\nd = 1\n```\n```sh\ne\n```\n";
        let found: Vec<_> = blocks(text)
            .into_iter()
            .map(|block| (block.line, block.commands))
            .collect();
        assert_eq!(found, [(2, "a\nb\n".to_owned()), (12, "e\n".to_owned())]);
    }
}
