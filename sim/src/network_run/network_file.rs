//! `network.json`: where things stand in the network of a run, and how far they are apart; what
//! drawings and indicators need beside the series. Taken at the start, before any fault.

use ewc_core::State;
use ewc_core::model::{DemandRegion, Layer, Link, NodeId, Site, distance_km};
use ewc_core::topology::Topology;
use ewc_scenario::SiteDef;
use serde::{Deserialize, Serialize};

/// The version of the file.
pub const VERSION: u32 = 1;

/// A network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkFile {
    /// [`VERSION`].
    pub version: u32,
    /// Backbone cities and sites.
    pub nodes: Vec<Node>,
    /// Clusters and edge sites.
    pub sites: Vec<SiteFacts>,
    /// Segments of the link graph.
    pub links: Vec<LinkFacts>,
    /// Where users are.
    pub regions: Vec<Region>,
    /// Every two clusters of different hubs.
    pub cluster_pairs: Vec<Pair>,
}

/// A vertex of the link graph.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Unique name.
    pub name: String,
    /// Chinese name; may be empty.
    pub name_zh: String,
    /// In degrees.
    pub latitude: f64,
    /// In degrees.
    pub longitude: f64,
}

/// A site as it is set up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SiteFacts {
    /// Unique name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Chinese name; may be empty.
    pub title_zh: String,
    /// National hub node; empty for an edge site.
    pub hub: String,
    /// An edge site.
    pub edge: bool,
    /// In degrees.
    pub latitude: f64,
    /// In degrees.
    pub longitude: f64,
    /// Of all pools.
    pub cores: f64,
    /// Of all pools.
    pub accelerators: i64,
    /// Power usage effectiveness, in the year's mean.
    pub pue: f64,
    /// Share of its use under contracts for green power (绿电).
    pub contracted_green: f64,
}

/// A link as it is set up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkFacts {
    /// Unique name.
    pub name: String,
    /// Node at one end.
    pub a: String,
    /// Node at the other end.
    pub b: String,
    /// `optical`, `private_ip` or `public_ip`.
    pub layer: String,
    /// One-way latency.
    pub one_way_ms: f64,
    /// What may be reserved on it, in bits per second.
    pub usable_bps: i64,
}

/// A demand region and the site that is nearest to its users.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Unique name.
    pub name: String,
    /// Chinese name; may be empty.
    pub name_zh: String,
    /// Share of the users' traffic, relative.
    pub traffic_weight: u32,
    /// The site with the least latency on the optical layer; empty: no site is joined to it.
    pub nearest_site: String,
    /// One-way latency from the users to it, access included.
    pub nearest_one_way_ms: Option<f64>,
}

/// Two clusters of different hubs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// One.
    pub a: String,
    /// The other.
    pub b: String,
    /// Along the great circle.
    pub distance_km: i64,
    /// Least one-way latency on the optical layer; `None`: not joined on it.
    pub optical_ms: Option<f64>,
    /// The same on private IP.
    pub private_ip_ms: Option<f64>,
    /// The same on the public Internet.
    pub public_ip_ms: Option<f64>,
}

impl NetworkFile {
    /// The network of a state, with the sites' energy as set up.
    pub(super) fn of(state: &State, sites: &[&SiteDef]) -> NetworkFile {
        let distances = distances(state);
        let nodes = state.nodes().iter().map(|node| Node {
            name: node.name.clone(),
            name_zh: node.name_zh.clone(),
            latitude: degrees(node.latitude_udeg),
            longitude: degrees(node.longitude_udeg),
        });
        let links = state.links().iter().map(|link| link_facts(state, link));
        let sites = sites.iter().map(|site| site_facts(site));
        let regions = state.regions().iter();
        NetworkFile {
            version: VERSION,
            nodes: nodes.collect(),
            sites: sites.collect(),
            links: links.collect(),
            regions: regions.map(|one| region(state, &distances, one)).collect(),
            cluster_pairs: cluster_pairs(state, &distances),
        }
    }

    /// As it stands in the file.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// The graph with the latencies from every site and region.
fn distances(state: &State) -> Topology {
    let regions = state.regions().iter().map(|region| region.node);
    let sites = state.sites().iter().map(|site| site.node);
    let from: Vec<NodeId> = regions.chain(sites).collect();
    let links = state.links().to_vec();
    Topology::new(state.nodes().len(), links, &[], &from)
}

fn degrees(udeg: i64) -> f64 {
    udeg as f64 / 1e6
}

fn milliseconds(us: i64) -> f64 {
    us as f64 / 1e3
}

fn site_facts(site: &SiteDef) -> SiteFacts {
    let (spec, energy) = (&site.spec, &site.energy);
    let pools = spec.pools.iter();
    let cpu_millis = pools
        .clone()
        .map(|pool| i128::from(pool.node.cpu_millis) * i128::from(pool.nodes));
    let accelerators = pools.map(|pool| pool.node.accelerators * i64::from(pool.nodes));
    SiteFacts {
        name: spec.name.clone(),
        title: spec.title.clone(),
        title_zh: spec.title_zh.clone(),
        hub: spec.hub.clone(),
        edge: spec.edge,
        latitude: degrees(spec.latitude_udeg),
        longitude: degrees(spec.longitude_udeg),
        cores: cpu_millis.sum::<i128>() as f64 / 1e3,
        accelerators: accelerators.sum(),
        pue: f64::from(energy.pue_permille) / 1e3,
        contracted_green: f64::from(energy.contracted_permille) / 1e3,
    }
}

fn link_facts(state: &State, link: &Link) -> LinkFacts {
    let node = |id: NodeId| state.nodes().get(id.index());
    let name = |id| node(id).map_or(String::new(), |node| node.name.clone());
    LinkFacts {
        name: link.name.clone(),
        a: name(link.a),
        b: name(link.b),
        layer: layer_name(link.layer).to_owned(),
        one_way_ms: milliseconds(link.one_way_us),
        usable_bps: link.usable_bps(),
    }
}

fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Optical => "optical",
        Layer::PrivateIp => "private_ip",
        Layer::PublicIp => "public_ip",
    }
}

fn region(state: &State, distances: &Topology, region: &DemandRegion) -> Region {
    let reached = state.sites().iter().filter_map(|site| {
        let us = distances.latency_us(region.node, site.node, Layer::Optical)?;
        Some((us + region.access_us, site))
    });
    let nearest = reached.min_by_key(|(us, _)| *us);
    Region {
        name: region.name.clone(),
        name_zh: region.name_zh.clone(),
        traffic_weight: region.traffic_weight,
        nearest_site: nearest.map_or(String::new(), |(_, site)| site.spec.name.clone()),
        nearest_one_way_ms: nearest.map(|(us, _)| milliseconds(us)),
    }
}

fn cluster_pairs(state: &State, distances: &Topology) -> Vec<Pair> {
    let clusters = state.sites().iter().filter(|site| !site.spec.edge);
    let clusters: Vec<&Site> = clusters.map(|site| &**site).collect();
    let mut pairs = Vec::new();
    for (at, a) in clusters.iter().enumerate() {
        for b in &clusters[at + 1..] {
            if a.spec.hub != b.spec.hub {
                pairs.push(pair(distances, a, b));
            }
        }
    }
    pairs
}

fn pair(distances: &Topology, a: &Site, b: &Site) -> Pair {
    let ms = |layer| {
        let us = distances.latency_us(a.node, b.node, layer);
        us.map(milliseconds)
    };
    let place = |site: &Site| (site.spec.latitude_udeg, site.spec.longitude_udeg);
    Pair {
        a: a.spec.name.clone(),
        b: b.spec.name.clone(),
        distance_km: distance_km(place(a), place(b)),
        optical_ms: ms(Layer::Optical),
        private_ip_ms: ms(Layer::PrivateIp),
        public_ip_ms: ms(Layer::PublicIp),
    }
}
