//! What version 4 adds: what all work at some sites draws together stays below a cap.
//!
//! Where jobs say what they need, a cap says what a unit of each kind draws; where they list their
//! choices, the choices say what they draw.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::check::{Checked, Known, not_more, unique, unknown, within, wrong};
use super::{Instance, Series, limits};

/// A cap on what is drawn at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Power {
    /// Name, of a site or a grid connection for example.
    pub name: String,
    /// The most that may be drawn.
    pub cap: Series,
    /// What draws on it; nothing where jobs list their choices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub draws: Vec<Draw>,
}

/// What a unit of a kind of capacity draws while it is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// Name of the site.
    pub site: String,
    /// Name of the kind.
    pub kind: String,
    /// What one unit of it draws.
    pub units: i64,
}

impl Power {
    /// What so many units of a kind at a site draw.
    pub(super) fn drawn(&self, site: &str, kind: &str, amount: i64) -> i64 {
        let mut draws = self.draws.iter();
        let draw = draws.find(|draw| draw.site == site && draw.kind == kind);
        draw.map_or(0, |draw| amount.saturating_mul(draw.units))
    }
}

impl Known<'_> {
    /// Says whether every cap has its name, and every draw its site and kind, once.
    pub(super) fn power(&self, instance: &Instance) -> Checked {
        not_more("power", instance.power.len(), limits::SITES)?;
        unique(
            "power",
            instance.power.iter().map(|power| power.name.as_str()),
        )?;
        for (at, power) in instance.power.iter().enumerate() {
            let path = format!("power[{at}]");
            self.series(&format!("{path}.cap"), &power.cap, limits::CAPACITY)?;
            if instance.tables.is_some() && !power.draws.is_empty() {
                let problem = "is not counted where jobs list their choices";
                let hint = "leave it out, and list among the holds of choices what they draw";
                return wrong(format!("{path}.draws"), problem, hint);
            }
            self.draws(&path, power)?;
        }
        Ok(())
    }

    fn draws(&self, path: &str, power: &Power) -> Checked {
        let mut seen = BTreeSet::new();
        for (at, draw) in power.draws.iter().enumerate() {
            let path = format!("{path}.draws[{at}]");
            if !self.sites.contains(draw.site.as_str()) {
                return unknown(format!("{path}.site"), &draw.site, "`sites`");
            }
            self.kind(&format!("{path}.kind"), &draw.kind)?;
            if !seen.insert((&draw.site, &draw.kind)) {
                return wrong(format!("{path}.kind"), "comes twice", "name each once");
            }
            within(format!("{path}.units"), draw.units, 0, limits::DRAW)?;
        }
        Ok(())
    }
}
