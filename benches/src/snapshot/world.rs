//! A network with a full queue and running work, and the commands that keep it going.

use ewc_core::State;
use ewc_core::command::{Command, RunPhase, RunReport, SiteReport, Submission};
use ewc_core::model::{
    JobId, JobSpec, JobState, Outcome, Payload, PolicyKind, PoolSpec, Resources, SiteId, SiteSpec,
    StringMap, TaskGroup, Usage,
};
use ewc_core::planner::{Round, plan};
use ewc_core::state::{Answer, Limits};

/// Sites, each with one pool.
const SITES: u32 = 20;
/// Nodes of a pool; room for all work that runs.
const NODES: u32 = 1000;
/// Jobs that run all the while.
const RUNNING: u64 = 10_000;
/// Jobs in one command while the world is filled.
const FILL: u64 = 500;
/// Network time between two commands.
const STEP_MS: i64 = 20;
/// Jobs that the mix submits, plans, starts and ends together.
const TOGETHER: u32 = 16;

/// The state and what gives it commands.
pub(super) struct World {
    /// The state.
    pub(super) state: State,
    next_job: u64,
    now_ms: i64,
}

impl World {
    /// A network whose queue holds `jobs` jobs.
    pub(super) fn fill(jobs: u64) -> anyhow::Result<World> {
        let state = State::new(Limits::default());
        let mut world = World {
            state,
            next_job: 1,
            now_ms: 1_800_000_000_000,
        };
        for number in 0..SITES {
            world.apply(&Command::RegisterSite {
                spec: site(number),
                incarnation: 1,
                data_address: String::new(),
            })?;
        }
        for _ in 0..RUNNING / FILL {
            let batch = (0..FILL).map(|_| world.submission(10)).collect();
            world.apply(&Command::SubmitJobs(batch))?;
            let plan = world.plan(FILL as u32);
            world.apply(&plan)?;
        }
        while world.state.jobs().len() < jobs as usize {
            let batch = (0..FILL).map(|_| world.submission(0)).collect();
            world.apply(&Command::SubmitJobs(batch))?;
        }
        Ok(world)
    }

    /// Applies a command that must not be refused.
    pub(super) fn apply(&mut self, command: &Command) -> anyhow::Result<Answer> {
        self.now_ms += STEP_MS;
        let index = self.state.index() + 1;
        Ok(self.state.apply(index, self.now_ms, command).result?)
    }

    /// The typical mix: jobs arrive one by one, are planned together, start, end; time goes by.
    /// `each` applies a command.
    pub(super) fn cycle(
        &mut self,
        mut each: impl FnMut(&mut World, &Command) -> anyhow::Result<Answer>,
    ) -> anyhow::Result<()> {
        let mut jobs = Vec::new();
        for _ in 0..TOGETHER {
            let command = Command::SubmitJobs(vec![self.submission(10)]);
            if let Answer::Submitted(stored) = each(self, &command)? {
                jobs.extend(stored.into_iter().map(|(job, _)| job));
            }
        }
        let plan = self.plan(TOGETHER);
        each(self, &plan)?;
        for ended in [false, true] {
            for job in &jobs {
                let report = self.report(*job, ended)?;
                each(self, &report)?;
            }
        }
        each(self, &Command::Tick)?;
        let done = jobs.iter().all(|job| {
            self.state
                .job(*job)
                .is_some_and(|job| job.state == JobState::Succeeded)
        });
        anyhow::ensure!(done, "the mix left a job unfinished");
        Ok(())
    }

    fn submission(&mut self, priority: i32) -> Submission {
        let number = self.next_job;
        self.next_job += 1;
        let mut body_digest = [0; 32];
        body_digest[..8].copy_from_slice(&number.to_le_bytes());
        let key = format!("key-{number:020}");
        Submission {
            tenant: "bench".to_owned(),
            key,
            body_digest,
            spec: job(number, priority).into(),
        }
    }

    /// The planner's own answer for the head of the queue.
    fn plan(&self, jobs_max: u32) -> Command {
        let round = Round {
            policy: PolicyKind::FirstFit,
            scope: ewc_core::planner::Scope::All,
            jobs_max,
            seed: 0,
        };
        Command::CommitPlan(plan(&self.state, &round, |_| true))
    }

    fn report(&self, id: JobId, ended: bool) -> anyhow::Result<Command> {
        let job = self.state.job(id).filter(|job| job.attempt().is_some());
        let job = job.ok_or_else(|| anyhow::anyhow!("job {id} was not started"))?;
        let pool = job
            .placement
            .as_ref()
            .and_then(|placement| placement.groups.first());
        let site = pool
            .and_then(|slot| self.state.pool(slot.pool))
            .map(|pool| pool.site);
        let end = RunPhase::Ended {
            outcome: Outcome::Succeeded,
            exit_code: 0,
            usage: Usage::default(),
            outputs: Vec::new(),
        };
        let run = RunReport {
            job: id,
            fence: job.attempt().map_or(0, |attempt| attempt.fence),
            phase: if ended { end } else { RunPhase::Started },
            detail: String::new(),
        };
        Ok(Command::ReportSites(vec![SiteReport {
            site: site.unwrap_or(SiteId(0)),
            incarnation: 1,
            pools: Vec::new(),
            energy: None,
            held: Vec::new(),
            runs: vec![run],
        }]))
    }
}

/// Jobs ask for a site by name, so that all sites get work under any policy.
fn job(number: u64, priority: i32) -> JobSpec {
    let payload = Payload::Process {
        argv: ["python3", "train.py", "--seed"]
            .map(str::to_owned)
            .into_iter()
            .chain([number.to_string()])
            .collect(),
        environment: StringMap::from([("RUN".to_owned(), format!("run-{number}"))]),
    };
    let resources = Resources {
        cpu_millis: 4000,
        memory_mib: 8192,
        accelerators: 0,
    };
    let group = TaskGroup {
        payload,
        time_limit_ms: 12 * 3_600_000,
        ..TaskGroup::of(resources, Vec::new(), 6 * 3_600_000)
    };
    JobSpec {
        sites: vec![site_name((number % u64::from(SITES)) as u32)],
        priority,
        retries: 1,
        labels: StringMap::from([("team".to_owned(), "vision".to_owned())]),
        ..JobSpec::batch(format!("job-{number}"), vec![group])
    }
}

fn site_name(number: u32) -> String {
    format!("site-{number}")
}

fn site(number: u32) -> SiteSpec {
    let pool = PoolSpec {
        name: "cpu".to_owned(),
        architecture: "x86_64".to_owned(),
        accelerator_family: None,
        accelerator_model: String::new(),
        node: Resources {
            cpu_millis: 64_000,
            memory_mib: 262_144,
            accelerators: 0,
        },
        nodes: NODES,
        cpu_watts_milli: 10_000,
        accelerator_watts_milli: 0,
        price_micro_cny_per_core_hour: 100_000,
        price_micro_cny_per_accelerator_hour: 0,
    };
    SiteSpec {
        name: site_name(number),
        title: String::new(),
        title_zh: String::new(),
        hub: String::new(),
        region: "bench".to_owned(),
        mlps_level: 3,
        carriers: vec!["bench".to_owned()],
        edge: false,
        latitude_udeg: 0,
        longitude_udeg: 0,
        pools: vec![pool],
    }
}
