//! Table B: GPU tasks on the nodes of a cluster.

use std::path::Path;
use std::sync::Arc;

use super::error::CheckError;
use super::files::Source;
use super::published::placement as published;
use super::result::{Cell, TableReport};
use super::run::{Found, Piece, Work};
use crate::site::nodes::{Cluster, Node, NodeChoice, Placer, Task, TypicalTasks};
use crate::workload::openb::{ModelNames, read_nodes, read_order, read_pods};

const NODES: &str = "openb/openb_node_list_gpu_node.csv.gz";
const PODS: &str = "openb/openb_pod_list_default.csv.gz";

/// The cluster and the tasks of its list, without their orders.
#[derive(Debug, Clone)]
pub struct GpuCluster {
    nodes: Vec<Node>,
    tasks: Vec<Task>,
    typical: TypicalTasks,
}

/// One order of arrivals.
#[derive(Debug, Clone)]
pub struct Arrivals {
    /// Empty nodes by the ranks of this order.
    pub cluster: Cluster,
    /// The tasks as they arrive; some of the list come twice.
    pub tasks: Vec<Task>,
}

impl GpuCluster {
    /// Reads the nodes with GPUs and the list `default`.
    ///
    /// # Errors
    /// A file is missing or damaged.
    pub fn load(data: &Path) -> Result<GpuCluster, CheckError> {
        let (nodes, pods) = (Source::new(data, NODES), Source::new(data, PODS));
        let mut models = ModelNames::default();
        let rows = read_nodes(nodes.open()?, &mut models).map_err(|e| nodes.error(e))?;
        let pods = read_pods(pods.open()?, &mut models).map_err(|e| pods.error(e))?;
        let tasks: Vec<Task> = pods.iter().map(|pod| pod.task).collect();
        Ok(GpuCluster {
            nodes: rows.into_iter().map(|row| row.node).collect(),
            typical: TypicalTasks::of(tasks.iter()),
            tasks,
        })
    }

    /// Reads the order of a seed.
    ///
    /// # Errors
    /// A file is missing, damaged, or does not rank every node once.
    pub fn arrivals(&self, data: &Path, seed: u64) -> Result<Arrivals, CheckError> {
        let order =
            |what: &str| Source::new(data, &format!("openb/order_default/{seed}.{what}.gz"));
        let (ranks, order) = (order("nodes"), order("pods"));
        let rank_of = read_order(ranks.open()?, self.nodes.len()).map_err(|e| ranks.error(e))?;
        let arrivals = read_order(order.open()?, self.tasks.len()).map_err(|e| order.error(e))?;
        let mut ranked: Vec<Option<&Node>> = vec![None; self.nodes.len()];
        for (node, rank) in self.nodes.iter().zip(&rank_of) {
            ranked[*rank] = Some(node);
        }
        let ranked: Option<Vec<Node>> = ranked.into_iter().map(Option::<&Node>::cloned).collect();
        let (there, given) = (self.nodes.len(), rank_of.len());
        let ranked = ranked.filter(|_| there == given).ok_or_else(|| {
            ranks.content(format!(
                "has {given} lines and should rank each of {there} nodes once"
            ))
        })?;
        Ok(Arrivals {
            cluster: Cluster::new(ranked, self.typical.clone()),
            tasks: arrivals.iter().map(|at| self.tasks[*at]).collect(),
        })
    }
}

pub(super) fn work(data: &Path) -> Result<Work, CheckError> {
    let cluster = GpuCluster::load(data)?;
    let mut orders = Vec::new();
    for seed in published::SEEDS {
        orders.push((seed, Arc::new(cluster.arrivals(data, seed)?)));
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for (choice, ..) in published::MEANS {
        for (seed, arrivals) in &orders {
            let (seed, arrivals) = (*seed, Arc::clone(arrivals));
            pieces.push(Box::new(move || {
                Ok(Found::Samples(place_all(&arrivals, choice, seed).to_vec()))
            }));
        }
    }
    let rule =
        |(choice, ..): &(NodeChoice, f64, f64, f64)| format!("{choice}: {}", choice.tie_rule());
    Ok(Work {
        source: published::SOURCE,
        rules: published::MEANS.iter().map(rule).collect(),
        pieces,
        finish,
    })
}

/// Places all arrivals; what fits nowhere is dropped. Returns what is allocated and what is
/// fragmented in the end, in percent of all GPUs.
fn place_all(arrivals: &Arrivals, choice: NodeChoice, seed: u64) -> [f64; 2] {
    let all = arrivals.cluster.gpu_milli() as f64;
    let mut placer = Placer::new(arrivals.cluster.clone(), choice, seed);
    let mut allocated = 0;
    for task in &arrivals.tasks {
        if placer.place(task).is_some() {
            allocated += u64::from(task.gpu_milli_total());
        }
    }
    [
        100.0 * allocated as f64 / all,
        100.0 * placer.fragmentation_milli() / all,
    ]
}

/// Cells are means over the seeds.
fn finish(found: Vec<Found>, report: &mut TableReport) {
    let seeds = published::SEEDS.count();
    let runs = found.chunks(seeds);
    for ((choice, allocation, fragmentation, tolerance), runs) in published::MEANS.iter().zip(runs)
    {
        let mean = |value: usize| {
            let values = runs.iter().map(|run| match run {
                Found::Samples(values) => values[value],
                _ => f64::NAN,
            });
            values.sum::<f64>() / seeds as f64
        };
        let cell = |column: &str, published: f64, ours: f64| Cell {
            row: choice.to_string(),
            column: column.to_owned(),
            published,
            ours,
            tolerance: *tolerance,
        };
        report
            .cells
            .push(cell("allocation, %", *allocation, mean(0)));
        report
            .cells
            .push(cell("fragmentation, %", *fragmentation, mean(1)));
    }
}
