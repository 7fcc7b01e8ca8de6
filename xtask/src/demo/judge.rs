//! Judges a run by what witnesses outside ewc saw.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ewc_proto::convert::sha256_to_hex;
use ewc_proto::v1::{self, JobState};
use ewc_sim::workload::{Expectation, GeneratedJob};
use sha2::{Digest as _, Sha256};

use super::payload;
use super::watcher::Outcome;
use super::workload::Load;

/// Bytes that must cross links in a run of the full size, in megabytes.
const MOVED_MB_MIN: i64 = 1000;
/// Jobs of the full size.
const FULL_SIZE: usize = 200;

/// How the run fared.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Jobs submitted.
    pub jobs: usize,
    /// Jobs that ended as a success.
    pub succeeded: usize,
    /// Jobs that ended otherwise.
    pub failed: usize,
    /// Of these, jobs planted to fail.
    pub expected_failed: usize,
    /// Acknowledged jobs that are gone or never ended, and jobs never acknowledged.
    pub lost: usize,
    /// Starts beyond those allowed.
    pub double_starts: usize,
    /// Outputs whose bytes do not follow from the inputs.
    pub wrong_outputs: usize,
    /// Most pools and links at a time on which more was reserved than usable.
    pub over_reserved: i64,
    /// What crossed links.
    pub moved_mb: i64,
    /// What had to cross links: a workload log knows no data that would have to.
    pub moved_mb_min: i64,
    /// From the first submission to the last end.
    pub seconds: u64,
    /// Jobs that did not end as their file expects, with the reason.
    pub surprises: Vec<String>,
}

impl Verdict {
    /// The line that everything is judged by.
    pub fn last_line(&self) -> String {
        format!(
            "demo: jobs={} succeeded={} failed={} expected_failed={} lost={} double_starts={} \
             wrong_outputs={} over_reserved={} moved_mb={} seconds={}",
            self.jobs,
            self.succeeded,
            self.failed,
            self.expected_failed,
            self.lost,
            self.double_starts,
            self.wrong_outputs,
            self.over_reserved,
            self.moved_mb,
            self.seconds,
        )
    }

    /// Every promise was kept.
    pub fn is_good(&self) -> bool {
        let broken = self.lost + self.double_starts + self.wrong_outputs + self.surprises.len();
        let due = self.jobs - self.expected_failed;
        let moved_enough = self.moved_mb >= self.moved_mb_min;
        broken == 0
            && self.over_reserved == 0
            && self.failed == self.expected_failed
            && self.succeeded * 100 >= due * 95
            && moved_enough
    }

    /// Says what was not as expected.
    pub fn print_details(&self) {
        for surprise in &self.surprises {
            println!("demo: {surprise}");
        }
    }
}

/// Compares what was promised with what happened.
pub fn judge(
    load: &Load,
    outcome: &Outcome,
    directory: &Path,
    seconds: u64,
) -> anyhow::Result<Verdict> {
    let moves = load.generated && load.jobs.len() >= FULL_SIZE;
    let mut verdict = Verdict {
        moved_mb_min: if moves { MOVED_MB_MIN } else { 0 },
        jobs: load.jobs.len(),
        seconds,
        ..Verdict::default()
    };
    let by_key: BTreeMap<&str, &v1::Job> = outcome
        .final_jobs
        .iter()
        .map(|job| (job.idempotency_key.as_str(), job))
        .collect();
    let acknowledged: BTreeMap<&str, &str> = outcome
        .acknowledged
        .iter()
        .map(|(key, id)| (key.as_str(), id.as_str()))
        .collect();
    for job in &load.jobs {
        let stored = by_key.get(job.key.as_str()).copied();
        let known = acknowledged.get(job.key.as_str());
        let Some(stored) = stored.filter(|stored| known == Some(&stored.job_id.as_str())) else {
            verdict.lost += 1;
            verdict.surprises.push(format!("{} is lost", job.key));
            continue;
        };
        judge_end(&mut verdict, job, stored);
        let seen = Seen::read(&directory.join("witness").join(&job.key));
        judge_starts(&mut verdict, job, stored, &seen);
        judge_output(&mut verdict, load, outcome, job, stored, &seen)?;
    }
    let over_reserved = outcome
        .samples
        .iter()
        .map(|sample| sample.over_reserved)
        .max();
    verdict.over_reserved = over_reserved.unwrap_or(0);
    let moved = outcome
        .samples
        .last()
        .map_or(0, |sample| sample.transferred_bytes);
    verdict.moved_mb = moved / 1_000_000;
    Ok(verdict)
}

fn judge_end(verdict: &mut Verdict, job: &GeneratedJob, stored: &v1::Job) {
    let state = stored.state();
    let planted = matches!(job.expected, Expectation::Fails { .. });
    match state {
        JobState::Succeeded => verdict.succeeded += 1,
        JobState::Failed | JobState::Cancelled | JobState::OutcomeUnknown => {
            verdict.failed += 1;
            verdict.expected_failed += usize::from(planted);
        }
        _ => verdict.lost += 1,
    }
    let as_expected = match job.expected {
        Expectation::Succeeds | Expectation::StoppedAfter { .. } => state == JobState::Succeeded,
        Expectation::Fails { exit_code } => {
            let code = stored.attempts.last().map(|attempt| attempt.exit_code);
            state == JobState::Failed && code == Some(exit_code)
        }
    };
    if !as_expected {
        verdict.surprises.push(format!(
            "{} ({}) was expected to end as {:?} and is {}: {}",
            job.key,
            job.class.name(),
            job.expected,
            state.as_str_name(),
            stored.reason,
        ));
    }
}

/// What the witness of one job saw.
#[derive(Default)]
struct Seen {
    /// Starts, by attempt and task.
    starts: BTreeMap<(String, String), usize>,
    hashes: BTreeSet<String>,
}

impl Seen {
    fn read(path: &Path) -> Seen {
        let mut seen = Seen::default();
        for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["start", _, attempt, task] => {
                    *seen
                        .starts
                        .entry((attempt.to_owned(), task.to_owned()))
                        .or_default() += 1;
                }
                ["hash", hash] => drop(seen.hashes.insert(hash.to_owned())),
                _ => {}
            }
        }
        seen
    }
}

/// No task of an attempt starts twice, and a run-once job has one attempt.
fn judge_starts(verdict: &mut Verdict, job: &GeneratedJob, stored: &v1::Job, seen: &Seen) {
    let twice = seen.starts.values().map(|starts| starts - 1).sum::<usize>();
    let attempts: BTreeSet<&String> = seen.starts.keys().map(|(attempt, _)| attempt).collect();
    let again = match job.spec.retries {
        0 => attempts.len().saturating_sub(1),
        retries => attempts.len().saturating_sub(retries as usize + 1),
    };
    let unknown = attempts.len().saturating_sub(stored.attempts.len());
    if twice + again + unknown > 0 {
        verdict.double_starts += twice + again + unknown;
        verdict
            .surprises
            .push(format!("{} was started too often", job.key));
    }
}

/// Every task read the very bytes that the inputs had at their origin, and the result follows.
fn judge_output(
    verdict: &mut Verdict,
    load: &Load,
    outcome: &Outcome,
    job: &GeneratedJob,
    stored: &v1::Job,
    seen: &Seen,
) -> anyhow::Result<()> {
    if stored.state() != JobState::Succeeded {
        return Ok(());
    }
    let hash = load.inputs_hash(job)?;
    let read_right = seen.hashes.len() == 1 && seen.hashes.contains(&hash);
    let result = Sha256::digest(payload::result(&job.key, &hash));
    let result = sha256_to_hex(&result.into());
    let expected_site = |dataset: &v1::Dataset, site: &str| {
        site.is_empty() || dataset.sites.iter().any(|held| held == site)
    };
    let outputs_right = job.spec.outputs.iter().take(1).all(|output| {
        let found = outcome
            .datasets
            .iter()
            .find(|dataset| dataset.name == output.dataset);
        found.is_some_and(|dataset| {
            dataset.sha256 == result && expected_site(dataset, &output.deliver_to)
        })
    });
    if !(read_right && outputs_right) {
        verdict.wrong_outputs += 1;
        verdict.surprises.push(format!(
            "{}: inputs read {} times as {:?}, expected {hash}; result right: {outputs_right}",
            job.key,
            seen.hashes.len(),
            seen.hashes.first(),
        ));
    }
    Ok(())
}
