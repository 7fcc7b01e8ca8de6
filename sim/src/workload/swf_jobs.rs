//! A log's jobs as jobs of the network, row by row: [`from_swf`](super::from_swf) without holding
//! them all.

use std::io::Read;

use ewc_core::model::PoolSpec;
use ewc_scenario::SiteDef;

use super::WorkloadError;
use super::from_swf::{Run, SwfMix, group, job, largest_pool, scaled_ms};
use super::swf::SwfReader;
use crate::engine::{Arrival, Incoming};

/// Jobs of a log in the order of its rows, cut to what the largest pool of the sites can hold. Rows
/// without a run or without processors are left out. The mix's data sets and span are not used.
pub struct SwfJobs<R: Read> {
    rows: SwfReader<R>,
    mix: SwfMix,
    arrival_divisor: u32,
    until_ms: i64,
    pool: PoolSpec,
    first_s: Option<i64>,
    last_s: i64,
    taken: usize,
    ended: bool,
}

impl<R: Read> SwfJobs<R> {
    /// The jobs that are submitted before `until_ms`, with their distances divided.
    ///
    /// # Errors
    /// Says so when no site takes part.
    pub fn new(
        rows: SwfReader<R>,
        mix: SwfMix,
        arrival_divisor: u32,
        until_ms: i64,
        sites: &[&SiteDef],
    ) -> Result<SwfJobs<R>, WorkloadError> {
        let pool = largest_pool(sites).ok_or(WorkloadError::NoSites)?.clone();
        Ok(SwfJobs {
            rows,
            mix,
            arrival_divisor: arrival_divisor.max(1),
            until_ms,
            pool,
            first_s: None,
            last_s: i64::MIN,
            taken: 0,
            ended: false,
        })
    }

    fn draw(&mut self) -> Result<Option<Incoming>, WorkloadError> {
        while self.taken < self.mix.jobs {
            let Some(row) = self.rows.next() else { break };
            let Some(run) = Run::of(row?) else { continue };
            let at_s = run.row.submit_seconds;
            if at_s < self.last_s {
                return Err(WorkloadError::TimeRunsBack {
                    number: run.row.number,
                    at_s,
                    before_s: self.last_s,
                });
            }
            self.last_s = at_s;
            let since_s = at_s.saturating_sub(*self.first_s.get_or_insert(at_s));
            let since_ms = since_s.saturating_mul(1000) / i64::from(self.arrival_divisor);
            let submit_ms = self.mix.start_ms.saturating_add(since_ms);
            if submit_ms >= self.until_ms {
                break;
            }
            let mut group = group(&run, &self.mix, &self.pool);
            group.gang = group.count > 1;
            let mut job = job(&run, group, submit_ms, self.taken);
            job.run_ms = scaled_ms(run.seconds, &self.mix);
            self.taken += 1;
            return Ok(Some(Incoming {
                arrival: Arrival::from(job),
                datasets: Vec::new(),
            }));
        }
        Ok(None)
    }
}

impl<R: Read> Iterator for SwfJobs<R> {
    type Item = Result<Incoming, WorkloadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let drawn = self.draw();
        self.ended = !matches!(drawn, Ok(Some(_)));
        drawn.transpose()
    }
}
