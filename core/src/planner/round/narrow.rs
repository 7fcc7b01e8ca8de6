//! Starts that lead nowhere are taken out of a model: whatever else is decided, a run does not fit
//! where it alone needs more of a row than is free.
//!
//! No plan of whole jobs has such a column. Shares of jobs may: without this, a bound places a
//! tenth of a job for a hundred accelerators on the ten that are free, and says of a busy network
//! that nearly all its work could begin now. And what is not there need not be priced.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{PoolId, SiteId};
use crate::planner::model::{Choice, Model, Use};
use crate::reason::Reason;
use crate::state::State;

use super::build::Built;

/// A choice falls into so many at most, each with starts in a row; those that would be one more are
/// in the last with what is between them.
const PIECES_MAX: usize = 4;

/// Leaves each choice the starts from which its run alone fits, and each class the choices that
/// have any. What a planned job has stays, whatever it holds.
pub(super) fn narrow(state: &State, built: &mut Built) {
    let mut open = Open::default();
    for at in 0..built.model.classes.len() {
        let choices = std::mem::take(&mut built.model.classes[at].choices);
        let pools = std::mem::take(&mut built.pools[at]);
        let before = sites(state, &pools);
        let stay = built.stay[at];
        let mut capped = BTreeSet::new();
        for (number, (choice, pools)) in choices.into_iter().zip(pools).enumerate() {
            let kept = &mut built.model.classes[at].choices;
            if stay == Some(number) {
                built.stay[at] = Some(kept.len());
                kept.push(choice);
                built.pools[at].push(pools);
                continue;
            }
            let pieces = open.pieces(&built.model, &choice);
            if pieces.is_empty() && built.draws_power(state, &choice) {
                let mut without = choice.clone();
                without.uses = built.without_power(state, &choice);
                if !open.pieces(&built.model, &without).is_empty() {
                    capped.insert(home(state, &pools));
                }
            }
            for (first, last) in pieces {
                let kept = &mut built.model.classes[at].choices;
                kept.push(Choice {
                    first,
                    last,
                    ..choice.clone()
                });
                built.pools[at].push(pools.clone());
            }
        }
        // Leaving out whoever has no place is no decision, and costs next to nothing.
        built.set_unplaced(at);
        let after = sites(state, &built.pools[at]);
        let full = before.difference(&after);
        let reason = |site: &SiteId| match capped.contains(site) {
            true => Reason::PowerCap,
            false => Reason::PoolBusy,
        };
        built.ruled_out[at].extend(full.map(|site| (*site, reason(site))));
    }
}

fn sites(state: &State, pools: &[Vec<PoolId>]) -> BTreeSet<SiteId> {
    pools.iter().map(|pools| home(state, pools)).collect()
}

fn home(state: &State, pools: &[PoolId]) -> SiteId {
    state.pools()[pools[0].index()].site
}

/// From which slots so much of a row is free for a span.
#[derive(Default)]
struct Open {
    known: BTreeMap<(u32, u32, i64), Vec<bool>>,
}

impl Open {
    /// The starts of a choice that are open, in pieces, each from its first to its last.
    fn pieces(&mut self, model: &Model, choice: &Choice) -> Vec<(u32, u32)> {
        for used in &choice.uses {
            let key = (used.row, used.span, used.amount);
            self.known.entry(key).or_insert_with(|| open(model, *used));
        }
        let of = |used: &Use| &self.known[&(used.row, used.span, used.amount)];
        let uses: Vec<&Vec<bool>> = choice.uses.iter().map(of).collect();
        let mut pieces: Vec<(u32, u32)> = Vec::new();
        for start in choice.first..=choice.last {
            if !uses.iter().all(|open| open[start as usize]) {
                continue;
            }
            let full = pieces.len() == PIECES_MAX;
            match pieces.last_mut() {
                Some((_, last)) if *last + 1 == start || full => *last = start,
                _ => pieces.push((start, start)),
            }
        }
        pieces
    }
}

/// By start, whether a use alone fits.
fn open(model: &Model, used: Use) -> Vec<bool> {
    let capacity = &model.capacity[used.row as usize];
    let span = &model.spans[used.span as usize];
    // The first slot from here on that has too little.
    let mut barred = usize::MAX;
    let mut open = vec![false; model.slots];
    for start in (0..model.slots).rev() {
        if capacity[start] < used.amount {
            barred = start;
        }
        let whole = span.whole[start] as usize;
        let tail = span.tail_permille[start] > 0
            && whole < model.slots
            && capacity[whole] < span.tail(start, used.amount);
        open[start] = barred >= whole && !tail;
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::model::Span;

    fn model(capacity: &[i64]) -> Model {
        Model {
            slots: capacity.len(),
            capacity: vec![capacity.to_vec()],
            spans: vec![Span::of_slots(2, capacity.len())],
            ..Model::default()
        }
    }

    fn pieces(capacity: &[i64], amount: i64) -> Vec<(u32, u32)> {
        let uses = [Use {
            row: 0,
            span: 0,
            amount,
        }];
        let choice = Choice {
            last: capacity.len() as u32 - 1,
            uses: uses.into(),
            ..Choice::default()
        };
        Open::default().pieces(&model(capacity), &choice)
    }

    #[test]
    fn starts_are_open_while_the_whole_run_fits() {
        assert_eq!(pieces(&[4, 4, 4, 4], 4), [(0, 3)]);
        assert_eq!(pieces(&[4, 4, 3, 4, 4], 4), [(0, 0), (3, 4)]);
        assert_eq!(pieces(&[3, 3, 3], 4), []);
    }

    #[test]
    fn a_tail_needs_its_part_only() {
        let mut model = model(&[4, 2, 1]);
        model.spans[0] = Span {
            whole: vec![1, 2, 3],
            tail_permille: vec![500; 3],
        };
        let used = Use {
            row: 0,
            span: 0,
            amount: 4,
        };
        assert_eq!(open(&model, used), [true, false, false]);
        model.capacity[0][1] = 1;
        assert_eq!(open(&model, used), [false, false, false]);
    }

    #[test]
    fn what_falls_into_too_many_pieces_keeps_all_that_is_open() {
        let capacity: Vec<i64> = (0..24).map(|slot| i64::from(slot % 3 != 2)).collect();
        let found = pieces(&capacity, 1);
        assert_eq!(found.len(), PIECES_MAX);
        assert_eq!(found[..3], [(0, 0), (3, 3), (6, 6)]);
        assert_eq!(found[3], (9, 21));
    }
}
