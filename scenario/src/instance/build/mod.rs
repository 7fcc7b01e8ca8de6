//! From an instance to the planner's model.
//!
//! Each entry of the list of jobs becomes a class, each choice of sites for its groups a choice,
//! each kind of capacity of a site, each link and each cap on power a row. What can never fit is
//! left out, and the reason is kept. Spans, cost curves and routes are shared by all jobs.

mod class;
mod data;
mod listed;
mod shared;

use std::collections::BTreeMap;

use ewc_core::planner::model::{Model, ModelError};

use super::{Instance, WhyUnplaced, imbalance};
use crate::error::FieldError;

use class::Maker;
use shared::Shared;

pub(super) use class::spread;

/// An instance as the planner sees it, and what leads back.
#[derive(Debug, Clone)]
pub struct Built {
    /// What the planner works on. Class `i` is the job `jobs[i]`.
    pub model: Model,
    /// What each row of the model stands for.
    pub(super) rows: Vec<Row>,
    /// Why a job stays out that is not placed.
    pub(super) why: Vec<WhyUnplaced>,
}

/// What a row of the model stands for, by position in the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// Capacity of one kind at a site.
    Site { site: u32, kind: u32 },
    /// A link.
    Link { link: u32 },
    /// Power below a cap.
    Power { power: u32 },
    /// One kind of a quota.
    Quota { quota: u32, kind: u32 },
}

impl Built {
    /// Builds the model of a checked instance.
    ///
    /// # Errors
    /// Names the field that asks for more choices than the limits allow, or whose cost is out of
    /// range.
    pub fn new(instance: &Instance) -> Result<Built, FieldError> {
        instance.check()?;
        if let Some(tables) = &instance.tables {
            let mut built = listed::build(instance, tables);
            built.model.imbalance = imbalance::of_model(instance, &built.rows);
            built.model.check().map_err(out_of_range)?;
            return Ok(built);
        }
        let shared = Shared::new(instance);
        let mut maker = Maker::new(instance, shared);
        for (at, job) in instance.jobs.iter().enumerate() {
            maker.add(at, job)?;
        }
        let mut built = maker.finish();
        built.model.imbalance = imbalance::of_model(instance, &built.rows);
        built.model.check().map_err(out_of_range)?;
        Ok(built)
    }
}

fn out_of_range(error: ModelError) -> FieldError {
    let (field, problem) = match error {
        ModelError::Class { class, problem } => (format!("jobs[{class}]"), problem),
        ModelError::Model(problem) => (String::from("sites"), problem),
    };
    FieldError::new(field, problem, "use smaller numbers, or a coarser unit")
}

/// Numbers of the nodes: the sites first, then every other end of a link.
pub(super) fn nodes(instance: &Instance) -> BTreeMap<&str, u32> {
    let sites = instance.sites.iter().map(|site| site.name.as_str());
    let ends = instance.links.iter().flat_map(|link| &link.ends);
    let mut nodes = BTreeMap::new();
    for name in sites.chain(ends.map(String::as_str)) {
        let next = nodes.len() as u32;
        nodes.entry(name).or_insert(next);
    }
    nodes
}
