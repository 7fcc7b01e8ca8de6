//! A class takes its cheapest columns that still fit.

use super::draft::Draft;
use super::field::Field;
use super::pricing::Floors;
use super::room::{Guide, Scratch};

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
