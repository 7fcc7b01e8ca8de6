//! What growing a network costs: nodes of pools and bandwidth of links, with everything that
//! belongs to them.
//!
//! ```toml
//! per_core = "1500CNY"             # of a node
//! per_accelerator = "120000CNY"
//! per_gbps = "40000CNY"            # of a link, for one gigabit per second
//!
//! [pools]                          # one node, where that is known
//! "nm-horinger.general" = "180000CNY"
//!
//! [links]                          # one gigabit per second
//! "optical.beijing.tianjin" = "25000CNY"
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use ewc_core::model::PoolSpec;

use crate::error::{FieldError, FileError};
use crate::network::Scenario;
use crate::reader::{Table, amount};
use crate::tree::{self, Format};
use crate::units;

/// Largest file.
const SIZE_BYTES_MAX: u64 = 1 << 20;
/// A server's core with its memory, rack and share of the building (A).
const CORE_MICRO_CNY: i64 = 1_500_000_000;
/// An accelerator with its share of the server and of the building (A).
const ACCELERATOR_MICRO_CNY: i64 = 120_000_000_000;
/// A wavelength's share, with the equipment at both ends (A).
const GBPS_MICRO_CNY: i64 = 40_000_000_000;

/// Prices of growth, in micro-yuan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrowthCosts {
    core: Option<i64>,
    accelerator: Option<i64>,
    gbps: Option<i64>,
    pools: BTreeMap<String, i64>,
    links: BTreeMap<String, i64>,
}

/// What a unit costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitCost {
    /// In micro-yuan.
    pub micro_cny: i64,
    /// True when nobody said so: the default stands for it.
    pub assumed: bool,
}

impl GrowthCosts {
    /// Reads a file.
    ///
    /// # Errors
    /// Names the field, what is wrong with it and what to do.
    pub fn load(path: &Path) -> Result<GrowthCosts, FileError> {
        let format = Format::of(path)?;
        GrowthCosts::parse(&tree::read(path, SIZE_BYTES_MAX)?, format)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// Names the field, what is wrong with it and what to do.
    pub fn parse(text: &str, format: Format) -> Result<GrowthCosts, FileError> {
        let mut root = Table::root(tree::parse(text, format)?);
        let costs = GrowthCosts {
            core: root.take("per_core", amount(units::micro_cny))?,
            accelerator: root.take("per_accelerator", amount(units::micro_cny))?,
            gbps: root.take("per_gbps", amount(units::micro_cny))?,
            pools: named(&mut root, "pools")?,
            links: named(&mut root, "links")?,
        };
        let all = [costs.core, costs.accelerator, costs.gbps]
            .into_iter()
            .flatten();
        if all
            .chain(costs.pools.values().chain(costs.links.values()).copied())
            .any(|it| it == 0)
        {
            let hint = "write what it costs; what is free needs no plan";
            return Err(FieldError::new("per_core", "or another cost is zero", hint).into());
        }
        root.finish()?;
        Ok(costs)
    }

    /// Says whether every pool and link that is named is there.
    ///
    /// # Errors
    /// Names the first that is not.
    pub fn check(&self, network: &Scenario) -> Result<(), FieldError> {
        let pools = network.sites.iter().flat_map(|site| {
            let pools = site.spec.pools.iter();
            pools.map(|pool| format!("{}.{}", site.spec.name, pool.name))
        });
        let pools: Vec<String> = pools.collect();
        if let Some(name) = self.pools.keys().find(|name| !pools.contains(name)) {
            let hint = format!("write site and pool, one of {}", pools.join(", "));
            return Err(FieldError::new(format!("pools.{name}"), "is no pool", hint));
        }
        let known = |name: &String| network.links.iter().any(|link| link.name == *name);
        if let Some(name) = self.links.keys().find(|name| !known(name)) {
            let hint = "write its layer and its two ends, e.g. \"optical.beijing.tianjin\"";
            return Err(FieldError::new(format!("links.{name}"), "is no link", hint));
        }
        Ok(())
    }

    /// One node of a pool, named `site.pool`.
    pub fn node(&self, name: &str, pool: &PoolSpec) -> UnitCost {
        if let Some(known) = self.pools.get(name) {
            return UnitCost {
                micro_cny: *known,
                assumed: false,
            };
        }
        let cores = pool.node.cpu_millis / 1000;
        let accelerators = pool.node.accelerators;
        let of = |own: Option<i64>, default: i64, count: i64| {
            own.unwrap_or(default).saturating_mul(count)
        };
        let whole = of(self.core, CORE_MICRO_CNY, cores);
        let accelerated = of(self.accelerator, ACCELERATOR_MICRO_CNY, accelerators);
        UnitCost {
            micro_cny: whole.saturating_add(accelerated).max(1),
            assumed: self.core.is_none() || (accelerators > 0 && self.accelerator.is_none()),
        }
    }

    /// One gigabit per second of a link.
    pub fn gbps(&self, name: &str) -> UnitCost {
        let known = self.links.get(name).copied().or(self.gbps);
        UnitCost {
            micro_cny: known.unwrap_or(GBPS_MICRO_CNY),
            assumed: known.is_none(),
        }
    }
}

fn named(root: &mut Table, name: &'static str) -> Result<BTreeMap<String, i64>, FieldError> {
    let texts = root.texts(name)?.into_iter();
    let read = |(key, text): (String, String)| match units::micro_cny(&text) {
        Ok(amount) => Ok((key, amount)),
        Err(problem) => Err(problem.at(format!("{name}.{key}"))),
    };
    texts.map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<GrowthCosts, FileError> {
        GrowthCosts::parse(text, Format::Toml)
    }

    #[test]
    fn what_is_named_is_known_and_the_rest_assumed() {
        let costs = parse(
            "per_core = \"1000CNY\"\n[pools]\n\"gz-guian.general\" = \"7CNY\"\n[links]\n\
             \"optical.beijing.tianjin\" = \"9CNY\"\n",
        )
        .unwrap();
        let network = crate::tutorial();
        costs.check(&network).unwrap();
        let pools = &network.site("gz-guian").unwrap().spec.pools;
        let plain = pools
            .iter()
            .find(|pool| pool.node.accelerators == 0)
            .unwrap();
        let fast = pools
            .iter()
            .find(|pool| pool.node.accelerators > 0)
            .unwrap();
        let node = costs.node("gz-guian.general", plain);
        assert_eq!((node.micro_cny, node.assumed), (7_000_000, false));
        let cores = plain.node.cpu_millis / 1000;
        let other = costs.node("elsewhere.general", plain);
        assert_eq!(
            (other.micro_cny, other.assumed),
            (cores * 1_000_000_000, false)
        );
        assert!(costs.node("elsewhere.fast", fast).assumed);
        assert!(!costs.gbps("optical.beijing.tianjin").assumed);
        assert_eq!(costs.gbps("another").micro_cny, GBPS_MICRO_CNY);
    }

    #[test]
    fn errors_name_the_field() {
        for (text, part) in [
            ("per_rack = \"1CNY\"", "per_rack: is not a field"),
            ("per_core = \"0CNY\"", "per_core: or another cost is zero"),
            (
                "[pools]\n\"a.b\" = \"many\"",
                "pools.a.b: \"many\" is not an amount of money",
            ),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        let unknown = parse("[links]\nnone = \"1CNY\"").unwrap();
        let error = unknown.check(&crate::tutorial()).unwrap_err().to_string();
        assert!(error.starts_with("links.none: is no link"), "{error}");
    }
}
