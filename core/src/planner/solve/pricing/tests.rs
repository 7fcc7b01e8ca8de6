//! The cheapest column beside a search of every start, way and window, each added up hold by hold;
//! and the proven bound beside the same search.

use proptest::prelude::*;

use super::super::bound::{RowPrices, bound};
use super::super::near::Near;
use super::super::room::tests::{SLOTS, model};
use super::*;
use crate::planner::model::{Model, Span};
use crate::planner::support::random::Random;

/// Small whole prices, so that their sums are exact; some rows and slots are free.
fn prices(model: &Model, random: &mut Random) -> Vec<f64> {
    let cells = model.capacity.len() * SLOTS;
    let dear = random.range(0, 100);
    let price = |random: &mut Random| match random.chance(dear as u64) {
        true => random.range(0, 4) as f64,
        false => 0.0,
    };
    (0..cells).map(|_| price(random)).collect()
}

/// What holding a row costs.
fn rent(model: &Model, prices: &[f64], (row, span): (u32, u32), start: usize, amount: i64) -> f64 {
    let mut rent = 0.0;
    model.hold(row, span, start, amount, &mut |row, slot, amount| {
        rent += prices[row as usize * SLOTS + slot] * amount as f64;
    });
    rent
}

/// The least price of a leg over all ways and windows that suit.
fn least_of(model: &Model, prices: &[f64], leg: &Leg, suits: impl Fn(&Span, usize) -> bool) -> f64 {
    let mut least = f64::INFINITY;
    for way in &leg.ways {
        let span = &model.spans[way.span as usize];
        let starts = leg.first as usize..SLOTS;
        for start in starts.filter(|start| span.end(*start) <= leg.until as usize) {
            if suits(span, start) {
                let rows = model.routes[way.route as usize].iter();
                let rents = rows.map(|row| rent(model, prices, (*row, way.span), start, way.rate));
                least = least.min(way.cost as f64 + rents.sum::<f64>());
            }
        }
    }
    least
}

/// The price of the best column that starts in a slot.
fn searched(model: &Model, prices: &[f64], start: usize) -> f64 {
    let class = &model.classes[0];
    let choice = &class.choices[0];
    let mut price = class.run_cost(model, choice, start) as f64;
    for used in &choice.uses {
        price += rent(model, prices, (used.row, used.span), start, used.amount);
    }
    for leg in &choice.inbound {
        price += least_of(model, prices, leg, |span, from| {
            span.whole[from] as usize <= start
        });
    }
    let end = model.spans[choice.span as usize].end(start);
    for leg in &choice.outbound {
        price += least_of(model, prices, leg, |_, from| from >= end);
    }
    price
}

/// A model as rounds make them, and prices.
fn priced(seed: u64) -> (Model, Vec<f64>) {
    let mut random = Random(seed);
    let mut model = model(&mut random);
    for choice in model
        .classes
        .iter_mut()
        .flat_map(|class| &mut class.choices)
    {
        choice.last = choice.last.min(SLOTS as u32 - 1);
        if random.chance(30) {
            // It ends behind the horizon now and then.
            choice.first = choice.last;
        }
        let legs = choice.inbound.iter_mut().chain(&mut choice.outbound);
        legs.for_each(|leg| leg.until = leg.until.min(SLOTS as u32));
    }
    let prices = prices(&model, &mut random);
    (model, prices)
}

proptest! {
    #[test]
    fn the_cheapest_column_is_that_of_a_search(seed in any::<u64>()) {
        let (model, prices) = priced(seed);
        let mut field = Field::new(&model);
        field.set(&prices);
        let class = &model.classes[0];
        let choice = &class.choices[0];
        let starts = choice.first as usize..=choice.last as usize;
        let least = starts.map(|start| searched(&model, &prices, start));
        let least = least.fold(f64::INFINITY, f64::min);
        let run = Run::of(class, 0);
        let mut scratch = Scratch::default();
        let found = best_start(&field, class, &run, f64::INFINITY, &mut scratch);
        prop_assert_eq!(found.map_or(f64::INFINITY, |(_, price)| price), least);
        let Some((start, price)) = found else { return Ok(()) };
        // The column is what was priced.
        let priced = Priced { choice: 0, start, price, carries: run.carries };
        let column = column(&field, class, priced).unwrap();
        prop_assert!(column.is_of(&model, class));
        let mut sum = class.cost(&model, &column) as f64;
        model.each_hold(class, &column, |row, slot, amount| {
            sum += prices[row as usize * SLOTS + slot] * amount as f64;
        });
        prop_assert_eq!(sum, price);
        // A limit leaves out nothing below it.
        let below = best_start(&field, class, &run, price + 1.0, &mut scratch);
        prop_assert_eq!(below, Some((start, price)));
    }

    #[test]
    fn routes_that_follow_when_asked_cost_the_same(seed in any::<u64>()) {
        let (model, prices) = priced(seed);
        let mut field = Field::new(&model);
        field.set(&vec![1.0; prices.len()]);
        field.shift_rows(&prices);
        (0..model.routes.len()).for_each(|route| field.follow(route));
        let mut whole = Field::new(&model);
        whole.set(&prices);
        for route in 0..model.routes.len() as u32 {
            prop_assert_eq!(field.route_is_dear(route), whole.route_is_dear(route));
            if whole.route_is_dear(route) {
                prop_assert_eq!(field.route_sums(route), whole.route_sums(route));
            }
        }
    }

    #[test]
    fn the_bound_is_that_of_a_search_whatever_is_likely(seed in any::<u64>(), likely: bool) {
        let (model, prices) = priced(seed);
        let field = Field::new(&model);
        let floors = Floors::new(&field);
        let class = &model.classes[0];
        let choice = &class.choices[0];
        let mut near = Near::new(1);
        if likely {
            near.note(0, class, &mut vec![(0.0, 0)]);
        }
        let starts = choice.first as usize..=choice.last as usize;
        let least = starts.map(|start| searched(&model, &prices, start));
        let least = least.fold(class.unplaced as f64, f64::min);
        let capacity = model.capacity.iter().flatten().zip(&prices);
        let rent = capacity.map(|(capacity, price)| *capacity as f64 * price).sum::<f64>();
        let rounded = RowPrices::round(&model, &prices);
        let proven = bound(&model, &floors, &rounded, &near);
        prop_assert_eq!(proven as f64, least - rent);
    }
}
