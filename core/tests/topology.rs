//! Routes and latencies against brute force, over small random graphs with parallel links.

#[path = "support/random.rs"]
mod random;

use std::collections::BTreeSet;

use ewc_core::model::{Layer, Link, LinkId, NodeId};
use ewc_core::topology::{Route, RouteFilter, Topology};

use random::Random;

const GRAPHS: u64 = 3_000;

struct Graph {
    nodes: usize,
    links: Vec<Link>,
}

fn graph(random: &mut Random) -> Graph {
    let nodes = random.range(2, 7) as usize;
    let links = (0..random.range(1, 11)).map(|at| link(random, nodes, at));
    Graph {
        nodes,
        links: links.collect(),
    }
}

fn link(random: &mut Random, nodes: usize, at: i64) -> Link {
    let a = random.below(nodes);
    let b = (a + 1 + random.below(nodes - 1)) % nodes;
    Link {
        name: format!("l{at}"),
        a: NodeId(a as u32),
        b: NodeId(b as u32),
        carrier: random.pick(&["t", "u"]).to_owned(),
        layer: random.pick(&[Layer::PrivateIp, Layer::PrivateIp, Layer::PublicIp]),
        one_way_us: random.range(0, 6),
        capacity_bps: 1,
        usable_permille: 1000,
        price_micro_cny_per_gb: 0,
        up: random.chance(90),
        encrypted: random.chance(70),
        measured_rtt_us: None,
        latency_declared: true,
    }
}

impl Graph {
    /// Every loop-free route, best first.
    fn all_routes(
        &self,
        from: NodeId,
        to: NodeId,
        filter: RouteFilter<'_>,
    ) -> Vec<(i64, Vec<LinkId>)> {
        let mut found = Vec::new();
        self.extend(
            from,
            to,
            filter,
            &mut vec![from],
            &mut Vec::new(),
            &mut found,
        );
        found.sort();
        found
    }

    fn extend(
        &self,
        at: NodeId,
        to: NodeId,
        filter: RouteFilter<'_>,
        visited: &mut Vec<NodeId>,
        links: &mut Vec<LinkId>,
        found: &mut Vec<(i64, Vec<LinkId>)>,
    ) {
        if at == to {
            let us = links.iter().map(|link| self.links[link.index()].one_way_us);
            found.push((us.sum(), links.clone()));
            return;
        }
        for (position, link) in self.links.iter().enumerate() {
            let next = match at {
                at if at == link.a => link.b,
                at if at == link.b => link.a,
                _ => continue,
            };
            if !open(link, filter) || visited.contains(&next) {
                continue;
            }
            visited.push(next);
            links.push(LinkId(position as u32));
            self.extend(next, to, filter, visited, links, found);
            links.pop();
            visited.pop();
        }
    }
}

fn open(link: &Link, filter: RouteFilter<'_>) -> bool {
    let carrier = filter.carriers.is_empty() || filter.carriers.contains(&link.carrier);
    link.up && link.layer == filter.layer && carrier && (link.encrypted || !filter.encrypted)
}

fn check_routes(graph: &Graph, topology: &Topology, filter: RouteFilter<'_>, seed: u64) {
    for (from, to) in pairs(graph.nodes) {
        let expected = graph.all_routes(from, to, filter);
        for count in [1, 3, 7] {
            let found = topology.routes(from, to, filter, count);
            let name = format!("seed {seed}: {count} from {from} to {to}: {found:?}");
            let latencies = found.iter().map(|route| route.latency_us);
            let best = expected.iter().take(count).map(|route| route.0);
            assert!(latencies.eq(best), "{name}, not the best of {expected:?}");
            let distinct: BTreeSet<&Route> = found.iter().collect();
            assert_eq!(distinct.len(), found.len(), "{name}");
            for route in &found {
                let known = (route.latency_us, route.links.clone());
                assert!(expected.contains(&known), "{name}: no loop-free route");
                assert!(topology.joins(&route.links, from, to), "{name}");
            }
        }
    }
}

fn pairs(nodes: usize) -> impl Iterator<Item = (NodeId, NodeId)> {
    let ids = move || (0..nodes as u32).map(NodeId);
    ids().flat_map(move |from| {
        ids()
            .filter(move |to| *to != from)
            .map(move |to| (from, to))
    })
}

fn filter(layer: Layer) -> RouteFilter<'static> {
    RouteFilter {
        layer,
        carriers: &[],
        encrypted: false,
    }
}

/// With every node a site the kept routes answer; with none the search does.
#[test]
fn the_best_routes_are_those_of_brute_force() {
    let carriers = ["t".to_owned()];
    for seed in 0..GRAPHS {
        let graph = graph(&mut Random(seed));
        let all: Vec<NodeId> = (0..graph.nodes as u32).map(NodeId).collect();
        let sites = if seed % 2 == 0 { all.as_slice() } else { &[] };
        let topology = Topology::new(graph.nodes, graph.links.clone(), sites, &[]);
        let private = filter(Layer::PrivateIp);
        check_routes(&graph, &topology, private, seed);
        check_routes(&graph, &topology, filter(Layer::PublicIp), seed);
        let encrypted = RouteFilter {
            encrypted: true,
            ..private
        };
        check_routes(&graph, &topology, encrypted, seed);
        let carrier = RouteFilter {
            carriers: &carriers,
            ..private
        };
        check_routes(&graph, &topology, carrier, seed);
    }
}

#[test]
fn latencies_are_those_of_the_best_route() {
    for seed in 0..GRAPHS {
        let graph = graph(&mut Random(seed));
        let regions: Vec<NodeId> = (0..graph.nodes as u32).map(NodeId).collect();
        let topology = Topology::new(graph.nodes, graph.links.clone(), &[], &regions);
        for layer in Layer::ALL {
            for (from, to) in pairs(graph.nodes) {
                let best = graph
                    .all_routes(from, to, filter(layer))
                    .first()
                    .map(|route| route.0);
                assert_eq!(
                    topology.latency_us(from, to, layer),
                    best,
                    "seed {seed}: {from} {to}"
                );
            }
            let here = topology.latency_us(NodeId(0), NodeId(0), layer);
            assert_eq!(here, Some(0), "seed {seed}");
        }
    }
}

#[test]
fn a_chain_of_links_that_does_not_lead_there_joins_nothing() {
    for seed in 0..GRAPHS {
        let mut random = Random(seed);
        let graph = graph(&mut random);
        let topology = Topology::new(graph.nodes, graph.links.clone(), &[], &[]);
        let ids: Vec<LinkId> = (0..graph.links.len() as u32 + 1).map(LinkId).collect();
        let links: Vec<LinkId> = (0..random.below(4)).map(|_| random.pick(&ids)).collect();
        for (from, to) in pairs(graph.nodes) {
            let mut at = Some(from);
            for link in &links {
                let link = graph.links.get(link.index());
                at = at.zip(link).and_then(|(at, link)| match at {
                    at if at == link.a => Some(link.b),
                    at if at == link.b => Some(link.a),
                    _ => None,
                });
            }
            assert_eq!(
                topology.joins(&links, from, to),
                at == Some(to),
                "seed {seed}: {links:?}"
            );
        }
    }
}
