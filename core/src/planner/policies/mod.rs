//! The policies: how one job picks among the sites. Each is one rank over what the sites offer.
//!
//! `greedy` is what ewc places by, or `price` for the whole queue. The others are baselines: what
//! they give away is what the figures measure.

mod best_fit_drf;
mod cost_flat_egress;
mod data_weight;
mod first_fit;
mod greedy;
mod ordered;
mod plain;
mod race;
mod random;

use crate::model::{Job, Placement, PolicyKind, SiteId, SiteVerdict, Verdict};
use crate::reason::Reason;

use super::plan::Round;
use super::site::{Wanted, first_of_all, worth};
use super::view::View;

/// What one site could do for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteOption {
    /// The site.
    pub site: SiteId,
    /// Its best placement, or the first rule in the way.
    pub outcome: Result<Placement, Reason>,
}

/// Who decides: the policy, and the seed of what is random in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chooser {
    pub(super) policy: PolicyKind,
    pub(super) seed: u64,
    pub(super) told: Told,
}

/// What placements say of the sites that were not chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// What would have been found there.
    All,
    /// Nothing, where it takes time to find out.
    Nothing,
}

impl Chooser {
    /// The same without a word about other sites.
    pub(super) fn brief(self) -> Chooser {
        Chooser {
            told: Told::Nothing,
            ..self
        }
    }
}

impl From<&Round> for Chooser {
    fn from(round: &Round) -> Chooser {
        Chooser {
            policy: round.policy,
            seed: round.seed,
            told: Told::All,
        }
    }
}

/// Picks a placement and says of every other site that was looked at what was found there.
pub(super) fn place(view: &View<'_>, by: Chooser, job: &Job) -> Result<Placement, Reason> {
    if let Some(found) = plain::place(view, by.policy, job) {
        return found;
    }
    let first = match (by.told, by.policy) {
        (Told::Nothing, PolicyKind::Greedy | PolicyKind::Price) => Some(Wanted::Cheapest),
        (Told::Nothing, PolicyKind::Race) => Some(Wanted::Soonest),
        _ => None,
    };
    if let Some(found) = first.and_then(|wanted| first_of_all(view, job, wanted)) {
        return found;
    }
    let mut options = match by.policy {
        PolicyKind::FirstFit => first_fit::until_found(view, job),
        _ => options(view, by, job),
    };
    let chosen = match options.first() {
        Some(SiteOption { outcome: Ok(_), .. }) => options.remove(0),
        Some(_) => return Err(common_reason(&options)),
        None => return Err(Reason::PoolTooSmall),
    };
    let mut placement = chosen.outcome?;
    let (chosen, _) = worth(view, &placement);
    placement.verdicts = options
        .iter()
        .map(|option| verdict(view, option, chosen))
        .collect();
    Ok(placement)
}

/// Every site, the one the policy prefers first, those ruled out last.
pub(super) fn options(view: &View<'_>, by: Chooser, job: &Job) -> Vec<SiteOption> {
    match by.policy {
        PolicyKind::Greedy | PolicyKind::Price => greedy::options(view, job),
        PolicyKind::FirstFit => first_fit::options(view, job),
        PolicyKind::Ordered => ordered::options(view, job),
        PolicyKind::Race => race::options(view, job),
        PolicyKind::BestFitDrf => best_fit_drf::options(view, job),
        PolicyKind::CostFlatEgress => cost_flat_egress::options(view, job),
        PolicyKind::DataWeight => data_weight::options(view, job),
        PolicyKind::Random => random::options(view, by.seed, job),
    }
}

/// What every site offers, by rising rank; equals by identity, those ruled out last.
fn ranked<K: Ord>(
    view: &View<'_>,
    offer: impl Fn(SiteId) -> Result<Placement, Reason>,
    rank: impl Fn(SiteId, &Placement) -> K,
) -> Vec<SiteOption> {
    let sites = (0..view.state().sites().len() as u32).map(SiteId);
    let offers = sites.map(|site| {
        let outcome = offer(site);
        let rank = outcome.as_ref().ok().map(|placement| rank(site, placement));
        // Nothing is less than something, and is to come last.
        ((rank.is_none(), rank), SiteOption { site, outcome })
    });
    let mut offers: Vec<_> = offers.collect();
    offers.sort_by(|a, b| a.0.cmp(&b.0));
    offers.into_iter().map(|(_, option)| option).collect()
}

/// The reason of the site that came farthest, by the order in which rules are checked.
fn common_reason(options: &[SiteOption]) -> Reason {
    let reasons = options
        .iter()
        .filter_map(|option| option.outcome.as_ref().err());
    reasons.max().copied().unwrap_or(Reason::PoolTooSmall)
}

fn verdict(view: &View<'_>, option: &SiteOption, chosen: i64) -> SiteVerdict {
    let verdict = match &option.outcome {
        Ok(other) => Verdict::Dearer {
            extra_micro_cny: worth(view, other).0 - chosen,
        },
        Err(reason) => Verdict::RuledOut(*reason),
    };
    SiteVerdict {
        site: option.site,
        verdict,
    }
}
