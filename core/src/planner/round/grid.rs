//! The slots of a round: fine at first, coarse later, since near decisions are made now and far
//! ones again.

use std::collections::BTreeMap;

use crate::planner::model::Span;

/// Parts of a slot of the policy that the first one is cut into.
const FINE: i64 = 12;
/// Slots of the policy's length, before they get coarse.
const PLAIN: i64 = 48;
/// How many slots of the policy a coarse one is.
const COARSE: i64 = 4;
/// Slots at most, however far the horizon.
const SLOTS_MAX: usize = 256;

/// Slots of one length at most.
const EVEN_MAX: i64 = 2048;

/// The edges of the slots, in the network's time.
pub(super) struct Grid {
    /// One more than there are slots.
    edges: Vec<i64>,
}

impl Grid {
    pub(super) fn new(now_ms: i64, slot_ms: i64, horizon_ms: i64) -> Grid {
        let slot_ms = slot_ms.max(FINE);
        let end_ms = now_ms.saturating_add(horizon_ms.max(slot_ms));
        let mut edges = vec![now_ms];
        let mut at_ms = now_ms;
        while at_ms < end_ms && edges.len() <= SLOTS_MAX {
            let position = edges.len() as i64;
            let step_ms = match position {
                position if position <= FINE => slot_ms / FINE,
                position if position <= FINE + PLAIN => slot_ms,
                _ => slot_ms * COARSE,
            };
            at_ms = at_ms.saturating_add(step_ms);
            edges.push(at_ms);
        }
        Grid { edges }
    }

    /// Slots of one length until a time, at most so many as a model may have.
    pub(super) fn even(now_ms: i64, slot_ms: i64, until_ms: i64) -> Grid {
        let slot_ms = slot_ms.max(1);
        let slots = (until_ms.saturating_sub(now_ms) / slot_ms + 1).clamp(1, EVEN_MAX);
        Grid {
            edges: (0..=slots).map(|edge| now_ms + edge * slot_ms).collect(),
        }
    }

    /// Starts of the slots, and the end of the last one.
    pub(super) fn edges_ms(&self) -> &[i64] {
        &self.edges
    }

    pub(super) fn slots(&self) -> usize {
        self.edges.len() - 1
    }

    /// Start of a slot.
    pub(super) fn start_ms(&self, slot: usize) -> i64 {
        self.edges[slot]
    }

    /// End of a slot.
    pub(super) fn end_ms(&self, slot: usize) -> i64 {
        self.edges[slot + 1]
    }

    /// The slot in which an instant lies; the first or last one outside of the horizon.
    pub(super) fn slot_of(&self, at_ms: i64) -> usize {
        let next = self.edges.partition_point(|edge| *edge <= at_ms);
        next.saturating_sub(1).min(self.slots() - 1)
    }

    /// What something of this length holds, by the slot at whose start it begins.
    fn span(&self, length_ms: i64) -> Span {
        let horizon_ms = self.edges[self.slots()];
        // A later start never ends sooner: the slot of the end only moves on.
        let mut last = 0;
        let of = |slot: usize| {
            let end_ms = self.edges[slot].saturating_add(length_ms);
            if end_ms >= horizon_ms {
                return (self.slots() as u32, 0);
            }
            while self.edges[last + 1] <= end_ms {
                last += 1;
            }
            let width_ms = self.edges[last + 1] - self.edges[last];
            let share = i128::from(end_ms - self.edges[last]) * 1000 / i128::from(width_ms);
            // Something that begins holds something, however short.
            let least = i128::from(last == slot);
            (last as u32, share.max(least) as u16)
        };
        let (whole, tail_permille) = (0..self.slots()).map(of).unzip();
        Span {
            whole,
            tail_permille,
        }
    }
}

/// The spans of a model, one for each length.
#[derive(Default)]
pub(super) struct Spans {
    by_length: BTreeMap<i64, u32>,
    spans: Vec<Span>,
}

impl Spans {
    /// Number of the span of this length.
    pub(super) fn of(&mut self, grid: &Grid, length_ms: i64) -> u32 {
        *self.by_length.entry(length_ms).or_insert_with(|| {
            self.spans.push(grid.span(length_ms));
            self.spans.len() as u32 - 1
        })
    }

    pub(super) fn get(&self, span: u32) -> &Span {
        &self.spans[span as usize]
    }

    /// The spans, and the length of each.
    pub(super) fn into_model(self) -> (Vec<Span>, Vec<i64>) {
        let mut lengths_ms = vec![0; self.spans.len()];
        for (length_ms, span) in self.by_length {
            lengths_ms[span as usize] = length_ms;
        }
        (self.spans, lengths_ms)
    }
}
