//! Where a run's jobs come from. Another kind of source needs an arm here, and an iterator.

use std::fs::File;
use std::path::Path;

use ewc_scenario::network_run::{TraceDef, WorkloadDef};
use ewc_scenario::{NetworkRun, Scenario, SiteDef};

use crate::engine::{Arrival, Incoming, Jobs};
use crate::run::RunError;
use crate::workload::lublin::{Lublin, LublinMix};
use crate::workload::trace::change::{Changed, First, Scale, Thin, Window};
use crate::workload::trace::{
    CsvJobs, JobSource, Mapping, NetworkMix, OnNetwork, ParquetJobs, ROWS_AHEAD_MAX, Repair,
    SwfJobs,
};
use crate::workload::{GeneratedDataset, Mix, NationalJobs};

pub(super) fn jobs<'a>(run: &'a NetworkRun, sites: &[&'a SiteDef]) -> Result<Jobs<'a>, RunError> {
    let Some(network) = &run.jobs_of else {
        return jobs_for(run, &run.network, sites);
    };
    let theirs: Vec<&SiteDef> = network.sites.iter().collect();
    let jobs = jobs_for(run, network, &theirs)?;
    let sites = sites.to_vec();
    Ok(Box::new(jobs.map(move |incoming| {
        let mut incoming = incoming?;
        for dataset in &mut incoming.datasets {
            rehome(dataset, network, &sites);
        }
        Ok(incoming)
    })))
}

/// A data set whose home is not there is at the site nearest to it.
fn rehome(dataset: &mut GeneratedDataset, network: &Scenario, sites: &[&SiteDef]) {
    if sites.iter().any(|site| site.spec.name == dataset.home_site) {
        return;
    }
    let Some(home) = network.site(&dataset.home_site) else {
        return;
    };
    let away = |site: &&&SiteDef| {
        let north = (site.spec.latitude_udeg - home.spec.latitude_udeg).abs();
        let east = (site.spec.longitude_udeg - home.spec.longitude_udeg).abs();
        (site.spec.edge, north.saturating_add(east))
    };
    if let Some(nearest) = sites.iter().min_by_key(away) {
        dataset.home_site.clone_from(&nearest.spec.name);
    }
}

fn jobs_for<'a>(
    run: &'a NetworkRun,
    network: &'a Scenario,
    sites: &[&'a SiteDef],
) -> Result<Jobs<'a>, RunError> {
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
            let jobs = NationalJobs::new(mix, network, sites);
            Ok(Box::new(jobs.map_err(wrong("workload"))?))
        }
        WorkloadDef::Trace {
            source,
            load_permille,
            keep_permille,
            jobs_max,
            tasks_max,
            class,
            classes,
        } => {
            let mut source = match source {
                TraceDef::File {
                    path,
                    mapping,
                    repair,
                } => open(path, mapping.as_deref(), *repair)?,
                TraceDef::Lublin { processors } => Box::new(Lublin::new(&LublinMix {
                    seed: run.seed,
                    jobs: *jobs_max,
                    processors: *processors,
                    ..LublinMix::default()
                })),
            };
            if *keep_permille < 1000 {
                let keep = Thin::new(f64::from(*keep_permille) / 1e3, run.seed);
                source = Box::new(Changed::new(source, keep.map_err(wrong("workload.keep"))?));
            }
            if *load_permille != 1000 {
                let load = Scale::new(f64::from(*load_permille) / 1e3);
                source = Box::new(Changed::new(source, load.map_err(wrong("workload.load"))?));
            }
            source = Box::new(Changed::new(source, Window::new(0, run.duration_ms)));
            source = Box::new(Changed::new(source, First { jobs: *jobs_max }));
            let mix = NetworkMix {
                start_ms: run.start_ms,
                tasks_max: *tasks_max,
                class: *class,
                classes: classes.clone(),
            };
            on_network(sites, source, &mix)
        }
    }
}

fn open(path: &Path, mapping: Option<&str>, repair: bool) -> Result<Box<dyn JobSource>, RunError> {
    let file = File::open(path).map_err(|problem| RunError::File {
        path: path.to_owned(),
        problem,
    })?;
    let name = path.display().to_string();
    let put_right = Repair {
        leave_out: true,
        rows_ahead: ROWS_AHEAD_MAX,
    };
    let Some(mapping) = mapping else {
        let repair = if repair { put_right } else { Repair::default() };
        return Ok(Box::new(SwfJobs::open(file, &name, repair)));
    };
    let mapping = Mapping::load(mapping).map_err(wrong("workload.mapping"))?;
    let mapping = if repair {
        mapping.with_repair(put_right)
    } else {
        mapping
    };
    let jobs: Box<dyn JobSource> = match name.ends_with(".parquet") {
        true => {
            let jobs = ParquetJobs::open(file, &name, &mapping);
            Box::new(jobs.map_err(wrong("workload.trace"))?)
        }
        false => {
            let jobs = CsvJobs::open(file, &name, &mapping);
            Box::new(jobs.map_err(wrong("workload.trace"))?)
        }
    };
    Ok(jobs)
}

fn on_network<'a>(
    sites: &[&SiteDef],
    source: Box<dyn JobSource>,
    mix: &NetworkMix,
) -> Result<Jobs<'a>, RunError> {
    let jobs = OnNetwork::new(source, mix, sites).map_err(wrong("network"))?;
    let incoming = jobs.map(|job| {
        Ok(Incoming {
            arrival: Arrival::from(job?),
            datasets: Vec::new(),
        })
    });
    Ok(Box::new(incoming))
}

fn wrong<E: std::fmt::Display>(field: &'static str) -> impl Fn(E) -> RunError {
    move |problem| RunError::Scenario {
        field,
        problem: problem.to_string(),
    }
}
