//! Holding a place, and submitting the job it is held for.

use std::sync::Arc;

use ewc_core::Refusal;
use ewc_core::command::{Command, Hold, HoldRefusal, Redemption};
use ewc_core::model::JobId;
use ewc_core::state::{Answer, HOLD_MS_MAX};
use ewc_proto::v1;
use tonic::Status;

use super::dry_run::{Planned, Question, start_estimate};
use super::{Context, status};
use crate::driver::ProposeError;

/// How often a place is looked for when others take what was found.
const TRIES: u32 = 4;

/// Plans a job and holds its best placement for `hold_ms` of the network's time.
///
/// The job is planned as of the moment at which the hold expires, so that what is held can be taken
/// until then: nothing of it begins before.
pub(super) async fn plan(
    context: &Context,
    question: Arc<Question>,
    hold_ms: i64,
) -> Result<v1::PlanResponse, Status> {
    if !(1..=HOLD_MS_MAX).contains(&hold_ms) {
        let problem = format!("{hold_ms} is not between 1 and {HOLD_MS_MAX} milliseconds");
        return Err(status::invalid("hold_ms", &problem));
    }
    let mut tries = 0;
    loop {
        tries += 1;
        let state = context.read().await?;
        let now_ms = context.clock.now_ms().max(state.now_ms());
        let until_ms = now_ms + hold_ms;
        let Planned {
            mut response,
            chosen,
        } = question.answer_aside(&state, until_ms).await?;
        response.now_ms = now_ms;
        let Some(placement) = chosen else {
            return Ok(response);
        };
        let (planned_ms, class) = (placement.start_ms(), question.spec.class);
        response.start = Some(start_estimate(&state, class, now_ms, planned_ms));
        let hold = Hold {
            tenant: question.tenant.clone(),
            spec: question.spec.clone(),
            placement,
            until_ms,
            base_index: state.index(),
        };
        match context
            .handle
            .propose(Command::HoldJob(Box::new(hold)))
            .await
        {
            Ok(Answer::Submitted(jobs)) => {
                response.hold = jobs.first().map(|(job, _)| v1::Hold {
                    token: job.to_string(),
                    until_ms,
                });
                return Ok(response);
            }
            Ok(_) => return Err(Status::internal("the log answered something else")),
            // Somebody else was faster.
            Err(ProposeError::Refused(Refusal::Hold(HoldRefusal::Taken(_)))) if tries < TRIES => {}
            Err(error) => return Err(status::proposal(context, error)),
        }
    }
}

/// The hold that a token names: the job that is held.
pub(super) fn of_token(token: &str) -> Result<JobId, Status> {
    token.parse().map(JobId).map_err(|_| {
        let problem = "is not a token of a held plan; give the one that `ewc plan --hold` printed";
        status::invalid("plan_token", problem)
    })
}

/// Submits the job that is held, or stores nothing.
pub(super) async fn redeem(
    context: &Context,
    redemption: Redemption,
) -> Result<v1::SubmitResponse, Status> {
    let proposed = context
        .handle
        .propose(Command::RedeemHold(Box::new(redemption)));
    let jobs = match proposed.await {
        Ok(Answer::Submitted(jobs)) => jobs,
        Ok(_) => return Err(Status::internal("the log answered something else")),
        Err(error) => return Err(status::proposal(context, error)),
    };
    let (id, duplicate) = *jobs
        .first()
        .ok_or_else(|| Status::internal("no job was stored"))?;
    let state = context.handle.state();
    let placed = state
        .job(id)
        .and_then(|job| Some((job, job.placement.as_ref()?)));
    let start = placed.map(|(job, placement)| {
        let (since_ms, planned_ms) = (job.submitted_ms, placement.start_ms());
        start_estimate(&state, job.spec.class, since_ms, planned_ms)
    });
    Ok(v1::SubmitResponse {
        job_id: id.to_string(),
        duplicate,
        start,
    })
}
