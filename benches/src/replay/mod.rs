//! Figure `replay`: every logged plan comes out again, bit for bit.
//!
//! Three schedulers, the national network, its workload, and sites whose capacity varies and whose
//! runs start and end. In the middle the leader is killed, and started again. Then everything is
//! stopped, and the plans are recomputed from what is left on disk.

pub(crate) mod agents;
pub(crate) mod load;
mod replays;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::Value;

use crate::figure::{Figure, Options, Outcome, Verdict};
use crate::interruptible;
use crate::members::Members;
use agents::Conduct;
use load::{Load, TIME_SCALE};
use replays::Replay;

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "replay",
    shows: "plans logged by three schedulers over a change of the leader, recomputed from the \
            archive and the log",
    target: ">= 1,000 plans, some of rounds stopped by time, all identical with 1 and with 2 \
             threads; one unit planted in a cost is reported",
    peer: "none",
    run,
};

/// Plans that have to be replayed, of a full and of a quick run.
const PLANS: [u64; 2] = [1000, 150];
/// Plans above that, because the newest may not be known as committed on disk.
const SPARE: u64 = 100;
/// Jobs that arrive together now and then, too many for one round.
const BURST: usize = 500;
/// Turns from one burst to the next.
const BURST_EVERY: u32 = 4;
/// Single arrivals in a turn.
const SINGLES: usize = 150;
/// Pause between two single arrivals.
const PAUSE: Duration = Duration::from_millis(8);
/// The workload has so many jobs at most.
const JOBS: u32 = 30_000;
/// Runs are short, and now and then a node is missing.
const CONDUCT: Conduct = Conduct {
    run: Duration::from_millis(1500),
    varies: true,
};
/// Time for the plans to be logged.
const GIVE_UP: Duration = Duration::from_secs(420);
/// Plans that were logged.
const LOGGED: &str = "ewc_commands_applied_total{command=\"commit_plan\"}";

fn run(options: &Options) -> anyhow::Result<Outcome> {
    let wanted = PLANS[usize::from(options.quick)];
    let data_dir = interruptible::run(log_plans(options, wanted))?;
    judge(options, wanted, &data_dir)
}

/// Lets a cluster log plans; answers with the directory of a member that was there all the time.
async fn log_plans(options: &Options, wanted: u64) -> anyhow::Result<PathBuf> {
    let program = options.programs.join("ewc-scheduler");
    let settings = format!(
        "time_scale = {TIME_SCALE}.0\n[limits]\nsnapshot_every_entries = {}\n\
         [policy]\nmargin_seconds = 1800",
        wanted,
    );
    let mut members = Members::start(&program, &options.directory, &settings).await?;
    let mut load = Load::prepare(members.addresses(), JOBS, CONDUCT).await?;
    println!("the network is up; jobs arrive");
    let (before, _) = log_until(&members, &mut load, wanted / 2).await?;
    let killed = members.addresses().leader().await?;
    members.kill(killed);
    println!(
        "killed the leader, member {}, after {before} plans",
        killed + 1
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    members.restart(killed)?;
    let (logged, witness) = log_until(&members, &mut load, wanted + SPARE).await?;
    members.stop()?;
    println!(
        "stopped all members after {logged} plans; member {} is replayed",
        witness + 1
    );
    Ok(members.data_dir(witness))
}

/// Submits until a member has applied so many plans; how many, and which member.
async fn log_until(members: &Members, load: &mut Load, plans: u64) -> anyhow::Result<(u64, usize)> {
    let until = Instant::now() + GIVE_UP;
    let mut turn = 0;
    loop {
        if turn % BURST_EVERY == 0 {
            load.submit(BURST).await?;
        }
        turn += 1;
        let mut left = true;
        for _ in 0..SINGLES {
            left = load.submit(1).await?;
            tokio::time::sleep(PAUSE).await;
        }
        let (logged, member) = members.addresses().highest(LOGGED)?;
        let logged = logged as u64;
        println!("  {logged} plans logged");
        if logged >= plans {
            return Ok((logged, member));
        }
        ensure!(
            left,
            "all jobs were submitted, and only {logged} plans logged"
        );
        ensure!(
            Instant::now() < until,
            "only {logged} plans were logged in time"
        );
    }
}

fn judge(options: &Options, wanted: u64, data_dir: &std::path::Path) -> anyhow::Result<Outcome> {
    let program = options.programs.join("ewc-scheduler");
    let one = Replay::run(&program, data_dir, 1)?;
    let two = Replay::run(&program, data_dir, 2)?;
    let plans = one.plans().len() as u64;
    let stopped = one.having(|plan| plan["stopped_early"] == true);
    let archived = segments(data_dir)?;
    println!(
        "{plans} plans in {archived} segments and the log: {:.1} s with 1 thread, {:.1} s with 2; \
         {stopped} of rounds stopped by time, {} terms",
        one.took.as_secs_f64(),
        two.took.as_secs_f64(),
        one.terms()
    );
    let all = |replay: &Replay| {
        replay.status == 0 && replay.count("identical") == plans && replay.report == one.report
    };
    let planted = options.directory.join("planted");
    let (index, job) = replays::plant(&data_dir.join("archive"), &planted)?;
    let spoilt = Replay::run(&program, &planted, 2)?;
    let first = spoilt
        .plans()
        .iter()
        .find(|plan| plan["answer"] == "different");
    let named = first.is_some_and(|plan| {
        let field = plan["difference"]["field"].as_str().unwrap_or_default();
        plan["index"] == index
            && plan["difference"]["job"] == job
            && field.ends_with("cost.energy_micro_cny")
    });
    println!(
        "planted in plan {index}: {}",
        first.map_or(&Value::Null, |plan| &plan["difference"])
    );
    let met = plans >= wanted
        && stopped > 0
        && one.terms() > 1
        && archived > 0
        && all(&one)
        && all(&two)
        && named
        && spoilt.status == 1;
    let values = vec![
        ("plans", plans.to_string()),
        (
            "identical",
            one.count("identical")
                .min(two.count("identical"))
                .to_string(),
        ),
        (
            "different",
            one.count("different")
                .max(two.count("different"))
                .to_string(),
        ),
        ("stopped_by_time", stopped.to_string()),
        ("terms", one.terms().to_string()),
        ("s_1_thread", format!("{:.1}", one.took.as_secs_f64())),
        ("s_2_threads", format!("{:.1}", two.took.as_secs_f64())),
        ("planted_reported", named.to_string()),
    ];
    let left_out = match options.quick {
        true => vec![format!("{} of {} plans", PLANS[0] - PLANS[1], PLANS[0])],
        false => Vec::new(),
    };
    Ok(Outcome {
        values,
        verdict: Verdict::of(met),
        left_out,
    })
}

fn segments(data_dir: &std::path::Path) -> anyhow::Result<usize> {
    Ok(ewc_scheduler::archive::segments(&data_dir.join("archive"))?.len())
}
