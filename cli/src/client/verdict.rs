//! What an answer means for the next attempt.

use tonic::{Code, Status};

use super::Attempt;

/// Metadata key under which a follower names the leader's address.
const LEADER_KEY: &str = "ewc-leader";

/// What an attempt means.
pub(super) enum Verdict<A> {
    /// Done.
    Answer(A),
    /// The network said no; asking again will not help.
    Refused(Status),
    /// Somebody else leads.
    OtherLeader {
        /// Address of the leader.
        leader: String,
        /// For people.
        why: String,
    },
    /// Nobody answered for the network.
    Silence {
        /// The request may have been carried out all the same.
        maybe_sent: bool,
        /// For people.
        why: String,
    },
}

pub(super) fn verdict<A>(attempt: Attempt<A>) -> Verdict<A> {
    match attempt {
        Attempt::Answer(answer) => Verdict::Answer(answer),
        Attempt::NotConnected(why) => Verdict::Silence {
            maybe_sent: false,
            why,
        },
        Attempt::NoAnswer(why) => Verdict::Silence {
            maybe_sent: true,
            why,
        },
        Attempt::Status(status) => of_status(status),
    }
}

fn of_status<A>(status: Status) -> Verdict<A> {
    let why = status.message().to_owned();
    if let Some(leader) = leader_hint(&status) {
        return Verdict::OtherLeader { leader, why };
    }
    // A status with a source was made here: the connection broke after the request left.
    let broken = std::error::Error::source(&status).is_some();
    match status.code() {
        Code::Unavailable => Verdict::Silence {
            maybe_sent: broken,
            why,
        },
        Code::DeadlineExceeded | Code::Aborted | Code::Cancelled => Verdict::Silence {
            maybe_sent: true,
            why,
        },
        Code::Unknown | Code::Internal if broken => Verdict::Silence {
            maybe_sent: true,
            why,
        },
        _ => Verdict::Refused(status),
    }
}

fn leader_hint(status: &Status) -> Option<String> {
    if !matches!(status.code(), Code::Unavailable | Code::FailedPrecondition) {
        return None;
    }
    let leader = status.metadata().get(LEADER_KEY)?.to_str().ok()?;
    (!leader.is_empty()).then(|| leader.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(code: Code, leader: Option<&str>) -> &'static str {
        let mut status = Status::new(code, "why");
        if let Some(leader) = leader {
            status
                .metadata_mut()
                .insert(LEADER_KEY, leader.parse().unwrap());
        }
        match verdict::<()>(Attempt::Status(status)) {
            Verdict::Answer(()) => "answer",
            Verdict::Refused(_) => "refused",
            Verdict::OtherLeader { .. } => "other leader",
            Verdict::Silence {
                maybe_sent: true, ..
            } => "maybe sent",
            Verdict::Silence {
                maybe_sent: false, ..
            } => "not sent",
        }
    }

    #[test]
    fn statuses_are_told_apart() {
        let leader = Some("http://127.0.0.1:1");
        for (code, leader, expected) in [
            (Code::Unavailable, leader, "other leader"),
            (Code::FailedPrecondition, leader, "other leader"),
            (Code::FailedPrecondition, None, "refused"),
            (Code::Unavailable, Some(""), "not sent"),
            (Code::Unavailable, None, "not sent"),
            (Code::DeadlineExceeded, None, "maybe sent"),
            (Code::Aborted, None, "maybe sent"),
            (Code::InvalidArgument, leader, "refused"),
            (Code::NotFound, None, "refused"),
            (Code::Internal, None, "refused"),
        ] {
            assert_eq!(named(code, leader), expected, "{code:?}");
        }
    }
}
