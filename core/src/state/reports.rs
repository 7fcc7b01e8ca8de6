//! What agents say, and their silence.

use std::sync::Arc;

use crate::command::{OutputFact, Refusal, RunPhase, RunReport, SiteReport};
use crate::event::Event;
use crate::model::{
    Dataset, Job, JobId, JobState, OnDisconnect, Outcome, PartPhase, SiteId, TransferKind,
};
use crate::reason::Reason;

use super::State;
use super::apply::{Answer, Apply};

impl Apply<'_> {
    pub(super) fn report_sites(&mut self, reports: &[SiteReport]) -> Result<Answer, Refusal> {
        for report in reports {
            self.report_site(report);
        }
        Ok(Answer::Done)
    }

    /// An unknown site or an older incarnation is not heard.
    fn report_site(&mut self, report: &SiteReport) {
        let now_ms = self.state.now_ms;
        let Some(entry) = self.state.sites.get_mut(report.site.index()) else {
            return;
        };
        if report.incarnation < entry.incarnation {
            return;
        }
        let site = Arc::make_mut(entry);
        site.refreshed_ms = now_ms;
        site.silent = false;
        if let Some(energy) = &report.energy {
            let sums = &mut self.state.energy[report.site.index()];
            *sums = Arc::new(sums.next(&site.energy, energy));
            site.energy = energy.clone();
        }
        for (name, sha256) in &report.held {
            self.add_replica(name, sha256, report.site);
        }
        for run in &report.runs {
            self.report_run(report.site, run);
        }
        for pool in &report.pools {
            let known = self.state.pools.get_mut(pool.pool.index());
            let Some(known) = known.filter(|known| known.site == report.site) else {
                continue;
            };
            let known = Arc::make_mut(known);
            if pool.usable.is_valid() {
                known.usable = pool.usable;
            }
            known.free_shapes = pool.free_shapes.clone();
            self.settle_pool(pool.pool);
        }
    }

    fn report_run(&mut self, site: SiteId, report: &RunReport) {
        let Some(job) = self.state.jobs.get(&report.job).cloned() else {
            return;
        };
        if job.state.is_terminal() {
            return;
        }
        match &report.phase {
            RunPhase::Staged => self.staged(&job, site),
            // An agent that knows no depots says of what it is to keep that it was delivered.
            RunPhase::Delivered if keeps(&job, site) => self.staged(&job, site),
            RunPhase::StageFailed => self.stage_failed(&job, site),
            RunPhase::Delivered => self.delivered(&job, site),
            RunPhase::Started if is_current(&job, report) && runs_at(&job, site) => {
                self.started(job.id, site);
            }
            RunPhase::Ended { .. } if is_current(&job, report) => self.ended(&job, site, report),
            RunPhase::Started | RunPhase::Ended { .. } => {}
        }
    }

    fn staged(&mut self, job: &Job, site: SiteId) {
        if job.state != JobState::Staging || !part_waits(job, site) {
            return;
        }
        self.count_transfer(job, site);
        self.copy_checkpoint(job.id, site);
        self.set_staging_phase(job.id, site, PartPhase::Staged);
        self.start_second_legs(job.id, site);
        self.advance(job.id);
    }

    fn stage_failed(&mut self, job: &Job, site: SiteId) {
        match job.state {
            JobState::Staging if part_waits(job, site) => {
                self.requeue(job.id, Reason::StageInFailed);
            }
            JobState::Running if part_waits(job, site) => {
                self.finish(job.id, JobState::Failed, Some(Reason::DeliveryFailed));
            }
            _ => {}
        }
    }

    fn delivered(&mut self, job: &Job, site: SiteId) {
        if job.state != JobState::Running || !part_waits(job, site) {
            return;
        }
        self.count_transfer(job, site);
        for transfer in job
            .placement
            .iter()
            .flat_map(|placement| placement.stage_out())
        {
            if transfer.to == site {
                // The name may belong to other data by now, or since ever.
                let known = self.state.datasets.get(&transfer.what);
                let known = known.filter(|known| {
                    known.tenant == *job.tenant && known.sites.contains(&transfer.from)
                });
                let known = known.map(|known| known.sha256);
                if let Some(sha256) = known {
                    self.stays(&transfer.what, &sha256, site);
                    self.add_replica(&transfer.what, &sha256, site);
                }
            }
        }
        self.set_staging_phase(job.id, site, PartPhase::Staged);
        let done = |job: &Arc<Job>| {
            job.staging
                .iter()
                .all(|part| part.phase >= PartPhase::Staged)
        };
        if self.state.jobs.get(&job.id).is_some_and(done) {
            self.finish(job.id, JobState::Succeeded, None);
        }
    }

    fn set_staging_phase(&mut self, id: JobId, site: SiteId, phase: PartPhase) {
        self.update_job(id, |job| {
            for part in job.staging.iter_mut().filter(|part| part.site == site) {
                part.phase = phase;
            }
        });
    }

    fn count_transfer(&mut self, job: &Job, site: SiteId) {
        let arrived = |kind| match job.state {
            JobState::Staging => matches!(kind, TransferKind::StageIn | TransferKind::ToDepot),
            _ => kind == TransferKind::StageOut,
        };
        let transfers = job
            .placement
            .iter()
            .flat_map(|placement| &placement.transfers);
        let bytes = transfers
            .filter(|transfer| transfer.to == site && arrived(transfer.kind))
            .map(|t| t.size_bytes)
            .sum();
        self.state.transferred_bytes += bytes;
        self.events.push(Event::Transferred { job: job.id, bytes });
    }

    fn started(&mut self, id: JobId, site: SiteId) {
        let now_ms = self.state.now_ms;
        self.update_job(id, |job| {
            let Some(attempt) = job.attempts.last_mut() else {
                return;
            };
            attempt.started_ms.get_or_insert(now_ms);
            for part in attempt.parts.iter_mut().filter(|part| part.site == site) {
                part.phase = part.phase.max(PartPhase::Started);
            }
            job.state = JobState::Running;
        });
    }

    fn ended(&mut self, job: &Job, site: SiteId, report: &RunReport) {
        let RunPhase::Ended {
            outcome,
            exit_code,
            usage,
            outputs,
        } = &report.phase
        else {
            return;
        };
        let already = job.attempt().is_none_or(|attempt| {
            attempt
                .parts
                .iter()
                .all(|part| part.site != site || part.phase == PartPhase::Ended)
        });
        if already {
            return;
        }
        // An end may be the first thing that is heard of a run.
        if !has_started(job, site) {
            self.started(job.id, site);
        }
        self.update_job(job.id, |job| {
            let Some(attempt) = job.attempts.last_mut() else {
                return;
            };
            if !report.detail.is_empty() {
                attempt.detail.clone_from(&report.detail);
            }
            for part in attempt.parts.iter_mut().filter(|part| part.site == site) {
                part.phase = PartPhase::Ended;
                part.outcome = Some(*outcome);
                part.exit_code = *exit_code;
                part.usage = *usage;
            }
        });
        match outcome {
            Outcome::Succeeded => self.store_outputs(job, site, outputs),
            _ => self.save_checkpoint(job, site, report),
        }
        let all_ended = |job: &Arc<Job>| {
            let parts = job
                .attempt()
                .map(|attempt| attempt.parts.as_slice())
                .unwrap_or_default();
            parts.iter().all(|part| part.phase == PartPhase::Ended)
        };
        if self.state.jobs.get(&job.id).is_some_and(all_ended) {
            self.end_attempt(job.id);
        }
    }

    /// Results become data sets of the job's tenant and grade, held where it ran.
    fn store_outputs(&mut self, job: &Job, site: SiteId, outputs: &[OutputFact]) {
        for output in outputs {
            if !job
                .spec
                .outputs
                .iter()
                .any(|known| known.dataset == output.dataset)
            {
                continue;
            }
            // No name is both, and the image was there first.
            if self.state.images.contains_key(&output.dataset) {
                continue;
            }
            let dataset = Dataset {
                name: output.dataset.clone(),
                sha256: output.sha256,
                size_bytes: output.size_bytes.max(0),
                grade: job.grade,
                tenant: job.tenant.to_string(),
                sites: [site].into(),
                lowered: Vec::new(),
            };
            self.stays(&output.dataset, &output.sha256, site);
            // A name taken by other bytes keeps its bytes; a rerun of a job replaces its own.
            let replace = self
                .state
                .datasets
                .get(&output.dataset)
                .is_none_or(|known| known.tenant == *job.tenant && known.sha256 != output.sha256);
            if replace {
                self.state
                    .datasets
                    .insert(output.dataset.clone(), Arc::new(dataset));
            } else {
                self.add_replica(&output.dataset, &output.sha256, site);
            }
        }
    }

    /// A site's lease ran out. What has not started goes elsewhere; what its agent stops by
    /// itself counts as lost; what goes on running there keeps its place.
    pub(super) fn site_silent(&mut self, id: SiteId, incarnation: u64) -> Result<Answer, Refusal> {
        let Some(entry) = self.state.sites.get_mut(id.index()) else {
            return Err(super::submit::unknown("site", "site", &id.to_string()));
        };
        if entry.incarnation != incarnation || entry.silent {
            return Ok(Answer::Done);
        }
        Arc::make_mut(entry).silent = true;
        for job in self.state.not_started_at(id) {
            self.requeue(job, Reason::SiteSilent);
        }
        self.call_off_moves_to(id);
        let stopped: Vec<JobId> = self
            .state
            .jobs_at(id)
            .filter(|job| job.spec.on_disconnect == OnDisconnect::Stop && runs_at(job, id))
            .map(|job| job.id)
            .collect();
        for job in stopped {
            self.lose_part(job, id);
        }
        Ok(Answer::Done)
    }

    fn lose_part(&mut self, id: JobId, site: SiteId) {
        let Some(job) = self.state.jobs.get(&id).cloned() else {
            return;
        };
        let Some(attempt) = job.attempt() else { return };
        let report = RunReport {
            job: id,
            fence: attempt.fence,
            phase: RunPhase::Ended {
                outcome: Outcome::Lost,
                exit_code: 0,
                usage: Default::default(),
                outputs: Vec::new(),
            },
            detail: "the site was cut off and stopped it".to_owned(),
        };
        self.ended(&job, site, &report);
    }

    pub(super) fn refreshed(&mut self, sites: &[SiteId]) -> Result<Answer, Refusal> {
        let now_ms = self.state.now_ms;
        for id in sites {
            if let Some(entry) = self.state.sites.get_mut(id.index()) {
                let site = Arc::make_mut(entry);
                site.refreshed_ms = now_ms;
                site.silent = false;
            }
        }
        Ok(Answer::Done)
    }
}

impl State {
    /// True when a report would change something: only transitions enter the log.
    pub fn is_news(&self, site: SiteId, report: &RunReport) -> bool {
        let Some(job) = self.job(report.job) else {
            return false;
        };
        match &report.phase {
            RunPhase::Staged => job.state == JobState::Staging && part_waits(job, site),
            RunPhase::Delivered => {
                (job.state == JobState::Running || keeps(job, site)) && part_waits(job, site)
            }
            RunPhase::StageFailed => !job.state.is_terminal() && part_waits(job, site),
            RunPhase::Started => {
                is_current(job, report) && part_before(job, site, PartPhase::Started)
            }
            RunPhase::Ended { .. } => {
                is_current(job, report) && part_before(job, site, PartPhase::Ended)
            }
        }
    }
}

fn part_before(job: &Job, site: SiteId, phase: PartPhase) -> bool {
    let parts = job
        .attempt()
        .map(|attempt| attempt.parts.as_slice())
        .unwrap_or_default();
    parts
        .iter()
        .any(|part| part.site == site && part.phase < phase)
}

/// The report speaks of the attempt that was granted last, and it has not ended.
fn is_current(job: &Job, report: &RunReport) -> bool {
    let current = job.attempt().filter(|attempt| attempt.ended_ms.is_none());
    job.state.is_started() && current.is_some_and(|attempt| attempt.fence == report.fence)
}

/// The job's data is to wait there for a second leg.
fn keeps(job: &Job, site: SiteId) -> bool {
    let mut deposits = job.placement.iter().flat_map(|held| held.deposits());
    job.state == JobState::Staging && deposits.any(|transfer| transfer.to == site)
}

fn part_waits(job: &Job, site: SiteId) -> bool {
    job.staging
        .iter()
        .any(|part| part.site == site && part.phase == PartPhase::Staging)
}

/// It runs, also at that site.
fn has_started(job: &Job, site: SiteId) -> bool {
    let attempt = job.attempt().filter(|_| job.state == JobState::Running);
    attempt.is_some_and(|attempt| {
        let mut here = attempt.parts.iter().filter(|part| part.site == site);
        attempt.started_ms.is_some() && here.all(|part| part.phase >= PartPhase::Started)
    })
}

fn runs_at(job: &Job, site: SiteId) -> bool {
    let attempt = job.attempt().filter(|attempt| attempt.ended_ms.is_none());
    job.state.is_started()
        && attempt.is_some_and(|attempt| {
            attempt
                .parts
                .iter()
                .any(|part| part.site == site && part.phase != PartPhase::Ended)
        })
}
