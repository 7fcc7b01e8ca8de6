//! Scenario and policy files that are refused, and what an author may leave out.

use ewc_core::model::{CarbonLedger, Policy, PolicyKind, Quota, TenantPolicy, Weights};
use ewc_scenario::{Format, Scenario};

const GOOD: &str = r#"
name = "two"
[[segments]]
between = ["east", "west"]
optical = { carrier = "a", one_way = "9ms", capacity = "400Gbps", price = "17CNY/TB" }
[[regions]]
name = "coast"
node = "east"
latitude = 31
longitude = 121
[[sites]]
name = "east"
region = "shanghai"
latitude = 31.15
longitude = 121.12
energy = { preset = "shanghai", pue = "125%", price_per_kwh = "0.7CNY" }
pools = [{ name = "p", architecture = "x86_64", nodes = 2, node = { cpu = "64", memory = "256GiB" } }]
[[sites]]
name = "west"
region = "ningxia"
latitude = 37.52
longitude = 105.19
energy = { preset = "ningxia", pue = "115%", price_per_kwh = "0.37CNY" }
pools = [{ name = "p", architecture = "x86_64", nodes = 2, node = { cpu = "64", memory = "256GiB" } }]
"#;

fn parse(text: &str) -> Result<Scenario, String> {
    Scenario::parse(text, Format::Toml).map_err(|error| error.to_string())
}

#[test]
fn what_is_left_out_takes_its_default() {
    let scenario = parse(GOOD).unwrap();
    assert_eq!(scenario.policy, Policy::default());
    assert_eq!(scenario.links[0].name, "optical.east.west");
    assert_eq!(scenario.links[0].price_micro_cny_per_gb, 17_000);
    assert_eq!(
        (
            scenario.links[0].usable_permille,
            scenario.links[0].encrypted
        ),
        (700, false)
    );
    assert_eq!(scenario.sites[0].spec.title, "east");
    assert_eq!(scenario.sites[0].spec.mlps_level, 2);
    assert_eq!(scenario.nodes.len(), 2);
    assert_eq!(scenario.nodes[1].latitude_udeg, 37_520_000);
}

#[test]
fn every_policy_field_is_read() {
    let policy = r#"
        [policy]
        kind = "first_fit"
        carbon_price_per_tonne = "80CNY"
        carbon_ledger = "location"
        water_price_per_cubic_metre = "4CNY"
        delay_price_per_hour = "1.5CNY"
        horizon = "24h"
        slot = "30m"
        routes = 2
        margin = "1m"
        age_price_per_hour = "0.4CNY"
        moves = 1
        move_gain = "5%"
        imbalance_price_per_node_hour = "2.5CNY"
        gap_tolerance = "2%"

        [policy.other_tenants]
        queued = 500

        [policy.tenants.weather]
        share = "200%"
        cores = "4000"
        memory = "64TiB"
        accelerators = 16
        weights = { carbon = "300%" }
    "#;
    let weather = TenantPolicy {
        share_permille: 2_000,
        weights: Weights {
            carbon_permille: 3_000,
            ..Weights::default()
        },
        quota: Quota {
            cpu_millis: Some(4_000_000),
            memory_mib: Some(64 << 20),
            accelerators: Some(16),
            queued: None,
        },
    };
    let expected = Policy {
        version: 1,
        kind: PolicyKind::FirstFit,
        carbon_micro_cny_per_kg: 80_000,
        ledger: CarbonLedger::Location,
        water_micro_cny_per_litre: 4_000,
        delay_micro_cny_per_hour: 1_500_000,
        horizon_ms: 24 * 3_600_000,
        slot_ms: 30 * 60_000,
        routes: 2,
        margin_ms: 60_000,
        age_micro_cny_per_hour: 400_000,
        moves_max: 1,
        move_gain_permille: 50,
        imbalance_micro_cny_per_node_hour: 2_500_000,
        gap_tolerance_permille: 20,
        tenants: [("weather".to_owned(), weather)].into(),
        other_tenants: TenantPolicy {
            quota: Quota {
                queued: Some(500),
                ..Quota::default()
            },
            ..TenantPolicy::default()
        },
        ..Policy::default()
    };
    assert_eq!(parse(&format!("{GOOD}{policy}")).unwrap().policy, expected);
}

/// Each case replaces one piece of the good file.
#[test]
fn wrong_pieces() {
    #[rustfmt::skip]
    let cases = [
        (r#"between = ["east", "west"]"#, r#"between = ["east", "north"]"#, r#"segments(optical.east.north).between: "north" is not a node"#),
        (r#"between = ["east", "west"]"#, r#"between = ["east"]"#, "segments[0].between: names 1 nodes"),
        (r#"between = ["east", "west"]"#, r#"between = ["east", "east"]"#, "segments(optical.east.east).between: joins a node to itself"),
        (r#"one_way = "9ms""#, r#"one_way = "9""#, r#"segments[0].optical.one_way: "9" is not a one-way latency"#),
        (r#"one_way = "9ms""#, r#"one_way = "0ms""#, "segments(optical.east.west).one_way: is zero"),
        (r#"capacity = "400Gbps""#, r#"capacity = "400G""#, r#"segments[0].optical.capacity: "400G" is not a bandwidth"#),
        (r#"price = "17CNY/TB""#, r#"price = "17CNY""#, r#"segments[0].optical.price: "17CNY" is not a price of transport"#),
        (r#"price = "17CNY/TB""#, r#"usable = "120%""#, "segments(optical.east.west).usable: is out of range"),
        ("optical = {", "light = {", "segments[0].optical: is missing; describe the segment"),
        (r#"node = "east""#, r#"node = "south""#, r#"regions[0].node: "south" is not a node"#),
        ("latitude = 31.15", "latitude = 95", "sites[0].latitude: 95 degrees do not exist"),
        ("latitude = 31.15", "latitude = nan", "sites[0].latitude: NaN degrees do not exist"),
        ("latitude = 31.15", "latitude = \"31N\"", "sites[0].latitude: is text, not degrees"),
        (r#"pue = "125%""#, r#"pue = "1.25""#, r#"sites[0].energy.pue: "1.25" is not a share"#),
        (r#"pue = "125%""#, r#"pue = "90%""#, "sites[0].energy.pue: is out of range"),
        (r#"name = "west""#, r#"name = "east""#, r#"nodes: "east" is defined twice"#),
        (r#"region = "ningxia""#, r#"regoin = "ningxia""#, "sites[1].region: is missing"),
        (r#"region = "ningxia""#, "region = \"ningxia\"\nmlps_level = 9", "sites[1].mlps_level: is out of range"),
        (r#"name = "two""#, "name = \"two\"\npolicy = { slot = \"0s\" }", "policy.slot: is out of range"),
        (r#"name = "two""#, "name = \"two\"\npolicy = { kind = \"magic\" }", r#"policy.kind: "magic" is not known; write one of greedy, first_fit"#),
        (r#"name = "two""#, "name = \"two\"\npolicy = { routes = 0 }", "policy.routes: is out of range"),
        (r#"name = "two""#, "name = \"two\"\ncolour = 1", "colour: is not a field that is known here"),
        ("nodes = 2,", "nodes = 0,", "sites[0].pools[0]: holds nothing"),
        (r#"memory = "256GiB" }"#, r#"memory = "256GiB", accelerators = 8 }"#, "sites[0].pools[0]: contradicts itself on accelerators"),
    ];
    for (from, to, expected) in cases {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let said = parse(&text).unwrap_err();
        assert!(
            said.starts_with(expected),
            "said:     {said}\nexpected: {expected}"
        );
    }
}

#[test]
fn a_policy_file_stands_alone() {
    let file = std::env::temp_dir().join(format!("ewc-policy-{}.yaml", std::process::id()));
    std::fs::write(&file, "kind: first_fit\nhorizon: 12h\n").unwrap();
    let policy = ewc_scenario::network::load_policy(&file);
    std::fs::remove_file(&file).unwrap();
    let policy = policy.unwrap();
    assert_eq!(
        (policy.kind, policy.horizon_ms),
        (PolicyKind::FirstFit, 12 * 3_600_000)
    );
}
