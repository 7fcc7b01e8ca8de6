//! Results that leave when the run's reservation is over: deliveries, and replicas in another hub.

use crate::model::{Job, Output, Placement, SiteId, Transfer, TransferKind};
use crate::reason::Reason;
use crate::recovery;

use crate::planner::transfer::{self, Movement};
use crate::planner::view::View;

/// The transfers of a job's results from its home, none of them before `end_ms`.
pub(super) fn deliveries(
    mut view: View<'_>,
    job: &Job,
    home: SiteId,
    end_ms: i64,
) -> Result<Vec<Transfer>, Reason> {
    let mut leaving = Placement::default();
    for output in &job.spec.outputs {
        if output.deliver_to.is_empty() {
            continue;
        }
        let to = view.state().site_named(&output.deliver_to);
        let to = to.ok_or(Reason::Unknown)?;
        if to != home {
            let found =
                transfer::find(&view, job, home, &movement(&view, job, output, to, end_ms))?;
            view.reserve_transfer(&found);
            leaving.transfers.push(found);
        }
    }
    while let Some(output) = recovery::unreplicated(view.state(), job, home, &leaving) {
        let found = replica(&view, job, home, output, end_ms)?;
        view.reserve_transfer(&found);
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
        match transfer::find(view, job, home, &movement) {
            Ok(found) => {
                let worth = transfer::worth(view, &found, &movement);
                if best.as_ref().is_none_or(|(known, _)| worth < *known) {
                    best = Some((worth, found));
                }
            }
            Err(found) => reason = found,
        }
    }
    best.map(|(_, transfer)| transfer).ok_or(reason)
}
