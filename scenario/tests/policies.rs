//! Policy files: what they may say, what is said of bad ones, and the ready ones.

use std::collections::BTreeSet;

use ewc_core::model::{Layer, Policy, Quota, SteeringSites, TenantPolicy, Weights};
use ewc_scenario::network::{parse_policy, policy_text};
use ewc_scenario::{Format, profile, profile_names};

const GOOD: &str = r#"
name = "mine"
preemption_grace = "1500ms"
carbon_price_per_tonne = "87.5CNY"

[tenants.weather]
share = "12.5%"
weights = { carbon = "300%" }
cores = "1500m"
memory = "64GiB"
accelerators = 3
queued = 7

[[steering]]
class = "render"
demand = ["shanghai"]
places = ["贵州", "gz-guian"]
elsewhere = true
extra_per_core_hour = "0.05CNY"

[[steering]]
class = "realtime"
beyond = "5ms"
layer = "private_ip"
rule_out = true

[[steering]]
class = "train"
green_power_below = "80%"
rule_out = true
"#;

fn good() -> Policy {
    parse_policy(GOOD, Format::Toml).unwrap()
}

#[test]
fn what_is_written_is_read_again() {
    let policies = profile_names().filter_map(profile);
    for policy in policies.chain([good(), Policy::default()]) {
        let text = policy_text(&policy);
        assert_eq!(parse_policy(&text, Format::Toml).unwrap(), policy, "{text}");
    }
}

#[test]
fn fields_mean_what_they_say() {
    let policy = good();
    assert_eq!(policy.preemption_grace_ms, 1_500);
    let weather = TenantPolicy {
        share_permille: 125,
        weights: Weights {
            carbon_permille: 3_000,
            ..Weights::default()
        },
        quota: Quota {
            cpu_millis: Some(1_500),
            memory_mib: Some(65_536),
            accelerators: Some(3),
            queued: Some(7),
        },
    };
    assert_eq!(policy.tenant("weather"), &weather);
    assert_eq!(policy.tenant("nobody"), &TenantPolicy::default());
    let sites: Vec<_> = policy.steering.iter().map(|rule| &rule.sites).collect();
    let places = vec!["贵州".to_owned(), "gz-guian".to_owned()];
    assert_eq!(sites[0], &SteeringSites::Elsewhere(places));
    let beyond = SteeringSites::Beyond {
        one_way_us: 5_000,
        layer: Layer::PrivateIp,
    };
    assert_eq!(sites[1], &beyond);
    assert_eq!(sites[2], &SteeringSites::GreenPowerBelow { permille: 800 });
}

/// Each case replaces one piece of the good file.
#[test]
fn wrong_pieces() {
    #[rustfmt::skip]
    let cases = [
        ("share = \"12.5%\"", "share = \"0%\"", "tenants.weather.share: is out of range"),
        ("share = \"12.5%\"", "shares = \"1%\"", "tenants.weather.shares: is not a field"),
        ("carbon = \"300%\"", "carbon = \"100001%\"", "tenants.weather.weights.carbon"),
        ("accelerators = 3", "accelerators = -3", "tenants.weather.accelerators: -3 is negative"),
        ("cores = \"1500m\"", "cores = \"many\"", "tenants.weather.cores: \"many\" is not"),
        ("[tenants.weather]", "[tenants.\"\"]", "tenants..name"),
        ("grace = \"1500ms\"", "grace = \"2d\"", "preemption_grace: is out of range"),
        ("class = \"render\"", "class = \"film\"", "steering[0].class: \"film\" is not known"),
        ("class = \"render\"", "", "steering[0].class: is missing"),
        ("places = [\"贵州\", \"gz-guian\"]", "", "steering[0].places: is missing"),
        ("beyond = \"5ms\"", "beyond = \"0ms\"", "steering[1].places: is missing"),
        ("beyond = \"5ms\"", "places = [\"a\"]\nbeyond = \"5ms\"", "steering[1].places"),
        ("green_power_below = \"80%\"", "green_power_below = \"101%\"", "steering[2].places"),
        ("extra_per_core_hour = \"0.05CNY\"", "", "steering[0].rule_out: is missing"),
        ("layer = \"private_ip\"", "layer = \"air\"", "steering[1].layer: \"air\" is not known"),
    ];
    for (from, to, expected) in cases {
        assert!(GOOD.contains(from), "{from}");
        let error = parse_policy(&GOOD.replace(from, to), Format::Toml).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(expected),
            "{text:?} does not say {expected:?}"
        );
    }
}

/// A ready policy that names a place or demand region which the national network does not have
/// steers nothing.
#[test]
fn ready_policies_speak_of_the_national_network() {
    let network = ewc_scenario::national();
    let specs = network.sites.iter().map(|site| &site.spec);
    let places: BTreeSet<&str> = specs
        .flat_map(|spec| [&*spec.hub, &*spec.region, &*spec.name])
        .collect();
    let regions: BTreeSet<&str> = network.regions.iter().map(|it| &*it.name).collect();
    let names: Vec<&str> = profile_names().collect();
    assert_eq!(names, ["east-west", "green-floor", "latency-circles"]);
    for name in names {
        let policy = profile(name).unwrap();
        assert!(
            !policy.name.is_empty() && !policy.source.is_empty(),
            "{name}"
        );
        assert!(!policy.steering.is_empty(), "{name}");
        for rule in &policy.steering {
            assert!(
                rule.demand.iter().all(|it| regions.contains(&**it)),
                "{rule:?}"
            );
            if let SteeringSites::At(known) | SteeringSites::Elsewhere(known) = &rule.sites {
                assert!(known.iter().all(|it| places.contains(&**it)), "{rule:?}");
            }
        }
    }
    assert!(profile("nothing").is_none());
}
