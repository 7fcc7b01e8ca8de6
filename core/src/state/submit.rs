//! Jobs enter, and are given up.

use std::sync::Arc;

use crate::apart;
use crate::command::{Refusal, Submission};
use crate::event::Event;
use crate::model::{
    DataGrade, DemandRegion, ImageKind, Job, JobId, JobSpec, JobState, LatencyLimit, Output,
    SiteSpec,
};
use crate::reason::Reason;
use crate::rules;

use super::apply::{Answer, Apply};
use super::catalogue::named_twice;
use super::keys::key_digest;

impl Apply<'_> {
    /// Stores all jobs or none. A known key with the same body answers with the first job.
    pub(super) fn submit_jobs(&mut self, submissions: &[Submission]) -> Result<Answer, Refusal> {
        let digest = |submission: &Submission| key_digest(&submission.tenant, &submission.key);
        let keys: Vec<[u8; 32]> = submissions.iter().map(digest).collect();
        let firsts = firsts(&keys);
        let mut known = Vec::with_capacity(submissions.len());
        for (at, submission) in submissions.iter().enumerate() {
            self.check_submission(submission)?;
            known.push(match firsts[at] {
                first if first < at => same_body(submission, &submissions[first]).map(|()| None)?,
                _ => self.known_job(submission, &keys[at])?,
            });
        }
        self.check_room(submissions, &known)?;
        let mut answers: Vec<(JobId, bool)> = Vec::with_capacity(submissions.len());
        for (at, submission) in submissions.iter().enumerate() {
            answers.push(match (known[at], firsts[at]) {
                (Some(job), _) => (job, true),
                // It stands twice in this very command.
                (None, first) if first < at => (answers[first].0, true),
                (None, _) => (self.store(submission, keys[at]), false),
            });
        }
        Ok(Answer::Submitted(answers))
    }

    /// Says whether the queue has room for the jobs of which no `known` one is stored.
    fn check_room(
        &self,
        submissions: &[Submission],
        known: &[Option<JobId>],
    ) -> Result<(), Refusal> {
        let new = known.iter().filter(|job| job.is_none()).count() as u64;
        let queued = self.live_jobs();
        if new > 0 && queued + new > self.state.limits.jobs_max {
            return Err(Refusal::QueueFull {
                queued: queued as usize,
            });
        }
        self.within_queue_quotas(submissions, known)
    }

    /// Says whether a job could be stored now, whatever its key.
    pub(super) fn check_new(&self, submission: &Submission) -> Result<(), Refusal> {
        self.check_submission(submission)?;
        self.check_room(std::slice::from_ref(submission), &[None])
    }

    fn live_jobs(&self) -> u64 {
        let live = JobState::ALL
            .into_iter()
            .filter(|state| !state.is_terminal());
        live.map(|state| self.state.count(state)).sum()
    }

    /// The job already stored under the submission's key, if the body is the same.
    fn known_job(&self, submission: &Submission, key: &[u8; 32]) -> Result<Option<JobId>, Refusal> {
        match self.state.keys.get(key) {
            Some((job, digest)) if digest == submission.body_digest => Ok(Some(job)),
            Some((job, _)) => Err(conflict(submission, job)),
            None => Ok(None),
        }
    }

    fn check_submission(&self, submission: &Submission) -> Result<(), Refusal> {
        let spec = &submission.spec;
        self.check_names(spec)?;
        if spec.sites_min() > apart::SITES_MAX {
            let problem = format!("asks for more than {} sites", apart::SITES_MAX);
            let field = match spec.is_spread() {
                true => "service.spread_sites_min",
                false => "storage.copies",
            };
            return Err(Refusal::invalid(field, problem));
        }
        if let ([group], true) = (spec.groups.as_slice(), spec.is_spread())
            && group.count < spec.sites_min()
        {
            let problem = format!(
                "is more than the {} tasks there are; add tasks",
                group.count
            );
            return Err(Refusal::invalid("service.spread_sites_min", problem));
        }
        let split = apart::split(spec);
        self.state
            .could_ever_fit_quota(&submission.tenant, &split)?;
        for (position, group) in split.groups.iter().enumerate() {
            let fits = self.state.pools.iter().any(|pool| {
                let per_node = group.resources.per_node(pool.spec.node);
                let room = per_node.saturating_mul(i64::from(pool.spec.nodes));
                let count = group.count_on(&pool.spec.accelerator_model);
                count.is_some_and(|count| room >= i64::from(count))
            });
            if !fits && !self.state.pools.is_empty() {
                let problem = "no pool of the network could ever hold it; ask for smaller tasks, \
                               fewer tasks, or several jobs";
                return Err(Refusal::invalid(
                    format!("groups[{position}].resources"),
                    problem,
                ));
            }
        }
        Ok(())
    }

    /// Everything a specification names must exist.
    fn check_names(&self, spec: &JobSpec) -> Result<(), Refusal> {
        for input in &spec.inputs {
            let (field, name) = ("inputs.dataset", &input.dataset);
            match self.state.input_named(name) {
                Some(_) => {}
                None if self.state.images.contains_key(name) => {
                    let problem = format!("\"{name}\" is a program; name it as image");
                    return Err(Refusal::invalid(field, problem));
                }
                None => return Err(unknown(field, "data set or model", name)),
            }
        }
        for image in spec.images() {
            let field = "groups.payload.container.image";
            match self.state.images.get(image) {
                Some(known) if known.kind == ImageKind::Model => {
                    let problem = format!("\"{image}\" is a model; name it in inputs");
                    return Err(Refusal::invalid(field, problem));
                }
                Some(_) => {}
                None => return Err(unknown(field, "image", image)),
            }
        }
        for limit in &spec.latency_limits {
            let Some(region) = self.state.region_named(&limit.region) else {
                return Err(unknown(
                    "latency_limits.region",
                    "demand region",
                    &limit.region,
                ));
            };
            may_be_so_near(limit, &self.state.regions[region.index()])?;
        }
        for share in spec.service.iter().flat_map(|service| &service.traffic) {
            if self.state.region_named(&share.region).is_none() {
                return Err(unknown(
                    "service.traffic.region",
                    "demand region",
                    &share.region,
                ));
            }
        }
        for name in &spec.sites {
            if self.state.site_named(name).is_none() {
                return Err(unknown("sites", "site", name));
            }
        }
        let taken = |output: &Output| self.state.images.contains_key(&output.dataset);
        if spec.outputs.iter().any(taken) {
            return Err(named_twice("outputs.dataset", "an image"));
        }
        for output in spec
            .outputs
            .iter()
            .filter(|output| !output.deliver_to.is_empty())
        {
            let Some(to) = self.state.site_named(&output.deliver_to) else {
                return Err(unknown("outputs.deliver_to", "site", &output.deliver_to));
            };
            may_be_delivered(spec, &self.state.sites[to.index()].spec)?;
        }
        if !spec.outputs.is_empty() {
            self.check_datasets_room()?;
        }
        for job in &spec.after_ok {
            if !self.state.jobs.contains_key(job) {
                return Err(unknown("after_ok", "job", &job.to_string()));
            }
        }
        Ok(())
    }

    fn store(&mut self, submission: &Submission, key: [u8; 32]) -> JobId {
        let job = self.new_job(submission);
        let id = job.id;
        self.state.next_job += 1;
        self.state.keys.insert(key, id, submission.body_digest);
        self.state.put_job(None, job);
        self.events.push(Event::Submitted(id));
        id
    }

    /// A pending job with the next identity, not stored yet.
    pub(super) fn new_job(&self, submission: &Submission) -> Job {
        Job {
            id: JobId(self.state.next_job),
            tenant: Arc::from(submission.tenant.as_str()),
            key: submission.key.clone(),
            spec: apart::split_shared(&submission.spec),
            grade: self.grade_of(&submission.spec),
            state: JobState::Pending,
            reason: None,
            submitted_ms: self.state.now_ms,
            ended_ms: None,
            placement: None,
            planned_at: 0,
            planned_base: 0,
            staging: Vec::new(),
            attempts: Vec::new(),
            cancelling: false,
            preemption: None,
            slips: 0,
            due_ms: submission.spec.deadline_ms,
            changed_at: self.state.index,
            saved: None,
            moving: None,
            moves: Vec::new(),
        }
    }

    /// Results inherit the highest grade of the job and its inputs (GB/T 43697-2024).
    fn grade_of(&self, spec: &JobSpec) -> DataGrade {
        let inputs = spec
            .inputs
            .iter()
            .filter_map(|input| self.state.datasets.get(&input.dataset));
        inputs
            .map(|dataset| dataset.grade)
            .max()
            .unwrap_or_default()
            .max(spec.data_grade)
    }

    /// What does not run is cancelled at once, delivery included; what runs is stopped first.
    pub(super) fn cancel_job(&mut self, id: JobId) -> Result<Answer, Refusal> {
        let Some(job) = self.state.jobs.get(&id) else {
            return Err(unknown("job", "job", &id.to_string()));
        };
        match job.state {
            state if state.is_terminal() => {}
            state if state.is_started() && !has_run(job) => {
                self.update_job(id, |job| {
                    job.cancelling = true;
                    job.reason = Some(Reason::Cancelled);
                });
                self.call_off_move(id);
            }
            _ => self.finish(id, JobState::Cancelled, Some(Reason::Cancelled)),
        }
        Ok(Answer::Done)
    }
}

/// For each key the position at which it stands first.
fn firsts(keys: &[[u8; 32]]) -> Vec<usize> {
    let mut firsts: Vec<usize> = (0..keys.len()).collect();
    let mut sorted = firsts.clone();
    // Of equal ones the first stays before the others.
    sorted.sort_by_key(|at| keys[*at]);
    for pair in sorted.windows(2) {
        if keys[pair[0]] == keys[pair[1]] {
            firsts[pair[1]] = firsts[pair[0]];
        }
    }
    firsts
}

/// Refuses another body under the key of a submission of the same command.
fn same_body(submission: &Submission, first: &Submission) -> Result<(), Refusal> {
    match submission.body_digest == first.body_digest {
        true => Ok(()),
        false => Err(conflict(submission, JobId(0))),
    }
}

fn conflict(submission: &Submission, job: JobId) -> Refusal {
    Refusal::KeyConflict {
        key: submission.key.clone(),
        job,
    }
}

/// Refuses a latency that nothing can keep, wherever it stands.
fn may_be_so_near(limit: &LatencyLimit, region: &DemandRegion) -> Result<(), Refusal> {
    if limit.one_way_us_max >= region.access_us {
        return Ok(());
    }
    let problem = format!(
        "{} us is less than the access of region \"{}\" alone takes, {} us, and no site can be so \
         near; raise the limit",
        limit.one_way_us_max, limit.region, region.access_us
    );
    Err(Refusal::invalid("latency_limits.one_way_us_max", problem))
}

/// Refuses results that could never be delivered where they are wanted.
fn may_be_delivered(spec: &JobSpec, to: &SiteSpec) -> Result<(), Refusal> {
    if rules::secure_enough(spec, to).is_ok() {
        return Ok(());
    }
    let problem = format!(
        "site \"{}\" has security level {}, and the job demands {}; deliver to another site, or \
         ask for a lower mlps_level",
        to.name, to.mlps_level, spec.mlps_level
    );
    Err(Refusal::invalid("outputs.deliver_to", problem))
}

/// Its run is over, and only its results are still on their way.
fn has_run(job: &Job) -> bool {
    job.attempt()
        .is_some_and(|attempt| attempt.ended_ms.is_some())
}

pub(super) fn unknown(field: &'static str, kind: &'static str, name: &str) -> Refusal {
    Refusal::NotFound {
        field,
        kind,
        name: name.to_owned(),
    }
}
