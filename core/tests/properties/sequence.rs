//! One random log: made, applied, checked after every entry, replayed, and shortened on failure.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use ewc_core::model::{JobState, PolicyKind};
use ewc_core::planner::{self, Round};
use ewc_core::state::{Applied, Limits};
use ewc_core::{Event, Reason, State};

use crate::checks::{self, Check, Step, ensure};
use crate::commands::{self, Entry};
use crate::power;
use crate::random::Random;
use crate::world;

/// Few enough that jobs retire within a sequence.
const LIMITS: Limits = Limits {
    jobs_max: 12,
    terminal_max: 5,
    terminal_keep_ms: 24 * 3_600_000,
};

/// Where the last panic was.
static PANICKED: Mutex<String> = Mutex::new(String::new());

/// What jobs became, and why: shows that a run reached the corners it is meant for.
pub type Seen = BTreeSet<(JobState, Option<Reason>)>;

/// A log that broke an invariant.
pub struct Failure {
    seed: u64,
    log: Vec<Entry>,
    /// Which one.
    pub text: String,
}

/// Makes and checks the log of a seed.
pub fn run(seed: u64, seen: &mut Seen) -> Result<(), Failure> {
    let mut log = Vec::new();
    let all = || {
        let state = make(seed, &mut log, seen)?;
        replay(&log, &state)
    };
    let result = no_panic(all).and_then(|result| result);
    result.map_err(|text| Failure { seed, log, text })
}

/// Notes panics instead of printing them: a shortened log may panic many times.
pub fn note_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if let Ok(mut noted) = PANICKED.lock() {
            *noted = panic.to_string().replace('\n', " ");
        }
    }));
}

fn make(seed: u64, log: &mut Vec<Entry>, seen: &mut Seen) -> Result<State, String> {
    let random = &mut Random(seed);
    let mut caps = power::Caps::of(seed);
    let mut state = State::new(LIMITS);
    for command in world::setup(random) {
        let index = state.index() + 1;
        let entry = Entry {
            index,
            time_ms: world::START_MS,
            command,
            fresh: false,
            repaired_on: None,
        };
        state = checked(&state, &entry, &mut Seen::new())?;
        log.push(entry);
    }
    let mut old = Vec::new();
    for _ in 0..random.range(15, 41) {
        let entry = commands::next(random, &state, &old);
        log.push(entry.clone());
        if random.chance(30) {
            old.push(state.clone());
        }
        state = checked(&state, &entry, seen)?;
        if let Some(entry) = caps.next(&state) {
            log.push(entry.clone());
            state = checked(&state, &entry, seen)?;
        }
    }
    Ok(state)
}

/// Applies one entry and checks what it did.
fn checked(before: &State, entry: &Entry, seen: &mut Seen) -> Result<State, String> {
    let mut after = before.clone();
    let applied = apply(&mut after, entry)?;
    for event in &applied.events {
        if let Event::Changed { to, reason, .. } = event {
            seen.insert((*to, *reason));
        }
    }
    checks::check(&Step {
        before,
        entry,
        applied: &applied,
        after: &after,
    })?;
    Ok(after)
}

/// Never panics is one of the properties.
fn apply(state: &mut State, entry: &Entry) -> Result<Applied, String> {
    no_panic(|| state.apply(entry.index, entry.time_ms, &entry.command))
}

fn no_panic<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| {
        let place = PANICKED.lock().map(|place| place.clone());
        format!("panic: {}", place.unwrap_or_default())
    })
}

/// The same log gives the same bytes; so does a snapshot from the middle with the rest of the log;
/// and the planner gives the same plan on all of them, also when stopped.
fn replay(log: &[Entry], end: &State) -> Check {
    let middle = log.len() * 2 / 3;
    let mut fresh = State::new(LIMITS);
    for entry in &log[..middle] {
        apply(&mut fresh, entry)?;
    }
    let mut bytes = Vec::new();
    fresh
        .write_snapshot(&mut bytes)
        .map_err(|error| error.to_string())?;
    let mut restored = State::read_snapshot(&mut bytes.as_slice()).map_err(|e| e.to_string())?;
    for entry in &log[middle..] {
        let here = apply(&mut fresh, entry)?;
        let there = apply(&mut restored, entry)?;
        ensure(here == there, || {
            "snapshot: a restored state answers differently".to_owned()
        })?;
    }
    ensure(fresh.digest() == end.digest(), || {
        "replay: another digest".to_owned()
    })?;
    ensure(restored.digest() == end.digest(), || {
        "snapshot: another digest".to_owned()
    })?;
    ensure(restored.next_due_ms() == end.next_due_ms(), || {
        "snapshot: due".to_owned()
    })?;
    ensure(end.over_reserved() == 0, || {
        "capacity: over_reserved is wrong".to_owned()
    })?;
    for policy in PolicyKind::ALL {
        same_plan(end, &restored, policy)?;
    }
    Ok(())
}

fn same_plan(state: &State, restored: &State, policy: PolicyKind) -> Check {
    let round = Round {
        policy,
        scope: ewc_core::planner::Scope::All,
        jobs_max: 4,
        seed: 0,
    };
    for stop in [1, u32::MAX] {
        let plan = planner::plan(state, &round, |done| done < stop);
        let recorded = plan.round().ok_or("replay: the plan names no round")?;
        let again = planner::plan(restored, &recorded, |done| done < plan.stopped_at);
        ensure(plan == again, || {
            format!("replay: another plan, stopped at {}", plan.stopped_at)
        })?;
        let repaired = planner::repair(state, plan, |done| done < stop);
        let again = planner::repair(restored, again, |done| done < stop);
        ensure(repaired == again, || "replay: another repair".to_owned())?;
    }
    Ok(())
}

/// Everything that is checked of a log, from the start.
fn check_log(log: &[Entry]) -> Check {
    let mut state = State::new(LIMITS);
    for entry in log {
        state = checked(&state, entry, &mut Seen::new())?;
    }
    replay(log, &state)
}

impl Failure {
    /// Drops entries as long as the log still fails, and tells what is left.
    pub fn explain(self) -> String {
        let Failure {
            seed,
            mut log,
            mut text,
        } = self;
        let mut size = log.len() / 2;
        while size > 0 {
            let mut at = 0;
            while at < log.len() {
                let mut shorter = log.clone();
                shorter.drain(at..(at + size).min(log.len()));
                match no_panic(|| check_log(&shorter)) {
                    Ok(Err(found)) => (log, text) = (shorter, found),
                    _ => at += size,
                }
            }
            size /= 2;
        }
        let line =
            |entry: &Entry| format!("{} @{} {:?}\n", entry.index, entry.time_ms, entry.command);
        let lines: String = log.iter().map(line).collect();
        format!("seed {seed}: {text}\n{lines}")
    }
}
