//! A queue of a million tasks: array jobs of the national network's mix.

use anyhow::ensure;
use ewc_proto::v1;
use ewc_proto::v1::job_service_client::JobServiceClient;

use crate::members::Addresses;
use crate::replay::load::Load;

/// Tasks of one array job.
pub const TASKS_OF_ONE: u32 = 50;
/// Tasks that are to wait, at least.
pub const TASKS_QUEUED: u64 = 1_000_000;
/// Jobs above that: some start.
const SPARE: usize = 4_000;
/// Jobs in one request.
const BATCH: usize = 100;

/// Submits array jobs until enough of them wait: those of the workload again and again, each time
/// under other keys.
pub async fn fill(members: &Addresses, load: &mut Load) -> anyhow::Result<()> {
    let wanted = (TASKS_QUEUED / u64::from(TASKS_OF_ONE)) as usize + SPARE;
    let rest = load.requests(usize::MAX);
    let shapes: Vec<v1::SubmitRequest> = rest.into_iter().filter_map(array).collect();
    let mut shapes = fitting(members, shapes).await?;
    println!(
        "{} shapes of array jobs, of which {wanted} are submitted",
        shapes.len()
    );
    let mut client = JobServiceClient::new(members.dial_leader().await?);
    let mut stored = shapes.len();
    for copy in 2.. {
        for jobs in shapes.chunks_mut(BATCH) {
            for job in &mut *jobs {
                let key = job.idempotency_key.split('#').next().unwrap_or_default();
                job.idempotency_key = format!("{key}#{copy}");
            }
            let batch = v1::SubmitBatchRequest {
                jobs: jobs.to_vec(),
            };
            client.submit_batch(batch).await?;
            stored += jobs.len();
            if stored >= wanted {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Submits each once, and answers with those that some pool could hold.
async fn fitting(
    members: &Addresses,
    shapes: Vec<v1::SubmitRequest>,
) -> anyhow::Result<Vec<v1::SubmitRequest>> {
    let mut client = JobServiceClient::new(members.dial_leader().await?);
    let mut fitting = Vec::new();
    for shape in shapes {
        match client.submit(shape.clone()).await {
            Ok(_) => fitting.push(shape),
            Err(status) if status.message().contains("no pool of the network") => {}
            Err(status) => return Err(status.into()),
        }
    }
    ensure!(!fitting.is_empty(), "no array job fits the network");
    Ok(fitting)
}

/// The job with as many tasks as an array has, none of which waits for another; `None` for what is
/// no independent batch of one group. Without a deadline it stays in the queue.
fn array(mut request: v1::SubmitRequest) -> Option<v1::SubmitRequest> {
    let spec = request.spec.as_mut()?;
    let batch = spec.kind() == v1::JobKind::Batch;
    let [group] = spec.groups.as_mut_slice() else {
        return None;
    };
    if !batch || group.gang {
        return None;
    }
    group.count = TASKS_OF_ONE;
    (spec.deadline_ms, spec.release_ms) = (0, 0);
    Some(request)
}

/// Jobs that have not started.
pub async fn queued_jobs(members: &Addresses) -> anyhow::Result<u64> {
    let mut jobs = 0.0;
    for state in ["pending", "planned", "staging"] {
        let name = format!("ewc_jobs{{state=\"{state}\"}}");
        jobs += members.metric(&name).await?;
    }
    Ok(jobs as u64)
}
