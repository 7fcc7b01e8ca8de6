//! The choice of a node once more, from nothing: every node, every GPU, every typical task, by the
//! definitions as they are written down. Slow, and what [`Placer`](super::Placer) is compared with.

use super::choice::NodeChoice;
use super::cluster::Cluster;
use super::node::{GPUS_MAX, GpuMask, Node, WHOLE_GPU};
use super::placer::Placement;
use super::scores::offer;
use super::task::Task;

/// The nodes of a site, without memory of what they offered before.
pub struct FullScan {
    cluster: Cluster,
    choice: NodeChoice,
}

impl FullScan {
    /// Empty nodes; `None` for a choice at random, which has nothing to compare.
    pub fn new(cluster: Cluster, choice: NodeChoice) -> Option<FullScan> {
        (choice != NodeChoice::Random).then_some(FullScan { cluster, choice })
    }

    /// Places a task; `None` when it fits nowhere.
    pub fn place(&mut self, task: &Task) -> Option<Placement> {
        let mut best: Option<(i8, Placement)> = None;
        for (node, there) in self.cluster.nodes.iter().enumerate() {
            if !there.fits(task) {
                continue;
            }
            for gpus in self.gpu_choices(there, task) {
                let score = self.score(there, task, gpus);
                if best.is_none_or(|(highest, _)| score > highest) {
                    best = Some((score, Placement { node, gpus }));
                }
            }
        }
        let (_, placement) = best?;
        self.cluster.nodes[placement.node].take(task, placement.gpus);
        Some(placement)
    }

    fn gpu_choices(&self, node: &Node, task: &Task) -> Vec<GpuMask> {
        let gradient = self.choice == NodeChoice::FragmentationGradient;
        match gradient && task.shares_gpu() {
            true => (0..GPUS_MAX)
                .filter(|gpu| node.gpu_left[*gpu] >= task.gpu_milli)
                .map(|gpu| 1 << gpu)
                .collect(),
            false => vec![node.usual_gpus(task)],
        }
    }

    fn score(&self, node: &Node, task: &Task, gpus: GpuMask) -> i8 {
        if self.choice != NodeChoice::FragmentationGradient {
            return offer(self.choice, &self.cluster, node, 0, task).score;
        }
        let mut after = node.clone();
        after.take(task, gpus);
        let falls = self.fragmentation(node) - self.fragmentation(&after);
        self.cluster.fragmentation.score(falls)
    }

    /// Fragmentation of a node times the weight of the typical tasks.
    pub fn fragmentation(&self, node: &Node) -> i64 {
        let kinds = self.cluster.fragmentation.typical.kinds.iter();
        kinds
            .map(|(task, count)| i64::from(lost(node, task)) * *count as i64)
            .sum()
    }

    /// Fragmentation of all nodes, in thousandths of GPUs.
    pub fn fragmentation_milli(&self) -> f64 {
        let nodes = self.cluster.nodes.iter();
        let sum: i64 = nodes.map(|node| self.fragmentation(node)).sum();
        sum as f64 / self.cluster.fragmentation.weight().max(1) as f64
    }
}

/// What one typical task cannot use of a node's GPUs.
fn lost(node: &Node, task: &Task) -> u32 {
    let fits =
        node.cpu_left >= task.cpu_milli && task.models.allow(node.model) && node.has_gpus(task);
    if task.gpus == 0 || !fits {
        return node.gpu_left_total();
    }
    debug_assert!(task.gpu_milli <= WHOLE_GPU);
    let left = node.gpu_left.iter().filter(|left| **left < task.gpu_milli);
    left.map(|left| u32::from(*left)).sum()
}
