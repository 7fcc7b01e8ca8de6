//! The sites for a job that asks for one group of tasks and nothing else, told apart by numbers:
//! the same decision as with a whole placement of each site, of which all but one are thrown away.

use crate::model::{Job, Placement, PolicyKind, SiteId, SiteVerdict, Verdict};
use crate::planner::site::{Offer, Plain, Starts};
use crate::planner::view::View;
use crate::reason::Reason;

/// None where the long way has to be gone.
pub(super) fn place(
    view: &View<'_>,
    policy: PolicyKind,
    job: &Job,
) -> Option<Result<Placement, Reason>> {
    if !matches!(policy, PolicyKind::Greedy | PolicyKind::FirstFit) {
        return None;
    }
    let plain = Plain::of(view, job)?;
    let sites = (0..view.state().sites().len() as u32).map(SiteId);
    let Found { offers, ruled_out } = match policy {
        PolicyKind::FirstFit => first(&plain, sites),
        _ => cheapest(&plain, sites),
    };
    let Some(((_, chosen), others)) = offers.split_first() else {
        let reasons = ruled_out.iter().map(|(_, reason)| *reason);
        return Some(Err(reasons.max().unwrap_or(Reason::PoolTooSmall)));
    };
    let mut placement = plain.placement(chosen).ok()?;
    debug_assert_eq!(super::worth(view, &placement), chosen.worth);
    let dearer = others.iter().map(|(site, other)| SiteVerdict {
        site: *site,
        verdict: Verdict::Dearer {
            extra_micro_cny: other.worth.0 - chosen.worth.0,
        },
    });
    let ruled_out = ruled_out.iter().map(|(site, reason)| SiteVerdict {
        site: *site,
        verdict: Verdict::RuledOut(*reason),
    });
    placement
        .verdicts
        .reserve_exact(others.len() + ruled_out.len());
    placement.verdicts.extend(dearer.chain(ruled_out));
    Some(Ok(placement))
}

/// What sites offer, the preferred one first, and why others do not.
#[derive(Default)]
struct Found {
    offers: Vec<(SiteId, Offer)>,
    ruled_out: Vec<(SiteId, Reason)>,
}

fn cheapest(plain: &Plain<'_, '_>, sites: impl ExactSizeIterator<Item = SiteId>) -> Found {
    let mut found = Found {
        offers: Vec::with_capacity(sites.len()),
        ruled_out: Vec::new(),
    };
    for site in sites {
        match plain.best_at(site, Starts::All) {
            Ok(offer) => found.offers.push((site, offer)),
            Err(reason) => found.ruled_out.push((site, reason)),
        }
    }
    let rank = |(site, offer): &(SiteId, Offer)| (offer.worth, *site);
    found.offers.sort_unstable_by_key(rank);
    found
}

fn first(plain: &Plain<'_, '_>, sites: impl Iterator<Item = SiteId>) -> Found {
    let mut found = Found::default();
    for site in sites {
        match plain.best_at(site, Starts::Earliest) {
            Ok(offer) => {
                found.offers.push((site, offer));
                break;
            }
            Err(reason) => found.ruled_out.push((site, reason)),
        }
    }
    found
}
