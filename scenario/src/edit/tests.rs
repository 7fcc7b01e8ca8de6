use std::path::PathBuf;

use super::*;

const WEEK: &str = "name = \"a-week\"\nnetwork = \"tutorial\"\n\
    start = \"2025-06-01T00:00:00+08:00\"\nduration = \"7d\"\n[workload]\njobs_per_day = 100\n";

fn scenario(name: &str, text: &str) -> PathBuf {
    let file = format!("ewc-edit-{name}-{}.toml", std::process::id());
    let path = std::env::temp_dir().join(file);
    std::fs::write(&path, text).unwrap();
    path
}

fn edited(name: &str, scenario_text: &str, edits: &str) -> Result<NetworkRun, String> {
    let list = EditList::parse(edits, Format::Toml).map_err(|error| error.to_string())?;
    let path = scenario(name, scenario_text);
    let run = list.applied_to(&path).map_err(|error| error.to_string());
    let _ = std::fs::remove_file(path);
    run
}

fn edit(kind: &str, fields: &str) -> String {
    format!("[[edits]]\nedit = \"{kind}\"\n{fields}\n")
}

#[test]
fn edits_change_what_they_name_and_keep_the_jobs() {
    let cut = "[[faults]]\nkind = \"link_cut\"\nlink = \"optical.beijing.tianjin\"\n\
               from = \"1h\"\nfor = \"1h\"\n[[faults]]\nkind = \"site_outage\"\n\
               site = \"gz-guian\"\nfrom = \"1h\"\nfor = \"1h\"\n";
    let edits = [
        edit(
            "add_nodes",
            "site = \"nm-horinger\"\npool = \"general\"\nnodes = 7",
        ),
        edit("remove_link", "link = \"optical.beijing.tianjin\""),
        edit(
            "upgrade_link",
            "link = \"private_ip.beijing.tianjin\"\ncapacity = \"3Gbps\"",
        ),
        edit(
            "add_link",
            "between = [\"yrd-demo\", \"nm-horinger\"]\nlayer = \"optical\"\n\
             carrier = \"telecom\"\none_way = \"9ms\"\ncapacity = \"100Gbps\"",
        ),
        edit(
            "add_battery",
            "site = \"yrd-demo\"\nbattery = \"2MWh\"\nbattery_power = \"1MW\"",
        ),
        edit("add_renewables", "site = \"yrd-demo\"\nsolar = \"3MW\""),
        edit(
            "tariff",
            "site = \"yrd-demo\"\nprice_per_kwh = \"0.1CNY\"\nvalley_hours = []",
        ),
        edit(
            "emissions",
            "site = \"yrd-demo\"\ngrid_factor = \"99g/kWh\"",
        ),
        edit("remove_site", "site = \"gz-guian\""),
        edit("policy", "kind = \"race\"\ntenants.own.share = \"200%\""),
        edit("set", "field = \"planning.rounds\"\nvalue = \"1h\""),
    ];
    let before = edited("before", &format!("{WEEK}{cut}"), &edits[10]).unwrap();
    let after = edited("after", &format!("{WEEK}{cut}"), &edits.concat()).unwrap();
    let network = &after.network;
    let pool = |run: &NetworkRun| run.network.site("nm-horinger").unwrap().spec.pools[0].clone();
    assert_eq!(pool(&after).name, "general");
    assert_eq!(pool(&after).nodes, pool(&before).nodes + 7);
    let link = |name: &str| network.links.iter().find(|link| link.name == name);
    assert!(link("optical.beijing.tianjin").is_none());
    assert_eq!(
        link("private_ip.beijing.tianjin").unwrap().capacity_bps,
        3_000_000_000
    );
    assert_eq!(
        link("optical.yrd-demo.nm-horinger").unwrap().one_way_us,
        9_000
    );
    let energy = &network.site("yrd-demo").unwrap().energy;
    assert_eq!(
        (energy.own.battery_watt_hours, energy.own.solar_watts),
        (2_000_000, 3_000_000)
    );
    assert_eq!(energy.own.battery_efficiency_permille, 880);
    assert_eq!(
        (energy.price_micro_cny_per_kwh, energy.grid_mg_per_wh),
        (100_000, Some(99))
    );
    assert_eq!(energy.valley_hours.as_deref(), Some(&[][..]));
    assert!(network.site("gz-guian").is_none());
    assert_eq!((before.faults.len(), after.faults.len()), (2, 0));
    assert_eq!(after.policy().kind.name(), "race");
    // What an edit does not name stays the network's.
    assert_eq!(after.policy().horizon_ms, before.policy().horizon_ms);
    assert_eq!(after.policy().tenants["own"].share_permille, 2000);
    assert_eq!(after.planning.every_ms, Some(3_600_000));
    assert_eq!(after.jobs_of.as_deref(), Some(&before.network));
}

#[test]
fn errors_name_the_edit_and_the_field() {
    for (edits, part) in [
        (String::new(), "edits: is empty"),
        (
            edit("add_rack", ""),
            "edits[0].edit: \"add_rack\" is not known",
        ),
        (
            edit("remove_link", "link = \"optical.a.tianjin\""),
            "write e.g. optical.beijing.tianjin",
        ),
        (
            edit("remove_site", "site = \"nowhere\""),
            "edits[0].site: \"nowhere\" is not a site",
        ),
        (
            edit(
                "add_nodes",
                "site = \"gz-guian\"\npool = \"none\"\nnodes = 1",
            ),
            "edits[0].pool: \"none\" is not a pool of gz-guian; write one of ",
        ),
        (
            edit(
                "add_nodes",
                "site = \"gz-guian\"\npool = \"general\"\nnodes = 0",
            ),
            "edits[0].nodes: is 0",
        ),
        (
            edit("add_battery", "site = \"gz-guian\"\nbattery = \"1MWh\""),
            "half of a battery",
        ),
        (
            edit("upgrade_link", "link = \"optical.beijing.tianjin\""),
            "edits[0].capacity: is missing",
        ),
        (
            edit("tariff", "site = \"gz-guian\"\npeak_hours = [25]"),
            "has an hour above 23",
        ),
        (
            edit("policy", "kind = \"best\""),
            "edits[0]: network.policy.kind: \"best\" is not known",
        ),
        (
            edit("set", "field = \"workload.speed\"\nvalue = 2"),
            "edits[0]: workload.speed: is not a field",
        ),
        (
            edit(
                "set",
                "field = \"network.sites.nm-ulanqab.mlps_level\"\nvalue = 2",
            ),
            "edits[0]: network.sites",
        ),
        (
            edit("emissions", "site = \"gz-guian\"\ncontracted = \"120%\""),
            "energy.contracted: is out of range",
        ),
    ] {
        let error = edited("errors", WEEK, &edits).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn the_example_edits_the_example() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let list = EditList::load(&examples.join("edits/more-racks.toml")).unwrap();
    let run = list
        .applied_to(&examples.join("runs/tutorial.toml"))
        .unwrap();
    assert_eq!(
        run.network.site("yrd-demo").unwrap().energy.own.solar_watts,
        400_000
    );
}
