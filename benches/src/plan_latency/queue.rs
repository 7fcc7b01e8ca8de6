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
/// Jobs above that: some start, and some fit nowhere.
const SPARE: u64 = 6_000;
/// Jobs in one request.
const BATCH: usize = 100;

/// Submits array jobs until enough of them wait.
pub async fn fill(members: &Addresses, load: &mut Load) -> anyhow::Result<()> {
    let wanted = TASKS_QUEUED / u64::from(TASKS_OF_ONE) + SPARE;
    let mut client = JobServiceClient::new(members.dial_leader().await?);
    let (mut stored, mut refused) = (0, 0);
    while stored < wanted {
        let next = load.requests(4 * BATCH);
        ensure!(
            !next.is_empty(),
            "the workload ended after {stored} array jobs"
        );
        let arrays: Vec<v1::SubmitRequest> = next.into_iter().filter_map(array).collect();
        for jobs in arrays.chunks(BATCH) {
            let batch = v1::SubmitBatchRequest {
                jobs: jobs.to_vec(),
            };
            if client.submit_batch(batch).await.is_ok() {
                stored += jobs.len() as u64;
                continue;
            }
            // One of them is larger than any pool: the others by themselves.
            for job in jobs {
                match client.submit(job.clone()).await {
                    Ok(_) => stored += 1,
                    Err(_) => refused += 1,
                }
            }
        }
    }
    println!("{stored} array jobs submitted, {refused} larger than any pool left out");
    Ok(())
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
