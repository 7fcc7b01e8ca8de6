//! Figure `plan-latency`: how long `ewc plan` takes with a million tasks queued.
//!
//! Three schedulers with the policy `price`, the national network, and array jobs that ask for many
//! times what it has. Then one client asks, job by job of the network's mix, where each would go:
//! the call `Plan` over loopback, on one connection, while the schedulers plan what waits. Nothing
//! that runs ends, so that the queue stays.

mod queue;

use std::time::{Duration, Instant};

use anyhow::ensure;
use ewc_proto::v1;
use ewc_proto::v1::job_service_client::JobServiceClient;

use crate::figure::{Figure, Options, Outcome, Verdict};
use crate::interruptible;
use crate::members::{Addresses, Members};
use crate::replay::agents::Conduct;
use crate::replay::load::Load;
use crate::statistics::percentile;
use queue::{TASKS_OF_ONE, TASKS_QUEUED, queued_jobs};

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "plan-latency",
    shows: "`ewc plan` over loopback on 3 replicas with 1,000,000 tasks queued (array jobs of 50) \
            and the planner on",
    target: "p99 <= 50 ms",
    peer: "none",
    run,
};

/// What the 99th percentile may be.
const P99_MS_MAX: f64 = 50.0;
/// Plans that are asked for, of a full and of a quick run.
const PLANS: [usize; 2] = [2000, 300];
/// Plans before the first that counts.
const WARM_UP: usize = 20;
/// The planner looks at the queue for so long before anything is measured.
const SETTLE: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(20)];
/// Nothing ends while the figure runs, and capacity stays.
const CONDUCT: Conduct = Conduct {
    run: Duration::MAX,
    varies: false,
};
/// Jobs of the workload: some are asked about, and those of the rest that can be arrays are queued.
const JOBS: u32 = 8_000;

fn run(options: &Options) -> anyhow::Result<Outcome> {
    interruptible::run(measure(options))
}

async fn measure(options: &Options) -> anyhow::Result<Outcome> {
    let program = options.programs.join("ewc-scheduler");
    let settings = "lease_ms = 60000\n[policy]\nkind = \"price\"";
    let members = Members::start(&program, &options.directory, settings).await?;
    let addresses = members.addresses();
    let mut load = Load::prepare(addresses, JOBS, CONDUCT).await?;
    let questions = load.requests(PLANS[0] + WARM_UP);
    queue::fill(addresses, &mut load).await?;
    let quick = usize::from(options.quick);
    tokio::time::sleep(SETTLE[quick]).await;
    let before = queued_tasks(addresses).await?;
    let plans = ask(addresses, &questions[..PLANS[quick] + WARM_UP]).await?;
    let queued = before.min(queued_tasks(addresses).await?);
    ensure!(queued >= TASKS_QUEUED, "only {queued} tasks were queued");
    let mut took: Vec<f64> = plans.iter().map(|plan| plan.took_ms).collect();
    took.sort_by(f64::total_cmp);
    let placed = plans.iter().filter(|plan| plan.placed).count();
    println!(
        "{queued} tasks queued; {placed} of {} jobs would find a place",
        plans.len()
    );
    let at = |permille| percentile(&took, permille).unwrap_or(f64::INFINITY);
    println!(
        "p10 {:.2} ms, p90 {:.2} ms, longest {:.2} ms",
        at(100),
        at(900),
        at(1000)
    );
    let left_out = vec![
        format!("{} of {} plans", PLANS[0] - PLANS[1], PLANS[0]),
        format!(
            "{:?} of {:?} of planning before",
            SETTLE[0] - SETTLE[1],
            SETTLE[0]
        ),
    ];
    Ok(Outcome {
        values: vec![
            ("p50_ms", format!("{:.2}", at(500))),
            ("p99_ms", format!("{:.2}", at(990))),
            ("queued_tasks", queued.to_string()),
            ("plans", plans.len().to_string()),
        ],
        verdict: Verdict::of(at(990) <= P99_MS_MAX),
        left_out: if options.quick { left_out } else { Vec::new() },
    })
}

/// Tasks of jobs that have not started.
async fn queued_tasks(members: &Addresses) -> anyhow::Result<u64> {
    Ok(queued_jobs(members).await? * u64::from(TASKS_OF_ONE))
}

/// One answered question.
struct Asked {
    took_ms: f64,
    /// A site can take the job.
    placed: bool,
}

/// Asks where each job would go, one after the other.
async fn ask(members: &Addresses, questions: &[v1::SubmitRequest]) -> anyhow::Result<Vec<Asked>> {
    let mut client =
        JobServiceClient::new(members.dial_leader().await?).max_decoding_message_size(64 << 20);
    let mut answers = Vec::new();
    for question in questions {
        let request = v1::PlanRequest {
            spec: question.spec.clone(),
            tenant: question.tenant.clone(),
            ..v1::PlanRequest::default()
        };
        let asked = Instant::now();
        let plan = client.plan(request).await?.into_inner();
        answers.push(Asked {
            took_ms: asked.elapsed().as_secs_f64() * 1000.0,
            placed: !plan.candidates.is_empty(),
        });
    }
    Ok(answers.split_off(WARM_UP))
}
