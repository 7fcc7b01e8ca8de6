//! A scheduler's round as an instance: the planner's model with the names of the state.

use std::collections::BTreeSet;

use ewc_core::State;
use ewc_core::model::{Job as StateJob, JobId, Policy, PoolId, SiteId};
use ewc_core::planner::model::{self, Model};
use ewc_core::planner::{Capacity, PLANNER_VERSION, Problem, Quota as TenantQuota, Round, Row};

use super::listed::{Choice, Hold, Leg, Quota, Source, Tables, Way, Weights};
use super::{
    Imbalance, Instance, Job, LISTED, Link, MARKED, Mark, MarkedRow, Power, Series, Site, VERSION,
    limits,
};

/// What a model says nothing of, whatever the round.
const NEVER: [&str; 4] = [
    "work that runs, or begins within the margin, and places held back: taken off the capacity",
    "dependencies on other jobs: whoever waits for one is in it, and is not placed before it ends",
    "giving way to work of higher priority: it comes after this problem is solved",
    "starts between slots, and other rates, routes and sources than those listed",
];

/// Writes down what the price policy decides in a round, so that the model built from it is the
/// round's own, number for number.
pub fn dump(state: &State, round: &Round, problem: &Problem) -> Instance {
    let model = &problem.model;
    let policy = state.policy();
    let slot_seconds = (policy.slot_ms / 1000).clamp(1, i64::from(u32::MAX)) as u32;
    let name = format!("round at log index {}", state.index());
    let writer = Writer::of(state, problem);
    let imbalance = writer.imbalance();
    let power = writer.power();
    Instance {
        version: match imbalance {
            _ if !power.is_empty() => VERSION,
            Some(_) => MARKED,
            None => LISTED,
        },
        routes: policy.routes.clamp(1, limits::ROUTES),
        kinds: Capacity::ALL
            .map(|kind| kind_name(kind).to_owned())
            .to_vec(),
        sites: writer.sites(),
        links: writer.links(),
        jobs: writer.jobs(),
        tables: Some(writer.tables()),
        quotas: writer.quotas(),
        imbalance,
        power,
        source: Some(source(state, round, problem)),
        leaves_out: leaves_out(state, problem),
        ..Instance::empty(name, slot_seconds, model.slots as u32)
    }
}

/// Kinds with their unit.
fn kind_name(kind: Capacity) -> &'static str {
    match kind {
        Capacity::Cores => "cpu_millis",
        Capacity::Memory => "memory_mib",
        Capacity::Accelerators => "accelerators",
        Capacity::Power => "power",
    }
}

struct Writer<'s> {
    state: &'s State,
    problem: &'s Problem,
    /// Names of the pools, by site.
    pools: Vec<String>,
}

impl<'s> Writer<'s> {
    fn of(state: &'s State, problem: &'s Problem) -> Writer<'s> {
        let name = |pool: &std::sync::Arc<ewc_core::model::Pool>| {
            let site = state
                .site(pool.site)
                .map_or("", |site| site.spec.name.as_str());
            format!("{site}/{}", pool.spec.name)
        };
        Writer {
            state,
            problem,
            pools: state.pools().iter().map(name).collect(),
        }
    }

    fn model(&self) -> &'s Model {
        &self.problem.model
    }

    fn pool(&self, pool: PoolId) -> String {
        self.pools.get(pool.index()).cloned().unwrap_or_default()
    }

    fn site(&self, site: SiteId) -> String {
        let known = self.state.site(site);
        known.map_or_else(String::new, |site| site.spec.name.clone())
    }

    /// Each pool is a site of the instance, with every kind, so that its rows are the model's.
    fn sites(&self) -> Vec<Site> {
        let mut capacity: Vec<Vec<_>> = vec![Vec::new(); self.pools.len()];
        for (row, there) in self.problem.rows.iter().zip(&self.model().capacity) {
            if let Row::Pool(pool, kind) = row {
                capacity[pool.index()].push((kind_name(*kind).into(), series(there)));
            }
        }
        let named = self.pools.iter().zip(capacity);
        let site = |(name, capacity): (&String, Vec<_>)| Site {
            name: name.clone(),
            capacity: capacity.into_iter().collect(),
            cost: Default::default(),
        };
        named.map(site).collect()
    }

    fn links(&self) -> Vec<Link> {
        let rows = self.problem.rows.iter().zip(&self.model().capacity);
        let node = |node: ewc_core::model::NodeId| {
            let known = self.state.nodes().get(node.index());
            known.map_or_else(String::new, |node| node.name.clone())
        };
        let link = |(row, there): (&Row, &Vec<i64>)| match row {
            Row::Link(id) => self.state.link(*id).map(|link| Link {
                name: link.name.clone(),
                ends: [node(link.a), node(link.b)],
                capacity: series(there),
                cost: 0,
                latency: link.one_way_us.clamp(1, limits::AMOUNT),
            }),
            Row::Pool(..) | Row::Power(_) | Row::Quota(_) => None,
        };
        rows.filter_map(link).collect()
    }

    fn tables(&self) -> Tables {
        let (problem, model) = (self.problem, self.model());
        let from_ms = problem.edges_ms.first().copied().unwrap_or(0);
        let link = |row: &u32| match problem.rows[*row as usize] {
            Row::Link(link) => self.state.link(link).map(|link| link.name.clone()),
            Row::Pool(..) | Row::Power(_) | Row::Quota(_) => None,
        };
        let path = |path: &Vec<u32>| path.iter().filter_map(link).collect();
        Tables {
            edges_ms: problem
                .edges_ms
                .iter()
                .map(|edge_ms| edge_ms - from_ms)
                .collect(),
            lengths_ms: problem.lengths_ms.clone(),
            paths: model.routes.iter().map(path).collect(),
            curves: model.curves.clone(),
        }
    }

    fn jobs(&self) -> Vec<Job> {
        let classes = self.model().classes.iter().enumerate();
        classes.map(|(at, class)| self.job(at, class)).collect()
    }

    fn job(&self, at: usize, class: &model::Class) -> Job {
        let jobs = &self.problem.jobs[at];
        let first = jobs
            .first()
            .and_then(|id| self.state.job(*id))
            .map(AsRef::as_ref);
        let choices = class.choices.iter().enumerate();
        let choices = choices.map(|(number, choice)| {
            let pools = &self.problem.pools[at][number];
            let mut listed = self.choice(first, choice, pools);
            listed.stays = self.problem.stay[at] == Some(number);
            listed
        });
        Job {
            name: job_name(first, jobs),
            count: class.count,
            groups: Vec::new(),
            release: 0,
            deadline: 0,
            sites: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
            delay: class.delay,
            unplaced: class.unplaced,
            choices: Some(choices.collect()),
        }
    }

    fn choice(&self, job: Option<&StateJob>, choice: &model::Choice, pools: &[PoolId]) -> Choice {
        let bodies = job.map(|job| self.problem.bodies(self.state, job, pools));
        let mut bodies = bodies.unwrap_or_default().into_iter();
        let mut leg = |leg: &model::Leg| {
            let (data, site) = bodies.next().unzip();
            let at = site.and_then(|site| self.state.site(site));
            let way = |way: &model::Way| Way {
                path: way.route,
                length: way.span,
                rate: way.rate,
                cost: way.cost,
            };
            Leg {
                data: data.unwrap_or_default().to_owned(),
                at: at.map_or_else(String::new, |site| site.spec.name.clone()),
                first: leg.first,
                until: leg.until,
                ways: leg.ways.iter().map(way).collect(),
            }
        };
        let inputs = choice.inbound.iter().map(&mut leg).collect();
        let outputs = choice.outbound.iter().map(&mut leg).collect();
        let steady = choice.steady.iter().map(&mut leg).collect();
        Choice {
            sites: pools.iter().map(|pool| self.pool(*pool)).collect(),
            stays: false,
            first: choice.first,
            last: choice.last,
            fixed: choice.fixed,
            weight: choice.weight,
            curve: choice.curve,
            length: choice.span,
            holds: choice
                .uses
                .iter()
                .filter_map(|held| self.hold(held))
                .collect(),
            inputs,
            outputs,
            steady,
        }
    }

    fn hold(&self, held: &model::Use) -> Option<Hold> {
        let mut power = None;
        let (site, quota, kind) = match self.problem.rows[held.row as usize] {
            Row::Pool(pool, kind) => (Some(self.pool(pool)), None, Some(kind)),
            Row::Power(site) => {
                power = Some(self.site(site));
                (None, None, None)
            }
            Row::Quota(at) => {
                let quota = &self.problem.quotas[at as usize];
                (None, Some(quota.tenant.to_string()), Some(quota.kind))
            }
            Row::Link(_) => return None,
        };
        Some(Hold {
            site,
            quota,
            power,
            kind: kind.map_or("", kind_name).to_owned(),
            length: held.span,
            amount: held.amount,
        })
    }

    fn imbalance(&self) -> Option<Imbalance> {
        let imbalance = &self.model().imbalance;
        let row = |row: &model::RowSteps| match self.problem.rows[row.row as usize] {
            Row::Pool(pool, kind) => Some(MarkedRow {
                site: self.pool(pool),
                kind: kind_name(kind).to_owned(),
                steps: row.steps.iter().map(mark).collect(),
            }),
            Row::Link(_) | Row::Power(_) | Row::Quota(_) => None,
        };
        (!imbalance.rows.is_empty()).then(|| Imbalance {
            shift: imbalance.shift,
            rows: imbalance.rows.iter().filter_map(row).collect(),
        })
    }

    /// The caps on the power of sites, by the names of those, in thousandths of a watt.
    fn power(&self) -> Vec<Power> {
        let rows = self.problem.rows.iter().zip(&self.model().capacity);
        let caps = rows.filter_map(|(row, there)| match row {
            Row::Power(site) => Some(Power {
                name: self.site(*site),
                cap: series(there),
                draws: Vec::new(),
            }),
            Row::Pool(..) | Row::Link(_) | Row::Quota(_) => None,
        });
        caps.collect()
    }

    /// Limits of one tenant stand together, as they do among the rows.
    fn quotas(&self) -> Vec<Quota> {
        let first = self.problem.rows.len() - self.problem.quotas.len();
        let capacity = &self.model().capacity[first..];
        let limits: Vec<_> = self.problem.quotas.iter().zip(capacity).collect();
        let of_tenant = limits.chunk_by(|a, b| a.0.tenant == b.0.tenant);
        let quota = |limits: &[(&TenantQuota, &Vec<i64>)]| Quota {
            name: limits[0].0.tenant.to_string(),
            capacity: limits
                .iter()
                .map(|(quota, there)| (kind_name(quota.kind).into(), series(there)))
                .collect(),
        };
        of_tenant.map(quota).collect()
    }
}

/// The first of the jobs, unique by its number.
fn job_name(first: Option<&StateJob>, jobs: &[JobId]) -> String {
    let id = jobs.first().copied().unwrap_or(JobId(0));
    let name = first.map_or("", |job| job.spec.name.as_str());
    let more = match jobs.len() {
        0 | 1 => String::new(),
        count => format!(" and {} alike", count - 1),
    };
    let room = limits::NAME_CHARS - 50;
    let name: String = name.chars().take(room).collect();
    format!("{id} {name}{more}")
}

fn mark(step: &model::Step) -> Mark {
    Mark {
        above: series(&step.above),
        price: series(&step.price),
    }
}

fn series(values: &[i64]) -> Series {
    match values.split_first() {
        Some((first, rest)) if rest.iter().all(|value| value == first) => Series::Flat(*first),
        _ => Series::Slots(values.to_vec()),
    }
}

fn source(state: &State, round: &Round, problem: &Problem) -> Source {
    let policy = state.policy();
    let jobs = problem.jobs.iter().flatten();
    let tenants: BTreeSet<&str> = jobs
        .filter_map(|id| state.job(*id))
        .map(|job| job.tenant.as_ref())
        .collect();
    let digest = problem.model.digest();
    Source {
        index: state.index(),
        now_ms: state.now_ms(),
        policy: round.policy.name().to_owned(),
        policy_version: policy.version,
        planner_version: PLANNER_VERSION,
        model_sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        weights: tenants
            .into_iter()
            .map(|tenant| weights(policy, tenant))
            .collect(),
    }
}

fn weights(policy: &Policy, tenant: &str) -> Weights {
    let weights = policy.tenant(tenant).weights;
    Weights {
        tenant: tenant.to_owned(),
        money: weights.money_permille,
        carbon: weights.carbon_permille,
        water: weights.water_permille,
        delay: weights.delay_permille,
    }
}

/// What of the round is not in its model, in words.
fn leaves_out(state: &State, problem: &Problem) -> Vec<String> {
    let named = |jobs: &[JobId]| {
        let some = jobs.iter().take(10).map(ToString::to_string);
        let more = if jobs.len() > 10 { ", …" } else { "" };
        format!("{}{more}", some.collect::<Vec<_>>().join(", "))
    };
    let mut left: Vec<String> = NEVER.map(str::to_owned).to_vec();
    let (ahead, fixed) = (&problem.placed_ahead, &problem.fixed);
    if !ahead.is_empty() {
        let count = ahead.len();
        left.push(format!(
            "{count} jobs that an earlier plan left out, placed ahead: {}",
            named(ahead)
        ));
    }
    if !fixed.is_empty() {
        let count = fixed.len();
        left.push(format!(
            "{count} planned jobs that no column leaves where they are: {}",
            named(fixed)
        ));
    }
    if problem.held_back > 0 {
        left.push(format!(
            "places held back for {} jobs behind the horizon",
            problem.held_back
        ));
    }
    let dependent = problem
        .jobs
        .iter()
        .flatten()
        .filter_map(|id| state.job(*id));
    let dependent = dependent.filter(|job| !job.spec.after_ok.is_empty());
    let dependent: Vec<JobId> = dependent.map(|job| job.id).collect();
    if !dependent.is_empty() {
        left.push(format!(
            "what {} jobs depend on: {}",
            dependent.len(),
            named(&dependent)
        ));
    }
    left
}
