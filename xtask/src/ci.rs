//! The test command: everything that must hold before a change lands, cheapest first.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::bail;

use crate::{programs, tidy};

/// A step: its name and the command, without the program.
type Step = (&'static str, &'static [&'static str]);

const STEPS: [Step; 5] = [
    ("format", &["fmt", "--all", "--check"]),
    (
        "clippy",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "--deny",
            "warnings",
        ],
    ),
    ("test", &["test", "--workspace", "--locked"]),
    ("doc", &["doc", "--workspace", "--no-deps", "--locked"]),
    ("build", &["build", "--workspace", "--bins", "--locked"]),
];

/// What runs the programs just built, as this one built with them. They are not the fast ones of
/// a release, which would take as long to build as all other steps together: nothing is measured
/// here.
const RUNS: [Step; 2] = [
    ("demo", &["demo", "--small", "--no-build"]),
    ("tutorial", &["tutorial", "--no-build"]),
];

/// Runs every step and stops at the first that fails.
pub fn run() -> anyhow::Result<()> {
    let root = tidy::root()?;
    let started = Instant::now();
    tidy::run()?;
    deny(&root)?;
    for (name, arguments) in STEPS {
        step(&root, name, arguments)?;
    }
    let built = programs::folder_of("debug")?.join("xtask");
    for (name, arguments) in RUNS {
        run_step(&root, name, &built, arguments)?;
    }
    println!("ci: every step passed in {} s", started.elapsed().as_secs());
    Ok(())
}

fn step(root: &Path, name: &str, arguments: &[&str]) -> anyhow::Result<()> {
    run_step(root, name, Path::new("cargo"), arguments)
}

fn run_step(root: &Path, name: &str, program: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    println!("ci: {name}: {} {}", program.display(), arguments.join(" "));
    let started = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .env("RUSTDOCFLAGS", "-D warnings")
        .current_dir(root)
        .status()?;
    if !status.success() {
        bail!("{name} failed");
    }
    println!("ci: {name} passed in {} s", started.elapsed().as_secs());
    Ok(())
}

/// Licences, bans and sources; advisories need a database from outside and run where there is one.
///
/// What it reads is fetched first: the graph holds packages of systems that nothing here is built
/// for.
fn deny(root: &Path) -> anyhow::Result<()> {
    let present = Command::new("cargo").args(["deny", "--version"]).output();
    if !present.is_ok_and(|output| output.status.success()) {
        println!("ci: deny SKIPPED: cargo-deny is not installed");
        return Ok(());
    }
    step(root, "fetch", &["fetch", "--locked"])?;
    step(
        root,
        "deny",
        &["deny", "--offline", "check", "licenses", "bans", "sources"],
    )
}
