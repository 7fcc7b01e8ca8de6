//! A class takes its cheapest columns that still fit.

use super::draft::Draft;
use super::field::Field;
use super::pricing::{Floor, Floors};
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
    let limit = draft.model.classes[at].unplaced as f64;
    let guide = Guide { field, share };
    place_by(draft, guide, floors.of(at), at, limit, scratch);
}

/// The same on some choices, by whole prices, as long as something fits below a limit.
pub(super) fn place_below<'m>(
    draft: &mut Draft<'m>,
    field: &Field<'m>,
    floors: &[Floor],
    at: usize,
    limit: f64,
    scratch: &mut Scratch,
) {
    let guide = Guide { field, share: 1.0 };
    place_by(draft, guide, floors, at, limit, scratch);
}

fn place_by<'m>(
    draft: &mut Draft<'m>,
    guide: Guide<'_, 'm>,
    floors: &[Floor],
    at: usize,
    limit: f64,
    scratch: &mut Scratch,
) {
    let class = &draft.model.classes[at];
    while draft.out[at] > 0 {
        let found = draft.room.cheapest(guide, floors, class, limit, scratch);
        let Some((_, column)) = found else { break };
        // What is best for one is best for all that are alike, until use costs more.
        let alike = draft.room.alike(class, &column, draft.out[at]);
        if draft.place(at, column, alike) == 0 {
            break;
        }
    }
}
