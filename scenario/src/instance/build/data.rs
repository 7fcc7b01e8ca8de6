//! The ways that data can go.

use ewc_core::planner::model::{Leg, Way};

use super::super::limits::{COST, WAYS_OF_ALL};
use super::class::Maker;
use crate::error::FieldError;

/// Data that has to move.
pub(super) struct Body<'a> {
    /// Path of its field.
    pub(super) field: String,
    pub(super) volume: i64,
    pub(super) rates: &'a [i64],
    /// Nodes of which one is left and nodes of which one is reached; one of the two is alone.
    pub(super) from: &'a [u32],
    pub(super) to: u32,
    /// First slot, and slot before which it ends.
    pub(super) first: u32,
    pub(super) until: u32,
}

impl Maker<'_> {
    /// The leg, and the fewest slots that it takes; `None` when nothing carries it in time.
    pub(super) fn leg(&mut self, body: &Body<'_>) -> Result<Option<(Leg, u32)>, FieldError> {
        let mut ways = std::mem::take(&mut self.ways);
        ways.clear();
        let mut least = u32::MAX;
        for &from in body.from {
            let routes = self.shared.routes(from, body.to).len();
            for position in 0..routes {
                let route = self.shared.routes(from, body.to)[position];
                for &rate in body.rates {
                    if let Some((way, slots)) = self.way(body, route, rate)? {
                        least = least.min(slots);
                        ways.push(way);
                    }
                }
            }
        }
        let leg = Leg {
            first: body.first,
            until: body.until,
            ways: ways.as_slice().into(),
        };
        self.ways = ways;
        self.ways_of_all += leg.ways.len();
        if self.ways_of_all > WAYS_OF_ALL {
            let problem = format!("brings the ways of all data to more than {WAYS_OF_ALL}");
            let hint = "give fewer sources, routes, rates or sites";
            return Err(FieldError::new(&body.field, problem, hint));
        }
        Ok((!leg.ways.is_empty()).then_some((leg, least)))
    }

    fn way(
        &mut self,
        body: &Body<'_>,
        route: u32,
        rate: i64,
    ) -> Result<Option<(Way, u32)>, FieldError> {
        let (unit_cost, widest) = self.shared.carries[route as usize];
        let slots = (body.volume - 1) / rate + 1;
        if rate > widest || i64::from(body.first) + slots > i64::from(body.until) {
            return Ok(None);
        }
        let cost = i128::from(unit_cost) * i128::from(rate) * i128::from(slots);
        let cost = i64::try_from(cost).ok().filter(|&cost| cost <= COST);
        let cost = cost.ok_or_else(|| {
            let problem = format!("costs more than {COST} on some route");
            FieldError::new(&body.field, problem, "use a coarser unit of cost")
        })?;
        let slots = slots as u32;
        let span = self.shared.span(slots);
        let way = Way {
            route,
            span,
            rate,
            cost,
        };
        Ok(Some((way, slots)))
    }
}
