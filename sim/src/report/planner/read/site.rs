//! The folder of a run of one site's queue. `jobs.csv` is read twice: for the length of the run,
//! then for everything else. Memory does not grow with jobs.

use std::path::Path;

use serde::Deserialize;

use super::jobs::Waits;
use super::sample::{JobBar, Sample};
use super::series::Frames;
use super::table::{RowIn, TableIn};
use super::{ReportError, json, version};

/// Bars of the sample.
const BARS: usize = 1200;
const HOUR_S: f64 = 3600.0;
/// Versions that can be read.
const VERSION: u32 = 1;

/// `summary.json`.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::report::planner) struct SiteSummary {
    version: u32,
    pub(in crate::report::planner) engine: String,
    pub(in crate::report::planner) complete: bool,
    pub(in crate::report::planner) scenario: String,
    pub(in crate::report::planner) site: MachineSummary,
    pub(in crate::report::planner) policy: String,
    pub(in crate::report::planner) estimate: String,
    pub(in crate::report::planner) indicators: SiteIndicators,
}

/// The machine.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::report::planner) struct MachineSummary {
    pub(in crate::report::planner) name: String,
    pub(in crate::report::planner) processors: u64,
}

/// Sums over the run.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::report::planner) struct SiteIndicators {
    pub(in crate::report::planner) jobs: u64,
    pub(in crate::report::planner) unfinished: u64,
    pub(in crate::report::planner) wait_s: SiteWaits,
    pub(in crate::report::planner) bsld: Slowdowns,
    pub(in crate::report::planner) makespan_s: f64,
    pub(in crate::report::planner) utilisation: f64,
}

/// Waits.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::report::planner) struct SiteWaits {
    pub(in crate::report::planner) mean: f64,
    pub(in crate::report::planner) p50: f64,
    pub(in crate::report::planner) p90: f64,
    pub(in crate::report::planner) max: f64,
}

/// Bounded slowdowns.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::report::planner) struct Slowdowns {
    pub(in crate::report::planner) mean: f64,
    pub(in crate::report::planner) max: f64,
}

/// The folder.
pub(in crate::report::planner) struct SiteFolder {
    pub(in crate::report::planner) summary: SiteSummary,
    pub(in crate::report::planner) frames: Frames,
    /// When the first job was submitted; frames begin there.
    pub(in crate::report::planner) begin_s: f64,
    /// Processor-seconds in use, and job-seconds in the queue, by frame.
    pub(in crate::report::planner) used: Vec<f64>,
    pub(in crate::report::planner) queued: Vec<f64>,
    pub(in crate::report::planner) waits: Waits,
    pub(in crate::report::planner) sample: Sample,
}

const COLUMNS: [&str; 7] = [
    "job_id",
    "submission_time",
    "requested_number_of_resources",
    "starting_time",
    "finish_time",
    "waiting_time",
    "success",
];

impl SiteFolder {
    pub(in crate::report::planner) fn read(folder: &Path) -> Result<SiteFolder, ReportError> {
        let path = folder.join("summary.json");
        let summary: SiteSummary = json(&path)?;
        version(&path, summary.version, VERSION)?;
        let (begin_s, end_s) = span(folder)?;
        let frames = Frames::over(((end_s - begin_s) / HOUR_S).ceil().clamp(1.0, 1e9) as u64);
        let mut site = SiteFolder {
            summary,
            frames,
            begin_s,
            used: vec![0.0; frames.count],
            queued: vec![0.0; frames.count],
            waits: Waits::default(),
            sample: Sample::default(),
        };
        let mut table = TableIn::open(folder, "jobs.csv", &COLUMNS)?;
        while let Some(row) = table.next()? {
            site.add(&row)?;
        }
        Ok(site)
    }

    /// Length of a frame in seconds.
    pub(in crate::report::planner) fn frame_s(&self) -> f64 {
        self.frames.hours as f64 * HOUR_S
    }

    fn add(&mut self, row: &RowIn<'_>) -> Result<(), ReportError> {
        let submit_s = row.number(1)? - self.begin_s;
        let (start_s, end_s) = (row.number(3)? - self.begin_s, row.number(4)? - self.begin_s);
        let (processors, wait_s) = (row.number(2)?, row.number(5)?);
        self.waits.add(wait_s);
        let frame_s = self.frame_s();
        spread(&mut self.used, frame_s, (start_s, end_s), processors);
        spread(&mut self.queued, frame_s, (submit_s, start_s), 1.0);
        let succeeded = row.text(6) == "1";
        self.sample.offer(BARS, row.text(0), || JobBar {
            number: row.text(0).to_owned(),
            key: String::new(),
            class: 2,
            start_s,
            end_s: Some(end_s),
            wait_s,
            tasks: row.text(2).to_owned(),
            attempts: 1.0,
            succeeded,
        });
        Ok(())
    }
}

/// From the first submission to the last end.
fn span(folder: &Path) -> Result<(f64, f64), ReportError> {
    let mut table = TableIn::open(folder, "jobs.csv", &COLUMNS)?;
    let mut ends = (f64::INFINITY, f64::NEG_INFINITY);
    while let Some(row) = table.next()? {
        ends = (ends.0.min(row.number(1)?), ends.1.max(row.number(4)?));
    }
    Ok(if ends.0 <= ends.1 { ends } else { (0.0, 0.0) })
}

/// Adds `level` over a time to the frames that it touches.
fn spread(frames: &mut [f64], frame_s: f64, (from_s, until_s): (f64, f64), level: f64) {
    let last = frames.len() - 1;
    let frame = |at_s: f64| ((at_s.max(0.0) / frame_s) as usize).min(last);
    for (at, sum) in frames
        .iter_mut()
        .enumerate()
        .take(frame(until_s) + 1)
        .skip(frame(from_s))
    {
        let (begin_s, end_s) = (at as f64 * frame_s, (at + 1) as f64 * frame_s);
        *sum += (until_s.min(end_s) - from_s.max(begin_s)).max(0.0) * level;
    }
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn what_is_spread_is_kept() {
        let mut frames = vec![0.0; 4];
        spread(&mut frames, 10.0, (5.0, 32.0), 2.0);
        assert_eq!(frames, [10.0, 20.0, 20.0, 4.0]);
        spread(&mut frames, 10.0, (40.0, 41.0), 1.0);
        assert_eq!(frames.iter().sum::<f64>(), 54.0);
    }
}
