//! Instances from a seed, and what the planner's model makes of them.

use ewc_core::planner::{Effort, Start, solve};
use ewc_scenario::instance::{Built, Found, Instance, PlanFile};
use ewc_sim::instance::baseline::{self, Pick, Taken};
use ewc_sim::instance::check::check;
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
        let found = Found {
            taken: &solution.taken,
            objective: solution.objective,
            bound: Some(solution.bound),
            prices: Some((solution.prices.shift, &solution.prices.of)),
        };
        let plan = built.answer(&instance, &found);
        let checked = check(&instance, &plan).map_err(|violation| violation.to_string());
        let name = &instance.name;
        let checked = checked.unwrap_or_else(|violation| panic!("{name}: {violation}"));
        assert!(checked.proven >= Some(solution.bound), "{name}");
    }
}
