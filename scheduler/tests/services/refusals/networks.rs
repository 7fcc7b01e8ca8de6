//! Bad networks, sites, data sets and images.

use ewc_proto::v1;
use tonic::Code;
use tonic::Code::{Aborted, InvalidArgument, NotFound};

use super::{Expected, none_wrong, stored};
use crate::server::single;
use crate::world;

type Rows<T> = &'static [(&'static str, fn(&mut T), Code, &'static str)];

#[rustfmt::skip]
const NETWORKS: Rows<v1::DefineNetworkRequest> = &[
    ("node without name", |r| r.nodes[0].id.clear(), InvalidArgument, "nodes[0].id"),
    ("latitude is no number", |r| r.nodes[0].latitude = f64::NAN, InvalidArgument, "latitude"),
    ("latitude beyond the pole", |r| r.nodes[1].latitude = 90.1, InvalidArgument, "nodes[1]"),
    (
        "longitude is endless",
        |r| r.nodes[0].longitude = f64::INFINITY,
        InvalidArgument,
        "longitude",
    ),
    ("unknown kind of node", |r| r.nodes[0].kind = 4, InvalidArgument, "nodes[0].kind"),
    ("no kind of node", |r| r.nodes[0].kind = 0, InvalidArgument, "nodes[0].kind"),
    ("link without name", |r| r.links[0].id.clear(), InvalidArgument, "links[0].id"),
    ("link with equal ends", |r| r.links[0].b = "north".into(), InvalidArgument, "].b"),
    ("link to nowhere", |r| r.links[0].b = "moon".into(), NotFound, "links.b"),
    ("no layer", |r| r.links[0].layer = 0, InvalidArgument, "links[0].layer"),
    ("negative capacity", |r| r.links[0].capacity_bps = -1, InvalidArgument, "capacity_bps"),
    ("huge capacity", |r| r.links[0].capacity_bps = i64::MAX, InvalidArgument, "capacity_bps"),
    ("negative latency", |r| r.links[0].one_way_us = -1, InvalidArgument, "one_way_us"),
    ("more than all", |r| r.links[0].usable_permille = 1001, InvalidArgument, "usable_permille"),
    ("negative price", |r| r.links[0].price_micro_cny_per_gb = -1, InvalidArgument, "price"),
    ("region at no node", |r| r.regions[0].node = "moon".into(), NotFound, "regions.node"),
    ("negative access", |r| r.regions[0].access_us = -1, InvalidArgument, "access_us"),
];

#[rustfmt::skip]
const SITES: Rows<v1::RegisterRequest> = &[
    ("no site", |r| r.site = None, InvalidArgument, "site"),
    ("site without name", |r| site(r).id.clear(), InvalidArgument, "site.id"),
    ("no level of security", |r| site(r).mlps_level = 0, InvalidArgument, "site.mlps_level"),
    ("latitude is no number", |r| site(r).latitude = f64::NAN, InvalidArgument, "site.latitude"),
    ("two pools of one name", |r| two_pools(r), InvalidArgument, "pools"),
    ("pool without node", |r| site(r).pools[0].node = None, InvalidArgument, "pools[0].node"),
    ("empty node", |r| site(r).pools[0].node = Some(<_>::default()), InvalidArgument, "node"),
    ("negative node", |r| site(r).pools[0].node = Some(world::cores(-1)), InvalidArgument, "node"),
    ("unknown family", |r| site(r).pools[0].accelerator_family = 77, InvalidArgument, "family"),
    (
        "negative price",
        |r| site(r).pools[0].price_micro_cny_per_core_hour = -1,
        InvalidArgument,
        "price",
    ),
    ("negative cap", |r| site(r).power_cap = vec![cap(0, -1)], InvalidArgument, "site.power_cap"),
    (
        "caps out of order",
        |r| site(r).power_cap = vec![cap(5, 1), cap(5, 2)],
        InvalidArgument,
        "site.power_cap",
    ),
    ("older incarnation", |r| r.incarnation = 0, Aborted, "incarnation"),
];

#[rustfmt::skip]
const DATASETS: Rows<v1::Dataset> = &[
    ("no name", |d| d.name.clear(), InvalidArgument, "dataset.name"),
    ("name outside", |d| d.name = "../x".into(), InvalidArgument, "dataset.name"),
    ("short digest", |d| d.sha256 = "abc".into(), InvalidArgument, "dataset.sha256"),
    ("digest of no digits", |d| d.sha256 = "zz".repeat(32), InvalidArgument, "dataset.sha256"),
    ("other bytes", |d| d.sha256 = "cd".repeat(32), InvalidArgument, "dataset.sha256"),
    ("negative size", |d| d.size_bytes = -1, InvalidArgument, "dataset.size_bytes"),
    ("no grade", |d| d.grade = 0, InvalidArgument, "dataset.grade"),
    ("unknown grade", |d| d.grade = 4, InvalidArgument, "dataset.grade"),
    ("unknown site", |d| d.sites = vec!["moon".into()], NotFound, "dataset.sites"),
];

#[rustfmt::skip]
const LOWERINGS: Rows<v1::LowerGradeRequest> = &[
    ("no data set", |r| r.dataset.clear(), InvalidArgument, "dataset"),
    ("unknown data set", |r| r.dataset = "moon".into(), NotFound, "dataset"),
    ("no grade", |r| r.grade = 0, InvalidArgument, "grade"),
    ("the same grade", |_| (), InvalidArgument, "grade"),
    ("no reason", |r| r.because = "  ".into(), InvalidArgument, "because"),
    ("a reason without end", |r| r.because = "x".repeat(1001), InvalidArgument, "because"),
];

#[rustfmt::skip]
const REMOVALS: Rows<v1::RemoveRequest> = &[
    ("no name", |r| r.name.clear(), NotFound, "name"),
    ("unknown data set", |r| r.name = "moon".into(), NotFound, "ewc datasets"),
    ("unknown site", |r| r.sites = vec!["moon".into()], NotFound, "sites"),
    ("no replica there", |r| r.sites = vec!["south".into()], InvalidArgument, "sites"),
    ("the last replica", |r| r.sites = vec!["north".into()], InvalidArgument, "sites"),
];

#[rustfmt::skip]
const IMAGES: Rows<v1::Image> = &[
    ("no name", |i| i.name.clear(), InvalidArgument, "image.name"),
    ("no digest", |i| i.sha256.clear(), InvalidArgument, "image.sha256"),
    ("unknown kind", |i| i.kind = "ship".into(), InvalidArgument, "image.kind"),
    ("name of a data set", |i| i.name = world::DATASET.into(), InvalidArgument, "image.name"),
    ("unknown site", |i| i.sites = vec!["moon".into()], NotFound, "image.sites"),
];

#[rustfmt::skip]
const MODES: Rows<v1::SetSiteModeRequest> = &[
    ("unknown site", |r| r.site = "moon".into(), NotFound, "site"),
    ("no mode", |r| r.mode = 0, InvalidArgument, "mode"),
    ("unknown mode", |r| r.mode = 9, InvalidArgument, "mode"),
];

fn site(request: &mut v1::RegisterRequest) -> &mut v1::Site {
    request.site.as_mut().unwrap()
}

fn cap(from_ms: i64, watts: i64) -> v1::PowerCapStep {
    v1::PowerCapStep {
        from_ms,
        watts: Some(watts),
    }
}

fn two_pools(request: &mut v1::RegisterRequest) {
    site(request).pools.push(world::pool("cpu"));
}

#[tokio::test]
async fn bad_networks_are_refused() {
    let mut wrong = Vec::new();
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    let before = stored(&clients).await;
    let (mut networks, mut agents) = (clients.networks.clone(), clients.agents.clone());
    for (name, spoil, code, needle) in NETWORKS {
        let mut request = world::network();
        spoil(&mut request);
        let answer = networks.define_network(request).await;
        wrong.extend(
            Expected {
                name,
                code: *code,
                needle,
            }
            .check(answer),
        );
    }
    for (name, spoil, code, needle) in SITES {
        let mut request = world::register("north", 1);
        spoil(&mut request);
        wrong.extend(
            Expected {
                name,
                code: *code,
                needle,
            }
            .check(agents.register(request).await),
        );
    }
    for (name, spoil, code, needle) in DATASETS {
        let mut dataset = world::dataset(world::DATASET);
        spoil(&mut dataset);
        let request = v1::RegisterDatasetRequest {
            dataset: Some(dataset),
        };
        wrong.extend(
            Expected {
                name,
                code: *code,
                needle,
            }
            .check(networks.register_dataset(request).await),
        );
    }
    for (name, spoil, code, needle) in LOWERINGS {
        let mut request = v1::LowerGradeRequest {
            dataset: world::DATASET.to_owned(),
            grade: world::dataset(world::DATASET).grade,
            because: "a reason".to_owned(),
        };
        spoil(&mut request);
        wrong.extend(
            Expected {
                name,
                code: *code,
                needle,
            }
            .check(networks.lower_grade(request).await),
        );
    }
    for (name, spoil, code, needle) in REMOVALS {
        let mut request = v1::RemoveRequest {
            name: world::DATASET.to_owned(),
            sites: Vec::new(),
        };
        spoil(&mut request);
        wrong.extend(
            Expected {
                name,
                code: *code,
                needle,
            }
            .check(networks.remove_dataset(request).await),
        );
    }
    for (name, spoil, code, needle) in IMAGES {
        let (name_of, sha256) = ("image".to_owned(), "ab".repeat(32));
        let mut image = v1::Image {
            name: name_of,
            sha256,
            ..v1::Image::default()
        };
        spoil(&mut image);
        let request = v1::RegisterImageRequest { image: Some(image) };
        wrong.extend(
            Expected {
                name,
                code: *code,
                needle,
            }
            .check(networks.register_image(request).await),
        );
    }
    for (name, spoil, code, needle) in MODES {
        let mode = v1::SiteMode::Cordoned.into();
        let mut request = v1::SetSiteModeRequest {
            site: "north".to_owned(),
            mode,
        };
        spoil(&mut request);
        wrong.extend(
            Expected {
                name,
                code: *code,
                needle,
            }
            .check(networks.set_site_mode(request).await),
        );
    }
    none_wrong(wrong);
    assert_eq!(stored(&clients).await, before);
}
