//! The sparse graph of links: routes and latencies.
//!
//! petgraph holds the graph; none of its types leaves this module, and equal links give equal
//! answers in equal order.

mod prices;
mod routes;

use std::collections::BTreeMap;

use petgraph::graph::{NodeIndex, UnGraph};

use crate::model::{Layer, Link, LinkId, NodeId};

pub use routes::Route;

/// Routes kept for every pair of sites and layer.
const ROUTES_KEPT: usize = 4;

/// Which links a route may use.
#[derive(Debug, Clone, Copy)]
pub struct RouteFilter<'a> {
    /// The only layer.
    pub layer: Layer,
    /// Allowed carriers; empty: all.
    pub carriers: &'a [String],
    /// Only encrypted links.
    pub encrypted: bool,
}

/// The link graph with the best routes between the sites worked out.
#[derive(Debug, Clone, Default)]
pub struct Topology {
    graph: UnGraph<(), LinkId>,
    links: Vec<Link>,
    routes: BTreeMap<(Layer, NodeId, NodeId), Vec<Route>>,
    latencies: BTreeMap<(Layer, NodeId), Vec<Option<i64>>>,
}

impl Topology {
    /// Works out the routes between `sites` and the latencies from `regions` to all nodes.
    pub fn new(nodes: usize, links: Vec<Link>, sites: &[NodeId], regions: &[NodeId]) -> Topology {
        let mut graph = UnGraph::with_capacity(nodes, links.len());
        for _ in 0..nodes {
            graph.add_node(());
        }
        for (index, link) in links.iter().enumerate() {
            let (a, b) = (
                NodeIndex::new(link.a.index()),
                NodeIndex::new(link.b.index()),
            );
            graph.add_edge(a, b, LinkId(index as u32));
        }
        let mut topology = Topology {
            graph,
            links,
            ..Topology::default()
        };
        for layer in Layer::ALL {
            topology.work_out(layer, sites, regions);
        }
        topology
    }

    fn work_out(&mut self, layer: Layer, sites: &[NodeId], regions: &[NodeId]) {
        let filter = RouteFilter {
            layer,
            carriers: &[],
            encrypted: false,
        };
        for &region in regions {
            let latencies = self.distances(region, filter);
            self.latencies.insert((layer, region), latencies);
        }
        for (position, &from) in sites.iter().enumerate() {
            for &to in &sites[position + 1..] {
                let routes = self.find_routes(from, to, filter, ROUTES_KEPT);
                let back = routes.iter().map(Route::reversed).collect();
                self.routes.insert((layer, from, to), routes);
                self.routes.insert((layer, to, from), back);
            }
        }
    }

    /// The `count` best loop-free routes, by latency. Empty when the nodes are not joined.
    pub fn routes(
        &self,
        from: NodeId,
        to: NodeId,
        filter: RouteFilter<'_>,
        count: usize,
    ) -> Vec<Route> {
        let kept = self.routes.get(&(filter.layer, from, to));
        // Fewer than are kept means that there are no more.
        let enough = |kept: &Vec<Route>| count <= ROUTES_KEPT || kept.len() < ROUTES_KEPT;
        let open = filter.carriers.is_empty() && !filter.encrypted;
        match kept {
            Some(kept) if open && enough(kept) => kept.iter().take(count).cloned().collect(),
            _ => self.find_routes(from, to, filter, count),
        }
    }

    /// One-way latency from a demand region's node to a node, on one layer.
    pub fn latency_us(&self, region: NodeId, to: NodeId, layer: Layer) -> Option<i64> {
        *self.latencies.get(&(layer, region))?.get(to.index())?
    }

    /// True when `links` is a connected route from one node to the other.
    pub fn joins(&self, links: &[LinkId], from: NodeId, to: NodeId) -> bool {
        let mut at = from;
        for link in links {
            match self.links.get(link.index()) {
                Some(link) if link.a == at => at = link.b,
                Some(link) if link.b == at => at = link.a,
                _ => return false,
            }
        }
        at == to
    }
}
