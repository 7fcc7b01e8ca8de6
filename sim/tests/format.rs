//! The example of docs/instance-format.md, and everything that may be wrong with a plan for it.

use ewc_core::planner::model::{Class, Column, Model};
use ewc_scenario::instance::{Built, Found, Instance, Moved, PlanFile, RowPrice, Series};
use ewc_sim::instance::baseline::{self, Pick};
use ewc_sim::instance::check::{Rule, check};
use ewc_sim::instance::columns;

const TEXT: &str = include_str!("../../docs/instance-format.md");

/// The blocks of the text that are marked as JSON.
fn blocks() -> Vec<&'static str> {
    let parts = TEXT.split("```json\n").skip(1);
    parts.filter_map(|part| part.split("```").next()).collect()
}

fn example() -> (Instance, PlanFile) {
    let blocks = blocks();
    let instance = Instance::parse(blocks[0].as_bytes()).unwrap();
    (instance, PlanFile::parse(blocks[1].as_bytes()).unwrap())
}

#[test]
fn the_examples_in_the_text_are_read_placed_and_checked() {
    let (instance, plan) = example();
    let checked = check(&instance, &plan).unwrap();
    assert_eq!(checked.placed, 6);
    assert_eq!(checked.proven, plan.bound, "the prices prove no more");
    let built = Built::new(&instance).unwrap();
    let taken = baseline::place(&built.model, 0..3, Pick::Cheapest, |_| {});
    assert_eq!(
        taken.objective, plan.objective,
        "the text shows the greedy plan"
    );
}

#[test]
fn prices_prove_what_listing_the_columns_of_the_model_says() {
    let mut seen = 0;
    for seed in 0..200 {
        let instance = ewc_sim::instance::generate::small(seed);
        let built = Built::new(&instance).unwrap();
        let model = &built.model;
        // Any prices will do, those of a row and slot and none of others.
        let price = |row: usize, slot: usize| ((row * 7 + slot * 3) as i64 * 13 + seed as i64) % 29;
        let prices: Vec<Vec<i64>> = (0..model.capacity.len())
            .map(|row| (0..model.slots).map(|slot| price(row, slot)).collect())
            .collect();
        let mut value = 0;
        for (there, price) in model.capacity.iter().zip(&prices) {
            let worth = there
                .iter()
                .zip(price)
                .map(|(there, price)| i128::from(there * price));
            value -= worth.sum::<i128>();
        }
        for class in &model.classes {
            let mut least = i128::from(class.unplaced);
            for column in columns::all(model, class) {
                let alone = Column {
                    carriages: Box::default(),
                    ..column.clone()
                };
                if !fits(model, class, &alone) || !each_carriage_fits(model, class, &column) {
                    continue;
                }
                let mut cost = i128::from(class.cost(model, &column));
                model.each_hold(class, &column, |row, slot, amount| {
                    cost += i128::from(prices[row as usize][slot]) * i128::from(amount);
                });
                least = least.min(cost);
                seen += 1;
            }
            value += i128::from(class.count) * least;
        }
        let found = Found {
            taken: &vec![Vec::new(); model.classes.len()],
            objective: model
                .classes
                .iter()
                .map(|class| i128::from(class.count) * i128::from(class.unplaced))
                .sum(),
            bound: Some(value),
            prices: Some((0, &prices)),
        };
        let mut plan = built.answer(&instance, &found);
        assert_eq!(
            check(&instance, &plan).map(|checked| checked.proven),
            Ok(Some(value))
        );
        plan.bound = Some(value + 1);
        let (above, objective) = (plan.objective - value - 1, plan.objective);
        plan.gap_ppm = Some(((above.max(0) * 1_000_000 + objective - 1) / objective) as u64);
        assert_eq!(
            check(&instance, &plan).map_err(|violation| violation.rule),
            Err(Rule::Bound)
        );
    }
    assert!(seen > 10_000, "{seen} columns are a test");
}

fn fits(model: &Model, class: &Class, column: &Column) -> bool {
    let mut left = model.capacity.clone();
    model.each_hold(class, column, |row, slot, amount| {
        left[row as usize][slot] -= amount
    });
    left.iter().flatten().all(|&left| left >= 0)
}

fn each_carriage_fits(model: &Model, class: &Class, column: &Column) -> bool {
    let choice = &class.choices[column.choice as usize];
    choice.carried(column).all(|(_, way, start)| {
        let rows = &model.routes[way.route as usize];
        let slots = start..model.spans[way.span as usize].end(start);
        rows.iter().all(|&row| {
            let there = &model.capacity[row as usize][slots.clone()];
            there.iter().all(|&there| there >= way.rate)
        })
    })
}

fn input(plan: &mut PlanFile) -> &mut Moved {
    &mut plan.placed[0].inputs[0]
}

fn output(plan: &mut PlanFile) -> &mut Moved {
    &mut plan.placed[0].outputs[0]
}

/// A way to spoil the plan of the text, and the rule that it breaks.
type Spoilt = (Rule, &'static str, fn(&mut PlanFile));

const SPOILT: &[Spoilt] = &[
    (Rule::Names, "another instance", |plan| {
        plan.instance.push('s')
    }),
    (Rule::Names, "an unknown job", |plan| {
        plan.placed[4].job.push('s')
    }),
    (Rule::Names, "an unknown site", |plan| {
        plan.placed[4].sites[0].push('s')
    }),
    (Rule::Names, "an unknown link", |plan| {
        input(plan).links[0].push('s')
    }),
    (Rule::Count, "nobody", |plan| plan.placed[4].count = 0),
    (Rule::Count, "one more", |plan| plan.placed[2].count = 2),
    (Rule::Count, "one less", |plan| plan.placed[1].count = 1),
    (Rule::Count, "forgotten", |plan| drop(plan.placed.pop())),
    (Rule::Sites, "a group without a site", |plan| {
        drop(plan.placed[4].sites.pop())
    }),
    (Rule::Release, "too early", |plan| plan.placed[4].start = 0),
    (Rule::Deadline, "too late", |plan| plan.placed[4].start = 3),
    (Rule::Deadline, "at the end of time", |plan| {
        plan.placed[4].start = u32::MAX
    }),
    (Rule::Data, "no input", |plan| plan.placed[0].inputs.clear()),
    (Rule::Data, "no output", |plan| {
        plan.placed[0].outputs.clear()
    }),
    (Rule::Data, "an input twice", |plan| {
        let again = input(plan).clone();
        plan.placed[0].inputs.push(again);
    }),
    (Rule::Data, "to where nobody asked", |plan| {
        input(plan).to = "wuhan".to_owned()
    }),
    (Rule::Data, "to a job without data", |plan| {
        let moved = input(plan).clone();
        plan.placed[1].inputs.push(moved);
    }),
    (Rule::Source, "from where it is not", |plan| {
        input(plan).from = "wuhan".to_owned()
    }),
    (Rule::Source, "an output of another site", |plan| {
        output(plan).from = "wuhan".to_owned()
    }),
    (Rule::Route, "half of the way", |plan| {
        drop(input(plan).links.pop())
    }),
    (Rule::Route, "the wrong way round", |plan| {
        input(plan).links.reverse()
    }),
    (Rule::Route, "no way", |plan| input(plan).links.clear()),
    (Rule::Rate, "an own rate", |plan| input(plan).rate = 20),
    (Rule::Rate, "too short", |plan| input(plan).rate = 5),
    (Rule::Order, "an input after the start", |plan| {
        input(plan).start = 1
    }),
    (Rule::Order, "an output before the end", |plan| {
        output(plan).start = 3
    }),
    (Rule::Deadline, "an output past the deadline", |plan| {
        output(plan).start = 8
    }),
    (Rule::Capacity, "more than there is", |plan| {
        plan.placed[2].start = 1
    }),
    (Rule::Objective, "cheaper than it is", |plan| {
        plan.objective -= 1
    }),
    (Rule::Objective, "at another time of day", |plan| {
        plan.placed[4].start = 1;
    }),
    (Rule::Bound, "a bound too high", |plan| {
        plan.bound = Some(1286);
        plan.gap_ppm = Some(208_616);
    }),
    (Rule::Bound, "another gap", |plan| {
        plan.gap_ppm = Some(209_230)
    }),
    (Rule::Bound, "a gap without a bound", |plan| {
        plan.bound = None
    }),
    (Rule::Bound, "above the objective", |plan| {
        plan.bound = Some(1700);
        plan.gap_ppm = Some(0);
    }),
    (Rule::Bound, "without its prices", |plan| plan.prices = None),
    (Rule::Bound, "a negative price", |plan| {
        first(plan).price[1] = -1
    }),
    (Rule::Bound, "prices of too few slots", |plan| {
        first(plan).price.truncate(7)
    }),
    (Rule::Bound, "a price beyond all sums", |plan| {
        plan.prices.as_mut().unwrap().shift = 61
    }),
    (Rule::Bound, "prices of nothing", |plan| {
        first(plan).kind = None
    }),
    (Rule::Bound, "prices twice", |plan| {
        let again = first(plan).clone();
        plan.prices.as_mut().unwrap().rows.push(again);
    }),
];

fn first(plan: &mut PlanFile) -> &mut RowPrice {
    &mut plan.prices.as_mut().unwrap().rows[0]
}

#[test]
fn every_planted_violation_is_named() {
    let (instance, plan) = example();
    for (rule, what, spoil) in SPOILT {
        let mut spoilt = plan.clone();
        spoil(&mut spoilt);
        let found = check(&instance, &spoilt);
        assert_eq!(
            found.map_err(|violation| violation.rule),
            Err(*rule),
            "{what}"
        );
    }
}

#[test]
fn a_full_link_and_a_site_that_is_not_allowed_are_named() {
    let (mut instance, plan) = example();
    instance.links[0].capacity = Series::Flat(9);
    let found = check(&instance, &plan).map_err(|violation| violation.to_string());
    let wanted = "link: link \"sh-wh\" in slot 0: 10 taken of 9";
    assert_eq!(found, Err(wanted.to_owned()));
    let (mut instance, plan) = example();
    instance.jobs[1].sites = Some([("shanghai".into(), 0)].into_iter().collect());
    let found = check(&instance, &plan).map_err(|violation| violation.rule);
    assert_eq!(found, Err(Rule::Sites));
    let (mut instance, plan) = example();
    instance.routes = 1;
    instance.links[2].latency = 20;
    let found = check(&instance, &plan).map_err(|violation| violation.rule);
    assert_eq!(
        found,
        Err(Rule::Route),
        "the direct link is the only route now"
    );
}
