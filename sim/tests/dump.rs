//! What a round decides, written as an instance and read again: the same model, and plans for it
//! that the checker accepts.

#[allow(dead_code)] // The core's own tests use the rest.
#[path = "../../core/tests/support/build.rs"]
mod build;
#[allow(dead_code)]
#[path = "../../core/tests/support/script/mod.rs"]
mod script;

use ewc_core::model::PolicyKind;
use ewc_core::planner::{Effort, Problem, Round, Row, Scope, Start, plan, problem, solve};
use ewc_core::state::State;
use ewc_scenario::instance::{Built, Found, Instance, PlanFile, Series, dump};
use ewc_sim::instance::baseline::{self, Pick};
use ewc_sim::instance::check::{Rule, check};

/// Data that moves in and out over several routes, gangs, copies, work that runs, planned work that
/// may move, priorities, a deadline, several alike.
const SCRIPT: &str = "
    policy margin=30s slot=1h horizon=48h tenant.cores=30 tenant.accelerators=9
    site a cpu=16 accelerators=4 hub=east price=0.2
    site b cpu=16 accelerators=8 hub=west price=0.05
    site c cpu=8 hub=north price=0.1
    link a x 1Gbps 5ms price=0.01
    link x b 1Gbps 5ms
    link a b 400Mbps 20ms price=0.03
    link b c 1Gbps 3ms
    link c a 1Gbps 4ms
    region users at x
    energy a prices=0.9,0.9,0.8,0.3,0.2,0.2 green=100,500,300,0,0,10
    energy b prices=0.5,0.4,0.3,0.3,0.3,0.2 green=500,600
    dataset corpus 700GB at a
    dataset film 90GB at b
    submit runs cpu=8 estimate=5h
    plan price
    submit later cpu=8 estimate=3h release=9h
    submit mover cpu=4 estimate=2h release=6h inputs=corpus
    plan price
    submit train cpu=4 estimate=7h inputs=corpus outputs=weights:5GB:a
    submit gang cpu=8 estimate=2h beside_accelerators=4
    submit render1 cpu=4 estimate=90m inputs=film
    submit render2 cpu=4 estimate=90m inputs=film
    submit urgent cpu=8 estimate=1h deadline=3h priority=9
    submit report cpu=2 estimate=1h important outputs=r:2GB
    submit keep store copies=2 cpu=1 estimate=20h inputs=film
    submit serve tasks=4 spread=2 cpu=1 estimate=10h traffic=users:100Mbps
    submit green cpu=2 estimate=1h green=300
    submit one cpu=1 estimate=3h tenant=free
";

fn round() -> Round {
    Round {
        policy: PolicyKind::Price,
        scope: Scope::All,
        jobs_max: 100,
        seed: 3,
    }
}

fn written() -> (State, Problem, Instance) {
    written_of(SCRIPT)
}

/// The same where imbalance has a price.
fn written_with_imbalance() -> (State, Problem, Instance) {
    written_of(&SCRIPT.replace("policy ", "policy imbalance=2 "))
}

/// The same where two sites have a cap on the power of their work, one of them for some hours.
fn written_with_power() -> (State, Problem, Instance) {
    let caps = "cap a 150W\n    cap b 900W,3h:600W,6h:none\n    submit train";
    written_of(&SCRIPT.replacen("submit train", caps, 1))
}

fn written_of(script: &str) -> (State, Problem, Instance) {
    let state = script::run(script);
    let problem = problem(&state, &round()).expect("something to decide");
    let text = dump(&state, &round(), &problem).to_json();
    let instance = Instance::parse(text.as_bytes()).expect("a file that is read again");
    (state, problem, instance)
}

#[test]
fn the_model_of_the_file_is_that_of_the_round() {
    let (state, problem, instance) = written();
    let built = Built::new(&instance).unwrap();
    let of_round = plan(&state, &round(), |_| true);
    let certificate = of_round.certificate.expect("a certificate");
    assert_eq!(built.model.digest(), certificate.model_digest);
    let tagless = |model: &ewc_core::planner::model::Model| {
        let mut model = model.clone();
        let choices = model
            .classes
            .iter_mut()
            .flat_map(|class| &mut class.choices);
        choices.for_each(|choice| choice.tag = 0);
        model
    };
    assert_eq!(tagless(&built.model), tagless(&problem.model));
    // The script has what it says it has.
    let choices = || {
        problem
            .model
            .classes
            .iter()
            .flat_map(|class| &class.choices)
    };
    assert!(choices().any(|choice| choice.inbound.iter().any(|leg| leg.ways.len() > 1)));
    assert!(choices().any(|choice| !choice.outbound.is_empty()));
    assert!(problem.pools.iter().flatten().any(|pools| pools.len() > 1));
    assert!(
        problem.stay.iter().flatten().count() >= 2,
        "{:?}",
        problem.stay
    );
    assert!(problem.jobs.iter().any(|jobs| jobs.len() > 1));
    assert!(choices().any(|choice| choice.steady.len() == 1));
    assert_eq!(problem.quotas.len(), 2, "the limits of one tenant");
    let left = instance.leaves_out.join("; ");
    assert!(left.contains("giving way"), "{left}");
}

#[test]
fn the_file_has_the_price_of_imbalance() {
    let (state, problem, instance) = written_with_imbalance();
    let built = Built::new(&instance).unwrap();
    let certificate = plan(&state, &round(), |_| true).certificate;
    let certificate = certificate.expect("a certificate");
    assert_eq!(built.model.digest(), certificate.model_digest);
    assert_eq!(built.model.imbalance, problem.model.imbalance);
    assert_eq!(built.model.imbalance.rows.len(), 3, "a row for each pool");
    assert_eq!((instance.version, written().2.version), (3, 2));
}

#[test]
fn the_file_has_the_caps_on_power() {
    let (state, problem, instance) = written_with_power();
    let built = Built::new(&instance).unwrap();
    let certificate = plan(&state, &round(), |_| true).certificate;
    let certificate = certificate.expect("a certificate");
    assert_eq!(built.model.digest(), certificate.model_digest);
    let names: Vec<&str> = instance.power.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(instance.version, 4);
    let powers = |row: &&Row| matches!(row, Row::Power(_));
    assert_eq!(problem.rows.iter().filter(powers).count(), 2);
    assert_eq!(problem.quotas.len(), 2, "the limits of one tenant");
}

#[test]
fn plans_for_it_hold_and_their_prices_prove_the_bound() {
    let all = [written(), written_with_imbalance(), written_with_power()];
    for (_, _, instance) in all {
        plans_hold(&instance);
    }
}

fn plans_hold(instance: &Instance) {
    let built = Built::new(instance).unwrap();
    let solution = solve(
        &built.model,
        &Start::default(),
        &Effort {
            moves: 2_000,
            ..Effort::default()
        },
        |_| true,
    );
    let found = Found {
        taken: &solution.taken,
        objective: solution.objective,
        bound: Some(solution.bound),
        prices: Some((solution.prices.shift, &solution.prices.of)),
    };
    let plan = built.answer(instance, &found);
    let plan = PlanFile::parse(plan.to_json().as_bytes()).unwrap();
    let checked = check(instance, &plan).unwrap();
    assert_eq!(
        checked.proven,
        Some(solution.bound),
        "both work out the same bound"
    );
    assert!(plan.placed.iter().any(|place| !place.inputs.is_empty()));
    assert!(plan.placed.iter().any(|place| !place.outputs.is_empty()));
    assert!(plan.placed.iter().any(|place| !place.steady.is_empty()));

    let greedy = one_by_one(&built, instance);
    assert!(check(instance, &greedy).unwrap().objective >= solution.bound);
}

/// The plan that places one job after the other where it is cheapest.
fn one_by_one(built: &Built, instance: &Instance) -> PlanFile {
    let classes = 0..built.model.classes.len();
    let taken = baseline::place(&built.model, classes, Pick::Cheapest, |_| {});
    let found = Found {
        taken: &taken.columns,
        objective: taken.objective,
        bound: None,
        prices: None,
    };
    built.answer(instance, &found)
}

/// A way to spoil a plan, and the rule that it breaks.
type Spoilt = (Rule, &'static str, fn(&mut PlanFile));

const SPOILT: &[Spoilt] = &[
    (Rule::Sites, "no choice", |plan| {
        plan.placed[0].choice = None
    }),
    (Rule::Sites, "one that is not there", |plan| {
        plan.placed[0].choice = Some(999)
    }),
    (Rule::Sites, "other sites", |plan| {
        plan.placed[0].sites[0].push('x')
    }),
    (Rule::Deadline, "too late", |plan| {
        plan.placed[0].start = 999
    }),
    (Rule::Data, "no input", |plan| {
        with_inputs(plan).inputs.clear()
    }),
    (Rule::Data, "an input twice", |plan| {
        let again = with_inputs(plan).inputs[0].clone();
        with_inputs(plan).inputs.push(again);
    }),
    (Rule::Source, "to elsewhere", |plan| {
        with_inputs(plan).inputs[0].to = "x".to_owned()
    }),
    (Rule::Route, "from elsewhere", |plan| {
        with_inputs(plan).inputs[0].from = "x".to_owned()
    }),
    (Rule::Route, "no links", |plan| {
        with_inputs(plan).inputs[0].links.clear()
    }),
    (Rule::Rate, "another rate", |plan| {
        with_inputs(plan).inputs[0].rate += 1
    }),
    (Rule::Rate, "longer", |plan| {
        with_inputs(plan).inputs[0].slots += 1
    }),
    (Rule::Deadline, "an input behind the horizon", |plan| {
        with_inputs(plan).inputs[0].start = 999;
    }),
    (Rule::Order, "an output before the end", |plan| {
        let mut placed = plan.placed.iter_mut();
        let place = placed.find(|place| !place.outputs.is_empty()).unwrap();
        place.outputs[0].start = place.start;
    }),
    (Rule::Order, "a flow that begins late", |plan| {
        let mut placed = plan.placed.iter_mut();
        let place = placed.find(|place| !place.steady.is_empty()).unwrap();
        place.steady[0].start += 1;
    }),
    (Rule::Data, "no flow", |plan| {
        let mut placed = plan.placed.iter_mut();
        let place = placed.find(|place| !place.steady.is_empty()).unwrap();
        place.steady.clear();
    }),
    (Rule::Objective, "cheaper than it is", |plan| {
        plan.objective -= 1
    }),
    (Rule::Bound, "a bound too high", |plan| {
        let bound = plan.bound.unwrap() + 1;
        plan.bound = Some(bound);
        let missing = (plan.objective - bound).max(0) * 1_000_000;
        plan.gap_ppm = Some(((missing + plan.objective - 1) / plan.objective) as u64);
    }),
];

fn with_inputs(plan: &mut PlanFile) -> &mut ewc_scenario::instance::Place {
    let mut placed = plan.placed.iter_mut();
    placed.find(|place| !place.inputs.is_empty()).unwrap()
}

#[test]
fn every_planted_violation_is_named() {
    let (_, _, instance) = written();
    let built = Built::new(&instance).unwrap();
    let solution = solve(
        &built.model,
        &Start::default(),
        &Effort {
            moves: 500,
            ..Effort::default()
        },
        |_| true,
    );
    let found = Found {
        taken: &solution.taken,
        objective: solution.objective,
        bound: Some(solution.bound),
        prices: Some((solution.prices.shift, &solution.prices.of)),
    };
    let plan = built.answer(&instance, &found);
    for (rule, what, spoil) in SPOILT {
        let mut spoilt = plan.clone();
        spoil(&mut spoilt);
        let found = check(&instance, &spoilt).map_err(|violation| violation.rule);
        assert_eq!(found, Err(*rule), "{what}");
    }
    let narrow = |(kind, series): (&str, &Series)| {
        let slots = series.over(instance.slots as usize).into_iter();
        (
            kind.into(),
            Series::Slots(slots.map(|units| units / 4).collect()),
        )
    };
    let mut tight = instance.clone();
    for (narrower, site) in tight.sites.iter_mut().zip(&instance.sites) {
        narrower.capacity = site.capacity.iter().map(narrow).collect();
    }
    let found = check(&tight, &plan).map_err(|violation| violation.rule);
    assert_eq!(found, Err(Rule::Capacity));
    let mut tight = instance.clone();
    for (narrower, quota) in tight.quotas.iter_mut().zip(&instance.quotas) {
        narrower.capacity = quota.capacity.iter().map(narrow).collect();
    }
    let found = check(&tight, &plan).map_err(|violation| violation.rule);
    assert_eq!(found, Err(Rule::Quota));
}

#[test]
fn a_plan_that_draws_more_than_a_cap_is_named() {
    let (_, _, instance) = written_with_power();
    let built = Built::new(&instance).unwrap();
    let plan = one_by_one(&built, &instance);
    assert!(check(&instance, &plan).is_ok());
    let mut tight = instance.clone();
    for power in &mut tight.power {
        power.cap = Series::Flat(1);
    }
    let found = check(&tight, &plan).map_err(|violation| violation.rule);
    assert_eq!(found, Err(Rule::Power));
}
