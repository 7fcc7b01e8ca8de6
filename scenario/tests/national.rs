//! The built-in national scenario keeps what its file promises.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::path::PathBuf;

use ewc_core::Command;
use ewc_core::command::LinkDefinition;
use ewc_core::model::{AcceleratorFamily, Layer, NodeKind};
use ewc_scenario::{Mark, Scenario, national, national_small};

/// The formulas of one-way latency in microseconds: at no distance, and for each kilometre.
const FORMULAS: [(Layer, f64, f64); 3] = [
    (Layer::Optical, 200.0, 8.4),
    (Layer::PrivateIp, 400.0, 12.6),
    (Layer::PublicIp, 500.0, 14.3),
];

/// Light in fibre, microseconds for each kilometre.
const FIBRE_US_PER_KM: f64 = 4.9;

fn great_circle_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let (d_lat, d_lon) = (lat_b - lat_a, (b.1 - a.1).to_radians());
    let h = (d_lat / 2.0).sin().powi(2) + lat_a.cos() * lat_b.cos() * (d_lon / 2.0).sin().powi(2);
    2.0 * 6371.0 * h.sqrt().asin()
}

fn positions(scenario: &Scenario) -> BTreeMap<&str, (f64, f64)> {
    let degrees = |udeg: i64| udeg as f64 / 1e6;
    let position = |node: &'_ ewc_core::model::NetworkNode| {
        (degrees(node.latitude_udeg), degrees(node.longitude_udeg))
    };
    scenario
        .nodes
        .iter()
        .map(|node| (node.name.as_str(), position(node)))
        .collect()
}

/// One-way latency of the fastest routes from a node over the links that `allowed` lets through.
fn latencies_us<'a>(
    scenario: &'a Scenario,
    from: &'a str,
    allowed: impl Fn(&LinkDefinition) -> bool,
) -> BTreeMap<&'a str, i64> {
    let mut done = BTreeMap::new();
    let mut queue = BinaryHeap::from([(0, from)]);
    while let Some((negated_us, at)) = queue.pop() {
        if done.contains_key(at) {
            continue;
        }
        done.insert(at, -negated_us);
        for link in scenario.links.iter().filter(|link| allowed(link)) {
            if link.a == at {
                queue.push((negated_us - link.one_way_us, &link.b));
            } else if link.b == at {
                queue.push((negated_us - link.one_way_us, &link.a));
            }
        }
    }
    done
}

fn on(layer: Layer) -> impl Fn(&LinkDefinition) -> bool {
    move |link| link.layer == layer
}

fn clusters(scenario: &Scenario) -> Vec<&str> {
    let clusters = scenario.sites.iter().filter(|site| !site.spec.edge);
    clusters.map(|site| site.spec.name.as_str()).collect()
}

fn error(got_us: i64, want_us: f64) -> f64 {
    (got_us as f64 - want_us).abs() / want_us
}

#[test]
fn it_has_what_the_programme_names() {
    let scenario = national();
    assert_eq!(clusters(&scenario).len(), 10);
    let hubs: BTreeSet<_> = scenario
        .sites
        .iter()
        .map(|site| site.spec.hub.as_str())
        .collect();
    assert_eq!(
        hubs.len(),
        9,
        "eight hubs, and none for edge sites: {hubs:?}"
    );
    assert!(scenario.sites.iter().filter(|site| site.spec.edge).count() >= 4);
    assert!(scenario.regions.len() >= 16);
    let carriers: BTreeSet<_> = scenario.links.iter().map(|link| &link.carrier).collect();
    assert_eq!(carriers.len(), 3);
    let edges: BTreeSet<_> = scenario
        .sites
        .iter()
        .filter(|site| site.spec.edge)
        .collect_names();
    let long_haul = scenario
        .links
        .iter()
        .filter(|link| link.layer == Layer::Optical);
    let long_haul = long_haul
        .filter(|link| !edges.contains(link.a.as_str()))
        .count();
    assert!(
        (25..=40).contains(&long_haul),
        "{long_haul} optical segments"
    );
    let families: BTreeSet<AcceleratorFamily> = scenario
        .sites
        .iter()
        .flat_map(|site| &site.spec.pools)
        .filter_map(|pool| pool.accelerator_family)
        .collect();
    assert_eq!(families.len(), 4);
}

trait CollectNames<'a> {
    fn collect_names(self) -> BTreeSet<&'a str>;
}

impl<'a, I: Iterator<Item = &'a ewc_scenario::SiteDef>> CollectNames<'a> for I {
    fn collect_names(self) -> BTreeSet<&'a str> {
        self.map(|site| site.spec.name.as_str()).collect()
    }
}

#[test]
fn routes_reproduce_the_modelled_pairs() {
    let scenario = national();
    let positions = positions(&scenario);
    let names = clusters(&scenario);
    for (layer, base_us, us_per_km) in FORMULAS {
        let mut pairs = 0;
        let mut worst = (0.0, "", "");
        for (index, &a) in names.iter().enumerate() {
            let latencies = latencies_us(&scenario, a, on(layer));
            for &b in &names[index + 1..] {
                let want_us = base_us + us_per_km * great_circle_km(positions[a], positions[b]);
                let off = error(latencies[b], want_us);
                assert!(
                    off <= 0.10,
                    "{layer:?} {a} {b}: {} us, not {want_us:.0}",
                    latencies[b]
                );
                worst = if off > worst.0 { (off, a, b) } else { worst };
                pairs += 1;
            }
        }
        assert_eq!(pairs, 45);
        println!(
            "{layer:?}: worst pair {} to {}, off by {:.1} %",
            worst.1,
            worst.2,
            worst.0 * 100.0
        );
    }
}

#[test]
fn routes_reproduce_the_matrix_if_it_is_there() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/latency_matrix_modelled.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: the matrix of modelled latencies is not beside this checkout");
        return;
    };
    let scenario = national();
    let mut pairs = 0;
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        for (layer, cell) in [
            (Layer::Optical, 3),
            (Layer::PrivateIp, 4),
            (Layer::PublicIp, 5),
        ] {
            let want_us = cells[cell].parse::<f64>().unwrap() * 1000.0;
            let got_us = latencies_us(&scenario, cells[0], on(layer))[cells[1]];
            assert!(
                error(got_us, want_us) <= 0.10,
                "{layer:?} {line}: {got_us} us"
            );
        }
        pairs += 1;
    }
    assert_eq!(pairs, 45);
}

/// From users to users, or to a cluster.
#[test]
fn published_anchors_hold() {
    let scenario = national();
    let region = |name: &str| {
        scenario
            .regions
            .iter()
            .find(|region| region.name == name)
            .unwrap()
    };
    let from_users = |name: &str, to: &str| {
        let region = region(name);
        region.access_us + latencies_us(&scenario, &region.node, on(Layer::Optical))[to]
    };
    let hohhot = region("hohhot");
    let beijing_hohhot = from_users("beijing", &hohhot.node) + hohhot.access_us;
    assert!(error(beijing_hohhot, 4200.0) < 0.02, "{beijing_hohhot}");
    for (users, site, us_max) in [
        ("guangzhou", "gba-shaoguan", 3000),
        ("shenzhen", "gba-shaoguan", 3000),
        ("beijing", "jjj-zhangjiakou", 5000),
        ("shanghai", "yrd-demo", 1000),
        ("shanghai", "edge-shanghai", 1000),
        ("beijing", "nx-zhongwei", 12_000),
    ] {
        let us = from_users(users, site);
        assert!(us <= us_max, "{users} to {site}: {us} us");
    }
}

#[test]
fn segments_are_physical_and_layers_are_ordered() {
    let scenario = national();
    let positions = positions(&scenario);
    let mut by_ends: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for link in &scenario.links {
        let km = great_circle_km(positions[link.a.as_str()], positions[link.b.as_str()]);
        assert!(
            link.one_way_us as f64 >= FIBRE_US_PER_KM * km,
            "{} is faster than light",
            link.name
        );
        assert_eq!(link.usable_permille, 700, "{}", link.name);
        by_ends.entry((&link.a, &link.b)).or_default().push(link);
    }
    for links in by_ends.values() {
        let ordered = links.windows(2).all(|pair| {
            pair[0].layer < pair[1].layer
                && pair[0].one_way_us <= pair[1].one_way_us
                && pair[0].capacity_bps >= pair[1].capacity_bps
                && pair[0].price_micro_cny_per_gb < pair[1].price_micro_cny_per_gb
        });
        assert!(ordered, "{}", links[0].name);
    }
}

#[test]
fn every_layer_and_every_carrier_joins_all_sites() {
    let scenario = national();
    let reaches_all = |allowed: &dyn Fn(&LinkDefinition) -> bool| {
        latencies_us(&scenario, "gz-guian", allowed).len() == scenario.nodes.len()
    };
    for (layer, ..) in FORMULAS {
        assert!(reaches_all(&|link| link.layer == layer), "{layer:?}");
    }
    for (carrier, layer) in [
        ("china_telecom", Layer::Optical),
        ("china_mobile", Layer::PrivateIp),
        ("china_unicom", Layer::PublicIp),
    ] {
        assert!(
            reaches_all(&|link| link.layer == layer && link.carrier == carrier),
            "{carrier}"
        );
    }
}

#[test]
fn cutting_one_segment_parts_no_two_clusters() {
    let scenario = national();
    let segments: BTreeSet<_> = scenario
        .links
        .iter()
        .map(|link| (&link.a, &link.b))
        .collect();
    for (a, b) in segments {
        let reached = latencies_us(&scenario, "gz-guian", |link| {
            link.layer == Layer::Optical && (&link.a, &link.b) != (a, b)
        });
        for cluster in clusters(&scenario) {
            assert!(
                reached.contains_key(cluster),
                "{cluster} hangs on {a} to {b}"
            );
        }
    }
}

#[test]
fn energy_presets_are_those_of_the_agent() {
    // The provinces of `ewc-agent`'s presets; this crate does not depend on the agent.
    const PRESETS: [&str; 12] = [
        "hebei",
        "shanghai",
        "jiangsu",
        "zhejiang",
        "anhui",
        "guangdong",
        "sichuan",
        "chongqing",
        "guizhou",
        "inner-mongolia",
        "gansu",
        "ningxia",
    ];
    for site in national().sites {
        assert!(
            PRESETS.contains(&site.energy.preset.as_str()),
            "{}",
            site.spec.name
        );
        assert!(
            (1000..=1500).contains(&site.energy.pue_permille),
            "{}",
            site.spec.name
        );
    }
}

#[test]
fn figures_keep_their_marks() {
    let scenario = national();
    let horinger = scenario.site("nm-horinger").unwrap();
    assert_eq!(horinger.energy.contracted_permille, 846);
    let reported = horinger
        .figures
        .iter()
        .find(|figure| figure.value == "116 EFLOPS")
        .unwrap();
    assert_eq!(reported.mark, Mark::Verified);
    assert!(
        scenario
            .sites
            .iter()
            .all(|site| site.spec.edge || site.figures.len() >= 2)
    );
}

#[test]
fn views_for_demo_and_agents() {
    let scenario = national();
    let demo: BTreeSet<_> = scenario.demo_sites().into_iter().collect_names();
    assert_eq!(demo.len(), 12);
    assert!(clusters(&scenario).iter().all(|name| demo.contains(name)));
    let agents = scenario.agent_sites();
    assert_eq!(agents.len(), scenario.sites.len());
    for agent in &agents {
        let name = &agent.site.spec.name;
        assert!(agent.links.len() >= 3, "{name} is on three layers");
        assert!(
            agent
                .links
                .iter()
                .all(|link| link.a == *name || link.b == *name)
        );
    }
    let Command::DefineNetwork {
        nodes,
        links,
        regions,
    } = scenario.define_network()
    else {
        panic!("another command");
    };
    assert_eq!(nodes.len(), 15 + scenario.sites.len());
    assert_eq!(
        (links.len(), regions.len()),
        (scenario.links.len(), scenario.regions.len())
    );
}

#[test]
fn scaled_data_keeps_times_and_money() {
    let (plain, scaled) = (national(), national().scaled_data(1_000_000));
    for (plain, scaled) in plain.links.iter().zip(&scaled.links) {
        assert_eq!(scaled.capacity_bps, plain.capacity_bps / 1_000_000);
        assert_eq!(
            scaled.price_micro_cny_per_gb,
            plain.price_micro_cny_per_gb * 1_000_000
        );
        assert_eq!(scaled.one_way_us, plain.one_way_us);
    }
    assert_eq!(national().scaled_data(0), plain);
    assert!(
        plain
            .scaled_data(u32::MAX)
            .links
            .iter()
            .all(|link| link.capacity_bps >= 1)
    );
}

#[test]
fn the_small_network_has_two_sites_on_all_routes() {
    let small = national_small();
    let names: Vec<_> = small
        .sites
        .iter()
        .map(|site| site.spec.name.as_str())
        .collect();
    assert_eq!(names, ["yrd-demo", "nm-horinger"]);
    assert_eq!(
        small
            .nodes
            .iter()
            .filter(|node| node.kind == NodeKind::Site)
            .count(),
        2
    );
    let (small, whole) = (&small, &national());
    for (layer, ..) in FORMULAS {
        assert_eq!(
            latencies_us(small, "yrd-demo", on(layer))["nm-horinger"],
            latencies_us(whole, "yrd-demo", on(layer))["nm-horinger"],
        );
    }
}
