//! The policies: how one job picks among the sites.

use crate::model::{Job, Placement, PolicyKind, SiteId, SiteVerdict, Verdict};
use crate::reason::Reason;

use super::site::{Starts, best_at, worth};
use super::view::View;

/// What one site could do for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteOption {
    /// The site.
    pub site: SiteId,
    /// Its best placement, or the first rule in the way.
    pub outcome: Result<Placement, Reason>,
}

/// Picks a placement and says of every other site what was found there.
pub(super) fn place(view: &View<'_>, policy: PolicyKind, job: &Job) -> Result<Placement, Reason> {
    let mut options = options(view, policy, job);
    let chosen = match options.first() {
        Some(SiteOption { outcome: Ok(_), .. }) => options.remove(0),
        Some(_) => return Err(common_reason(&options)),
        None => return Err(Reason::PoolTooSmall),
    };
    let mut placement = chosen.outcome?;
    let (objective, _) = worth(view, &placement);
    placement.verdicts = options
        .iter()
        .map(|option| verdict(view, option, objective))
        .collect();
    Ok(placement)
}

/// Every site, the one the policy prefers first, those ruled out last.
pub(super) fn options(view: &View<'_>, policy: PolicyKind, job: &Job) -> Vec<SiteOption> {
    let starts = match policy {
        PolicyKind::Greedy | PolicyKind::Price => Starts::All,
        PolicyKind::FirstFit => Starts::Earliest,
    };
    let sites = (0..view.state().sites().len() as u32).map(SiteId);
    let mut options: Vec<SiteOption> = sites
        .map(|site| SiteOption {
            site,
            outcome: best_at(view, job, site, starts),
        })
        .collect();
    match policy {
        PolicyKind::Greedy | PolicyKind::Price => options.sort_by_key(|o| match &o.outcome {
            Ok(placement) => (false, worth(view, placement)),
            Err(_) => (true, (0, 0)),
        }),
        PolicyKind::FirstFit => options.sort_by_key(|option| option.outcome.is_err()),
    }
    options
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
