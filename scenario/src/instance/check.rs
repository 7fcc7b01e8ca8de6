//! What an instance must keep beside the types of its fields.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::limits;
use super::{
    FORMAT, Group, Instance, Job, LISTED, Link, MARKED, Named, PLAIN, Series, Site, VERSION,
};
use crate::error::FieldError;

pub(super) type Checked = Result<(), FieldError>;

impl Instance {
    /// Says whether every name is known and every number in range.
    ///
    /// # Errors
    /// Names the first field that is not, and what to do.
    pub fn check(&self) -> Checked {
        if self.format != FORMAT || !(PLAIN..=VERSION).contains(&self.version) {
            let problem = format!("is not \"{FORMAT}\", version {PLAIN} to {VERSION}");
            return wrong("format", problem, "use this format and version");
        }
        within("slots", i64::from(self.slots), 1, i64::from(limits::SLOTS))?;
        within(
            "slot_seconds",
            i64::from(self.slot_seconds),
            1,
            i64::from(u32::MAX),
        )?;
        within(
            "routes",
            i64::from(self.routes),
            1,
            i64::from(limits::ROUTES),
        )?;
        not_more("kinds", self.kinds.len(), limits::KINDS)?;
        not_more("sites", self.sites.len(), limits::SITES)?;
        not_more("links", self.links.len(), limits::LINKS)?;
        not_more("jobs", self.jobs.len(), limits::JOBS)?;
        named("name", &self.name)?;
        unique("kinds", self.kinds.iter().map(String::as_str))?;
        unique("sites", self.sites.iter().map(|site| site.name.as_str()))?;
        unique("links", self.links.iter().map(|link| link.name.as_str()))?;
        unique("jobs", self.jobs.iter().map(|job| job.name.as_str()))?;
        self.keeps_version()?;
        let known = Known::of(self);
        for (at, site) in self.sites.iter().enumerate() {
            known.site(&format!("sites[{at}]"), site)?;
        }
        for (at, link) in self.links.iter().enumerate() {
            known.link(&format!("links[{at}]"), link)?;
        }
        if let Some(imbalance) = &self.imbalance {
            known.imbalance(self, imbalance)?;
        }
        known.power(self)?;
        if self.tables.is_none() && !self.quotas.is_empty() {
            let hint = "give the instance `tables`, and every job `choices`";
            return wrong("quotas", "stands beside no `tables`", hint);
        }
        if let Some(tables) = &self.tables {
            return known.listed(self, tables);
        }
        for (at, job) in self.jobs.iter().enumerate() {
            let path = format!("jobs[{at}]");
            if job.choices.is_some() {
                let hint = "give the instance `tables`, and every job `choices`";
                return wrong(path + ".choices", "stands beside no `tables`", hint);
            }
            known.job(&path, job)?;
        }
        Ok(())
    }

    /// What a version added stands in files of that and newer ones only.
    fn keeps_version(&self) -> Checked {
        let newer = [
            ("tables", LISTED, self.tables.is_some()),
            ("quotas", LISTED, !self.quotas.is_empty()),
            ("source", LISTED, self.source.is_some()),
            ("leaves_out", LISTED, !self.leaves_out.is_empty()),
            ("imbalance", MARKED, self.imbalance.is_some()),
            ("power", VERSION, !self.power.is_empty()),
        ];
        let mut newer = newer.into_iter().filter(|(_, _, there)| *there);
        match newer.find(|(_, since, _)| self.version < *since) {
            Some((field, since, _)) => {
                let problem = format!("is not in version {}", self.version);
                wrong(field, problem, format!("write \"version\": {since}"))
            }
            None => Ok(()),
        }
    }
}

/// The names that there are.
pub(super) struct Known<'i> {
    pub(super) slots: u32,
    kinds: BTreeSet<&'i str>,
    pub(super) sites: BTreeSet<&'i str>,
    pub(super) quotas: BTreeSet<&'i str>,
    pub(super) powers: BTreeSet<&'i str>,
    pub(super) nodes: BTreeSet<&'i str>,
}

impl<'i> Known<'i> {
    fn of(instance: &'i Instance) -> Known<'i> {
        let sites: BTreeSet<&str> = instance
            .sites
            .iter()
            .map(|site| site.name.as_str())
            .collect();
        let ends = instance.links.iter().flat_map(|link| &link.ends);
        Known {
            slots: instance.slots,
            quotas: instance
                .quotas
                .iter()
                .map(|quota| quota.name.as_str())
                .collect(),
            powers: instance
                .power
                .iter()
                .map(|power| power.name.as_str())
                .collect(),
            kinds: instance.kinds.iter().map(String::as_str).collect(),
            nodes: ends
                .map(String::as_str)
                .chain(sites.iter().copied())
                .collect(),
            sites,
        }
    }

    fn site(&self, path: &str, site: &Site) -> Checked {
        for (field, series) in [("capacity", &site.capacity), ("cost", &site.cost)] {
            for (kind, series) in series.iter() {
                let path = format!("{path}.{field}.{kind}");
                self.kind(&path, kind)?;
                let most = match field {
                    "capacity" => limits::CAPACITY,
                    _ => limits::AMOUNT,
                };
                self.series(&path, series, most)?;
            }
        }
        Ok(())
    }

    fn link(&self, path: &str, link: &Link) -> Checked {
        for (at, end) in link.ends.iter().enumerate() {
            named(&format!("{path}.ends[{at}]"), end)?;
        }
        if link.ends[0] == link.ends[1] {
            let problem = "joins a node to itself";
            return wrong(format!("{path}.ends"), problem, "name two nodes");
        }
        self.series(
            &format!("{path}.capacity"),
            &link.capacity,
            limits::CAPACITY,
        )?;
        within(format_args!("{path}.cost"), link.cost, 0, limits::AMOUNT)?;
        within(
            format_args!("{path}.latency"),
            link.latency,
            1,
            limits::AMOUNT,
        )
    }

    fn job(&self, path: &str, job: &Job) -> Checked {
        let at = |field: &str| format!("{path}.{field}");
        within(at("count"), i64::from(job.count), 1, i64::from(i32::MAX))?;
        within(
            at("deadline"),
            i64::from(job.deadline),
            1,
            i64::from(self.slots),
        )?;
        within(
            at("release"),
            i64::from(job.release),
            0,
            i64::from(self.slots),
        )?;
        within(at("delay"), job.delay, 0, limits::AMOUNT)?;
        within(at("unplaced"), job.unplaced, 0, limits::COST)?;
        entries(&at("groups"), job.groups.len(), limits::GROUPS)?;
        for (group, wanted) in job.groups.iter().enumerate() {
            self.group(&at(&format!("groups[{group}]")), wanted)?;
        }
        for (site, &extra) in job.sites.iter().flat_map(Named::iter) {
            if !self.sites.contains(site) {
                return unknown(at("sites"), site, "`sites`");
            }
            within(format_args!("{path}.sites.{site}"), extra, 0, limits::COST)?;
        }
        not_more(&at("inputs"), job.inputs.len(), limits::TRANSFERS)?;
        for (number, input) in job.inputs.iter().enumerate() {
            let path = at(&format!("inputs[{number}]"));
            let from = input.from.iter().map(String::as_str);
            self.data(&path, "from", from, input.volume, &input.rates)?;
        }
        not_more(&at("outputs"), job.outputs.len(), limits::TRANSFERS)?;
        for (number, output) in job.outputs.iter().enumerate() {
            let path = at(&format!("outputs[{number}]"));
            let to = [output.to.as_str()].into_iter();
            self.data(&path, "to", to, output.volume, &output.rates)?;
        }
        Ok(())
    }

    fn group(&self, path: &str, group: &Group) -> Checked {
        within(
            format!("{path}.slots"),
            i64::from(group.slots),
            1,
            i64::from(limits::SLOTS),
        )?;
        if group.needs.is_empty() {
            let problem = "names no kind of capacity";
            return wrong(format!("{path}.needs"), problem, "say what the group needs");
        }
        for (kind, &amount) in group.needs.iter() {
            let path = format!("{path}.needs.{kind}");
            self.kind(&path, kind)?;
            within(&path, amount, 1, limits::AMOUNT)?;
        }
        Ok(())
    }

    fn data<'n>(
        &self,
        path: &str,
        field: &str,
        nodes: impl ExactSizeIterator<Item = &'n str> + Clone,
        volume: i64,
        rates: &[i64],
    ) -> Checked {
        entries(&format!("{path}.{field}"), nodes.len(), limits::WAYS)?;
        unique(&format!("{path}.{field}"), nodes.clone())?;
        for node in nodes {
            if !self.nodes.contains(node) {
                return unknown(
                    format!("{path}.{field}"),
                    node,
                    "`sites` or an end in `links`",
                );
            }
        }
        within(format_args!("{path}.volume"), volume, 1, limits::AMOUNT)?;
        entries(&format!("{path}.rates"), rates.len(), limits::WAYS)?;
        for (at, &rate) in rates.iter().enumerate() {
            within(format_args!("{path}.rates[{at}]"), rate, 1, limits::AMOUNT)?;
        }
        Ok(())
    }

    pub(super) fn kind(&self, path: &str, kind: &str) -> Checked {
        if self.kinds.contains(kind) {
            return Ok(());
        }
        unknown(path, kind, "`kinds`")
    }

    pub(super) fn series(&self, path: &str, series: &Series, most: i64) -> Checked {
        match series {
            Series::Flat(value) => within(path, *value, 0, most),
            Series::Slots(values) => {
                if values.len() != self.slots as usize {
                    let problem = format!("has {} values for {} slots", values.len(), self.slots);
                    return wrong(path, problem, "give one value for each slot");
                }
                let mut values = values.iter().enumerate();
                values.try_for_each(|(slot, &value)| {
                    within(format_args!("{path}[{slot}]"), value, 0, most)
                })
            }
        }
    }
}

pub(super) fn wrong<T>(
    field: impl Into<String>,
    problem: impl Into<String>,
    hint: impl Into<String>,
) -> Result<T, FieldError> {
    Err(FieldError::new(field, problem, hint))
}

pub(super) fn unknown(field: impl Into<String>, name: &str, place: &str) -> Checked {
    let problem = format!("names \"{name}\", which is not there");
    wrong(
        field,
        problem,
        format!("choose a name that stands in {place}"),
    )
}

pub(super) fn within(field: impl Display, value: i64, least: i64, most: i64) -> Checked {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let hint = format!("give {least} to {most}");
    wrong(field.to_string(), format!("is {value}"), hint)
}

pub(super) fn not_more(field: &str, count: usize, most: usize) -> Checked {
    if count <= most {
        return Ok(());
    }
    wrong(
        field,
        format!("has {count} entries"),
        format!("give at most {most}"),
    )
}

fn named(field: &str, name: &str) -> Checked {
    if !name.is_empty() && name.chars().count() <= limits::NAME_CHARS {
        return Ok(());
    }
    let hint = format!("give 1 to {} characters", limits::NAME_CHARS);
    wrong(field, "is no name", hint)
}

pub(super) fn entries(field: &str, count: usize, most: usize) -> Checked {
    if (1..=most).contains(&count) {
        return Ok(());
    }
    let hint = format!("give 1 to {most}");
    wrong(field, format!("has {count} entries"), hint)
}

pub(super) fn unique<'n>(field: &str, names: impl Iterator<Item = &'n str>) -> Checked {
    let mut seen = BTreeSet::new();
    for (at, name) in names.enumerate() {
        named(&format!("{field}[{at}]"), name)?;
        if !seen.insert(name) {
            let problem = format!("repeats the name \"{name}\"");
            return wrong(format!("{field}[{at}]"), problem, "give each its own name");
        }
    }
    Ok(())
}
