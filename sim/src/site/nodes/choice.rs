//! The rules by which a node is chosen, by name.

use std::fmt;
use std::str::FromStr;

/// How the node of a task is chosen among those that it fits on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeChoice {
    /// Any, all alike; a part of a GPU on any that fits.
    Random,
    /// The one of lowest rank.
    FirstFit,
    /// The least product of what is left and what is asked (R. Grandl and others, SIGCOMM 2014,
    /// in the form of ATC 2023).
    DotProduct,
    /// The least left afterwards.
    BestFit,
    /// GPUs in use before idle ones, nodes in use before idle ones.
    Packing,
    /// Beside tasks with as many GPUs.
    Clustering,
    /// The least growth of what typical tasks can no longer use (Q. Weng and others, "Beware of
    /// fragmentation", USENIX ATC 2023).
    FragmentationGradient,
}

impl NodeChoice {
    /// All of them.
    pub const ALL: [NodeChoice; 7] = [
        NodeChoice::Random,
        NodeChoice::FirstFit,
        NodeChoice::DotProduct,
        NodeChoice::BestFit,
        NodeChoice::Packing,
        NodeChoice::Clustering,
        NodeChoice::FragmentationGradient,
    ];

    /// Its name in files, flags and results.
    pub fn name(self) -> &'static str {
        match self {
            NodeChoice::Random => "random",
            NodeChoice::FirstFit => "first_fit",
            NodeChoice::DotProduct => "dot_product",
            NodeChoice::BestFit => "best_fit",
            NodeChoice::Packing => "packing",
            NodeChoice::Clustering => "clustering",
            NodeChoice::FragmentationGradient => "fgd",
        }
    }

    /// How ties are broken and GPUs are chosen. Every result carries these words.
    pub fn tie_rule(self) -> &'static str {
        match self {
            NodeChoice::Random => {
                "nodes uniform by seed; idle GPUs of lowest number for whole \
                                   ones, any fitting GPU uniform by seed for a part"
            }
            NodeChoice::FragmentationGradient => {
                "equal scores to the node of lowest rank; idle GPUs of lowest number for whole \
                 ones, the GPU of best score for a part, the first of equal ones"
            }
            _ => {
                "equal scores to the node of lowest rank; idle GPUs of lowest number for whole \
                  ones, the fitting GPU with the least left for a part, the first of equal ones"
            }
        }
    }
}

impl fmt::Display for NodeChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of no choice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "node choice {0:?} is not known; choose of random, first_fit, dot_product, best_fit, packing, \
     clustering, fgd"
)]
pub struct UnknownChoice(String);

impl FromStr for NodeChoice {
    type Err = UnknownChoice;

    fn from_str(name: &str) -> Result<NodeChoice, UnknownChoice> {
        let found = NodeChoice::ALL.into_iter().find(|c| c.name() == name);
        found.ok_or_else(|| UnknownChoice(name.to_owned()))
    }
}
