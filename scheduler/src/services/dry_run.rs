//! Where a job would go, if it were submitted now.

use ewc_core::command::{Command, Submission};
use ewc_core::model::{JobSpec, PolicyKind, SiteId, SiteVerdict, Verdict};
use ewc_core::planner;
use ewc_core::state::Answer;
use ewc_core::{Reason, State};
use ewc_proto::v1;
use tonic::Status;

use super::view;

/// Plans a job that is not stored, on a private copy of the state brought up to now.
pub(super) fn dry_run(
    mut state: State,
    now_ms: i64,
    tenant: String,
    spec: JobSpec,
    policy: PolicyKind,
) -> Result<v1::PlanResponse, Status> {
    let index = state.index();
    let key = "plan (dry run)".to_owned();
    let submission = Submission {
        tenant,
        key,
        body_digest: [0; 32],
        spec,
    };
    let applied = state.apply(index, now_ms, &Command::SubmitJobs(vec![submission]));
    let id = match applied.result {
        Ok(Answer::Submitted(jobs)) => jobs.first().map(|(job, _)| *job),
        Ok(_) => None,
        Err(refusal) => return Err(Status::invalid_argument(refusal.to_string())),
    };
    let job = id.and_then(|id| state.job(id)).cloned();
    let job = job.ok_or_else(|| Status::internal("the job was not planned"))?;
    let options = planner::options(&state, policy, &job);
    let mut response = v1::PlanResponse {
        now_ms: state.now_ms(),
        base_index: index as i64,
        policy: policy.name().to_owned(),
        ..v1::PlanResponse::default()
    };
    for option in &options {
        match &option.outcome {
            Ok(placement) => response.candidates.push(v1::Candidate {
                placement: Some(view::placement(&state, &job.spec, placement)),
                chosen: response.candidates.is_empty(),
            }),
            Err(reason) => response
                .ruled_out
                .push(ruled_out(&state, option.site, *reason)),
        }
    }
    Ok(response)
}

fn ruled_out(state: &State, site: SiteId, reason: Reason) -> v1::SiteVerdict {
    view::verdict(
        state,
        &SiteVerdict {
            site,
            verdict: Verdict::RuledOut(reason),
        },
    )
}
