//! `ewc watch`, and following a job until it ends.

use std::time::Duration;

use clap::Args;
use ewc_proto::v1;
use ewc_proto::v1::JobState;
use tonic::Code;

use super::status::sites_of;
use crate::error::{CliError, Exit};
use crate::format::{beijing_time, or_dash};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::view::JobView;

/// Pause before a broken stream is opened anew.
const PAUSE: Duration = Duration::from_millis(500);

/// Show every change of a job until it ends; the exit code tells how
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// Id or idempotency key of the job
    job: String,
}

pub(super) async fn run(args: WatchArgs, session: &Session) -> Result<Exit, CliError> {
    let show = |job: &v1::Job| {
        session.show_next(&JobView::from(job), || {
            format!("{}\n", progress_line(job, session.lang))
        })
    };
    let job = follow(session, &args.job, show).await?;
    Ok(exit_of(job.state()))
}

/// Calls `on_change` with the job's state now and at every change, until it is terminal.
pub(super) async fn follow(
    session: &Session,
    job: &str,
    on_change: impl FnMut(&v1::Job) -> Result<(), CliError>,
) -> Result<v1::Job, CliError> {
    follow_until(session, job, is_terminal, on_change).await
}

/// The same until the job is in a state that `reached` accepts. A stream that breaks is opened
/// anew; what it tells again is not told twice.
pub(super) async fn follow_until(
    session: &Session,
    job: &str,
    reached: impl Fn(JobState) -> bool,
    mut on_change: impl FnMut(&v1::Job) -> Result<(), CliError>,
) -> Result<v1::Job, CliError> {
    let mut seen_index = None;
    loop {
        let request = v1::WatchJobRequest {
            job: job.to_owned(),
        };
        let mut stream = session.client.watch(request).await?;
        loop {
            let job = match stream.message().await {
                Ok(Some(job)) => job,
                Ok(None) => break,
                Err(status) if is_final(&status) => return Err(CliError::from_status(&status)),
                Err(_) => break,
            };
            if seen_index.is_none_or(|seen| seen < job.changed_index) {
                seen_index = Some(job.changed_index);
                on_change(&job)?;
            }
            if reached(job.state()) {
                return Ok(job);
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// True when opening the stream anew would not help.
pub(super) fn is_final(status: &tonic::Status) -> bool {
    matches!(
        status.code(),
        Code::NotFound
            | Code::InvalidArgument
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::Unimplemented
            | Code::OutOfRange
    )
}

/// The exit code that tells how a job ended.
pub(super) fn exit_of(state: JobState) -> Exit {
    match state {
        JobState::Failed | JobState::Cancelled => Exit::NotSucceeded,
        JobState::OutcomeUnknown => Exit::OutcomeUnknown,
        _ => Exit::Done,
    }
}

/// One line on where a job stands.
pub(super) fn progress_line(job: &v1::Job, lang: Lang) -> String {
    let state = Word::of_state(job.state()).text(lang);
    let mut line = format!("{}  {state}  {}", job.job_id, or_dash(&sites_of(job)));
    let start_ms = job
        .placement
        .iter()
        .flat_map(|p| &p.groups)
        .map(|group| group.start_ms)
        .min();
    if let (JobState::Planned | JobState::Staging, Some(start_ms)) = (job.state(), start_ms) {
        line += &format!("  {}: {}", Word::Start.text(lang), beijing_time(start_ms));
    }
    if !job.reason.is_empty() {
        line += &format!("  ({})", job.reason);
    }
    line
}

/// True when nothing will happen to the job any more.
pub(super) fn is_terminal(state: JobState) -> bool {
    matches!(
        state,
        JobState::Succeeded | JobState::Failed | JobState::Cancelled | JobState::OutcomeUnknown
    )
}
