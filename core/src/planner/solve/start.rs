//! What an earlier round leaves to the next: its prices, and its plan as far as that still fits.

use crate::planner::model::{Column, Model};

use super::RowPrices;
use super::ascent::Ascent;
use super::draft::Draft;
use super::room::Scratch;
use super::rounding::place_class;

/// A plan that gives so many of ten jobs the places they had is worth keeping as it is.
const KEPT_TENTHS: u64 = 9;

/// What is known from before.
#[derive(Debug, Clone, Copy, Default)]
pub struct Start<'a> {
    /// Prices of rows and slots; none: the iteration begins at zero.
    pub prices: Option<&'a RowPrices>,
    /// For each class the columns it had, and how many of its jobs each. What is not a column of
    /// the model or does not fit any more is left out; classes behind the end had none.
    pub taken: &'a [Vec<(Column, u32)>],
}

impl<'a> Start<'a> {
    /// Only prices are known.
    pub fn prices(prices: &'a RowPrices) -> Start<'a> {
        Start {
            prices: Some(prices),
            taken: &[],
        }
    }

    /// The plan of before, and at their cheapest places by the present prices those who had none;
    /// nothing when nobody had one.
    pub(super) fn kept<'m>(&self, ascent: &Ascent<'m>) -> Option<Kept<'m>> {
        let model: &'m Model = ascent.field().model;
        let mut draft = Draft::new(model);
        let mut kept = 0;
        for (at, columns) in self.taken.iter().enumerate().take(model.classes.len()) {
            for (column, count) in columns {
                if column.is_of(model, &model.classes[at]) {
                    kept += u64::from(draft.place(at, column.clone(), *count));
                }
            }
        }
        if kept == 0 {
            return None;
        }
        let mut scratch = Scratch::default();
        for share in [1.0, 0.0] {
            for at in 0..model.classes.len() {
                let (field, floors) = (ascent.field(), ascent.floors());
                place_class(&mut draft, field, floors, at, share, &mut scratch);
            }
        }
        let jobs = model.classes.iter().map(|class| u64::from(class.count));
        let whole = kept * 10 >= jobs.sum::<u64>() * KEPT_TENTHS;
        Some(Kept { draft, whole })
    }
}

/// An earlier plan in a new model.
pub(super) struct Kept<'m> {
    pub(super) draft: Draft<'m>,
    /// Nearly everybody has the place of before.
    pub(super) whole: bool,
}
