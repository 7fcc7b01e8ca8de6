//! The test command: everything that must hold before a change lands, cheapest first.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::bail;

use crate::tidy;

/// A step: its name and the command, without `cargo`.
type Step = (&'static str, &'static [&'static str]);

const STEPS: [Step; 6] = [
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
    // The programs that the tests have built already: nothing is measured here.
    ("build", &["build", "--workspace", "--bins", "--locked"]),
    ("demo", &["xtask", "demo", "--small", "--no-build"]),
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
    println!("ci: every step passed in {} s", started.elapsed().as_secs());
    Ok(())
}

fn step(root: &Path, name: &str, arguments: &[&str]) -> anyhow::Result<()> {
    println!("ci: {name}: cargo {}", arguments.join(" "));
    let started = Instant::now();
    let status = Command::new("cargo")
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
