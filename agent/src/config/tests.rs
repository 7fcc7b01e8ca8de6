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
            "[energy]\npreset = \"gansu\"\npue_base_permille = 125\n[site]",
            "energy.pue_base_permille: must be 1000 to 5000",
        ),
        (
            "[site]",
            "[energy]\npreset = \"gansu\"\nwue_ml_per_kwh = -1\n[site]",
            "energy.wue_ml_per_kwh: cannot be negative",
        ),
        (
            "[site]",
            "[power]\ncap_watts = -1\n[site]",
            "power.cap_watts: must be 0 to 1000000000",
        ),
        (
            "[site]",
            "[power]\ncap_kw = 1\n[site]",
            "unknown field `cap_kw`",
        ),
        (
            "[site]",
            "[[power.hours]]\nfrom_hour = 9\nuntil_hour = 25\ncap_watts = 1\n[site]",
            "power.hours[0].until_hour: must be an hour",
        ),
        (
            "[site]",
            "[[power.hours]]\nfrom_hour = 24\nuntil_hour = 3\ncap_watts = 1\n[site]",
            "power.hours[0].from_hour: must be an hour",
        ),
        (
            "[site]",
            "[[power.windows]]\nfrom = \"2h\"\nuntil = \"3h\"\ncap_watts = 1\n[site]",
            "\"2h\" is no moment",
        ),
        (
            "[site]",
            "[[power.windows]]\nfrom = \"2026-12-01T18:00:00+08:00\"\n\
             until = \"2026-12-01T10:00:00Z\"\ncap_watts = 1\n[site]",
            "power.windows[0].until: must be after from",
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

fn energy(table: &str) -> Result<EnergyConfig, ConfigError> {
    let text = format!("{GOOD}[energy]\n{table}");
    Config::parse(&text, Overrides::default()).map(|config| config.energy.unwrap())
}

#[test]
fn a_sites_energy_can_be_told_to_its_agent_completely() {
    for site in ewc_scenario::national().sites {
        let profile = site.energy_profile();
        let told = format!(
            "preset = {:?}\ncontracted_permille = {}\nflat_price_micro_cny_per_kwh = {}\n\
             pue_base_permille = {}\nwue_ml_per_kwh = {}\n",
            site.energy.preset,
            site.energy.contracted_permille,
            site.energy.price_micro_cny_per_kwh,
            profile.pue_base_permille,
            site.energy.wue_ml_per_kwh,
        );
        let (source, understood) = energy(&told).unwrap().generator().unwrap();
        assert_eq!(source, format!("preset {}", site.energy.preset));
        assert_eq!(understood, profile, "{}", site.spec.name);
    }
}

const PROFILE: &str = "\
[energy.profile]
renewable_permille = 500
non_hydro_permille = 215
solar_permille = 159
wind_permille = 124
wind_swing_permille = 350
contracted_permille = 500
grid_mg_per_wh = 477
flat_price_micro_cny_per_kwh = 440000
valley_hours = [10, 11, 12, 13, 14, 15]
peak_hours = [6, 7, 18, 19, 20, 21, 22]
pue_base_permille = 1140
pue_permille_per_celsius = 8
free_cooling_decicelsius = 120
wet_bulb_mean_decicelsius = 45
wet_bulb_swing_decicelsius = 125
wue_ml_per_kwh = 400
";

#[test]
fn a_profile_is_read_whole_and_what_is_given_stands_over_it() {
    let gansu = ewc_scenario::energy::presets::by_name("gansu").unwrap();
    let plain = energy(PROFILE).unwrap().generator();
    assert_eq!(plain, Some(("operator's profile".into(), gansu.clone())));
    let over = format!("pue_base_permille = 1200\n{PROFILE}");
    let (_, profile) = energy(&over).unwrap().generator().unwrap();
    assert_eq!(profile.pue_base_permille, 1200);
    assert_eq!(profile.wue_ml_per_kwh, gansu.wue_ml_per_kwh);
    let cases = [
        (format!("{PROFILE}colour = 1\n"), "unknown field `colour`"),
        (
            PROFILE.replace("wind_permille = 124\n", ""),
            "missing field `wind_permille`",
        ),
        (
            PROFILE.replace("pue_base_permille = 1140", "pue_base_permille = 900"),
            "energy.profile: pue_base_permille must be at least 1000",
        ),
    ];
    for (text, expected) in cases {
        let said = energy(&text).unwrap_err().to_string();
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let file = energy("file = \"hours.csv\"").unwrap();
    assert_eq!(file.generator(), None);
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
    let (_, profile) = config.energy.unwrap().generator().unwrap();
    assert_eq!(
        (profile.pue_base_permille, profile.wue_ml_per_kwh),
        (1180, 800)
    );
    let commented = LimitsConfig::default();
    assert_eq!(
        format!("{:?}", config.limits),
        format!("{commented:?}"),
        "defaults are shown"
    );
}
