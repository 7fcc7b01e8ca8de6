//! What runs goes on where power gets cheap, if its checkpoint may travel for less.

use ewc_core::State;
use ewc_core::command::{Command, LinkDefinition, SiteReport};
use ewc_core::model::{
    EnergyPoint, EnergySeries, JobState, Layer, NetworkNode, NodeKind, Policy, PolicyKind,
    PoolSpec, Resources, SiteId, SiteSpec,
};

use ewc_core::state::Limits;
use ewc_scenario::{Format, JobFile};
use ewc_sim::replan::{Arrival, ReplannedJob, replan};

const HOUR: i64 = 3_600_000;

fn node(name: &str) -> NetworkNode {
    NetworkNode {
        name: name.to_owned(),
        name_zh: String::new(),
        kind: NodeKind::Site,
        latitude_udeg: 0,
        longitude_udeg: 0,
    }
}

/// A site with one node of eight cores of 10 W.
fn site(name: &str) -> Command {
    let node = Resources {
        cpu_millis: 8_000,
        memory_mib: 8_192,
        accelerators: 0,
    };
    let pool = PoolSpec {
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
    };
    let spec = SiteSpec {
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
        pools: vec![pool],
    };
    Command::RegisterSite {
        spec,
        incarnation: 1,
        data_address: String::new(),
    }
}

/// A line of 1 Gbit/s.
fn line() -> LinkDefinition {
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

/// Two sites. Power costs two yuan by day and ten fen by night; it is night in the east for six
/// hours, and in the west from then on.
fn nights(more: impl Fn(&mut Policy, &mut LinkDefinition)) -> State {
    let mut state = State::new(Limits::default());
    let mut policy = Policy {
        margin_ms: 0,
        ..Policy::default()
    };
    let mut line = line();
    more(&mut policy, &mut line);
    let energy = |site, night: fn(i64) -> bool| {
        let point = |hour| EnergyPoint {
            price_micro_cny_per_kwh: if night(hour) { 100_000 } else { 2_000_000 },
            pue_permille: 1_000,
            ..EnergyPoint::default()
        };
        Command::ReportSites(vec![SiteReport {
            site,
            incarnation: 1,
            pools: Vec::new(),
            energy: Some(EnergySeries {
                step_ms: HOUR,
                points: (0..48).map(point).collect(),
                ..EnergySeries::default()
            }),
            held: Vec::new(),
            runs: Vec::new(),
        }])
    };
    let commands = [
        Command::DefineNetwork {
            nodes: vec![node("east"), node("west")],
            links: vec![line],
            regions: Vec::new(),
        },
        Command::SetPolicy {
            policy,
            replaces: None,
        },
        site("east"),
        site("west"),
        energy(SiteId(0), |hour| hour < 6),
        energy(SiteId(1), |hour| hour >= 6),
    ];
    for command in commands {
        let applied = state.apply(state.index() + 1, 0, &command);
        assert!(applied.result.is_ok(), "{command:?}: {:?}", applied.result);
    }
    state
}

fn arrival(submit_ms: i64, key: &str, run_ms: i64, text: &str) -> Arrival {
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

/// The west is taken for five hours, and a job of twenty hours cannot wait for it.
fn jobs() -> [Arrival; 2] {
    let blocker = "cpu = \"8\"\nestimate = \"5h\"\ntime_limit = \"5h\"\nsites = [\"west\"]\n";
    let long = "cpu = \"8\"\nestimate = \"20h\"\ntime_limit = \"20h\"\ndeadline = \"21h\"\n\
                [checkpoint]\npath = \"last\"\nsize = \"45GB\"\nevery = \"1h\"\n\
                restart = \"6m\"\n";
    [
        arrival(0, "blocker", 5 * HOUR, blocker),
        arrival(1, "long", 19 * HOUR, long),
    ]
}

fn long(state: State) -> ReplannedJob {
    let mut replanned = replan(state, &jobs(), PolicyKind::Price);
    replanned.jobs.remove(1)
}

#[test]
fn a_cheap_night_elsewhere_makes_a_move_pay() {
    let job = long(nights(|_, _| {}));
    assert_eq!(job.state, Some(JobState::Succeeded));
    assert_eq!(job.site.as_deref(), Some("west"));
    assert!(job.start_ms < Some(HOUR), "{:?}", job.start_ms);
    assert_eq!(job.wan_bytes, 45_000_000_000, "its checkpoint, once");
    // Nineteen hours of work, and less than an hour for stop, way, reading and what was lost.
    let ran_ms = job.end_ms.unwrap() - job.start_ms.unwrap();
    assert!(
        (19 * HOUR + HOUR / 5..20 * HOUR).contains(&ran_ms),
        "{ran_ms}"
    );
}

#[test]
fn a_way_that_eats_the_gain_leaves_it_where_it_is() {
    // Thirteen hours at 0.08 kW and 1.90 CNY/kWh are 2 CNY; the way is 4.5.
    let job = long(nights(|_, link| link.price_micro_cny_per_gb = 100_000));
    assert_eq!(job.state, Some(JobState::Succeeded));
    assert_eq!(job.site.as_deref(), Some("east"));
    assert_eq!(job.wan_bytes, 0);
    assert_eq!(job.end_ms.unwrap() - job.start_ms.unwrap(), 19 * HOUR);
}

#[test]
fn a_policy_without_moves_leaves_it_where_it_is() {
    let job = long(nights(|policy, _| policy.moves_max = 0));
    assert_eq!(job.site.as_deref(), Some("east"));
    assert_eq!(job.wan_bytes, 0);
}
