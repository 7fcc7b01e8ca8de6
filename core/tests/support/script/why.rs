//! Why a job is not at a site, and that the change which is said to help does.
//!
//! ```text
//! why j a reason=latency changes=latency:east:57000
//! why j a reason=none                    it could be there
//! why j a reason=latency changes=none    nothing helps
//! ```
//!
//! What draining sites would do, which must be what it does: `drain a moves=j:b,k:late stays=r:2h`.
//! A job that leaves goes to a site, waits, or is late for its deadline; one that stays does so
//! until a time from the start of the script.
//!
//! A change is written as its lever, the name or site it is made to (`.` for none) and its result.
//! All changes together must make the job fit, and one unit less of any one must not.

use ewc_core::State;
use ewc_core::command::Command;
use ewc_core::model::{Job, JobState, SiteId, SiteMode};
use ewc_core::planner::{self, Change};

use super::words::{Words, length};

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

pub fn drain(state: &State, words: &Words<'_>, start_ms: i64) -> Result<(), String> {
    let sites: Vec<SiteId> = words
        .list(1)
        .filter_map(|name| state.site_named(name))
        .collect();
    let drain = planner::drain(state, &sites, |_| true);
    let key = |id| state.job(id).map_or("?", |job| job.key.as_str());
    let moves = drain.leaving.iter().map(|leaving| {
        let to = match &leaving.to {
            Ok(placement) => {
                let pool = &state.pools()[placement.groups[0].pool.index()];
                state.sites()[pool.site.index()].spec.name.as_str()
            }
            Err(_) if leaving.misses_deadline => "late",
            Err(_) => "waits",
        };
        format!("{}:{to}", key(leaving.job))
    });
    let moves: Vec<String> = moves.collect();
    let expected: Vec<&str> = words.values("moves").collect();
    if moves != expected {
        return Err(format!("moves {moves:?}"));
    }
    let stays: Vec<(&str, i64)> = drain
        .staying
        .iter()
        .map(|(id, end_ms)| (key(*id), end_ms - start_ms))
        .collect();
    let expected = words
        .values("stays")
        .filter_map(|stay| stay.split_once(':'));
    let expected: Vec<(&str, i64)> = expected.map(|(key, end)| (key, length(end))).collect();
    let last_ms = expected.iter().map(|stay| stay.1 + start_ms).max();
    if stays != expected || drain.empty_ms != last_ms.unwrap_or(state.now_ms()) {
        return Err(format!(
            "stays {stays:?}, empty at {}",
            drain.empty_ms - start_ms
        ));
    }
    // Nothing else changes when it is done.
    let mut done = state.clone();
    for site in sites {
        let mode = SiteMode::Draining;
        let command = Command::SetSiteMode { site, mode };
        let applied = done.apply(state.index(), state.now_ms(), &command);
        applied.result.map_err(|refusal| refusal.to_string())?;
    }
    let requeued = |job: &&std::sync::Arc<Job>| {
        job.state == JobState::Pending
            && state.job(job.id).is_some_and(|old| old.state != job.state)
    };
    let left = done.jobs().values().filter(requeued).count();
    (left == drain.leaving.len())
        .then_some(())
        .ok_or(format!("{left} jobs leave"))
}
