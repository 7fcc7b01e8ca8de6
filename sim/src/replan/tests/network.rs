//! A tiny network, and jobs for it.

use ewc_core::State;
use ewc_core::command::{Command, LinkDefinition, SiteReport};
use ewc_core::model::{
    DataGrade, Dataset, EnergyPoint, EnergySeries, Layer, NetworkNode, NodeKind, Policy, PoolSpec,
    Resources, SiteId, SiteSpec,
};
use ewc_core::state::Limits;
use ewc_scenario::{Format, JobFile};

use crate::replan::Arrival;

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;

/// Two sites of 8 cores on a link of 1 Gbit/s; power is dear in the east and cheap in the west.
/// The east holds the data set `corpus` of 10 GB.
pub fn two_sites() -> State {
    let mut state = State::new(Limits::default());
    let mut commands = vec![Command::DefineNetwork {
        nodes: vec![node("east"), node("west")],
        links: vec![link()],
        regions: Vec::new(),
    }];
    commands.push(Command::SetPolicy {
        policy: Policy {
            margin_ms: 0,
            ..Policy::default()
        },
        replaces: None,
    });
    for (at, (name, price)) in [("east", 900_000), ("west", 300_000)]
        .into_iter()
        .enumerate()
    {
        let spec = site(name);
        commands.push(Command::RegisterSite {
            spec,
            incarnation: 1,
            data_address: String::new(),
        });
        commands.push(Command::ReportSites(vec![energy(SiteId(at as u32), price)]));
    }
    commands.push(Command::RegisterDataset(Dataset {
        name: "corpus".to_owned(),
        sha256: [7; 32],
        size_bytes: 10_000_000_000,
        grade: DataGrade::General,
        tenant: "t".to_owned(),
        sites: [SiteId(0)].into(),
        lowered: Vec::new(),
    }));
    for (index, command) in commands.iter().enumerate() {
        let applied = state.apply(index as u64 + 1, 0, command);
        assert!(applied.result.is_ok(), "{command:?}: {:?}", applied.result);
    }
    state
}

/// Sites a, b and c of two nodes, with 8, 8 and 16 cores each. A narrow link leads from a to b and a
/// wide one from b to c; a holds `d` of 90 GB and b `e` of 900 GB.
pub fn by_a_depot() -> State {
    let mut state = State::new(Limits::default());
    let joined = |name: &str, a: &str, b: &str, capacity_bps| LinkDefinition {
        name: name.to_owned(),
        a: a.to_owned(),
        b: b.to_owned(),
        capacity_bps,
        ..link()
    };
    let mut commands = vec![
        Command::DefineNetwork {
            nodes: ["a", "b", "c"].map(node).into(),
            links: vec![
                joined("ab", "a", "b", 100_000_000),
                joined("bc", "b", "c", 1_000_000_000),
            ],
            regions: Vec::new(),
        },
        Command::SetPolicy {
            policy: Policy {
                margin_ms: 0,
                ..Policy::default()
            },
            replaces: None,
        },
    ];
    for (name, cores) in [("a", 8), ("b", 8), ("c", 16)] {
        let mut spec = site(name);
        spec.pools[0].node.cpu_millis = cores * 1_000;
        spec.pools[0].nodes = 2;
        commands.push(Command::RegisterSite {
            spec,
            incarnation: 1,
            data_address: String::new(),
        });
    }
    for (name, size_bytes, at) in [("d", 90_000_000_000, 0), ("e", 900_000_000_000, 1)] {
        commands.push(Command::RegisterDataset(Dataset {
            name: name.to_owned(),
            sha256: [size_bytes as u8; 32],
            size_bytes,
            grade: DataGrade::General,
            tenant: "t".to_owned(),
            sites: [SiteId(at)].into(),
            lowered: Vec::new(),
        }));
    }
    for (index, command) in commands.iter().enumerate() {
        let applied = state.apply(index as u64 + 1, 0, command);
        assert!(applied.result.is_ok(), "{command:?}: {:?}", applied.result);
    }
    state
}

fn node(name: &str) -> NetworkNode {
    NetworkNode {
        name: name.to_owned(),
        name_zh: String::new(),
        kind: NodeKind::Site,
        latitude_udeg: 0,
        longitude_udeg: 0,
    }
}

fn link() -> LinkDefinition {
    LinkDefinition {
        name: "l".to_owned(),
        a: "east".to_owned(),
        b: "west".to_owned(),
        carrier: "t".to_owned(),
        layer: Layer::PrivateIp,
        one_way_us: 5_000,
        capacity_bps: 1_000_000_000,
        usable_permille: 1000,
        price_micro_cny_per_gb: 1_000,
        up: true,
        encrypted: true,
    }
}

fn site(name: &str) -> SiteSpec {
    let node = Resources {
        cpu_millis: 8_000,
        memory_mib: 8_192,
        accelerators: 0,
    };
    SiteSpec {
        name: name.to_owned(),
        title: String::new(),
        title_zh: String::new(),
        hub: String::new(),
        region: name.to_owned(),
        mlps_level: 3,
        carriers: vec!["t".to_owned()],
        edge: false,
        latitude_udeg: 0,
        longitude_udeg: 0,
        pools: vec![PoolSpec {
            name: "general".to_owned(),
            architecture: "x86_64".to_owned(),
            accelerator_family: None,
            accelerator_model: String::new(),
            node,
            nodes: 1,
            cpu_watts_milli: 10_000,
            accelerator_watts_milli: 0,
            price_micro_cny_per_core_hour: 10_000,
            price_micro_cny_per_accelerator_hour: 0,
        }],
    }
}

fn energy(site: SiteId, price_micro_cny_per_kwh: i64) -> SiteReport {
    let point = EnergyPoint {
        renewable_permille: 400,
        contracted_permille: 500,
        grid_mg_per_wh: 500,
        price_micro_cny_per_kwh,
        pue_permille: 1_200,
        wue_ml_per_kwh: 500,
    };
    let series = EnergySeries {
        step_ms: HOUR,
        points: vec![point],
        ..EnergySeries::default()
    };
    SiteReport {
        site,
        incarnation: 1,
        pools: Vec::new(),
        energy: Some(series),
        held: Vec::new(),
        runs: Vec::new(),
    }
}

/// A job of the text, submitted at `submit_ms`, that runs for `run_ms` and ends well.
pub fn arrival(submit_ms: i64, key: &str, run_ms: i64, text: &str) -> Arrival {
    let head = format!("name = {key:?}\ncommand = [\"true\"]\nmlps_level = 1\n");
    let file = JobFile::parse(&format!("{head}{text}"), Format::Toml).expect("a job file");
    Arrival {
        submit_ms,
        tenant: "t".to_owned(),
        key: key.to_owned(),
        spec: file.spec_at(submit_ms).expect("moments"),
        run_ms,
        ends_well: true,
    }
}
