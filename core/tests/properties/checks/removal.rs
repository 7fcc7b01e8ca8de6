//! Data sets, images and replicas leave, and nothing that a job needs goes with them.

use ewc_core::State;
use ewc_core::command::Command;
use ewc_core::model::{Job, SiteId};

use super::{Check, Step, capacity, ensure};

pub fn check(step: &Step<'_>) -> Check {
    for job in live(step.after) {
        let mut inputs = job.spec.inputs.iter();
        let known = inputs.all(|input| step.after.datasets().contains_key(&input.dataset));
        ensure(known, || {
            format!("removal: job {} reads what nobody knows", job.id)
        })?;
    }
    let all = step.after.datasets().values();
    for (dataset, site) in all.flat_map(|d| d.sites.iter().map(move |site| (d, *site))) {
        let leaving = step.after.is_leaving(&dataset.name, &dataset.sha256, site);
        ensure(!leaving, || {
            format!("removal: {} leaves {site} and counts there", dataset.name)
        })?;
    }
    match &step.entry.command {
        Command::RemoveDataset { name, sites } if step.applied.result.is_ok() => {
            removed(step, name, sites)
        }
        _ => Ok(()),
    }
}

fn removed(step: &Step<'_>, name: &str, sites: &[SiteId]) -> Check {
    let before = &step.before.datasets()[name];
    let after = step.after.datasets().get(name);
    ensure(after.is_none() == sites.is_empty(), || {
        format!("removal: {name} stayed, or went altogether")
    })?;
    let left = |site: &SiteId| after.is_some_and(|after| after.sites.contains(site));
    for site in &before.sites {
        let told = step.after.is_leaving(name, &before.sha256, *site);
        ensure(told != left(site), || {
            format!("removal: {site} keeps {name} for good, or must drop what counts")
        })?;
    }
    for job in live(step.after) {
        let chains = capacity::chains(job).into_iter();
        let transfers = chains.flat_map(|(placement, _)| &placement.transfers);
        let mut sources = transfers
            .filter(|transfer| transfer.what == name)
            .map(|t| t.from);
        let gone = sources.find(|from| before.sites.contains(from) && !left(from));
        ensure(gone.is_none(), || {
            format!(
                "removal: job {} fetches {name} where it was removed",
                job.id
            )
        })?;
    }
    Ok(())
}

fn live(state: &State) -> impl Iterator<Item = &Job> {
    let jobs = state.jobs().values().map(|job| &**job);
    jobs.filter(|job| !job.state.is_terminal())
}
