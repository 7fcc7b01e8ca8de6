//! Why a job is not at a site, and that the change which is said to help does.
//!
//! ```text
//! why j a reason=latency changes=latency:east:57000
//! why j a reason=none                    it could be there
//! why j a reason=latency changes=none    nothing helps
//! ```
//!
//! A change is written as its lever, the name or site it is made to (`.` for none) and its result.
//! All changes together must make the job fit, and one unit less of any one must not.

use ewc_core::State;
use ewc_core::model::{Job, SiteId};
use ewc_core::planner::{self, Change};

use super::words::Words;

pub fn why(state: &State, words: &Words<'_>) -> Result<(), String> {
    let (key, name) = (words.word(1), words.word(2));
    let job = state.job_by_key("tenant", key).ok_or("no such job")?;
    let site = state.site_named(name).ok_or("no such site")?;
    let answer = planner::why_not(state, job, site);
    let reason = answer.outcome.as_ref().err();
    let texts: Vec<String> = answer.changes.iter().map(|c| text(state, c)).collect();
    let expected = words.get("changes").unwrap_or("none");
    if reason.map_or("none", |reason| reason.code()) != words.get("reason").unwrap_or_default()
        || (texts.is_empty() && expected != "none")
        || (!texts.is_empty() && texts.join(",") != expected)
    {
        return Err(format!("found {reason:?}, {texts:?}"));
    }
    let fits = answer.with_changes.is_ok();
    if texts.is_empty() {
        let same = fits == answer.outcome.is_ok();
        return same
            .then_some(())
            .ok_or("no change, yet another outcome".to_owned());
    }
    if !fits || !fits_with(state, job, site, &answer.changes) {
        return Err(format!("does not fit with {texts:?}"));
    }
    for (at, text) in texts.iter().enumerate() {
        if fits_with(state, job, site, &less(&answer.changes, at)) {
            return Err(format!("{text} is more than is needed"));
        }
    }
    Ok(())
}

fn text(state: &State, change: &Change) -> String {
    let site = change
        .site
        .map(|site| state.sites()[site.index()].spec.name.clone());
    let names = [
        Some(change.name.clone()).filter(|name| !name.is_empty()),
        site,
    ];
    let names: Vec<String> = names.into_iter().flatten().collect();
    let name = if names.is_empty() {
        ".".to_owned()
    } else {
        names.join("@")
    };
    format!("{}:{name}:{}", change.lever.code(), change.to)
}

/// One unit less of one change; one without a number is left out.
fn less(changes: &[Change], at: usize) -> Vec<Change> {
    let mut less = changes.to_vec();
    let change = &mut less[at];
    change.to -= (change.to - change.from).signum();
    if change.to == change.from {
        less.remove(at);
    }
    less
}

/// The planner places the job at the site in a world with these changes.
fn fits_with(state: &State, job: &Job, site: SiteId, changes: &[Change]) -> bool {
    let (mut state, mut job) = (state.clone(), job.clone());
    for change in changes {
        change.apply(&mut state, &mut job);
    }
    let options = planner::options(&state, state.policy().kind, &job);
    options
        .iter()
        .any(|option| option.site == site && option.outcome.is_ok())
}
