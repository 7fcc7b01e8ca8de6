//! Reads the node and pod lists of the Alibaba GPU cluster trace of 2023 (`openb`): tables with a
//! header, plain or compressed by gzip. Errors name line and column.

mod nodes;
mod order;
mod pods;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use nodes::{NodeRow, read_nodes};
pub use order::{OrderError, read_order};
pub use pods::{PodRow, read_pods};

use crate::site::nodes::Models;

/// GPU models by name, numbered in the order in which they were first met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelNames(BTreeMap<String, u8>);

/// Most GPU models.
const MODELS_MAX: usize = 64;

impl ModelNames {
    /// The number of a model; `None` when there are too many.
    fn number(&mut self, name: &str) -> Option<u8> {
        if let Some(number) = self.0.get(name) {
            return Some(*number);
        }
        let next = self.0.len();
        if next >= MODELS_MAX {
            return None;
        }
        self.0.insert(name.to_owned(), next as u8);
        Some(next as u8)
    }

    /// Names parted by `|`, any when empty; `None` when there are too many.
    fn any_of(&mut self, names: &str) -> Option<Models> {
        let mut models = Models::default();
        for name in names.split('|').filter(|name| !name.is_empty()) {
            models.insert(self.number(name)?);
        }
        Some(models)
    }
}
