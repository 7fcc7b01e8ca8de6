//! `ewc-sim place`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::ValueEnum;
use ewc_core::planner::model::Model;
use ewc_core::planner::{Effort, Start, solve};
use ewc_scenario::instance::{Built, Found, Instance, PlanFile};
use ewc_sim::instance::baseline::{self, Pick};
use ewc_sim::instance::check;
use serde_json::{Value, json};

use super::progress::Pulse;

#[derive(clap::Args)]
pub struct Args {
    /// Instance file, described in docs/instance-format.md
    instance: PathBuf,
    /// How to decide
    #[arg(long, value_enum, default_value_t = Policy::Price)]
    policy: Policy,
    /// How long `price` looks for a better plan; it ends earlier when none is left
    #[arg(long, default_value_t = 10.0, value_name = "S", value_parser = seconds)]
    seconds: f64,
    /// Seed of the search of `price`
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where to write the plan
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Prints an object for programs
    #[arg(long)]
    json: bool,
    /// Checks the plan with the independent checker
    #[arg(long)]
    check: bool,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Policy {
    /// All jobs together, by prices of capacity and links; proves a bound
    Price,
    /// Each job in file order takes what is cheapest and free; proves nothing
    Greedy,
    /// Each job in file order takes the first site that is free, as early as possible
    FirstFit,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let instance = super::load(&args.instance)?;
    let built = Built::new(&instance).with_context(|| args.instance.display().to_string())?;
    let started = Instant::now();
    let plan = place(args, &instance, &built);
    let seconds = started.elapsed().as_secs_f64();
    if let Some(path) = &args.out {
        std::fs::write(path, plan.to_json())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let checked = args.check.then(|| check::check(&instance, &plan));
    let checked = checked.transpose().context("the plan does not hold")?;
    let told = Told::of(&instance, &plan, args.policy, seconds);
    if args.json {
        let check = checked
            .as_ref()
            .map(|checked| json!({ "proven": checked.proven }));
        println!("{}", told.json(check));
        return Ok(());
    }
    told.print();
    if let Some(checked) = checked {
        println!("check      {}", super::say_checked(&checked));
    }
    Ok(())
}

fn place(args: &Args, instance: &Instance, built: &Built) -> PlanFile {
    match args.policy {
        Policy::Price => by_prices(args, instance, built),
        Policy::Greedy => in_order(instance, built, Pick::Cheapest),
        Policy::FirstFit => in_order(instance, built, Pick::First),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok();
    let seconds = seconds.filter(|seconds| (0.0..=86_400.0).contains(seconds));
    seconds.ok_or_else(|| String::from("give 0 to 86400 seconds"))
}

fn by_prices(args: &Args, instance: &Instance, built: &Built) -> PlanFile {
    let mut progress = Pulse::new();
    let effort = Effort {
        seed: args.seed,
        ..Effort::default()
    };
    let within = Duration::from_secs_f64(args.seconds);
    let solution = solve(&built.model, &Start::default(), &effort, |checkpoint| {
        progress.say(|| format!("checkpoint {checkpoint}"));
        progress.started.elapsed() < within
    });
    let found = Found {
        taken: &solution.taken,
        objective: solution.objective,
        bound: Some(solution.bound),
        prices: Some((solution.prices.shift, &solution.prices.of)),
    };
    built.answer(instance, &found)
}

fn in_order(instance: &Instance, built: &Built, pick: Pick) -> PlanFile {
    let model: &Model = &built.model;
    let classes = model.classes.len();
    let mut progress = Pulse::new();
    let taken = baseline::place(model, 0..classes, pick, |done| {
        progress.say(|| format!("{done} of {classes} entries"));
    });
    let found = Found {
        taken: &taken.columns,
        objective: taken.objective,
        bound: None,
        prices: None,
    };
    built.answer(instance, &found)
}

/// What is printed about a plan.
struct Told<'a> {
    instance: &'a Instance,
    plan: &'a PlanFile,
    policy: String,
    placed: u64,
    unplaced: BTreeMap<String, u64>,
    seconds: f64,
}

impl<'a> Told<'a> {
    fn of(instance: &'a Instance, plan: &'a PlanFile, policy: Policy, seconds: f64) -> Told<'a> {
        let mut unplaced = BTreeMap::new();
        for left in &plan.unplaced {
            *unplaced.entry(left.reason.to_string()).or_default() += u64::from(left.count);
        }
        let name = policy.to_possible_value();
        Told {
            instance,
            plan,
            policy: name.map_or_else(String::new, |name| name.get_name().to_owned()),
            placed: plan.placed.iter().map(|place| u64::from(place.count)).sum(),
            unplaced,
            seconds,
        }
    }

    fn json(&self, check: Option<Value>) -> Value {
        json!({
            "instance": self.instance.name,
            "policy": self.policy,
            "objective": self.plan.objective,
            "bound": self.plan.bound,
            "gap_ppm": self.plan.gap_ppm,
            "placed": self.placed,
            "unplaced": self.unplaced,
            "seconds": self.seconds,
            "check": check,
        })
    }

    fn print(&self) {
        let instance = self.instance;
        println!(
            "instance   {}: {} jobs in {} entries, {} sites, {} links, {} slots",
            instance.name,
            instance
                .jobs
                .iter()
                .map(|job| u64::from(job.count))
                .sum::<u64>(),
            instance.jobs.len(),
            instance.sites.len(),
            instance.links.len(),
            instance.slots,
        );
        println!("policy     {}", self.policy);
        println!("objective  {}", self.plan.objective);
        match (self.plan.bound, self.plan.gap_ppm) {
            (Some(bound), Some(gap)) => {
                println!("bound      {bound}");
                println!("gap        {}.{:04} %", gap / 10_000, gap % 10_000);
            }
            _ => println!("bound      none proven"),
        }
        println!("placed     {}", self.placed);
        let reasons = self
            .unplaced
            .iter()
            .map(|(reason, count)| format!("{reason} {count}"));
        let reasons: Vec<String> = reasons.collect();
        let all: u64 = self.unplaced.values().sum();
        match reasons.is_empty() {
            true => println!("unplaced   0"),
            false => println!("unplaced   {all} ({})", reasons.join(", ")),
        }
        println!("seconds    {:.3}", self.seconds);
    }
}
