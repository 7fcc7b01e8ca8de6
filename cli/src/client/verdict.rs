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
        /// The connection itself failed: perhaps both sides do not speak the same.
        suspect: bool,
        /// For people.
        why: String,
    },
}

pub(super) fn verdict<A>(attempt: Attempt<A>) -> Verdict<A> {
    match attempt {
        Attempt::Answer(answer) => Verdict::Answer(answer),
        Attempt::NotConnected { suspect, why } => Verdict::Silence {
            maybe_sent: false,
            suspect,
            why,
        },
        Attempt::NoAnswer(why) => Verdict::Silence {
            maybe_sent: true,
            suspect: false,
            why,
        },
        Attempt::Status(status) => of_status(status),
    }
}

fn of_status<A>(status: Status) -> Verdict<A> {
    let broken = is_broken(&status);
    let why = match std::error::Error::source(&status) {
        Some(cause) => deepest(cause).to_string(),
        None => status.message().to_owned(),
    };
    if let Some(leader) = leader_hint(&status) {
        return Verdict::OtherLeader { leader, why };
    }
    let silence = |maybe_sent| Verdict::Silence {
        maybe_sent,
        suspect: broken,
        why,
    };
    match status.code() {
        Code::Unavailable => silence(broken),
        Code::DeadlineExceeded | Code::Aborted | Code::Cancelled => silence(true),
        Code::Unknown | Code::Internal if broken => silence(true),
        _ => Verdict::Refused(status),
    }
}

/// A status with a source was made here: the connection broke after the request left.
pub(super) fn is_broken(status: &Status) -> bool {
    std::error::Error::source(status).is_some()
}

/// The deepest cause says it best ("Connection refused").
pub(super) fn deepest<'a>(
    mut error: &'a (dyn std::error::Error + 'static),
) -> &'a (dyn std::error::Error + 'static) {
    while let Some(cause) = error.source() {
        error = cause;
    }
    error
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
