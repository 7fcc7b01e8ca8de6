//! Judges a run by what witnesses outside ewc saw.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ewc_core::model::Output;
use ewc_proto::convert::sha256_to_hex;
use ewc_proto::v1::{self, JobState};
use ewc_sim::workload::{Expectation, GeneratedJob};
use sha2::{Digest as _, Sha256};

use super::configs::TIME_SCALE;
use super::payload;
use super::watcher::Outcome;
use super::workload::Load;

/// Bytes that must cross links in a run of the full size, in megabytes.
const MOVED_MB_MIN: i64 = 1000;
/// Jobs of the full size.
const FULL_SIZE: usize = 200;

/// What runs for a stated time may be stopped so much earlier: the clocks are two.
const STOPPED_AFTER_PERCENT: i64 = 90;

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
        if stored.state() == JobState::Succeeded {
            let outputs = Outputs {
                datasets: &outcome.datasets,
                agents: &directory.join("agents"),
            };
            judge_output(&mut verdict, &load.inputs_hash(job)?, &outputs, job, &seen);
        }
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
    let last = stored.attempts.last();
    // By the agent's own clock: the network hears of starts and ends late while it has no leader.
    let usage = last.and_then(|attempt| attempt.usage);
    let ran_ms = usage.map_or(0, |usage| usage.wall_ms.saturating_mul(TIME_SCALE as i64));
    let as_expected = match job.expected {
        Expectation::Succeeds => state == JobState::Succeeded,
        Expectation::StoppedAfter { ms } => {
            state == JobState::Succeeded && ran_ms * 100 >= ms * STOPPED_AFTER_PERCENT
        }
        Expectation::Fails { exit_code } => {
            let code = last.map(|attempt| attempt.exit_code);
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

/// Where results are.
struct Outputs<'o> {
    /// What the catalogue says.
    datasets: &'o [v1::Dataset],
    /// The folder of every agent, by the name of its site.
    agents: &'o Path,
}

impl Outputs<'_> {
    /// Every site that is said to hold a result holds these very bytes, the one among them that it
    /// was to be delivered to.
    fn hold(&self, output: &Output, bytes: &str) -> bool {
        let sha256 = sha256_to_hex(&Sha256::digest(bytes).into());
        let mut datasets = self.datasets.iter();
        let known = datasets.find(|dataset| dataset.name == output.dataset);
        known.is_some_and(|known| {
            let at = |site: &String| self.agents.join(site).join("data").join(&sha256);
            let is_there =
                |site| std::fs::read(at(site)).is_ok_and(|held| held == bytes.as_bytes());
            known.sha256 == sha256
                && !known.sites.is_empty()
                && known.sites.iter().all(is_there)
                && (output.deliver_to.is_empty() || known.sites.contains(&output.deliver_to))
        })
    }
}

/// Every task read the very bytes that the inputs had at their origin, which have that hash, and
/// the result follows.
fn judge_output(
    verdict: &mut Verdict,
    hash: &str,
    outputs: &Outputs<'_>,
    job: &GeneratedJob,
    seen: &Seen,
) {
    // What is stopped from outside may be stopped before it has read everything.
    let stopped = matches!(job.expected, Expectation::StoppedAfter { .. });
    let read_right = match seen.hashes.is_empty() {
        true => stopped && !seen.starts.is_empty(),
        false => seen.hashes.iter().all(|read| read == hash),
    };
    let result = payload::result(&job.key, hash);
    let mut wanted = job.spec.outputs.iter().take(1);
    let outputs_right = wanted.all(|output| outputs.hold(output, &result));
    if !(read_right && outputs_right) {
        verdict.wrong_outputs += 1;
        verdict.surprises.push(format!(
            "{}: inputs read {} times as {:?}, expected {hash}; result right: {outputs_right}",
            job.key,
            seen.hashes.len(),
            seen.hashes.first(),
        ));
    }
}

#[cfg(test)]
mod tests {
    use ewc_scenario::{Format, JobFile};

    use super::*;

    const HASH: &str = "00aa";

    fn job(expected: Expectation, retries: u32) -> GeneratedJob {
        let text = format!(
            "name = \"j\"\ncommand = [\"true\"]\nestimate = \"1h\"\nretries = {retries}\n\
             [[outputs]]\ndataset = \"o\"\npath = \"o\"\nsize = \"1kB\"\ndeliver_to = \"b\"\n"
        );
        let spec = JobFile::parse(&text, Format::Toml).unwrap().spec;
        GeneratedJob {
            submit_ms: 0,
            key: "j".to_owned(),
            tenant: "t".to_owned(),
            region: String::new(),
            class: spec.class,
            spec,
            expected,
            run_ms: 0,
        }
    }

    /// The job as it is stored at the end, run once for so many milliseconds.
    fn stored(state: JobState, exit_code: i32, run_ms: i64) -> v1::Job {
        v1::Job {
            state: state.into(),
            attempts: vec![v1::Attempt {
                exit_code,
                usage: Some(v1::Usage {
                    wall_ms: run_ms / TIME_SCALE as i64,
                    ..v1::Usage::default()
                }),
                ..v1::Attempt::default()
            }],
            ..v1::Job::default()
        }
    }

    fn surprises(judge: impl FnOnce(&mut Verdict)) -> usize {
        let mut verdict = Verdict::default();
        judge(&mut verdict);
        verdict.surprises.len()
    }

    #[test]
    fn another_end_than_the_planned_one_is_found() {
        let fails = Expectation::Fails { exit_code: 3 };
        let stopped = Expectation::StoppedAfter { ms: 7_200_000 };
        for (expected, state, code, run_ms, found) in [
            (Expectation::Succeeds, JobState::Succeeded, 0, 10, 0),
            (Expectation::Succeeds, JobState::Failed, 1, 10, 1),
            (Expectation::Succeeds, JobState::Running, 0, 10, 1),
            (fails, JobState::Failed, 3, 10, 0),
            (fails, JobState::Failed, 4, 10, 1),
            (fails, JobState::Succeeded, 0, 10, 1),
            (stopped, JobState::Succeeded, 0, 7_200_000, 0),
            (stopped, JobState::Succeeded, 0, 3_600_000, 1),
            (stopped, JobState::Cancelled, 0, 7_200_000, 1),
        ] {
            let stored = stored(state, code, run_ms);
            let seen = surprises(|verdict| judge_end(verdict, &job(expected, 0), &stored));
            assert_eq!(seen, found, "{expected:?} {state:?} {code} {run_ms}");
        }
    }

    #[test]
    fn a_start_too_many_is_found() {
        for (lines, retries, attempts, found) in [
            ("start j 1 0\nstart j 1 1\n", 0, 1, 0),
            ("start j 1 0\nstart j 1 0\n", 0, 1, 1),
            ("start j 1 0\nstart j 2 0\n", 0, 2, 1),
            ("start j 1 0\nstart j 2 0\n", 1, 2, 0),
            ("start j 1 0\nstart j 2 0\n", 1, 1, 1),
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), lines).unwrap();
            let mut known = stored(JobState::Succeeded, 0, 10);
            known.attempts.resize(attempts, v1::Attempt::default());
            let mut verdict = Verdict::default();
            let job = job(Expectation::Succeeds, retries);
            judge_starts(&mut verdict, &job, &known, &Seen::read(file.path()));
            assert_eq!(verdict.double_starts, found, "{lines} {retries} {attempts}");
        }
    }

    #[test]
    fn a_wrong_input_and_a_wrong_result_are_found() {
        let job = job(Expectation::Succeeds, 0);
        let right = payload::result("j", HASH);
        let sha256 = sha256_to_hex(&Sha256::digest(&right).into());
        let read = |hashes: &[&str]| Seen {
            hashes: hashes.iter().map(ToString::to_string).collect(),
            ..Seen::default()
        };
        let dataset = |sha256: &str, sites: &[&str]| v1::Dataset {
            name: "o".into(),
            sha256: sha256.into(),
            sites: sites.iter().map(ToString::to_string).collect(),
            ..v1::Dataset::default()
        };
        let good = dataset(&sha256, &["a", "b"]);
        let bytes = right.as_str();
        for (seen, known, at_b, found) in [
            (read(&[HASH]), good.clone(), bytes, 0),
            (read(&["11bb"]), good.clone(), bytes, 1),
            (read(&[HASH, "11bb"]), good.clone(), bytes, 1),
            (read(&[]), good.clone(), bytes, 1),
            (read(&[HASH]), dataset("cc", &["a", "b"]), bytes, 1),
            (read(&[HASH]), dataset(&sha256, &["a"]), bytes, 1),
            (read(&[HASH]), dataset(&sha256, &[]), bytes, 1),
            (read(&[HASH]), good, "other bytes", 1),
        ] {
            let agents = tempfile::tempdir().unwrap();
            for (site, bytes) in [("a", right.as_str()), ("b", at_b)] {
                let data = agents.path().join(site).join("data");
                std::fs::create_dir_all(&data).unwrap();
                std::fs::write(data.join(&sha256), bytes).unwrap();
            }
            let outputs = Outputs {
                datasets: std::slice::from_ref(&known),
                agents: agents.path(),
            };
            let mut verdict = Verdict::default();
            judge_output(&mut verdict, HASH, &outputs, &job, &seen);
            assert_eq!(verdict.wrong_outputs, found, "{known:?} {at_b}");
        }
    }

    #[test]
    fn stopped_work_may_not_have_read_its_inputs_but_has_started() {
        let mut job = job(Expectation::StoppedAfter { ms: 1 }, 0);
        job.spec.outputs.clear();
        let (nothing, folder) = ([], Path::new("no such folder"));
        for (lines, found) in [
            ("start j 1 0\n", 0),
            ("start j 1 0\nhash 00aa\n", 0),
            ("start j 1 0\nhash 11bb\n", 1),
            ("", 1),
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), lines).unwrap();
            let outputs = Outputs {
                datasets: &nothing,
                agents: folder,
            };
            let mut verdict = Verdict::default();
            judge_output(&mut verdict, HASH, &outputs, &job, &Seen::read(file.path()));
            assert_eq!(verdict.wrong_outputs, found, "{lines}");
        }
    }

    #[test]
    fn every_broken_promise_is_enough() {
        let good = || Verdict {
            jobs: 10,
            succeeded: 9,
            failed: 1,
            expected_failed: 1,
            moved_mb: 2,
            moved_mb_min: 1,
            ..Verdict::default()
        };
        assert!(good().is_good());
        let spoils: [fn(&mut Verdict); 7] = [
            |verdict| verdict.lost = 1,
            |verdict| verdict.double_starts = 1,
            |verdict| verdict.wrong_outputs = 1,
            |verdict| verdict.over_reserved = 1,
            |verdict| verdict.failed = 2,
            |verdict| verdict.succeeded = 8,
            |verdict| verdict.moved_mb = 0,
        ];
        for (at, spoil) in spoils.into_iter().enumerate() {
            let mut verdict = good();
            spoil(&mut verdict);
            assert!(!verdict.is_good(), "spoil {at}");
        }
    }
}
