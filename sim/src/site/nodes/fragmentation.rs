//! How much of a node's GPUs typical tasks cannot use, and how that grows with a task.
//!
//! For a typical task `m` all that is left of the node's GPUs is lost when `m` does not fit or
//! needs no GPU; else what is left of GPUs that have less than `m` wants. The mean over the typical
//! tasks is the node's fragmentation `F` (Q. Weng and others, USENIX ATC 2023). A node's score for
//! a task is `floor(100 · sigmoid((F before − F after) / 1000))`.
//!
//! Turned round, `m` saves what is left of GPUs that have enough for it: a sum over GPUs whose
//! terms depend on little, and stand in tables. Everything is counted in whole numbers, `F` times
//! the number of typical tasks.

use super::node::{Node, WHOLE_GPU};
use super::task::Task;
use super::typical::TypicalTasks;

/// The tables for the typical tasks of a workload.
#[derive(Debug, Clone)]
pub struct Fragmentation {
    pub(super) typical: TypicalTasks,
    weight: i64,
    /// Cores that typical tasks with GPUs ask for, ascending: a node's cores fall between two.
    cpus: Vec<u32>,
    /// By thousandths left of a GPU: how many of the parts that typical tasks ask for fit in.
    parts: Vec<u8>,
    part_count: usize,
    /// `shared[(model, cpu, part)]`: typical tasks that take a part of a GPU and would fit.
    shared: Vec<i64>,
    /// `whole[(model, cpu, idle GPUs)]`: typical tasks that take whole GPUs and would fit.
    whole: Vec<i64>,
    /// `least[s − 1]`: the least sum that scores `s`, from 1 to 99.
    least: Vec<f64>,
}

const IDLE_COUNTS: usize = super::node::GPUS_MAX + 1;

impl Fragmentation {
    /// The tables for nodes whose models are numbered below `models`.
    pub(super) fn new(typical: TypicalTasks, models: u8) -> Fragmentation {
        let with_gpu = || typical.kinds.iter().filter(|(task, _)| task.gpus > 0);
        let mut cpus: Vec<u32> = with_gpu().map(|(task, _)| task.cpu_milli).collect();
        cpus.sort_unstable();
        cpus.dedup();
        let shares = || with_gpu().filter(|(task, _)| task.shares_gpu());
        let mut wanted: Vec<u16> = shares().map(|(task, _)| task.gpu_milli).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let part = |left: u16| wanted.partition_point(|milli| *milli <= left);
        let parts = (0..=WHOLE_GPU).map(|left| part(left) as u8).collect();
        let (cpu_count, part_count) = (cpus.len() + 1, wanted.len() + 1);
        let sum = |model: u8, cpu: usize, keep: &dyn Fn(&Task) -> bool| {
            let fits = |task: &Task| {
                task.models.allow(model) && cpus[..cpu].contains(&task.cpu_milli) && keep(task)
            };
            let kinds = with_gpu().filter(|(task, _)| fits(task));
            kinds.map(|(_, count)| *count as i64).sum::<i64>()
        };
        let mut shared = Vec::new();
        let mut whole = Vec::new();
        for model in 0..models {
            for cpu in 0..cpu_count {
                for part in 0..part_count {
                    let fits =
                        |task: &Task| task.shares_gpu() && wanted[..part].contains(&task.gpu_milli);
                    shared.push(sum(model, cpu, &fits));
                }
                for idle in 0..IDLE_COUNTS {
                    let fits = |task: &Task| !task.shares_gpu() && usize::from(task.gpus) <= idle;
                    whole.push(sum(model, cpu, &fits));
                }
            }
        }
        let weight = typical.weight() as i64;
        let least = (1..100).map(|score| logit(score) * 1000.0 * weight as f64);
        Fragmentation {
            weight,
            least: least.collect(),
            typical,
            cpus,
            parts,
            part_count,
            shared,
            whole,
        }
    }

    /// `F` of a node in thousandths of GPUs, times [`Fragmentation::weight`].
    pub(super) fn of(&self, node: &Node) -> i64 {
        let cpu = self.cpus.partition_point(|cpu| *cpu <= node.cpu_left);
        let at = usize::from(node.model) * (self.cpus.len() + 1) + cpu;
        let shared = &self.shared[at * self.part_count..][..self.part_count];
        let mut lost = 0;
        let mut idle = 0;
        for &left in node.gpus_left() {
            let saved = shared[usize::from(self.parts[usize::from(left)])];
            lost += i64::from(left) * (self.weight - saved);
            idle += usize::from(left == WHOLE_GPU);
        }
        let saved = self.whole[at * IDLE_COUNTS + idle];
        lost - idle as i64 * i64::from(WHOLE_GPU) * saved
    }

    /// What sums over the typical tasks are divided by.
    pub fn weight(&self) -> u64 {
        self.weight as u64
    }

    /// The score of a node whose `F` falls by so much, times the weight.
    pub(super) fn score(&self, falls: i64) -> i8 {
        let falls = falls as f64;
        self.least.partition_point(|least| *least <= falls) as i8
    }
}

/// `ln(p / (1 − p))` for `p` percent, from 1 to 99, by the series of the inverse hyperbolic
/// tangent: its bits are the same on every platform, and exactly 0 for 50.
fn logit(p: i32) -> f64 {
    let y = f64::from(p - 50) / 50.0;
    let (mut power, mut sum) = (y, 0.0);
    for odd in (1..4_000).step_by(2) {
        sum += power / f64::from(odd);
        power *= y * y;
    }
    2.0 * sum
}
