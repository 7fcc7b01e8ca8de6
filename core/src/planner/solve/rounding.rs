//! From prices to a plan: the classes that save most go first, and each job takes its cheapest
//! column that still fits.

use super::draft::Draft;
use super::field::Field;
use super::pricing::Floors;
use super::room::{Guide, Scratch};

/// Places every class, in the order of what placing a job of it saves at the prices.
pub(super) fn round<'m>(
    draft: &mut Draft<'m>,
    field: &Field<'m>,
    floors: &Floors,
    surplus: &[f64],
) {
    let mut order: Vec<usize> = (0..surplus.len()).collect();
    order.sort_by(|a, b| surplus[*b].total_cmp(&surplus[*a]).then(a.cmp(b)));
    let mut scratch = Scratch::default();
    // Prices keep some out for whom there is room after all: they come at their own cost.
    for share in [1.0, 0.0] {
        for at in &order {
            place_class(draft, field, floors, *at, share, &mut scratch);
        }
    }
}

/// Places what is left of a class, as long as something fits that costs less than leaving it out.
/// `share` of the prices counts beside a column's own cost.
pub(super) fn place_class<'m>(
    draft: &mut Draft<'m>,
    field: &Field<'m>,
    floors: &Floors,
    at: usize,
    share: f64,
    scratch: &mut Scratch,
) {
    let class = &draft.model.classes[at];
    let guide = Guide { field, share };
    while draft.out[at] > 0 {
        let limit = class.unplaced as f64;
        let found = draft
            .room
            .cheapest(guide, floors.of(at), class, limit, scratch);
        let Some((_, column)) = found else { break };
        if draft.place(at, column, draft.out[at]) == 0 {
            break;
        }
    }
}
