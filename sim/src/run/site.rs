//! The run itself: a log, a machine, three files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Read};
use std::path::{Path, PathBuf};

use ewc_scenario::BatchSite;

use super::folder::{at, create, digest, prepare};
use super::jobs_csv::JobsCsv;
use super::jobs_swf::JobsSwf;
use super::{RunError, summary};
use crate::site::queue::{
    Discipline, Estimate, Indicators, LogCounts, LogJobs, Machine, QueuedJob,
};
use crate::workload::swf::{self, SwfCounts, SwfJob};

/// Ends between two questions whether to go on.
const ENDS_BETWEEN: u64 = 1024;

/// What came out of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// False when it was interrupted: the files hold what had ended by then.
    pub complete: bool,
    /// Over all jobs that ended.
    pub indicators: Indicators,
    /// What became of the rows of the log.
    pub rows: LogCounts,
    /// What became of its lines.
    pub lines: SwfCounts,
    /// Jobs that waited or ran at the interruption.
    pub unfinished: u64,
}

/// Runs a scenario and writes its folder, which must be new or empty. `go_on` is asked now and
/// then, with the jobs ended so far; after the first `false` the result is partial, and says so.
///
/// # Errors
/// The scenario names what there is not, the log is wrong, or a file cannot be written. Except for
/// the last, nothing is written that looks like a result: `summary.json` comes at the end.
pub fn run(
    scenario: &BatchSite,
    folder: &Path,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<Outcome, RunError> {
    let discipline = named::<Discipline, _>("site.queue", &scenario.queue)?;
    let estimate = named::<Estimate, _>("workload.estimate", &scenario.estimate)?;
    let log = scenario.swf.clone();
    let digest = digest(&log)?;
    let file = File::open(&log).map_err(at(&log))?;
    prepare(folder)?;
    let (csv, swf) = (folder.join("jobs.csv"), folder.join("jobs.swf"));
    let mut simulation = Simulation {
        machine: Machine::new(scenario.processors, discipline).with_numbers(),
        rows: BTreeMap::new(),
        indicators: Indicators::default(),
        csv: JobsCsv::new(create(&csv)?, scenario).map_err(at(&csv))?,
        csv_path: csv,
        swf: JobsSwf::new(create(&swf)?, scenario).map_err(at(&swf))?,
        swf_path: swf,
        go_on,
    };
    let mut jobs = LogJobs::new(swf::read(file), estimate);
    let complete = simulation.replay(&mut jobs, &log, scenario.jobs_max)?;
    let outcome = simulation.finish(complete, jobs.counts(), jobs.line_counts())?;
    let summary = summary::of(scenario, discipline, estimate, &digest, &outcome);
    let path = folder.join("summary.json");
    fs::write(&path, summary).map_err(at(&path))?;
    Ok(outcome)
}

struct Simulation<'a> {
    machine: Machine,
    /// Of the jobs that wait or run.
    rows: BTreeMap<u64, SwfJob>,
    indicators: Indicators,
    csv: JobsCsv<BufWriter<File>>,
    csv_path: PathBuf,
    swf: JobsSwf<BufWriter<File>>,
    swf_path: PathBuf,
    go_on: &'a mut dyn FnMut(u64) -> bool,
}

impl Simulation<'_> {
    /// Submits every job and ends every job; false when it was told to stop.
    fn replay<R: Read>(
        &mut self,
        jobs: &mut LogJobs<R>,
        log: &Path,
        jobs_max: Option<u64>,
    ) -> Result<bool, RunError> {
        let mut left = jobs_max.unwrap_or(u64::MAX);
        while left > 0 {
            left -= 1;
            let Some(job) = jobs.next() else { break };
            let job = job.map_err(|problem| RunError::Log {
                path: log.to_owned(),
                problem,
            })?;
            if !self.end_before(job.submit_ms)? {
                return Ok(false);
            }
            self.submit(job, jobs.row(), log, jobs.line())?;
        }
        self.end_before(i64::MAX)
    }

    fn submit(
        &mut self,
        job: QueuedJob,
        row: Option<&SwfJob>,
        log: &Path,
        line: u64,
    ) -> Result<(), RunError> {
        let submitted = self.machine.submit(job);
        submitted.map_err(|problem| RunError::Job {
            path: log.to_owned(),
            line,
            problem,
        })?;
        self.swf.expect(job.id);
        self.rows.insert(job.id, row.cloned().unwrap_or_default());
        Ok(())
    }

    /// Ends what ends before that time; false when it was told to stop.
    fn end_before(&mut self, time_ms: i64) -> Result<bool, RunError> {
        while self.machine.next_end_ms().is_some_and(|end| end < time_ms) {
            let Some(done) = self.machine.end() else {
                break;
            };
            self.indicators.add(&done);
            let row = self.rows.remove(&done.job.id).unwrap_or_default();
            let numbers = self.machine.numbers_of_ended();
            self.csv
                .add(&done, &row, numbers)
                .map_err(at(&self.csv_path))?;
            self.swf.add(&done, row).map_err(at(&self.swf_path))?;
            let ended = self.indicators.jobs();
            if ended.is_multiple_of(ENDS_BETWEEN) && !(self.go_on)(ended) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn finish(
        self,
        complete: bool,
        rows: LogCounts,
        lines: SwfCounts,
    ) -> Result<Outcome, RunError> {
        self.csv.finish().map_err(at(&self.csv_path))?;
        self.swf.finish(complete).map_err(at(&self.swf_path))?;
        Ok(Outcome {
            complete,
            indicators: self.indicators,
            rows,
            lines,
            unfinished: self.rows.len() as u64,
        })
    }
}

fn named<T: std::str::FromStr<Err = E>, E: std::fmt::Display>(
    field: &'static str,
    name: &str,
) -> Result<T, RunError> {
    name.parse().map_err(|error: E| RunError::Scenario {
        field,
        problem: error.to_string(),
    })
}
