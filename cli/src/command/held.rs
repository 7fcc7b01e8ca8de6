//! The submission of a job that a place is held for.

use ewc_proto::v1;

use super::submit::random_key;
use crate::error::CliError;
use crate::job_source::JobArgs;
use crate::session::Session;

/// A request that redeems the token, with the job if one is given.
///
/// # Errors
/// The job cannot be read, is not one, or counts from another moment than the one that is held.
pub(super) async fn request(
    job: JobArgs,
    token: String,
    key: Option<String>,
    session: &Session,
) -> Result<v1::SubmitRequest, CliError> {
    let mut request = v1::SubmitRequest {
        plan_token: token,
        tenant: session.tenant.clone(),
        ..v1::SubmitRequest::default()
    };
    let mut own_key = None;
    if !job.is_empty() {
        let asked = v1::GetJobRequest {
            job: request.plan_token.clone(),
        };
        let held = session.client.get(asked).await?;
        let job = job.planned(session, &held)?;
        (request.spec, request.tenant, own_key) = (Some(job.spec), job.tenant, job.key);
    }
    request.idempotency_key = match key.or(own_key) {
        Some(key) => key,
        None => random_key()?,
    };
    Ok(request)
}
