//! Edit lists: what a planner would change in a network, to see what comes of it.
//!
//! ```toml
//! [[edits]]
//! edit = "add_nodes"           # so many more in a pool; counts after one_node_in
//! site = "nm-horinger"
//! pool = "general"
//! nodes = 40
//!
//! [[edits]]
//! edit = "upgrade_link"
//! link = "optical.beijing.tianjin"
//! capacity = "800Gbps"
//!
//! [[edits]]
//! edit = "policy"              # fields of [policy], as in the scenario
//! carbon_price_per_tonne = "300CNY"
//! ```
//!
//! `docs/what-if.md` has all of them. The edits of policy and fields come first, because they
//! change what is read; then the others in their order, each on what those before it made.

mod apply;
mod read;
#[cfg(test)]
mod tests;

use std::path::Path;

use ewc_core::command::LinkDefinition;

use crate::error::{FieldError, FileError};
use crate::network_run::{NetworkRun, RunFile};
use crate::reader::Table;
use crate::setting::Setting;
use crate::tree::{self, Format};

/// Largest file of edits.
const SIZE_BYTES_MAX: u64 = 1 << 20;

/// A change of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A link that was not there.
    AddLink(LinkDefinition),
    /// A link is taken away.
    RemoveLink {
        /// The link.
        link: String,
    },
    /// A link carries more or less, costs more or less, is shorter or longer.
    UpgradeLink {
        /// The link.
        link: String,
        /// What it carries.
        capacity_bps: Option<i64>,
        /// Price of transport.
        price_micro_cny_per_gb: Option<i64>,
        /// Latency.
        one_way_us: Option<i64>,
    },
    /// A pool has more nodes.
    AddNodes {
        /// The site.
        site: String,
        /// The pool.
        pool: String,
        /// Nodes more.
        nodes: u32,
    },
    /// A site gets a battery, beside any that it has.
    AddBattery {
        /// The site.
        site: String,
        /// What it gives when it was full.
        watt_hours: i64,
        /// How fast.
        watts: i64,
        /// What comes out of what goes in.
        efficiency_permille: u32,
    },
    /// A site gets panels or turbines, beside those that it has.
    AddRenewables {
        /// The site.
        site: String,
        /// Peak power of the panels.
        solar_watts: i64,
        /// Rated power of the turbines.
        wind_watts: i64,
    },
    /// A site pays another price for power.
    Tariff {
        /// The site.
        site: String,
        /// Price outside valley and peak hours.
        price_micro_cny_per_kwh: Option<i64>,
        /// Hours of the day at half the price.
        valley_hours: Option<Vec<u8>>,
        /// Hours of the day at one and a half times the price.
        peak_hours: Option<Vec<u8>>,
    },
    /// A site's power emits more or less.
    Emissions {
        /// The site.
        site: String,
        /// Emission factor of its grid in the year's mean.
        grid_mg_per_wh: Option<i64>,
        /// Share of its use covered by contracted green power.
        contracted_permille: Option<u32>,
    },
    /// A site is not there; routes still lead through its place.
    RemoveSite {
        /// The site.
        site: String,
    },
}

/// The edits of a file, or of several.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EditList {
    /// Fields with other values, with their path in the list.
    settings: Vec<(String, Setting)>,
    /// Changes of the network, with their path in the list.
    edits: Vec<(String, Edit)>,
}

impl EditList {
    /// Reads a file.
    ///
    /// # Errors
    /// Names the field, what is wrong with it and what to do.
    pub fn load(path: &Path) -> Result<EditList, FileError> {
        let format = Format::of(path)?;
        let mut list = EditList::parse(&tree::read(path, SIZE_BYTES_MAX)?, format)?;
        // What does not fit the scenario is found later, and has to be found again in the file.
        let file = path.display();
        let settings = list.settings.iter_mut().map(|(place, _)| place);
        let places = settings.chain(list.edits.iter_mut().map(|(place, _)| place));
        places.for_each(|place| *place = format!("{file}: {place}"));
        Ok(list)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// Names the field, what is wrong with it and what to do.
    pub fn parse(text: &str, format: Format) -> Result<EditList, FileError> {
        Ok(read::read(Table::root(tree::parse(text, format)?))?)
    }

    /// Adds a field with another value, from a command line.
    pub fn set(&mut self, setting: Setting) {
        self.settings.push((String::from("--set"), setting));
    }

    /// Adds what another list has.
    pub fn extend(&mut self, other: EditList) {
        self.settings.extend(other.settings);
        self.edits.extend(other.edits);
    }

    /// True when it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.edits.is_empty()
    }

    /// How many changes it has.
    pub fn len(&self) -> usize {
        self.settings.len() + self.edits.len()
    }

    /// The scenario of this file with the edits. Its jobs are those of the scenario without them.
    ///
    /// # Errors
    /// The scenario cannot be read, or an edit does not fit it: its place in the list is named.
    pub fn applied_to(&self, scenario: &Path) -> Result<NetworkRun, EditError> {
        let scenario_error = |problem| EditError::Scenario(Box::new(problem));
        let RunFile::Network(before) = RunFile::load(scenario).map_err(scenario_error)? else {
            return Err(EditError::OneSite);
        };
        // One after the other, so that the one that does not fit is named.
        let mut settings = Vec::new();
        let mut after = before.clone();
        for (place, setting) in &self.settings {
            settings.push(setting.clone());
            match RunFile::load_with(scenario, &settings) {
                Ok(RunFile::Network(run)) => after = run,
                Ok(RunFile::Site(_)) => return Err(EditError::OneSite),
                Err(problem) => {
                    return Err(EditError::Setting {
                        place: place.clone(),
                        problem: Box::new(problem),
                    });
                }
            }
        }
        let mut after = *after;
        for (place, edit) in &self.edits {
            apply::apply(place, edit, &mut after)?;
        }
        if after.network != before.network && after.workload == before.workload {
            after.jobs_of = Some(Box::new(before.network));
        }
        Ok(after)
    }
}

/// Why edits cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The scenario itself.
    #[error(transparent)]
    Scenario(Box<FileError>),
    /// The scenario has no network.
    #[error("network: is missing; choose a scenario of a whole network")]
    OneSite,
    /// A field that is set.
    #[error("{place}: {problem}")]
    Setting {
        /// Its place in the list.
        place: String,
        /// What is wrong.
        problem: Box<FileError>,
    },
    /// An edit.
    #[error(transparent)]
    Edit(#[from] FieldError),
}
