//! Places held for jobs that are not submitted yet: what enters the log about them, and how it may
//! be refused.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::model::{JobId, JobSpec, Placement};
use crate::reason::Reason;

/// A place to be held.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Hold {
    /// Who holds it.
    pub tenant: String,
    /// The job that may be submitted.
    pub spec: JobSpec,
    /// Where it goes. Nothing of it begins before `until_ms`.
    pub placement: Placement,
    /// When the hold expires, on the network's clock.
    pub until_ms: i64,
    /// Index of the state that the placement was found on.
    pub base_index: u64,
}

/// The submission of a job that a place is held for.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Redemption {
    /// The hold: the identity that the job has already.
    pub hold: JobId,
    /// Who holds it.
    pub tenant: String,
    /// The owner's key for the job.
    pub key: String,
    /// What is submitted, to be compared with what was held; `None`: whatever was held.
    pub spec: Option<JobSpec>,
}

/// Why a place is not held, or not taken. Nothing was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoldRefusal {
    /// Holds are short.
    #[error("hold_ms: {asked_ms} is not between 1 and {limit_ms}; ask for a hold of that length")]
    Length {
        /// What was asked for.
        asked_ms: i64,
        /// The longest there is.
        limit_ms: i64,
    },
    /// The tenant, or the network, holds as many places as it may.
    #[error(
        "hold_ms: {whose} {held} places, and may hold {limit}; submit what is held, cancel a hold, \
         or try again when one has expired"
    )]
    TooMany {
        /// "tenant x holds", or "the network holds".
        whose: String,
        /// Places that are held now.
        held: u64,
        /// How many may be.
        limit: u64,
    },
    /// The network moved while the placement was found.
    #[error("hold_ms: the place that was found does not fit any more: {0}; plan again")]
    Taken(Reason),
    /// There is no such hold, or it is not this tenant's.
    #[error(
        "plan_token: tenant \"{tenant}\" has no hold {hold}; it ended long ago or is another \
         tenant's; nothing was stored; plan again with a hold, or submit without a token"
    )]
    Unknown {
        /// What the token names.
        hold: JobId,
        /// Who asked.
        tenant: String,
    },
    /// It ran out.
    #[error(
        "plan_token: hold {0} has expired; nothing was stored; plan again with a hold, or submit \
         without a token"
    )]
    Expired(JobId),
    /// It was given up before it ran out.
    #[error(
        "plan_token: hold {hold} was given up: {reason}; nothing was stored; plan again with a \
         hold, or submit without a token"
    )]
    GivenUp {
        /// The hold.
        hold: JobId,
        /// Why.
        reason: Reason,
    },
    /// It was redeemed before.
    #[error(
        "plan_token: hold {0} was redeemed already: it is job {0}; nothing was stored; submit \
         without a token for another job"
    )]
    Used(JobId),
    /// The job submitted is another one.
    #[error(
        "plan_token: hold {0} is for another job than the one submitted; nothing was stored; \
         submit the token alone for the job that is held, or plan this one"
    )]
    OtherJob(JobId),
    /// The place does not fit any more.
    #[error(
        "plan_token: the place of hold {hold} does not fit any more: {reason}; nothing was stored; \
         plan again with a hold, or submit without a token"
    )]
    Moved {
        /// The hold.
        hold: JobId,
        /// The rule that it breaks.
        reason: Reason,
    },
}
