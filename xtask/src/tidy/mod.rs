//! Rules of the house that no compiler checks.

mod rooms;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// What the core may depend on, directly. Everything else would let a clock, a thread, a random
/// number or the network in.
const CORE_MAY_USE: [&str; 5] = ["borsh", "imbl", "petgraph", "sha2", "thiserror"];
/// Who may depend on whom among our own crates (`ARCHITECTURE.md`).
const MEMBERS_MAY_USE: [(&str, &[&str]); 8] = [
    ("ewc-core", &[]),
    ("ewc-proto", &["ewc-core"]),
    ("ewc-scenario", &["ewc-core"]),
    ("ewc-scheduler", &["ewc-core", "ewc-proto", "ewc-scenario"]),
    ("ewc-agent", &["ewc-core", "ewc-proto", "ewc-scenario"]),
    ("ewc", &["ewc-core", "ewc-proto", "ewc-scenario"]),
    ("ewc-sim", &["ewc-core", "ewc-scenario"]),
    (
        "ewc-cluster-sim",
        &["ewc-core", "ewc-scheduler", "ewc-agent"],
    ),
];
/// Lines of a source file; above, its idea is probably two.
const LINES_MAX: usize = 700;
/// Columns of a line.
const COLUMNS_MAX: usize = 100;
/// Left-overs that do not land.
const MUST_NOT_REMAIN: [&str; 4] = ["todo!(", "unimplemented!(", "FIXME", "dbg!("];

/// Checks every rule and prints every breach.
pub fn run() -> anyhow::Result<()> {
    let root = root()?;
    let mut breaches = dependencies(&root)?;
    for file in sources(&root)? {
        breaches.extend(source(&root, &file)?);
    }
    for breach in &breaches {
        eprintln!("tidy: {breach}");
    }
    if !breaches.is_empty() {
        bail!("{} rules of the house are broken", breaches.len());
    }
    println!("tidy: ok");
    Ok(())
}

/// The workspace's folder.
pub fn root() -> anyhow::Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let parent = manifest.parent().context("xtask stands in the workspace")?;
    Ok(parent.to_path_buf())
}

fn dependencies(root: &Path) -> anyhow::Result<Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        bail!(
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"]
        .as_array()
        .context("metadata without packages")?;
    let ours: BTreeSet<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    let mut breaches = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let uses = dependency["name"].as_str().unwrap_or_default();
            let dev = dependency["kind"].as_str() == Some("dev");
            if name == "ewc-core" && !dev && !CORE_MAY_USE.contains(&uses) {
                breaches.push(format!("core depends on {uses}, which it must not"));
            }
            let rule = MEMBERS_MAY_USE.iter().find(|(member, _)| *member == name);
            let allowed = rule.is_none_or(|(_, allowed)| allowed.contains(&uses));
            if ours.contains(uses) && !dev && !allowed {
                breaches.push(format!("{name} depends on {uses}, against ARCHITECTURE.md"));
            }
        }
    }
    Ok(breaches)
}

/// Every Rust source that git tracks or would track.
fn sources(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "*.rs",
        ])
        .current_dir(root)
        .output()?;
    let listed = String::from_utf8(output.stdout)?;
    Ok(listed
        .lines()
        .map(PathBuf::from)
        .filter(|file| root.join(file).exists())
        .collect())
}

fn is_test(file: &Path) -> bool {
    let mut parts = file
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    parts.any(|part| part == "tests" || part.contains("tests.rs"))
}

fn source(root: &Path, file: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(root.join(file))?;
    let name = file.display();
    let mut breaches = Vec::new();
    let lines = text.lines().count();
    if lines > LINES_MAX {
        breaches.push(format!("{name} has {lines} lines; at most {LINES_MAX}"));
    }
    let rules_themselves = file.starts_with("xtask");
    let is_test = is_test(file);
    let has_tables = is_test || text.contains("#[rustfmt::skip]");
    for (number, line) in text.lines().enumerate() {
        let at = format!("{name}:{}", number + 1);
        // Tables are data: a row stays a row.
        if line.chars().count() > COLUMNS_MAX && !has_tables {
            breaches.push(format!("{at} is longer than {COLUMNS_MAX} columns"));
        }
        let left = MUST_NOT_REMAIN.iter().find(|word| line.contains(**word));
        if let Some(word) = left.filter(|_| !rules_themselves) {
            breaches.push(format!("{at} says {word}"));
        }
        if let Some((word, because)) = rooms::breach(file, line).filter(|_| !is_test) {
            breaches.push(format!("{at} says {word}; {because}"));
        }
    }
    Ok(breaches)
}
