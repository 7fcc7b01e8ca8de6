//! `jobs.csv`: a row for each job, in the order in which they left the network. Batsim's columns
//! come first, as in a run of one site; times are in seconds since the scenario's start.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use ewc_core::State;
use ewc_core::model::JobState;

use super::files::TableFile;
use super::outcome::{Maybe, Outcome};
use crate::engine::Arrival;
use crate::run::batsim::{COLUMNS, Seconds};

pub(super) struct JobsCsv {
    out: TableFile,
    /// The row under way: a table takes a whole one at less cost than its parts.
    row: String,
    workload: String,
    start_ms: i64,
}

impl JobsCsv {
    pub(super) fn new(mut out: TableFile, workload: &str, start_ms: i64) -> io::Result<JobsCsv> {
        writeln!(
            out,
            "{COLUMNS},site,wan_bytes,transfer_s,cost,gco2_location,gco2_market,bsld,\
             attempts,cost_lost,gco2_location_lost,gco2_market_lost,renewable_share"
        )?;
        Ok(JobsCsv {
            out,
            row: String::new(),
            workload: workload.to_owned(),
            start_ms,
        })
    }

    /// Adds a job. Fields that have no value stay empty.
    pub(super) fn add(&mut self, state: &State, outcome: &Outcome<'_>) -> io::Result<()> {
        let job = outcome.job;
        let since = |at_ms: Option<i64>| Maybe(at_ms.map(|at_ms| Seconds(at_ms - self.start_ms)));
        let groups = job.spec.groups.iter();
        let tasks: u64 = groups.clone().map(|group| u64::from(group.count)).sum();
        let limit_ms = groups.map(|group| group.time_limit_ms).max().unwrap_or(0);
        let turnaround_ms = job.ended_ms.map(|at_ms| at_ms - job.submitted_ms);
        let stretch = turnaround_ms
            .zip(outcome.run_ms)
            .map(|(turnaround_ms, run_ms)| turnaround_ms as f64 / run_ms.max(1) as f64);
        let site = outcome
            .groups()
            .first()
            .and_then(|slot| state.pool(slot.pool));
        let site = site.and_then(|pool| state.site(pool.site));
        let (success, end) = final_state(job.state, outcome.start_ms.is_some());
        self.row.clear();
        write!(
            self.row,
            "{},{},{},{},{tasks},{},{success},{end},{},{},{},{},{},{},,",
            outcome.number,
            self.workload,
            job.spec.class.name(),
            Seconds(job.submitted_ms - self.start_ms),
            Seconds(limit_ms),
            since(outcome.start_ms),
            Maybe(outcome.run_ms.map(Seconds)),
            since(job.ended_ms),
            Maybe(outcome.wait_ms.map(Seconds)),
            Maybe(turnaround_ms.map(Seconds)),
            Maybe(stretch),
        )
        .map_err(io::Error::other)?;
        let cost = &outcome.cost;
        let renewable = (cost.energy_mwh > 0).then(|| f64::from(cost.renewable_permille) / 1e3);
        writeln!(
            self.row,
            "{},{},{},{},{},{},{},{},{},{},{},{},{},{}",
            // A thousandth of a watt-hour is 3.6 joules.
            cost.energy_mwh as f64 * 3.6,
            job.key,
            site.map_or("", |site| site.spec.name.as_str()),
            outcome.wan_bytes,
            Seconds(outcome.transfer_ms),
            cost.money_micro_cny() as f64 / 1e6,
            cost.carbon_location_mg as f64 / 1e3,
            cost.carbon_market_mg as f64 / 1e3,
            Maybe(outcome.bounded_slowdown()),
            outcome.attempts.len(),
            outcome.lost.money_micro_cny() as f64 / 1e6,
            outcome.lost.carbon_location_mg as f64 / 1e3,
            outcome.lost.carbon_market_mg as f64 / 1e3,
            Maybe(renewable),
        )
        .map_err(io::Error::other)?;
        self.out.write_all(self.row.as_bytes())
    }

    /// Adds a job that the network did not take.
    pub(super) fn refused(&mut self, number: u64, arrival: &Arrival) -> io::Result<()> {
        let groups = arrival.spec.groups.iter();
        let tasks: u64 = groups.clone().map(|group| u64::from(group.count)).sum();
        let limit_ms = groups.map(|group| group.time_limit_ms).max().unwrap_or(0);
        writeln!(
            self.out,
            "{number},{},{},{},{tasks},{},0,REJECTED,,,,,,,,,{},,0,0,0,0,0,,0,0,0,0,",
            self.workload,
            arrival.spec.class.name(),
            Seconds(arrival.submit_ms - self.start_ms),
            Seconds(limit_ms),
            arrival.key,
        )
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.out.finish()
    }
}

/// How a job ended, in Batsim's words; what has not ended has the network's.
fn final_state(state: JobState, started: bool) -> (u8, &'static str) {
    match state {
        JobState::Succeeded => (1, "COMPLETED_SUCCESSFULLY"),
        JobState::Failed if started => (0, "COMPLETED_FAILED"),
        JobState::Failed => (0, "REJECTED"),
        JobState::Cancelled | JobState::OutcomeUnknown => (0, "COMPLETED_KILLED"),
        _ if started => (0, "RUNNING"),
        _ => (0, "NOT_PLACED"),
    }
}
