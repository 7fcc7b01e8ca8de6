//! One run: arrivals, sites that start and end what they are given, and what came of it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ewc_core::State;
use ewc_core::command::{Command, RunPhase, RunReport, SiteReport, Submission};
use ewc_core::model::{Job, JobId, JobState, Outcome, SiteId, Usage};
use ewc_core::state::Answer;

use super::member::Member;
use super::{ARRIVALS_PER_S, ROUND, network};

/// Small jobs that are there at the beginning.
const BURST: u64 = 8_000;
/// Jobs of the burst in one command.
const BATCH: u64 = 200;
/// The network fills for so long before the large jobs come.
const FILL: Duration = Duration::from_secs(20);
/// Large jobs.
const LARGE: u64 = 8;
/// Pause between two commands of arrivals, and between two reports of the sites.
const ARRIVE_EVERY: Duration = Duration::from_millis(20);
const REPORT_EVERY: Duration = Duration::from_millis(100);

/// What came of a run.
#[derive(Debug, Default)]
pub struct Observed {
    /// Rounds since the large jobs came.
    pub rounds: u64,
    /// Their mean length, in seconds.
    pub round_s: f64,
    /// Placements of rounds that were kept, moved and dropped by repairs.
    pub repaired: [u64; 3],
    /// Placements of rounds that apply accepted.
    pub accepted: u64,
    /// Those that it rejected.
    pub rejected: u64,
    /// The same of arrivals.
    pub arrivals_accepted: u64,
    /// The same of arrivals.
    pub arrivals_rejected: u64,
    /// Small jobs stored in a second.
    pub arrivals_per_s: f64,
    /// 99 % of the plans for arrivals were applied in at most so many milliseconds from when the
    /// planner saw them.
    pub arrival_p99_ms: f64,
    /// From a large job's submission until it was given to its site; rising, those that were not
    /// last.
    pub large_ms: Vec<Option<f64>>,
    /// Jobs that wait for a place at the end.
    pub waiting: u64,
}

/// Fills a network, submits large jobs, and looks on for at most `after`; with or without further
/// arrivals.
pub fn observe(directory: &Path, arrivals: bool, after: Duration) -> anyhow::Result<Observed> {
    let member = Member::start(directory, ROUND)?;
    for command in network::commands() {
        member.propose(command)?;
    }
    let (arrive, report) = (AtomicBool::new(true), AtomicBool::new(true));
    let mut seen = Observed::default();
    let larges = std::thread::scope(|scope| {
        let arriving = scope.spawn(|| small_jobs(&member, &arrive));
        let acting = scope.spawn(|| act(&member, &report));
        std::thread::sleep(FILL);
        arrive.store(arrivals, Ordering::Relaxed);
        let filled = rounds(&member);
        let watched = watch(&member, arrivals, after);
        arrive.store(false, Ordering::Relaxed);
        report.store(false, Ordering::Relaxed);
        let stored = arriving
            .join()
            .unwrap_or_else(|_| anyhow::bail!("no arrivals"));
        acting
            .join()
            .unwrap_or_else(|_| anyhow::bail!("no sites"))?;
        seen.arrivals_per_s = stored?;
        let all = rounds(&member);
        seen.rounds = all.0 - filled.0;
        seen.round_s = (all.1 - filled.1) / (seen.rounds.max(1) as f64);
        watched
    })?;
    let state = member.handle.state();
    let mut large_ms: Vec<Option<f64>> = larges.iter().map(|id| wait_ms(&state, *id)).collect();
    large_ms.sort_by_key(|ms| ms.map_or(i64::MAX, |ms| ms as i64));
    seen.large_ms = large_ms;
    seen.waiting = state.count(JobState::Pending);
    seen.arrival_p99_ms = 1000.0 * member.quantile("ewc_planner_arrival_seconds", 0.99);
    let repaired = |outcome: &str| {
        let name = format!("ewc_planner_repaired_total{{outcome=\"{outcome}\"}}");
        member.number(&name) as u64
    };
    seen.repaired = ["kept", "moved", "dropped"].map(repaired);
    let placements = |by: &str, outcome: &str| {
        let labels = format!("{{by=\"{by}\",outcome=\"{outcome}\"}}");
        member.number(&format!("ewc_planner_placements_total{labels}")) as u64
    };
    seen.accepted = placements("round", "accepted");
    seen.rejected = placements("round", "rejected");
    seen.arrivals_accepted = placements("arrival", "accepted");
    seen.arrivals_rejected = placements("arrival", "rejected");
    Ok(seen)
}

/// Rounds so far, and how long they took together.
fn rounds(member: &Member) -> (u64, f64) {
    let count = member.number("ewc_planner_round_seconds_count{by=\"round\"}");
    let seconds = member.number("ewc_planner_round_seconds_sum{by=\"round\"}");
    (count as u64, seconds)
}

/// Submits small jobs as long as it is told to; answers with how many a second were stored.
fn small_jobs(member: &Member, go_on: &AtomicBool) -> anyhow::Result<f64> {
    let mut next = 0;
    while next < BURST {
        submit(member, (next..next + BATCH).map(network::small).collect())?;
        next += BATCH;
    }
    let began = Instant::now();
    while go_on.load(Ordering::Relaxed) {
        std::thread::sleep(ARRIVE_EVERY);
        let due = BURST + (began.elapsed().as_secs_f64() * f64::from(ARRIVALS_PER_S)) as u64;
        // Who comes late does not come all at once.
        let until = due.min(next + BATCH);
        if until > next {
            submit(member, (next..until).map(network::small).collect())?;
            next = until;
        }
    }
    Ok((next - BURST) as f64 / began.elapsed().as_secs_f64())
}

fn submit(member: &Member, jobs: Vec<Submission>) -> anyhow::Result<Vec<JobId>> {
    match member.propose(Command::SubmitJobs(jobs))? {
        Answer::Submitted(stored) => Ok(stored.into_iter().map(|(job, _)| job).collect()),
        answer => anyhow::bail!("a submission was answered with {answer:?}"),
    }
}

/// Submits the large jobs and looks on: at least for `after` while others arrive, and until all
/// have started, but not longer than twice that.
fn watch(member: &Member, arrivals: bool, after: Duration) -> anyhow::Result<Vec<JobId>> {
    let larges = submit(member, (0..LARGE).map(network::large).collect())?;
    let began = Instant::now();
    while began.elapsed() < 2 * after {
        let state = member.handle.state();
        let started = larges.iter().all(|job| wait_ms(&state, *job).is_some());
        if started && (!arrivals || began.elapsed() >= after) {
            break;
        }
        std::thread::sleep(REPORT_EVERY);
    }
    Ok(larges)
}

/// From a job's submission until it was given to its site.
fn wait_ms(state: &State, job: JobId) -> Option<f64> {
    let job = state.job(job)?;
    let first = job.attempts.first()?;
    Some((first.dispatched_ms - job.submitted_ms) as f64)
}

/// Says what sites say of their runs, as long as it is told to.
fn act(member: &Member, go_on: &AtomicBool) -> anyhow::Result<()> {
    while go_on.load(Ordering::Relaxed) {
        std::thread::sleep(REPORT_EVERY);
        let state = member.handle.state();
        let sites = (0..state.sites().len() as u32).map(SiteId);
        let reports = sites.map(|site| SiteReport {
            site,
            incarnation: 1,
            pools: Vec::new(),
            energy: None,
            held: Vec::new(),
            runs: state
                .jobs_at(site)
                .filter_map(|job| told(&state, job))
                .collect(),
        });
        let reports: Vec<SiteReport> = reports.filter(|report| !report.runs.is_empty()).collect();
        if !reports.is_empty() {
            member.propose(Command::ReportSites(reports))?;
        }
    }
    Ok(())
}

/// What is new of a job at its site.
fn told(state: &State, job: &Job) -> Option<RunReport> {
    let attempt = job.attempt()?;
    let limit_ms = job.spec.groups[0].time_limit_ms;
    let over_ms = attempt.dispatched_ms + network::runs_for_ms(job.id.0, limit_ms);
    let phase = match job.state {
        JobState::Dispatched => RunPhase::Started,
        JobState::Running if over_ms <= state.now_ms() => RunPhase::Ended {
            outcome: Outcome::Succeeded,
            exit_code: 0,
            usage: Usage::default(),
            outputs: Vec::new(),
        },
        _ => return None,
    };
    Some(RunReport {
        job: job.id,
        fence: attempt.fence,
        phase,
        detail: String::new(),
    })
}
