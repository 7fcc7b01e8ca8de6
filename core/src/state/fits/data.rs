//! What a job reads arrives, and what it leaves goes where it must.

use std::collections::BTreeSet;

use crate::model::{Job, Output, Placement, SiteId, Transfer};
use crate::reason::Reason;
use crate::recovery;
use crate::rules;
use crate::state::State;

use super::home;

/// What a job reads stands at each of its sites, or is brought there from a replica.
pub(super) fn inputs_arrive(
    state: &State,
    job: &Job,
    placement: &Placement,
    sites: &BTreeSet<SiteId>,
) -> Result<(), Reason> {
    for (name, holders, size_bytes) in state.needed_data(job) {
        let holders = holders.ok_or(Reason::DataUnavailable)?;
        for site in sites.iter().filter(|site| !holders.contains(site)) {
            let brings = |transfer: &&Transfer| {
                transfer.what == name
                    && transfer.to == *site
                    && transfer.size_bytes == size_bytes
                    && (holders.contains(&transfer.from) || deposited(placement, transfer, holders))
                    && transfer.start_ms >= job.available_ms(name)
            };
            placement
                .stage_in()
                .find(brings)
                .ok_or(Reason::DataUnavailable)?;
        }
    }
    Ok(())
}

/// The transfer starts from a depot after the data has come there from a holder.
fn deposited(placement: &Placement, transfer: &Transfer, holders: &BTreeSet<SiteId>) -> bool {
    placement.deposits().any(|first| {
        first.to == transfer.from
            && first.what == transfer.what
            && first.size_bytes == transfer.size_bytes
            && first.end_ms <= transfer.start_ms
            && holders.contains(&first.from)
    })
}

/// A first leg leads from a holder to a site where the data may wait, and a second one goes on
/// from there when it has arrived. Each depot gets a body of data once.
pub(super) fn may_wait(
    state: &State,
    job: &Job,
    placement: &Placement,
    sites: &BTreeSet<SiteId>,
    first: &Transfer,
) -> Result<(), Reason> {
    let known = |(name, holders, size_bytes): &(&str, Option<&BTreeSet<SiteId>>, i64)| {
        (*name, *size_bytes) == (first.what.as_str(), first.size_bytes)
            && holders.is_some_and(|held| held.contains(&first.from) && !held.contains(&first.to))
    };
    let goes_on = placement.stage_in().any(|second| {
        (second.from, second.what.as_str()) == (first.to, first.what.as_str())
            && second.start_ms >= first.end_ms
    });
    let same = |other: &&Transfer| (&other.what, other.to) == (&first.what, first.to);
    let once = placement.deposits().filter(same).count() == 1;
    let needed = state.needed_data(job).any(|data| known(&data));
    let directly = job.state.is_started() || job.saved.is_some();
    if directly || !needed || !goes_on || !once || sites.contains(&first.to) {
        return Err(Reason::Malformed);
    }
    rules::depot_allows(state, job, first.to)
}

/// What is to be delivered elsewhere leaves after the run.
pub(super) fn outputs_leave(state: &State, job: &Job, placement: &Placement) -> Result<(), Reason> {
    let Some(home) = home(state, placement) else {
        return Err(Reason::Malformed);
    };
    for output in job
        .spec
        .outputs
        .iter()
        .filter(|output| !output.deliver_to.is_empty())
    {
        let to = state
            .site_named(&output.deliver_to)
            .ok_or(Reason::Unknown)?;
        let carried = placement.stage_out().any(|transfer| {
            transfer.what == output.dataset
                && transfer.size_bytes == output.size_bytes
                && transfer.from == home
                && transfer.to == to
        });
        if to == home {
            continue;
        }
        if !carried {
            return Err(Reason::Malformed);
        }
        rules::delivery_allows(state, job, to)?;
    }
    match recovery::unreplicated(state, job, home, placement) {
        Some(_) => Err(Reason::ReplicaSite),
        None => Ok(()),
    }
}

/// A result goes where it is to be delivered, or to where its replica may stand.
pub(super) fn may_leave(
    state: &State,
    job: &Job,
    placement: &Placement,
    output: &Output,
    transfer: &Transfer,
) -> bool {
    state.site_named(&output.deliver_to) == Some(transfer.to)
        || home(state, placement).is_some_and(|home| {
            recovery::replicates(job)
                && transfer.from == home
                && recovery::may_hold_replica(state, job, home, transfer.to)
        })
}

/// Time that `size_bytes` take at `rate_bps`, rounded up.
pub(crate) fn transfer_ms(size_bytes: i64, rate_bps: i64) -> i64 {
    if size_bytes <= 0 {
        return 0;
    }
    if rate_bps <= 0 {
        return i64::MAX;
    }
    // Whatever is below a petabyte: the planner asks for every route and rate.
    if let Some(bits) = size_bytes.checked_mul(8_000) {
        return bits / rate_bps + i64::from(bits % rate_bps != 0);
    }
    let ms = (i128::from(size_bytes) * 8_000 + i128::from(rate_bps) - 1) / i128::from(rate_bps);
    i64::try_from(ms).unwrap_or(i64::MAX)
}

impl State {
    /// What a job needs at each of its sites: name, holders (`None`: unknown name), size.
    pub fn needed_data<'s>(
        &'s self,
        job: &'s Job,
    ) -> impl Iterator<Item = (&'s str, Option<&'s BTreeSet<SiteId>>, i64)> + 's {
        let inputs = job.spec.inputs.iter().map(|input| {
            let (size_bytes, sites) = self.input_named(&input.dataset).unzip();
            (input.dataset.as_str(), sites, size_bytes.unwrap_or(0))
        });
        let images = job.spec.images().map(|name| {
            let known = self.images.get(name);
            let size_bytes = known.map_or(0, |image| image.size_bytes);
            (name, known.map(|image| &image.sites), size_bytes)
        });
        let saved = job.saved.iter().map(|saved| {
            let name = saved.name.as_str();
            (name, Some(&saved.sites), saved.size_bytes)
        });
        inputs.chain(images).chain(saved)
    }
}
