//! What is refused, and by which name.

use super::*;

const GOOD: &str = r#"
state_directory = "/var/lib/ewc-agent"
schedulers = ["http://127.0.0.1:7401", "http://[::1]:7402", "http://localhost:7403"]
data_listen = "127.0.0.1:7411"
[site]
id = "gz-guian"
[[pools]]
id = "cpu"
node = { cpu_millis = 64000, memory_mib = 262144 }
"#;

fn error(text: &str) -> String {
    match Config::parse(text, Overrides::default()) {
        Ok(_) => "accepted".into(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn mistakes_are_named() {
    let cases: &[(&str, &str, &str)] = &[
        ("", "", "accepted"),
        (
            "id = \"gz-guian\"",
            "id = \"gz-guian\"\ncolour = 1",
            "unknown field `colour`",
        ),
        ("state_directory", "state_dir", "unknown field `state_dir`"),
        (
            "id = \"cpu\"",
            "id = \"cpu\"\ncores = 3",
            "unknown field `cores`",
        ),
        ("id = \"gz-guian\"", "id = \"a/b\"", "site.id: "),
        (
            "id = \"gz-guian\"",
            "id = \"a\"\nmlps_level = 5",
            "site.mlps_level: must be 1 to 4",
        ),
        (
            "http://127.0.0.1:7401",
            "127.0.0.1:7401",
            "schedulers: \"127.0.0.1:7401\" is not",
        ),
        (
            "http://127.0.0.1:7401",
            "http://10.0.0.1:7401",
            "tls: is needed, as http://10.0.0.1",
        ),
        (
            "http://127.0.0.1:7401",
            "https://127.0.0.1:7401",
            "tls: is needed for https://",
        ),
        (
            "\"127.0.0.1:7411\"",
            "\"0.0.0.0:7411\"",
            "tls: is needed, as data_listen 0.0.0.0:7411",
        ),
        ("\"127.0.0.1:7411\"", "7411", "invalid type: integer"),
        (
            "data_listen = \"127.0.0.1:7411\"",
            "data_listen = \"0.0.0.0:7411\"\ninsecure = true",
            "data_address: is needed",
        ),
        (
            "node = {",
            "from_machine = true\nnode = {",
            "pools.cpu.node: is taken from the machine",
        ),
        (
            "cpu_millis = 64000, ",
            "",
            "pools.cpu.node: cpu_millis must be given",
        ),
        (
            "id = \"cpu\"",
            "id = \"cpu\"\naccelerator_family = \"x\"",
            "accelerator_family: \"x\" is",
        ),
        ("[site]", "[energy]\n[site]", "energy: exactly one of"),
        (
            "[site]",
            "[energy]\npreset = \"atlantis\"\n[site]",
            "energy.preset: \"atlantis\" is",
        ),
        (
            "[site]",
            "[limits]\npulls = 0\n[site]",
            "limits.pulls: must be at least 1",
        ),
        (
            "[site]",
            "[[probes]]\nlink = \"l\"\npeer_site = \"s\"\n[site]",
            "probes.l: needs address",
        ),
    ];
    for (from, to, expected) in cases {
        let said = error(&GOOD.replacen(from, to, 1));
        assert!(said.contains(expected), "{from} -> {to}: {said}");
    }
}

#[test]
fn flags_stand_over_the_file() {
    let overrides = Overrides {
        schedulers: vec!["http://10.0.0.1:1".into()],
        data_listen: "0.0.0.0:1".parse().ok(),
        data_address: Some("gz-guian.example:1".into()),
        insecure: true,
        ..Default::default()
    };
    let config = Config::parse(GOOD, overrides).unwrap();
    assert_eq!(config.schedulers, ["http://10.0.0.1:1"]);
    assert_eq!(config.data_listen.port(), 1);
    assert!(!config.stop_jobs_on_exit);
}

#[test]
fn the_example_is_good() {
    let text = include_str!("../../agent.example.toml");
    let config = Config::parse(text, Overrides::default()).unwrap();
    assert_eq!(config.pools.len(), 3);
    let commented = LimitsConfig::default();
    assert_eq!(
        format!("{:?}", config.limits),
        format!("{commented:?}"),
        "defaults are shown"
    );
}
