//! The cheapest way between nodes by the price of transport: what no route can cost less than.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::graph::NodeIndex;

use super::{RouteFilter, Topology};
use crate::model::{Layer, NodeId};

impl Topology {
    /// For every node the least price in micro-yuan that a gigabyte costs from `from`, over links
    /// of any layer that the filter allows otherwise; `None` where no links lead. A route keeps to
    /// one layer, so it may cost more, and never less.
    pub fn least_prices(&self, from: NodeId, filter: RouteFilter<'_>) -> Vec<Option<i64>> {
        let mut reached = vec![None; self.graph.node_count()];
        let mut heap = BinaryHeap::from([Reverse((0_i64, from))]);
        while let Some(Reverse((price, node))) = heap.pop() {
            if reached[node.index()].is_some() {
                continue;
            }
            reached[node.index()] = Some(price);
            for edge in self.graph.edges(NodeIndex::new(node.index())) {
                let id = *edge.weight();
                let open = |layer| self.allowed(id, RouteFilter { layer, ..filter });
                let next = self.other_end(id, node);
                if reached[next.index()].is_none() && Layer::ALL.into_iter().any(open) {
                    let by_link = self.links[id.index()].price_micro_cny_per_gb.max(0);
                    heap.push(Reverse((price.saturating_add(by_link), next)));
                }
            }
        }
        reached
    }
}
