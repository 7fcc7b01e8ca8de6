//! Names, windows, data, capacities and costs of what is placed.

use std::collections::{BTreeMap, BTreeSet};

use ewc_scenario::instance::{Instance, Job, Moved, Place, PlanFile, Site};

use super::network::Network;
use super::{Rule, Violation, imbalance, power};

/// Checks everything but the bound. Returns the cost of all and how many jobs are placed.
pub(super) fn check<'i>(
    instance: &'i Instance,
    plan: &PlanFile,
    network: &mut Network<'i>,
) -> Result<(i128, u64), Violation> {
    let mut book = Book::new(instance, network);
    let mut placed = 0;
    for (at, place) in plan.placed.iter().enumerate() {
        let path = format!("placed[{at}] ({})", place.job);
        book.place(&path, place)?;
        placed += u64::from(place.count);
    }
    for (at, left) in plan.unplaced.iter().enumerate() {
        let path = format!("unplaced[{at}] ({})", left.job);
        let job = book.count(&path, &left.job, left.count)?;
        book.cost += i128::from(job.unplaced) * i128::from(left.count);
    }
    for job in &instance.jobs {
        let told = book.told.get(job.name.as_str()).copied().unwrap_or(0);
        if told != u64::from(job.count) {
            let problem = format!("{told} of {} are placed or left out", job.count);
            return Err(Violation::new(Rule::Count, &job.name, problem));
        }
    }
    book.rows_hold()?;
    Ok((
        book.cost + imbalance::cost(instance, &book.of_sites),
        placed,
    ))
}

/// What the plan takes of everything, as far as it was read.
pub(super) struct Book<'i, 'n> {
    pub(super) instance: &'i Instance,
    network: &'n mut Network<'i>,
    jobs: BTreeMap<&'i str, &'i Job>,
    pub(super) sites: BTreeMap<&'i str, &'i Site>,
    pub(super) links: BTreeMap<&'i str, usize>,
    told: BTreeMap<&'i str, u64>,
    pub(super) of_sites: BTreeMap<(&'i str, &'i str), Vec<i128>>,
    pub(super) of_quotas: BTreeMap<(&'i str, &'i str), Vec<i128>>,
    pub(super) of_links: Vec<Vec<i128>>,
    /// What listed choices draw.
    pub(super) of_power: BTreeMap<&'i str, Vec<i128>>,
    cost: i128,
}

/// One body of data, as the job says it.
struct Wanted<'i> {
    from: Vec<&'i str>,
    to: &'i str,
    volume: i64,
    rates: &'i [i64],
}

impl<'i, 'n> Book<'i, 'n> {
    fn new(instance: &'i Instance, network: &'n mut Network<'i>) -> Book<'i, 'n> {
        let slots = instance.slots as usize;
        let links = instance.links.iter().enumerate();
        Book {
            instance,
            network,
            jobs: instance
                .jobs
                .iter()
                .map(|job| (job.name.as_str(), job))
                .collect(),
            sites: instance
                .sites
                .iter()
                .map(|site| (site.name.as_str(), site))
                .collect(),
            links: links.map(|(at, link)| (link.name.as_str(), at)).collect(),
            told: BTreeMap::new(),
            of_sites: BTreeMap::new(),
            of_quotas: BTreeMap::new(),
            of_power: BTreeMap::new(),
            of_links: vec![vec![0; slots]; instance.links.len()],
            cost: 0,
        }
    }

    fn count(&mut self, path: &str, name: &str, count: u32) -> Result<&'i Job, Violation> {
        let job = self.jobs.get(name).copied();
        let job = job.ok_or_else(|| Violation::new(Rule::Names, path, "there is no such job"))?;
        if count == 0 {
            return Err(Violation::new(Rule::Count, path, "the count is 0"));
        }
        *self.told.entry(&job.name).or_default() += u64::from(count);
        Ok(job)
    }

    fn place(&mut self, path: &str, place: &Place) -> Result<(), Violation> {
        let job = self.count(path, &place.job, place.count)?;
        if let (Some(choices), Some(tables)) = (&job.choices, &self.instance.tables) {
            let cost = self.listed(path, (tables, job, choices), place)?;
            self.cost += cost * i128::from(place.count);
            return Ok(());
        }
        let sites = self.sites_of(path, job, place)?;
        if place.start < job.release {
            let problem = format!("starts in {}, before {}", place.start, job.release);
            return Err(Violation::new(Rule::Release, path, problem));
        }
        let longest = job.groups.iter().map(|group| u64::from(group.slots)).max();
        let end = u64::from(place.start) + longest.unwrap_or(0);
        if end > u64::from(job.deadline) {
            let problem = format!("runs until {end}, past {}", job.deadline);
            return Err(Violation::new(Rule::Deadline, path, problem));
        }
        let waited = i128::from(place.start - job.release);
        let mut cost = waited * i128::from(job.delay);
        for (group, site) in job.groups.iter().zip(&sites) {
            cost += i128::from(
                job.sites
                    .as_ref()
                    .and_then(|s| s.get(&site.name))
                    .map_or(0, |c| *c),
            );
            for (kind, &amount) in group.needs.iter() {
                let kind = self.kind(kind);
                let slots = place.start..place.start + group.slots;
                cost += self.run(site, kind, amount, slots, place.count);
            }
        }
        cost += self.inputs(path, job, place, &sites)?;
        cost += self.outputs(path, job, place, sites[0], end)?;
        self.cost += cost * i128::from(place.count);
        Ok(())
    }

    fn sites_of(&self, path: &str, job: &Job, place: &Place) -> Result<Vec<&'i Site>, Violation> {
        let wrong = |problem: String| Violation::new(Rule::Sites, path, problem);
        if place.sites.len() != job.groups.len() {
            let (given, groups) = (place.sites.len(), job.groups.len());
            return Err(wrong(format!("{given} sites for {groups} groups")));
        }
        let mut sites = Vec::new();
        for (group, name) in job.groups.iter().zip(&place.sites) {
            let site = self.sites.get(name.as_str()).copied();
            let site = site.ok_or_else(|| {
                Violation::new(Rule::Names, path, format!("there is no site \"{name}\""))
            })?;
            if job
                .sites
                .as_ref()
                .is_some_and(|allowed| allowed.get(name).is_none())
            {
                return Err(wrong(format!("\"{name}\" is not allowed")));
            }
            let lacks = group
                .needs
                .iter()
                .find(|(kind, _)| site.capacity.get(kind).is_none());
            if let Some((kind, _)) = lacks {
                return Err(wrong(format!("\"{name}\" has no {kind}")));
            }
            sites.push(site);
        }
        Ok(sites)
    }

    fn kind(&self, name: &str) -> &'i str {
        let mut kinds = self.instance.kinds.iter();
        kinds.find(|kind| *kind == name).map_or("", String::as_str)
    }

    /// Takes capacity of a site. Returns the cost for one job.
    fn run(
        &mut self,
        site: &'i Site,
        kind: &'i str,
        amount: i64,
        slots: std::ops::Range<u32>,
        count: u32,
    ) -> i128 {
        let horizon = self.instance.slots as usize;
        let taken = self.of_sites.entry((&site.name, kind));
        let taken = taken.or_insert_with(|| vec![0; horizon]);
        let cost = site.cost.get(kind);
        let mut sum = 0;
        for slot in slots {
            taken[slot as usize] += i128::from(amount) * i128::from(count);
            let unit = cost.map_or(0, |cost| cost.at(slot as usize));
            sum += i128::from(amount) * i128::from(unit);
        }
        sum
    }

    fn inputs(
        &mut self,
        path: &str,
        job: &'i Job,
        place: &Place,
        sites: &[&'i Site],
    ) -> Result<i128, Violation> {
        let mut wanted = BTreeMap::new();
        for (data, input) in job.inputs.iter().enumerate() {
            let from: Vec<&str> = input.from.iter().map(String::as_str).collect();
            for site in sites
                .iter()
                .filter(|site| !from.contains(&site.name.as_str()))
            {
                let body = Wanted {
                    from: from.clone(),
                    to: &site.name,
                    volume: input.volume,
                    rates: &input.rates,
                };
                wanted.insert((data as u32, site.name.as_str()), body);
            }
        }
        let path = format!("{path}.inputs");
        let window = (
            u64::from(job.release),
            Rule::Release,
            u64::from(place.start),
            Rule::Order,
        );
        self.moves(&path, wanted, &place.inputs, window, place.count)
    }

    fn outputs(
        &mut self,
        path: &str,
        job: &'i Job,
        place: &Place,
        site: &'i Site,
        end: u64,
    ) -> Result<i128, Violation> {
        let moving = job.outputs.iter().enumerate();
        let moving = moving.filter(|(_, output)| output.to != site.name);
        let wanted = moving.map(|(data, output)| {
            let body = Wanted {
                from: vec![&site.name],
                to: &output.to,
                volume: output.volume,
                rates: &output.rates,
            };
            ((data as u32, output.to.as_str()), body)
        });
        let path = format!("{path}.outputs");
        let window = (end, Rule::Order, u64::from(job.deadline), Rule::Deadline);
        self.moves(&path, wanted.collect(), &place.outputs, window, place.count)
    }

    /// Checks that exactly the wanted data moves within the window. Returns the cost for one job.
    fn moves(
        &mut self,
        path: &str,
        wanted: BTreeMap<(u32, &'i str), Wanted<'i>>,
        moves: &[Moved],
        (first, early, until, late): (u64, Rule, u64, Rule),
        count: u32,
    ) -> Result<i128, Violation> {
        let mut seen = BTreeSet::new();
        let mut cost = 0;
        for (at, moved) in moves.iter().enumerate() {
            let path = format!("{path}[{at}]");
            let key = (moved.data, moved.to.as_str());
            let body = wanted.get(&key).filter(|_| seen.insert(key));
            let body = body.ok_or_else(|| {
                let problem = format!("data {} to \"{}\" is not asked for", moved.data, moved.to);
                Violation::new(Rule::Data, &path, problem)
            })?;
            let links = self.route(&path, body, moved)?;
            let end = u64::from(moved.start) + u64::from(moved.slots);
            if u64::from(moved.start) < first {
                let problem = format!("begins in {}, before {first}", moved.start);
                return Err(Violation::new(early, path, problem));
            }
            if end > until {
                let problem = format!("ends at {end}, past {until}");
                return Err(Violation::new(late, path, problem));
            }
            for link in links {
                for slot in moved.start as usize..end as usize {
                    self.of_links[link][slot] += i128::from(moved.rate) * i128::from(count);
                    let unit = self.instance.links[link].cost;
                    cost += i128::from(unit) * i128::from(moved.rate);
                }
            }
        }
        match wanted.keys().find(|key| !seen.contains(*key)) {
            None => Ok(cost),
            Some((data, to)) => {
                let problem = format!("data {data} does not move to \"{to}\"");
                Err(Violation::new(Rule::Data, path, problem))
            }
        }
    }

    /// Checks source, rate, length and links. Returns the links.
    fn route(
        &mut self,
        path: &str,
        body: &Wanted<'i>,
        moved: &Moved,
    ) -> Result<Vec<usize>, Violation> {
        let mut sources = body.from.iter();
        let source = sources.find(|from| **from == moved.from).copied();
        let source = source.ok_or_else(|| {
            let problem = format!("the data is not at \"{}\"", moved.from);
            Violation::new(Rule::Source, path, problem)
        })?;
        if !body.rates.contains(&moved.rate) {
            let problem = format!("the rate {} is not allowed", moved.rate);
            return Err(Violation::new(Rule::Rate, path, problem));
        }
        let slots = body.volume / moved.rate + i64::from(body.volume % moved.rate > 0);
        if slots != i64::from(moved.slots) {
            let problem = format!("takes {slots} slots, not {}", moved.slots);
            return Err(Violation::new(Rule::Rate, path, problem));
        }
        let mut links = Vec::new();
        for name in &moved.links {
            let link = self.links.get(name.as_str()).copied();
            links.push(link.ok_or_else(|| {
                Violation::new(Rule::Names, path, format!("there is no link \"{name}\""))
            })?);
        }
        if !self.network.routes(source, body.to).contains(&links) {
            let problem = format!("no such route leads from \"{source}\" to \"{}\"", body.to);
            return Err(Violation::new(Rule::Route, path, problem));
        }
        Ok(links)
    }

    fn rows_hold(&self) -> Result<(), Violation> {
        for ((site, kind), taken) in &self.of_sites {
            let capacity = self.sites[site].capacity.get(kind);
            for (slot, &taken) in taken.iter().enumerate() {
                let there = capacity.map_or(0, |capacity| capacity.at(slot));
                if taken > i128::from(there) {
                    let place = format!("{kind} at \"{site}\" in slot {slot}");
                    let problem = format!("{taken} taken of {there}");
                    return Err(Violation::new(Rule::Capacity, place, problem));
                }
            }
        }
        for ((name, kind), taken) in &self.of_quotas {
            let mut quotas = self.instance.quotas.iter();
            let quota = quotas.find(|quota| quota.name == *name);
            let capacity = quota.and_then(|quota| quota.capacity.get(kind));
            for (slot, &taken) in taken.iter().enumerate() {
                let there = capacity.map_or(0, |capacity| capacity.at(slot));
                if taken > i128::from(there) {
                    let place = format!("{kind} of quota \"{name}\" in slot {slot}");
                    let problem = format!("{taken} taken of {there}");
                    return Err(Violation::new(Rule::Quota, place, problem));
                }
            }
        }
        power::holds(self)?;
        for (link, taken) in self.instance.links.iter().zip(&self.of_links) {
            for (slot, &taken) in taken.iter().enumerate() {
                let there = link.capacity.at(slot);
                if taken > i128::from(there) {
                    let place = format!("link \"{}\" in slot {slot}", link.name);
                    let problem = format!("{taken} taken of {there}");
                    return Err(Violation::new(Rule::Link, place, problem));
                }
            }
        }
        Ok(())
    }
}
