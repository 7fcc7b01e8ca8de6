//! The checker's own search for routes: prefixes, best completion first.
//!
//! A prefix is worth the latency of its best completion around its own nodes, worked out anew for
//! each prefix. So every prefix that is taken up leads to a route, and complete routes come in the
//! order of the format: by latency, then by the positions of their links.

use std::collections::{BTreeMap, BTreeSet};

use ewc_scenario::instance::Instance;

/// Links by name and node.
pub(super) struct Network<'i> {
    pub(super) instance: &'i Instance,
    at: BTreeMap<&'i str, Vec<usize>>,
    known: BTreeMap<(&'i str, &'i str), Vec<Vec<usize>>>,
}

impl<'i> Network<'i> {
    pub(super) fn new(instance: &'i Instance) -> Network<'i> {
        let mut at: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, link) in instance.links.iter().enumerate() {
            for end in &link.ends {
                at.entry(end).or_default().push(number);
            }
        }
        Network {
            instance,
            at,
            known: BTreeMap::new(),
        }
    }

    fn across(&self, link: usize, node: &str) -> &'i str {
        let [a, b] = &self.instance.links[link].ends;
        if a == node { b } else { a }
    }

    fn links_at(&self, node: &str) -> &[usize] {
        self.at.get(node).map_or(&[], Vec::as_slice)
    }

    /// The routes that may be used, each as the positions of its links.
    pub(super) fn routes(&mut self, from: &'i str, to: &'i str) -> &[Vec<usize>] {
        if !self.known.contains_key(&(from, to)) {
            let found = self.search(from, to);
            self.known.insert((from, to), found);
        }
        &self.known[&(from, to)]
    }

    fn search(&self, from: &'i str, to: &'i str) -> Vec<Vec<usize>> {
        let mut open = BTreeSet::new();
        open.extend(self.rest(&[from], to).map(|rest| (rest, Vec::new(), 0)));
        let mut found = Vec::new();
        while found.len() < self.instance.routes as usize {
            let Some((_, links, latency)) = open.pop_first() else {
                break;
            };
            let mut nodes = vec![from];
            for &link in &links {
                nodes.push(self.across(link, nodes[nodes.len() - 1]));
            }
            let node = nodes[nodes.len() - 1];
            if node == to {
                found.push(links);
                continue;
            }
            for &link in self.links_at(node) {
                let next = self.across(link, node);
                if nodes.contains(&next) {
                    continue;
                }
                let latency = latency + self.instance.links[link].latency;
                nodes.push(next);
                if let Some(rest) = self.rest(&nodes, to) {
                    let links: Vec<usize> = links.iter().copied().chain([link]).collect();
                    open.insert((latency + rest, links, latency));
                }
                nodes.pop();
            }
        }
        found
    }

    /// Latency from the last of the nodes to `to`, around the others.
    fn rest(&self, nodes: &[&'i str], to: &str) -> Option<i64> {
        let from = *nodes.last()?;
        let mut open = BTreeSet::from([(0, from)]);
        let mut done: BTreeSet<&str> = nodes.iter().copied().collect();
        done.remove(from);
        while let Some((latency, node)) = open.pop_first() {
            if node == to {
                return Some(latency);
            }
            if !done.insert(node) {
                continue;
            }
            for &link in self.links_at(node) {
                let next = self.across(link, node);
                if !done.contains(next) {
                    open.insert((latency + self.instance.links[link].latency, next));
                }
            }
        }
        None
    }
}
