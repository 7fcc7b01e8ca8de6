//! The planner, as figures call it: for so long, then checked by the independent checker.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use ewc_core::planner::{Effort, Solution, Start, solve};
use ewc_scenario::instance::{Built, Found, Instance};
use ewc_sim::instance::check;

/// A plan and what it took.
pub struct Ours {
    pub solution: Solution,
    pub seconds: f64,
}

impl Ours {
    /// Plans until the time is over, or until the planner sees no more to gain.
    pub fn plan(built: &Built, within: Duration) -> Ours {
        let started = Instant::now();
        let effort = Effort::default();
        let solution = solve(&built.model, &Start::default(), &effort, |_| {
            started.elapsed() < within
        });
        Ours {
            solution,
            seconds: started.elapsed().as_secs_f64(),
        }
    }

    /// Has the plan checked without the planner: that it holds, and that its prices prove its
    /// bound.
    ///
    /// # Errors
    /// It does not.
    pub fn check(&self, instance: &Instance, built: &Built) -> anyhow::Result<()> {
        let solution = &self.solution;
        let found = Found {
            taken: &solution.taken,
            objective: solution.objective,
            bound: Some(solution.bound),
            prices: Some((solution.prices.shift, &solution.prices.of)),
        };
        let plan = built.answer(instance, &found);
        check::check(instance, &plan).with_context(|| instance.name.clone())?;
        Ok(())
    }

    /// Jobs that are left out, and what the placed ones cost.
    pub fn unplaced(&self, built: &Built) -> (u64, i128) {
        let mut left = 0;
        let mut penalty = 0;
        for (class, taken) in built.model.classes.iter().zip(&self.solution.taken) {
            let placed: u32 = taken.iter().map(|(_, count)| count).sum();
            left += u64::from(class.count - placed);
            penalty += i128::from(class.unplaced) * i128::from(class.count - placed);
        }
        (left, self.solution.objective - penalty)
    }
}
