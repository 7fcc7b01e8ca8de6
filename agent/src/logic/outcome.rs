//! From the ends of the tasks to the end of the attempt. Pure.

use crate::model::{Outcome, Phase, TaskEnd, TaskStatus, Usage};

use super::record::{Active, StopReason};

/// What to do next with an attempt whose tasks' ends are known so far.
pub(super) enum Verdict {
    /// Some tasks still run.
    Wait,
    /// One failed: stop the others.
    StopOthers,
    /// All succeeded.
    Success,
    /// All are dead, at least one did not succeed.
    Over(Outcome),
}

pub(super) fn judge(active: &Active) -> Verdict {
    let ends: Vec<&TaskStatus> = active.ends.iter().flatten().collect();
    let all_dead = ends.len() == active.ends.len();
    let all_good = ends.iter().all(|status| status.is_success());
    match (all_dead, all_good) {
        (true, true) => Verdict::Success,
        (true, false) => Verdict::Over(failure(&ends, active.stop)),
        (false, true) => Verdict::Wait,
        (false, false) if active.stop.is_some() => Verdict::Wait,
        (false, false) => Verdict::StopOthers,
    }
}

/// What all tasks used together.
pub(super) fn usage<'a>(ends: impl IntoIterator<Item = &'a TaskStatus>) -> Usage {
    ends.into_iter()
        .map(|status| status.usage)
        .fold(Usage::default(), Usage::beside)
}

/// The earliest task that failed by itself speaks for the attempt; without one, the stop does.
fn failure(ends: &[&TaskStatus], stop: Option<StopReason>) -> Outcome {
    let by_itself = ends
        .iter()
        .filter(|status| !status.is_success() && status.end != TaskEnd::Stopped)
        .min_by_key(|status| status.ended_unix_ms);
    let stopped = ends.iter().find(|status| status.end == TaskEnd::Stopped);
    let speaker = by_itself.or(stopped);
    let phase = match speaker.map(|status| status.end) {
        Some(TaskEnd::TimedOut) => Phase::TimedOut,
        Some(TaskEnd::Lost) => Phase::Lost,
        Some(TaskEnd::Stopped) => Phase::Stopped,
        _ if stop.is_some_and(|reason| reason != StopReason::Gang) => Phase::Stopped,
        _ => Phase::Failed,
    };
    let said = speaker.map_or("", |status| status.detail.as_str());
    let detail = match stop {
        Some(StopReason::LeaseExpired) if phase == Phase::Stopped => "lease expired",
        _ => said,
    };
    Outcome {
        phase,
        exit_code: speaker.map_or(0, |status| status.exit_code),
        detail: detail.to_owned(),
        usage: usage(ends.iter().copied()),
        outputs: vec![],
    }
}
