//! The offline plan: all jobs of the time placed together, as one instance of the planner's model M
//! (`docs/planner.md`), and what more of each row would save in it.
//!
//! Its dual value is a function of the capacities, convex and falling, and the prices of a row,
//! summed over the slots, are its slope: what one unit more of the row during the whole time saves.
//! A step is worth at most so much, and less the further it goes.

use ewc_core::model::{LinkId, PoolId, Resources};
use ewc_core::planner::model::Model;
use ewc_core::planner::{Capacity, Effort, Row, RowPrices, Solution, Start, Whole, solve};

use super::demand::Demand;
use crate::run::RunError;

/// Climbs to the top of the dual value at most, and the relative gain of one worth another.
const CLIMBS_MAX: u32 = 24;
const GAIN_MIN: f64 = 1e-6;
const MICRO: f64 = 1e6;
const GBPS: i64 = 1_000_000_000;

/// Something that can be grown by whole units: nodes of a pool, gigabits per second of a link.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// `site.pool`, or the link's name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Units that there are: nodes, or gigabits per second.
    pub present: f64,
    /// Rows of the model, with what a unit adds to each.
    rows: Vec<(usize, i64)>,
}

/// What kind of thing grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A pool, by nodes.
    Pool(PoolId),
    /// A link, by gigabits per second.
    Link(LinkId),
}

impl Kind {
    /// What a unit is called.
    pub fn unit(self) -> &'static str {
        match self {
            Kind::Pool(_) => "node",
            Kind::Link(_) => "Gbit/s",
        }
    }
}

/// The offline problem of a demand.
#[derive(Debug)]
pub struct Offline {
    whole: Whole,
    /// Everything that can be grown, pools first.
    pub resources: Vec<Resource>,
    effort: Effort,
    /// Slots of the time in which jobs come; behind it lies a horizon.
    slots: usize,
}

/// An offline plan.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What it costs in M, in yuan, the penalty of what it leaves out included.
    pub cost_cny: f64,
    /// No plan of M costs less.
    pub bound_cny: f64,
    /// Jobs that it leaves out.
    pub left_out: u64,
    /// By resource, what one unit more is worth during the whole time, in yuan.
    pub unit_cny: Vec<f64>,
    /// By resource, how much of it is held in the mean; of a pool what is held most.
    pub used: Vec<f64>,
    prices: RowPrices,
}

impl Offline {
    /// The problem of a demand, on slots of this length or the policy's.
    ///
    /// # Errors
    /// There is no job that could run, or a number is out of the planner's range.
    pub fn new(demand: &Demand, slot_ms: Option<i64>, effort: Effort) -> Result<Offline, RunError> {
        let whole = demand.whole(slot_ms);
        let wrong = |problem: String| RunError::Scenario {
            field: "workload",
            problem,
        };
        if whole.model.classes.is_empty() {
            let problem = "has no job that the network could run; nothing can be said of it";
            return Err(wrong(problem.to_owned()));
        }
        whole
            .model
            .check()
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Offline {
            resources: resources(demand, &whole),
            slots: (demand.span_ms / whole.slot_ms + 1) as usize,
            whole,
            effort,
        })
    }

    /// How many kinds of jobs there are, which differ in more than their names.
    pub fn classes(&self) -> usize {
        self.whole.model.classes.len()
    }

    /// Plans with so many units more of each resource, from known prices if there are any. `None`
    /// when `go_on` said no: what is found by then is no basis for anything.
    pub fn plan(
        &self,
        grown: &[f64],
        from: Option<&Planned>,
        mut go_on: impl FnMut() -> bool,
    ) -> Option<Planned> {
        let mut model = self.whole.model.clone();
        for (resource, units) in self.resources.iter().zip(grown) {
            for (row, amount) in &resource.rows {
                let more = (*amount as f64 * units) as i64;
                model.capacity[*row]
                    .iter_mut()
                    .for_each(|free| *free += more);
            }
        }
        let mut whole = true;
        let mut solve_from = |start: Option<&RowPrices>, moves: u64| {
            let effort = Effort {
                moves,
                ..self.effort.clone()
            };
            let start = start.map(Start::prices).unwrap_or_default();
            let solution = solve(&model, &start, &effort, |_| {
                whole = whole && go_on();
                whole
            });
            whole.then_some(solution)
        };
        // The climb to the top may come to rest on the way; from there it goes on anew.
        let mut best = solve_from(from.map(|known| &known.prices), 0)?;
        for _ in 0..CLIMBS_MAX {
            let next = solve_from(Some(&best.prices), 0)?;
            let gained = (next.bound - best.bound) as f64;
            if gained <= GAIN_MIN * (best.bound as f64).abs() {
                break;
            }
            best = next;
        }
        let planned = solve_from(Some(&best.prices), self.effort.moves)?;
        if planned.bound >= best.bound {
            best.prices = planned.prices;
            best.bound = planned.bound;
        }
        (best.taken, best.objective) = (planned.taken, planned.objective);
        Some(self.read(&model, best))
    }

    fn read(&self, model: &Model, solution: Solution) -> Planned {
        let unit = (1_u64 << solution.prices.shift) as f64;
        let slope = |row: usize| {
            let of_row = solution.prices.of.get(row).into_iter().flatten();
            of_row.map(|price| *price as f64).sum::<f64>() / unit / MICRO
        };
        let rows = |resource: &Resource| resource.rows.clone().into_iter();
        let unit_cny = self.resources.iter().map(|resource| {
            rows(resource)
                .map(|(row, amount)| amount as f64 * slope(row))
                .sum()
        });
        let shares = shares(model, &solution, self.slots);
        let used = self.resources.iter().map(|resource| {
            let of_rows = rows(resource).map(|(row, _)| shares[row]);
            of_rows.fold(0.0, f64::max)
        });
        let out = model.classes.iter().zip(&solution.taken);
        let out = out.map(|(class, taken)| {
            let placed: u32 = taken.iter().map(|(_, count)| count).sum();
            u64::from(class.count - placed)
        });
        Planned {
            cost_cny: solution.objective as f64 / MICRO,
            bound_cny: solution.bound as f64 / MICRO,
            left_out: out.sum(),
            unit_cny: unit_cny.collect(),
            used: used.collect(),
            prices: solution.prices,
        }
    }
}

/// By row, the share of its capacity that a plan holds in the mean over the first slots.
fn shares(model: &Model, solution: &Solution, slots: usize) -> Vec<f64> {
    let mut held = vec![0.0; model.capacity.len()];
    for (class, taken) in model.classes.iter().zip(&solution.taken) {
        for (column, count) in taken {
            model.each_hold(class, column, |row, slot, amount| {
                let within = f64::from(u8::from(slot < slots));
                held[row as usize] += within * amount as f64 * f64::from(*count);
            });
        }
    }
    let share = |(held, capacity): (f64, &Vec<i64>)| {
        let all: f64 = capacity.iter().take(slots).map(|free| *free as f64).sum();
        if all > 0.0 { held / all } else { 0.0 }
    };
    held.into_iter().zip(&model.capacity).map(share).collect()
}

fn resources(demand: &Demand, whole: &Whole) -> Vec<Resource> {
    let state = &demand.state;
    let row_of = |wanted: Row| whole.rows.iter().position(|row| *row == wanted);
    let sites = demand.site_of_pool();
    let pools = (0..state.pools().len() as u32).map(|at| {
        let (id, pool) = (PoolId(at), &state.pools()[at as usize]);
        let rows = Capacity::ALL.into_iter().filter_map(|kind| {
            let amount = part(pool.spec.node, kind);
            let row = row_of(Row::Pool(id, kind)).filter(|_| amount > 0)?;
            Some((row, amount))
        });
        let site = sites.get(&at).copied().unwrap_or("");
        Resource {
            name: format!("{site}.{}", pool.spec.name),
            kind: Kind::Pool(id),
            present: f64::from(pool.spec.nodes),
            rows: rows.collect(),
        }
    });
    let links = state.links().iter().enumerate().map(|(at, link)| {
        let id = LinkId(at as u32);
        let usable = GBPS / 1000 * i64::from(link.usable_permille);
        Resource {
            name: link.name.clone(),
            kind: Kind::Link(id),
            present: link.capacity_bps as f64 / GBPS as f64,
            rows: row_of(Row::Link(id))
                .map(|row| (row, usable))
                .into_iter()
                .collect(),
        }
    });
    pools.chain(links).collect()
}

fn part(node: Resources, kind: Capacity) -> i64 {
    match kind {
        Capacity::Cores => node.cpu_millis,
        Capacity::Memory => node.memory_mib,
        Capacity::Accelerators => node.accelerators,
        // The site's and not a node's: a cap on it is not what is to be expanded.
        Capacity::Power => 0,
    }
}
