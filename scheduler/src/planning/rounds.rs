//! The queue is swept in rounds, by priority and fair shares, to its end. Now and then a round of a
//! policy that decides jobs together reconsiders what is planned and has not begun.
//!
//! Rounds that place nothing are followed by a pause, so that a hopeless queue does not burn a
//! core, and what they have to say about waiting jobs is logged now and then only.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ewc_core::State;
use ewc_core::model::{JobId, JobState, PolicyKind};
use ewc_core::planner::shares::{self, Cursors};
use ewc_core::planner::{Plan, Round, Scope, may_move_running, movable, plan, queue, repair};

use super::{Notes, ONE_BY_ONE_JOBS, ONE_BY_ONE_TIME, PAUSE, Planner, Stopping};

/// Jobs that are decided together at most: the more there are, the better.
const TOGETHER_JOBS: u32 = 4096;
/// Jobs at the head of the queue that are considered in every round.
const HEAD_JOBS: usize = 64;
/// A repair places no further jobs again after this long: arrivals wait for it.
const REPAIR_TIME: Duration = Duration::from_millis(250);
/// The longest pause after a round that placed nothing.
const PAUSE_MAX: Duration = Duration::from_millis(250);
/// A round that placed nothing is followed by a pause so many times as long.
const PAUSE_PARTS: u32 = 19;
/// Planned jobs are reconsidered so long after the last time.
const RECONSIDER_EVERY: Duration = Duration::from_secs(5);
/// Pause between two sweeps of a queue in which nothing could be placed.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);

/// Sweeps the queue while this member leads, until the process ends.
pub(super) fn run(planner: &Planner) {
    let mut sweep = Sweep::default();
    let mut notes = Notes::new();
    while planner.handle.is_running() {
        if !planner.leads() {
            sweep = Sweep::default();
            std::thread::sleep(PAUSE);
            continue;
        }
        let begun = Instant::now();
        let Some(jobs) = sweep.next(&planner.handle.state(), planner.considered()) else {
            std::thread::sleep(PAUSE);
            continue;
        };
        if let Err(Stopping) = round(planner, &mut sweep, jobs, &mut notes, begun) {
            return;
        }
    }
}

fn round(
    planner: &Planner,
    sweep: &mut Sweep,
    jobs: Vec<JobId>,
    notes: &mut Notes,
    begun: Instant,
) -> Result<(), Stopping> {
    let state = planner.recent_state()?;
    let policy = state.policy().kind;
    let round = Round {
        policy,
        scope: Scope::Only(jobs),
        jobs_max: jobs_max(policy),
        seed: state.index(),
    };
    let time = match policy {
        PolicyKind::Price => planner.round_time,
        _ => ONE_BY_ONE_TIME,
    };
    let started = Instant::now();
    let plan = plan(&state, &round, |_| {
        started.elapsed() < time && planner.leads()
    });
    planner.metrics.planned("round", &plan, started.elapsed());
    sweep.done(&state, &round, &plan);
    let took = begun.elapsed();
    let placed = !plan.placements.is_empty() || !plan.moves.is_empty();
    if planner.leads() && notes.is_worth_it(&plan) {
        propose(planner, plan)?;
    }
    if !placed {
        std::thread::sleep((took * PAUSE_PARTS).clamp(PAUSE, PAUSE_MAX));
    }
    Ok(())
}

/// Brings the plan up to the newest state, if there is a newer one, and proposes it.
fn propose(planner: &Planner, found: Plan) -> Result<(), Stopping> {
    let _turn = planner.take_turn();
    let state = planner.recent_state()?;
    if state.index() == found.base_index {
        return planner.commit("round", found);
    }
    let started = Instant::now();
    let repaired = repair(&state, found.clone(), |_| started.elapsed() < REPAIR_TIME);
    planner
        .metrics
        .repaired(&found, &repaired, started.elapsed());
    match repaired.is_empty() {
        true => Ok(()),
        false => planner.commit("round", repaired),
    }
}

fn jobs_max(policy: PolicyKind) -> u32 {
    match policy {
        PolicyKind::Price => TOGETHER_JOBS,
        _ => ONE_BY_ONE_JOBS,
    }
}

/// Where the rounds stand in the queue.
#[derive(Default)]
struct Sweep {
    /// How far the sweep has come in each queue; nowhere: it begins at the head.
    cursors: Cursors,
    placed: bool,
    rests_until: Option<Instant>,
    /// When planned jobs were last reconsidered.
    reconsidered: Option<Instant>,
    /// So many of the jobs of the present round, the first ones, are planned.
    planned: usize,
}

impl Sweep {
    /// What to consider next, if anything, of the jobs up to `newest`: younger ones are still to be
    /// considered as arrivals.
    fn next(&mut self, state: &State, newest: JobId) -> Option<Vec<JobId>> {
        let reconsiders = self.reconsiders(state);
        let mut jobs = match reconsiders {
            true => movable(state, jobs_max(PolicyKind::Price) as usize),
            false => Vec::new(),
        };
        self.planned = jobs.len();
        jobs.extend(self.waiting(state, newest, jobs.len()));
        // A round without any jobs may still move what runs.
        let moves = reconsiders && may_move_running(state);
        (moves || !jobs.is_empty()).then_some(jobs)
    }

    /// True when it is time to look again at what may go elsewhere, or earlier.
    fn reconsiders(&mut self, state: &State) -> bool {
        let together = state.policy().kind == PolicyKind::Price;
        let recently = |at: Instant| at.elapsed() < RECONSIDER_EVERY;
        if !together || self.reconsidered.is_some_and(recently) {
            return false;
        }
        self.reconsidered = Some(Instant::now());
        true
    }

    /// Waiting jobs behind the cursors, beside so many others.
    fn waiting(&mut self, state: &State, newest: JobId, others: usize) -> Vec<JobId> {
        if state.count(JobState::Pending) == 0 {
            self.cursors.clear();
            (self.placed, self.rests_until) = (false, None);
            return Vec::new();
        }
        if self.rests_until.is_some_and(|until| Instant::now() < until) {
            return Vec::new();
        }
        let count = (jobs_max(state.policy().kind) as usize).saturating_sub(others);
        let mut jobs = shares::window(state, &self.cursors, count);
        jobs.retain(|job| *job <= newest);
        if !jobs.is_empty() && !self.cursors.is_empty() {
            // Who is at the head waits longest: it is looked at in every round.
            let mut head = shares::window(state, &Cursors::new(), HEAD_JOBS);
            head.retain(|job| *job <= newest);
            let known: BTreeSet<JobId> = jobs.iter().copied().collect();
            head.retain(|job| !known.contains(job));
            jobs.truncate(count - head.len());
            jobs.splice(0..0, head);
        }
        if jobs.is_empty() {
            self.rests_until = (!self.placed).then(|| Instant::now() + SWEEP_PAUSE);
            self.cursors.clear();
            self.placed = false;
        }
        jobs
    }

    fn done(&mut self, state: &State, round: &Round, plan: &Plan) {
        let considered = queue(state, round);
        // Checkpoints are jobs, but for jobs that are decided together: those are all considered.
        let stopped = match round.policy {
            PolicyKind::Price => considered.len(),
            _ => considered.len().min(plan.stopped_at as usize),
        };
        self.placed |= !plan.placements.is_empty();
        match &round.scope {
            // Some left the queue since they were chosen: they count as considered all the same.
            Scope::Only(jobs) if stopped == considered.len() => {
                let waiting = jobs.get(self.planned..).unwrap_or_default();
                shares::advance(state, &mut self.cursors, waiting);
            }
            _ => shares::advance(state, &mut self.cursors, &considered[..stopped]),
        }
    }
}

#[cfg(test)]
mod tests {
    use ewc_core::command::{Command, RunPhase, RunReport, SiteReport, Submission};
    use ewc_core::model::{JobSpec, Policy};
    use ewc_core::state::Limits;
    use ewc_scenario::{Format, JobFile, national_small};

    use super::*;

    const HOUR_MS: i64 = 3_600_000;
    const NOW_MS: i64 = 500_000 * HOUR_MS;

    struct World {
        state: State,
    }

    impl World {
        fn new(kind: PolicyKind) -> World {
            let mut world = World {
                state: State::new(Limits::default()),
            };
            for site in national_small().sites {
                world.apply(Command::RegisterSite {
                    spec: site.spec,
                    incarnation: 1,
                    data_address: String::new(),
                });
            }
            let policy = Policy {
                kind,
                ..Policy::default()
            };
            world.apply(Command::SetPolicy {
                policy,
                replaces: None,
            });
            world
        }

        fn apply(&mut self, command: Command) {
            let index = self.state.index() + 1;
            let applied = self.state.apply(index, NOW_MS, &command);
            applied.result.expect("the command is taken");
        }

        fn submit(&mut self, key: &str, release_ms: i64) -> JobId {
            self.submit_with(key, release_ms, "")
        }

        fn submit_with(&mut self, key: &str, release_ms: i64, more: &str) -> JobId {
            let text = "name = \"work\"\ncommand = [\"true\"]\ncpu = \"2\"\nestimate = \"1h\"\n";
            let file = JobFile::parse(&format!("{text}{more}"), Format::Toml).unwrap();
            let spec = file.spec;
            let spec = JobSpec { release_ms, ..spec };
            self.apply(Command::SubmitJobs(vec![Submission {
                tenant: "t".to_owned(),
                key: key.to_owned(),
                body_digest: [0; 32],
                spec: spec.into(),
            }]));
            self.state.jobs().get_max().unwrap().0
        }

        fn plan(&self, jobs: Vec<JobId>) -> (Round, Plan) {
            let round = Round {
                policy: self.state.policy().kind,
                scope: Scope::Only(jobs),
                jobs_max: 100,
                seed: 0,
            };
            let plan = plan(&self.state, &round, |_| true);
            (round, plan)
        }
    }

    /// A job that waits, and a younger one that is planned for later.
    fn waiting_and_planned(kind: PolicyKind) -> (World, JobId, JobId) {
        let mut world = World::new(kind);
        let waiting = world.submit("waiting", 0);
        let planned = world.submit("planned", NOW_MS + 2 * HOUR_MS);
        let (_, plan) = world.plan(vec![planned]);
        world.apply(Command::CommitPlan(plan));
        assert_eq!(world.state.job(planned).unwrap().state, JobState::Planned);
        (world, waiting, planned)
    }

    #[test]
    fn planned_jobs_are_reconsidered_now_and_then() {
        let (world, waiting, planned) = waiting_and_planned(PolicyKind::Price);
        let mut sweep = Sweep::default();
        let jobs = sweep.next(&world.state, planned).unwrap();
        assert_eq!(jobs, [planned, waiting]);
        let again = sweep.next(&world.state, planned).unwrap();
        assert_eq!(again, [waiting], "they were looked at a moment ago");
    }

    #[test]
    fn they_do_not_count_as_waiting_jobs_that_were_considered() {
        let (world, waiting, planned) = waiting_and_planned(PolicyKind::Price);
        let mut sweep = Sweep::default();
        let jobs = sweep.next(&world.state, planned).unwrap();
        let (round, plan) = world.plan(jobs);
        sweep.done(&world.state, &round, &plan);
        let cursors: Vec<JobId> = sweep.cursors.values().copied().collect();
        assert_eq!(cursors, [waiting]);
    }

    /// A job that runs and says what its checkpoint is, if it has one.
    fn running(more: &str) -> (World, JobId) {
        let mut world = World::new(PolicyKind::Price);
        let job = world.submit_with("running", 0, more);
        let (_, plan) = world.plan(vec![job]);
        world.apply(Command::CommitPlan(plan));
        let placed = world.state.job(job).unwrap().clone();
        let pool = placed.placement.as_ref().unwrap().groups[0].pool;
        let fence = placed.attempt().expect("it is granted").fence;
        world.apply(Command::ReportSites(vec![SiteReport {
            site: world.state.pools()[pool.index()].site,
            incarnation: 1,
            pools: Vec::new(),
            energy: None,
            held: Vec::new(),
            runs: vec![RunReport {
                job,
                fence,
                phase: RunPhase::Started,
                detail: String::new(),
            }],
        }]));
        assert_eq!(world.state.job(job).unwrap().state, JobState::Running);
        (world, job)
    }

    #[test]
    fn what_may_be_moved_is_reconsidered_though_nothing_waits() {
        let checkpoint = "checkpoint = { path = \"last\", size = \"1GB\", every = \"5m\" }\n";
        let (world, job) = running(checkpoint);
        let mut sweep = Sweep::default();
        assert_eq!(sweep.next(&world.state, job), Some(Vec::new()));
        assert_eq!(sweep.next(&world.state, job), None, "a moment ago");
        let (world, job) = running("");
        assert_eq!(Sweep::default().next(&world.state, job), None);
    }

    #[test]
    fn who_places_one_by_one_reconsiders_nobody() {
        let (world, waiting, planned) = waiting_and_planned(PolicyKind::Greedy);
        let mut sweep = Sweep::default();
        let jobs = sweep.next(&world.state, planned).unwrap();
        assert_eq!(jobs, [waiting]);
    }
}
