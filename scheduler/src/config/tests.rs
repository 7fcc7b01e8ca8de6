//! Configurations as text, and what becomes of them.

use clap::Parser;
use ewc_core::model::{CarbonLedger, Policy, PolicyKind};

use super::*;

fn check(text: &str) -> Result<Config, Problems> {
    let text = if text.contains("data_dir") {
        text.to_owned()
    } else {
        format!("data_dir = \"d\"\n{text}")
    };
    let settings = Settings::parse(&text).map_err(|problem| Problems::one("file", problem))?;
    settings.check()
}

fn good(text: &str) -> Config {
    check(text).unwrap_or_else(|problems| panic!("{text}\n{problems}"))
}

const THREE: &str = r#"
cluster = "c"
member = 2
members = [
  { id = 3, url = "http://127.0.0.1:7320/" },
  { id = 1, url = "http://127.0.0.1:7300" },
  { id = 2, url = "http://localhost:7310" },
]
"#;

#[test]
fn every_broken_rule_is_named_with_its_field() {
    let cases = [
        ("data_dir = \"\"", "data_dir: missing"),
        ("colour = 1", "unknown field `colour`"),
        ("[limits]\njobs = 1", "unknown field `jobs`"),
        ("member = \"one\"", "invalid type: string \"one\""),
        ("member = 0", "member: 0 is not an id"),
        ("cluster = \"\"", "cluster: must have 1 to 64 bytes"),
        (
            "listen = \"localhost\"",
            "listen: \"localhost\" is not an address",
        ),
        (
            "listen = \"127.0.0.1:0\"",
            "advertise: missing: nobody can dial",
        ),
        (
            "listen = \"0.0.0.0:1\"\ninsecure = true",
            "advertise: missing",
        ),
        (
            "listen = \"10.0.0.1:1\"",
            "listen: 10.0.0.1:1 is not on loopback",
        ),
        (
            "http_listen = \"[::]:1\"",
            "http_listen: [::]:1 is not on loopback",
        ),
        (
            "http_listen = \"x\"",
            "http_listen: \"x\" is not an address",
        ),
        (
            "advertise = \"http://s1:7300\"",
            "members: http://s1:7300 of member 1 is not",
        ),
        (
            "advertise = \"https://127.0.0.1:1\"",
            "must begin with http, as tls is not set",
        ),
        (
            "advertise = \"127.0.0.1:1\"",
            "must be of the form http://host:port",
        ),
        (
            "advertise = \"http://127.0.0.1\"",
            "must be of the form http://host:port",
        ),
        (
            "advertise = \"http://a@127.0.0.1:1\"",
            "must be of the form http://host:port",
        ),
        (
            "advertise = \"http://127.0.0.1:1/x\"",
            "must be of the form http://host:port",
        ),
        (
            "advertise = \"http://[\"",
            "advertise: \"http://[\" is not a URL",
        ),
        ("[tls]\nca = \"/dev/null\"", "tls.key: missing: tls needs"),
        ("[tls]\nca = \"/no/ca\"", "tls.ca: /no/ca: "),
        (
            "insecure = true\n[tls]\nca = \"c\"",
            "insecure: contradicts tls",
        ),
        (
            "time_scale = 0.5",
            "time_scale: 0.5 is not between 1 and 100000",
        ),
        ("time_scale = nan", "time_scale: NaN is not between"),
        ("heartbeat_ms = 1", "heartbeat_ms: 1 is not between"),
        (
            "heartbeat_ms = 200",
            "election_ms: must be at least four heartbeats, 800 ms",
        ),
        ("round_ms = 10", "round_ms: 10 is not between 50 and 600000"),
        ("lease_ms = 0", "lease_ms: 0 is not between"),
        (
            "[policy]\nkind = \"best\"",
            "policy.kind: \"best\" is not known; write one of greedy, first_fit, price, ordered",
        ),
        (
            "[policy]\ncarbon_ledger = \"green\"",
            "policy.carbon_ledger: \"green\" is neither",
        ),
        (
            "[policy]\ncarbon_price_cny_per_tonne = -1.0",
            "policy.carbon_price_cny_per_tonne: -1",
        ),
        (
            "[policy]\nwater_price_cny_per_m3 = inf",
            "policy.water_price_cny_per_m3: inf",
        ),
        (
            "[policy]\nhorizon_hours = 0",
            "policy.horizon_hours: 0 is not between",
        ),
        (
            "[policy]\nhorizon_hours = 1\nslot_minutes = 61",
            "slot_minutes: cuts the horizon into 0",
        ),
        (
            "[policy]\nhorizon_hours = 744\nslot_minutes = 1",
            "into 44640 slots",
        ),
        (
            "[policy]\nroutes = 0",
            "policy.routes: 0 is not between 1 and 16",
        ),
        (
            "[policy]\nmargin_seconds = 9000",
            "policy.margin_seconds: 9000",
        ),
        (
            "[limits]\nmessage_bytes_max = 10",
            "limits.message_bytes_max: 10",
        ),
        ("[limits]\nconnections_max = 1", "limits.connections_max: 1"),
        (
            "[limits]\nsnapshot_every_entries = 0",
            "limits.snapshot_every_entries: 0",
        ),
        ("[limits]\nhistory_max = 0", "limits.history_max: 0"),
    ];
    for (text, expected) in cases {
        let Err(problems) = check(text) else {
            panic!("accepted: {text}");
        };
        let problems = problems.to_string();
        assert!(
            problems.contains(expected),
            "{text}\n{problems}\nlacks: {expected}"
        );
    }
}

#[test]
fn every_broken_rule_of_members_is_named() {
    let cases = [
        ("member = 2", "", "member: missing: say which"),
        ("cluster = \"c\"", "", "cluster: missing"),
        (
            "member = 2",
            "member = 4",
            "members: this member, 4, is not among them",
        ),
        (
            "{ id = 3,",
            "{ id = 1,",
            "members: two members have the same id",
        ),
        ("{ id = 3,", "{ id = 0,", "members: 0 is not an id"),
        ("7320/", "7300/", "members: two members have the same url"),
        (
            "http://127.0.0.1:7320/",
            "http://10.0.0.1:1",
            "http://10.0.0.1:1 of member 3 is not",
        ),
        (
            "http://127.0.0.1:7320/",
            "127.0.0.1",
            "members[0].url: \"127.0.0.1\" must be",
        ),
        (
            "{ id = 3, url = \"http://127.0.0.1:7320/\" },",
            "",
            "members: 2 given",
        ),
        (
            "member = 2",
            "member = 2\nadvertise = \"http://[::1]:9\"",
            "advertise: http://[::1]:9 differs",
        ),
    ];
    for (old, new, expected) in cases {
        let Err(problems) = check(&THREE.replacen(old, new, 1)) else {
            panic!("accepted: {old} -> {new}");
        };
        let problems = problems.to_string();
        assert!(
            problems.contains(expected),
            "{old} -> {new}\n{problems}\nlacks: {expected}"
        );
    }
}

#[test]
fn all_problems_are_named_at_once() {
    let problems = check("member = 0\ntime_scale = 0.0\nlisten = \"x\"").unwrap_err();
    let fields: Vec<&str> = problems.0.iter().map(|it| it.field.as_str()).collect();
    assert_eq!(fields, ["listen", "member", "time_scale"]);
    assert_eq!(problems.to_string().lines().count(), 3);
}

#[test]
fn defaults_are_those_of_the_core() {
    let config = good("");
    assert_eq!(config.policy, Policy::default());
    assert_eq!(config.limits.state, ewc_core::state::Limits::default());
    assert_eq!((config.cluster.as_str(), config.member), ("ewc", 1));
    let url = "http://127.0.0.1:7300".to_owned();
    assert_eq!(
        config.members,
        [Member {
            id: 1,
            url: url.clone()
        }]
    );
    assert_eq!(config.advertise, url);
    assert_eq!(
        (config.time_scale_permille, config.election_ticks()),
        (1000, 10)
    );
    assert_eq!(config.peers().count(), 0);
}

#[test]
fn members_come_in_order_and_name_what_is_advertised() {
    let config = good(THREE);
    let ids: Vec<u64> = config.members.iter().map(|member| member.id).collect();
    assert_eq!(ids, [1, 2, 3]);
    assert_eq!(config.advertise, "http://localhost:7310");
    assert_eq!(config.members[2].url, "http://127.0.0.1:7320");
    let peers: Vec<u64> = config.peers().map(|member| member.id).collect();
    assert_eq!(peers, [1, 3]);
}

#[test]
fn units_of_people_become_units_of_the_program() {
    let config = good(
        r#"
        time_scale = 60.5
        [policy]
        kind = "first_fit"
        carbon_price_cny_per_tonne = 87.5
        carbon_ledger = "location"
        water_price_cny_per_m3 = 4.1
        delay_price_cny_per_hour = 0.25
        age_price_cny_per_hour = 0.75
        imbalance_price_cny_per_node_hour = 1.5
        gap_tolerance_percent = 2.5
        moves = 0
        horizon_hours = 24
        slot_minutes = 30
        routes = 2
        margin_seconds = 5
        [limits]
        terminal_keep_hours = 2
        "#,
    );
    let expected = Policy {
        version: 1,
        kind: PolicyKind::FirstFit,
        carbon_micro_cny_per_kg: 87_500,
        ledger: CarbonLedger::Location,
        water_micro_cny_per_litre: 4_100,
        delay_micro_cny_per_hour: 250_000,
        horizon_ms: 86_400_000,
        slot_ms: 1_800_000,
        routes: 2,
        margin_ms: 5_000,
        age_micro_cny_per_hour: 750_000,
        imbalance_micro_cny_per_node_hour: 1_500_000,
        gap_tolerance_permille: 25,
        moves_max: 0,
        ..Policy::default()
    };
    assert_eq!(config.policy, expected);
    assert_eq!(config.time_scale_permille, 60_500);
    assert_eq!(config.limits.state.terminal_keep_ms, 7_200_000);
}

#[test]
fn certificates_or_insecure_open_the_way_off_loopback() {
    let open = "listen = \"0.0.0.0:1\"\nhttp_listen = \"0.0.0.0:2\"\nadvertise = ";
    assert!(
        good(&format!("{open}\"http://s1:1\"\ninsecure = true"))
            .tls
            .is_none()
    );
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.pem");
    std::fs::write(&file, "").unwrap();
    let file = file.display();
    let tls = format!("[tls]\nca = \"{file}\"\ncertificate = \"{file}\"\nkey = \"{file}\"");
    let config = good(&format!("{open}\"https://s1:1\"\n{tls}"));
    assert!(config.tls.is_some() && !config.insecure);
}

#[test]
fn what_is_effective_reads_back_as_the_same_configuration() {
    for text in ["", THREE, "[policy]\ncarbon_price_cny_per_tonne = 33.3"] {
        let text = format!("data_dir = \"d\"\n{text}");
        let settings = Settings::parse(&text).unwrap();
        let config = settings.check().unwrap();
        let effective = settings.filled_in(&config).to_string();
        assert_eq!(good(&effective), config, "{effective}");
    }
}

#[test]
fn flags_win_over_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("scheduler.toml");
    std::fs::write(&path, format!("{THREE}\ndata_dir = \"d\"\nlease_ms = 5000")).unwrap();
    let path = path.to_str().unwrap();
    let flags = [
        "ewc-scheduler",
        "--config",
        path,
        "--member",
        "3",
        "--policy",
        "first_fit",
    ];
    let (config, effective) = load(&Args::parse_from(flags)).unwrap();
    assert_eq!((config.member, config.lease), (3, Duration::from_secs(5)));
    assert_eq!(config.policy.kind, PolicyKind::FirstFit);
    assert_eq!(
        effective.advertise.as_deref(),
        Some("http://127.0.0.1:7320")
    );

    let one = "1=http://127.0.0.1:1,2=http://127.0.0.1:2,3=http://127.0.0.1:3";
    let flags = ["ewc-scheduler", "--config", path, "--members", one];
    let (config, _) = load(&Args::parse_from(flags)).unwrap();
    assert_eq!(config.members[0].url, "http://127.0.0.1:1");
    let flags = ["ewc-scheduler", "--members", "http://a:1"];
    assert!(Args::try_parse_from(flags).is_err());
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let args = Args::parse_from(["ewc-scheduler", "--config", "/no/such.toml"]);
    let problems = load(&args).unwrap_err().to_string();
    assert!(
        problems.starts_with("--config: /no/such.toml: "),
        "{problems}"
    );
}

#[test]
fn clusters_of_different_names_have_different_identities() {
    // The first 16 bytes of the SHA-256 of "abc" (FIPS 180-2, appendix B.1).
    assert_eq!(cluster_id("abc"), 0xba78_16bf_8f01_cfea_4141_40de_5dae_2223);
    assert_ne!(cluster_id("a"), cluster_id("b"));
}

#[test]
fn flags_are_well_formed() {
    use clap::CommandFactory;
    Args::command().debug_assert();
}
