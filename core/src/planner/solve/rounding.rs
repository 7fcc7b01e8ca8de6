//! A class takes its cheapest columns that still fit.
//!
//! Choices are looked at by what they cost at least. While a class is placed, room only shrinks:
//! the best column of a choice stays the best as long as it fits, and what a choice cost once, it
//! costs at least from then on.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::planner::model::Column;

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
    if draft.out[at] < 2 {
        // Of a single job, nothing dearer than the best column so far is of interest.
        if draft.out[at] == 1
            && let Some((_, column)) = draft.room.cheapest(guide, floors, class, limit, scratch)
        {
            draft.place(at, column, 1);
        }
        return;
    }
    let mut offers = Offers::new(guide, floors, limit);
    // Columns placed so far.
    let mut now = 0;
    while draft.out[at] > 0 {
        let Some(mut offer) = offers.heap.pop() else {
            break;
        };
        let Some((column, since)) = offer.known.take() else {
            let floor = &floors[offer.floor];
            let found = draft.room.best_of(guide, floor, class, limit, scratch);
            offers.put(offer.floor, found, now);
            continue;
        };
        if since == now || draft.room.still_has(class, &column) {
            // What is best for one is best for all that are alike, until use costs more.
            let alike = draft.room.alike(class, &column, draft.out[at]);
            if draft.place(at, column, alike) == 0 {
                break;
            }
            now += 1;
        }
        offers.heap.push(offer);
    }
}

/// The choices of a class, cheapest first.
struct Offers {
    heap: BinaryHeap<Offer>,
}

/// What a choice costs: with its best column, or at least.
struct Offer {
    price: f64,
    /// Position of the choice among the floors.
    floor: usize,
    /// The column, and how many had been placed when it was found.
    known: Option<(Column, u32)>,
}

impl Offers {
    /// Those that may cost less than a limit.
    fn new(guide: Guide<'_, '_>, floors: &[Floor], limit: f64) -> Offers {
        let dear = floors.iter().take_while(|floor| floor.cost() < limit);
        let least = dear.map(|floor| match guide.share > 0.0 {
            true => floor.price(guide.field, guide.share),
            false => floor.cost(),
        });
        let offers = least.enumerate().filter(|(_, price)| *price < limit);
        let offers = offers.map(|(floor, price)| Offer {
            price,
            floor,
            known: None,
        });
        Offers {
            heap: offers.collect(),
        }
    }

    /// This is the best column of a choice, now that so many are placed.
    fn put(&mut self, floor: usize, found: Option<(f64, Column)>, now: u32) {
        let found = found.map(|(price, column)| Offer {
            price,
            floor,
            known: Some((column, now)),
        });
        self.heap.extend(found);
    }
}

impl Ord for Offer {
    /// The cheapest is the greatest; of equal ones, one that is known, then the first.
    fn cmp(&self, other: &Offer) -> Ordering {
        let by_price = other.price.total_cmp(&self.price);
        let known = self.known.is_some().cmp(&other.known.is_some());
        by_price
            .then(known)
            .then_with(|| other.floor.cmp(&self.floor))
    }
}

impl PartialOrd for Offer {
    fn partial_cmp(&self, other: &Offer) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Offer {
    fn eq(&self, other: &Offer) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Offer {}

#[cfg(test)]
mod tests;
