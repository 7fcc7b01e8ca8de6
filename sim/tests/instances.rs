//! Instances from a seed, and what the planner's model makes of them.

use ewc_core::planner::{Effort, Solution, Start, solve};
use ewc_scenario::instance::{
    Built, Draw, Found, Imbalance, Instance, Mark, MarkedRow, PlanFile, Power, Series,
};
use ewc_sim::instance::baseline::{self, Pick, Taken};
use ewc_sim::instance::check::{Rule, check};
use ewc_sim::instance::generate::{self, KINDS, Sizes};

#[test]
fn every_kind_is_read_back_as_it_was_made_and_builds() {
    for kind in KINDS {
        let mut sizes = Sizes::default();
        // Sizes that take no minutes without optimisation.
        if ["large", "million"].contains(&kind.name) {
            sizes.jobs = Some(100);
        }
        let make = |seed| kind.make(seed, &sizes).unwrap();
        let name = kind.name;
        let instance = make(7);
        assert!(make(7) == instance, "{name} is made alike");
        assert!(make(8) != instance, "{name} follows its seed");
        let read = Instance::parse(instance.to_json().as_bytes()).unwrap();
        assert!(read == instance, "{name} is read back");
        let built = Built::new(&instance).unwrap();
        assert_eq!(built.model.classes.len(), instance.jobs.len());
    }
}

#[test]
fn the_million_are_a_million() {
    let kind = KINDS.iter().find(|kind| kind.name == "million").unwrap();
    let sizes = Sizes {
        sites: Some(2),
        ..Sizes::default()
    };
    let jobs = kind.make(3, &sizes).unwrap().jobs;
    assert_eq!(jobs.len(), 20_000);
    assert_eq!(jobs.iter().map(|job| job.count).sum::<u32>(), 1_000_000);
}

fn answer(instance: &Instance, built: &Built, taken: &Taken) -> PlanFile {
    let found = Found {
        taken: &taken.columns,
        objective: taken.objective,
        bound: None,
        prices: None,
    };
    built.answer(instance, &found)
}

#[test]
fn plans_of_the_simple_policies_pass_the_checker() {
    let tight = [generate::tight(1), generate::tight_links(1)];
    for instance in (0..300).map(generate::small).chain(tight) {
        let built = Built::new(&instance).unwrap();
        let classes = built.model.classes.len();
        for pick in [Pick::Cheapest, Pick::First] {
            let taken = baseline::place(&built.model, 0..classes, pick, |_| {});
            let plan = answer(&instance, &built, &taken);
            let read = PlanFile::parse(plan.to_json().as_bytes()).unwrap();
            assert!(read == plan, "a plan is read back");
            let checked = check(&instance, &plan);
            assert_eq!(
                checked.map(|checked| checked.objective),
                Ok(taken.objective),
                "{}, {pick:?}",
                instance.name
            );
        }
    }
}

#[test]
fn plans_by_prices_pass_the_checker_and_their_prices_prove_the_bound() {
    let effort = Effort {
        moves: 2_000,
        ..Effort::default()
    };
    let tight = [generate::tight(1), generate::tight_links(1)];
    for instance in (0..300).map(generate::small).chain(tight) {
        let built = Built::new(&instance).unwrap();
        let solution = solve(&built.model, &Start::default(), &effort, |_| true);
        let plan = solved(&instance, &built, &solution);
        let checked = check(&instance, &plan).map_err(|violation| violation.to_string());
        let name = &instance.name;
        let checked = checked.unwrap_or_else(|violation| panic!("{name}: {violation}"));
        assert!(checked.proven >= Some(solution.bound), "{name}");
    }
}

/// The plan by prices, after planner and checker have agreed on it and on simpler ones, and on the
/// bound.
fn counted_alike(instance: &Instance, effort: &Effort) -> (Built, Solution, PlanFile) {
    let read = Instance::parse(instance.to_json().as_bytes()).unwrap();
    assert!(read == *instance, "it is read back");
    let built = Built::new(instance).unwrap();
    let solution = solve(&built.model, &Start::default(), effort, |_| true);
    let plan = solved(instance, &built, &solution);
    let read = PlanFile::parse(plan.to_json().as_bytes()).unwrap();
    assert!(read == plan, "a plan is read back");
    let name = &instance.name;
    let checked = check(instance, &plan).unwrap_or_else(|broken| panic!("{name}: {broken}"));
    assert!(checked.proven >= Some(solution.bound), "{name}");
    for pick in [Pick::Cheapest, Pick::First] {
        let taken = baseline::place(&built.model, 0..built.model.classes.len(), pick, |_| {});
        let simple = answer(instance, &built, &taken);
        let checked = check(instance, &simple).map(|checked| checked.objective);
        assert_eq!(checked, Ok(taken.objective), "{name}, {pick:?}");
        assert!(taken.objective >= solution.bound, "{name}, {pick:?}");
    }
    (built, solution, plan)
}

fn solved(instance: &Instance, built: &Built, solution: &Solution) -> PlanFile {
    let found = Found {
        taken: &solution.taken,
        objective: solution.objective,
        bound: Some(solution.bound),
        prices: Some((solution.prices.shift, &solution.prices.of)),
    };
    built.answer(instance, &found)
}

/// The instance with a cost of use above a third and two thirds of every capacity.
fn with_imbalance(mut instance: Instance) -> Instance {
    let mut rows = Vec::new();
    for site in &instance.sites {
        for (kind, there) in site.capacity.iter() {
            let slots = there.over(instance.slots as usize);
            let step = |thirds: i64| Mark {
                above: Series::Slots(slots.iter().map(|there| there * thirds / 3).collect()),
                price: Series::Flat(7 * thirds),
            };
            rows.push(MarkedRow {
                site: site.name.clone(),
                kind: kind.to_owned(),
                steps: vec![step(1), step(2)],
            });
        }
    }
    instance.version = 3;
    instance.imbalance = Some(Imbalance { shift: 1, rows });
    instance
}

#[test]
fn what_use_costs_is_counted_by_planner_and_checker_alike() {
    let effort = Effort {
        moves: 1_000,
        ..Effort::default()
    };
    let mut dearer = 0;
    for plain in (0..100).map(generate::small) {
        let instance = with_imbalance(plain);
        let (built, solution, plan) = counted_alike(&instance, &effort);
        let name = &instance.name;
        // What the plan would cost if use cost nothing is no cost of it.
        let mut without = instance.clone();
        without.imbalance = None;
        let mut free = plan.clone();
        (free.bound, free.gap_ppm, free.prices) = (None, None, None);
        let held = built
            .model
            .imbalance_of(|row, slot| used(&built, &solution, row, slot));
        free.objective -= held;
        assert!(check(&without, &free).is_ok(), "{name}: all but {held}");
        if held > 0 {
            dearer += 1;
            let found = check(&instance, &free).map_err(|broken| broken.rule);
            assert_eq!(found, Err(Rule::Objective), "{name}");
        }
    }
    assert!(
        dearer >= 50,
        "{dearer} plans use more than a third of anything"
    );
}

/// What makes an instance wrong.
type Spoil = fn(&mut Instance);

/// What is wrong is named, and where.
fn each_is_named(intact: &Instance, cases: &[(&str, Spoil)]) {
    assert!(intact.check().is_ok());
    for (expected, spoil) in cases {
        let mut instance = intact.clone();
        spoil(&mut instance);
        let problem = instance.check().map_err(|error| error.to_string());
        let problem = problem.expect_err(expected);
        assert!(problem.starts_with(expected), "{problem}, not {expected}");
    }
}

#[test]
fn marks_that_make_no_sense_are_named() {
    let cases: [(&str, Spoil); 7] = [
        ("imbalance: is not in version 2", |it| it.version = 2),
        ("imbalance.shift: is 33", |it| marked(it).shift = 33),
        ("imbalance.rows[0].site: names \"x\"", |it| {
            marked(it).rows[0].site = "x".to_owned()
        }),
        ("imbalance.rows[0].kind: names \"x\"", |it| {
            marked(it).rows[0].kind = "x".to_owned()
        }),
        ("imbalance.rows[1].kind: is not a kind", |it| {
            let twice = marked(it).rows[0].clone();
            marked(it).rows[1] = twice;
        }),
        ("imbalance.rows[0].steps[1].above: falls below", |it| {
            marked(it).rows[0].steps.swap(0, 1)
        }),
        ("imbalance.rows[0].steps[0].price: is -1", |it| {
            marked(it).rows[0].steps[0].price = Series::Flat(-1)
        }),
    ];
    each_is_named(&with_imbalance(generate::small(1)), &cases);
}

/// The instance with a cap on what the sites draw, two by two: a unit draws 1 to 3, and three fifths
/// of all capacity may be in use at once, less for a while.
fn with_power(mut instance: Instance) -> Instance {
    let slots = instance.slots as usize;
    let pairs = instance.sites.chunks(2).enumerate();
    let power = pairs.map(|(pair, sites)| {
        let mut cap = vec![0; slots];
        let mut draws = Vec::new();
        for site in sites {
            for (kind, there) in site.capacity.iter() {
                let units = 1 + draws.len() as i64 % 3;
                for (slot, there) in there.over(slots).into_iter().enumerate() {
                    let fifths = if slot % 5 == 2 { 2 } else { 3 };
                    cap[slot] += there * units * fifths / 5;
                }
                draws.push(Draw {
                    site: site.name.clone(),
                    kind: kind.to_owned(),
                    units,
                });
            }
        }
        Power {
            name: format!("grid {pair}"),
            cap: Series::Slots(cap),
            draws,
        }
    });
    instance.power = power.collect();
    instance.version = 4;
    instance
}

#[test]
fn caps_on_power_are_kept_by_planner_and_checker_alike() {
    let effort = Effort {
        moves: 1_000,
        ..Effort::default()
    };
    let (mut scarce, mut broken) = (0, 0);
    for plain in (0..100).map(generate::small) {
        let instance = with_power(plain.clone());
        let (_, _, plan) = counted_alike(&instance, &effort);
        let name = &instance.name;
        let prices = plan.prices.iter().flat_map(|prices| &prices.rows);
        scarce += usize::from(prices.into_iter().any(|row| row.power.is_some()));
        // A plan that knows nothing of the caps breaks them, and nothing else.
        let without = Built::new(&plain).unwrap();
        let solution = solve(&without.model, &Start::default(), &effort, |_| true);
        let mut free = solved(&plain, &without, &solution);
        (free.bound, free.gap_ppm, free.prices) = (None, None, None);
        match check(&instance, &free).map_err(|broken| broken.rule) {
            Ok(_) => {}
            Err(rule) => {
                assert_eq!(rule, Rule::Power, "{name}");
                broken += 1;
            }
        }
    }
    assert!(scarce >= 30, "power is scarce in {scarce} instances");
    assert!(broken >= 50, "{broken} plans break a cap");
}

#[test]
fn caps_that_make_no_sense_are_named() {
    let cases: [(&str, Spoil); 7] = [
        ("power: is not in version 3", |it| it.version = 3),
        ("power[1]: repeats the name", |it| {
            it.power.insert(1, it.power[0].clone())
        }),
        ("power[0].cap[0]: is -1", |it| {
            it.power[0].cap = Series::Slots(vec![-1; it.slots as usize])
        }),
        ("power[0].draws[0].site: names \"x\"", |it| {
            it.power[0].draws[0].site = "x".to_owned()
        }),
        ("power[0].draws[0].kind: names \"x\"", |it| {
            it.power[0].draws[0].kind = "x".to_owned()
        }),
        ("power[0].draws[1].kind: comes twice", |it| {
            it.power[0].draws[1] = it.power[0].draws[0].clone()
        }),
        ("power[0].draws[0].units: is -1", |it| {
            it.power[0].draws[0].units = -1
        }),
    ];
    each_is_named(&with_power(generate::small(1)), &cases);
}

/// What a plan holds of a row in a slot.
fn used(built: &Built, solution: &Solution, row: u32, slot: usize) -> i64 {
    let mut sum = 0;
    for (class, taken) in built.model.classes.iter().zip(&solution.taken) {
        for (column, count) in taken {
            built.model.each_hold(class, column, |of, at, amount| {
                let here = (of, at) == (row, slot);
                sum += i64::from(here) * amount * i64::from(*count);
            });
        }
    }
    sum
}

fn marked(instance: &mut Instance) -> &mut Imbalance {
    instance.imbalance.as_mut().unwrap()
}
