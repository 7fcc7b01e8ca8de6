//! Jobs of a trace as jobs of the network, one by one.
//!
//! A trace knows sizes and run times, nothing of data, users' places or accelerator families. What
//! it does not know is left open: any site may run the job. A job becomes as few tasks of one size
//! as the nodes of the largest pool allow, of those with accelerators where it asks for them.

use ewc_core::model::{JobSpec, PoolSpec, Resources, TaskGroup, WorkloadClass};
use ewc_scenario::{SiteDef, limits};

use super::{JobSource, TraceJob};
use crate::workload::generate::nothing;
use crate::workload::{Expectation, GeneratedJob, WorkloadError};

/// What a core needs whose memory the trace does not know.
const MIB_PER_CORE: i64 = 2 << 10;

/// How jobs of a trace become jobs of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkMix {
    /// When the first is submitted; the distances stay.
    pub start_ms: i64,
    /// Most tasks of a job.
    pub tasks_max: u32,
    /// The class of jobs that no entry of `classes` names.
    pub class: WorkloadClass,
    /// Classes by the run time that a job asks for, or else by its run: up to so many milliseconds,
    /// rising.
    pub classes: Vec<(i64, WorkloadClass)>,
}

impl NetworkMix {
    fn class_of(&self, job: &TraceJob) -> WorkloadClass {
        let asked_ms = job.requested_ms.unwrap_or(job.run_ms);
        let mut classes = self.classes.iter();
        let found = classes.find(|(up_to_ms, _)| asked_ms <= *up_to_ms);
        found.map_or(self.class, |(_, class)| *class)
    }
}

/// Yields jobs of the network, whose payload does nothing.
pub struct OnNetwork<S> {
    source: S,
    mix: NetworkMix,
    pool: PoolSpec,
    accelerated: Option<PoolSpec>,
    first_ms: Option<i64>,
    capped: u64,
}

impl<S: JobSource> OnNetwork<S> {
    /// For the pools of these sites.
    ///
    /// # Errors
    /// No site has a pool.
    pub fn new(source: S, mix: &NetworkMix, sites: &[&SiteDef]) -> Result<Self, WorkloadError> {
        let pools = || sites.iter().flat_map(|site| &site.spec.pools);
        let cores = |pool: &&PoolSpec| pool.node.times(pool.nodes).cpu_millis;
        let plain = pools().max_by_key(|pool| (pool.node.accelerators == 0, cores(pool)));
        let accelerated = pools().filter(|pool| pool.node.accelerators > 0);
        let accelerated = accelerated.max_by_key(|pool| pool.node.times(pool.nodes).accelerators);
        Ok(OnNetwork {
            source,
            mix: mix.clone(),
            pool: plain.ok_or(WorkloadError::NoSites)?.clone(),
            accelerated: accelerated.cloned(),
            first_ms: None,
            capped: 0,
        })
    }

    /// Jobs so far that asked for more than the pool holds, or than so many tasks, and were cut to
    /// that. Without any pool with accelerators, jobs that ask for them are among these.
    pub fn capped(&self) -> u64 {
        self.capped
    }

    /// The source, with its counts.
    pub fn source(&self) -> &S {
        &self.source
    }

    fn job(&mut self, job: TraceJob) -> GeneratedJob {
        let first_ms = *self.first_ms.get_or_insert(job.submit_ms);
        let shift_ms = self.mix.start_ms.saturating_sub(first_ms);
        let submit_ms = job.submit_ms.saturating_add(shift_ms);
        let group = self.group(&job);
        let class = self.mix.class_of(&job);
        let got = group.resources.times(group.count);
        let whole = got.cpu_millis >= job.cpu_millis && got.accelerators >= job.accelerators;
        self.capped += u64::from(!whole);
        let id = word(&job.id, limits::NAME_CHARS_MAX - ROW_CHARS);
        let key = format!("{id}-{}", job.row);
        let deadline_ms = job.deadline_ms.map(|at| at.saturating_add(shift_ms));
        GeneratedJob {
            submit_ms,
            tenant: job
                .tenant
                .as_deref()
                .map_or(String::from(UNKNOWN), |tenant| {
                    word(tenant, limits::NAME_CHARS_MAX)
                }),
            region: String::new(),
            spec: JobSpec {
                class,
                deadline_ms: deadline_ms.filter(|at| *at > submit_ms),
                ..JobSpec::batch(key.clone(), vec![group])
            },
            key,
            class,
            expected: Expectation::Succeeds,
            run_ms: job.run_ms.min(limits::DURATION_MS_MAX),
        }
    }

    fn group(&self, job: &TraceJob) -> TaskGroup {
        let accelerated = self.accelerated.as_ref().filter(|_| job.accelerators > 0);
        let pool = accelerated.unwrap_or(&self.pool);
        let node = pool.node;
        let accelerators = job.accelerators.min(node.times(pool.nodes).accelerators);
        let asked = Resources {
            cpu_millis: match job.cpu_millis {
                // A share of the node as large as that of its accelerators.
                0 => parts(accelerators * node.cpu_millis, node.accelerators.max(1)),
                known => known,
            },
            memory_mib: 0,
            accelerators,
        };
        let nodes = parts(asked.cpu_millis, whole_cores(node.cpu_millis))
            .max(parts(asked.accelerators, node.accelerators.max(1)));
        let tasks_max = i64::from(pool.nodes.min(self.mix.tasks_max).max(1));
        let tasks = nodes.clamp(1, tasks_max);
        let cores = parts(parts(asked.cpu_millis, tasks), 1000);
        let cpu_millis = (cores * 1000).clamp(1000, whole_cores(node.cpu_millis));
        let memory_mib = match job.memory_mib {
            Some(known) => parts(known, tasks),
            None => cpu_millis / 1000 * MIB_PER_CORE,
        };
        let resources = Resources {
            cpu_millis,
            memory_mib: memory_mib.clamp(1, node.memory_mib.max(1)),
            accelerators: parts(asked.accelerators, tasks).min(node.accelerators),
        };
        let run_ms = job.run_ms.min(limits::DURATION_MS_MAX);
        let limit_ms = job.requested_ms.unwrap_or(2 * run_ms).max(run_ms);
        TaskGroup {
            count: u32::try_from(tasks).unwrap_or(u32::MAX),
            gang: tasks > 1,
            time_limit_ms: limit_ms.min(limits::DURATION_MS_MAX),
            ..TaskGroup::of(resources, nothing(), run_ms)
        }
    }
}

impl<S: JobSource> Iterator for OnNetwork<S> {
    type Item = Result<GeneratedJob, WorkloadError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.source.next()? {
            Ok(job) => Some(Ok(self.job(job))),
            Err(error) => Some(Err(error.into())),
        }
    }
}

/// Owner of the jobs of which the trace knows none.
const UNKNOWN: &str = "unknown-user";
/// A row's number and the dash before it.
const ROW_CHARS: usize = 21;

/// A name of the network: what it may not hold becomes a dash. At most so many characters.
fn word(text: &str, chars_max: usize) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let chars = text.chars().map(|c| if allowed(c) { c } else { '-' });
    let word: String = chars.take(chars_max).collect();
    match word.as_str() {
        "" | "." | ".." => String::from("x"),
        _ => word,
    }
}

fn whole_cores(cpu_millis: i64) -> i64 {
    (cpu_millis / 1000 * 1000).max(1000)
}

/// Parts of size `of` that make up `whole`, the last one perhaps not full; 0 of nothing.
fn parts(whole: i64, of: i64) -> i64 {
    whole / of + i64::from(whole % of > 0)
}
