//! What the run leaves to look at: `report.html`, filled from what was seen and from replaying the
//! same jobs through the core under each policy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ewc_core::model::{Layer, NetworkNode, PolicyKind};
use ewc_proto::v1;
use ewc_scenario::{SiteDef, energy};
use ewc_sim::replan::{Arrival, replan};
use ewc_sim::report::{
    CityRow, Cluster, JobRow, LeaderChange, LinkEnd, LinkRow, LinkSample, Member, PolicyRow,
    RunReport, SiteRow, SiteSample, Text, Verdict as Promise,
};
use ewc_sim::workload::{Expectation, GeneratedJob, state_of};

use super::Args;
use super::configs::{DATA_SCALE, TIME_SCALE};
use super::judge::Verdict;
use super::watcher::Outcome;
use super::workload::Load;

const MICRODEGREES: f64 = 1e6;
const MICRO: f64 = 1e6;

/// Writes the report and answers where it is.
pub fn write(
    args: &Args,
    load: &Load,
    outcome: &Outcome,
    verdict: &Verdict,
    directory: &Path,
) -> anyhow::Result<PathBuf> {
    let last = outcome.samples.last();
    let report = RunReport {
        title: Text::new(
            "National compute network: demo run",
            "全国算力网络:演示运行",
        ),
        made_at: made_at(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: args.seed,
        start_ms: outcome.base_ms,
        end_ms: last.map_or(outcome.base_ms, |sample| sample.now_ms),
        time_scale: TIME_SCALE as u32,
        data_scale: DATA_SCALE.into(),
        cluster: cluster(args, outcome),
        counts: BTreeMap::new(),
        jobs: load
            .jobs
            .iter()
            .filter_map(|job| job_row(load, outcome, job))
            .collect(),
        sites: load
            .sites
            .iter()
            .map(|site| site_row(site, outcome))
            .collect(),
        cities: cities(load),
        links: links(load, outcome),
        comparison: comparison(load)?,
        verdicts: promises(verdict),
        notes: notes(),
    };
    Ok(report.write(directory)?)
}

fn made_at() -> String {
    let now = std::process::Command::new("date")
        .arg("+%Y-%m-%d %H:%M %z")
        .output();
    now.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}

fn cluster(args: &Args, outcome: &Outcome) -> Cluster {
    let member = |id| Member {
        name: format!("scheduler-{id}"),
        hub: String::new(),
    };
    let mut leader_changes: Vec<LeaderChange> = Vec::new();
    for sample in outcome
        .samples
        .iter()
        .filter(|sample| !sample.leader.is_empty())
    {
        if leader_changes
            .last()
            .is_none_or(|last| last.leader != sample.leader)
        {
            leader_changes.push(LeaderChange {
                at_ms: sample.now_ms,
                leader: sample.leader.clone(),
                ..LeaderChange::default()
            });
        }
    }
    Cluster {
        members: (1..=args.schedulers()).map(member).collect(),
        leader_changes,
    }
}

fn job_row(load: &Load, outcome: &Outcome, job: &GeneratedJob) -> Option<JobRow> {
    let stored = outcome
        .final_jobs
        .iter()
        .find(|stored| stored.idempotency_key == job.key)?;
    let placement = stored.placement.clone().unwrap_or_default();
    let attempt = stored.attempts.last().map(|attempt| attempt.site.clone());
    let site = placement
        .groups
        .first()
        .map(|slot| slot.site.clone())
        .or(attempt);
    let site = site.unwrap_or_default();
    let hub = load.sites.iter().find(|known| known.spec.name == site);
    let cost = placement.cost.unwrap_or_default();
    let start_ms = (stored.started_ms > 0).then_some(stored.started_ms);
    let planted = matches!(job.expected, Expectation::Fails { .. });
    let state = stored
        .state()
        .as_str_name()
        .trim_start_matches("JOB_STATE_")
        .to_lowercase();
    Some(JobRow {
        key: job.key.clone(),
        id: stored.job_id.parse().unwrap_or(0),
        class: job.class.name().to_owned(),
        tenant: job.tenant.clone(),
        kind: format!("{:?}", job.spec.kind).to_lowercase(),
        hub: hub.map(|known| known.spec.hub.clone()).unwrap_or_default(),
        site,
        submit_ms: stored.submitted_ms,
        start_ms,
        end_ms: (stored.ended_ms > 0).then_some(stored.ended_ms),
        wait_ms: start_ms.map(|start_ms| start_ms - stored.submitted_ms),
        expected: (state == "succeeded") != planted,
        state,
        reason: stored.reason_code.clone(),
        moved_bytes: placement
            .transfers
            .iter()
            .map(|transfer| transfer.size_bytes)
            .sum(),
        money_cny: (cost.energy_micro_cny + cost.pool_micro_cny + cost.transport_micro_cny) as f64
            / MICRO,
        carbon_location_kg: cost.carbon_location_mg as f64 / MICRO,
        carbon_market_kg: cost.carbon_market_mg as f64 / MICRO,
        energy_kwh: cost.energy_mwh as f64 / MICRO,
        renewable_permille: cost.renewable_permille,
    })
}

fn site_row(site: &SiteDef, outcome: &Outcome) -> SiteRow {
    let spec = &site.spec;
    let sample = |overview: &v1::OverviewResponse| {
        let seen = overview.sites.iter().find(|seen| seen.id == spec.name)?;
        let energy = seen.energy_now.unwrap_or_default();
        Some(SiteSample {
            at_ms: overview.now_ms,
            cores_permille: share(seen, |amount| amount.cpu_millis),
            accelerators_permille: share(seen, |amount| amount.accelerators),
            renewable_permille: energy.renewable_permille,
            price_micro_cny_per_kwh: energy.price_micro_cny_per_kwh,
        })
    };
    let total = |of: fn(ewc_core::model::Resources) -> i64| -> i64 {
        spec.pools
            .iter()
            .map(|pool| of(pool.node) * i64::from(pool.nodes))
            .sum()
    };
    SiteRow {
        id: spec.name.clone(),
        name: spec.title.clone(),
        name_zh: spec.title_zh.clone(),
        hub: spec.hub.clone(),
        lat: spec.latitude_udeg as f64 / MICRODEGREES,
        lon: spec.longitude_udeg as f64 / MICRODEGREES,
        region: spec.region.clone(),
        edge: spec.edge,
        cores: total(|node| node.cpu_millis / 1000),
        accelerators: total(|node| node.accelerators),
        samples: outcome.samples.iter().filter_map(sample).collect(),
    }
}

fn share(site: &v1::Site, of: fn(&v1::Resources) -> i64) -> u32 {
    let sum = |amounts: Vec<v1::Resources>| -> i64 { amounts.iter().map(of).sum() };
    let reserved = sum(site
        .pools
        .iter()
        .filter_map(|pool| pool.reserved_now)
        .collect());
    let usable = sum(site.pools.iter().filter_map(|pool| pool.usable).collect());
    u32::try_from(1000 * reserved / usable.max(1)).unwrap_or(0)
}

fn cities(load: &Load) -> Vec<CityRow> {
    let regions = load.scenario.regions.iter();
    let city = |region: &ewc_core::command::RegionDefinition| CityRow {
        name: region.name.clone(),
        name_zh: region.name_zh.clone(),
        lat: region.latitude_udeg as f64 / MICRODEGREES,
        lon: region.longitude_udeg as f64 / MICRODEGREES,
    };
    regions.map(city).collect()
}

fn links(load: &Load, outcome: &Outcome) -> Vec<LinkRow> {
    let end = |name: &String| {
        let node = load
            .scenario
            .nodes
            .iter()
            .find(|node: &&NetworkNode| node.name == *name);
        LinkEnd {
            name: name.clone(),
            lat: node.map_or(0.0, |node| node.latitude_udeg as f64 / MICRODEGREES),
            lon: node.map_or(0.0, |node| node.longitude_udeg as f64 / MICRODEGREES),
        }
    };
    let rows = load.scenario.links.iter().map(|link| {
        let sample = |overview: &v1::OverviewResponse| {
            let seen = overview.links.iter().find(|seen| seen.id == link.name)?;
            Some(LinkSample {
                at_ms: overview.now_ms,
                reserved_bps: seen.reserved_now_bps,
            })
        };
        LinkRow {
            id: link.name.clone(),
            a: end(&link.a),
            b: end(&link.b),
            layer: match link.layer {
                Layer::Optical => "optical".to_owned(),
                Layer::PrivateIp => "private_ip".to_owned(),
                Layer::PublicIp => "public_ip".to_owned(),
            },
            capacity_bps: link.capacity_bps / 1000 * i64::from(link.usable_permille),
            samples: outcome.samples.iter().filter_map(sample).collect(),
        }
    });
    rows.collect()
}

/// The same jobs on the same network under every policy, through the core alone.
fn comparison(load: &Load) -> anyhow::Result<Vec<PolicyRow>> {
    let sites: Vec<&SiteDef> = load.sites.iter().collect();
    let series =
        |site: &SiteDef| energy::series(&site.energy_profile(), &site.energy.preset, load.start_ms);
    let state = state_of(
        &load.scenario,
        &sites,
        &load.datasets,
        load.start_ms,
        series,
    )?;
    let arrivals: Vec<Arrival> = load.jobs.iter().cloned().map(Arrival::from).collect();
    // The first is the one the others are compared with.
    let policies = [PolicyKind::Price, PolicyKind::Greedy, PolicyKind::FirstFit];
    let row = |policy| PolicyRow::of(&replan(state.clone(), &arrivals, policy));
    Ok(policies.into_iter().map(row).collect())
}

fn promises(verdict: &Verdict) -> Vec<Promise> {
    let promise = |en: String, zh: String, holds| Promise {
        text: Text::new(en, zh),
        holds,
    };
    let (ended, planted) = (verdict.succeeded + verdict.failed, verdict.expected_failed);
    vec![
        promise(
            format!(
                "{ended} of {} jobs ended; {planted} were planted to fail",
                verdict.jobs
            ),
            format!(
                "{} 个作业中 {ended} 个已结束,其中 {planted} 个按计划失败",
                verdict.jobs
            ),
            verdict.failed == planted,
        ),
        promise(
            format!("{} acknowledged jobs were lost", verdict.lost),
            format!("丢失已确认作业 {} 个", verdict.lost),
            verdict.lost == 0,
        ),
        promise(
            format!("{} processes were started twice", verdict.double_starts),
            format!("重复启动进程 {} 个", verdict.double_starts),
            verdict.double_starts == 0,
        ),
        promise(
            format!(
                "{} outputs did not follow from their inputs",
                verdict.wrong_outputs
            ),
            format!("与输入不符的输出 {} 个", verdict.wrong_outputs),
            verdict.wrong_outputs == 0,
        ),
        promise(
            format!(
                "{} pools or links were over-reserved",
                verdict.over_reserved
            ),
            format!("超额预留的资源池或链路 {} 个", verdict.over_reserved),
            verdict.over_reserved == 0,
        ),
    ]
}

fn notes() -> Vec<Text> {
    vec![
        Text::new(
            format!(
                "Data volumes, link capacities and bandwidths are scaled 1 : {DATA_SCALE}; time \
                 runs at {TIME_SCALE} × real time. Proportions are those of the full size."
            ),
            format!(
                "数据量、链路容量和带宽按 1 : {DATA_SCALE} 缩放,时间按 {TIME_SCALE} 倍速运行。"
            ),
        ),
        Text::new(
            "Energy figures come from the built-in generator, not from meters; the comparison \
             replays the same jobs through the scheduler's own core, one policy after the other.",
            "能源数据由内置生成器给出,并非实测;策略对比使用调度器同一内核重放相同作业。",
        ),
    ]
}
