//! Jobs come with `SubmitJobs` or as holds, leave by `Tick` once they are terminal, and then never change.

use std::sync::Arc;

use ewc_core::Event;
use ewc_core::command::Command;
use ewc_core::model::JobState;

use super::{Check, Step, ensure};

pub fn check(step: &Step<'_>) -> Check {
    for (id, before) in step.before.jobs() {
        match step.after.job(*id) {
            Some(after) if before.state.is_terminal() => {
                ensure(Arc::ptr_eq(before, after) || before == after, || {
                    format!("terminal: job {id} changed after its end")
                })?;
            }
            Some(after) => {
                // What is held has no key before it is submitted.
                let keyed = before.state == JobState::Held && after.state != JobState::Held;
                let same =
                    Arc::ptr_eq(&before.spec, &after.spec) && (before.key == after.key || keyed);
                ensure(same, || format!("terminal: job {id} is another one"))?;
            }
            None => {
                // It may have ended in the same tick.
                let told = step.applied.events.iter().any(|event| match event {
                    Event::Retired(job) => job.id == *id && job.state.is_terminal(),
                    _ => false,
                });
                ensure(told && step.entry.command == Command::Tick, || {
                    format!("terminal: job {id} vanished")
                })?;
            }
        }
    }
    let new = step
        .after
        .jobs()
        .keys()
        .filter(|id| step.before.job(**id).is_none());
    for id in new {
        let events = &step.applied.events;
        let told = match step.entry.command {
            Command::HoldJob(_) => events.contains(&Event::Held(*id)),
            _ => events.contains(&Event::Submitted(*id)),
        };
        ensure(told, || format!("terminal: job {id} came from nowhere"))?;
    }
    settled(step)
}

/// After a few ticks at one instant nothing is due any more: the shell does not spin.
fn settled(step: &Step<'_>) -> Check {
    if step.entry.command != Command::Tick {
        return Ok(());
    }
    let mut state = step.after.clone();
    for _ in 0..3 {
        if state
            .next_due_ms()
            .is_none_or(|due_ms| due_ms > state.now_ms())
        {
            return Ok(());
        }
        state.apply(state.index() + 1, state.now_ms(), &Command::Tick);
    }
    Err("due: still due after three ticks".to_owned())
}
