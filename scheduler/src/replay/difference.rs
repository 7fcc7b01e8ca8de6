//! The first place where two plans differ, in words.
//!
//! Both are walked in their debug form, line by line, with the names around each line: whatever a
//! plan will hold one day is compared and named, and nothing here has to know of it.

use std::fmt::Debug;
use std::str::Lines;

use serde::Serialize;

/// What stands for a value that the other side does not have.
const NOTHING: &str = "nothing";

/// Where two plans differ first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The job it is about, if it is about one.
    pub job: Option<u64>,
    /// Path of the field, such as `placements[3].placement.cost.objective_micro_cny`.
    pub field: String,
    /// What the log has.
    pub logged: String,
    /// What the planner gave now.
    pub recomputed: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(job) = self.job {
            write!(f, "job {job}, ")?;
        }
        let Difference {
            field,
            logged,
            recomputed,
            ..
        } = self;
        write!(f, "{field}: logged {logged}, recomputed {recomputed}")
    }
}

/// The first difference of two values; `None` if they look the same.
pub fn first_difference(logged: &impl Debug, recomputed: &impl Debug) -> Option<Difference> {
    let (logged, recomputed) = (format!("{logged:#?}"), format!("{recomputed:#?}"));
    let (mut left, mut right) = (logged.lines(), recomputed.lines());
    let mut walk = Walk::default();
    loop {
        match (left.next(), right.next()) {
            (None, None) => return None,
            (Some(a), Some(b)) if a == b => walk.step(a),
            (a, b) => {
                let name = a.or(b).map_or("", str::trim);
                return Some(Difference {
                    job: walk.job(),
                    field: walk.path(name),
                    logged: walk.describe(a, left),
                    recomputed: walk.describe(b, right),
                });
            }
        }
    }
}

/// The values around a line, the outermost first.
#[derive(Default)]
struct Walk {
    around: Vec<Level>,
}

/// A value that is being walked.
struct Level {
    /// How its parent names it; empty when there is nothing to say.
    name: String,
    kind: Kind,
    /// How many of its parts were passed.
    passed: usize,
    /// The job it names.
    job: Option<u64>,
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Kind {
    /// Parts have names.
    Record,
    /// Parts have numbers.
    List,
    /// Parts have types.
    Tuple,
    /// A number with a meaning: the identity of a job.
    Job,
    /// One value in a wrapper.
    Wrapper,
}

impl Walk {
    fn step(&mut self, line: &str) {
        let line = line.trim();
        if line.starts_with(['}', ']', ')']) {
            self.around.pop();
            return;
        }
        let name = self.name_of(line);
        if let Some(parent) = self.around.last_mut() {
            parent.passed += 1;
        }
        if let Some(kind) = opens(line) {
            self.around.push(Level {
                name,
                kind,
                passed: 0,
                job: None,
            });
        } else if self.innermost() == Some(Kind::Job) {
            let parent = self.around.len().checked_sub(2);
            if let Some(parent) = parent.and_then(|at| self.around.get_mut(at)) {
                parent.job = parent.job.or(number(line));
            }
        }
    }

    /// How the part of the innermost value that begins with this line is called.
    fn name_of(&self, line: &str) -> String {
        let Some(parent) = self.around.last() else {
            return String::new();
        };
        match parent.kind {
            Kind::List => format!("[{}]", parent.passed),
            Kind::Record => field_and_value(line).0.to_owned(),
            Kind::Tuple if opens(line) == Some(Kind::Record) => type_of(line).to_lowercase(),
            Kind::Tuple => String::new(),
            Kind::Job | Kind::Wrapper => String::new(),
        }
    }

    fn path(&self, line: &str) -> String {
        let names = self.around.iter().map(|level| level.name.clone());
        let mut path = String::new();
        // A line that only closes is no part by itself.
        let last = match line.starts_with(['}', ']', ')']) && !self.in_list() {
            true => String::new(),
            false => self.name_of(line),
        };
        for name in names.chain([last]).filter(|name| !name.is_empty()) {
            if !path.is_empty() && !name.starts_with('[') {
                path.push('.');
            }
            path.push_str(&name);
        }
        path
    }

    /// The value that begins with this line, shortly.
    fn describe(&self, line: Option<&str>, rest: Lines<'_>) -> String {
        let line = line.map_or("", str::trim);
        if line.is_empty() || line.starts_with(['}', ']', ')']) {
            return NOTHING.to_owned();
        }
        let (_, value) = field_and_value(line);
        match opens(line) {
            None if self.innermost() == Some(Kind::Job) => format!("job {}", bare(value)),
            None => bare(value).to_owned(),
            Some(Kind::List) => "a longer list".to_owned(),
            Some(Kind::Tuple | Kind::Job) => {
                // The first number of what is about a job is the job.
                let job = rest.take(3).find_map(number);
                job.map_or("a value".to_owned(), |job| format!("job {job}"))
            }
            Some(_) => format!("{}…", value.trim_end_matches(['{', '(', ' '])),
        }
    }

    fn innermost(&self) -> Option<Kind> {
        self.around.last().map(|level| level.kind)
    }

    fn in_list(&self) -> bool {
        self.innermost() == Some(Kind::List)
    }

    fn job(&self) -> Option<u64> {
        self.around.iter().rev().find_map(|level| level.job)
    }
}

/// What kind of value begins with this line and goes on in the next.
fn opens(line: &str) -> Option<Kind> {
    let (_, value) = field_and_value(line);
    match value {
        "(" => Some(Kind::Tuple),
        "JobId(" => Some(Kind::Job),
        _ if value.ends_with('(') => Some(Kind::Wrapper),
        _ if value.ends_with('[') => Some(Kind::List),
        _ if value.ends_with('{') => Some(Kind::Record),
        _ => None,
    }
}

/// The name before the colon, if there is one, and the rest.
fn field_and_value(line: &str) -> (&str, &str) {
    let is_name = |name: &str| {
        let mut characters = name.chars();
        characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
    };
    match line.split_once(": ") {
        Some((name, value)) if is_name(name) => (name, value),
        _ => ("", line),
    }
}

/// The type's name at the beginning of a value; empty for a bare one.
fn type_of(line: &str) -> &str {
    let end = line.find(|character: char| !character.is_ascii_alphanumeric());
    let name = &line[..end.unwrap_or(line.len())];
    let is_type = name.starts_with(|first: char| first.is_ascii_uppercase());
    if is_type { name } else { "" }
}

fn number(line: &str) -> Option<u64> {
    bare(line).parse().ok()
}

/// A value without the comma behind it.
fn bare(value: &str) -> &str {
    value.trim().trim_end_matches(',')
}

#[cfg(test)]
mod tests {
    use ewc_core::model::{
        Cost, GroupPlacement, JobId, Placement, PoolId, Resources, SiteId, SiteVerdict, Verdict,
    };
    use ewc_core::reason::Reason;

    use super::*;

    #[derive(Debug, Clone)]
    struct Plan {
        base_index: u64,
        policy: String,
        placements: Vec<(JobId, Placement)>,
        unplaced: Vec<(JobId, Reason)>,
        certificate: Option<u64>,
    }

    fn placement() -> Placement {
        let group = GroupPlacement {
            group: 0,
            pool: PoolId(3),
            total: Resources::default(),
            start_ms: 1000,
            end_ms: 2000,
            count: 1,
        };
        let verdict = SiteVerdict {
            site: SiteId(1),
            verdict: Verdict::Dearer { extra_micro_cny: 5 },
        };
        Placement {
            groups: vec![group],
            transfers: Vec::new(),
            cost: Cost::default(),
            verdicts: vec![verdict],
        }
    }

    fn plan() -> Plan {
        Plan {
            base_index: 7,
            policy: "a: b {".to_owned(),
            placements: vec![(JobId(17), placement()), (JobId(18), placement())],
            unplaced: vec![(JobId(19), Reason::PoolBusy)],
            certificate: None,
        }
    }

    fn found(change: impl Fn(&mut Plan)) -> String {
        let mut changed = plan();
        change(&mut changed);
        let difference = first_difference(&plan(), &changed);
        difference.map_or("none".to_owned(), |difference| difference.to_string())
    }

    #[test]
    fn the_first_difference_is_named() {
        type Row = (fn(&mut Plan), &'static str);
        let rows: [Row; 10] = [
            (|_| {}, "none"),
            (
                |plan| plan.base_index = 8,
                "base_index: logged 7, recomputed 8",
            ),
            (
                |plan| plan.policy.push('x'),
                "policy: logged \"a: b {\", recomputed \"a: b {x\"",
            ),
            (
                |plan| plan.placements[1].1.cost.energy_micro_cny += 1,
                "job 18, placements[1].placement.cost.energy_micro_cny: logged 0, recomputed 1",
            ),
            (
                |plan| plan.placements[0].1.groups[0].start_ms -= 1,
                "job 17, placements[0].placement.groups[0].start_ms: logged 1000, recomputed 999",
            ),
            (
                |plan| plan.placements[0].1.groups[0].pool = PoolId(4),
                "job 17, placements[0].placement.groups[0].pool: logged 3, recomputed 4",
            ),
            (
                |plan| plan.placements[0].1.verdicts.clear(),
                "job 17, placements[0].placement.verdicts: logged a longer list, recomputed []",
            ),
            (
                |plan| drop(plan.placements.pop()),
                "placements[1]: logged job 18, recomputed nothing",
            ),
            (
                |plan| plan.unplaced[0].1 = Reason::PoolTooSmall,
                "job 19, unplaced[0]: logged PoolBusy, recomputed PoolTooSmall",
            ),
            (
                |plan| plan.certificate = Some(1),
                "certificate: logged None, recomputed Some…",
            ),
        ];
        for (change, expected) in rows {
            assert_eq!(found(change), expected);
        }
    }

    #[test]
    fn another_job_is_named_by_its_number() {
        let change = |plan: &mut Plan| plan.placements[1].0 = JobId(20);
        assert_eq!(
            found(change),
            "placements[1]: logged job 18, recomputed job 20"
        );
        let change = |plan: &mut Plan| plan.unplaced.push((JobId(21), Reason::PoolBusy));
        assert_eq!(
            found(change),
            "unplaced[1]: logged nothing, recomputed job 21"
        );
    }
}
