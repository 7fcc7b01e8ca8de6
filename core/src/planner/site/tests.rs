//! What is left out of a search changes nothing that it finds: beside the search stands one that
//! leaves nothing out, on random networks with busy links and pools.

use proptest::prelude::*;

use super::among::{Wanted, first_of_all};
use super::*;
use crate::command::{Command, SiteReport};
use crate::model::{
    EnergyPoint, EnergySeries, Input, JobId, JobSpec, Layer, Output, Policy, PolicyKind, Transfer,
    TransferKind,
};
use crate::planner::chain::Chain;
use crate::planner::forward::{self, Taken};
use crate::planner::support::build::{self, HOUR};
use crate::planner::support::random::Random;
use crate::planner::transfer::{self, Movement, Window};
use crate::planner::{self, Round, Scope};
use crate::state::State;

const SITES: usize = 5;
/// Where the network's time begins.
const START_MS: i64 = 1_000_000 * HOUR;

/// A network in which some jobs have their places already, and others wait.
fn world(random: &mut Random) -> State {
    let mut state = State::default();
    let mut index = 0;
    let mut apply = |state: &mut State, command: &Command| {
        index += 1;
        let applied = state.apply(index, START_MS, command);
        assert!(applied.result.is_ok(), "{:?}", applied.result);
    };
    let names: Vec<String> = (0..SITES).map(|at| format!("s{at}")).collect();
    let links = (0..9).map(|at| {
        let from = at % SITES;
        let to = match at < SITES {
            true => (at + 1) % SITES,
            false => (from + 1 + random.below(SITES - 1)) % SITES,
        };
        let mut link = build::link(&format!("l{at}"), &names[from], &names[to]);
        link.capacity_bps = random.range(1, 11) * 20_000_000;
        link.price_micro_cny_per_gb = random.range(0, 40) * 1_000;
        link.one_way_us = random.range(1, 5) * 1_000;
        link.layer = random.pick(&[Layer::PrivateIp, Layer::PrivateIp, Layer::Optical]);
        link
    });
    let network = Command::DefineNetwork {
        links: links.collect(),
        nodes: names.iter().map(|name| build::node(name)).collect(),
        regions: Vec::new(),
    };
    apply(&mut state, &network);
    let policy = Policy {
        horizon_ms: 12 * HOUR,
        slot_ms: random.pick(&[HOUR, HOUR / 3, 5 * HOUR]),
        routes: random.pick(&[1, 2, 3]),
        delay_micro_cny_per_hour: random.pick(&[0, 1_000, 50_000]),
        imbalance_micro_cny_per_node_hour: random.pick(&[0, 0, 200_000]),
        ..Policy::default()
    };
    apply(
        &mut state,
        &Command::SetPolicy {
            policy,
            replaces: None,
        },
    );
    for (at, name) in names.iter().enumerate() {
        let pools = (0..random.range(1, 3)).map(|pool| {
            let node = build::resources(random.range(4, 9), 16_384, 0);
            let mut pool = build::pool(&format!("p{pool}"), node, 1);
            pool.price_micro_cny_per_core_hour = random.range(1, 4) * 50_000;
            pool.cpu_watts_milli = 200_000;
            pool
        });
        let mut spec = build::site(name, pools.collect());
        spec.hub = random.pick(&["h0", "h1"]).to_owned();
        let site = Command::RegisterSite {
            spec,
            incarnation: 1,
            data_address: String::new(),
        };
        apply(&mut state, &site);
        let report = SiteReport {
            site: SiteId(at as u32),
            incarnation: 1,
            pools: Vec::new(),
            energy: Some(energy(random)),
            held: Vec::new(),
            runs: Vec::new(),
        };
        apply(&mut state, &Command::ReportSites(vec![report]));
    }
    for at in 0..3 {
        let holders = [random.below(SITES), random.below(SITES)].map(|at| SiteId(at as u32));
        let size_bytes = random.range(1, 200) * 1_000_000_000;
        let dataset = build::dataset(&format!("d{at}"), size_bytes, &holders);
        apply(&mut state, &Command::RegisterDataset(dataset));
    }
    let jobs = |random: &mut Random, from: i64, count: i64| {
        let each = (from..from + count).map(|at| (at, spec(random)));
        let each = each.map(|(at, spec)| build::submission(&format!("k{at}"), 0, spec));
        Command::SubmitJobs(each.collect())
    };
    apply(&mut state, &jobs(random, 0, 12));
    let round = Round {
        policy: random.pick(&[PolicyKind::Greedy, PolicyKind::Price, PolicyKind::Race]),
        scope: Scope::All,
        jobs_max: 100,
        seed: 0,
    };
    let plan = planner::plan(&state, &round, |_| true);
    apply(&mut state, &Command::CommitPlan(plan));
    apply(&mut state, &jobs(random, 12, 4));
    state
}

fn energy(random: &mut Random) -> EnergySeries {
    let points = (0..24).map(|_| EnergyPoint {
        renewable_permille: random.range(0, 1001) as u32,
        contracted_permille: random.range(0, 1001) as u32,
        grid_mg_per_wh: random.range(0, 900),
        price_micro_cny_per_kwh: random.range(100_000, 900_000),
        pue_permille: random.range(1_000, 1_500) as u32,
        wue_ml_per_kwh: random.range(0, 2_000),
    });
    EnergySeries {
        issued_at_ms: START_MS,
        points: points.collect(),
        start_ms: START_MS,
        step_ms: HOUR,
        source: "test".to_owned(),
    }
}

fn spec(random: &mut Random) -> JobSpec {
    let cores = build::resources(random.range(1, 5), 1_024, 0);
    let limit_ms = random.range(1, 6) * HOUR;
    let group = build::group("g", cores, limit_ms / 2, limit_ms);
    let mut job = build::job("job", vec![group]);
    for at in 0..random.below(3) {
        job.inputs.push(Input {
            dataset: format!("d{at}"),
            mount: String::new(),
        });
    }
    if random.chance(60) {
        job.outputs.push(Output {
            dataset: "o".to_owned(),
            path: "o".to_owned(),
            size_bytes: random.range(1, 50) * 1_000_000_000,
            deliver_to: random.pick(&["s0", "s3"]).to_owned(),
        });
    }
    if random.chance(30) {
        job.deadline_ms = Some(START_MS + random.range(3, 14) * HOUR);
    }
    job
}

fn waiting(state: &State) -> impl Iterator<Item = &Job> {
    let jobs = state.queues().values().flatten().copied();
    let jobs = jobs.collect::<Vec<JobId>>().into_iter();
    jobs.filter_map(|id| state.job(id).map(AsRef::as_ref))
}

/// Every window that is tried, with its worth.
fn all<'r>(
    view: &View<'_>,
    movement: &Movement<'_>,
    routes: impl Iterator<Item = &'r crate::topology::Route>,
    since_ms: i64,
) -> Vec<(i128, Window<'r>)> {
    let mut found = Vec::new();
    transfer::each_below(
        view,
        movement,
        routes,
        (since_ms, i128::MAX),
        |worth, it| {
            found.push((worth, *it));
            i128::MAX
        },
    );
    found
}

/// The least that a way by any of the depots that are tried is worth, with nothing left out but
/// the first legs that others beat and all but four of those.
fn by_depots(
    view: &View<'_>,
    job: &Job,
    (holders, taken): (&BTreeSet<SiteId>, &Taken),
    movement: &Movement<'_>,
    direct: Option<i128>,
) -> Option<i128> {
    let mut best = direct;
    let depots = forward::detours(view, job, (holders, taken), movement, i128::MAX);
    let ways = depots.map(|detour| (detour, detour.ways(view, job, movement.to)));
    let useful = ways.filter(|(_, ways)| ways.useful().is_some());
    for (detour, ways) in useful.take(8) {
        if best.is_some_and(|known| known <= detour.least) {
            break;
        }
        let Some([there, onward]) = ways.useful() else {
            continue;
        };
        let to_depot = Movement {
            kind: TransferKind::ToDepot,
            to: detour.depot,
            ..*movement
        };
        let mut first = all(view, &to_depot, there.into_iter(), movement.not_before_ms);
        first.sort_by_key(|(_, leg)| (leg.end_ms(), leg.carriage));
        let mut cheapest = i128::MAX;
        first.retain(|(_, leg)| {
            let better = leg.carriage < cheapest;
            cheapest = cheapest.min(leg.carriage);
            better
        });
        first.sort_by_key(|(worth, leg)| (*worth, leg.end_ms()));
        for (_, leg) in first.into_iter().take(4) {
            let second = Movement {
                not_before_ms: leg.end_ms(),
                ..*movement
            };
            let onward = onward.iter().copied();
            for (worth, _) in all(view, &second, onward, movement.not_before_ms) {
                let worth = leg.carriage + worth;
                best = Some(best.map_or(worth, |known| known.min(worth)));
            }
        }
    }
    best.filter(|found| direct.is_none_or(|direct| *found < direct))
}

fn transfers_are_the_best(view: &View<'_>, job: &Job) -> Result<(), TestCaseError> {
    let state = view.state();
    for (what, holders, size_bytes) in state.needed_data(job) {
        let holders = holders.unwrap();
        let sites = (0..SITES as u32).map(SiteId);
        for to in sites.filter(|site| !holders.contains(site)) {
            let movement = Movement {
                what,
                kind: TransferKind::StageIn,
                to,
                size_bytes,
                not_before_ms: state.now_ms(),
                not_after_ms: view.latest_start(job),
            };
            let mut direct: Option<(i128, Transfer)> = None;
            for &from in holders {
                let routes = view.routes(job, transfer::ends(state, from, to));
                let windows = all(view, &movement, routes.iter(), movement.not_before_ms);
                let best = windows
                    .iter()
                    .min_by_key(|(worth, it)| (*worth, it.end_ms()));
                let found = transfer::find_below(view, job, from, &movement, i128::MAX).ok();
                let best = best.map(|(worth, it)| (*worth, it.transfer(&movement, from)));
                prop_assert_eq!(&found, &best);
                prop_assert_eq!(
                    transfer::is_open(view, job, from, &movement),
                    found.is_some()
                );
                let worth = |way: &Option<(i128, Transfer)>| {
                    way.as_ref().map_or(i128::MAX, |(worth, _)| *worth)
                };
                if worth(&found) < worth(&direct) {
                    direct = found;
                }
            }
            let direct = direct.map(|(worth, _)| worth);
            let taken: Taken = [to].into();
            let found = forward::find(view, job, holders, &taken, (&movement, direct));
            let found = found.map(|(worth, _)| worth);
            let expected = by_depots(view, job, (holders, &taken), &movement, direct);
            prop_assert_eq!(found, expected);
        }
    }
    Ok(())
}

/// Every start one after the other.
fn chain_by_chain(view: &View<'_>, job: &Job, pool: PoolId) -> Result<Placement, Reason> {
    let pools = [pool];
    rules::pool_allows(view.state(), &job.spec.groups[0], pool)?;
    let chain = Chain::stage(view, job, &pools)?;
    let first_ms = view.earliest_start(job, &pools, chain.ready_ms());
    let first_ms = first_ms.ok_or(Reason::PoolBusy)?;
    let mut best = chain.at(first_ms);
    for slot_ms in view.later_slots(job, first_ms) {
        let Some(start_ms) = view.earliest_start(job, &pools, slot_ms) else {
            break;
        };
        best = match (best, chain.at(start_ms)) {
            (Ok(a), Ok(b)) => Ok(if worth(view, &b) < worth(view, &a) {
                b
            } else {
                a
            }),
            (Err(_), Ok(found)) | (Ok(found), Err(_)) => Ok(found),
            (Err(first), Err(_)) => Err(first),
        };
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_left_out_would_not_have_been_chosen(seed: u64) {
        let random = &mut Random(seed);
        let state = world(random);
        for policy in [PolicyKind::Greedy, PolicyKind::Price] {
            let view = View::under(&state, policy);
            for job in waiting(&state) {
                transfers_are_the_best(&view, job)?;
                let (mut cheapest, mut soonest) = (Err(Reason::SecurityLevel), None);
                for site in (0..SITES as u32).map(SiteId) {
                    let mut at_site = Err(Reason::SecurityLevel);
                    for &pool in &state.sites()[site.index()].pools {
                        at_site = match (at_site, chain_by_chain(&view, job, pool)) {
                            (Ok(a), Ok(b)) if worth(&view, &b) < worth(&view, &a) => Ok(b),
                            (Ok(a), _) => Ok(a),
                            (Err(_), Ok(b)) => Ok(b),
                            (Err(a), Err(b)) => Err(a.max(b)),
                        };
                    }
                    let found = best_at(&view, job, site, Starts::All);
                    prop_assert_eq!(&found, &at_site);
                    cheapest = match (cheapest, found) {
                        (Ok(a), Ok(b)) if worth(&view, &b) < worth(&view, &a) => Ok(b),
                        (Ok(a), _) => Ok(a),
                        (Err(_), Ok(b)) => Ok(b),
                        (Err(a), Err(b)) => Err(a.max(b)),
                    };
                    let race = best_by(&view, job, site, Starts::Earliest, Placement::start_ms);
                    if let Ok(found) = race
                        && soonest.as_ref().is_none_or(|known: &Placement| {
                            found.start_ms() < known.start_ms()
                        })
                    {
                        soonest = Some(found);
                    }
                }
                prop_assert_eq!(first_of_all(&view, job, Wanted::Cheapest), Some(cheapest));
                let found = first_of_all(&view, job, Wanted::Soonest);
                prop_assert_eq!(found.and_then(Result::ok), soonest);
            }
        }
    }
}
