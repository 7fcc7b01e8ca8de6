//! Agents in place of the real ones: they stage when the reserved window ends, start at once, and
//! end when the arrival says so.
//!
//! Like the real ones they look only at what their site is to do now, so nothing they have planned
//! can be stale.

use std::collections::BTreeMap;

use ewc_core::State;
use ewc_core::command::{Command, OutputFact, RunPhase, RunReport, SiteReport};
use ewc_core::model::{Attempt, Job, JobId, Outcome, Part, PartPhase, SiteId, Transfer, Usage};
use ewc_core::state::{Delivery, Desired, DesiredRun};

/// How one job runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    /// From start to end.
    pub(super) run_ms: i64,
    /// Whether its tasks end well.
    pub(super) ends_well: bool,
}

/// What the agents will say next, and when.
#[derive(Debug, Default)]
pub(super) struct Agents {
    courses: BTreeMap<JobId, Course>,
    due: BTreeMap<SiteId, Vec<(i64, SiteReport)>>,
}

impl Agents {
    /// Tells how a job will run.
    pub(super) fn expect(&mut self, job: JobId, course: Course) {
        self.courses.insert(job, course);
    }

    /// When the next report is due, if any.
    pub(super) fn next_ms(&self) -> Option<i64> {
        self.due.values().flatten().map(|(at_ms, _)| *at_ms).min()
    }

    /// A report that is due by `now_ms`.
    pub(super) fn take_due(&mut self, now_ms: i64) -> Option<Command> {
        let reports = self.due.values_mut();
        for reports in reports {
            if let Some(at) = reports.iter().position(|(at_ms, _)| *at_ms <= now_ms) {
                return Some(Command::ReportSites(vec![reports.remove(at).1]));
            }
        }
        None
    }

    /// What a site is to do changed.
    pub(super) fn look(&mut self, state: &State, site: SiteId) {
        let desired = state.desired(site);
        let reports = desired.iter().filter_map(|desired| match desired {
            Desired::Run(run) => match &run.attempt {
                Some(attempt) => self.run(state, site, run, attempt),
                None => stage(state, site, run),
            },
            Desired::Deliver(delivery) => deliver(state, site, delivery),
        });
        let reports = reports.collect();
        self.due.insert(site, reports);
    }

    /// A granted attempt starts at once, and ends when it has run its time.
    fn run(
        &self,
        state: &State,
        site: SiteId,
        run: &DesiredRun,
        attempt: &Attempt,
    ) -> Option<(i64, SiteReport)> {
        let part = attempt.parts.iter().find(|part| part.site == site)?;
        let course = self.courses.get(&run.job.id)?;
        let (at_ms, phase) = match (part.phase, attempt.started_ms) {
            (PartPhase::Started, Some(started_ms)) => {
                let end_ms = started_ms.saturating_add(course.run_ms);
                (end_ms, ended(&run.job, *course))
            }
            _ => (attempt.dispatched_ms, RunPhase::Started),
        };
        Some((at_ms, report(state, site, &run.job, attempt.fence, phase)))
    }
}

/// Data is there when the last of its windows ends.
fn stage(state: &State, site: SiteId, run: &DesiredRun) -> Option<(i64, SiteReport)> {
    if !waits(&run.job.staging, site) {
        return None;
    }
    let mut said = report(state, site, &run.job, 0, RunPhase::Staged);
    let copies = run
        .stage_in
        .iter()
        .filter_map(|transfer| held(state, transfer));
    said.held = copies.collect();
    Some((window_end_ms(state, &run.stage_in), said))
}

fn deliver(state: &State, site: SiteId, delivery: &Delivery) -> Option<(i64, SiteReport)> {
    if !waits(&delivery.job.staging, site) {
        return None;
    }
    let said = report(state, site, &delivery.job, 0, RunPhase::Delivered);
    Some((window_end_ms(state, &delivery.transfers), said))
}

fn waits(parts: &[Part], site: SiteId) -> bool {
    let mut here = parts.iter().filter(|part| part.site == site);
    here.any(|part| part.phase == PartPhase::Staging)
}

fn window_end_ms(state: &State, transfers: &[Transfer]) -> i64 {
    let last = transfers.iter().map(|transfer| transfer.end_ms).max();
    last.unwrap_or_else(|| state.now_ms())
}

/// What was staged is a replica from now on, as with the real agents.
fn held(state: &State, transfer: &Transfer) -> Option<(String, [u8; 32])> {
    let dataset = state
        .datasets()
        .get(&transfer.what)
        .map(|known| known.sha256);
    let image = || state.images().get(&transfer.what).map(|known| known.sha256);
    let sha256 = dataset.or_else(image)?;
    Some((transfer.what.clone(), sha256))
}

fn ended(job: &Job, course: Course) -> RunPhase {
    let outcome = if course.ends_well {
        Outcome::Succeeded
    } else {
        Outcome::Failed
    };
    let outputs = job.spec.outputs.iter().map(|output| OutputFact {
        dataset: output.dataset.clone(),
        sha256: digest(job.id),
        size_bytes: output.size_bytes,
    });
    RunPhase::Ended {
        outcome,
        exit_code: i32::from(!course.ends_well),
        usage: Usage {
            wall_ms: course.run_ms,
            ..Usage::default()
        },
        outputs: if course.ends_well {
            outputs.collect()
        } else {
            Vec::new()
        },
    }
}

/// Stands for the digest of what a job leaves; equal in every replay.
fn digest(job: JobId) -> [u8; 32] {
    let mut sha256 = [0; 32];
    sha256[..8].copy_from_slice(&job.0.to_le_bytes());
    sha256
}

fn report(state: &State, site: SiteId, job: &Job, fence: u64, phase: RunPhase) -> SiteReport {
    SiteReport {
        site,
        incarnation: state.site(site).map_or(0, |site| site.incarnation),
        pools: Vec::new(),
        energy: None,
        held: Vec::new(),
        runs: vec![RunReport {
            job: job.id,
            fence,
            phase,
            detail: String::new(),
        }],
    }
}
