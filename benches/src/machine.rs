//! The machine a figure is measured on, as far as results depend on it.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::statistics::median;

/// Kinds of file systems that keep nothing on a disk.
const IN_MEMORY: [&str; 2] = ["tmpfs", "ramfs"];
/// Writes of which the median is taken.
const PROBES: u32 = 200;
/// Bytes of one.
const PROBE_BYTES: usize = 1024;

/// Processors, kernel and present load.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown processor", |rest| {
        rest.trim_start_matches([' ', '\t', ':'])
    });
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split_whitespace().take(1).collect();
    format!("{cores} cores of {model}, load average {}", load.concat())
}

/// Resident memory of this process, in bytes.
///
/// # Errors
/// The kernel does not tell.
pub fn resident_bytes() -> anyhow::Result<u64> {
    status_bytes("VmRSS:")
}

/// The most memory that this process has held so far, in bytes.
///
/// # Errors
/// The kernel does not tell.
pub fn peak_bytes() -> anyhow::Result<u64> {
    status_bytes("VmHWM:")
}

fn status_bytes(name: &'static str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line
        .and_then(|rest| rest.split_whitespace().next())
        .with_context(|| format!("no {name}"))?;
    Ok(kib.parse::<u64>()? * 1024)
}

/// The disk below a folder: its file system and how long 1 KiB takes to become durable.
///
/// # Errors
/// It is no disk, or cannot be written to.
pub fn disk(folder: &Path) -> anyhow::Result<String> {
    let kind = file_system(folder)?;
    if IN_MEMORY.contains(&kind.as_str()) {
        bail!(
            "{} is on {kind}; build into a folder on a disk",
            folder.display()
        );
    }
    let path = folder.join("probe");
    let mut file = File::create(&path)?;
    let mut write = || -> std::io::Result<f64> {
        let started = Instant::now();
        file.write_all(&[7; PROBE_BYTES])?;
        file.sync_data()?;
        Ok(started.elapsed().as_secs_f64())
    };
    let seconds: Vec<f64> = (0..PROBES).map(|_| write()).collect::<Result<_, _>>()?;
    std::fs::remove_file(path)?;
    Ok(format!(
        "{kind}, 1 KiB is durable after {:.2} ms (median)",
        median(seconds) * 1e3
    ))
}

/// Kind of the file system that holds a folder, as the kernel names it.
fn file_system(folder: &Path) -> anyhow::Result<String> {
    let folder = folder.canonicalize()?;
    let mounts = std::fs::read_to_string("/proc/mounts")?;
    let holders = mounts.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (point, kind) = (fields.next()?, fields.next()?);
        folder.starts_with(point).then_some((point.len(), kind))
    });
    // Of two mounts at one place the later one counts.
    let (_, kind) = holders
        .max_by_key(|(length, _)| *length)
        .context("no mount holds it")?;
    Ok(kind.to_owned())
}
