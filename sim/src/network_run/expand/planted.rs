//! Networks with a planted bottleneck, which is not what is used most: for tests and figures.
//!
//! Five sites around one node. The work of everybody fills the pool with the cheapest power to the
//! brim all week long, and its neighbour, hardly dearer, takes the rest: used most, worth little.
//! The bottleneck is asked for in the daytime only, by work with deadlines, some of which stays
//! out: accelerators of one family, or the link over which such work gets its data.

use ewc_core::model::{AcceleratorFamily, DataGrade, Input, JobSpec, Resources, TaskGroup};
use ewc_scenario::{FileError, Format, Scenario};

use crate::dice::Dice;
use crate::engine::{Arrival, Incoming};
use crate::workload::GeneratedDataset;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const DAYS: i64 = 4;
const GB: u64 = 1_000_000_000;
/// 2025-06-01, midnight in Beijing.
const START_MS: i64 = 1_748_707_200_000;
const DATASET: &str = "scans";

/// A network, what comes to it, and what is short.
#[derive(Debug, Clone)]
pub struct Planted {
    /// The network.
    pub network: Scenario,
    /// Start and length of the time in which jobs come.
    pub span: (i64, i64),
    /// The jobs, by submission.
    pub jobs: Vec<Incoming>,
    /// Name of the resource that is short.
    pub bottleneck: String,
}

/// The network of a seed. Odd seeds are short of accelerators, even ones of a link.
///
/// # Errors
/// The network's text is wrong, which the tests would show.
pub fn planted(seed: u64) -> Result<Planted, FileError> {
    let mut dice = Dice::new(seed, 0);
    let by_link = seed.is_multiple_of(2);
    let sizes = Sizes {
        // Nodes of 64 cores; of eight accelerators.
        cheap: dice.between(20, 60),
        scarce: dice.between(40, 80),
        link_gbps: dice.between(4, 12) * 10,
    };
    let network = Scenario::parse(&text(&mut dice, &sizes, by_link), Format::Toml)?;
    let mut jobs = Vec::new();
    common(&mut dice, &sizes, &mut jobs);
    short(&mut dice, &sizes, by_link, &mut jobs);
    jobs.sort_by_key(|arrival| arrival.submit_ms);
    let scans = GeneratedDataset {
        name: DATASET.to_owned(),
        size_bytes: SCAN_GB as u64 * GB,
        grade: DataGrade::General,
        tenant: String::from("owner"),
        home_site: String::from("archive"),
        seed,
    };
    let mut datasets = vec![scans];
    let incoming = jobs.into_iter().map(|arrival| Incoming {
        arrival,
        datasets: std::mem::take(&mut datasets),
    });
    Ok(Planted {
        network,
        span: (START_MS, DAYS * DAY_MS),
        jobs: incoming.collect(),
        bottleneck: String::from(if by_link {
            "optical.archive.core"
        } else {
            "lab.gpu"
        }),
    })
}

struct Sizes {
    cheap: i64,
    scarce: i64,
    link_gbps: i64,
}

/// What a job of the link's kind reads.
const SCAN_GB: i64 = 400;

fn text(dice: &mut Dice, sizes: &Sizes, by_link: bool) -> String {
    let price = |milli: i64| format!("0.{milli:03}CNY");
    let low = dice.between(300, 400);
    let cheap = (price(low), sizes.cheap);
    let spare = (price(low + dice.between(60, 120)), sizes.cheap * 2);
    let mut text = String::from("name = \"planted\"\n[policy]\nkind = \"price\"\nslot = \"1h\"\n");
    text += "horizon = \"24h\"\ndelay_price_per_hour = \"0.0005CNY\"\n";
    text += "[[nodes]]\nname = \"core\"\nlatitude = 35.0\nlongitude = 110.0\n";
    // With a link that is short, there is no lack of accelerators.
    let gpu = if by_link {
        sizes.scarce * 3
    } else {
        sizes.scarce
    };
    for (name, price, nodes, accelerated) in [
        ("cheap", &cheap.0, cheap.1, 0),
        ("spare", &spare.0, spare.1, 0),
        ("lab", &price(dice.between(400, 600)), sizes.cheap, gpu),
        (
            "other",
            &price(dice.between(500, 700)),
            sizes.cheap,
            sizes.scarce,
        ),
        ("archive", &price(700), 4, 0),
    ] {
        text += &format!(
            "[[sites]]\nname = \"{name}\"\nregion = \"r\"\nlatitude = 36.0\nlongitude = 111.0\n\
             [sites.energy]\npreset = \"guizhou\"\npue = \"120%\"\nprice_per_kwh = \"{price}\"\n\
             valley_hours = []\npeak_hours = []\n\
             [[sites.pools]]\nname = \"general\"\narchitecture = \"x86_64\"\nnodes = {nodes}\n\
             node = {{ cpu = \"64\", memory = \"512GiB\" }}\ncpu_power = \"8W\"\n\
             price_per_core_hour = \"0.05CNY\"\n"
        );
        if accelerated > 0 {
            let family = if name == "lab" { "cann" } else { "cuda" };
            text += &format!(
                "[[sites.pools]]\nname = \"gpu\"\narchitecture = \"x86_64\"\n\
                 nodes = {accelerated}\naccelerator_family = \"{family}\"\n\
                 accelerator_model = \"{family}-1\"\naccelerator_power = \"400W\"\n\
                 node = {{ cpu = \"96\", memory = \"1024GiB\", accelerators = 8 }}\n\
                 cpu_power = \"8W\"\nprice_per_core_hour = \"1CNY\"\n\
                 price_per_accelerator_hour = \"6CNY\"\n"
            );
        }
    }
    for site in ["cheap", "spare", "lab", "other", "archive"] {
        let short = by_link && site == "archive";
        let gbps = if short { sizes.link_gbps } else { 1600 };
        text += &format!(
            "[[segments]]\nbetween = [\"{site}\", \"core\"]\noptical = {{ carrier = \"c\", \
             one_way = \"3ms\", capacity = \"{gbps}Gbps\", price = \"5CNY/TB\" }}\n"
        );
    }
    text
}

/// Work of everybody, as much as fills the cheapest pool one and a half times.
fn common(dice: &mut Dice, sizes: &Sizes, jobs: &mut Vec<Arrival>) {
    for day in 0..DAYS {
        for quarter in 0..4 {
            let cores = [4, 8, 16][dice.between(0, 2) as usize];
            let hours = dice.between(2, 5);
            let work = sizes.cheap * 64 * 6 * dice.between(1400, 1700) / 1000;
            let group = group(of(cores * 1000, cores * 4096, 0), hours);
            let spec = JobSpec::batch(String::from("common"), vec![group]);
            let submit_ms = START_MS + day * DAY_MS + quarter * 6 * HOUR_MS;
            add(jobs, &spec, submit_ms, work / (cores * hours));
        }
    }
}

/// Work of the daytime that needs what is short, up to a third more than there is of it.
fn short(dice: &mut Dice, sizes: &Sizes, by_link: bool, jobs: &mut Vec<Arrival>) {
    for day in 0..DAYS {
        let asked = dice.between(1250, 1500);
        for hour in 8..17 {
            let submit_ms = START_MS + day * DAY_MS + hour * HOUR_MS;
            // More at noon, less in the morning and in the evening.
            let at_noon = 1250 - 60 * (hour - 12).abs();
            for _ in 0..2 {
                let hours = dice.between(1, 3);
                let accelerators = [1, 2, 4][dice.between(0, 2) as usize];
                let mut group = group(
                    of(accelerators * 4000, accelerators * 16 * 1024, accelerators),
                    hours,
                );
                group.accelerator_families = vec![AcceleratorFamily::Cann];
                let mut spec = JobSpec::batch(String::from("short"), vec![group]);
                spec.priority = dice.between(0, 4) as i32;
                spec.deadline_ms = Some(submit_ms + (hours + dice.between(1, 3)) * HOUR_MS);
                let half_an_hour = match by_link {
                    // What the link carries in half an hour, at 70 % of its capacity.
                    true => sizes.link_gbps * 1800 * 7 / 80 / SCAN_GB,
                    false => sizes.scarce * 4 / (accelerators * hours),
                };
                if by_link {
                    spec.inputs = vec![Input {
                        dataset: DATASET.to_owned(),
                        mount: String::new(),
                    }];
                }
                add(
                    jobs,
                    &spec,
                    submit_ms,
                    half_an_hour * asked * at_noon / 1_000_000,
                );
            }
        }
    }
}

fn of(cpu_millis: i64, memory_mib: i64, accelerators: i64) -> Resources {
    Resources {
        cpu_millis,
        memory_mib,
        accelerators,
    }
}

fn group(resources: Resources, hours: i64) -> TaskGroup {
    // A little less than whole hours, so that what follows begins with a slot.
    TaskGroup::of(
        resources,
        vec![String::from("true")],
        hours * HOUR_MS - 60_000,
    )
}

fn add(jobs: &mut Vec<Arrival>, spec: &JobSpec, submit_ms: i64, count: i64) {
    for _ in 0..count.max(1) {
        let key = format!("{}-{}", spec.name, jobs.len());
        jobs.push(Arrival {
            submit_ms,
            tenant: String::from("owner"),
            key,
            run_ms: spec.groups[0].estimate_ms,
            spec: spec.clone(),
            ends_well: true,
        });
    }
}
