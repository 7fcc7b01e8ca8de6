//! Places tasks one by one, looking again only at nodes that have changed.

use std::collections::BTreeMap;

use super::choice::NodeChoice;
use super::cluster::Cluster;
use super::node::{GpuMask, Node};
use super::scores::{Offer, offer};
use super::task::Task;
use crate::dice::Dice;

/// Score of a node on which the task does not fit.
const UNFIT: i8 = -1;
/// The changes that are remembered, in nodes; who has missed more looks at all nodes again.
const REMEMBERED: usize = 4;

/// Where a task went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// Rank of the node.
    pub node: usize,
    /// Its GPUs.
    pub gpus: GpuMask,
}

/// The nodes of a site while tasks come and go.
pub struct Placer {
    cluster: Cluster,
    choice: NodeChoice,
    dice: Dice,
    /// Fragmentation by node, times the weight of the typical tasks.
    fragmentation: Vec<i64>,
    numbers: BTreeMap<Task, usize>,
    kinds: Vec<Kind>,
    changes: Changes,
}

/// What all nodes offer a kind of task.
struct Kind {
    task: Task,
    scores: Vec<i8>,
    gpus: Vec<GpuMask>,
    /// Changes that are part of it.
    seen: u64,
}

/// The latest changes of nodes, numbered.
struct Changes {
    forgotten: u64,
    nodes: Vec<u32>,
    most: usize,
}

impl Placer {
    /// Empty nodes. The seed is used by [`NodeChoice::Random`] alone.
    pub fn new(cluster: Cluster, choice: NodeChoice, seed: u64) -> Placer {
        let nodes = cluster.nodes.iter();
        let fragmentation = nodes.map(|node| cluster.fragmentation.of(node)).collect();
        let most = (REMEMBERED * cluster.len()).max(1);
        Placer {
            cluster,
            choice,
            dice: Dice::new(seed, 0),
            fragmentation,
            numbers: BTreeMap::new(),
            kinds: Vec::new(),
            changes: Changes {
                forgotten: 0,
                nodes: Vec::new(),
                most,
            },
        }
    }

    /// The nodes as they are, by rank.
    pub fn nodes(&self) -> &[Node] {
        &self.cluster.nodes
    }

    /// Fragmentation of all nodes, in thousandths of GPUs.
    pub fn fragmentation_milli(&self) -> f64 {
        let weight = self.cluster.fragmentation.weight().max(1);
        self.fragmentation.iter().sum::<i64>() as f64 / weight as f64
    }

    /// Places a task; `None` when it fits nowhere.
    pub fn place(&mut self, task: &Task) -> Option<Placement> {
        let kind = self.kind(task);
        self.refresh(kind);
        let placement = match self.choice {
            NodeChoice::Random => self.random(kind),
            _ => self.kinds[kind].best(),
        }?;
        self.cluster.nodes[placement.node].take(task, placement.gpus);
        self.changed(placement.node);
        Some(placement)
    }

    /// Takes a task away again that was placed there.
    pub fn release(&mut self, task: &Task, placement: Placement) {
        self.cluster.nodes[placement.node].give_back(task, placement.gpus);
        self.changed(placement.node);
    }

    fn kind(&mut self, task: &Task) -> usize {
        let next = self.kinds.len();
        let number = *self.numbers.entry(*task).or_insert(next);
        if number == next {
            let count = self.cluster.len();
            self.kinds.push(Kind {
                task: *task,
                scores: vec![UNFIT; count],
                gpus: vec![0; count],
                seen: u64::MAX,
            });
        }
        number
    }

    fn refresh(&mut self, number: usize) {
        let Placer {
            cluster,
            choice,
            fragmentation,
            ..
        } = self;
        let kind = &mut self.kinds[number];
        let mut look = |at: usize| {
            let node = &cluster.nodes[at];
            let offer = match node.fits(&kind.task) {
                true => offer(*choice, cluster, node, fragmentation[at], &kind.task),
                false => Offer {
                    score: UNFIT,
                    gpus: 0,
                },
            };
            kind.scores[at] = offer.score;
            kind.gpus[at] = offer.gpus;
        };
        match self.changes.since(kind.seen) {
            Some(nodes) => nodes.iter().for_each(|at| look(*at as usize)),
            None => (0..cluster.nodes.len()).for_each(&mut look),
        }
        kind.seen = self.changes.count();
    }

    fn changed(&mut self, at: usize) {
        self.fragmentation[at] = self.cluster.fragmentation.of(&self.cluster.nodes[at]);
        self.changes.add(at as u32);
    }

    fn random(&mut self, number: usize) -> Option<Placement> {
        let kind = &self.kinds[number];
        let fitting = |score: &&i8| **score != UNFIT;
        let count = kind.scores.iter().filter(fitting).count();
        let last = count.checked_sub(1)?;
        let wanted = self.dice.between(0, last as i64) as usize;
        let mut scores = kind.scores.iter().enumerate();
        let (node, _) = scores
            .by_ref()
            .filter(|(_, score)| **score != UNFIT)
            .nth(wanted)?;
        let mut gpus = kind.gpus[node];
        if kind.task.shares_gpu() {
            let there: Vec<usize> = self.cluster.nodes[node].fitting_gpus(&kind.task).collect();
            gpus = 1 << self.dice.pick(&there)?;
        }
        Some(Placement { node, gpus })
    }
}

impl Kind {
    /// The node of highest score, the first of equal ones.
    fn best(&self) -> Option<Placement> {
        let best = self.scores.iter().copied().max()?;
        if best == UNFIT {
            return None;
        }
        let node = self.scores.iter().position(|score| *score == best)?;
        let gpus = self.gpus[node];
        Some(Placement { node, gpus })
    }
}

impl Changes {
    fn count(&self) -> u64 {
        self.forgotten + self.nodes.len() as u64
    }

    fn add(&mut self, node: u32) {
        if self.nodes.len() == self.most {
            let half = self.most.div_ceil(2);
            self.nodes.drain(..half);
            self.forgotten += half as u64;
        }
        self.nodes.push(node);
    }

    /// The nodes that have changed since then; `None` when that is not known any more.
    fn since(&self, seen: u64) -> Option<&[u32]> {
        let known = seen.checked_sub(self.forgotten)?;
        self.nodes.get(usize::try_from(known).ok()?..)
    }
}
