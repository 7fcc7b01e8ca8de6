//! The words of a line: positional ones, and `name=value` pairs.

use std::collections::BTreeMap;

use ewc_core::command::{Command, LinkDefinition, Submission};
use ewc_core::model::{
    AcceleratorFamily, CheckpointSpec, DataGrade, Input, JobId, JobKind, JobSpec, LatencyLimit,
    Layer, OnDisconnect, Output, Payload, Policy, PowerStep, ServiceSpec, Steering, SteeringEffect,
    SteeringSites, StorageSpec, TenantPolicy, TrafficShare, WorkloadClass,
};

use crate::build::{self, HOUR, MINUTE, SECOND};

/// A line in words.
pub struct Words<'l> {
    plain: Vec<&'l str>,
    pairs: Vec<(&'l str, &'l str)>,
}

impl<'l> Words<'l> {
    pub fn new(line: &'l str) -> Words<'l> {
        let words = line.split_whitespace();
        let (pairs, plain): (Vec<_>, Vec<_>) = words.partition(|word| word.contains('='));
        let pairs = pairs.into_iter().filter_map(|pair| pair.split_once('='));
        Words {
            plain,
            pairs: pairs.collect(),
        }
    }

    /// The word at a position; empty when there is none.
    pub fn word(&self, position: usize) -> &'l str {
        self.plain.get(position).copied().unwrap_or_default()
    }

    /// The comma-separated words at a position.
    pub fn list(&self, position: usize) -> impl Iterator<Item = &'l str> {
        split(self.word(position))
    }

    pub fn get(&self, name: &str) -> Option<&'l str> {
        let pair = self.pairs.iter().find(|pair| pair.0 == name);
        pair.map(|pair| pair.1)
    }

    pub fn pairs(&self) -> &[(&'l str, &'l str)] {
        &self.pairs
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name).map(number)
    }

    /// The comma-separated values of a pair.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &'l str> {
        split(self.get(name).unwrap_or_default())
    }

    fn strings(&self, name: &str) -> Vec<String> {
        self.values(name).map(str::to_owned).collect()
    }

    fn has(&self, word: &str) -> bool {
        self.plain.contains(&word)
    }

    /// `site a cpu=8 level=3 hub=east region=east lat=30 lon=104 price=0.1`
    pub fn site(&self) -> Command {
        let accelerators = self.number("accelerators").unwrap_or(0);
        let node = build::resources(
            self.number("cpu").unwrap_or(8),
            self.number("memory").unwrap_or(65_536),
            accelerators,
        );
        let mut pool = build::pool("main", node, 1);
        pool.accelerator_family = (accelerators > 0).then_some(AcceleratorFamily::Cuda);
        self.get("model")
            .unwrap_or_default()
            .clone_into(&mut pool.accelerator_model);
        if let Some(price) = self.get("price") {
            pool.price_micro_cny_per_core_hour = micro(price);
        }
        if let Some(watts) = self.number("watts_per_core") {
            pool.cpu_watts_milli = watts * 1000;
        }
        let second = self.number("second").map(|cores| {
            let node = build::resources(cores, 65_536, 0);
            build::pool("second", node, 1)
        });
        let pools = std::iter::once(pool).chain(second).collect();
        let mut spec = build::site(self.word(1), pools);
        spec.mlps_level = self.number("level").unwrap_or(3) as u32;
        if let Some(region) = self.get("region") {
            region.clone_into(&mut spec.region);
        }
        let degrees = |name| self.number(name).unwrap_or(0) * 1_000_000;
        (spec.latitude_udeg, spec.longitude_udeg) = (degrees("lat"), degrees("lon"));
        self.get("hub")
            .unwrap_or_default()
            .clone_into(&mut spec.hub);
        Command::RegisterSite {
            spec,
            incarnation: 1,
            data_address: String::new(),
        }
    }

    /// `40W,2h:20W,3h:none`: from the beginning, and from those times on.
    pub fn power_steps(&self, position: usize, start_ms: i64) -> Vec<PowerStep> {
        let step = |word: &str| {
            let (from_ms, watts) = match word.split_once(':') {
                Some((at, watts)) => (start_ms + length(at), watts),
                None => (start_ms, word),
            };
            let watts = (watts != "none").then(|| with_unit(watts, &[("W", 1), ("kW", 1_000)]));
            PowerStep { from_ms, watts }
        };
        self.list(position).map(step).collect()
    }

    /// `link a b 1Gbps 5ms price=0.01`, in CNY per GB
    pub fn link(&self) -> LinkDefinition {
        let (a, b) = (self.word(1), self.word(2));
        let mut link = build::link(&format!("{a}-{b}"), a, b);
        link.capacity_bps = rate(self.word(3));
        link.one_way_us = length(self.word(4)) * 1_000;
        link.encrypted = !self.has("plain");
        if let Some(price) = self.get("price") {
            link.price_micro_cny_per_gb = micro(price);
        }
        link
    }

    pub fn policy(&self) -> Policy {
        let default = Policy::default();
        let length_of = |name, default| self.get(name).map_or(default, length);
        Policy {
            margin_ms: length_of("margin", default.margin_ms),
            horizon_ms: length_of("horizon", default.horizon_ms),
            slot_ms: length_of("slot", default.slot_ms),
            age_micro_cny_per_hour: self
                .get("age")
                .map_or(default.age_micro_cny_per_hour, micro),
            delay_micro_cny_per_hour: self
                .get("delay")
                .map_or(default.delay_micro_cny_per_hour, micro),
            imbalance_micro_cny_per_node_hour: self
                .get("imbalance")
                .map_or(default.imbalance_micro_cny_per_node_hour, micro),
            tenants: self.tenants(),
            steering: self.steering(),
            preemption_grace_ms: length_of("grace", default.preemption_grace_ms),
            moves_max: self
                .number("moves")
                .map_or(default.moves_max, |count| count as u32),
            ..default
        }
    }

    /// `steer=render:not:west:out,train:at:a:0.5` and `train:beyond:5ms:out`, `train:green:800:0.5`;
    /// extra costs are CNY per core and hour.
    fn steering(&self) -> Vec<Steering> {
        let rule = |text: &str| {
            let parts: Vec<&str> = text.split(':').collect();
            let places = || parts[2].split('+').map(str::to_owned).collect();
            Steering {
                class: WorkloadClass::from_name(parts[0]).expect("a class"),
                demand: parts
                    .get(4)
                    .map(|it| (*it).to_owned())
                    .into_iter()
                    .collect(),
                sites: match parts[1] {
                    "at" => SteeringSites::At(places()),
                    "not" => SteeringSites::Elsewhere(places()),
                    "beyond" => SteeringSites::Beyond {
                        one_way_us: length(parts[2]) * 1_000,
                        layer: Layer::PrivateIp,
                    },
                    _ => SteeringSites::GreenPowerBelow {
                        permille: number(parts[2]) as u32,
                    },
                },
                effect: match parts[3] {
                    "out" => SteeringEffect::RuleOut,
                    price => SteeringEffect::Extra {
                        micro_cny_per_core_hour: micro(price),
                        micro_cny_per_accelerator_hour: 0,
                    },
                },
            }
        };
        self.values("steer").map(rule).collect()
    }

    /// `b.share=2000 b.cores=4 b.queued=1`
    fn tenants(&self) -> BTreeMap<String, TenantPolicy> {
        let mut tenants: BTreeMap<String, TenantPolicy> = BTreeMap::new();
        for (name, value) in &self.pairs {
            let Some((tenant, field)) = name.split_once('.') else {
                continue;
            };
            let tenant = tenants.entry(tenant.to_owned()).or_default();
            let value = number(value);
            match field {
                "share" => tenant.share_permille = value as u32,
                "carbon" => tenant.weights.carbon_permille = value as u32,
                "cores" => tenant.quota.cpu_millis = Some(value * 1000),
                "memory" => tenant.quota.memory_mib = Some(value),
                "accelerators" => tenant.quota.accelerators = Some(value),
                "queued" => tenant.quota.queued = Some(value as u64),
                other => panic!("{other} is nothing that a tenant is granted"),
            }
        }
        tenants
    }

    /// A job whose key is its name.
    pub fn submission(&self, start_ms: i64, job: impl Fn(&str) -> JobId) -> Submission {
        let key = self.word(1);
        let cores = self.number("cpu").unwrap_or(1);
        let estimate_ms = self.get("estimate").map_or(HOUR, length);
        let limit_ms = self.get("limit").map_or(estimate_ms, length);
        let need = build::resources(
            cores,
            self.number("memory").unwrap_or(0),
            self.number("accelerators").unwrap_or(0),
        );
        let mut spec = build::job(key, vec![build::group("main", need, estimate_ms, limit_ms)]);
        if let Some(count) = self.number("beside_accelerators") {
            let need = build::resources(1, 0, count);
            let beside = build::group("beside", need, estimate_ms, limit_ms);
            spec.groups.push(beside);
        }
        let group = &mut spec.groups[0];
        group.resources.memory_mib = self.number("memory").unwrap_or(0);
        self.get("architecture")
            .unwrap_or_default()
            .clone_into(&mut group.architecture);
        if let Some(image) = self.get("image") {
            group.payload = Payload::Container {
                image: image.to_owned(),
                argv: Vec::new(),
                environment: Default::default(),
            };
        }
        group.accelerator_models = self.strings("models");
        if self.has("cann") {
            group.accelerator_families = vec![AcceleratorFamily::Cann];
        }
        group.count = self.number("tasks").unwrap_or(1) as u32;
        group.resources.accelerators = self.number("accelerators").unwrap_or(0);
        for (model, permille) in self.values("throughput").filter_map(|p| p.split_once(':')) {
            let permille = number(permille) as u32;
            group.throughput_permille.insert(model.to_owned(), permille);
        }
        spec.priority = self.number("priority").unwrap_or(0) as i32;
        spec.retries = self.number("retries").unwrap_or(0) as u32;
        spec.deadline_ms = self.get("deadline").map(|at| start_ms + length(at));
        spec.release_ms = self.get("release").map_or(0, |at| start_ms + length(at));
        spec.after_ok = self.values("after").map(job).collect();
        spec.preemptible = self.has("preemptible");
        spec.checkpointable = self.has("checkpointable");
        self.add_checkpoint(&mut spec);
        if self.has("stop_on_disconnect") {
            spec.on_disconnect = OnDisconnect::Stop;
        }
        if let Some(class) = self.get("class") {
            spec.class = WorkloadClass::from_name(class).expect("a class");
        }
        self.add_rules(&mut spec);
        self.add_data(&mut spec);
        self.add_traffic(&mut spec);
        self.add_storage(&mut spec);
        let mut submission = build::submission(key, self.number("body").unwrap_or(0) as u8, spec);
        if let Some(tenant) = self.get("tenant") {
            tenant.clone_into(&mut submission.tenant);
        }
        submission
    }

    fn add_rules(&self, spec: &mut JobSpec) {
        spec.mlps_level = self.number("level").unwrap_or(1) as u32;
        spec.regions = self.strings("regions");
        spec.sites = self.strings("sites");
        spec.carriers = self.strings("carriers");
        spec.green_floor_permille = self.number("green").unwrap_or(0) as u32;
        if self.has("important") {
            spec.data_grade = DataGrade::Important;
        }
        for (region, limit) in self
            .values("latency")
            .filter_map(|pair| pair.split_once(':'))
        {
            spec.latency_limits.push(LatencyLimit {
                region: region.to_owned(),
                one_way_us_max: length(limit) * 1_000,
                layer: Layer::PrivateIp,
            });
        }
    }

    /// `inputs=d,e outputs=o:5GB:b`
    fn add_data(&self, spec: &mut JobSpec) {
        let input = |dataset: String| Input {
            dataset,
            mount: String::new(),
        };
        spec.inputs = self.strings("inputs").into_iter().map(input).collect();
        for output in self.values("outputs") {
            let parts: Vec<&str> = output.split(':').collect();
            spec.outputs.push(Output {
                dataset: parts[0].to_owned(),
                path: "out".to_owned(),
                size_bytes: bytes(parts[1]),
                deliver_to: parts.get(2).copied().unwrap_or_default().to_owned(),
            });
        }
    }

    /// `checkpoint=10GB every=1h restart=5m`
    fn add_checkpoint(&self, spec: &mut JobSpec) {
        let length_of = |name, default| self.get(name).map_or(default, length);
        spec.checkpoint = self.get("checkpoint").map(|size| CheckpointSpec {
            path: "checkpoint".to_owned(),
            size_bytes: bytes(size),
            every_ms: length_of("every", HOUR),
            restart_ms: length_of("restart", 0),
        });
        spec.checkpointable |= spec.checkpoint.is_some();
    }

    /// `store copies=2 km=300 refresh=1h`
    fn add_storage(&self, spec: &mut JobSpec) {
        if self.has("store") {
            spec.kind = JobKind::Storage;
            spec.storage = Some(StorageSpec {
                keep_for_ms: spec.groups[0].estimate_ms,
                copies: self.number("copies").unwrap_or(1) as u32,
                distance_km_min: self.number("km").unwrap_or(0),
                refresh_every_ms: self.get("refresh").map_or(0, length),
            });
        }
    }

    /// `traffic=east,west:200Mbps spread=2`: to both, together.
    fn add_traffic(&self, spec: &mut JobSpec) {
        let spread = self.number("spread").unwrap_or(0) as u32;
        let traffic = self.get("traffic").or((spread > 0).then_some(":0bps"));
        let Some((regions, bandwidth)) = traffic.and_then(|pair| pair.split_once(':')) else {
            return;
        };
        let share = |region: &str| TrafficShare {
            region: region.to_owned(),
            weight: 1,
        };
        spec.kind = JobKind::Service;
        spec.service = Some(ServiceSpec {
            run_for_ms: spec.groups[0].estimate_ms,
            bandwidth_bps: rate(bandwidth),
            traffic: split(regions).map(share).collect(),
            spread_sites_min: spread,
        });
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|part| !part.is_empty())
}

fn number(text: &str) -> i64 {
    text.parse()
        .unwrap_or_else(|_| panic!("{text} is no number"))
}

/// `0.05` yuan in millionths.
pub fn micro(text: &str) -> i64 {
    let value: f64 = text
        .parse()
        .unwrap_or_else(|_| panic!("{text} is no price"));
    (value * 1e6).round() as i64
}

fn with_unit(text: &str, units: &[(&str, i64)]) -> i64 {
    let known = units.iter().find_map(|(unit, factor)| {
        let digits = text.strip_suffix(unit)?;
        digits.parse::<i64>().ok().map(|value| value * factor)
    });
    known.unwrap_or_else(|| panic!("{text} has no unit of {units:?}"))
}

/// `10GB`
pub fn bytes(text: &str) -> i64 {
    with_unit(text, &[("GB", 1_000_000_000), ("MB", 1_000_000)])
}

/// `1Gbps`
pub fn rate(text: &str) -> i64 {
    with_unit(
        text,
        &[("Gbps", 1_000_000_000), ("Mbps", 1_000_000), ("bps", 1)],
    )
}

/// `1h30m`, `80s`, `5ms`.
pub fn length(text: &str) -> i64 {
    let (mut sum, mut rest) = (0, text);
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let unit = rest[digits..].find(|c: char| c.is_ascii_digit());
        let end = unit.map_or(rest.len(), |length| digits + length);
        let units = [("ms", 1), ("s", SECOND), ("m", MINUTE), ("h", HOUR)];
        sum += with_unit(&rest[..end], &units);
        rest = &rest[end..];
    }
    sum
}
