//! Expectations of a script.
//!
//! ```text
//! expect j planned at b start=2h end=3h reason=displaced attempts=1 slips=0 from=a
//! expect j pending reason=latency        why it waits
//! expect j planned verdict=b:latency     what was found at another site
//! expect j running moving=b begins=3h    where it moves to, if anywhere, and when it starts there
//! expect j staging moves=1 done=2h       how often it was moved; work that its checkpoint has
//! expect j staging via=b                 where its data waits on its way, `none` if nowhere
//! expect reserved a cpu=4                of the site's pool, now
//! expect drawn a 40W                     by the site's work, now
//! expect load a-b 200Mbps                of the link, now
//! expect holds d a,b                     the sites with a replica
//! expect leaving a d,e                   what the site has yet to drop, or `none`
//! expect transferred 10GB                to sites, so far
//! expect certified gap=0 left=1          percent, rounded down, and jobs of the last certificate
//! expect desired a j stop                what the agent is to do: nothing, stage, run, stop, fetch,
//!                                        keep (for others), wait (for a depot)
//! ```

use std::collections::BTreeSet;

use ewc_core::State;
use ewc_core::model::{Job, JobId, Placement, Verdict};
use ewc_core::state::Desired;

use super::words::{Words, bytes, length, rate};

pub fn expect(state: &State, words: &Words<'_>, start_ms: i64) -> Result<(), String> {
    let name = words.word(1);
    match name {
        "reserved" => {
            let site = state.site_named(words.word(2)).ok_or("no such site")?;
            let pool = state.sites()[site.index()].pools[0];
            let level = state.reservations().pool(pool).level_at(state.now_ms());
            same(level.cpu_millis, words.number("cpu").unwrap_or(0) * 1000)
        }
        "drawn" => {
            let site = state.site_named(words.word(2)).ok_or("no such site")?;
            same(
                format!("{}W", state.drawn_watts(site)).as_str(),
                words.word(3),
            )
        }
        "load" => {
            let link = state.link_named(words.word(2)).ok_or("no such link")?;
            let level = state.reservations().link(link).level_at(state.now_ms());
            same(level, rate(words.word(3)))
        }
        "holds" => {
            let dataset = state
                .datasets()
                .get(words.word(2))
                .ok_or("no such data set")?;
            let sites = dataset
                .sites
                .iter()
                .map(|site| state.sites()[site.index()].spec.name.as_str());
            same(sites.collect::<Vec<_>>(), words.list(3).collect())
        }
        "leaving" => {
            let site = state.site_named(words.word(2)).ok_or("no such site")?;
            let names = state.leaving(site).map(|(name, _)| name);
            let found = names.collect::<Vec<_>>().join(",");
            same(
                if found.is_empty() { "none" } else { &found },
                words.word(3),
            )
        }
        "certified" => {
            let certified = state.certified().ok_or("nothing is certified")?;
            let certificate = &certified.certificate;
            let gap = certificate.gap_millipercent() / 1000;
            let found = (Some(gap), Some(i64::from(certificate.unplaced)));
            same(found, (words.number("gap"), words.number("left")))
        }
        "transferred" => same(state.transferred_bytes(), bytes(words.word(2))),
        "desired" => same(desired(state, words.word(2), words.word(3)), words.word(4)),
        _ => {
            let mut jobs = state.jobs().values();
            let job = jobs.find(|job| is(job, name)).ok_or("no such job")?;
            expect_job(state, job, words, start_ms)
        }
    }
}

/// The job of that key; what was only held goes by its name.
pub fn is(job: &Job, name: &str) -> bool {
    job.key == name || (job.key.is_empty() && job.spec.name == name)
}

fn same<T: PartialEq + std::fmt::Debug>(found: T, expected: T) -> Result<(), String> {
    match found == expected {
        true => Ok(()),
        false => Err(format!("found {found:?}, expected {expected:?}")),
    }
}

fn expect_job(state: &State, job: &Job, words: &Words<'_>, start_ms: i64) -> Result<(), String> {
    same(job.state.name(), words.word(2))?;
    let placement = job.placement.as_deref();
    if words.word(3) == "at" {
        same(
            sites(state, placement),
            words.list(4).map(str::to_owned).collect(),
        )?;
    }
    let start = placement.map(|placement| placement.start_ms() - start_ms);
    let end = placement.map(|placement| placement.end_ms() - start_ms);
    for (name, value) in words.pairs() {
        match *name {
            "start" => same(start, Some(length(value))),
            "end" => same(end, Some(length(value))),
            "reason" => same(job.reason.map_or("none", |reason| reason.code()), value),
            "attempts" => same(job.attempts.len().to_string().as_str(), value),
            "slips" => same(job.slips.to_string().as_str(), value),
            "moving" => same(moving(state, job).as_str(), value),
            "begins" => {
                let [_, to] = job.chains();
                let begins = to.map(|to| to.start_ms() - start_ms);
                same(begins, Some(length(value)))
            }
            "moves" => same(job.moves.len().to_string().as_str(), value),
            "done" => {
                let done = job.saved.as_ref().map_or(0, |saved| saved.done_ms);
                same(done, length(value))
            }
            "tasks" => same(tasks(placement).as_str(), value),
            "from" => same(sources(state, placement).as_str(), value),
            "via" => same(depots(state, placement).as_str(), value),
            "steering" => {
                let found = placement.map(|placement| placement.cost.steering_micro_cny);
                same(found, Some(super::words::micro(value)))
            }
            "imbalance" => {
                let found = placement.map(|placement| placement.cost.imbalance_micro_cny);
                same(found, Some(super::words::micro(value)))
            }
            "verdict" => verdict(state, placement, value),
            other => Err(format!("\"{other}\" cannot be expected")),
        }
        .map_err(|problem| format!("{name}: {problem}"))?;
    }
    Ok(())
}

fn sites(state: &State, placement: Option<&Placement>) -> BTreeSet<String> {
    let groups = placement
        .into_iter()
        .flat_map(|placement| &placement.groups);
    let sites = groups.map(|slot| state.pools()[slot.pool.index()].site);
    sites
        .map(|site| state.sites()[site.index()].spec.name.clone())
        .collect()
}

fn moving(state: &State, job: &Job) -> String {
    let [_, to] = job.chains();
    let found = sites(state, to.map(AsRef::as_ref));
    let named = found.into_iter().collect::<Vec<_>>().join(",");
    match named.is_empty() {
        true => "none".to_owned(),
        false => named,
    }
}

fn tasks(placement: Option<&Placement>) -> String {
    let groups = placement
        .into_iter()
        .flat_map(|placement| &placement.groups);
    let counts = groups.map(|slot| slot.count.to_string());
    counts.collect::<Vec<_>>().join(",")
}

fn sources(state: &State, placement: Option<&Placement>) -> String {
    let transfers = placement
        .into_iter()
        .flat_map(|placement| placement.stage_in());
    let names = transfers.map(|transfer| state.sites()[transfer.from.index()].spec.name.clone());
    names.collect::<Vec<_>>().join(",")
}

/// Where data waits on its way; `none` when all of it goes directly.
fn depots(state: &State, placement: Option<&Placement>) -> String {
    let first = placement
        .into_iter()
        .flat_map(|placement| placement.deposits());
    let names: Vec<&str> = first
        .map(|transfer| state.sites()[transfer.to.index()].spec.name.as_str())
        .collect();
    match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(","),
    }
}

fn verdict(state: &State, placement: Option<&Placement>, expected: &str) -> Result<(), String> {
    let verdicts = placement
        .into_iter()
        .flat_map(|placement| &placement.verdicts);
    let texts = verdicts.map(|verdict| {
        let site = &state.sites()[verdict.site.index()].spec.name;
        match verdict.verdict {
            Verdict::Dearer { .. } => format!("{site}:dearer"),
            Verdict::RuledOut(reason) => format!("{site}:{}", reason.code()),
        }
    });
    let texts: Vec<String> = texts.collect();
    match texts.iter().any(|text| text == expected) {
        true => Ok(()),
        false => Err(format!("found {texts:?}")),
    }
}

fn desired(state: &State, site: &str, key: &str) -> &'static str {
    let named = state.jobs().values().find(|job| job.key == key);
    let id: Option<JobId> = named.map(|job| job.id);
    let Some(site) = state.site_named(site) else {
        return "nothing";
    };
    let all = state.desired(site);
    let found = all.iter().find(|desired| match desired {
        Desired::Run(run) => Some(run.job.id) == id,
        Desired::Deliver(delivery) | Desired::Keep(delivery) => Some(delivery.job.id) == id,
    });
    match found {
        None => "nothing",
        Some(Desired::Deliver(_)) => "fetch",
        Some(Desired::Keep(_)) => "keep",
        Some(Desired::Run(run)) if !run.not_yet_at.is_empty() => "wait",
        Some(Desired::Run(run)) if run.stop => "stop",
        Some(Desired::Run(run)) if run.attempt.is_some() => "run",
        Some(Desired::Run(_)) => "stage",
    }
}

/// One line on a job, for failures.
pub fn describe(state: &State, job: &Job, start_ms: i64) -> String {
    let placement = job.placement.as_deref();
    let window = placement.map(|placement| {
        (
            placement.first_ms() - start_ms,
            placement.start_ms() - start_ms,
            placement.end_ms() - start_ms,
        )
    });
    format!(
        "  {} {} {:?} at {:?} first, start, end (ms) {window:?}, due {:?}, now {}",
        job.key,
        job.state.name(),
        job.reason,
        sites(state, placement),
        job.due_ms.map(|due_ms| due_ms - start_ms),
        state.now_ms() - start_ms,
    )
}
