//! A node and what is left of it.

use super::task::Task;

/// Most GPUs of a node.
pub const GPUS_MAX: usize = 8;
/// Thousandths of a GPU that nobody uses.
pub const WHOLE_GPU: u16 = 1000;

/// GPUs of a node, bit `i` for GPU `i`.
pub type GpuMask = u8;

/// A node: what it has left, and which tasks it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Thousandths of a core.
    pub cpu_left: u32,
    /// MiB.
    pub memory_left: u32,
    /// How many GPUs it has.
    pub gpus: u8,
    /// Number of their model.
    pub model: u8,
    /// Thousandths of each GPU; 0 where there is none.
    pub gpu_left: [u16; GPUS_MAX],
    /// Tasks with GPUs, by [`Task::class`].
    pub(super) classes: [u32; GPUS_MAX + 1],
}

impl Node {
    /// An empty node.
    ///
    /// # Panics
    /// It has more than 8 GPUs.
    pub fn new(cpu_milli: u32, memory_mib: u32, gpus: u8, model: u8) -> Node {
        let mut gpu_left = [0; GPUS_MAX];
        gpu_left[..usize::from(gpus)].fill(WHOLE_GPU);
        Node {
            cpu_left: cpu_milli,
            memory_left: memory_mib,
            gpus,
            model,
            gpu_left,
            classes: [0; GPUS_MAX + 1],
        }
    }

    /// What is left of each of its GPUs.
    pub(super) fn gpus_left(&self) -> &[u16] {
        &self.gpu_left[..usize::from(self.gpus)]
    }

    /// Thousandths of GPUs, all together.
    pub fn gpu_left_total(&self) -> u32 {
        self.gpu_left.iter().map(|left| u32::from(*left)).sum()
    }

    /// GPUs that nobody uses.
    pub(super) fn idle_gpus(&self) -> u8 {
        let idle = self.gpu_left.iter().filter(|left| **left == WHOLE_GPU);
        idle.count() as u8
    }

    /// Whether a task fits.
    pub fn fits(&self, task: &Task) -> bool {
        if self.cpu_left < task.cpu_milli || self.memory_left < task.memory_mib {
            return false;
        }
        task.gpus == 0 || (task.models.allow(self.model) && self.has_gpus(task))
    }

    /// Whether enough GPUs have enough left, whatever else is.
    pub(super) fn has_gpus(&self, task: &Task) -> bool {
        let enough = self.gpu_left.iter().filter(|left| **left >= task.gpu_milli);
        enough.count() >= usize::from(task.gpus)
    }

    /// The GPUs that a task gets when the choice makes no difference: idle ones of lowest number
    /// for whole GPUs, the fitting one with the least left for a part of one.
    pub(super) fn usual_gpus(&self, task: &Task) -> GpuMask {
        if task.shares_gpu() {
            return self.tightest_gpu(task).map_or(0, |gpu| 1 << gpu);
        }
        let idle = (0..GPUS_MAX).filter(|gpu| self.gpu_left[*gpu] == WHOLE_GPU);
        idle.take(usize::from(task.gpus))
            .fold(0, |mask, gpu| mask | 1 << gpu)
    }

    /// The fitting GPU with the least left, the first of equal ones.
    pub(super) fn tightest_gpu(&self, task: &Task) -> Option<usize> {
        let fitting = self.fitting_gpus(task);
        fitting.min_by_key(|gpu| self.gpu_left[*gpu])
    }

    /// The GPUs that have enough left for a task.
    pub(super) fn fitting_gpus(&self, task: &Task) -> impl Iterator<Item = usize> {
        let milli = task.gpu_milli;
        let gpus = self.gpus_left().iter().enumerate();
        gpus.filter(move |(_, left)| **left >= milli)
            .map(|(gpu, _)| gpu)
    }

    pub(super) fn take(&mut self, task: &Task, gpus: GpuMask) {
        self.cpu_left -= task.cpu_milli;
        self.memory_left -= task.memory_mib;
        for gpu in (0..GPUS_MAX).filter(|gpu| gpus >> gpu & 1 == 1) {
            self.gpu_left[gpu] -= task.gpu_milli;
        }
        if let Some(class) = task.class() {
            self.classes[class] += 1;
        }
    }

    pub(super) fn give_back(&mut self, task: &Task, gpus: GpuMask) {
        self.cpu_left += task.cpu_milli;
        self.memory_left += task.memory_mib;
        for gpu in (0..GPUS_MAX).filter(|gpu| gpus >> gpu & 1 == 1) {
            self.gpu_left[gpu] += task.gpu_milli;
        }
        if let Some(class) = task.class() {
            self.classes[class] -= 1;
        }
    }
}
