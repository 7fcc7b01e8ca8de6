//! What a task asks of a node.

use super::node::{GPUS_MAX, WHOLE_GPU};

/// GPU models as a set of their numbers, below 64. Empty means any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Models(u64);

impl Models {
    /// Adds a model by its number.
    ///
    /// # Panics
    /// The number is above 63.
    pub fn insert(&mut self, model: u8) {
        assert!(model < 64, "models are numbered below 64");
        self.0 |= 1 << model;
    }

    /// Whether a model will do.
    pub fn allow(self, model: u8) -> bool {
        self.0 == 0 || self.0 >> model & 1 == 1
    }
}

/// What a task asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Task {
    /// Thousandths of a core.
    pub cpu_milli: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// GPUs.
    pub gpus: u8,
    /// Thousandths of each; below 1000 only for a task with one GPU.
    pub gpu_milli: u16,
    /// GPU models that will do.
    pub models: Models,
}

/// Why nobody can ask for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// More GPUs than a node has at most.
    #[error("asks for {0} GPUs; a node has at most 8")]
    TooManyGpus(u32),
    /// A part of several GPUs, nothing of one, or more than a whole.
    #[error(
        "asks for {milli} thousandths of each of {gpus} GPUs; give 1 to 1000 for one, 1000 for \
         several, 0 for none"
    )]
    GpuMilli {
        /// GPUs.
        gpus: u8,
        /// Thousandths of each.
        milli: u32,
    },
}

impl Task {
    /// A task, if it may ask for that.
    ///
    /// # Errors
    /// What it asks of GPUs makes no sense.
    pub fn new(
        cpu_milli: u32,
        memory_mib: u32,
        gpus: u32,
        gpu_milli: u32,
        models: Models,
    ) -> Result<Task, TaskError> {
        let count = u8::try_from(gpus).ok();
        let count = count.filter(|count| usize::from(*count) <= GPUS_MAX);
        let count = count.ok_or(TaskError::TooManyGpus(gpus))?;
        let whole = u32::from(WHOLE_GPU);
        let holds = match count {
            0 => gpu_milli == 0,
            1 => (1..=whole).contains(&gpu_milli),
            _ => gpu_milli == whole,
        };
        if !holds {
            let (gpus, milli) = (count, gpu_milli);
            return Err(TaskError::GpuMilli { gpus, milli });
        }
        Ok(Task {
            cpu_milli,
            memory_mib,
            gpus: count,
            gpu_milli: gpu_milli as u16,
            models,
        })
    }

    /// Whether it takes a part of one GPU.
    pub fn shares_gpu(&self) -> bool {
        self.gpus == 1 && self.gpu_milli < WHOLE_GPU
    }

    /// Thousandths of GPUs, all together.
    pub fn gpu_milli_total(&self) -> u32 {
        u32::from(self.gpus) * u32::from(self.gpu_milli)
    }

    /// Tasks of one class are alike to [`NodeChoice::Clustering`](super::NodeChoice::Clustering):
    /// 0 shares a GPU, 1 to 8 take so many whole ones, none has none.
    pub(super) fn class(&self) -> Option<usize> {
        match (self.gpus, self.shares_gpu()) {
            (0, _) => None,
            (_, true) => Some(0),
            (gpus, false) => Some(usize::from(gpus)),
        }
    }
}
