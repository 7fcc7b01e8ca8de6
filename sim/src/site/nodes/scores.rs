//! What a node scores for a task that fits on it: higher is better, from 0 to 100.

use super::choice::NodeChoice;
use super::cluster::{Cluster, Scale};
use super::node::{GpuMask, Node, WHOLE_GPU};
use super::task::Task;

/// A score, and the GPUs that go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) score: i8,
    pub(super) gpus: GpuMask,
}

/// The score of a node on which the task fits. Random choices are drawn later: there all nodes
/// are alike.
pub(super) fn offer(
    choice: NodeChoice,
    cluster: &Cluster,
    node: &Node,
    fragmentation: i64,
    task: &Task,
) -> Offer {
    let scale = cluster.scale;
    let score = match choice {
        NodeChoice::Random | NodeChoice::FirstFit => 0,
        NodeChoice::DotProduct => dot_product(scale, node, task),
        NodeChoice::BestFit => best_fit(scale, node, task),
        NodeChoice::Packing => packing(node, task),
        NodeChoice::Clustering => clustering(node, task),
        NodeChoice::FragmentationGradient => {
            return gradient(cluster, node, fragmentation, task);
        }
    };
    let gpus = node.usual_gpus(task);
    Offer { score, gpus }
}

/// `floor(100 · (1 − (c·pc + g·pg) / 2))`, all as parts of the largest node.
fn dot_product(scale: Scale, node: &Node, task: &Task) -> i8 {
    let square = |value: u32| i128::from(value) * i128::from(value);
    let (cpu, gpu) = (square(scale.cpu_milli), square(scale.gpu_milli));
    let cpus = i128::from(node.cpu_left) * i128::from(task.cpu_milli);
    let gpus = i128::from(node.gpu_left_total()) * i128::from(task.gpu_milli_total());
    let whole = 2 * cpu * gpu;
    (100 * (whole - cpus * gpu - gpus * cpu)).div_euclid(whole) as i8
}

/// `floor(100 · (1 − (c − pc) / 2 − (g − pg) / 2))`, all as parts of the largest node. The
/// published form stretches this to 0..100 over the nodes that fit, which changes no order.
fn best_fit(scale: Scale, node: &Node, task: &Task) -> i8 {
    let (cpu, gpu) = (i128::from(scale.cpu_milli), i128::from(scale.gpu_milli));
    let cpus = i128::from(node.cpu_left - task.cpu_milli);
    let gpus = i128::from(node.gpu_left_total() - task.gpu_milli_total());
    let whole = 2 * cpu * gpu;
    (100 * (whole - cpus * gpu - gpus * cpu)).div_euclid(whole) as i8
}

fn packing(node: &Node, task: &Task) -> i8 {
    if task.gpus == 0 {
        return 0;
    }
    let idle = node.idle_gpus() as i8;
    if idle == node.gpus as i8 {
        return (33 - idle).max(idle);
    }
    if !task.shares_gpu() {
        return (50 - task.gpus as i8).max(33);
    }
    let tightest = node.tightest_gpu(task);
    match tightest.map_or(WHOLE_GPU, |gpu| node.gpu_left[gpu]) {
        WHOLE_GPU => 49,
        left => (100 - (left / 10 / 10) as i8).max(50),
    }
}

fn clustering(node: &Node, task: &Task) -> i8 {
    let Some(class) = task.class() else {
        return 0;
    };
    let most = super::node::GPUS_MAX as u32 * u32::from(WHOLE_GPU);
    let filled = (25 * (most - node.gpu_left_total()) / most) as i8;
    let classes = node.classes.iter().filter(|count| **count > 0).count();
    let beside_its_own = node.classes[class] > 0;
    filled
        + match (beside_its_own, classes) {
            (true, 1) => 75,
            (true, _) => 50,
            (false, 0) => 25,
            (false, _) => 0,
        }
}

fn gradient(cluster: &Cluster, node: &Node, before: i64, task: &Task) -> Offer {
    let fragmentation = &cluster.fragmentation;
    let mut after = node.clone();
    let mut offer = |gpus: GpuMask| {
        after.take(task, gpus);
        let score = fragmentation.score(before - fragmentation.of(&after));
        after.give_back(task, gpus);
        Offer { score, gpus }
    };
    if !task.shares_gpu() {
        return offer(node.usual_gpus(task));
    }
    let mut best = Offer { score: -1, gpus: 0 };
    for gpu in node.fitting_gpus(task) {
        let next = offer(1 << gpu);
        if next.score > best.score {
            best = next;
        }
    }
    best
}
