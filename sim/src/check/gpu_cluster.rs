//! The cluster of GPU nodes of the traces, with one of its lists of tasks and their orders.

use std::path::Path;

use super::error::CheckError;
use super::files::Source;
use crate::dice::Dice;
use crate::site::nodes::{Cluster, Node, Task, TypicalTasks};
use crate::workload::openb::{ModelNames, read_nodes, read_order, read_pods};

const NODES: &str = "openb/openb_node_list_gpu_node.csv.gz";
/// GPUs that all arrivals together ask for at most, in percent of those there are.
const ARRIVALS_PCT: u64 = 130;

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
    /// Reads the nodes with GPUs and a list of tasks, e.g. `default`.
    ///
    /// # Errors
    /// A file is missing or damaged.
    pub fn load(data: &Path, list: &str) -> Result<GpuCluster, CheckError> {
        let pods = format!("openb/openb_pod_list_{list}.csv.gz");
        let (nodes, pods) = (Source::new(data, NODES), Source::new(data, &pods));
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

    /// An order by seed, made as the published ones are: the whole list once, then any of it again
    /// while that does not ask for more than 130 % of the GPUs. Ranks of nodes by the same seed.
    pub fn shuffled(&self, seed: u64) -> Arrivals {
        let mut ranks = Dice::new(seed, 0);
        let mut nodes = self.nodes.clone();
        ranks.shuffle(&mut nodes);
        let cluster = Cluster::new(nodes, self.typical.clone());
        let mut order = Dice::new(seed, 1);
        let mut tasks = self.tasks.clone();
        order.shuffle(&mut tasks);
        let asked = tasks.iter().map(|task| u64::from(task.gpu_milli_total()));
        let mut left = (cluster.gpu_milli() * ARRIVALS_PCT / 100).saturating_sub(asked.sum());
        while let Some(task) = order.pick(&self.tasks) {
            let asked = u64::from(task.gpu_milli_total());
            if asked > left {
                break;
            }
            left -= asked;
            tasks.push(task);
            // Of a list without GPUs no end would come.
            if tasks.len() > 4 * self.tasks.len() {
                break;
            }
        }
        Arrivals { cluster, tasks }
    }

    /// Reads the published order of a seed for the list `default`.
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
