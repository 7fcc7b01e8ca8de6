//! Jobs of a real machine's log as jobs of the network.
//!
//! A log knows processors and run times, nothing of data, users' places or accelerators. What it
//! does not know is left open: any site may run the job.

use ewc_core::model::{DataGrade, Input, JobSpec, PoolSpec, Resources, TaskGroup, WorkloadClass};
use ewc_scenario::SiteDef;

use super::generate::nothing;
use super::swf::{SwfError, SwfJob};
use super::{Expectation, GeneratedDataset, GeneratedJob, PayloadPlan, Workload, WorkloadError};

const SECOND_MS: i64 = 1000;
const MIB_PER_CORE_DEFAULT: i64 = 2 << 10;
const KIB_PER_MIB: i64 = 1 << 10;

/// How rows become jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwfMix {
    /// Jobs taken from the log's beginning.
    pub jobs: usize,
    /// When the first is submitted.
    pub start_ms: i64,
    /// All are submitted within this time, their distances in proportion; `None`: as in the log.
    pub span_ms: Option<i64>,
    /// Run times and limits are divided by this; 0 counts as 1.
    pub run_divisor: u32,
    /// Size of the data set that each job reads, after any scaling; 0: none.
    pub data_bytes: u64,
    /// Decides the bytes of the data sets.
    pub seed: u64,
    /// Most tasks of a job: each may become a process.
    pub tasks_max: u32,
}

impl Default for SwfMix {
    fn default() -> SwfMix {
        SwfMix {
            jobs: 1000,
            start_ms: 1_748_707_200_000,
            span_ms: None,
            run_divisor: 1,
            data_bytes: 0,
            seed: 1,
            tasks_max: 64,
        }
    }
}

/// A workload from a log, and what was lost on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FromSwf {
    /// The jobs and their data.
    pub workload: Workload,
    /// Rows without a run or without processors, mostly cancelled before their start.
    pub skipped: u64,
    /// Jobs that asked for more than the largest pool holds, or than `tasks_max` whole nodes, and
    /// were cut to that.
    pub capped: u64,
}

/// Turns the first rows of a log into jobs that the largest pool of the sites can hold. Data sets
/// are spread over the sites in turn.
///
/// # Errors
/// The log's first error, or that no site takes part.
pub fn from_swf(
    rows: impl IntoIterator<Item = Result<SwfJob, SwfError>>,
    mix: &SwfMix,
    sites: &[&SiteDef],
    payloads: PayloadPlan<'_>,
) -> Result<FromSwf, WorkloadError> {
    let pool = largest_pool(sites).ok_or(WorkloadError::NoSites)?;
    let mut rows = rows.into_iter();
    let mut skipped = 0;
    let mut runs: Vec<Run> = Vec::new();
    while runs.len() < mix.jobs {
        let Some(row) = rows.next() else { break };
        match Run::of(row?) {
            Some(run) => runs.push(run),
            None => skipped += 1,
        }
    }
    runs.sort_by_key(|run| run.row.submit_seconds);
    let mut result = convert(&runs, mix, sites, pool);
    result.skipped = skipped;
    let jobs = &mut result.workload.jobs;
    jobs.iter_mut().for_each(|job| job.fill(payloads));
    Ok(result)
}

/// A row that ran.
struct Run {
    row: SwfJob,
    processors: i64,
    seconds: i64,
}

impl Run {
    fn of(row: SwfJob) -> Option<Run> {
        Some(Run {
            processors: row.processors()?,
            seconds: row.run_seconds()?,
            row,
        })
    }
}

fn convert(runs: &[Run], mix: &SwfMix, sites: &[&SiteDef], pool: &PoolSpec) -> FromSwf {
    let clock = Clock::new(runs, mix);
    let mut result = FromSwf::default();
    for (position, run) in runs.iter().enumerate() {
        let mut group = group(run, mix, pool);
        let asked = run.processors.saturating_mul(1000);
        let got = group.resources.cpu_millis * i64::from(group.count);
        result.capped += u64::from(got < asked);
        group.gang = group.count > 1;
        let mut job = job(run, group, clock.submit_ms(run), position);
        job.run_ms = scaled_ms(run.seconds, mix);
        if mix.data_bytes > 0 {
            let dataset = dataset(&job, mix, sites[position % sites.len()], position);
            job.spec.inputs.push(Input {
                dataset: dataset.name.clone(),
                mount: String::new(),
            });
            result.workload.datasets.push(dataset);
        }
        result.workload.jobs.push(job);
    }
    result
}

/// Maps the log's submission times onto the network's.
struct Clock {
    first_seconds: i64,
    length_seconds: i64,
    start_ms: i64,
    span_ms: Option<i64>,
}

impl Clock {
    fn new(runs: &[Run], mix: &SwfMix) -> Clock {
        let at = |run: Option<&Run>| run.map_or(0, |run| run.row.submit_seconds);
        Clock {
            first_seconds: at(runs.first()),
            length_seconds: at(runs.last()) - at(runs.first()),
            start_ms: mix.start_ms,
            span_ms: mix.span_ms,
        }
    }

    fn submit_ms(&self, run: &Run) -> i64 {
        let seconds = run.row.submit_seconds - self.first_seconds;
        let offset_ms = match self.span_ms {
            None => i128::from(seconds) * i128::from(SECOND_MS),
            Some(span_ms) => {
                i128::from(seconds) * i128::from(span_ms) / i128::from(self.length_seconds.max(1))
            }
        };
        let offset_ms = i64::try_from(offset_ms).unwrap_or(i64::MAX);
        self.start_ms.saturating_add(offset_ms)
    }
}

/// The pool without accelerators, or else with them, that has the most cores.
fn largest_pool<'a>(sites: &[&'a SiteDef]) -> Option<&'a PoolSpec> {
    let pools = sites.iter().flat_map(|site| &site.spec.pools);
    pools.max_by_key(|pool| {
        let cores = pool.node.times(pool.nodes).cpu_millis;
        (pool.node.accelerators == 0, cores)
    })
}

/// As many whole tasks as the processors need, spread evenly, within what the pool holds.
fn group(run: &Run, mix: &SwfMix, pool: &PoolSpec) -> TaskGroup {
    let per_node = (pool.node.cpu_millis / 1000).max(1);
    let tasks_max = i64::from(pool.nodes.min(mix.tasks_max).max(1));
    let tasks = parts(run.processors, per_node).clamp(1, tasks_max);
    let cores = parts(run.processors, tasks).clamp(1, per_node);
    let estimate_ms = scaled_ms(run.seconds, mix);
    let resources = Resources {
        cpu_millis: cores * 1000,
        memory_mib: memory_mib(run, cores).min(pool.node.memory_mib).max(1),
        accelerators: 0,
    };
    TaskGroup {
        count: u32::try_from(tasks).unwrap_or(u32::MAX),
        time_limit_ms: time_limit_ms(run, mix, estimate_ms),
        ..TaskGroup::of(resources, nothing(), estimate_ms)
    }
}

/// Parts of size `of` that make up `whole`, the last one perhaps not full.
fn parts(whole: i64, of: i64) -> i64 {
    (whole - 1).div_euclid(of) + 1
}

fn memory_mib(run: &Run, cores: i64) -> i64 {
    let requested = run.row.memory_requested_kb.filter(|kb| *kb > 0);
    let per_core = requested.map(|kb| parts(kb, KIB_PER_MIB));
    cores.saturating_mul(per_core.unwrap_or(MIB_PER_CORE_DEFAULT))
}

/// The requested time, or twice the run where none was given; some logs let jobs run over it.
fn time_limit_ms(run: &Run, mix: &SwfMix, estimate_ms: i64) -> i64 {
    let requested = run.row.time_requested_seconds.filter(|s| *s > 0);
    let requested_ms = requested.map(|seconds| scaled_ms(seconds, mix));
    requested_ms.unwrap_or(2 * estimate_ms).max(estimate_ms)
}

fn scaled_ms(seconds: i64, mix: &SwfMix) -> i64 {
    let longest_ms = ewc_scenario::limits::DURATION_MS_MAX;
    let ms = seconds.saturating_mul(SECOND_MS) / i64::from(mix.run_divisor.max(1));
    ms.clamp(1, longest_ms)
}

fn job(run: &Run, group: TaskGroup, submit_ms: i64, position: usize) -> GeneratedJob {
    let key = format!("swf-{}-{position}", run.row.number);
    let user = run.row.user;
    GeneratedJob {
        submit_ms,
        tenant: user.map_or("unknown-user".to_owned(), |user| format!("user-{user}")),
        region: String::new(),
        spec: JobSpec::batch(key.clone(), vec![group]),
        key,
        class: WorkloadClass::BatchOffline,
        expected: Expectation::Succeeds,
        run_ms: 0,
    }
}

fn dataset(job: &GeneratedJob, mix: &SwfMix, home: &SiteDef, position: usize) -> GeneratedDataset {
    GeneratedDataset {
        name: format!("{}-input", job.key),
        size_bytes: mix.data_bytes,
        grade: DataGrade::General,
        tenant: job.tenant.clone(),
        home_site: home.spec.name.clone(),
        seed: mix.seed.wrapping_add(position as u64),
    }
}
