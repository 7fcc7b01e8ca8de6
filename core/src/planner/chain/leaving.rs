//! Results that leave when the run's reservation is over: deliveries, and replicas in another hub.

use crate::model::{Job, Output, Placement, SiteId, Transfer, TransferKind};
use crate::reason::Reason;
use crate::recovery;
use crate::rules;

use crate::planner::transfer::{self, Movement};
use crate::planner::view::View;

use super::beside::Beside;

/// The transfers of a job's results from its home, none of them before `end_ms`.
pub(super) fn deliveries(
    view: &View<'_>,
    job: &Job,
    home: SiteId,
    end_ms: i64,
) -> Result<Vec<Transfer>, Reason> {
    let state = view.state();
    let mut beside = Beside::new(view);
    for output in &job.spec.outputs {
        if output.deliver_to.is_empty() {
            continue;
        }
        let to = state.site_named(&output.deliver_to);
        let to = to.ok_or(Reason::Unknown)?;
        if to != home {
            rules::delivery_allows(state, job, to)?;
            let movement = movement(view, job, output, to, end_ms);
            let found = transfer::find(beside.view(), job, home, &movement)?;
            beside.add(found);
        }
    }
    if !recovery::replicates(job) {
        return Ok(beside.transfers);
    }
    let mut leaving = Placement {
        transfers: beside.transfers.clone(),
        ..Placement::default()
    };
    while let Some(output) = recovery::unreplicated(state, job, home, &leaving) {
        let found = replica(beside.view(), job, home, output, end_ms)?;
        beside.add(found.clone());
        leaving.transfers.push(found);
    }
    Ok(leaving.transfers)
}

fn movement<'o>(
    view: &View<'_>,
    job: &Job,
    output: &'o Output,
    to: SiteId,
    end_ms: i64,
) -> Movement<'o> {
    let horizon_ms = end_ms.saturating_add(view.state().policy().horizon_ms);
    Movement {
        what: &output.dataset,
        kind: TransferKind::StageOut,
        to,
        size_bytes: output.size_bytes,
        not_before_ms: end_ms,
        not_after_ms: job.spec.deadline_ms.unwrap_or(horizon_ms).min(horizon_ms),
    }
}

/// The cheapest replica of a result in another hub. A site that would be dearer over empty links
/// than the best one found is not looked at.
fn replica(
    view: &View<'_>,
    job: &Job,
    home: SiteId,
    output: &Output,
    end_ms: i64,
) -> Result<Transfer, Reason> {
    let state = view.state();
    let sites = (0..state.sites().len() as u32).map(SiteId);
    let allowed = sites.filter(|site| recovery::may_hold_replica(state, job, home, *site));
    let mut by_least: Vec<(i128, SiteId)> = allowed
        .filter_map(|to| {
            let movement = movement(view, job, output, to, end_ms);
            transfer::least(view, job, home, &movement).map(|least| (least, to))
        })
        .collect();
    by_least.sort();
    let mut best: Option<(i128, Transfer)> = None;
    let mut reason = Reason::ReplicaSite;
    for (least, to) in by_least {
        if best.as_ref().is_some_and(|(known, _)| *known <= least) {
            break;
        }
        let movement = movement(view, job, output, to, end_ms);
        let limit = best.as_ref().map_or(i128::MAX, |(known, _)| *known);
        match transfer::find_below(view, job, home, &movement, limit) {
            Ok(better) => best = Some(better),
            Err(found) => reason = found,
        }
    }
    best.map(|(_, transfer)| transfer).ok_or(reason)
}
