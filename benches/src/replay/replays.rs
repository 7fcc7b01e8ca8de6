//! Runs `ewc-scheduler replay` and reads its report; plants a difference.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use ewc_core::Command as Logged;
use ewc_scheduler::archive::{Archive, segments};
use ewc_scheduler::replica::{commands_of, encode_commands, is_plan};
use serde_json::Value;

/// The report of a replay.
pub struct Replay {
    /// What it printed.
    pub report: Value,
    /// Its exit status.
    pub status: i32,
    /// How long it took.
    pub took: Duration,
}

impl Replay {
    /// Replays a directory.
    pub fn run(program: &Path, data_dir: &Path, threads: u32) -> anyhow::Result<Replay> {
        let started = Instant::now();
        let output = Command::new(program)
            .args([
                "replay",
                "--json",
                "--threads",
                &threads.to_string(),
                "--data-dir",
            ])
            .arg(data_dir)
            .env_remove("EWC_SCHEDULER_DATA_DIR")
            .output()?;
        let took = started.elapsed();
        let errors = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("replay gave no report: {errors}"))?;
        let status = output.status.code().context("replay was killed")?;
        Ok(Replay {
            report,
            status,
            took,
        })
    }

    /// A sum of the report.
    pub fn count(&self, name: &str) -> u64 {
        self.report[name].as_u64().unwrap_or(0)
    }

    /// Every plan with its answer.
    pub fn plans(&self) -> &[Value] {
        self.report["plans"].as_array().map_or(&[], Vec::as_slice)
    }

    /// How many plans `holds` of.
    pub fn having(&self, holds: impl Fn(&Value) -> bool) -> usize {
        self.plans().iter().filter(|plan| holds(plan)).count()
    }

    /// Terms in which plans were logged: each had a leader of its own.
    pub fn terms(&self) -> usize {
        let mut terms: Vec<u64> = self
            .plans()
            .iter()
            .filter_map(|plan| plan["term"].as_u64())
            .collect();
        terms.sort_unstable();
        terms.dedup();
        terms.len()
    }
}

/// Writes the newest segment of an archive once more, with one unit added to a cost of the last
/// placement in it. Says where the plan stands, and for which job.
pub fn plant(archive: &Path, planted: &Path) -> anyhow::Result<(u64, u64)> {
    let Some(segment) = segments(archive)?.pop() else {
        bail!("the archive has no segment; let the members snapshot earlier");
    };
    let mut entries = segment.entries()?.collect::<Result<Vec<_>, _>>()?;
    let mut spoilt = None;
    for entry in entries.iter_mut().rev() {
        let mut commands = commands_of(entry)?;
        let Some(Logged::CommitPlan(plan)) = commands.first_mut().map(|one| &mut one.command)
        else {
            continue;
        };
        let Some((job, placement)) = plan.placements.last_mut() else {
            continue;
        };
        placement.cost.energy_micro_cny += 1;
        spoilt = Some((entry.index, job.0));
        entry.data = encode_commands(&commands).into();
        break;
    }
    let target = Archive::open(planted.join("archive"), u64::MAX)?;
    let mut written = target.begin(&segment.base(), segment.base_index)?;
    for entry in &entries {
        written.add(entry, is_plan(entry))?;
    }
    target.finish(written)?;
    let spoilt = spoilt.context("no plan in the newest segment places a job")?;
    ensure!(
        !segments(&planted.join("archive"))?.is_empty(),
        "nothing was planted"
    );
    Ok(spoilt)
}
