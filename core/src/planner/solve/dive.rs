//! From prices to a plan: the classes that save most go first, and each job takes its cheapest
//! column that still fits. While room runs out, the prices follow what is left of it: after each
//! block of classes the price iteration goes on for those that are still open, beside what the
//! others hold for good.
//!
//! Without that, prices say nothing of the gaps that whole jobs leave: those who come last find
//! them only by what they cost, and block each other.

use super::ascent::Ascent;
use super::draft::Draft;
use super::room::Scratch;
use super::rounding::{place_below, place_class};

/// Blocks that are placed one after the other: of more than so many classes fewer, as each pass
/// takes longer, and each class is a smaller part of the whole.
const BLOCKS_MIN: usize = 20;
const BLOCKS_MAX: usize = 80;
const VERY_MANY: usize = 10_000;
/// Passes over the open classes after each, and the sum of their relative steps.
const PASSES: usize = 2;
const STEP: f64 = 0.15;
/// Of fewer classes than this, the search makes up for what prices do not know in less time.
pub(super) const FOLLOWED_MIN: usize = 1000;
/// How many times as much a place may cost that is taken without a look at all.
const NEARLY: f64 = 1.02;
/// All choices are looked at again after so many blocks.
const WHOLE_EVERY: usize = 16;

/// Places every class. A checkpoint is before each pass; once it says stop, the rest is placed by
/// the prices as they are.
pub(super) fn dive<'m>(
    ascent: &mut Ascent<'m>,
    draft: &mut Draft<'m>,
    mut checkpoint: impl FnMut() -> bool,
) {
    let surplus = ascent.settle();
    let mut order: Vec<usize> = (0..surplus.len()).collect();
    order.sort_by(|a, b| surplus[*b].total_cmp(&surplus[*a]).then(a.cmp(b)));
    let mut scratch = Scratch::default();
    let beyond = order.len().div_ceil(VERY_MANY).max(1);
    let blocks = (BLOCKS_MAX / beyond).clamp(BLOCKS_MIN, BLOCKS_MAX);
    let each = order.len().div_ceil(blocks).max(1);
    let mut go_on = order.len() >= FOLLOWED_MIN;
    for (number, block) in order.chunks(each).enumerate() {
        for at in block {
            place(ascent, draft, *at, &mut scratch);
            ascent.fix(*at, &draft.taken[*at]);
        }
        let open = &order[(number * each + block.len())..];
        for pass in 0..PASSES {
            go_on = go_on && !open.is_empty() && checkpoint();
            if go_on {
                let whole = pass == 0 && number.is_multiple_of(WHOLE_EVERY);
                ascent.follow(open, STEP, whole);
            }
        }
    }
    // Prices keep some out for whom there is room after all: they come at their own cost.
    for at in &order {
        let (field, floors) = (ascent.field(), ascent.floors());
        place_class(draft, field, floors, *at, 0.0, &mut scratch);
    }
}

/// Places a class by the prices. Of many classes, first on choices that were cheap a while ago, as
/// far as they cost hardly more than if nothing else were placed.
fn place<'m>(ascent: &mut Ascent<'m>, draft: &mut Draft<'m>, at: usize, scratch: &mut Scratch) {
    let near = match draft.out.len() >= FOLLOWED_MIN {
        true => ascent.near(at),
        false => None,
    };
    let (field, floors) = (ascent.field(), ascent.floors());
    if let Some((price, near)) = near {
        place_below(draft, field, &near, at, price * NEARLY, scratch);
    }
    place_class(draft, field, floors, at, 1.0, scratch);
}
