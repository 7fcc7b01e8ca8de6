//! What must hold after every command. One file a group of invariants; each says what it checks
//! from the public view of the state alone, without the code under test.

mod apart;
mod attempts;
mod capacity;
mod chain;
mod events;
mod holds;
mod indexes;
mod moves;
mod plans;
mod power;
mod preemption;
mod promises;
mod removal;
mod tenancy;
mod terminal;

use ewc_core::State;
use ewc_core::state::Applied;

use crate::commands::Entry;

/// A command, and the states around it.
pub struct Step<'s> {
    pub before: &'s State,
    pub entry: &'s Entry,
    pub applied: &'s Applied,
    pub after: &'s State,
}

/// What went wrong.
pub type Check = Result<(), String>;

/// Checks everything; the first thing wrong is the answer.
pub fn check(step: &Step<'_>) -> Check {
    time_and_index(step)?;
    capacity::check(step.after)?;
    power::check(step.after)?;
    indexes::check(step.after)?;
    attempts::check(step)?;
    chain::check(step)?;
    plans::check(step)?;
    preemption::check(step)?;
    moves::check(step)?;
    promises::check(step)?;
    tenancy::check(step)?;
    holds::check(step)?;
    removal::check(step)?;
    terminal::check(step)?;
    events::check(step)
}

/// Fails with the text unless the condition holds.
pub fn ensure(holds: bool, text: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(text()) }
}

fn time_and_index(step: &Step<'_>) -> Check {
    let now_ms = step.before.now_ms().max(step.entry.time_ms);
    ensure(step.after.now_ms() == now_ms, || {
        "time: ran back or jumped".to_owned()
    })?;
    ensure(step.after.index() == step.entry.index, || {
        "index: not the entry's".to_owned()
    })
}
