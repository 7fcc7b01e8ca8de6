//! Instances so small that an exact solver can list every column.

use std::sync::Arc;

use ewc_scenario::instance::{Group, Input, Instance, Job, Link, Output, Series, Site};

use crate::dice::Dice;

/// What a job is, and how often of a thousand.
const FLAVOURS: [(Flavour, i64); 5] = [
    (Flavour::Plain, 350),
    (Flavour::Fed, 250),
    (Flavour::Gang, 150),
    (Flavour::Chain, 100),
    (Flavour::FedGang, 150),
];

#[derive(Clone, Copy, PartialEq)]
enum Flavour {
    /// One group without data.
    Plain,
    /// One group with an input.
    Fed,
    /// Two groups without data.
    Gang,
    /// One group with an input and an output.
    Chain,
    /// Two groups with an input.
    FedGang,
}

/// A few jobs on a few sites with links, gangs, data and deadlines, some of them beyond reach.
pub fn small(seed: u64) -> Instance {
    let mut dice = Dice::new(seed, 0);
    let slots = dice.between(6, 12) as u32;
    let mut instance = Instance::empty(format!("small-{seed}"), 3600, slots);
    instance.routes = dice.between(1, 2) as u32;
    instance.kinds = vec!["cpu".to_owned(), "gpu".to_owned()];
    instance.kinds.truncate(dice.between(1, 2) as usize);
    let sites = dice.between(2, 4) as usize;
    instance.sites = (0..sites)
        .map(|at| site(&mut dice, at, &instance))
        .collect();
    instance.links = links(&mut dice, sites, slots);
    let jobs = dice.between(4, 12) as usize;
    instance.jobs = (0..jobs).map(|at| job(&mut dice, at, &instance)).collect();
    instance
}

fn site(dice: &mut Dice, at: usize, instance: &Instance) -> Site {
    let kind = |name: &String| Arc::from(name.as_str());
    let capacity = |dice: &mut Dice, name| (kind(name), series(dice, instance.slots, 2, 6));
    let cost = |dice: &mut Dice, name| (kind(name), series(dice, instance.slots, 50, 150));
    // The last kind may be missing.
    let kinds = instance
        .kinds
        .iter()
        .take(instance.kinds.len() - usize::from(at > 1));
    let first = instance.kinds.iter().take(1);
    let here: Vec<&String> = if kinds.len() > 0 {
        kinds.collect()
    } else {
        first.collect()
    };
    Site {
        name: format!("s{at}"),
        capacity: here.iter().map(|name| capacity(dice, name)).collect(),
        cost: here.iter().map(|name| cost(dice, name)).collect(),
    }
}

fn series(dice: &mut Dice, slots: u32, low: i64, high: i64) -> Series {
    if dice.chance(500) {
        return Series::Flat(dice.between(low, high));
    }
    Series::Slots((0..slots).map(|_| dice.between(low, high)).collect())
}

/// A tree over the sites and an exchange without capacity, and up to two links more.
fn links(dice: &mut Dice, sites: usize, slots: u32) -> Vec<Link> {
    let name = |node: usize| match node {
        0 => "exchange".to_owned(),
        site => format!("s{}", site - 1),
    };
    let mut pairs: Vec<(usize, usize)> = (1..=sites)
        .map(|node| (dice.between(0, node as i64 - 1) as usize, node))
        .collect();
    for _ in 0..dice.between(0, 2) {
        let a = dice.between(0, sites as i64 - 1) as usize;
        pairs.push((a, dice.between(a as i64 + 1, sites as i64) as usize));
    }
    let links = pairs.iter().enumerate().map(|(at, &(a, b))| Link {
        name: format!("l{at}"),
        ends: [name(a), name(b)],
        capacity: series(dice, slots, 1, 4),
        cost: dice.between(0, 20),
        latency: dice.between(1, 9),
    });
    links.collect()
}

fn job(dice: &mut Dice, at: usize, instance: &Instance) -> Job {
    let flavour = dice.weighted(FLAVOURS.iter().map(|&(_, often)| often));
    let flavour = flavour.map_or(Flavour::Plain, |position| FLAVOURS[position].0);
    let gang = matches!(flavour, Flavour::Gang | Flavour::FedGang);
    let groups: Vec<Group> = (0..1 + usize::from(gang))
        .map(|_| group(dice, instance))
        .collect();
    let slots = i64::from(instance.slots);
    let release = dice.between(0, slots / 3);
    let longest = groups.iter().map(|group| i64::from(group.slots)).max();
    let slack = dice.between(-1, slots / 2 + 3);
    let deadline = (release + longest.unwrap_or(1) + slack).clamp(1, slots);
    let two_legs = matches!(flavour, Flavour::Chain | Flavour::FedGang);
    let (inputs, outputs) = data(dice, flavour, instance, two_legs);
    let work: i64 = groups.iter().map(units).sum();
    Job {
        name: format!("j{at}"),
        count: if dice.chance(200) { 2 } else { 1 },
        groups,
        release: release as u32,
        deadline: deadline as u32,
        sites: sites(dice, instance, gang),
        inputs,
        outputs,
        delay: if dice.chance(500) {
            dice.between(0, 20)
        } else {
            0
        },
        unplaced: work * dice.between(150, 500),
        choices: None,
    }
}

fn group(dice: &mut Dice, instance: &Instance) -> Group {
    let both = instance.kinds.len() > 1 && dice.chance(300);
    let kinds = instance.kinds.iter().take(1 + usize::from(both));
    let needs = kinds.map(|kind| (Arc::from(kind.as_str()), dice.between(1, 3)));
    let needs = needs.collect();
    let slots = dice.between(1, i64::from(instance.slots) / 3) as u32;
    Group { needs, slots }
}

fn units(group: &Group) -> i64 {
    let units: i64 = group.needs.iter().map(|(_, &units)| units).sum();
    units * i64::from(group.slots)
}

/// Now and then all, else about two of three with an extra cost.
fn sites(
    dice: &mut Dice,
    instance: &Instance,
    gang: bool,
) -> Option<ewc_scenario::instance::Named<i64>> {
    if !gang && dice.chance(300) {
        return None;
    }
    let most = if gang { 3 } else { instance.sites.len() };
    let sites = instance.sites.iter().filter_map(|site| {
        let extra = dice.between(0, 100);
        dice.chance(700)
            .then(|| (Arc::from(site.name.as_str()), extra))
    });
    Some(sites.take(most).collect())
}

fn data(
    dice: &mut Dice,
    flavour: Flavour,
    instance: &Instance,
    two_legs: bool,
) -> (Vec<Input>, Vec<Output>) {
    let nodes: Vec<&str> = instance
        .sites
        .iter()
        .map(|site| site.name.as_str())
        .chain(["exchange"])
        .collect();
    let rates = |dice: &mut Dice| {
        if two_legs {
            vec![dice.between(1, 2)]
        } else {
            vec![1, 2]
        }
    };
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    if matches!(flavour, Flavour::Fed | Flavour::Chain | Flavour::FedGang) {
        let mut from: Vec<String> = dice.pick(&nodes).map(str::to_owned).into_iter().collect();
        let second = dice
            .pick(&nodes)
            .filter(|node| !from.iter().any(|own| own == node));
        if !two_legs && dice.chance(300) {
            from.extend(second.map(str::to_owned));
        }
        inputs.push(Input {
            from,
            volume: dice.between(1, 3),
            rates: rates(dice),
        });
    }
    if flavour == Flavour::Chain {
        outputs.extend(dice.pick(&nodes).map(|to| Output {
            to: to.to_owned(),
            volume: dice.between(1, 3),
            rates: rates(dice),
        }));
    }
    (inputs, outputs)
}
