//! What an instance must keep whose jobs list their choices.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::check::{Checked, Known, entries, not_more, unique, unknown, within, wrong};
use super::{Choice, Hold, Instance, Job, Leg, Tables, limits};

impl Known<'_> {
    /// Says whether tables and choices fit each other.
    pub(super) fn listed(&self, instance: &Instance, tables: &Tables) -> Checked {
        self.tables(instance, tables)?;
        let site = instance.sites.iter().position(|site| !site.cost.is_empty());
        let link = instance.links.iter().position(|link| link.cost != 0);
        let costs = site.map(|at| format!("sites[{at}].cost"));
        if let Some(field) = costs.or(link.map(|at| format!("links[{at}].cost"))) {
            let problem = "is not counted where jobs list their choices";
            return wrong(
                field,
                problem,
                "leave it out; the choices say what they cost",
            );
        }
        not_more("quotas", instance.quotas.len(), limits::SITES)?;
        unique(
            "quotas",
            instance.quotas.iter().map(|quota| quota.name.as_str()),
        )?;
        for (at, quota) in instance.quotas.iter().enumerate() {
            for (kind, series) in quota.capacity.iter() {
                let path = format!("quotas[{at}].capacity.{kind}");
                self.kind(&path, kind)?;
                self.series(&path, series, limits::CAPACITY)?;
            }
        }
        for (at, job) in instance.jobs.iter().enumerate() {
            self.listed_job(&format!("jobs[{at}]"), job, tables)?;
        }
        Ok(())
    }

    fn tables(&self, instance: &Instance, tables: &Tables) -> Checked {
        let edges = &tables.edges_ms;
        let rise = edges.windows(2).all(|pair| pair[0] < pair[1]);
        if edges.len() != self.slots as usize + 1 || edges[0] != 0 || !rise {
            let problem = format!("are not the edges of {} slots", self.slots);
            let hint = "begin with 0 and give the end of each slot";
            return wrong("tables.edges_ms", problem, hint);
        }
        within(
            "tables.edges_ms",
            edges[edges.len() - 1],
            1,
            limits::TIME_MS,
        )?;
        for (table, count) in [
            ("lengths_ms", tables.lengths_ms.len()),
            ("paths", tables.paths.len()),
            ("curves", tables.curves.len()),
        ] {
            not_more(&format!("tables.{table}"), count, limits::TABLE)?;
        }
        for (at, &length) in tables.lengths_ms.iter().enumerate() {
            let field = format_args!("tables.lengths_ms[{at}]");
            within(field, length, 0, limits::TIME_MS)?;
        }
        let links: BTreeSet<&str> = instance
            .links
            .iter()
            .map(|link| link.name.as_str())
            .collect();
        for (at, path) in tables.paths.iter().enumerate() {
            entries(
                &format!("tables.paths[{at}]"),
                path.len(),
                limits::PATH_LINKS,
            )?;
            if let Some(name) = path.iter().find(|name| !links.contains(name.as_str())) {
                return unknown(format!("tables.paths[{at}]"), name, "`links`");
            }
        }
        for (at, curve) in tables.curves.iter().enumerate() {
            let field = format!("tables.curves[{at}]");
            if curve.len() != self.slots as usize {
                let problem = format!("has {} values for {} slots", curve.len(), self.slots);
                return wrong(field, problem, "give one value for each slot");
            }
            let mut values = curve.iter();
            values.try_for_each(|&value| within(&field, value, -limits::COST, limits::COST))?;
        }
        Ok(())
    }

    fn listed_job(&self, path: &str, job: &Job, tables: &Tables) -> Checked {
        let Some(choices) = &job.choices else {
            let hint = "give every job `choices` where the instance has `tables`";
            return wrong(format!("{path}.choices"), "is missing", hint);
        };
        within(
            format_args!("{path}.count"),
            job.count.into(),
            1,
            i32::MAX.into(),
        )?;
        within(format_args!("{path}.delay"), job.delay, 0, limits::AMOUNT)?;
        within(
            format_args!("{path}.unplaced"),
            job.unplaced,
            0,
            limits::COST,
        )?;
        not_more(
            &format!("{path}.choices"),
            choices.len(),
            limits::CHOICES_OF_JOB,
        )?;
        for (at, choice) in choices.iter().enumerate() {
            self.choice(&format!("{path}.choices[{at}]"), choice, tables)?;
        }
        Ok(())
    }

    fn choice(&self, path: &str, choice: &Choice, tables: &Tables) -> Checked {
        entries(&format!("{path}.sites"), choice.sites.len(), limits::PARTS)?;
        for site in &choice.sites {
            self.known_site(&format!("{path}.sites"), site)?;
        }
        let last_slot = i64::from(self.slots) - 1;
        within(
            format_args!("{path}.last"),
            choice.last.into(),
            choice.first.into(),
            last_slot,
        )?;
        within(
            format_args!("{path}.fixed"),
            choice.fixed,
            -limits::COST,
            limits::COST,
        )?;
        within(
            format_args!("{path}.weight"),
            choice.weight,
            0,
            limits::COST,
        )?;
        position(
            format_args!("{path}.curve"),
            choice.curve,
            tables.curves.len(),
        )?;
        position(
            format_args!("{path}.length"),
            choice.length,
            tables.lengths_ms.len(),
        )?;
        not_more(&format!("{path}.holds"), choice.holds.len(), limits::PARTS)?;
        for (at, hold) in choice.holds.iter().enumerate() {
            self.hold(&format!("{path}.holds[{at}]"), hold, tables)?;
        }
        for (field, legs) in [
            ("inputs", &choice.inputs),
            ("outputs", &choice.outputs),
            ("steady", &choice.steady),
        ] {
            not_more(&format!("{path}.{field}"), legs.len(), limits::PARTS)?;
            for (at, leg) in legs.iter().enumerate() {
                self.leg(&format!("{path}.{field}[{at}]"), leg, tables)?;
            }
        }
        Ok(())
    }

    fn hold(&self, path: &str, hold: &Hold, tables: &Tables) -> Checked {
        match (&hold.site, &hold.quota, &hold.power) {
            (Some(site), None, None) => self.known_site(&format!("{path}.site"), site)?,
            (None, Some(quota), None) if self.quotas.contains(quota.as_str()) => {}
            (None, Some(quota), None) => {
                return unknown(format!("{path}.quota"), quota, "`quotas`");
            }
            (None, None, Some(power)) if self.powers.contains(power.as_str()) => {}
            (None, None, Some(power)) => {
                return unknown(format!("{path}.power"), power, "`power`");
            }
            _ => {
                return wrong(
                    path,
                    "names not one site, quota or cap on power",
                    "give `site`, `quota` or `power`",
                );
            }
        }
        match &hold.power {
            None => self.kind(&format!("{path}.kind"), &hold.kind)?,
            Some(_) if hold.kind.is_empty() => {}
            Some(_) => {
                let problem = "stands beside `power`, which has no kinds";
                return wrong(format!("{path}.kind"), problem, "leave it out");
            }
        }
        position(
            format_args!("{path}.length"),
            hold.length,
            tables.lengths_ms.len(),
        )?;
        within(
            format_args!("{path}.amount"),
            hold.amount,
            0,
            limits::CAPACITY,
        )
    }

    fn leg(&self, path: &str, leg: &Leg, tables: &Tables) -> Checked {
        if !self.nodes.contains(leg.at.as_str()) {
            return unknown(
                format!("{path}.at"),
                &leg.at,
                "`sites` or an end in `links`",
            );
        }
        within(
            format_args!("{path}.until"),
            leg.until.into(),
            0,
            self.slots.into(),
        )?;
        not_more(&format!("{path}.ways"), leg.ways.len(), limits::TABLE)?;
        for (at, way) in leg.ways.iter().enumerate() {
            let path = format!("{path}.ways[{at}]");
            position(format_args!("{path}.path"), way.path, tables.paths.len())?;
            position(
                format_args!("{path}.length"),
                way.length,
                tables.lengths_ms.len(),
            )?;
            within(format_args!("{path}.rate"), way.rate, 0, limits::CAPACITY)?;
            within(format_args!("{path}.cost"), way.cost, 0, limits::COST)?;
        }
        Ok(())
    }

    fn known_site(&self, path: &str, site: &str) -> Checked {
        match self.sites.contains(site) {
            true => Ok(()),
            false => unknown(path, site, "`sites`"),
        }
    }
}

fn position(field: impl Display, position: u32, count: usize) -> Checked {
    if (position as usize) < count {
        return Ok(());
    }
    let problem = format!("is {position}, and its table has {count} entries");
    wrong(
        field.to_string(),
        problem,
        "name an entry by its position, from 0",
    )
}
