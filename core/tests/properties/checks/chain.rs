//! A chain is placed whole or not at all: worked out here from the job, not from `fits`.

use ewc_core::State;
use ewc_core::command::Command;
use ewc_core::model::{
    DataGrade, Job, JobState, LinkId, NodeId, Output, Placement, SiteId, SiteMode, Transfer,
    TransferKind,
};

use super::{Check, Step, apart, ensure};

pub fn check(step: &Step<'_>) -> Check {
    for job in step.after.jobs().values() {
        let Some(placement) = &job.placement else {
            continue;
        };
        let before = step.before.job(job.id);
        if before.is_some_and(|before| std::sync::Arc::ptr_eq(before, job)) {
            continue;
        }
        let named = |text| format!("chain of job {} ({:?}): {text}", job.id, job.state);
        if matches!(
            job.state,
            JobState::Held | JobState::Planned | JobState::Staging
        ) {
            in_order(job, placement).map_err(named)?;
        }
        // An accepted plan, seen against the state it was accepted in.
        let accepted = job.planned_at == step.entry.index;
        let places = matches!(
            step.entry.command,
            Command::CommitPlan(_) | Command::HoldJob(_) | Command::RedeemHold(_)
        );
        if accepted && places {
            whole(step.after, job, placement).map_err(named)?;
        }
    }
    Ok(())
}

/// A chain that a plan was accepted with, seen against the state it was accepted in.
pub(super) fn stands(state: &State, job: &Job, placement: &Placement) -> Check {
    in_order(job, placement)?;
    whole(state, job, placement)
}

/// Stage-in, then all groups together, then stage-out, before the deadline.
fn in_order(job: &Job, placement: &Placement) -> Check {
    let start_ms = placement.start_ms();
    let run_end_ms = placement.run_end_ms();
    let groups = &placement.groups;
    ensure(groups.len() == job.spec.groups.len(), || {
        "groups are missing".to_owned()
    })?;
    for (slot, group) in groups.iter().zip(&job.spec.groups) {
        ensure(slot.total == group.resources.times(slot.count), || {
            "a group's need is not its tasks'".to_owned()
        })?;
        ensure(slot.start_ms == start_ms, || {
            "groups do not start together".to_owned()
        })?;
        let limit_ms = super::moves::rest_ms(job, group.time_limit_ms);
        ensure(slot.end_ms - start_ms >= limit_ms, || {
            "a slot is short".to_owned()
        })?;
    }
    ensure(start_ms >= job.spec.release_ms, || {
        "before its release".to_owned()
    })?;
    let deadline_ms = job.spec.deadline_ms.unwrap_or(i64::MAX);
    ensure(placement.end_ms() <= deadline_ms, || {
        "after its deadline".to_owned()
    })?;
    for transfer in &placement.transfers {
        let right = match transfer.kind {
            TransferKind::StageIn | TransferKind::ToDepot => transfer.end_ms <= start_ms,
            TransferKind::StageOut => transfer.start_ms >= run_end_ms,
            TransferKind::Steady | TransferKind::Refresh => {
                (transfer.start_ms, transfer.end_ms) == (start_ms, run_end_ms)
            }
        };
        ensure(right, || {
            format!("{:?} stands at the wrong place", transfer.kind)
        })?;
        ensure(carries(transfer), || {
            format!("{:?} is too slow", transfer.kind)
        })?;
    }
    Ok(())
}

/// Rate times window is at least the volume.
fn carries(transfer: &Transfer) -> bool {
    let bits = i128::from(transfer.rate_bps) * i128::from(transfer.end_ms - transfer.start_ms);
    bits >= i128::from(transfer.size_bytes) * 8_000
}

/// Every input arrives at every site, every output leaves, every region is served.
fn whole(state: &State, job: &Job, placement: &Placement) -> Check {
    let node = |site: SiteId| state.sites()[site.index()].node;
    let sites: Vec<SiteId> = placement
        .groups
        .iter()
        .map(|slot| state.pools()[slot.pool.index()].site)
        .collect();
    for (slot, group) in placement.groups.iter().zip(&job.spec.groups) {
        let model = &state.pools()[slot.pool.index()].spec.accelerator_model;
        let table = &group.throughput_permille;
        let permille = table.get(model).copied().unwrap_or(1_000);
        let (done, wanted) = (
            u64::from(slot.count) * u64::from(permille),
            u64::from(group.count) * 1_000,
        );
        let least = done >= wanted && done - wanted < u64::from(permille.max(1));
        let known = table.is_empty() || table.contains_key(model);
        ensure(known && (least || permille == 0), || {
            format!("{} tasks on {model}", slot.count)
        })?;
    }
    for &site in &sites {
        let site = &state.sites()[site.index()];
        ensure(site.mode == SiteMode::Open && !site.silent, || {
            "its site is closed".to_owned()
        })?;
        ensure(site.spec.mlps_level >= job.spec.mlps_level, || {
            "its site is unsafe".to_owned()
        })?;
    }
    for transfer in &placement.transfers {
        let what = &transfer.what;
        let needed = match transfer.kind {
            TransferKind::StageIn => {
                let mut inputs = job.spec.inputs.iter();
                let saved = job.saved.as_ref().is_some_and(|saved| saved.name == *what);
                let input = inputs.any(|input| input.dataset == *what);
                sites.contains(&transfer.to) && (input || saved)
            }
            TransferKind::ToDepot => {
                may_wait(state, job, transfer)?;
                // Second legs are looked at below, with the inputs that they bring.
                placement.stage_in().any(|second| {
                    (second.from, &second.what) == (transfer.to, what)
                        && second.start_ms >= transfer.end_ms
                })
            }
            TransferKind::StageOut => job.spec.outputs.iter().any(|out| out.dataset == *what),
            TransferKind::Steady => job.spec.steady_traffic().any(|(region, _)| region == what),
            TransferKind::Refresh => {
                let mut inputs = job.spec.inputs.iter();
                sites.contains(&transfer.to) && inputs.any(|input| input.dataset == *what)
            }
        };
        ensure(needed, || {
            format!("nobody needs {:?} of {what}", transfer.kind)
        })?;
    }
    for input in &job.spec.inputs {
        let dataset = &state.datasets()[&input.dataset];
        for site in sites.iter().filter(|site| !dataset.sites.contains(site)) {
            let arrives = placement.stage_in().any(|transfer| {
                transfer.what == input.dataset
                    && transfer.to == *site
                    && transfer.size_bytes == dataset.size_bytes
                    && (dataset.sites.contains(&transfer.from)
                        || waited(state, job, placement, transfer))
                    && joins(
                        state,
                        job,
                        &transfer.links,
                        node(transfer.from),
                        node(*site),
                    )
            });
            ensure(arrives, || {
                format!("input {} does not arrive", input.dataset)
            })?;
        }
    }
    if let Some(saved) = &job.saved {
        for site in sites.iter().filter(|site| !saved.sites.contains(site)) {
            let arrives = placement.stage_in().any(|transfer| {
                let ends = (node(transfer.from), node(*site));
                transfer.what == saved.name
                    && transfer.to == *site
                    && transfer.size_bytes == saved.size_bytes
                    && saved.sites.contains(&transfer.from)
                    && transfer.start_ms >= saved.from_ms
                    && joins(state, job, &transfer.links, ends.0, ends.1)
            });
            ensure(arrives, || "its checkpoint does not arrive".to_owned())?;
        }
    }
    for output in job
        .spec
        .outputs
        .iter()
        .filter(|output| !output.deliver_to.is_empty())
    {
        let to = state.site_named(&output.deliver_to).ok_or("no such site")?;
        let leaves = placement.stage_out().any(|transfer| {
            (transfer.what.as_str(), transfer.from, transfer.to)
                == (output.dataset.as_str(), sites[0], to)
                && transfer.size_bytes == output.size_bytes
                && joins(state, job, &transfer.links, node(sites[0]), node(to))
        });
        ensure(leaves || to == sites[0], || {
            format!("output {} stays", output.dataset)
        })?;
    }
    for transfer in placement.stage_out() {
        let to = &state.sites()[transfer.to.index()].spec;
        let asked_for = |output: &Output| output.deliver_to == to.name;
        let regions = &job.spec.regions;
        let allowed = to.mlps_level >= job.spec.mlps_level
            && (regions.is_empty()
                || regions.contains(&to.region)
                || job.spec.outputs.iter().any(asked_for));
        ensure(allowed, || {
            format!("{} may not go to {}", transfer.what, to.name)
        })?;
    }
    in_two_hubs(state, job, placement, &sites)?;
    apart::check(state, job, placement, &sites)
}

/// What a second leg carries was brought to where it starts, whole and in time, by one first leg
/// from a holder.
fn waited(state: &State, job: &Job, placement: &Placement, second: &Transfer) -> bool {
    let node = |site: SiteId| state.sites()[site.index()].node;
    let held = &state.datasets()[&second.what].sites;
    let first: Vec<&Transfer> = placement
        .transfers
        .iter()
        .filter(|first| first.kind == TransferKind::ToDepot)
        .filter(|first| (first.to, &first.what) == (second.from, &second.what))
        .collect();
    let [first] = first.as_slice() else {
        return false;
    };
    held.contains(&first.from)
        && first.size_bytes == second.size_bytes
        && first.end_ms <= second.start_ms
        && joins(state, job, &first.links, node(first.from), node(first.to))
}

/// A depot is open, as safe as the job asks, where its data may stand, and no place of its run.
fn may_wait(state: &State, job: &Job, first: &Transfer) -> Check {
    let depot = &state.sites()[first.to.index()];
    let listed = |list: &[String], name: &String| list.is_empty() || list.contains(name);
    let allowed = depot.mode == SiteMode::Open
        && !depot.silent
        && depot.spec.mlps_level >= job.spec.mlps_level
        && listed(&job.spec.regions, &depot.spec.region)
        && listed(&job.spec.sites, &depot.spec.name);
    ensure(allowed, || {
        format!("{} may not wait at {}", first.what, depot.spec.name)
    })
}

/// Results of important jobs are also sent to another hub, and what such a storage job keeps
/// stands in two.
fn in_two_hubs(state: &State, job: &Job, placement: &Placement, sites: &[SiteId]) -> Check {
    if job.grade < DataGrade::Important {
        return Ok(());
    }
    let hub = |site: SiteId| state.sites()[site.index()].spec.hub.as_str();
    for output in &job.spec.outputs {
        let copied = placement.stage_out().any(|transfer| {
            transfer.what == output.dataset
                && !hub(transfer.to).is_empty()
                && hub(transfer.to) != hub(sites[0])
        });
        ensure(copied, || {
            format!("output {} stands in one hub", output.dataset)
        })?;
    }
    for input in job
        .spec
        .inputs
        .iter()
        .filter(|_| job.spec.storage.is_some())
    {
        let held = state.datasets()[&input.dataset].sites.iter();
        let hubs: std::collections::BTreeSet<&str> = held.chain(sites).map(|at| hub(*at)).collect();
        ensure(
            hubs.iter().filter(|hub| !hub.is_empty()).count() > 1,
            || format!("{} is kept in one hub", input.dataset),
        )?;
    }
    Ok(())
}

/// The links lead from one node to the other, are up, and may carry the job's data.
pub(super) fn joins(state: &State, job: &Job, links: &[LinkId], from: NodeId, to: NodeId) -> bool {
    let mut at = from;
    for link in links {
        let link = &state.links()[link.index()];
        let carrier = job.spec.carriers.is_empty() || job.spec.carriers.contains(&link.carrier);
        let safe = link.encrypted || job.grade < DataGrade::Important;
        if !link.up || !carrier || !safe {
            return false;
        }
        at = match at {
            at if at == link.a => link.b,
            at if at == link.b => link.a,
            _ => return false,
        };
    }
    at == to
}
