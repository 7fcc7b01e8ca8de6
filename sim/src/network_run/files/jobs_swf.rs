//! `jobs.swf`: the jobs of the run as a log in the Standard Workload Format, in the order of their
//! submissions. Of times the format knows whole seconds, of owners, classes and sites numbers: the
//! comments say which is whose. A row is held until all jobs before it have left, but no more than
//! [`HELD_MAX`]: a job that waits longer than so many after it stands where it left.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use ewc_core::State;
use ewc_core::model::{JobSpec, JobState, Resources, WorkloadClass};
use ewc_scenario::NetworkRun;

use crate::engine::Arrival;
use crate::network_run::outcome::Outcome;
use crate::run::ENGINE;
use crate::workload::swf::{SwfJob, SwfStatus};

/// Rows that are held at most.
const HELD_MAX: usize = 1 << 16;

pub(in crate::network_run) struct JobsSwf {
    out: BufWriter<File>,
    start_ms: i64,
    order: Order,
    users: BTreeMap<String, i64>,
}

impl JobsSwf {
    pub(super) fn new(mut out: BufWriter<File>, run: &NetworkRun) -> io::Result<JobsSwf> {
        writeln!(out, "; Version: 2.2")?;
        writeln!(out, "; Computer: {}", run.network.name)?;
        let policy = run.policy().kind.name();
        writeln!(out, "; Conversion: {ENGINE}, policy {policy}")?;
        writeln!(out, "; UnixStartTime: {}", run.start_ms.div_euclid(1000))?;
        for (at, class) in (1..).zip(WorkloadClass::ALL) {
            writeln!(out, "; Queue: {at} {}", class.name())?;
        }
        for (at, site) in (1..).zip(&run.network.sites) {
            writeln!(out, "; Partition: {at} {}", site.spec.name)?;
        }
        Ok(JobsSwf {
            out,
            start_ms: run.start_ms,
            order: Order::new(HELD_MAX),
            users: BTreeMap::new(),
        })
    }

    pub(super) fn add(&mut self, state: &State, outcome: &Outcome<'_>) -> io::Result<()> {
        let job = outcome.job;
        let site = outcome.groups().first();
        let site = site
            .and_then(|slot| state.pool(slot.pool))
            .map(|pool| pool.site);
        let started = outcome.start_ms.is_some();
        let status = match job.state {
            JobState::Succeeded => Some(SwfStatus::Completed),
            JobState::Failed if started => Some(SwfStatus::Failed),
            state if state.is_terminal() => Some(SwfStatus::Cancelled),
            _ => None,
        };
        let asked = self.asked(outcome.number, &job.tenant, &job.spec, job.submitted_ms);
        let got = started.then(|| processors(outcome.held()));
        self.put(SwfJob {
            wait_seconds: outcome.wait_ms.map(|ms| ms / 1000),
            run_time_seconds: outcome.run_ms.map(|ms| ms / 1000),
            processors_allocated: got,
            status,
            partition: site.filter(|_| started).map(|site| site.index() as i64 + 1),
            ..asked
        })
    }

    pub(super) fn refused(&mut self, number: u64, arrival: &Arrival) -> io::Result<()> {
        let submit_ms = arrival.submit_ms;
        let asked = self.asked(number, &arrival.tenant, &arrival.spec, submit_ms);
        self.put(SwfJob {
            status: Some(SwfStatus::Cancelled),
            ..asked
        })
    }

    /// What is known of a job before it runs.
    fn asked(&mut self, number: u64, tenant: &str, spec: &JobSpec, submit_ms: i64) -> SwfJob {
        let users = self.users.len() as i64;
        let user = *self.users.entry(tenant.to_owned()).or_insert(users + 1);
        let groups = spec.groups.iter();
        let total = groups
            .clone()
            .fold(Resources::ZERO, |sum, group| sum + group.total());
        let limit_ms = groups.map(|group| group.time_limit_ms).max();
        let size = processors(total);
        let class = WorkloadClass::ALL
            .iter()
            .position(|class| *class == spec.class);
        SwfJob {
            number: number.cast_signed(),
            submit_seconds: (submit_ms - self.start_ms).div_euclid(1000),
            processors_requested: Some(size),
            time_requested_seconds: limit_ms.map(|ms| ms / 1000),
            memory_requested_kb: Some(total.memory_mib * 1024 / size),
            user: Some(user),
            queue: class.map(|at| at as i64 + 1),
            ..SwfJob::default()
        }
    }

    fn put(&mut self, job: SwfJob) -> io::Result<()> {
        self.order.put(job);
        while let Some(job) = self.order.next() {
            writeln!(self.out, "{job}")?;
        }
        Ok(())
    }

    /// Writes what is left: of a run that was interrupted, jobs may be missing between.
    pub(super) fn finish(&mut self, complete: bool) -> io::Result<()> {
        for job in std::mem::take(&mut self.order.held).into_values() {
            writeln!(self.out, "{job}")?;
        }
        for (tenant, number) in &self.users {
            writeln!(self.out, "; User: {number} {tenant}")?;
        }
        if !complete {
            writeln!(self.out, "; Note: partial, the run was interrupted")?;
        }
        self.out.flush()
    }
}

/// Rows that are put in the order of their numbers, from 1.
struct Order {
    held_max: usize,
    /// The number that is due.
    due: i64,
    held: BTreeMap<i64, SwfJob>,
}

impl Order {
    fn new(held_max: usize) -> Order {
        Order {
            held_max,
            due: 1,
            held: BTreeMap::new(),
        }
    }

    fn put(&mut self, job: SwfJob) {
        self.held.insert(job.number, job);
    }

    /// The next row, if it may be written: it is due or overdue, or too many are held.
    fn next(&mut self) -> Option<SwfJob> {
        let (number, _) = self.held.first_key_value()?;
        if *number > self.due && self.held.len() <= self.held_max {
            return None;
        }
        let (number, job) = self.held.pop_first()?;
        self.due = self.due.max(number + 1);
        Some(job)
    }
}

/// Whole cores, or else accelerators; at least 1.
fn processors(held: Resources) -> i64 {
    let cores = held.cpu_millis / 1000 + i64::from(held.cpu_millis % 1000 > 0);
    let size = if cores > 0 { cores } else { held.accelerators };
    size.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out after each of the numbers went in.
    fn through(held_max: usize, numbers: &[i64]) -> Vec<Vec<i64>> {
        let mut order = Order::new(held_max);
        let put = |number: &i64| {
            order.put(SwfJob {
                number: *number,
                ..SwfJob::default()
            });
            std::iter::from_fn(|| order.next())
                .map(|job| job.number)
                .collect()
        };
        numbers.iter().map(put).collect()
    }

    #[test]
    fn rows_wait_for_those_before_them_within_bounds() {
        let out = through(3, &[2, 3, 1, 5]);
        assert_eq!(out, [vec![], vec![], vec![1, 2, 3], vec![]]);
        // The first job waits on: the others go by, and it stands where it left.
        let out = through(2, &[2, 3, 4, 5, 1]);
        assert_eq!(out, [vec![], vec![], vec![2, 3, 4], vec![5], vec![1]]);
    }
}
