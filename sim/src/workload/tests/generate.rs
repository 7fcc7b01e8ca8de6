//! What is generated is valid, repeatable and of all classes.

use std::collections::BTreeSet;

use ewc_core::model::{AcceleratorFamily, DataGrade, JobKind};
use ewc_scenario::{national_small, validate};

use super::*;

#[test]
fn every_job_is_valid_and_every_name_is_used_once() {
    for seed in 0..10 {
        let mix = Mix {
            seed,
            jobs: 300,
            ..Mix::default()
        };
        let workload = national_workload(&mix);
        assert_eq!(workload.jobs.len(), 300);
        let keys: BTreeSet<&String> = workload.jobs.iter().map(|job| &job.key).collect();
        assert_eq!(keys.len(), 300);
        for job in &workload.jobs {
            validate(&job.spec).unwrap_or_else(|error| panic!("{}: {error}", job.key));
            assert_eq!(job.spec.class, job.class);
        }
        let names = workload.datasets.iter().map(|dataset| &dataset.name);
        let names: BTreeSet<&String> = names.collect();
        assert_eq!(names.len(), workload.datasets.len());
        let inputs = workload.jobs.iter().flat_map(|job| &job.spec.inputs);
        let read: BTreeSet<&String> = inputs.map(|input| &input.dataset).collect();
        assert_eq!(read, names, "no data set is missing, none is idle");
    }
}

#[test]
fn equal_seeds_give_equal_workloads() {
    let mix = Mix::default();
    assert_eq!(national_workload(&mix), national_workload(&mix));
    let other = Mix {
        seed: 2,
        ..Mix::default()
    };
    assert_ne!(national_workload(&mix), national_workload(&other));
}

#[test]
fn shares_are_kept() {
    let mix = Mix::default();
    let workload = national_workload(&mix);
    let total: u32 = mix.shares.iter().sum();
    for (class, share) in WorkloadClass::ALL.into_iter().zip(mix.shares) {
        let jobs = workload
            .jobs
            .iter()
            .filter(|job| job.class == class)
            .count() as i64;
        let expected = i64::from(mix.jobs * share / total);
        assert!((jobs - expected).abs() <= 1, "{}: {jobs}", class.name());
    }
    let none = Mix {
        shares: [0, 0, 1, 0, 0, 0],
        ..Mix::default()
    };
    let jobs = national_workload(&none).jobs;
    assert!(
        jobs.iter()
            .all(|job| job.class == WorkloadClass::BatchOffline)
    );
}

#[test]
fn submissions_lie_in_the_span_and_follow_the_day() {
    let mix = Mix {
        jobs: 4000,
        shares: [1, 0, 0, 0, 0, 0],
        ..Mix::default()
    };
    let workload = national_workload(&mix);
    let hours = workload
        .jobs
        .iter()
        .map(|job| (job.submit_ms - mix.start_ms) / 3_600_000);
    let hours: Vec<i64> = hours.collect();
    assert!(hours.is_sorted());
    assert!(hours.iter().all(|hour| (0..24).contains(hour)));
    let between = |from, to| {
        hours
            .iter()
            .filter(|hour| (from..to).contains(*hour))
            .count()
    };
    assert!(between(9, 22) > 8 * between(0, 5), "people sleep");
}

#[test]
fn the_mix_is_as_varied_as_the_programme() {
    let workload = national_workload(&Mix::default());
    let some = |what: &str, test: &dyn Fn(&GeneratedJob) -> bool| {
        assert!(workload.jobs.iter().any(test), "no job {what}");
    };
    let family = |job: &GeneratedJob, family| {
        let mut groups = job.spec.groups.iter();
        groups.any(|group| group.accelerator_families.contains(&family))
    };
    some("on CUDA", &|job| family(job, AcceleratorFamily::Cuda));
    some("on CANN", &|job| family(job, AcceleratorFamily::Cann));
    some("of several models", &|job| {
        job.spec.groups[0].accelerator_models.len() > 1
    });
    some("in a gang", &|job| {
        job.spec.groups[0].gang && job.spec.groups[0].count == 8
    });
    some("of two groups", &|job| job.spec.groups.len() == 2);
    some("that is a service", &|job| {
        job.spec.kind == JobKind::Service
    });
    some("that stores", &|job| job.spec.kind == JobKind::Storage);
    some("with a deadline", &|job| job.spec.deadline_ms.is_some());
    some("with a release", &|job| job.spec.release_ms > 0);
    some("with two retries", &|job| job.spec.retries == 2);
    some("of important data", &|job| {
        job.spec.data_grade == DataGrade::Important
    });
    some("that delivers", &|job| {
        job.spec.outputs.iter().any(|o| !o.deliver_to.is_empty())
    });
    let tenants: BTreeSet<&String> = workload.jobs.iter().map(|job| &job.tenant).collect();
    assert!(tenants.len() >= 8, "{tenants:?}");
    let read_by = |name: &String| {
        let reads = |job: &&GeneratedJob| job.spec.inputs.iter().any(|i| i.dataset == *name);
        workload.jobs.iter().filter(reads).count()
    };
    let corpora = workload
        .datasets
        .iter()
        .filter(|set| set.name.starts_with("corpus"));
    assert!(corpora.map(|set| read_by(&set.name)).max() >= Some(3));
}

#[test]
fn scaled_files_have_the_size_of_files() {
    let mix = Mix::default();
    let workload = national_workload(&mix);
    let largest = (mix.dataset_bytes_max / i64::from(mix.data_scale)) as u64;
    assert!(
        workload
            .datasets
            .iter()
            .all(|dataset| dataset.size_bytes <= largest)
    );
    let bulk = ["corpus", "scene", "backup", "tables"];
    let is_bulk = |set: &&GeneratedDataset| bulk.iter().any(|kind| set.name.starts_with(kind));
    let mut bulk = workload.datasets.iter().filter(is_bulk);
    assert!(bulk.all(|dataset| dataset.size_bytes >= 1_000_000));
    let outputs = workload.jobs.iter().flat_map(|job| &job.spec.outputs);
    assert!(
        outputs
            .into_iter()
            .all(|output| output.size_bytes <= 5_000_000)
    );
}

#[test]
fn failures_are_planted_where_nothing_hides_them() {
    let mix = Mix {
        fail_jobs: 9,
        fail_exit_code: 7,
        ..Mix::default()
    };
    let workload = national_workload(&mix);
    let fails = |job: &&GeneratedJob| job.expected == Expectation::Fails { exit_code: 7 };
    let failing: Vec<&GeneratedJob> = workload.jobs.iter().filter(fails).collect();
    assert_eq!(failing.len(), 9);
    assert!(failing.iter().all(|job| job.spec.retries == 0));
    assert!(failing.iter().all(|job| job.spec.kind == JobKind::Batch));
    let all = Mix {
        fail_jobs: u32::MAX,
        ..mix
    };
    let jobs = national_workload(&all).jobs;
    let batch = jobs
        .iter()
        .filter(|job| job.spec.kind == JobKind::Batch)
        .count();
    assert_eq!(jobs.iter().filter(fails).count(), batch);
}

#[test]
fn payloads_are_those_of_the_plan() {
    let workload = national_workload(&Mix::default());
    for job in &workload.jobs {
        assert!(
            job.spec
                .groups
                .iter()
                .all(|group| group.payload == payload(job))
        );
    }
}

#[test]
fn two_sites_are_enough() {
    let scenario = national_small();
    let sites: Vec<&SiteDef> = scenario.sites.iter().collect();
    let workload = generate(&Mix::default(), &scenario, &sites, &payload).unwrap();
    assert_eq!(workload.jobs.len(), 240);
    assert!(workload.jobs.iter().all(|job| validate(&job.spec).is_ok()));
    // Results of important data are copied to the other one.
    let copied = workload
        .jobs
        .iter()
        .filter(|job| job.spec.data_grade >= DataGrade::Important && !job.spec.outputs.is_empty());
    let copied: Vec<&GeneratedJob> = copied.collect();
    assert!(!copied.is_empty());
    assert!(copied.iter().all(|job| job.spec.regions.is_empty()));
}

#[test]
fn what_cannot_be_is_said() {
    let scenario = national();
    let none = generate(&Mix::default(), &scenario, &[], &payload);
    assert!(matches!(none, Err(WorkloadError::NoSites)));
    let mut silent = scenario.clone();
    silent.regions.clear();
    let none = generate(&Mix::default(), &silent, &scenario.demo_sites(), &payload);
    assert!(matches!(none, Err(WorkloadError::NoRegions)));
    let mut far = scenario.clone();
    far.regions.retain(|region| region.name == "shenyang");
    let error = generate(&Mix::default(), &far, &scenario.demo_sites(), &payload).unwrap_err();
    assert!(error.to_string().contains("realtime"), "{error}");
}

#[test]
fn strange_mixes_do_no_harm() {
    let strange = [
        Mix {
            jobs: 0,
            ..Mix::default()
        },
        Mix {
            span_ms: 0,
            ..Mix::default()
        },
        Mix {
            data_scale: 0,
            ..Mix::default()
        },
        Mix {
            data_scale: u32::MAX,
            ..Mix::default()
        },
        Mix {
            shares: [0; 6],
            ..Mix::default()
        },
        Mix {
            tasks_max: 0,
            ..Mix::default()
        },
        Mix {
            dataset_bytes_max: 0,
            ..Mix::default()
        },
        Mix {
            run_ms: (0, 0),
            limit_slack_ms: -1,
            ..Mix::default()
        },
    ];
    for mix in strange {
        let workload = national_workload(&mix);
        assert_eq!(workload.jobs.len(), mix.jobs as usize);
        for job in &workload.jobs {
            validate(&job.spec).unwrap_or_else(|error| panic!("{mix:?}: {error}"));
        }
    }
}
