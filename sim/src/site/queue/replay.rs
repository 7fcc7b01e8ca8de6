//! Runs a stream of jobs through a machine.

use super::job::{Done, QueueError, QueuedJob};
use super::machine::Machine;

/// Why a replay ended early.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError<E> {
    /// The stream of jobs ended with an error.
    #[error(transparent)]
    Source(E),
    /// The machine refused a job.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Submits every job at its time and tells of each when it has ended, in the order of the ends.
/// Only the next job of the stream is held. Goes on until the stream and the machine are empty, or
/// `tell` says `false`.
///
/// # Errors
/// The stream fails, or the machine refuses a job. What had ended by then has been told.
pub fn replay<E>(
    machine: &mut Machine,
    jobs: impl Iterator<Item = Result<QueuedJob, E>>,
    mut tell: impl FnMut(&Done) -> bool,
) -> Result<(), ReplayError<E>> {
    for job in jobs {
        let job = job.map_err(ReplayError::Source)?;
        while machine.next_end_ms().is_some_and(|end| end < job.submit_ms) {
            let done = machine.end();
            if done.is_some_and(|done| !tell(&done)) {
                return Ok(());
            }
        }
        machine.submit(job)?;
    }
    while let Some(done) = machine.end() {
        if !tell(&done) {
            break;
        }
    }
    Ok(())
}
