//! The lists of pods.

use std::collections::BTreeMap;
use std::io::Read;

use super::ModelNames;
use crate::input::{Table, TableError};
use crate::site::nodes::Task;

/// A pod of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodRow {
    /// Its name.
    pub name: String,
    /// What it asks for.
    pub task: Task,
}

const NEEDED: [&str; 5] = ["name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"];
const SPEC: &str = "gpu_spec";
/// Columns that some lists have and nobody here reads, but for the first.
const OTHERS: [&str; 6] = [
    SPEC,
    "qos",
    "pod_phase",
    "creation_time",
    "deletion_time",
    "scheduled_time",
];
const GPUS: &str = "0 to 8 GPUs; of several, 1000 thousandths of each";

/// Reads a list of pods. Models that no node has get a number as well.
///
/// # Errors
/// Names the line and column of the first thing that is wrong.
pub fn read_pods(reader: impl Read, models: &mut ModelNames) -> Result<Vec<PodRow>, TableError> {
    let mut table = Table::open(reader, &NEEDED, Some(&OTHERS))?;
    let at = NEEDED.map(|column| table.position(column).unwrap_or_default());
    let [name, cpu, memory, gpus, gpu_milli] = at;
    let spec = table.position(SPEC);
    let mut seen = BTreeMap::new();
    let mut pods = Vec::new();
    while let Some(row) = table.next_row()? {
        row.unique(name, &mut seen)?;
        let allowed = spec.map_or(Some(super::Models::default()), |spec| {
            models.any_of(row.text(spec))
        });
        let allowed =
            allowed.ok_or_else(|| row.wrong(spec.unwrap_or_default(), "at most 64 models"))?;
        let task = Task::new(
            row.parse(cpu, "thousandths of cores, a whole number")?,
            row.parse(memory, "MiB, a whole number")?,
            row.parse(gpus, "a number of GPUs")?,
            row.parse(gpu_milli, "thousandths of a GPU, a whole number")?,
            allowed,
        );
        let task = task.map_err(|_| row.wrong(gpu_milli, GPUS))?;
        pods.push(PodRow {
            name: row.text(name).to_owned(),
            task,
        });
    }
    Ok(pods)
}
