//! The jobs and data of a run, and the network they run on.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use ewc_proto::convert::sha256_to_hex;
use ewc_scenario::{Scenario, SiteDef};
use ewc_sim::workload::{
    GeneratedDataset, GeneratedJob, Mix, SwfMix, Workload, from_swf, generate, swf,
};
use sha2::{Digest as _, Sha256};

use super::Args;
use super::configs::{self, DATA_SCALE, TIME_SCALE};
use super::payload;

/// Real seconds within which everything is submitted.
const SPAN_SECONDS: u64 = 36;
/// The same for the small run.
const SPAN_SECONDS_SMALL: u64 = 5;
/// Bytes that every job of a workload log reads: such logs know no data.
const SWF_DATA_BYTES: u64 = 5_000_000;
/// Runs of a workload log are so many times shorter.
const SWF_RUN_DIVISOR: u32 = 15;
/// Real seconds by which a time limit exceeds the run at least.
const LIMIT_SLACK_SECONDS: u64 = 10;
/// Longest real run of a job, in seconds.
const RUN_SECONDS_MAX: u64 = 16;

/// Everything a run is made of.
pub struct Load {
    /// The network, with data volumes scaled.
    pub scenario: Scenario,
    /// Sites that take part, each with an agent.
    pub sites: Vec<SiteDef>,
    /// In the order of their submission.
    pub jobs: Vec<GeneratedJob>,
    /// What they read.
    pub datasets: Vec<GeneratedDataset>,
    /// They come from the generator, not from a workload log.
    pub generated: bool,
    /// Network time at which the workload begins, in its own reckoning.
    pub start_ms: i64,
    span: Duration,
    digests: BTreeMap<String, [u8; 32]>,
    data: PathBuf,
}

impl Load {
    /// Makes the jobs, and writes the files they read.
    pub fn make(args: &Args, directory: &Path) -> anyhow::Result<Load> {
        let scenario = match args.small {
            true => ewc_scenario::national_small(),
            false => ewc_scenario::national(),
        };
        let mut scenario = scenario.scaled_data(DATA_SCALE);
        scenario.policy = configs::policy(&scenario.policy);
        let sites: Vec<SiteDef> = match args.small {
            true => scenario.sites.clone(),
            false => scenario.demo_sites().into_iter().cloned().collect(),
        };
        let seconds = if args.small {
            SPAN_SECONDS_SMALL
        } else {
            SPAN_SECONDS
        };
        let span = Duration::from_secs(seconds);
        let start_ms = Mix::default().start_ms;
        let workload = make_jobs(args, &scenario, &sites, span, directory)?;
        let data = directory.join("data");
        let mut digests = BTreeMap::new();
        for dataset in &workload.datasets {
            digests.insert(dataset.name.clone(), write_dataset(dataset, &data)?);
        }
        let Workload { jobs, datasets } = workload;
        Ok(Load {
            scenario,
            sites,
            jobs,
            datasets,
            generated: args.swf.is_none(),
            start_ms,
            span,
            digests,
            data,
        })
    }

    /// Real time within which everything is submitted.
    pub fn span(&self) -> Duration {
        self.span
    }

    /// Digest of a data set.
    pub fn digest_hex(&self, name: &str) -> String {
        self.digests
            .get(name)
            .map(sha256_to_hex)
            .unwrap_or_default()
    }

    /// Data sets that a site holds from the start, with their files.
    pub fn held_by(&self, site: &str, directory: &Path) -> Vec<(&str, PathBuf)> {
        let held = self
            .datasets
            .iter()
            .filter(|dataset| dataset.home_site == site);
        let data = directory.join("data");
        held.map(|dataset| (dataset.name.as_str(), data.join(file_name(&dataset.name))))
            .collect()
    }

    /// Links between a site and another that takes part: link, other end, declared round trip.
    pub fn links_at(&self, site: &str) -> Vec<(&str, &str, i64)> {
        let ours = |name: &str| self.sites.iter().any(|other| other.spec.name == name);
        let links = self.scenario.links.iter().filter_map(|link| {
            let other = match (link.a == site, link.b == site) {
                (true, false) => &link.b,
                (false, true) => &link.a,
                _ => return None,
            };
            ours(other).then_some((link.name.as_str(), other.as_str(), 2 * link.one_way_us))
        });
        links.collect()
    }

    /// SHA-256 of a job's inputs, one after the other in the order of their mounts, from the
    /// files as they were written at first.
    pub fn inputs_hash(&self, job: &GeneratedJob) -> anyhow::Result<String> {
        let mount = |input: &ewc_core::model::Input| match input.mount.as_str() {
            "" => format!("inputs/{}", input.dataset),
            mount => mount.to_owned(),
        };
        let mut inputs: Vec<(String, &str)> = job
            .spec
            .inputs
            .iter()
            .map(|input| (mount(input), input.dataset.as_str()))
            .collect();
        inputs.sort();
        let mut digest = Sha256::new();
        for (_, name) in inputs {
            let mut file = File::open(self.data.join(file_name(name)))
                .with_context(|| format!("data set {name}"))?;
            let mut bytes = vec![0; 1 << 20];
            loop {
                match file.read(&mut bytes)? {
                    0 => break,
                    read => digest.update(&bytes[..read]),
                }
            }
        }
        Ok(sha256_to_hex(&digest.finalize().into()))
    }
}

fn make_jobs(
    args: &Args,
    scenario: &Scenario,
    sites: &[SiteDef],
    span: Duration,
    directory: &Path,
) -> anyhow::Result<Workload> {
    let sites: Vec<&SiteDef> = sites.iter().collect();
    let witness = directory.join("witness");
    let plan = |job: &GeneratedJob| payload::payload(job, &witness);
    let network_ms = |seconds: u64| (seconds * TIME_SCALE * 1000) as i64;
    let span_ms = network_ms(span.as_secs());
    let jobs = args.jobs();
    let Some(path) = &args.swf else {
        let mix = Mix {
            seed: args.seed,
            jobs: jobs.try_into()?,
            span_ms,
            data_scale: DATA_SCALE,
            fail_jobs: (jobs / 40).max(1).try_into()?,
            run_ms: (network_ms(1), network_ms(RUN_SECONDS_MAX)),
            limit_slack_ms: network_ms(LIMIT_SLACK_SECONDS),
            ..Mix::default()
        };
        return Ok(generate(&mix, scenario, &sites, &plan)?);
    };
    let file = File::open(path).with_context(|| format!("--swf {}", path.display()))?;
    let mix = SwfMix {
        jobs,
        start_ms: Mix::default().start_ms,
        span_ms: Some(span_ms),
        data_bytes: SWF_DATA_BYTES,
        seed: args.seed,
        tasks_max: 4,
        run_divisor: SWF_RUN_DIVISOR,
    };
    let made = from_swf(swf::read(file), &mix, &sites, &plan)?;
    println!(
        "demo: {} jobs of {}, {} rows skipped, {} cut to what a pool holds",
        made.workload.jobs.len(),
        path.display(),
        made.skipped,
        made.capped
    );
    let mut workload = made.workload;
    // A job of the log may have run into its limit; here it is to end by itself on a busy machine.
    for job in &mut workload.jobs {
        for group in &mut job.spec.groups {
            group.time_limit_ms = group
                .time_limit_ms
                .max(job.run_ms + network_ms(LIMIT_SLACK_SECONDS));
        }
    }
    Ok(workload)
}

/// Writes a data set's file and gives its digest.
fn write_dataset(dataset: &GeneratedDataset, data: &Path) -> anyhow::Result<[u8; 32]> {
    let mut file = BufWriter::new(File::create(data.join(file_name(&dataset.name)))?);
    let mut digest = Sha256::new();
    for chunk in dataset.bytes() {
        digest.update(&chunk);
        file.write_all(&chunk)?;
    }
    file.flush()?;
    Ok(digest.finalize().into())
}

fn file_name(dataset: &str) -> String {
    dataset.replace('/', "_")
}
