//! What a job's processes wrote, relayed from its agent.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use ewc_core::State;
use ewc_core::model::Job;
use ewc_proto::v1;
use tokio_stream::Stream;
use tonic::Status;

use super::{Context, view};
use crate::attach::{AttachHub, LogReader};

/// Chunks on their way to a reader; the agent stops when it is dropped.
pub(super) struct LogStream {
    id: u64,
    hub: Arc<AttachHub>,
    chunks: LogReader,
}

impl Stream for LogStream {
    type Item = Result<v1::LogChunk, Status>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
    ) -> Poll<Option<Self::Item>> {
        self.chunks.poll_recv(context)
    }
}

impl Drop for LogStream {
    fn drop(&mut self) {
        self.hub.stop_log(self.id);
    }
}

/// Opens the log that a request names.
pub(super) fn open(
    context: &Context,
    state: &State,
    job: &Job,
    request: v1::LogsRequest,
) -> Result<LogStream, Status> {
    let attempt = match request.attempt {
        0 => job.attempts.last(),
        number => job.attempts.iter().find(|attempt| attempt.number == number),
    };
    let attempt = attempt.ok_or_else(|| {
        Status::failed_precondition(match job.attempts.len() {
            0 => format!(
                "job {} has not started, so it has written nothing yet",
                job.id
            ),
            count => format!("attempt: job {} has {count} attempts", job.id),
        })
    })?;
    let groups = &job.spec.groups;
    let position = match request.group.as_str() {
        "" => Some(0),
        name => groups.iter().position(|group| group.name == name),
    };
    let position = position.ok_or_else(|| {
        Status::not_found(format!(
            "group: job {} has no group \"{}\"",
            job.id, request.group
        ))
    })?;
    let slot = job
        .placement
        .as_ref()
        .and_then(|placement| placement.groups.get(position));
    let pool = slot.and_then(|slot| state.pool(slot.pool));
    // A job that waits for another attempt has no placement: its last attempt names the site.
    let site = pool
        .map(|pool| pool.site)
        .or(attempt.parts.first().map(|part| part.site));
    let site = site.ok_or_else(|| Status::internal("the attempt names no site"))?;
    let wanted = v1::LogRequest {
        request_id: 0,
        job_id: job.id.to_string(),
        attempt: attempt.number,
        group: groups[position].name.clone(),
        task: request.task,
        stream: request.stream,
        follow: request.follow,
    };
    let (id, chunks) = context
        .attach
        .request_log(view::site_name(state, site), wanted)?;
    Ok(LogStream {
        id,
        hub: context.attach.clone(),
        chunks,
    })
}
