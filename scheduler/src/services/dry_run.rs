//! Where a job would go, if it were submitted now.

use std::sync::Arc;

use ewc_core::command::{Command, Submission};
use ewc_core::estimate::{Basis, Estimate};
use ewc_core::model::{
    JobSpec, Placement, PolicyKind, SiteId, SiteVerdict, Verdict, WorkloadClass,
};
use ewc_core::planner;
use ewc_core::state::Answer;
use ewc_core::{Reason, State};
use ewc_proto::v1;
use tonic::Status;

use super::{status, view};

/// A job that is not stored.
pub(super) struct Question {
    /// Whose it would be.
    pub(super) tenant: String,
    /// What it is.
    pub(super) spec: JobSpec,
    /// By which policy to plan it; `None`: by the network's.
    pub(super) policy: Option<PolicyKind>,
}

/// Where it would go.
pub(super) struct Planned {
    pub(super) response: v1::PlanResponse,
    /// The best placement, if there is one.
    pub(super) chosen: Option<Placement>,
}

impl Question {
    /// [`Question::answer`] on a thread of its own: it takes a while, and requests do not wait for
    /// it.
    pub(super) async fn answer_aside(
        self: &Arc<Self>,
        state: &Arc<State>,
        at_ms: i64,
    ) -> Result<Planned, Status> {
        let (question, state) = (self.clone(), state.clone());
        let answer = tokio::task::spawn_blocking(move || question.answer(&state, at_ms));
        answer
            .await
            .unwrap_or_else(|error| Err(Status::internal(error.to_string())))
    }

    /// Plans the job on a private copy of the state, as if the time there were `at_ms`: now, or
    /// later to leave time until anything of it begins.
    fn answer(&self, state: &State, at_ms: i64) -> Result<Planned, Status> {
        let index = state.index();
        let mut state = State::clone(state);
        let policy = self.policy.unwrap_or(state.policy().kind);
        let key = "plan (dry run)".to_owned();
        let submission = Submission {
            tenant: self.tenant.clone(),
            key,
            body_digest: [0; 32],
            spec: self.spec.clone().into(),
        };
        let applied = state.apply(index, at_ms, &Command::SubmitJobs(vec![submission]));
        let id = match applied.result {
            Ok(Answer::Submitted(jobs)) => jobs.first().map(|(job, _)| *job),
            Ok(_) => None,
            Err(refusal) => return Err(status::refused(&refusal)),
        };
        let job = id.and_then(|id| state.job(id)).cloned();
        let job = job.ok_or_else(|| Status::internal("the job was not planned"))?;
        let mut response = v1::PlanResponse {
            now_ms: state.now_ms(),
            base_index: index as i64,
            policy: policy.name().to_owned(),
            ..v1::PlanResponse::default()
        };
        let mut chosen = None;
        for option in planner::options(&state, policy, &job) {
            match option.outcome {
                Ok(placement) => {
                    response.candidates.push(v1::Candidate {
                        placement: Some(view::placement(&state, &job.spec, &placement)),
                        chosen: chosen.is_none(),
                    });
                    chosen.get_or_insert(placement);
                }
                Err(reason) => response
                    .ruled_out
                    .push(ruled_out(&state, option.site, reason)),
            }
        }
        let now_ms = state.now_ms();
        response.start = chosen
            .as_ref()
            .map(|placement| start_estimate(&state, job.spec.class, now_ms, placement.start_ms()));
        Ok(Planned { response, chosen })
    }
}

/// When a job of that class starts that waits from `now_ms` and is planned for `planned_ms`.
pub(super) fn start_estimate(
    state: &State,
    class: WorkloadClass,
    now_ms: i64,
    planned_ms: i64,
) -> v1::StartEstimate {
    let Estimate {
        p50_wait_ms,
        p90_wait_ms,
        seen,
        basis,
    } = state.start_estimate(class, planned_ms.saturating_sub(now_ms));
    let basis = match basis {
        Basis::Class => v1::EstimateBasis::Class,
        Basis::All => v1::EstimateBasis::All,
        Basis::Nothing => v1::EstimateBasis::None,
    };
    v1::StartEstimate {
        planned_ms,
        p50_ms: now_ms.saturating_add(p50_wait_ms),
        p90_ms: now_ms.saturating_add(p90_wait_ms),
        starts_seen: i64::try_from(seen).unwrap_or(i64::MAX),
        basis: basis.into(),
    }
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
