//! Errors as gRPC statuses, with a hint to the leader where that helps.

use ewc_core::Refusal;
use ewc_core::command::HoldRefusal;
use ewc_proto::convert::WireError;
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

use super::Context;
use crate::driver::ProposeError;

/// Metadata key that names the leader's address.
const LEADER_KEY: &str = "ewc-leader";

/// This member does not lead; says who does, if it knows.
pub(super) fn not_leader(context: &Context) -> Status {
    let standing = context.handle.standing();
    let leader = standing.leader.and_then(|id| context.members.get(&id));
    // A member that has just been elected leads before it has caught up with its term.
    let other = leader.filter(|_| standing.leader != Some(context.sender.member_id));
    match other.and_then(|url| MetadataValue::try_from(url.as_str()).ok().zip(Some(url))) {
        Some((value, url)) => {
            let mut status =
                Status::failed_precondition(format!("this member does not lead; ask {url}"));
            status.metadata_mut().insert(LEADER_KEY, value);
            status
        }
        None => Status::unavailable("no leader is known yet; try again shortly"),
    }
}

pub(super) fn proposal(context: &Context, error: ProposeError) -> Status {
    match error {
        ProposeError::Refused(refusal) => refused(&refusal),
        ProposeError::Dropped(crate::replica::Dropped::Busy) | ProposeError::Overloaded => {
            Status::resource_exhausted(error.to_string())
        }
        ProposeError::Dropped(crate::replica::Dropped::NotLeader) => not_leader(context),
        // It may have been committed: not the code of something that never happened.
        ProposeError::Dropped(crate::replica::Dropped::Unknown) => {
            Status::aborted(error.to_string())
        }
        ProposeError::Stopping => Status::unavailable(error.to_string()),
    }
}

pub(super) fn refused(refusal: &Refusal) -> Status {
    let code = match refusal {
        Refusal::NotFound { .. } => Code::NotFound,
        Refusal::KeyConflict { .. } => Code::AlreadyExists,
        Refusal::Invalid { .. } => Code::InvalidArgument,
        Refusal::Superseded { .. } => Code::Aborted,
        Refusal::PolicyMoved { .. } | Refusal::InUse { .. } => Code::FailedPrecondition,
        Refusal::Hold(refusal) => of_hold(refusal),
        Refusal::QueueFull { .. } | Refusal::TenantQueueFull { .. } => Code::ResourceExhausted,
    };
    Status::new(code, refusal.to_string())
}

/// Something named does not exist; says where to look.
pub(super) fn unknown(field: &'static str, kind: &'static str, name: &str) -> Status {
    refused(&Refusal::NotFound {
        field,
        kind,
        name: name.to_owned(),
    })
}

fn of_hold(refusal: &HoldRefusal) -> Code {
    match refusal {
        HoldRefusal::Length { .. } => Code::InvalidArgument,
        HoldRefusal::TooMany { .. } => Code::ResourceExhausted,
        HoldRefusal::Unknown { .. } => Code::NotFound,
        HoldRefusal::Taken(_)
        | HoldRefusal::Expired(_)
        | HoldRefusal::GivenUp { .. }
        | HoldRefusal::Used(_)
        | HoldRefusal::OtherJob(_)
        | HoldRefusal::Moved { .. } => Code::FailedPrecondition,
    }
}

pub(super) fn wire(error: WireError) -> Status {
    Status::invalid_argument(error.to_string())
}

pub(super) fn invalid(field: &str, problem: &str) -> Status {
    Status::invalid_argument(format!("{field}: {problem}"))
}
