//! The nodes of a site in the order of their rank, and what typical tasks are there.

use super::fragmentation::Fragmentation;
use super::node::{Node, WHOLE_GPU};
use super::typical::TypicalTasks;

/// Empty nodes, and what scores compare them with.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// In the order of their rank: of two that are alike, the first is taken.
    pub(super) nodes: Vec<Node>,
    pub(super) scale: Scale,
    pub(super) fragmentation: Fragmentation,
}

/// The largest node: scores take parts of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) cpu_milli: u32,
    pub(super) gpu_milli: u32,
}

impl Cluster {
    /// Empty nodes in the order of their rank.
    pub fn new(nodes: Vec<Node>, typical: TypicalTasks) -> Cluster {
        let cpu = nodes.iter().map(|node| node.cpu_left);
        let gpu = nodes.iter().map(Node::gpu_left_total);
        let scale = Scale {
            cpu_milli: cpu.max().unwrap_or(0).max(1),
            gpu_milli: gpu.max().unwrap_or(0).max(1),
        };
        let models = nodes.iter().map(|node| node.model + 1).max().unwrap_or(0);
        Cluster {
            nodes,
            scale,
            fragmentation: Fragmentation::new(typical, models),
        }
    }

    /// Thousandths of GPUs of all nodes.
    pub fn gpu_milli(&self) -> u64 {
        let gpus = self.nodes.iter().map(|node| u64::from(node.gpus));
        gpus.sum::<u64>() * u64::from(WHOLE_GPU)
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}
