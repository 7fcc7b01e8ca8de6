//! What agents report of their jobs: mostly what comes next, sometimes stale, doubled or foreign.

use ewc_core::State;
use ewc_core::command::{Command, OutputFact, RunPhase, RunReport, SiteReport};
use ewc_core::model::{Job, JobState, Outcome, PartPhase, SiteId, Usage};

use crate::commands::{any_job, any_site};
use crate::random::Random;

pub fn report(random: &mut Random, state: &State) -> Command {
    let mut reports = Vec::new();
    for _ in 0..random.pick(&[1, 1, 1, 2, 3]) {
        let (site, run) = one(random, state);
        let incarnation = state.site(site).map_or(1, |site| site.incarnation);
        let mut runs = vec![run];
        if random.chance(15) {
            // Delivered twice.
            runs.push(runs[0].clone());
        }
        reports.push(SiteReport {
            site,
            incarnation: incarnation.saturating_sub(u64::from(random.chance(3))),
            pools: Vec::new(),
            energy: None,
            held: Vec::new(),
            runs,
        });
    }
    Command::ReportSites(reports)
}

fn one(random: &mut Random, state: &State) -> (SiteId, RunReport) {
    let live: Vec<_> = state
        .jobs()
        .values()
        .filter(|job| job.state == JobState::Staging || job.state.is_started())
        .collect();
    if live.is_empty() || random.chance(6) {
        return strange(random, state);
    }
    // What moves is heard of soon, and what may yet be moved seldom.
    let moves = live.iter().find(|job| job.moving.is_some());
    let any = live[random.below(live.len())];
    let job = match moves {
        Some(moves) if random.chance(50) => moves,
        _ if state.with_checkpoint().contains(&any.id) && random.chance(60) => {
            return strange(random, state);
        }
        _ => any,
    };
    let waiting = parts(&job.staging, PartPhase::Staging);
    let attempt = job.attempt().filter(|attempt| attempt.ended_ms.is_none());
    let running = attempt.map_or(Vec::new(), |attempt| {
        parts(&attempt.parts, PartPhase::Started)
    });
    let sites = if waiting.is_empty() { running } else { waiting };
    let site = match sites.is_empty() || random.chance(5) {
        true => any_site(random, state),
        false => random.pick(&sites),
    };
    let fence = attempt.map_or(0, |attempt| attempt.fence);
    let report = RunReport {
        job: job.id,
        fence: match random.chance(88) {
            true => fence,
            false => stale(random, job),
        },
        phase: phase(random, job),
        detail: String::new(),
    };
    (site, report)
}

fn parts(parts: &[ewc_core::model::Part], up_to: PartPhase) -> Vec<SiteId> {
    let open = parts.iter().filter(|part| part.phase <= up_to);
    open.map(|part| part.site).collect()
}

/// The fence of an earlier attempt, or none that was ever granted.
fn stale(random: &mut Random, job: &Job) -> u64 {
    let last = job.attempts.last().map_or(5, |attempt| attempt.fence);
    let first = job.attempts.first().map_or(0, |attempt| attempt.fence);
    random.pick(&[0, first, last - 1, last + 1])
}

fn phase(random: &mut Random, job: &Job) -> RunPhase {
    if random.chance(5) {
        return any_phase(random, job);
    }
    match job.state {
        JobState::Staging if random.chance(85) => RunPhase::Staged,
        JobState::Staging => RunPhase::StageFailed,
        JobState::Dispatched if random.chance(70) => RunPhase::Started,
        _ if job.staging.is_empty() => ended(random, job),
        _ if random.chance(85) => RunPhase::Delivered,
        _ => RunPhase::StageFailed,
    }
}

fn any_phase(random: &mut Random, job: &Job) -> RunPhase {
    match random.below(5) {
        0 => RunPhase::Staged,
        1 => RunPhase::StageFailed,
        2 => RunPhase::Started,
        3 => RunPhase::Delivered,
        _ => ended(random, job),
    }
}

fn ended(random: &mut Random, job: &Job) -> RunPhase {
    let outcomes = [
        Outcome::Succeeded,
        Outcome::Succeeded,
        Outcome::Succeeded,
        Outcome::Succeeded,
        Outcome::Failed,
        Outcome::TimedOut,
        Outcome::Lost,
        Outcome::Stopped,
    ];
    let preempted = job.preemption.is_some_and(|preemption| preemption.ordered);
    let ordered = preempted || job.moving.as_ref().is_some_and(|moving| moving.ordered);
    let outcome = match ordered && random.chance(70) {
        true => Outcome::Stopped,
        false => random.pick(&outcomes),
    };
    let outputs = job.spec.outputs.iter().map(|output| OutputFact {
        dataset: output.dataset.clone(),
        sha256: [random.below(3) as u8; 32],
        size_bytes: output.size_bytes,
    });
    let mut outputs: Vec<OutputFact> = outputs.collect();
    if ordered && random.chance(80) {
        outputs.push(OutputFact {
            dataset: job.checkpoint_name(),
            sha256: [random.below(3) as u8; 32],
            size_bytes: random.pick(&[-1, 0, 1_000_000_000, 30_000_000_000]),
        });
    }
    RunPhase::Ended {
        outcome,
        exit_code: 0,
        usage: Usage {
            wall_ms: random.pick(&[0, 0, 0, 1, 600_000, i64::MAX]),
            ..Usage::default()
        },
        outputs,
    }
}

/// A report of any job from any site.
fn strange(random: &mut Random, state: &State) -> (SiteId, RunReport) {
    let id = ewc_core::model::JobId(any_job(random, state));
    let phase = match state.job(id) {
        Some(job) => any_phase(random, job),
        None => RunPhase::Started,
    };
    let fence = state.job(id).map_or(0, |job| stale(random, job));
    let report = RunReport {
        job: id,
        fence,
        phase,
        detail: "strange".to_owned(),
    };
    (any_site(random, state), report)
}
