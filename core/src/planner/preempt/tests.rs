//! Rooms, kept views and the order of turns change nothing of who gives way: beside the search
//! stands one that clears a whole view for every choice of victims.

use std::cmp::Reverse;

use proptest::prelude::*;

use super::*;
use crate::command::Command;
use crate::model::{Input, JobSpec, JobState, Output, Policy, PolicyKind};
use crate::planner::support::build::{self, HOUR};
use crate::planner::support::random::Random;
use crate::planner::{self, Round, Scope};
use crate::state::State;

const SITES: usize = 3;
/// Where the network's time begins.
const START_MS: i64 = 1_000_000 * HOUR;

struct World {
    state: State,
    index: u64,
    now_ms: i64,
}

impl World {
    fn apply(&mut self, command: &Command) {
        self.index += 1;
        let applied = self.state.apply(self.index, self.now_ms, command);
        assert!(applied.result.is_ok(), "{:?}", applied.result);
    }

    fn submit(
        &mut self,
        random: &mut Random,
        keys: std::ops::Range<usize>,
        priorities: (i64, i64),
    ) {
        let each = keys.map(|at| (at, spec(random, priorities)));
        let each = each.map(|(at, spec)| build::submission(&format!("k{at}"), 0, spec));
        let jobs = Command::SubmitJobs(each.collect());
        self.apply(&jobs);
    }

    fn plan(&mut self) {
        let round = Round {
            policy: PolicyKind::Greedy,
            scope: Scope::All,
            jobs_max: 100,
            seed: 0,
        };
        let plan = planner::plan(&self.state, &round, |_| true);
        self.apply(&Command::CommitPlan(plan));
    }
}

/// A full network, in which some jobs run, others are planned, and important ones wait.
fn world(random: &mut Random) -> State {
    let mut world = World {
        state: State::default(),
        index: 0,
        now_ms: START_MS,
    };
    let names: Vec<String> = (0..SITES).map(|at| format!("s{at}")).collect();
    let links = (0..SITES).map(|at| {
        let to = &names[(at + 1) % SITES];
        let mut link = build::link(&format!("l{at}"), &names[at], to);
        link.capacity_bps = random.range(1, 11) * 10_000_000;
        link
    });
    world.apply(&Command::DefineNetwork {
        links: links.collect(),
        nodes: names.iter().map(|name| build::node(name)).collect(),
        regions: Vec::new(),
    });
    let policy = Policy {
        horizon_ms: random.range(4, 20) * HOUR,
        preemption_grace_ms: random.pick(&[0, HOUR / 20, HOUR]),
        ..Policy::default()
    };
    world.apply(&Command::SetPolicy {
        policy,
        replaces: None,
    });
    for name in &names {
        let pools = (0..random.range(1, 3)).map(|pool| {
            let node = build::resources(random.range(4, 8), 16_384, 0);
            build::pool(&format!("p{pool}"), node, 1)
        });
        world.apply(&Command::RegisterSite {
            spec: build::site(name, pools.collect()),
            incarnation: 1,
            data_address: String::new(),
        });
    }
    for at in 0..2 {
        let holders = [SiteId(random.below(SITES) as u32)];
        let size_bytes = random.range(1, 60) * 1_000_000_000;
        let dataset = build::dataset(&format!("d{at}"), size_bytes, &holders);
        world.apply(&Command::RegisterDataset(dataset));
    }
    // Some begin at once, the rest after them.
    world.submit(random, 0..12, (0, 3));
    world.plan();
    world.now_ms += random.range(0, 3) * HOUR / 2;
    world.apply(&Command::Tick);
    world.submit(random, 12..24, (0, 3));
    world.plan();
    world.submit(random, 24..32, (2, 5));
    world.state
}

fn spec(random: &mut Random, (least, most): (i64, i64)) -> JobSpec {
    let cores = build::resources(random.range(1, 5), 1_024, 0);
    let limit_ms = random.range(1, 9) * HOUR;
    let group = build::group("g", cores, limit_ms / 2, limit_ms);
    let mut groups = vec![group];
    if random.chance(15) {
        let cores = build::resources(1, 512, 0);
        groups.push(build::group("h", cores, limit_ms / 2, limit_ms));
    }
    let mut job = build::job("job", groups);
    job.priority = random.range(least, most) as i32;
    job.preemptible = random.chance(80);
    job.retries = u32::from(random.chance(80));
    if random.chance(30) {
        job.inputs.push(Input {
            dataset: format!("d{}", random.below(2)),
            mount: String::new(),
        });
    }
    if random.chance(20) {
        job.outputs.push(Output {
            dataset: "o".to_owned(),
            path: "o".to_owned(),
            size_bytes: random.range(1, 50) * 1_000_000_000,
            deliver_to: random.pick(&["s0", "s2"]).to_owned(),
        });
    }
    if random.chance(40) {
        job.deadline_ms = Some(START_MS + random.range(3, 14) * HOUR);
    }
    job
}

/// [`find`], with nothing kept from one choice to the next.
fn searched(view: &View<'_>, job: &Job, taken: &BTreeSet<JobId>) -> Option<Way> {
    let sites = (0..view.state().sites().len() as u32).map(SiteId);
    let ways = sites.filter_map(|site| {
        rules::site_allows(view.state(), job, site).ok()?;
        let jobs = view.state().jobs_at(site).map(AsRef::as_ref);
        let mut candidates: Vec<&Job> = jobs
            .filter(|victim| may_give_way(victim, job).is_ok() && !taken.contains(&victim.id))
            .collect();
        candidates.sort_by_key(|victim| {
            let since_ms = victim.attempt().map_or(0, |attempt| attempt.dispatched_ms);
            let started = victim.state.is_started();
            let (priority, id) = (victim.spec.priority, victim.id);
            (started, priority, Reverse(since_ms), Reverse(id))
        });
        candidates.truncate(CANDIDATES_MAX);
        let movable = candidates.partition_point(|victim| !victim.state.is_started());
        let planned = (movable > 0)
            .then(|| over_some(view, job, site, &candidates[..movable]))
            .flatten();
        planned.or_else(|| match movable < candidates.len() {
            true => over_some(view, job, site, &candidates),
            false => None,
        })
    });
    ways.min_by_key(|way| cost(view, way))
}

fn over_some(view: &View<'_>, job: &Job, site: SiteId, candidates: &[&Job]) -> Option<Way> {
    let mut victims = candidates.to_vec();
    let mut placement = over_all(view, job, site, &victims)?;
    for spared in candidates.iter().rev() {
        let others = victims.iter().filter(|it| it.id != spared.id);
        let fewer: Vec<&Job> = others.copied().collect();
        if let Some(found) = over_all(view, job, site, &fewer) {
            (victims, placement) = (fewer, found);
        }
    }
    Some(Way {
        placement,
        victims: victims.iter().map(|victim| victim.id).collect(),
    })
}

fn over_all(view: &View<'_>, job: &Job, site: SiteId, victims: &[&Job]) -> Option<Placement> {
    let state = view.state();
    let behind_ms = state.behind_grace_ms();
    let mut cleared = view.clone();
    for victim in victims {
        cleared.give_up(victim, behind_ms);
    }
    if victims.iter().any(|victim| victim.state.is_started()) {
        cleared.not_before(behind_ms);
    }
    let placement = best_at(&cleared, job, site, Starts::Earliest).ok()?;
    let mut real = view.clone();
    for victim in victims {
        real.give_up(victim, placement.start_ms());
    }
    fits(state, real.reservations(), job, &placement).ok()?;
    Some(placement)
}

/// How many searches found a way over what is planned, over what runs, and none.
#[derive(Debug, Default)]
struct Seen {
    planned: u32,
    running: u32,
    none: u32,
}

fn compare(state: &State, seen: &mut Seen) -> Result<(), TestCaseError> {
    let view = View::under(state, PolicyKind::Greedy);
    let waits = |job: &&Job| job.state == JobState::Pending;
    for job in state.jobs().values().map(AsRef::as_ref).filter(waits) {
        // Now and then the first that would give way does so for somebody else.
        let first = state.preemptible_at(SiteId(0), job.spec.priority).next();
        let first = first.filter(|_| job.id.0.is_multiple_of(3));
        let taken = first.map(|job| job.id).into_iter().collect();
        let found = find(&view, job, &taken);
        let expected = searched(&view, job, &taken);
        let stops = |way: &Way| way.victims.iter().any(|id| runs(&view, *id));
        match &expected {
            Some(way) if stops(way) => seen.running += 1,
            Some(_) => seen.planned += 1,
            None => seen.none += 1,
        }
        prop_assert_eq!(found, expected);
    }
    Ok(())
}

proptest! {
    #[test]
    fn nothing_that_is_skipped_would_have_given_way(seed in any::<u64>()) {
        let state = world(&mut Random(seed));
        compare(&state, &mut Seen::default())?;
    }
}

#[test]
fn the_compared_searches_are_of_every_kind() {
    let mut seen = Seen::default();
    for seed in 0..40 {
        let state = world(&mut Random(seed));
        compare(&state, &mut seen).unwrap();
    }
    let Seen {
        planned,
        running,
        none,
    } = seen;
    assert!(planned > 5 && running > 5 && none > 5, "{seen:?}");
}
