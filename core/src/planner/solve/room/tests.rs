//! Windows that are left out are those that no start below the limit can use: beside the search
//! stands one that looks at every way and window of every leg.

use proptest::prelude::*;

use super::*;
use crate::planner::model::{Choice, Use, Way};
use crate::planner::support::random::Random;

pub(in crate::planner::solve) const SLOTS: usize = 12;
const ROWS: usize = 4;

fn span(random: &mut Random) -> Span {
    let length = random.range(1, 4) as usize;
    let mut span = Span::of_slots(length, SLOTS);
    match random.below(4) {
        // What is behind the horizon is not held, whatever part of it is named.
        2 => {
            for (whole, tail) in span.whole.iter_mut().zip(&mut span.tail_permille) {
                if *whole as usize >= SLOTS {
                    (*whole, *tail) = (SLOTS as u32, random.range(0, 1000) as u16);
                }
            }
        }
        0 => span.tail_permille = (0..SLOTS).map(|_| random.range(0, 1000) as u16).collect(),
        1 => span.tail_permille = vec![random.range(1, 1000) as u16; SLOTS],
        _ => {}
    }
    span
}

fn leg(random: &mut Random) -> Leg {
    let first = random.range(0, 4) as u32;
    let until = random.range(6, SLOTS as i64 + 3) as u32;
    let ways = (0..random.range(1, 4)).map(|_| Way {
        route: random.below(2) as u32,
        span: random.below(4) as u32,
        rate: random.range(1, 6),
        cost: random.range(0, 50),
    });
    Leg {
        first,
        until,
        ways: ways.collect(),
    }
}

/// A random model of one class with one choice.
pub(in crate::planner::solve) fn model(random: &mut Random) -> Model {
    let row = |random: &mut Random| (0..SLOTS).map(|_| random.range(0, 12)).collect();
    let legs = |random: &mut Random| (0..random.range(0, 3)).map(|_| leg(random)).collect();
    let first = random.range(0, 5) as u32;
    let choice = Choice {
        first,
        last: random.range(i64::from(first), SLOTS as i64) as u32,
        fixed: random.range(-20, 20),
        weight: random.range(0, 3),
        span: random.below(4) as u32,
        uses: Box::new([Use {
            row: 0,
            span: 0,
            amount: random.range(1, 6),
        }]),
        inbound: legs(random),
        outbound: legs(random),
        ..Choice::default()
    };
    Model {
        slots: SLOTS,
        capacity: (0..ROWS).map(|_| row(random)).collect(),
        spans: (0..4).map(|_| span(random)).collect(),
        curves: vec![(0..SLOTS).map(|_| random.range(-30, 30)).collect()],
        age: (0..SLOTS as i64).collect(),
        routes: vec![vec![1, 2], vec![2, 3]],
        classes: vec![Class {
            count: 1,
            unplaced: 200,
            delay: random.range(0, 4),
            choices: vec![choice],
        }],
        ..Model::default()
    }
}

/// Whether every slot of a span has so much left of a row.
fn is_free(model: &Model, row: u32, span: &Span, start: usize, amount: i64) -> bool {
    let row = &model.capacity[row as usize];
    let whole = span.whole[start] as usize;
    let tail = whole >= SLOTS || row[whole] >= span.tail(start, amount);
    let full = row[start..whole.min(SLOTS)].iter().all(|it| *it >= amount);
    full && (tail || span.tail_permille[start] == 0)
}

/// The least cost of a leg over all ways and windows that suit.
fn least(model: &Model, leg: &Leg, suits: impl Fn(&Span, usize) -> bool) -> Option<i64> {
    let ways = leg.ways.iter().filter_map(|way| {
        let span = &model.spans[way.span as usize];
        let rows = &model.routes[way.route as usize];
        let mut windows = leg.first as usize..SLOTS;
        let open = windows.any(|start| {
            let free = |row: &u32| is_free(model, *row, span, start, way.rate);
            span.end(start) <= leg.until as usize && suits(span, start) && rows.iter().all(free)
        });
        open.then_some(way.cost)
    });
    ways.min()
}

fn searched(model: &Model, start: usize) -> Option<i64> {
    let class = &model.classes[0];
    let choice = &class.choices[0];
    let used = choice.uses[0];
    let span = &model.spans[used.span as usize];
    if !is_free(model, used.row, span, start, used.amount) {
        return None;
    }
    let run = &model.spans[choice.span as usize];
    let mut cost = class.run_cost(model, choice, start);
    for leg in &choice.inbound {
        cost += least(model, leg, |span, from| span.whole[from] as usize <= start)?;
    }
    for leg in &choice.outbound {
        cost += least(model, leg, |_, from| from >= run.end(start))?;
    }
    for leg in &choice.steady {
        let beside = leg.ways.iter().filter(|way| {
            let span = &model.spans[way.span as usize];
            let mut rows = model.routes[way.route as usize].iter();
            rows.all(|row| is_free(model, *row, span, start, way.rate))
        });
        cost += beside.map(|way| way.cost).min()?;
    }
    Some(cost)
}

proptest! {
    #[test]
    fn every_start_below_the_limit_has_its_price(seed in any::<u64>(), limit in -40_i64..200) {
        let mut random = Random(seed);
        let mut model = model(&mut random);
        model.classes[0].choices[0].steady = (0..random.range(0, 3)).map(|_| leg(&mut random)).collect();
        let (room, field) = (Room::new(&model), Field::new(&model));
        let class = &model.classes[0];
        let choice = &class.choices[0];
        let guide = Guide { field: &field, share: 0.0 };
        let mut scratch = Scratch::default();
        room.price_starts(guide, class, 0, limit as f64, &mut scratch);
        for (start, found) in (choice.first as usize..).zip(&scratch.total) {
            let price = searched(&model, start).map_or(f64::INFINITY, |cost| cost as f64);
            if price < limit as f64 {
                prop_assert_eq!(*found, price, "start {}", start);
            } else {
                prop_assert!(*found >= limit as f64, "start {}: {}", start, found);
            }
        }
    }
}
