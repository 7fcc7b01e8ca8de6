//! `planner-arrival`: decisions at arrival under the prices of a round, with links.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use ewc_core::planner::model::{Carriage, Choice, Class, Column, Leg, Model};
use ewc_core::planner::{Arrivals, Effort, RowPrices, Start, solve};
use ewc_scenario::instance::Built;
use ewc_sim::instance::generate::{KINDS, Sizes};

use crate::figure::{Figure, Options, Outcome, Verdict};

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "planner-arrival",
    shows: "decisions at arrival on one core: the cheapest column that fits under the prices of a \
            round, of all sites, starts, ways and windows, with links; 200 and 10 sites x 96 slots",
    target: "200 sites >= 20,000/s with p99 <= 250 us; 10 sites >= 200,000/s; every hundredth \
             equal to listing every column",
    peer: "none",
    run,
};

const PER_SECOND_200: f64 = 20_000.0;
const P99_US: f64 = 250.0;
const PER_SECOND_10: f64 = 200_000.0;
/// One decision of so many is compared with listing every column.
const CHECK_EVERY: usize = 100;
/// The prices come from a round over the same jobs, stopped after so long.
const ROUND_STOP: Duration = Duration::from_secs(3);
const JOBS: usize = 20_000;
const JOBS_QUICK: usize = 4_000;

fn run(options: &Options) -> anyhow::Result<Outcome> {
    let jobs = if options.quick { JOBS_QUICK } else { JOBS };
    let many = measure(200, jobs)?;
    let few = measure(10, jobs)?;
    let mismatches = many.mismatches + few.mismatches;
    let met = many.per_s >= PER_SECOND_200
        && many.p99_us <= P99_US
        && few.per_s >= PER_SECOND_10
        && mismatches == 0;
    println!(
        "placed at once: {} of {} at 200 sites, {} at 10; compared {}",
        many.placed,
        jobs,
        few.placed,
        many.compared + few.compared
    );
    Ok(Outcome {
        values: vec![
            ("per_s_200", format!("{:.0}", many.per_s)),
            ("p99_us", format!("{:.1}", many.p99_us)),
            ("per_s_10", format!("{:.0}", few.per_s)),
            ("mismatches", mismatches.to_string()),
        ],
        verdict: Verdict::of(met),
        left_out: match options.quick {
            true => vec![format!("{} of {JOBS} arrivals", JOBS - JOBS_QUICK)],
            false => Vec::new(),
        },
    })
}

struct Measured {
    per_s: f64,
    p99_us: f64,
    placed: usize,
    compared: usize,
    mismatches: usize,
}

fn measure(sites: usize, jobs: usize) -> anyhow::Result<Measured> {
    let sizes = Sizes {
        jobs: Some(jobs),
        sites: Some(sites),
        links: Some(2 * sites),
        slots: Some(96),
    };
    let kind = KINDS.iter().find(|kind| kind.name == "large");
    let instance = kind.and_then(|kind| kind.make(1, &sizes));
    let model = Built::new(&instance.context("the kind takes sizes")?)?.model;
    let started = Instant::now();
    let round = solve(&model, &Start::default(), &Effort::default(), |_| {
        started.elapsed() < ROUND_STOP
    });
    let mut arrivals = Arrivals::new(&model, &round.prices);
    let mut free = Free::new(&model, &round.prices);
    let mut times = Vec::with_capacity(jobs);
    let (mut placed, mut compared, mut mismatches) = (0, 0, 0);
    for (at, class) in model.classes.iter().enumerate() {
        let started = Instant::now();
        let column = arrivals.decide(class);
        times.push(started.elapsed().as_secs_f64());
        if at % CHECK_EVERY == 0 {
            compared += 1;
            let ours = column.as_ref().map(|column| free.price(class, column));
            mismatches += usize::from(!same(ours, free.cheapest(class)));
        }
        if let Some(column) = column {
            placed += 1;
            mismatches += usize::from(!free.take(class, &column));
        }
    }
    let total: f64 = times.iter().sum();
    times.sort_by(f64::total_cmp);
    let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or(0.0);
    Ok(Measured {
        per_s: times.len() as f64 / total,
        p99_us: p99 * 1e6,
        placed,
        compared,
        mismatches,
    })
}

/// Equal up to the last bits of floating point.
fn same(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-6 * b.abs().max(1.0),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// Free capacity and prices, cell by cell: what listing every column needs.
struct Free<'m> {
    model: &'m Model,
    free: Vec<Vec<i64>>,
    prices: Vec<Vec<f64>>,
}

impl<'m> Free<'m> {
    fn new(model: &'m Model, prices: &RowPrices) -> Free<'m> {
        let unit = (1_u64 << prices.shift) as f64;
        let float = |row: &Vec<i64>| row.iter().map(|price| *price as f64 / unit).collect();
        Free {
            model,
            free: model.capacity.clone(),
            prices: prices.of.iter().map(float).collect(),
        }
    }

    fn take(&mut self, class: &Class, column: &Column) -> bool {
        let mut fits = true;
        self.model.each_hold(class, column, |row, slot, amount| {
            let cell = &mut self.free[row as usize][slot];
            *cell -= amount;
            fits &= *cell >= 0;
        });
        fits
    }

    fn price(&self, class: &Class, column: &Column) -> f64 {
        let mut price = class.cost(self.model, column) as f64;
        self.model.each_hold(class, column, |row, slot, amount| {
            price += amount as f64 * self.prices[row as usize][slot];
        });
        price
    }

    fn fits(&self, class: &Class, column: &Column) -> bool {
        let mut held = std::collections::BTreeMap::new();
        self.model.each_hold(class, column, |row, slot, amount| {
            *held.entry((row, slot)).or_insert(0) += amount;
        });
        held.into_iter()
            .all(|((row, slot), amount)| self.free[row as usize][slot] >= amount)
    }

    /// The price of the cheapest of all columns that fit, one after the other.
    fn cheapest(&self, class: &Class) -> Option<f64> {
        let mut best: Option<f64> = None;
        for (at, choice) in class.choices.iter().enumerate() {
            for start in choice.first..=choice.last {
                self.each_column(choice, at, start, &mut |column| {
                    let price = self.price(class, column);
                    let better = best.is_none_or(|best| price < best);
                    if better && price < class.unplaced as f64 && self.fits(class, column) {
                        best = Some(price);
                    }
                });
            }
        }
        best
    }

    fn each_column(&self, choice: &Choice, at: usize, start: u32, tell: &mut impl FnMut(&Column)) {
        let mut columns = vec![Vec::new()];
        for (number, leg) in choice.legs().enumerate() {
            let inbound = number < choice.inbound.len();
            let windows = self.windows(choice, leg, inbound, start as usize);
            let longer = |known: &Vec<Carriage>| {
                let known = known.clone();
                windows.clone().into_iter().map(move |carriage| {
                    let mut carriages = known.clone();
                    carriages.push(carriage);
                    carriages
                })
            };
            columns = columns.iter().flat_map(longer).collect();
        }
        for carriages in columns {
            tell(&Column {
                choice: at as u32,
                start,
                carriages: carriages.into(),
            });
        }
    }

    fn windows(&self, choice: &Choice, leg: &Leg, inbound: bool, start: usize) -> Vec<Carriage> {
        let end = self.model.spans[choice.span as usize].end(start);
        let mut windows = Vec::new();
        for (at, way) in leg.ways.iter().enumerate() {
            let span = &self.model.spans[way.span as usize];
            for from in leg.first as usize..self.model.slots {
                let in_time = span.end(from) <= leg.until as usize;
                let in_order = match inbound {
                    true => span.whole[from] as usize <= start,
                    false => from >= end,
                };
                if in_time && in_order {
                    windows.push(Carriage {
                        way: at as u32,
                        start: from as u32,
                    });
                }
            }
        }
        windows
    }
}
