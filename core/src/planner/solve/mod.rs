//! Solves a model: prices, a proven bound, a plan near it.
//!
//! 1. `ascent` finds prices of rows and slots at which demand meets capacity.
//! 2. `dive` places the jobs by those prices, those that gain most first, and lets the prices of
//!    the others follow; `start` keeps the plan of an earlier round where that is as good.
//! 3. `bound` proves with the prices of 1 that no plan is cheaper than so much.
//! 4. `search` improves the plan.
//!
//! Each pass of 1 and 2 and each batch of moves of 4 begins with a numbered checkpoint at which the
//! caller may stop; the number reached gives the same solution again.

mod arrival;
mod ascent;
mod bound;
mod dive;
mod draft;
mod field;
mod minima;
mod near;
mod polish;
mod pricing;
mod quotes;
mod random;
mod room;
mod rounding;
mod search;
mod start;
mod supply;

use crate::planner::model::{Column, Model};

pub use arrival::Arrivals;
pub use bound::RowPrices;
pub use quotes::Quotes;
pub use start::Start;

use ascent::Ascent;
use dive::dive;
use draft::Draft;
use search::Search;
use start::Kept;

/// Moves of the search between two checkpoints.
const MOVES_PER_CHECKPOINT: u64 = 64;
/// Passes after which it is looked for the first time whether they are enough.
const FIRST_LOOK: u32 = 4;

/// Of many classes, a plan of before that is kept and so near what the prices of before prove gains
/// more from the search than from other prices.
const AT_REST_PERMILLE: u32 = 50;

/// How much work to do at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effort {
    /// Seed of the search.
    pub seed: u64,
    /// Passes of the price iteration.
    pub passes: u32,
    /// Moves of the search.
    pub moves: u64,
    /// It is over once the plan is proven to cost at most so many thousandths more than the best
    /// one, measured by what its placed jobs cost.
    pub near_permille: u32,
}

impl Effort {
    /// How far above the bound a plan may be that need not become better. What is left out does not
    /// count: it costs far more than what is placed, and would hide any price for that.
    fn allowance(&self, draft: &Draft<'_>) -> i128 {
        share(draft, self.near_permille)
    }
}

impl Default for Effort {
    fn default() -> Effort {
        Effort {
            seed: 0,
            passes: 400,
            moves: u64::MAX,
            near_permille: 0,
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// For each class its columns and how many jobs take each; the others are left out.
    pub taken: Vec<Vec<(Column, u32)>>,
    /// Cost of the plan, of those left out too.
    pub objective: i128,
    /// No plan of the model costs less.
    pub bound: i128,
    /// The prices that prove it.
    pub prices: RowPrices,
    /// Number of the checkpoint at which it stopped.
    pub stopped_at: u32,
}

/// Solves a model that [`Model::check`] accepts, from what an earlier round leaves if there was
/// one. `proceed` is asked at every checkpoint, with its number from 0; after the first `false`
/// the plan is rounded off and returned. Without a stop it ends when the effort is spent.
pub fn solve(
    model: &Model,
    start: &Start<'_>,
    effort: &Effort,
    mut proceed: impl FnMut(u32) -> bool,
) -> Solution {
    let mut stopped_at = 0;
    let mut go_on = true;
    let mut checkpoint = || {
        go_on = go_on && proceed(stopped_at);
        stopped_at += u32::from(go_on);
        go_on
    };
    let mut ascent = Ascent::new(model, start.prices.map(|prices| prices.floats(model)));
    let kept = start.kept(&ascent);
    let keeps = |ascent: &Ascent<'_>| {
        let kept = kept.as_ref();
        kept.is_some_and(|kept| is_near(&kept.draft, ascent, effort))
    };
    let rests = kept.as_ref().is_some_and(|kept| {
        kept.whole && ascent.has_many() && is_within(&kept.draft, &ascent, AT_REST_PERMILLE)
    });
    let passes = match rests {
        true => 0,
        false => effort.passes,
    };
    for pass in 0..passes {
        let enough = keeps(&ascent) || is_enough(&ascent, effort, pass);
        if enough || ascent.is_over() || !checkpoint() {
            break;
        }
        ascent.pass();
    }
    let near = keeps(&ascent);
    let draft = match kept {
        Some(kept) if near || kept.whole && ascent.has_many() => kept.draft,
        kept => {
            let mut draft = Draft::new(model);
            dive(&mut ascent, &mut draft, &mut checkpoint);
            cheaper(kept, draft)
        }
    };
    let (field, floors, near) = ascent.finish();
    let prices = RowPrices::round(model, field.prices());
    let bound = bound::bound(model, &floors, &prices, &near);
    let enough = bound + effort.allowance(&draft);
    let mut search = Search::new(draft, effort.seed);
    let mut moves = 0;
    // A plan as cheap as the bound cannot be improved.
    while moves < effort.moves && search.best_cost() > enough && checkpoint() {
        let batch = MOVES_PER_CHECKPOINT.min(effort.moves - moves);
        (0..batch).for_each(|_| search.step(&field, &floors));
        moves += batch;
    }
    let best = search.into_best();
    let (taken, objective) = best.into_plan();
    Solution {
        taken,
        objective,
        bound,
        prices,
        stopped_at,
    }
}

/// True when further passes are not needed, after so many: what would be placed now is near the
/// bound already. Looked at a few times only, and of few classes, where it costs little.
fn is_enough(ascent: &Ascent<'_>, effort: &Effort, passes: u32) -> bool {
    let due = passes >= FIRST_LOOK && passes.is_power_of_two();
    if effort.near_permille == 0 || !due || ascent.classes() >= dive::FOLLOWED_MIN {
        return false;
    }
    let mut tried = ascent.clone();
    let mut draft = Draft::new(tried.field().model);
    dive(&mut tried, &mut draft, || false);
    is_near(&draft, ascent, effort)
}

/// True when a plan need not become better, as far as is known.
fn is_near(draft: &Draft<'_>, ascent: &Ascent<'_>, effort: &Effort) -> bool {
    is_within(draft, ascent, effort.near_permille)
}

/// True when a plan costs at most so many thousandths more than the prices prove so far.
fn is_within(draft: &Draft<'_>, ascent: &Ascent<'_>, permille: u32) -> bool {
    draft.cost <= ascent.value() as i128 + share(draft, permille)
}

/// So many thousandths of what the placed jobs of a plan cost.
fn share(draft: &Draft<'_>, permille: u32) -> i128 {
    draft.cost_of_placed().max(0) * i128::from(permille) / 1000
}

/// The cheaper one of two plans; of equal ones that of before.
fn cheaper<'m>(kept: Option<Kept<'m>>, found: Draft<'m>) -> Draft<'m> {
    match kept {
        Some(kept) if kept.draft.cost <= found.cost => kept.draft,
        _ => found,
    }
}
