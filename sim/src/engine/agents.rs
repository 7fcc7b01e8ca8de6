//! Agents in place of the real ones: they stage when the reserved window ends, start when the delay
//! is over, and end when the arrival says so.
//!
//! Each job is looked at again whenever it has changed, so nothing that is planned for it can be
//! stale. What a site does while nobody hears of it is told when it is back.

use std::collections::{BTreeMap, BTreeSet};

use ewc_core::State;
use ewc_core::command::{OutputFact, RunPhase, RunReport, SiteReport};
use ewc_core::model::{
    Attempt, Job, JobId, JobState, Outcome, Part, PartPhase, SiteId, Transfer, TransferKind, Usage,
};

/// How one job runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    /// From the grant to the start.
    pub(super) delay_ms: i64,
    /// From start to end.
    pub(super) run_ms: i64,
    /// Whether its tasks end well.
    pub(super) ends_well: bool,
}

/// What an agent will say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Say {
    Staged,
    Started,
    Ended,
    Stopped,
    Lost,
    Delivered,
}

/// What the agents will say next, and when.
#[derive(Debug, Default)]
pub(super) struct Agents {
    courses: BTreeMap<JobId, Course>,
    due: BTreeMap<(i64, JobId, SiteId), Say>,
    /// The times of `due`, by job.
    times: BTreeMap<JobId, Vec<(i64, SiteId)>>,
    /// Sites of which nothing is heard, with the jobs that they will have something to say of.
    away: BTreeMap<SiteId, BTreeSet<JobId>>,
    keep_outputs: bool,
}

impl Agents {
    pub(super) fn new(keep_outputs: bool) -> Agents {
        Agents {
            keep_outputs,
            ..Agents::default()
        }
    }

    /// Tells how a job will run.
    pub(super) fn expect(&mut self, job: JobId, course: Course) {
        self.courses.insert(job, course);
    }

    /// The job has left the state.
    pub(super) fn forget(&mut self, job: JobId) {
        self.clear(job);
        self.courses.remove(&job);
    }

    /// When the next report is due, if any.
    pub(super) fn next_ms(&self) -> Option<i64> {
        self.due.keys().next().map(|(at_ms, _, _)| *at_ms)
    }

    pub(super) fn is_away(&self, site: SiteId) -> bool {
        self.away.contains_key(&site)
    }

    pub(super) fn set_away(&mut self, site: SiteId) {
        self.away.entry(site).or_default();
    }

    /// The site is heard of again, and says what happened meanwhile.
    pub(super) fn set_back(&mut self, state: &State, site: SiteId, lost: bool) {
        let waiting = self.away.remove(&site).unwrap_or_default();
        for id in waiting {
            self.look(state, id);
        }
        if !lost {
            return;
        }
        let ran: Vec<JobId> = state
            .jobs_at(site)
            .filter(|job| runs(job).is_some_and(|attempt| part_at(attempt, site).is_some()))
            .map(|job| job.id)
            .collect();
        for id in ran {
            self.clear(id);
            self.plan(id, state.now_ms(), site, Say::Lost);
        }
    }

    /// What is due by `now_ms`, with the transfers that have arrived by it.
    pub(super) fn take_due(
        &mut self,
        state: &State,
        now_ms: i64,
    ) -> (Vec<SiteReport>, Vec<Transfer>) {
        let (mut reports, mut arrived) = (Vec::new(), Vec::new());
        while let Some(entry) = self.due.first_entry() {
            let (at_ms, id, site) = *entry.key();
            if at_ms > now_ms {
                break;
            }
            let say = entry.remove();
            if let Some(times) = self.times.get_mut(&id) {
                times.retain(|known| *known != (at_ms, site));
            }
            if let Some(waiting) = self.away.get_mut(&site) {
                waiting.insert(id);
                continue;
            }
            if let Some(job) = state.job(id) {
                reports.extend(self.report((state, now_ms), site, job, say, &mut arrived));
            }
        }
        (reports, arrived)
    }

    /// The job may have changed.
    pub(super) fn look(&mut self, state: &State, id: JobId) {
        self.clear(id);
        let (Some(job), Some(course)) = (state.job(id), self.courses.get(&id).copied()) else {
            return;
        };
        match job.state {
            JobState::Staging => self.stage(job),
            JobState::Dispatched | JobState::Running => match runs(job) {
                Some(attempt) => self.run(job, attempt, course),
                None => self.transfers(job, TransferKind::StageOut, Say::Delivered),
            },
            _ => {}
        }
    }

    /// A granted attempt starts after its delay, and ends when it has run its time or is to stop.
    fn run(&mut self, job: &Job, attempt: &Attempt, course: Course) {
        let ordered = job.preemption.is_some_and(|preemption| preemption.ordered)
            || job.moving.as_ref().is_some_and(|moving| moving.ordered);
        let failed = |part: &Part| part.outcome.is_some_and(|end| end != Outcome::Succeeded);
        let stop = ordered || job.cancelling || attempt.parts.iter().any(failed);
        for part in &attempt.parts {
            // From its checkpoint on, if it has one.
            let run_ms = job.left(course.run_ms);
            let (at_ms, say) = match (part.phase, attempt.started_ms) {
                (PartPhase::Ended, _) => continue,
                _ if stop => (attempt.dispatched_ms, Say::Stopped),
                (PartPhase::Started, Some(started_ms)) => {
                    (started_ms.saturating_add(run_ms), Say::Ended)
                }
                _ => (
                    attempt.dispatched_ms.saturating_add(course.delay_ms),
                    Say::Started,
                ),
            };
            self.plan(job.id, at_ms, part.site, say);
        }
    }

    /// Data is there when the last of its windows ends, if it does not wait for a depot.
    fn stage(&mut self, job: &Job) {
        for part in &job.staging {
            let from_depot = arriving(job, part.site).any(|transfer| waits_for(job, transfer));
            if part.phase == PartPhase::Staging && !from_depot {
                let ends = arriving(job, part.site).map(|transfer| transfer.end_ms);
                self.plan(job.id, ends.max().unwrap_or(0), part.site, Say::Staged);
            }
        }
    }

    /// Data is there when the last of its windows ends.
    fn transfers(&mut self, job: &Job, kind: TransferKind, say: Say) {
        for part in &job.staging {
            if part.phase == PartPhase::Staging {
                let ends = transfers_to(job, kind, part.site).map(|transfer| transfer.end_ms);
                self.plan(job.id, ends.max().unwrap_or(0), part.site, say);
            }
        }
    }

    fn plan(&mut self, job: JobId, at_ms: i64, site: SiteId, say: Say) {
        self.due.insert((at_ms, job, site), say);
        self.times.entry(job).or_default().push((at_ms, site));
    }

    fn clear(&mut self, job: JobId) {
        for (at_ms, site) in self.times.remove(&job).unwrap_or_default() {
            self.due.remove(&(at_ms, job, site));
        }
    }

    fn report(
        &self,
        (state, now_ms): (&State, i64),
        site: SiteId,
        job: &Job,
        say: Say,
        arrived: &mut Vec<Transfer>,
    ) -> Option<SiteReport> {
        let course = self.courses.get(&job.id)?;
        let fence = job.attempt().map_or(0, |attempt| attempt.fence);
        let (fence, phase) = match say {
            Say::Staged => (0, RunPhase::Staged),
            Say::Delivered => (0, RunPhase::Delivered),
            Say::Started => (fence, RunPhase::Started),
            Say::Ended if course.ends_well => (fence, self.ended(job, Outcome::Succeeded, now_ms)),
            Say::Ended => (fence, self.ended(job, Outcome::Failed, now_ms)),
            Say::Stopped => (fence, self.ended(job, Outcome::Stopped, now_ms)),
            Say::Lost => (fence, self.ended(job, Outcome::Lost, now_ms)),
        };
        let mut held = Vec::new();
        let here: Vec<&Transfer> = match say {
            Say::Staged => arriving(job, site).collect(),
            Say::Delivered => transfers_to(job, TransferKind::StageOut, site).collect(),
            _ => Vec::new(),
        };
        if here.iter().any(|transfer| self.is_away(transfer.from)) {
            return Some(said(state, site, job, 0, RunPhase::StageFailed));
        }
        arrived.extend(here.iter().copied().cloned());
        if say == Say::Staged {
            // What waits at a depot is no replica.
            let staged = here.iter().filter(|t| t.kind == TransferKind::StageIn);
            held = staged
                .filter_map(|transfer| copy(state, transfer))
                .collect();
        }
        let said = said(state, site, job, fence, phase);
        Some(SiteReport { held, ..said })
    }

    fn ended(&self, job: &Job, outcome: Outcome, now_ms: i64) -> RunPhase {
        let started_ms = job.attempt().and_then(|attempt| attempt.started_ms);
        let wall_ms = now_ms - started_ms.unwrap_or(now_ms);
        let outputs = job.spec.outputs.iter().map(|output| OutputFact {
            dataset: output.dataset.clone(),
            sha256: digest(job.id),
            size_bytes: output.size_bytes,
        });
        RunPhase::Ended {
            outcome,
            exit_code: i32::from(outcome == Outcome::Failed),
            usage: Usage {
                wall_ms,
                ..Usage::default()
            },
            outputs: match (outcome, self.keep_outputs) {
                (Outcome::Stopped, _) => checkpoint(job, wall_ms).into_iter().collect(),
                (Outcome::Succeeded, true) => outputs.collect(),
                _ => Vec::new(),
            },
        }
    }
}

/// The attempt that runs, or is to start.
fn runs(job: &Job) -> Option<&Attempt> {
    let attempt = job.attempt().filter(|_| job.state.is_started())?;
    attempt.ended_ms.is_none().then_some(attempt)
}

fn part_at(attempt: &Attempt, site: SiteId) -> Option<&Part> {
    let open = |part: &&Part| part.site == site && part.phase != PartPhase::Ended;
    attempt.parts.iter().find(open)
}

fn transfers_to(job: &Job, kind: TransferKind, site: SiteId) -> impl Iterator<Item = &Transfer> {
    let transfers = job.placement.iter().flat_map(|held| &held.transfers);
    transfers.filter(move |transfer| transfer.kind == kind && transfer.to == site)
}

/// What comes to a site before the run: to run there, or to wait there.
fn arriving(job: &Job, site: SiteId) -> impl Iterator<Item = &Transfer> {
    let to_run = transfers_to(job, TransferKind::StageIn, site);
    to_run.chain(transfers_to(job, TransferKind::ToDepot, site))
}

/// The source of a second leg has not got the data yet.
fn waits_for(job: &Job, transfer: &Transfer) -> bool {
    let first = job
        .placement
        .iter()
        .any(|held| held.deposit_of(transfer).is_some());
    let staging = |part: &Part| part.site == transfer.from && part.phase == PartPhase::Staging;
    first && job.staging.iter().any(staging)
}

/// What was staged is a replica from now on, as with the real agents.
fn copy(state: &State, transfer: &Transfer) -> Option<(String, [u8; 32])> {
    let dataset = state.datasets().get(&transfer.what);
    let dataset = dataset.map(|known| known.sha256);
    let image = || state.images().get(&transfer.what).map(|known| known.sha256);
    let sha256 = dataset.or_else(image)?;
    Some((transfer.what.clone(), sha256))
}

/// Stands for the digest of what a job leaves; equal in every replay.
fn digest(job: JobId) -> [u8; 32] {
    let mut sha256 = [0; 32];
    sha256[..8].copy_from_slice(&job.0.to_le_bytes());
    sha256
}

/// What a stopped run leaves, once it has written one.
fn checkpoint(job: &Job, ran_ms: i64) -> Option<OutputFact> {
    let spec = job.spec.checkpoint.as_ref()?;
    (job.done_after(ran_ms) > 0).then(|| OutputFact {
        dataset: job.checkpoint_name(),
        sha256: digest(job.id),
        size_bytes: spec.size_bytes,
    })
}

fn said(state: &State, site: SiteId, job: &Job, fence: u64, phase: RunPhase) -> SiteReport {
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
