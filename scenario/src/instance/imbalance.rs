//! What version 3 adds: a cost of the use of capacity itself, that rises with the use.
//!
//! Each row is a kind of capacity at a site. What all jobs hold of it together costs nothing up to
//! its first mark in a slot, and from each mark on so much more for each unit.

use std::collections::{BTreeMap, BTreeSet};

use ewc_core::planner::model::{self, RowSteps};
use serde::{Deserialize, Serialize};

use super::build::Row;
use super::check::{Checked, Known, not_more, unknown, within, wrong};
use super::{Instance, Series, limits};

/// The rows whose use costs something, and the unit of their prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imbalance {
    /// Prices are in units of 2^-`shift` of the instance's cost; the sum of all of it is rounded up
    /// to a whole cost.
    pub shift: u32,
    /// What has marks.
    pub rows: Vec<MarkedRow>,
}

/// The marks of one kind of capacity at a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkedRow {
    /// Name of the site.
    pub site: String,
    /// Name of the kind.
    pub kind: String,
    /// By rising mark.
    pub steps: Vec<Mark>,
}

/// One mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The use above which it counts.
    pub above: Series,
    /// What each unit above it costs more for a slot.
    pub price: Series,
}

impl Known<'_> {
    /// Says whether every row is there, once, and its marks rise.
    pub(super) fn imbalance(&self, instance: &Instance, imbalance: &Imbalance) -> Checked {
        let finest = i64::from(limits::IMBALANCE_SHIFT);
        within("imbalance.shift", imbalance.shift.into(), 0, finest)?;
        let mut seen = BTreeSet::new();
        for (at, row) in imbalance.rows.iter().enumerate() {
            let path = format!("imbalance.rows[{at}]");
            let site = instance.sites.iter().find(|site| site.name == row.site);
            let Some(site) = site else {
                return unknown(format!("{path}.site"), &row.site, "`sites`");
            };
            self.kind(&format!("{path}.kind"), &row.kind)?;
            if site.capacity.get(&row.kind).is_none() || !seen.insert((&row.site, &row.kind)) {
                let problem = "is not a kind of capacity of this site, or comes twice";
                return wrong(format!("{path}.kind"), problem, "name each once");
            }
            not_more(&format!("{path}.steps"), row.steps.len(), limits::MARKS)?;
            for (number, step) in row.steps.iter().enumerate() {
                let path = format!("{path}.steps[{number}]");
                self.series(&format!("{path}.above"), &step.above, limits::CAPACITY)?;
                self.series(&format!("{path}.price"), &step.price, limits::COST)?;
                let Some(before) = number.checked_sub(1).map(|before| &row.steps[before]) else {
                    continue;
                };
                let mut slots = 0..self.slots as usize;
                if slots.any(|slot| before.above.at(slot) > step.above.at(slot)) {
                    let hint = "write the steps by rising mark";
                    return wrong(format!("{path}.above"), "falls below the mark before", hint);
                }
            }
        }
        Ok(())
    }
}

/// The same for the rows of the planner's model.
pub(super) fn of_model(instance: &Instance, rows: &[Row]) -> model::Imbalance {
    let Some(imbalance) = &instance.imbalance else {
        return model::Imbalance::default();
    };
    let mut numbers = BTreeMap::new();
    for (number, row) in (0..).zip(rows) {
        if let Row::Site { site, kind } = *row {
            let site = instance.sites[site as usize].name.as_str();
            numbers.insert((site, instance.kinds[kind as usize].as_str()), number);
        }
    }
    let slots = instance.slots as usize;
    let marked = imbalance.rows.iter().filter_map(|row| {
        let number = numbers.get(&(row.site.as_str(), row.kind.as_str()))?;
        let steps = row.steps.iter().map(|step| model::Step {
            above: step.above.over(slots),
            price: step.price.over(slots),
        });
        Some(RowSteps {
            row: *number,
            steps: steps.collect(),
        })
    });
    let mut rows: Vec<RowSteps> = marked.collect();
    rows.sort_by_key(|row| row.row);
    model::Imbalance {
        shift: imbalance.shift,
        rows,
    }
}
