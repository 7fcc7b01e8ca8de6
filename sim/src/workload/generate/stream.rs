//! The national workload day by day, so that a year of it needs no more memory than a day.

use std::collections::VecDeque;

use ewc_scenario::{Scenario, SiteDef};

use super::super::terrain::Terrain;
use super::super::{GeneratedDataset, GeneratedJob, WorkloadError};
use super::catalogue::Catalogue;
use super::{Maker, Mix};
use crate::engine::{Arrival, Incoming};

const DAY_MS: i64 = 86_400_000;

/// Jobs of a mix in the order of their submission, drawn when they are asked for. `jobs` of the mix
/// is for each day; its `span_ms` is that of all days. None is made to fail.
pub struct NationalJobs<'a> {
    mix: Mix,
    terrain: Terrain<'a>,
    catalogue: Catalogue,
    /// Data sets that were handed out.
    known: usize,
    made: u64,
    day: i64,
    ready: VecDeque<GeneratedJob>,
    ended: bool,
}

impl<'a> NationalJobs<'a> {
    /// The jobs of a mix for a scenario of which these sites take part.
    ///
    /// # Errors
    /// Says so when no site takes part or nobody asks.
    pub fn new(
        mix: Mix,
        scenario: &'a Scenario,
        sites: &[&'a SiteDef],
    ) -> Result<NationalJobs<'a>, WorkloadError> {
        Ok(NationalJobs {
            mix,
            terrain: Terrain::new(scenario, sites)?,
            catalogue: Catalogue::default(),
            known: 0,
            made: 0,
            day: 0,
            ready: VecDeque::new(),
            ended: false,
        })
    }

    /// Draws the next day; false when there is none.
    fn draw_day(&mut self) -> Result<bool, WorkloadError> {
        let from_ms = self.day * DAY_MS;
        let span_ms = (self.mix.span_ms - from_ms).min(DAY_MS);
        if span_ms <= 0 {
            return Ok(false);
        }
        let jobs = i64::from(self.mix.jobs) * span_ms / DAY_MS;
        let mix = Mix {
            jobs: u32::try_from(jobs).unwrap_or(u32::MAX),
            start_ms: self.mix.start_ms + from_ms,
            span_ms,
            ..self.mix.clone()
        };
        let mut maker = Maker {
            mix: &mix,
            first: self.made,
            terrain: &self.terrain,
            catalogue: &mut self.catalogue,
        };
        let jobs = (0..mix.jobs).map(|number| maker.job(number));
        let mut jobs = jobs.collect::<Result<Vec<GeneratedJob>, _>>()?;
        jobs.sort_by_key(|job| job.submit_ms);
        self.made += jobs.len() as u64;
        self.day += 1;
        self.ready = jobs.into();
        Ok(true)
    }

    /// Data sets that are new since the last job.
    fn new_datasets(&mut self) -> Vec<GeneratedDataset> {
        let known = std::mem::replace(&mut self.known, self.catalogue.len());
        let new = known..self.known;
        new.map(|at| self.catalogue.get(at).clone()).collect()
    }
}

impl Iterator for NationalJobs<'_> {
    type Item = Result<Incoming, WorkloadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.ended {
            match self.draw_day() {
                Ok(drawn) => self.ended = !drawn,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        let job = self.ready.pop_front()?;
        Some(Ok(Incoming {
            arrival: Arrival::from(job),
            datasets: self.new_datasets(),
        }))
    }
}
