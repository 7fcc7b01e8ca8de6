//! The files of a run.

mod decisions;
mod jobs_swf;
mod table;

use std::io;
use std::path::Path;

use ewc_core::State;
use ewc_scenario::NetworkRun;

use super::jobs_csv::JobsCsv;
use super::outcome::Outcome;
use super::series::Series;
use super::starts::StartsCsv;
use crate::engine::Arrival;
use crate::run::RunError;
use crate::run::folder::{at, create};
use decisions::Decisions;
use jobs_swf::JobsSwf;
pub(crate) use table::TableFile;

pub(super) struct Files {
    jobs: JobsCsv,
    swf: Option<JobsSwf>,
    pub(super) series: Series,
    pub(super) starts: Option<StartsCsv>,
    pub(super) decisions: Option<Decisions>,
}

impl Files {
    /// Opens those that the scenario asks for.
    pub(super) fn create(folder: &Path, run: &NetworkRun) -> Result<Files, RunError> {
        let output = &run.output;
        let table = |name: &str| TableFile::create(folder, name, output.parquet);
        let wrong = at(folder);
        let series = [table("sites")?, table("links")?, table("queue")?];
        Ok(Files {
            jobs: JobsCsv::new(table("jobs")?, &run.name, run.start_ms).map_err(&wrong)?,
            swf: match output.swf {
                true => Some(JobsSwf::new(create(&folder.join("jobs.swf"))?, run).map_err(&wrong)?),
                false => None,
            },
            series: Series::new(series, run.start_ms).map_err(&wrong)?,
            starts: match output.starts {
                true => Some(StartsCsv::new(table("starts")?, run.start_ms).map_err(&wrong)?),
                false => None,
            },
            decisions: match output.decisions_one_in {
                0 => None,
                one_in => {
                    let out = create(&folder.join("decisions.jsonl"))?;
                    Some(Decisions::new(out, one_in, run.start_ms))
                }
            },
        })
    }

    /// A job has left the network, or is in it at the end.
    pub(super) fn left(&mut self, state: &State, outcome: &Outcome<'_>) -> io::Result<()> {
        self.jobs.add(state, outcome)?;
        if let Some(swf) = &mut self.swf {
            swf.add(state, outcome)?;
        }
        let decisions = self.decisions.as_mut();
        decisions.map_or(Ok(()), |log| log.left(state, outcome.number, outcome.job))
    }

    /// The network did not take a job.
    pub(super) fn refused(&mut self, number: u64, arrival: &Arrival) -> io::Result<()> {
        self.jobs.refused(number, arrival)?;
        let swf = self.swf.as_mut();
        swf.map_or(Ok(()), |swf| swf.refused(number, arrival))
    }

    pub(super) fn finish(&mut self, complete: bool) -> io::Result<()> {
        self.jobs.finish()?;
        self.series.finish()?;
        if let Some(swf) = &mut self.swf {
            swf.finish(complete)?;
        }
        if let Some(starts) = &mut self.starts {
            starts.finish()?;
        }
        self.decisions.as_mut().map_or(Ok(()), Decisions::finish)
    }
}
