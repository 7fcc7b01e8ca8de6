//! Shortest and k best loop-free routes.
//!
//! J. Y. Yen, "Finding the k shortest loopless paths in a network", Management Science 17(11),
//! 1971, over Dijkstra's algorithm. Ties are broken by the numbers of links and nodes, everywhere
//! alike.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use petgraph::graph::NodeIndex;

use super::{RouteFilter, Topology};
use crate::model::{LinkId, NodeId};

/// A loop-free route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// One-way latency.
    pub latency_us: i64,
    /// Its links, in order.
    pub links: Vec<LinkId>,
}

impl Route {
    pub(super) fn reversed(&self) -> Route {
        Route {
            latency_us: self.latency_us,
            links: self.links.iter().rev().copied().collect(),
        }
    }
}

/// What a search may not use.
#[derive(Default)]
struct Barred {
    nodes: BTreeSet<NodeId>,
    links: BTreeSet<LinkId>,
}

impl Topology {
    /// Latency from `from` to every node, `None` where no route leads.
    pub(super) fn distances(&self, from: NodeId, filter: RouteFilter<'_>) -> Vec<Option<i64>> {
        let reached = self.search(from, None, filter, &Barred::default());
        reached
            .into_iter()
            .map(|node| node.map(|(latency_us, _)| latency_us))
            .collect()
    }

    pub(super) fn find_routes(
        &self,
        from: NodeId,
        to: NodeId,
        filter: RouteFilter<'_>,
        count: usize,
    ) -> Vec<Route> {
        let Some(best) = self.shortest(from, to, filter, &Barred::default()) else {
            return Vec::new();
        };
        let mut found = vec![best];
        let mut candidates = BTreeSet::new();
        while found.len() < count {
            self.add_spurs(&found, from, to, filter, &mut candidates);
            match candidates.pop_first() {
                Some(next) => found.push(next),
                None => break,
            }
        }
        found
    }

    /// Adds, for every node of the newest route, the best way to leave it there.
    fn add_spurs(
        &self,
        found: &[Route],
        from: NodeId,
        to: NodeId,
        filter: RouteFilter<'_>,
        candidates: &mut BTreeSet<Route>,
    ) {
        let newest = &found[found.len() - 1];
        let mut barred = Barred::default();
        let mut spur = from;
        for (kept, link) in newest.links.iter().enumerate() {
            let root = &newest.links[..kept];
            barred.links = found
                .iter()
                .filter(|route| route.links.starts_with(root))
                .filter_map(|route| route.links.get(kept).copied())
                .collect();
            if let Some(tail) = self.shortest(spur, to, filter, &barred) {
                let links: Vec<LinkId> = root.iter().copied().chain(tail.links).collect();
                let route = Route {
                    latency_us: self.latency_of(&links),
                    links,
                };
                if !found.contains(&route) {
                    candidates.insert(route);
                }
            }
            barred.nodes.insert(spur);
            spur = self.other_end(*link, spur);
        }
    }

    fn shortest(
        &self,
        from: NodeId,
        to: NodeId,
        filter: RouteFilter<'_>,
        barred: &Barred,
    ) -> Option<Route> {
        let reached = self.search(from, Some(to), filter, barred);
        let (latency_us, _) = reached[to.index()]?;
        let mut links = Vec::new();
        let mut at = to;
        while at != from {
            let (_, link) = reached[at.index()]?;
            let link = link?;
            links.push(link);
            at = self.other_end(link, at);
        }
        links.reverse();
        Some(Route { latency_us, links })
    }

    /// Dijkstra: for each node reached, its latency and the link it was reached over.
    fn search(
        &self,
        from: NodeId,
        to: Option<NodeId>,
        filter: RouteFilter<'_>,
        barred: &Barred,
    ) -> Vec<Option<(i64, Option<LinkId>)>> {
        let mut reached = vec![None; self.graph.node_count()];
        let mut heap = BinaryHeap::from([Reverse((0, None, from))]);
        while let Some(Reverse((latency_us, over, node))) = heap.pop() {
            if reached[node.index()].is_some() {
                continue;
            }
            reached[node.index()] = Some((latency_us, over));
            if Some(node) == to {
                break;
            }
            for edge in self.graph.edges(NodeIndex::new(node.index())) {
                let link = *edge.weight();
                let next = self.other_end(link, node);
                let open = self.allowed(link, filter)
                    && !barred.links.contains(&link)
                    && !barred.nodes.contains(&next);
                if open && reached[next.index()].is_none() {
                    let latency_us = latency_us + self.links[link.index()].one_way_us;
                    heap.push(Reverse((latency_us, Some(link), next)));
                }
            }
        }
        reached
    }

    pub(super) fn allowed(&self, link: LinkId, filter: RouteFilter<'_>) -> bool {
        let link = &self.links[link.index()];
        link.up
            && link.layer == filter.layer
            && (filter.carriers.is_empty() || filter.carriers.contains(&link.carrier))
            && (link.encrypted || !filter.encrypted)
    }

    fn latency_of(&self, links: &[LinkId]) -> i64 {
        links
            .iter()
            .map(|link| self.links[link.index()].one_way_us)
            .sum()
    }

    pub(super) fn other_end(&self, link: LinkId, node: NodeId) -> NodeId {
        let link = &self.links[link.index()];
        if link.a == node { link.b } else { link.a }
    }
}
