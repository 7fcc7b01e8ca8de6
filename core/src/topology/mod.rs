//! The sparse graph of links: routes and latencies.
//!
//! petgraph holds the graph; none of its types leaves this module, and equal links give equal
//! answers in equal order.

mod prices;
mod routes;

use std::collections::BTreeMap;
use std::sync::OnceLock;

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

/// The link graph, and what was found in it.
#[derive(Debug, Clone, Default)]
pub struct Topology {
    graph: UnGraph<(), LinkId>,
    links: Vec<Link>,
    kept: Kept,
    latencies: BTreeMap<(Layer, NodeId), Vec<Option<i64>>>,
}

/// The best routes between every two sites or demand regions, on all links or on encrypted ones
/// only. Each is found
/// when it is first asked for, which changes no answer: there are as many pairs as sites squared,
/// and jobs use few of them.
#[derive(Debug, Clone, Default)]
struct Kept {
    /// Position of each node among the sites, and the regions behind them; `None` of others.
    ends: Vec<Option<usize>>,
    /// By layer, encryption and position of the first end; then by that of the second.
    routes: Vec<OnceLock<Vec<Slot>>>,
    count: usize,
    /// Least prices from each node to all: on all links, and then on encrypted ones.
    prices: [Vec<OnceLock<Vec<Option<i64>>>>; 2],
}

impl Kept {
    fn new(nodes: usize, sites: &[NodeId], regions: &[NodeId]) -> Kept {
        let mut positions = vec![None; nodes];
        for (position, node) in sites.iter().enumerate() {
            positions[node.index()] = Some(position);
        }
        let mut count = sites.len();
        for node in regions {
            // Behind all sites: traffic goes from them to the regions.
            if positions[node.index()].is_none() {
                positions[node.index()] = Some(count);
                count += 1;
            }
        }
        Kept {
            ends: positions,
            routes: vec![OnceLock::new(); Layer::ALL.len() * 2 * count],
            count,
            prices: [vec![OnceLock::new(); nodes], vec![OnceLock::new(); nodes]],
        }
    }

    /// Where the routes between two ends are kept; `None` unless both are sites or regions.
    fn slot(&self, layer: Layer, encrypted: bool, ends: (NodeId, NodeId)) -> Option<&Slot> {
        let position = |node: NodeId| *self.ends.get(node.index())?;
        let (from, to) = (position(ends.0)?, position(ends.1)?);
        let of_kind = layer as usize * 2 + usize::from(encrypted);
        let row = self.routes.get(of_kind * self.count + from)?;
        let row = row.get_or_init(|| vec![OnceLock::new(); self.count]);
        row.get(to).filter(|_| from != to)
    }

    /// True when the first of both ends is the first in that order.
    fn is_forward(&self, ends: (NodeId, NodeId)) -> bool {
        self.ends[ends.0.index()] < self.ends[ends.1.index()]
    }
}

type Slot = OnceLock<Vec<Route>>;

impl Topology {
    /// A graph between whose `sites` and `regions` routes will be asked for, with the latencies
    /// from `regions` to all nodes.
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
            kept: Kept::new(nodes, sites, regions),
            ..Topology::default()
        };
        for layer in Layer::ALL {
            topology.measure(layer, regions);
        }
        topology
    }

    fn measure(&mut self, layer: Layer, regions: &[NodeId]) {
        for &region in regions {
            let latencies = self.distances(region, on_all(layer));
            self.latencies.insert((layer, region), latencies);
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
        match self.kept((from, to), filter, count) {
            Some(kept) => kept.to_vec(),
            None => self.find_routes(from, to, filter, count),
        }
    }

    /// The same, where they are kept: between sites and regions, for any carrier, and not too many.
    pub(crate) fn kept(
        &self,
        ends: (NodeId, NodeId),
        filter: RouteFilter<'_>,
        count: usize,
    ) -> Option<&[Route]> {
        if !filter.carriers.is_empty() {
            return None;
        }
        let slot = self.kept.slot(filter.layer, filter.encrypted, ends)?;
        let found = slot.get_or_init(|| {
            // Of equally good routes both directions have the same one.
            if filter.encrypted || self.kept.is_forward(ends) {
                return self.find_routes(ends.0, ends.1, filter, ROUTES_KEPT);
            }
            let there = self.find_routes(ends.1, ends.0, filter, ROUTES_KEPT);
            there.iter().map(Route::reversed).collect()
        });
        // Fewer than are kept means that there are no more.
        let enough = count <= ROUTES_KEPT || found.len() < ROUTES_KEPT;
        enough.then(|| &found[..count.min(found.len())])
    }

    /// [`Topology::least_prices`], kept where any carrier may be used.
    pub(crate) fn kept_prices(
        &self,
        from: NodeId,
        filter: RouteFilter<'_>,
    ) -> Option<&[Option<i64>]> {
        if !filter.carriers.is_empty() {
            return None;
        }
        let of_kind = &self.kept.prices[usize::from(filter.encrypted)];
        let slot = of_kind.get(from.index())?;
        Some(slot.get_or_init(|| self.least_prices(from, filter)))
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

fn on_all(layer: Layer) -> RouteFilter<'static> {
    RouteFilter {
        layer,
        carriers: &[],
        encrypted: false,
    }
}
