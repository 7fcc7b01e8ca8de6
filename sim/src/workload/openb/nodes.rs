//! The list of nodes.

use std::collections::BTreeMap;
use std::io::Read;

use super::ModelNames;
use crate::input::{Table, TableError};
use crate::site::nodes::{GPUS_MAX, Node};

/// A node of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRow {
    /// Its name.
    pub name: String,
    /// The node, empty.
    pub node: Node,
}

const COLUMNS: [&str; 5] = ["sn", "cpu_milli", "memory_mib", "gpu", "model"];
const MODELS: &str = "the name of a GPU model, of at most 64 different ones";

/// Reads a list of nodes, and the GPU models it names.
///
/// # Errors
/// Names the line and column of the first thing that is wrong.
pub fn read_nodes(reader: impl Read, models: &mut ModelNames) -> Result<Vec<NodeRow>, TableError> {
    let mut table = Table::open(reader, &COLUMNS, Some(&[]))?;
    let at = COLUMNS.map(|column| table.position(column).unwrap_or_default());
    let [name, cpu, memory, gpus, model] = at;
    let mut seen = BTreeMap::new();
    let mut nodes = Vec::new();
    while let Some(row) = table.next_row()? {
        row.unique(name, &mut seen)?;
        let count: u8 = row.parse(gpus, "a number of GPUs, 0 to 8")?;
        if usize::from(count) > GPUS_MAX {
            return Err(row.wrong(gpus, "a number of GPUs, 0 to 8"));
        }
        let number = models.number(row.text(model));
        let number = number.ok_or_else(|| row.wrong(model, MODELS))?;
        let cpu_milli = row.parse(cpu, "thousandths of cores, a whole number")?;
        let memory_mib = row.parse(memory, "MiB, a whole number")?;
        nodes.push(NodeRow {
            name: row.text(name).to_owned(),
            node: Node::new(cpu_milli, memory_mib, count, number),
        });
    }
    Ok(nodes)
}
