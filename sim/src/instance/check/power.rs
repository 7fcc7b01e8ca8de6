//! What all placed jobs draw together, and what drawing costs a column at the prices.

use ewc_scenario::instance::{Instance, Job, Power};

use super::feasible::Book;
use super::ways::Sums;
use super::{Rule, Violation};

/// Says whether no cap is exceeded: by what is held of each kind times what a unit of it draws, and
/// by what listed choices say that they draw.
pub(super) fn holds(book: &Book<'_, '_>) -> Result<(), Violation> {
    for power in &book.instance.power {
        for slot in 0..book.instance.slots as usize {
            let listed = book.of_power.get(power.name.as_str());
            let mut drawn = listed.map_or(0, |taken| taken[slot]);
            for draw in &power.draws {
                let taken = book.of_sites.get(&(draw.site.as_str(), draw.kind.as_str()));
                let taken = taken.map_or(0, |taken| taken[slot]);
                drawn += taken * i128::from(draw.units);
            }
            let cap = power.cap.at(slot);
            if drawn > i128::from(cap) {
                let place = format!("power \"{}\" in slot {slot}", power.name);
                let problem = format!("{drawn} drawn of {cap}");
                return Err(Violation::new(Rule::Power, place, problem));
            }
        }
    }
    Ok(())
}

/// What one job draws below one cap, each group for its slots.
pub(super) struct Drawn<'i, 'p> {
    power: &'i Power,
    price: &'p Sums,
    groups: Vec<(i128, u32)>,
}

impl<'i, 'p> Drawn<'i, 'p> {
    /// By the caps on which a job draws with its groups at these sites.
    pub(super) fn of(
        instance: &'i Instance,
        (job, sites): (&Job, &[&str]),
        price: impl Fn(&str) -> Option<&'p Sums>,
    ) -> Vec<Drawn<'i, 'p>> {
        let of_power = |power: &'i Power| {
            let groups = job.groups.iter().zip(sites).map(|(group, site)| {
                let units = |kind: &str| {
                    let mut draws = power.draws.iter();
                    let draw = draws.find(|draw| draw.site == *site && draw.kind == kind);
                    draw.map_or(0, |draw| i128::from(draw.units))
                };
                let needs = group.needs.iter();
                let drawn = needs.map(|(kind, &amount)| i128::from(amount) * units(kind));
                (drawn.sum(), group.slots)
            });
            Some(Drawn {
                power,
                price: price(&power.name)?,
                groups: groups.collect(),
            })
        };
        let drawn = instance.power.iter().filter_map(of_power);
        let draws = |drawn: &Drawn<'_, '_>| drawn.groups.iter().any(|(amount, _)| *amount > 0);
        drawn.filter(draws).collect()
    }

    /// True when the cap allows it while nothing else draws.
    pub(super) fn fits(&self, start: usize) -> bool {
        let longest = self.groups.iter().map(|(_, slots)| *slots).max();
        (0..longest.unwrap_or(0)).all(|after| {
            let on = self.groups.iter().filter(|(_, slots)| after < *slots);
            let drawn: i128 = on.map(|(amount, _)| amount).sum();
            drawn <= i128::from(self.power.cap.at(start + after as usize))
        })
    }

    /// What it pays.
    pub(super) fn cost(&self, start: usize) -> i128 {
        let groups = self.groups.iter().map(|(amount, slots)| {
            amount * (self.price[start + *slots as usize] - self.price[start])
        });
        groups.sum()
    }
}
