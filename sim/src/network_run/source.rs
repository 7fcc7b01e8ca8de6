//! Where a run's jobs come from. Another kind of source needs an arm here, and an iterator.

use std::fs::File;

use ewc_scenario::network_run::WorkloadDef;
use ewc_scenario::{NetworkRun, SiteDef};

use crate::engine::Jobs;
use crate::run::RunError;
use crate::workload::{Mix, NationalJobs, SwfJobs, SwfMix, swf};

pub(super) fn jobs<'a>(run: &'a NetworkRun, sites: &[&'a SiteDef]) -> Result<Jobs<'a>, RunError> {
    let wrong = |problem: crate::workload::WorkloadError| RunError::Scenario {
        field: "workload",
        problem: problem.to_string(),
    };
    match &run.workload {
        WorkloadDef::National {
            jobs_per_day,
            data_scale,
            tasks_max,
            datasets_max,
        } => {
            let mix = Mix {
                seed: run.seed,
                jobs: *jobs_per_day,
                start_ms: run.start_ms,
                span_ms: run.duration_ms,
                data_scale: *data_scale,
                tasks_max: *tasks_max,
                datasets_max: *datasets_max,
                fail_jobs: 0,
                ..Mix::default()
            };
            let jobs = NationalJobs::new(mix, &run.network, sites).map_err(wrong)?;
            Ok(Box::new(jobs))
        }
        WorkloadDef::Swf {
            path,
            jobs_max,
            run_divisor,
            arrival_divisor,
            tasks_max,
        } => {
            let mix = SwfMix {
                jobs: usize::try_from(*jobs_max).unwrap_or(usize::MAX),
                start_ms: run.start_ms,
                run_divisor: *run_divisor,
                tasks_max: *tasks_max,
                seed: run.seed,
                ..SwfMix::default()
            };
            let file = File::open(path).map_err(|problem| RunError::File {
                path: path.clone(),
                problem,
            })?;
            let until_ms = run.start_ms.saturating_add(run.duration_ms);
            let rows = swf::read(file);
            let jobs = SwfJobs::new(rows, mix, *arrival_divisor, until_ms, sites).map_err(wrong)?;
            Ok(Box::new(jobs))
        }
    }
}
