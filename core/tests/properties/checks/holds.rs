//! What is held keeps exactly its place for its time, and becomes a job only in that place, by its
//! own tenant, in time, and if it still fits.

use std::sync::Arc;

use ewc_core::command::Command;
use ewc_core::model::{Job, JobState};
use ewc_core::state::{HOLD_MS_MAX, fits};

use super::{Check, Step, ensure};

pub fn check(step: &Step<'_>) -> Check {
    for job in step.after.jobs().values() {
        if job.state == JobState::Held {
            held(step, job).map_err(|text| format!("hold {}: {text}", job.id))?;
        }
    }
    for before in step.before.jobs().values() {
        let after = step.after.job(before.id);
        if let (JobState::Held, Some(after)) = (before.state, after) {
            moved(step, before, after).map_err(|text| format!("hold {}: {text}", before.id))?;
        }
    }
    Ok(())
}

/// It has a place that nothing begins at before the hold expires, and no key.
fn held(step: &Step<'_>, job: &Job) -> Check {
    let now_ms = step.after.now_ms();
    let placement = job.placement.as_ref().ok_or("has no place")?;
    let until_ms = job.due_ms.ok_or("never expires")?;
    ensure(placement.first_ms() >= until_ms, || {
        "begins before it expires".to_owned()
    })?;
    ensure(until_ms - job.submitted_ms <= HOLD_MS_MAX, || {
        "is held for too long".to_owned()
    })?;
    ensure(job.key.is_empty() && job.attempts.is_empty(), || {
        "looks like a job".to_owned()
    })?;
    let expired = step.entry.command == Command::Tick && until_ms <= now_ms;
    ensure(!expired, || "outlives its time".to_owned())
}

fn moved(step: &Step<'_>, before: &Job, after: &Job) -> Check {
    let redemption = match &step.entry.command {
        Command::RedeemHold(redemption) if redemption.hold == before.id => Some(redemption),
        _ => None,
    };
    match after.state {
        JobState::Held => ensure(step.applied.result.is_err() || redemption.is_none(), || {
            "was redeemed and is held".to_owned()
        }),
        JobState::Cancelled => ensure(redemption.is_none(), || {
            "was lost to its redemption".to_owned()
        }),
        _ => {
            let by = redemption.ok_or("became a job by itself")?;
            ensure(by.tenant == *before.tenant && by.key == after.key, || {
                "was redeemed by another".to_owned()
            })?;
            ensure(before.due_ms > Some(step.after.now_ms()), || {
                "was redeemed after its time".to_owned()
            })?;
            let spec = by.spec.as_ref();
            ensure(spec.is_none_or(|spec| *spec == *before.spec), || {
                "became another job".to_owned()
            })?;
            ensure(same_place(before, after), || {
                "did not get its place".to_owned()
            })?;
            still_fits(step, before)
        }
    }
}

fn same_place(before: &Job, after: &Job) -> bool {
    let places = before.placement.as_ref().zip(after.placement.as_ref());
    places.is_some_and(|(before, after)| Arc::ptr_eq(before, after) || before == after)
}

/// The rule of placements, asked of the state in which it was redeemed.
fn still_fits(step: &Step<'_>, before: &Job) -> Check {
    let mut now = step.before.clone();
    now.apply(
        step.entry.index,
        step.entry.time_ms,
        &Command::Refreshed(Vec::new()),
    );
    let Some(placement) = &before.placement else {
        return Err("has no place".to_owned());
    };
    let mut others = now.reservations().clone();
    let limited = now.policy().tenant(&before.tenant).quota.capacity();
    others.release_for(limited.map(|_| &before.tenant), placement);
    fits(&now, &others, before, placement)
        .map_err(|reason| format!("was redeemed, and does not fit: {reason:?}"))
}
