//! A network of sites on a plane: every site joined to its nearest, then more links nearby.

use std::collections::BTreeSet;

use ewc_scenario::instance::{Link, Series};

use crate::dice::Dice;

/// Width and height of the plane, in units of latency.
const WIDTH: i64 = 10_000;

/// Links between sites of these names, `count` of them where there are as many pairs, and as many
/// as join all sites at least. Capacities are left to the caller.
pub(super) fn links(dice: &mut Dice, names: &[String], count: usize) -> Vec<Link> {
    let at: Vec<(i64, i64)> = names
        .iter()
        .map(|_| (dice.between(0, WIDTH), dice.between(0, WIDTH)))
        .collect();
    let distance = |a: usize, b: usize| {
        let (x, y) = (at[a].0 - at[b].0, at[a].1 - at[b].1);
        (x * x + y * y).isqrt().max(1)
    };
    let mut pairs = BTreeSet::new();
    for site in 1..names.len() {
        let nearest = (0..site).min_by_key(|&other| distance(site, other));
        pairs.extend(nearest.map(|other| (other, site)));
    }
    let all = names.len() * names.len().saturating_sub(1) / 2;
    while pairs.len() < count.min(all) {
        let site = dice.between(0, names.len() as i64 - 1) as usize;
        let joined = |other: usize| pairs.contains(&(site.min(other), site.max(other)));
        let others = (0..names.len()).filter(|&other| other != site && !joined(other));
        let nearest = others.min_by_key(|&other| distance(site, other));
        pairs.extend(nearest.map(|other| (site.min(other), site.max(other))));
    }
    let link = |&(a, b): &(usize, usize)| Link {
        name: format!("{}-{}", names[a], names[b]),
        ends: [names[a].clone(), names[b].clone()],
        capacity: Series::Flat(0),
        cost: dice.between(20, 200),
        latency: distance(a, b),
    };
    pairs.iter().map(link).collect()
}
