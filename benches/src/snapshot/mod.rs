//! Figure `snapshot`: what a snapshot of the state costs its reader, and what readers cost apply.
//!
//! A snapshot shares all its pages with the live state; a page that a reader still holds is copied
//! when apply changes it. So the price is paid in two places, and both are measured.

mod readers;
mod world;

use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::figure::{Figure, Options, Outcome, Verdict};
use crate::machine::resident_bytes;
use crate::statistics::{median, percentile};
use readers::Readers;
use world::World;

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "snapshot",
    shows: "a snapshot of 1,000,000 jobs for the planner, and apply while readers hold ten of them",
    target: "p99 of taking one <= 1000 us; p99 of apply with readers <= 2 x without",
    peer: "none: the same code without readers",
    run,
};

/// Jobs in the state.
const JOBS: u64 = 1_000_000;
/// Longest that taking a snapshot may take.
const SNAPSHOT_US_MAX: f64 = 1000.0;
/// Times the p99 without readers that apply may take with them.
const RATIO_MAX: f64 = 2.0;
/// Cycles of the mix in one block; a cycle is 50 commands.
const CYCLES: u32 = 200;

/// Pairs of blocks, one with readers and one without.
fn blocks(quick: bool) -> u32 {
    if quick { 5 } else { 15 }
}

fn run(options: &Options) -> anyhow::Result<Outcome> {
    let before = resident_bytes()?;
    let started = Instant::now();
    let mut world = World::fill(JOBS)?;
    let bytes_per_job = (resident_bytes()? - before) as f64 / JOBS as f64;
    println!(
        "filled: {} jobs in {:.1} s, {bytes_per_job:.0} bytes each",
        world.state.jobs().len(),
        started.elapsed().as_secs_f64(),
    );
    // Warms up caches and the allocator.
    block(&mut world, None)?;
    let mut pairs = Vec::new();
    for _ in 0..blocks(options.quick) {
        let without = block(&mut world, None)?;
        let mut readers = Readers::start();
        let with = block(&mut world, Some(&mut readers))?;
        let snapshots = readers.stop();
        pairs.push(Pair {
            without,
            with,
            snapshots: Block::of(snapshots)?,
        });
    }
    println!(
        "apply: p50 {:.1} us without readers, {:.1} us with; snapshot: p50 {:.1} us",
        of(&pairs, |pair| pair.without.p50_us),
        of(&pairs, |pair| pair.with.p50_us),
        of(&pairs, |pair| pair.snapshots.p50_us),
    );
    let mut outcome = judge(&pairs, bytes_per_job);
    if options.quick {
        let (quick, full) = (blocks(true), blocks(false));
        outcome
            .left_out
            .push(format!("{} of {full} pairs of blocks", full - quick));
    }
    Ok(outcome)
}

fn judge(pairs: &[Pair], bytes_per_job: f64) -> Outcome {
    let snapshot_us = of(pairs, |pair| pair.snapshots.p99_us);
    let ratio = of(pairs, |pair| pair.with.p99_us / pair.without.p99_us);
    let values = vec![
        ("snapshot_us", format!("{snapshot_us:.1}")),
        (
            "apply_p99_us",
            format!("{:.1}", of(pairs, |pair| pair.without.p99_us)),
        ),
        (
            "apply_p99_readers_us",
            format!("{:.1}", of(pairs, |pair| pair.with.p99_us)),
        ),
        ("ratio", format!("{ratio:.2}")),
        ("bytes_per_job", format!("{bytes_per_job:.0}")),
    ];
    let verdict = Verdict::of(snapshot_us <= SNAPSHOT_US_MAX && ratio <= RATIO_MAX);
    Outcome {
        values,
        verdict,
        left_out: Vec::new(),
    }
}

/// Two blocks that stand next to each other in time, and the snapshots taken in the second.
struct Pair {
    without: Block,
    with: Block,
    snapshots: Block,
}

/// How long one kind of thing took.
struct Block {
    p50_us: f64,
    p99_us: f64,
}

impl Block {
    fn of(mut taken: Vec<Duration>) -> anyhow::Result<Block> {
        taken.sort_unstable();
        let at = |permille| {
            let value: Option<Duration> = percentile(&taken, permille);
            value
                .map(|value| value.as_secs_f64() * 1e6)
                .context("nothing was measured")
        };
        Ok(Block {
            p50_us: at(500)?,
            p99_us: at(990)?,
        })
    }
}

fn of(pairs: &[Pair], value: impl Fn(&Pair) -> f64) -> f64 {
    median(pairs.iter().map(value))
}

/// Times every apply of some cycles; the planner between them is not timed.
fn block(world: &mut World, mut readers: Option<&mut Readers>) -> anyhow::Result<Block> {
    let mut taken = Vec::new();
    for _ in 0..CYCLES {
        world.cycle(|world, command| {
            if let Some(readers) = &mut readers {
                readers.serve(&world.state);
            }
            let started = Instant::now();
            let answer = world.apply(command);
            taken.push(started.elapsed());
            answer
        })?;
    }
    Block::of(taken)
}
