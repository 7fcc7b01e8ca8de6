//! What changes in the network while a scenario runs.

use crate::error::FieldError;
use crate::job_file::When;
use crate::network::{Scenario, watts};
use crate::reader::{Table, amount, one_of, text, whole};
use crate::units;

/// A fault never comes back sooner.
const EVERY_MS_MIN: i64 = 60_000;
/// Caps on power that are known at once.
const ANNOUNCED_MAX: i64 = 100;

/// What changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// A site goes dark: what runs there is lost.
    SiteOutage {
        /// The site.
        site: String,
    },
    /// A site's agent is cut off: what runs there goes on.
    AgentCutOff {
        /// The site.
        site: String,
    },
    /// A link carries nothing.
    LinkCut {
        /// The link.
        link: String,
    },
    /// A link carries less.
    LinkDegraded {
        /// The link.
        link: String,
        /// What is left of its capacity.
        left_permille: u32,
    },
    /// A pool has more nodes.
    CapacityGrowth {
        /// The site.
        site: String,
        /// The pool.
        pool: String,
        /// Nodes more.
        nodes: u32,
    },
    /// Power is short: a site's pools may use less of their capacity.
    Curtailment {
        /// The site.
        site: String,
        /// What is left of its capacity.
        left_permille: u32,
    },
    /// The work of a site may draw no more than this, and no more than the site's own cap.
    PowerCap {
        /// The site.
        site: String,
        /// At the IT load.
        cap_watts: i64,
        /// It is known so long before.
        notice_ms: i64,
    },
}

/// Something that changes for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// From when on, as Unix time.
    pub from_ms: i64,
    /// Until when; `None`: for good.
    pub until_ms: Option<i64>,
    /// It comes again this often.
    pub every_ms: Option<i64>,
}

const KINDS: [(&str, u8); 7] = [
    ("site_outage", 0),
    ("agent_cut_off", 1),
    ("link_cut", 2),
    ("link_degraded", 3),
    ("capacity_growth", 4),
    ("curtailment", 5),
    ("power_cap", 6),
];

impl FaultKind {
    /// As in scenario files.
    pub fn name(&self) -> &'static str {
        match self {
            FaultKind::SiteOutage { .. } => "site_outage",
            FaultKind::AgentCutOff { .. } => "agent_cut_off",
            FaultKind::LinkCut { .. } => "link_cut",
            FaultKind::LinkDegraded { .. } => "link_degraded",
            FaultKind::CapacityGrowth { .. } => "capacity_growth",
            FaultKind::Curtailment { .. } => "curtailment",
            FaultKind::PowerCap { .. } => "power_cap",
        }
    }
}

pub(super) fn read(
    mut table: Table,
    network: &Scenario,
    start_ms: i64,
) -> Result<Fault, FieldError> {
    let hint = "write e.g. \"site_outage\"";
    let kind = table.require("kind", hint, one_of(&KINDS))?;
    let kind = read_kind(&mut table, kind, network)?;
    let hint = "write when it begins, e.g. \"2d\" after the start";
    let from_ms = table.require("from", hint, moment)?.resolve(start_ms);
    let until = table.take("until", moment)?;
    let for_ms: Option<i64> = table.take("for", amount(units::duration_ms))?;
    let until_ms = match (until, for_ms) {
        (Some(_), Some(_)) => {
            let hint = "write one of for and until";
            return Err(FieldError::new(
                table.path_of("for"),
                "stands beside until",
                hint,
            ));
        }
        (Some(until), None) => Some(until.resolve(start_ms)),
        (None, Some(for_ms)) => Some(from_ms.saturating_add(for_ms)),
        (None, None) => None,
    };
    if until_ms.is_some_and(|until_ms| until_ms <= from_ms) {
        let hint = "let it end after it begins";
        return Err(FieldError::new(
            table.path_of("until"),
            "is not after from",
            hint,
        ));
    }
    let every_ms: Option<i64> = table.take("every", amount(units::duration_ms))?;
    if let Some(every_ms) = every_ms {
        let length_ms = until_ms.map(|until_ms| until_ms - from_ms);
        if every_ms < EVERY_MS_MIN || length_ms.is_none_or(|length_ms| length_ms >= every_ms) {
            let hint = "write at least \"1m\", and for how long it lasts in between";
            return Err(FieldError::new(
                table.path_of("every"),
                "is not longer than it lasts",
                hint,
            ));
        }
    }
    if let (FaultKind::PowerCap { notice_ms, .. }, Some(every_ms)) = (&kind, every_ms)
        && notice_ms / every_ms > ANNOUNCED_MAX
    {
        let hint = format!("write at most {ANNOUNCED_MAX} times what stands in every");
        return Err(FieldError::new(
            table.path_of("notice"),
            "is too long before",
            hint,
        ));
    }
    table.finish()?;
    Ok(Fault {
        kind,
        from_ms,
        until_ms,
        every_ms,
    })
}

fn moment(value: &crate::tree::Value) -> Result<When, crate::error::Problem> {
    When::parse(&text(value)?)
}

fn read_kind(table: &mut Table, kind: u8, network: &Scenario) -> Result<FaultKind, FieldError> {
    Ok(match kind {
        0 => FaultKind::SiteOutage {
            site: site(table, network)?,
        },
        1 => FaultKind::AgentCutOff {
            site: site(table, network)?,
        },
        2 => FaultKind::LinkCut {
            link: link(table, network)?,
        },
        3 => FaultKind::LinkDegraded {
            link: link(table, network)?,
            left_permille: left(table)?,
        },
        4 => {
            let site = site(table, network)?;
            FaultKind::CapacityGrowth {
                pool: pool(table, network, &site)?,
                site,
                nodes: table.require("nodes", "say how many are added", whole)?,
            }
        }
        5 => FaultKind::Curtailment {
            site: site(table, network)?,
            left_permille: left(table)?,
        },
        _ => {
            let site = site(table, network)?;
            let cap_watts = match watts(table, "cap")? {
                Some(cap_watts) => cap_watts,
                None => return Err(table.missing("cap", "write e.g. cap = \"5MW\"")),
            };
            let notice_ms: Option<i64> = table.take("notice", amount(units::duration_ms))?;
            FaultKind::PowerCap {
                site,
                cap_watts,
                notice_ms: notice_ms.unwrap_or(0),
            }
        }
    })
}

fn site(table: &mut Table, network: &Scenario) -> Result<String, FieldError> {
    let name = table.require("site", "name the site", text)?;
    match network.site(&name) {
        Some(_) => Ok(name),
        None => {
            let names: Vec<&str> = network.sites.iter().map(|s| s.spec.name.as_str()).collect();
            Err(FieldError::new(
                table.path_of("site"),
                format!("{name:?} is not a site of the network"),
                format!("write one of {}", names.join(", ")),
            ))
        }
    }
}

fn pool(table: &mut Table, network: &Scenario, site: &str) -> Result<String, FieldError> {
    let name = table.require("pool", "name a pool of the site", text)?;
    let pools = network.site(site).map(|site| &site.spec.pools);
    let names: Vec<&str> = pools
        .into_iter()
        .flatten()
        .map(|p| p.name.as_str())
        .collect();
    if names.contains(&name.as_str()) {
        return Ok(name);
    }
    Err(FieldError::new(
        table.path_of("pool"),
        format!("{name:?} is not a pool of {site}"),
        format!("write one of {}", names.join(", ")),
    ))
}

fn link(table: &mut Table, network: &Scenario) -> Result<String, FieldError> {
    let hint = "name the link, e.g. \"private_ip.beijing.tianjin\"";
    let name = table.require("link", hint, text)?;
    match network.links.iter().any(|link| link.name == name) {
        true => Ok(name),
        false => Err(FieldError::new(
            table.path_of("link"),
            format!("{name:?} is not a link of the network"),
            "write its layer and its two ends with dots, e.g. \"private_ip.beijing.tianjin\"",
        )),
    }
}

fn left(table: &mut Table) -> Result<u32, FieldError> {
    let hint = "say what is left, e.g. left = \"40%\"";
    let permille: u32 = table.require("left", hint, amount(units::permille))?;
    match permille < 1000 {
        true => Ok(permille),
        false => Err(FieldError::new(
            table.path_of("left"),
            "is not less than all of it",
            "write e.g. \"40%\"",
        )),
    }
}
