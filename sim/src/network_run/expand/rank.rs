//! Which resources are worth growing, and how much of each under a budget.

use ewc_scenario::GrowthCosts;

use super::demand::Demand;
use super::offline::{Kind, Offline, Planned};

const MICRO: f64 = 1e6;
const YEAR_MS: f64 = 365.0 * 86_400_000.0;

/// How to look for what to grow.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// What may be spent, in yuan.
    pub budget_cny: f64,
    /// What growing costs.
    pub costs: &'a GrowthCosts,
    /// A step, as a share of what is there.
    pub step_permille: u32,
    /// Resources that are planned again with a step more, at most.
    pub best: usize,
    /// Steps that are bought at most.
    pub steps: usize,
    /// What does not pay back within so many years is not bought.
    pub years: f64,
}

/// A resource, and what a step more of it is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Position among the resources.
    pub at: usize,
    /// Its name.
    pub name: String,
    /// What a unit is called.
    pub unit: &'static str,
    /// Units that there are.
    pub present: f64,
    /// How much of it is held in the mean.
    pub used: f64,
    /// What one unit more saves during the time, from the prices.
    pub unit_cny: f64,
    /// Units of a step.
    pub step: f64,
    /// What a step saves, from the prices.
    pub priced_cny: f64,
    /// What it saves in the problem planned again with it: proven values, and plans.
    pub replanned: Option<Replanned>,
    /// What a step costs.
    pub cost_cny: f64,
    /// The cost is a default that nobody has confirmed.
    pub assumed: bool,
    /// Years after which it has saved what it cost, if it saves anything.
    pub pays_back_years: Option<f64>,
}

/// A step, planned again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Replanned {
    /// How much lower the dual value of the offline plan is: free of the luck of the search.
    pub value_cny: f64,
    /// How much cheaper the plan found is.
    pub plan_cny: f64,
}

/// Something to buy.
#[derive(Debug, Clone, PartialEq)]
pub struct Purchase {
    /// Its name.
    pub name: String,
    /// What a unit is called.
    pub unit: &'static str,
    /// Units that there are, and units more.
    pub present: f64,
    /// Units more.
    pub more: f64,
    /// What they cost.
    pub cost_cny: f64,
    /// What they save in a year, each step beside those before it.
    pub saves_cny_per_year: f64,
}

/// What is worth growing.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// The best first, then those that are used most, whatever they are worth.
    pub rows: Vec<Ranked>,
    /// Name and use of what is used most.
    pub most_used: (String, f64),
    /// What to buy, in the order of the first step of each.
    pub purchases: Vec<Purchase>,
    /// Cost of the plan as things are, in yuan, its proven bound, and the jobs that it leaves out.
    pub present: (f64, f64, u64),
    /// Jobs that were to be placed.
    pub jobs: usize,
    /// What could be spent, in yuan; a step, as a share of what is there; years to pay back in.
    pub asked: (f64, f64, f64),
}

impl Ranking {
    /// Asks the prices of the offline plan, and plans again with a step of each of the best. `None`
    /// when `go_on` said no. `progress` hears how many plans of how many are made.
    pub fn of(
        demand: &Demand,
        offline: &Offline,
        asked: &Asked<'_>,
        go_on: impl Fn() -> bool,
        progress: impl Fn(usize, usize),
    ) -> Option<Ranking> {
        let table = Table {
            demand,
            offline,
            asked,
        };
        let nothing = vec![0.0; offline.resources.len()];
        let plans = 1 + (asked.best + 1).min(offline.resources.len()) + asked.steps;
        let present = offline.plan(&nothing, None, &go_on)?;
        progress(1, plans);
        let mut rows: Vec<Ranked> = (0..nothing.len())
            .map(|at| table.row(at, &present))
            .collect();
        let most_used = rows.iter().max_by(|a, b| a.used.total_cmp(&b.used));
        let most_used = most_used.map(|row| (row.at, row.name.clone(), row.used))?;
        let worth = |row: &Ranked| row.priced_cny / row.cost_cny;
        rows.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then(a.at.cmp(&b.at)));
        let position = rows.iter().position(|row| row.at == most_used.0)?;
        let kept = rows
            .iter()
            .take(asked.best)
            .filter(|row| row.priced_cny > 0.0)
            .count();
        let other = (position >= kept).then(|| rows[position].clone());
        rows.truncate(kept);
        rows.extend(other);
        for (done, row) in rows.iter_mut().enumerate() {
            let mut grown = nothing.clone();
            grown[row.at] = row.step;
            // From nothing: what prices have to agree with does not begin with them.
            let after = offline.plan(&grown, None, &go_on)?;
            row.replanned = Some(Replanned {
                value_cny: present.bound_cny - after.bound_cny,
                plan_cny: present.cost_cny - after.cost_cny,
            });
            progress(2 + done, plans);
        }
        let done = 1 + rows.len();
        let purchases = table.buy(&present, &go_on, |steps| progress(done + steps, plans))?;
        Some(Ranking {
            rows,
            most_used: (most_used.1, most_used.2),
            purchases,
            present: (present.cost_cny, present.bound_cny, present.left_out),
            jobs: demand.jobs(),
            asked: (
                asked.budget_cny,
                f64::from(asked.step_permille) / 1000.0,
                asked.years,
            ),
        })
    }

    /// The first of the ranking, if anything is worth growing.
    pub fn bottleneck(&self) -> Option<&Ranked> {
        self.rows.first().filter(|row| row.priced_cny > 0.0)
    }
}

struct Table<'a> {
    demand: &'a Demand,
    offline: &'a Offline,
    asked: &'a Asked<'a>,
}

impl Table<'_> {
    fn row(&self, at: usize, planned: &Planned) -> Ranked {
        let resource = &self.offline.resources[at];
        let part = resource.present * f64::from(self.asked.step_permille) / 1000.0;
        let (step, unit_cost) = match resource.kind {
            Kind::Pool(id) => {
                let pool = &self.demand.state.pools()[id.index()].spec;
                (
                    part.round().max(1.0),
                    self.asked.costs.node(&resource.name, pool),
                )
            }
            Kind::Link(_) => (part, self.asked.costs.gbps(&resource.name)),
        };
        let unit_cny = planned.unit_cny[at];
        let cost_cny = step * unit_cost.micro_cny as f64 / MICRO;
        let by_year = unit_cny * step * self.times_a_year();
        Ranked {
            at,
            name: resource.name.clone(),
            unit: resource.kind.unit(),
            present: resource.present,
            used: planned.used[at],
            unit_cny,
            step,
            priced_cny: unit_cny * step,
            replanned: None,
            cost_cny,
            assumed: unit_cost.assumed,
            pays_back_years: (by_year > 0.0).then(|| cost_cny / by_year),
        }
    }

    /// How often the time of the demand fits into a year.
    fn times_a_year(&self) -> f64 {
        YEAR_MS / self.demand.span_ms.max(1) as f64
    }

    /// Step by step what pays back first, each at the prices that the steps before leave, until
    /// nothing pays back in time or the budget is spent.
    fn buy(
        &self,
        present: &Planned,
        go_on: &impl Fn() -> bool,
        progress: impl Fn(usize),
    ) -> Option<Vec<Purchase>> {
        let mut grown = vec![0.0; self.offline.resources.len()];
        let mut left_cny = self.asked.budget_cny;
        let mut purchases: Vec<Purchase> = Vec::new();
        let mut planned = present.clone();
        for step in 0..self.asked.steps {
            let rows = (0..grown.len()).map(|at| self.row(at, &planned));
            let pays = |row: &Ranked| {
                let in_time = row
                    .pays_back_years
                    .is_some_and(|years| years <= self.asked.years);
                in_time && row.cost_cny <= left_cny
            };
            let years = |row: &Ranked| row.pays_back_years.unwrap_or(f64::INFINITY);
            let best = rows
                .filter(pays)
                .min_by(|a, b| years(a).total_cmp(&years(b)));
            let Some(best) = best else {
                break;
            };
            grown[best.at] += best.step;
            left_cny -= best.cost_cny;
            let after = self.offline.plan(&grown, Some(&planned), go_on)?;
            let saved = (planned.bound_cny - after.bound_cny).max(0.0) * self.times_a_year();
            match purchases.iter_mut().find(|known| known.name == best.name) {
                Some(known) => {
                    known.more += best.step;
                    known.cost_cny += best.cost_cny;
                    known.saves_cny_per_year += saved;
                }
                None => purchases.push(Purchase {
                    name: best.name,
                    unit: best.unit,
                    present: best.present,
                    more: best.step,
                    cost_cny: best.cost_cny,
                    saves_cny_per_year: saved,
                }),
            }
            planned = after;
            progress(step + 1);
        }
        Some(purchases)
    }
}
