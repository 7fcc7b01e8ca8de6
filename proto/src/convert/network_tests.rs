//! Sites, links, regions and the catalogue make the round trip; what is wrong is named.

use ewc_core::model;

use super::*;
use crate::v1;

fn site() -> v1::Site {
    let node = v1::Resources {
        cpu_millis: 64_000,
        memory_mib: 1 << 18,
        accelerators: 8,
    };
    let pool = v1::Pool {
        id: "ai".into(),
        architecture: "aarch64".into(),
        accelerator_family: v1::AcceleratorFamily::Cann.into(),
        accelerator_model: "Ascend 910B".into(),
        node: Some(node),
        nodes: 4,
        cpu_watts_milli: 4_000,
        accelerator_watts_milli: 400_000,
        price_micro_cny_per_core_hour: 50_000,
        price_micro_cny_per_accelerator_hour: 6_000_000,
        ..v1::Pool::default()
    };
    v1::Site {
        id: "gz-guian".into(),
        name: "Gui'an".into(),
        name_zh: "贵安".into(),
        hub: "贵州".into(),
        region: "贵州".into(),
        mlps_level: 3,
        carriers: vec!["telecom".into()],
        pools: vec![pool],
        latitude: 26.4,
        longitude: 106.5,
        ..v1::Site::default()
    }
}

fn link() -> v1::Link {
    v1::Link {
        id: "gy-cd".into(),
        a: "guiyang".into(),
        b: "chengdu".into(),
        carrier: "telecom".into(),
        layer: v1::Layer::PrivateIp.into(),
        one_way_us: 6_800,
        capacity_bps: 400_000_000_000,
        usable_permille: 700,
        price_micro_cny_per_gb: 20_000,
        up: true,
        encrypted: true,
        latency_declared: true,
        ..v1::Link::default()
    }
}

fn dataset() -> v1::Dataset {
    v1::Dataset {
        name: "corpus".into(),
        sha256: "ab".repeat(32),
        size_bytes: 1 << 40,
        grade: v1::DataGrade::Important.into(),
        sites: vec!["gz-guian".into()],
        tenant: "weather".into(),
        lowered: Vec::new(),
    }
}

#[test]
fn declarations_make_the_round_trip() {
    assert_eq!(
        site_spec_to_wire(&site_spec_from_wire(site()).unwrap()),
        site()
    );
    assert_eq!(
        link_definition_to_wire(&link_definition_from_wire(link()).unwrap()),
        link()
    );
    let (model, sites) = dataset_from_wire(dataset()).unwrap();
    assert_eq!(dataset_to_wire(&model, sites), dataset());
    let node = v1::NetworkNode {
        id: "guiyang".into(),
        kind: v1::NodeKind::Backbone.into(),
        latitude: 26.65,
        longitude: 106.63,
        name_zh: "贵阳".into(),
    };
    assert_eq!(
        network_node_to_wire(&network_node_from_wire(node.clone()).unwrap()),
        node
    );
    let region = v1::DemandRegion {
        id: "beijing".into(),
        name_zh: "北京".into(),
        node: "beijing".into(),
        access_us: 500,
        traffic_weight: 22,
        latitude: 39.9,
        longitude: 116.4,
    };
    let definition = region_definition_from_wire(region.clone()).unwrap();
    assert_eq!(region_definition_to_wire(&definition), region);
}

#[test]
fn series_make_the_round_trip_and_need_a_step() {
    let point = v1::EnergyPoint {
        renewable_permille: 420,
        pue_permille: 1200,
        grid_mg_per_wh: 477,
        ..v1::EnergyPoint::default()
    };
    let wire = v1::EnergySeries {
        issued_at_ms: 5,
        start_ms: 0,
        step_ms: 3_600_000,
        source: "model".into(),
        points: vec![point; 24],
    };
    let series = energy_series_from_wire(wire.clone()).unwrap();
    assert_eq!(energy_series_to_wire(&series), wire);
    let stepless = v1::EnergySeries {
        step_ms: 0,
        ..wire.clone()
    };
    assert_eq!(
        energy_series_from_wire(stepless).unwrap_err().field,
        "step_ms"
    );
    let mut cold = wire;
    cold.points[3].pue_permille = 900;
    assert_eq!(
        energy_series_from_wire(cold).unwrap_err().field,
        "points[3].pue_permille"
    );
}

#[test]
fn images_are_programs_unless_they_say_otherwise() {
    let wire = |kind: &str| v1::Image {
        name: "trainer".into(),
        sha256: "0".repeat(64),
        kind: kind.into(),
        ..v1::Image::default()
    };
    assert_eq!(
        image_from_wire(wire("")).unwrap().0.kind,
        model::ImageKind::Program
    );
    let (image, sites) = image_from_wire(wire("model")).unwrap();
    assert_eq!(image_to_wire(&image, sites), wire("model"));
    assert_eq!(image_from_wire(wire("film")).unwrap_err().field, "kind");
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    let field = |change: &dyn Fn(&mut v1::Site)| {
        let mut wire = site();
        change(&mut wire);
        site_spec_from_wire(wire).unwrap_err().field
    };
    assert_eq!(field(&|site| site.id.clear()), "id");
    assert_eq!(field(&|site| site.latitude = f64::NAN), "latitude");
    assert_eq!(field(&|site| site.mlps_level = 0), "mlps_level");
    assert_eq!(field(&|site| site.pools[0].node = None), "pools[0].node");
    assert_eq!(
        field(&|site| site.pools[0].accelerator_family = 0),
        "pools[0].accelerator_family"
    );
    assert_eq!(
        field(&|site| site.pools.push(site.pools[0].clone())),
        "pools"
    );
    let layerless = v1::Link { layer: 0, ..link() };
    assert_eq!(
        link_definition_from_wire(layerless).unwrap_err().field,
        "layer"
    );
    let ungraded = v1::Dataset {
        grade: 0,
        ..dataset()
    };
    assert_eq!(dataset_from_wire(ungraded).unwrap_err().field, "grade");
    let outside = v1::Dataset {
        name: "../secret".into(),
        ..dataset()
    };
    assert_eq!(dataset_from_wire(outside).unwrap_err().field, "name");
}

#[test]
fn caps_on_power_make_the_round_trip_and_disorder_is_named() {
    let step = |from_ms, watts| v1::PowerCapStep { from_ms, watts };
    let wire = vec![step(5, Some(8_000_000)), step(9, None), step(12, Some(0))];
    let cap = power_cap_from_wire(wire.clone()).unwrap();
    assert_eq!(cap.watts_at(7), Some(8_000_000));
    assert_eq!(power_cap_to_wire(&cap), wire);
    assert!(power_cap_from_wire(Vec::new()).unwrap().is_empty());
    for wrong in [
        vec![step(5, Some(1)), step(4, None)],
        vec![step(5, Some(-1))],
    ] {
        let error = power_cap_from_wire(wrong).unwrap_err();
        assert_eq!(error.field, "power_cap");
    }
}
