//! What an applied command did, for watchers, metrics and audit.

use std::sync::Arc;

use crate::model::{Job, JobId, JobState, SiteId};
use crate::reason::Reason;

/// Something that happened. Events carry identities; readers look the rest up in the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A job entered the queue, or took the place that was held for it.
    Submitted(JobId),
    /// A job that nobody has submitted keeps a place.
    Held(JobId),
    /// A job changed its state.
    Changed {
        /// The job.
        job: JobId,
        /// Before.
        from: JobState,
        /// After.
        to: JobState,
        /// Why, if there is something to say.
        reason: Option<Reason>,
    },
    /// A running job is to go on at another site.
    Moving {
        /// The job.
        job: JobId,
        /// Where it runs.
        from: SiteId,
        /// Where it is to go on.
        to: SiteId,
    },
    /// It has stopped for that, and its checkpoint is on its way.
    Moved {
        /// The job.
        job: JobId,
        /// Of its checkpoint.
        bytes: i64,
    },
    /// A placement or a move of a plan was not accepted.
    Rejected {
        /// The job.
        job: JobId,
        /// The rule it broke.
        reason: Reason,
    },
    /// What a site is to do changed.
    Desired(SiteId),
    /// Bytes arrived at a site.
    Transferred {
        /// The job they were for.
        job: JobId,
        /// Volume.
        bytes: i64,
    },
    /// A terminal job left the state for the history store.
    Retired(Arc<Job>),
}
