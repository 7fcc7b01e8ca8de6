//! The best loop-free routes from one node to another.
//!
//! J. Y. Yen, "Finding the k shortest loopless paths in a network", Management Science 17(11),
//! 1971. The format fixes the order of routes to the last tie, so that a checker finds the same
//! ones: by latency, then by the positions of the links from source to destination. The topology
//! of the core promises less about ties, and finds routes of layers and carriers; hence this one.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// Links by number of the node at their ends, latencies above 0.
pub(super) struct Network {
    ends: Vec<[u32; 2]>,
    latency: Vec<i64>,
    /// For each node its links, in order.
    at: Vec<Vec<u32>>,
}

/// Latency and links: the order of routes.
type Route = (i64, Vec<u32>);

impl Network {
    pub(super) fn new(nodes: usize, ends: Vec<[u32; 2]>, latency: Vec<i64>) -> Network {
        let mut at = vec![Vec::new(); nodes];
        for (link, &[a, b]) in ends.iter().enumerate() {
            at[a as usize].push(link as u32);
            at[b as usize].push(link as u32);
        }
        Network { ends, latency, at }
    }

    /// The `count` best routes, best first; none when the nodes are not joined.
    pub(super) fn best(&self, from: u32, to: u32, count: usize) -> Vec<Vec<u32>> {
        let mut found: Vec<Vec<u32>> = Vec::new();
        let mut candidates = BTreeSet::new();
        candidates.extend(self.shortest(&[from], to, &[]));
        while let Some((_, route)) = candidates.pop_first() {
            found.push(route);
            if found.len() == count {
                break;
            }
            self.leave(&found, from, to, &mut candidates);
        }
        found
    }

    /// Adds, for every node of the newest route, the best way to leave it there.
    fn leave(&self, found: &[Vec<u32>], from: u32, to: u32, candidates: &mut BTreeSet<Route>) {
        let newest = &found[found.len() - 1];
        let mut passed = vec![from];
        for (kept, &link) in newest.iter().enumerate() {
            let root = &newest[..kept];
            let same = found.iter().filter(|route| route.starts_with(root));
            let barred: Vec<u32> = same.filter_map(|route| route.get(kept).copied()).collect();
            if let Some((latency, tail)) = self.shortest(&passed, to, &barred) {
                let before = root.iter().map(|&link| self.latency[link as usize]);
                let links = root.iter().copied().chain(tail).collect();
                candidates.insert((before.sum::<i64>() + latency, links));
            }
            passed.push(self.other_end(link, passed[kept]));
        }
    }

    /// The best route on from the last node that was passed. It meets no other of them, and does
    /// not begin with a barred link.
    fn shortest(&self, passed: &[u32], to: u32, barred: &[u32]) -> Option<Route> {
        let spur = *passed.last()?;
        let rest = self.distances(to, passed);
        let after = |link: u32, node: u32| {
            let rest = rest[self.other_end(link, node) as usize]?;
            Some((self.latency[link as usize] + rest, link))
        };
        let begins = self.at[spur as usize].iter();
        let begins = begins.filter(|link| !barred.contains(link));
        let (latency, first) = begins.filter_map(|&link| after(link, spur)).min()?;
        let mut links = vec![first];
        let mut node = self.other_end(first, spur);
        while node != to {
            let onward = self.at[node as usize].iter();
            let (_, link) = onward.filter_map(|&link| after(link, node)).min()?;
            links.push(link);
            node = self.other_end(link, node);
        }
        Some((latency, links))
    }

    /// Latency from every node to `to` around the barred nodes, `None` where no route leads.
    fn distances(&self, to: u32, barred: &[u32]) -> Vec<Option<i64>> {
        let mut distance = vec![None; self.at.len()];
        let mut heap = BinaryHeap::from([(Reverse(0), to)]);
        while let Some((Reverse(latency), node)) = heap.pop() {
            if distance[node as usize].is_some() || barred.contains(&node) {
                continue;
            }
            distance[node as usize] = Some(latency);
            for &link in &self.at[node as usize] {
                let next = self.other_end(link, node);
                if distance[next as usize].is_none() {
                    heap.push((Reverse(latency + self.latency[link as usize]), next));
                }
            }
        }
        distance
    }

    fn other_end(&self, link: u32, node: u32) -> u32 {
        let [a, b] = self.ends[link as usize];
        if a == node { b } else { a }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every loop-free route, in the order of the format.
    fn all(network: &Network, from: u32, to: u32) -> Vec<Vec<u32>> {
        let mut found = Vec::new();
        let mut open: Vec<(i64, Vec<u32>, Vec<u32>)> = vec![(0, Vec::new(), vec![from])];
        while let Some((latency, links, nodes)) = open.pop() {
            let node = nodes[nodes.len() - 1];
            if node == to {
                found.push((latency, links));
                continue;
            }
            for &link in &network.at[node as usize] {
                let next = network.other_end(link, node);
                if !nodes.contains(&next) {
                    let latency = latency + network.latency[link as usize];
                    let links = links.iter().copied().chain([link]).collect();
                    open.push((
                        latency,
                        links,
                        nodes.iter().copied().chain([next]).collect(),
                    ));
                }
            }
        }
        found.sort();
        found.into_iter().map(|(_, links)| links).collect()
    }

    #[test]
    fn routes_come_in_the_order_of_the_format_ties_included() {
        // A grid of three by three, whose routes tie, with a second link along one side.
        let mut ends = vec![[0, 1]];
        for node in 0..9 {
            ends.extend((node % 3 < 2).then_some([node, node + 1]));
            ends.extend((node < 6).then_some([node, node + 3]));
        }
        let latency = (0..ends.len() as i64).map(|link| 1 + link % 2).collect();
        let network = Network::new(10, ends, latency);
        for from in 0..9 {
            for to in (0..9).filter(|&to| to != from) {
                let all = all(&network, from, to);
                for count in [1, 2, 5, 1000] {
                    let wanted = &all[..count.min(all.len())];
                    assert_eq!(network.best(from, to, count), wanted, "{from} to {to}");
                }
            }
        }
        assert!(network.best(0, 9, 3).is_empty(), "node 9 has no link");
    }
}
