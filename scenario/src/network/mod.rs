//! Scenario files: the sites, the links between them, where users are, and the policy.
//!
//! A scenario names things by name; the core gives them numbers when they enter the log. The
//! format, field by field, stands at the head of `scenario/data/national.toml`.

mod check;
mod policy;
mod reach;
mod read;
mod site;
mod steering;
mod tenants;
mod write;

use std::collections::BTreeSet;
use std::path::Path;

use ewc_core::Command;
use ewc_core::command::{LinkDefinition, RegionDefinition};
use ewc_core::model::{NetworkNode, NodeKind, Policy, SiteSpec};

use crate::energy::OwnSupply;
use crate::error::{FieldError, FileError};
use crate::reader::Table;
use crate::setting::Setting;
use crate::tree::{self, Format};

pub(crate) use policy::read_table as read_policy;
pub use policy::{load_policy, parse_policy};
pub(crate) use read::read_new_link;
pub(crate) use site::{read_battery, read_hours, watts};
pub use write::policy_text;

/// Largest scenario file.
pub const SIZE_BYTES_MAX: u64 = 16 << 20;

/// A whole network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// Name.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// Vertices of the link graph: backbone cities first, then one for each site.
    pub nodes: Vec<NetworkNode>,
    /// Segments, each on one layer.
    pub links: Vec<LinkDefinition>,
    /// Where users are.
    pub regions: Vec<RegionDefinition>,
    /// Clusters and edge sites.
    pub sites: Vec<SiteDef>,
    /// Prices and limits of planning.
    pub policy: Policy,
}

/// A site of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteDef {
    /// What its agent declares.
    pub spec: SiteSpec,
    /// Where its energy comes from.
    pub energy: SiteEnergy,
    /// What its work may draw, at the IT load: by the powers of the pools, without cooling.
    pub power_cap_watts: Option<i64>,
    /// What is published about it; nothing is computed from these.
    pub figures: Vec<Figure>,
    /// Part of the demonstration.
    pub demo: bool,
}

/// A site's energy as far as the site itself knows it; [`SiteEnergy::profile`] makes the
/// generator's parameters of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteEnergy {
    /// Province whose shapes, emission factor and tariff periods hold.
    pub preset: String,
    /// Power usage effectiveness in the year's mean, 1000 = no overhead.
    pub pue_permille: u32,
    /// Share of its use covered by contracted green power (绿电).
    pub contracted_permille: u32,
    /// Price of power outside valley and peak hours.
    pub price_micro_cny_per_kwh: i64,
    /// Water usage effectiveness, the same all year.
    pub wue_ml_per_kwh: i64,
    /// Emission factor of its grid in the year's mean, if not the preset's; mg/Wh = g/kWh.
    pub grid_mg_per_wh: Option<i64>,
    /// Hours of the day, Beijing time, at half the price, if not the preset's.
    pub valley_hours: Option<Vec<u8>>,
    /// Hours of the day, Beijing time, at one and a half times the price, if not the preset's.
    pub peak_hours: Option<Vec<u8>>,
    /// What it has beside the grid.
    pub own: OwnSupply,
}

/// How far a figure may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Seen in a published text.
    Verified,
    /// Derived by arithmetic from verified figures.
    Derived,
    /// Remembered, not verified.
    Remembered,
    /// Fills a gap.
    Assumed,
}

/// A published or assumed figure of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What is counted, with precision and density where that matters.
    pub what: String,
    /// Value with its unit.
    pub value: String,
    /// How far it may be trusted.
    pub mark: Mark,
    /// Where it comes from.
    pub source: String,
}

/// A site as its agent is to be set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSite<'a> {
    /// The site, with its pools and energy.
    pub site: &'a SiteDef,
    /// The links that end at it, with their declared latencies.
    pub links: Vec<&'a LinkDefinition>,
}

impl Scenario {
    /// Reads a file; its extension tells the format.
    pub fn load(path: &Path) -> Result<Scenario, FileError> {
        Scenario::load_with(path, &[])
    }

    /// Reads a file of which some fields have other values.
    pub(crate) fn load_with(path: &Path, settings: &[Setting]) -> Result<Scenario, FileError> {
        let format = Format::of(path)?;
        Scenario::parse_with(&tree::read(path, SIZE_BYTES_MAX)?, format, settings)
    }

    /// Reads a text.
    pub fn parse(text: &str, format: Format) -> Result<Scenario, FileError> {
        Scenario::parse_with(text, format, &[])
    }

    /// Reads a text of which some fields have other values.
    pub(crate) fn parse_with(
        text: &str,
        format: Format,
        settings: &[Setting],
    ) -> Result<Scenario, FileError> {
        tree::check_size(text, SIZE_BYTES_MAX)?;
        let mut fields = tree::parse(text, format)?;
        for setting in settings {
            setting.apply(&mut fields)?;
        }
        let scenario = read::read(Table::root(fields))?;
        scenario.check()?;
        Ok(scenario)
    }

    /// Says whether the parts fit each other.
    ///
    /// # Errors
    /// Names the first field that does not.
    pub(crate) fn check(&self) -> Result<(), FieldError> {
        check::check(self)
    }

    /// The site of that name.
    pub fn site(&self, name: &str) -> Option<&SiteDef> {
        self.sites.iter().find(|site| site.spec.name == name)
    }

    /// The sites that the demonstration starts.
    pub fn demo_sites(&self) -> Vec<&SiteDef> {
        self.sites.iter().filter(|site| site.demo).collect()
    }

    /// What each site's agent has to know.
    pub fn agent_sites(&self) -> Vec<AgentSite<'_>> {
        let links_of = |site: &SiteDef| {
            let name = &site.spec.name;
            self.links
                .iter()
                .filter(|link| link.a == *name || link.b == *name)
                .collect()
        };
        self.sites
            .iter()
            .map(|site| AgentSite {
                site,
                links: links_of(site),
            })
            .collect()
    }

    /// The log entry that makes nodes, links and demand regions known.
    pub fn define_network(&self) -> Command {
        Command::DefineNetwork {
            nodes: self.nodes.clone(),
            links: self.links.clone(),
            regions: self.regions.clone(),
        }
    }

    /// The same network for data that is `factor` times smaller than what it stands for: links
    /// carry less and cost more per byte, so that times and money stay as they were. A factor of 0
    /// counts as 1.
    pub fn scaled_data(mut self, factor: u32) -> Scenario {
        let factor = i64::from(factor.max(1));
        for link in &mut self.links {
            link.capacity_bps = (link.capacity_bps / factor).max(1);
            link.price_micro_cny_per_gb = link.price_micro_cny_per_gb.saturating_mul(factor);
        }
        self
    }

    /// The same network with one node in so many of a cluster's pools, and at least one of each; a
    /// cap on its power becomes as small a part. Edge sites and links stay whole. 0 counts as 1.
    pub fn thinned(mut self, one_node_in: u32) -> Scenario {
        let one_node_in = one_node_in.max(1);
        for site in self.sites.iter_mut().filter(|site| !site.spec.edge) {
            for pool in &mut site.spec.pools {
                pool.nodes = (pool.nodes / one_node_in).max(1);
            }
            if let Some(watts) = &mut site.power_cap_watts {
                *watts /= i64::from(one_node_in);
            }
        }
        self
    }

    /// The same network with these sites only. The nodes of the others stay in the graph as
    /// backbone nodes, because routes lead through them.
    pub fn restricted_to(mut self, names: &[&str]) -> Scenario {
        self.sites
            .retain(|site| names.contains(&site.spec.name.as_str()));
        let kept: BTreeSet<&str> = self
            .sites
            .iter()
            .map(|site| site.spec.name.as_str())
            .collect();
        for node in &mut self.nodes {
            if node.kind == NodeKind::Site && !kept.contains(node.name.as_str()) {
                node.kind = NodeKind::Backbone;
            }
        }
        self
    }
}
