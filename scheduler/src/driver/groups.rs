//! Which commands share an entry of the log.
//!
//! Submissions do, since they only join the queue. Everything else has an entry of its own: the
//! index of an entry is the fence of the attempts it grants.

use ewc_core::command::Command;

use super::Proposal;

/// Bytes of commands in one entry, unless one of them is larger.
const ENTRY_BYTES_MAX: usize = 256 << 10;

/// Splits proposals into entries without changing their order.
pub(super) fn of(proposals: Vec<Proposal>) -> Vec<Vec<Proposal>> {
    let mut groups: Vec<Vec<Proposal>> = Vec::new();
    let mut room = 0;
    for proposal in proposals {
        let bytes = match &proposal.0 {
            Command::SubmitJobs(jobs) => borsh::object_length(jobs).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        match groups.last_mut().filter(|_| bytes <= room) {
            Some(group) => group.push(proposal),
            None => {
                groups.push(vec![proposal]);
                room = ENTRY_BYTES_MAX;
            }
        }
        room = room.saturating_sub(bytes);
    }
    groups
}

#[cfg(test)]
mod tests {
    use ewc_core::command::Submission;
    use ewc_proto::{convert, v1};
    use tokio::sync::oneshot;

    use super::*;

    fn submit(key_bytes: usize) -> Command {
        let process = v1::ProcessPayload {
            argv: vec!["true".to_owned()],
        };
        let group = v1::TaskGroup {
            name: "main".to_owned(),
            resources: Some(v1::Resources {
                cpu_millis: 1000,
                memory_mib: 64,
                accelerators: 0,
            }),
            payload: Some(v1::Payload {
                what: Some(v1::payload::What::Process(process)),
                ..v1::Payload::default()
            }),
            estimate_ms: 1000,
            ..v1::TaskGroup::default()
        };
        let wire = v1::JobSpec {
            name: "job".to_owned(),
            groups: vec![group],
            ..v1::JobSpec::default()
        };
        Command::SubmitJobs(vec![Submission {
            tenant: String::new(),
            key: "k".repeat(key_bytes),
            body_digest: [0; 32],
            spec: convert::job_spec_from_wire(wire).unwrap().0.into(),
        }])
    }

    fn sizes(commands: Vec<Command>) -> Vec<usize> {
        let proposals = commands
            .into_iter()
            .map(|command| (command, oneshot::channel().0))
            .collect();
        of(proposals).iter().map(Vec::len).collect()
    }

    #[test]
    fn submissions_share_an_entry_and_nothing_else_does() {
        assert!(sizes(vec![]).is_empty());
        assert_eq!(sizes(vec![submit(1), submit(1), submit(1)]), [3]);
        let mixed = vec![
            submit(1),
            Command::Tick,
            Command::Tick,
            submit(1),
            submit(1),
        ];
        assert_eq!(sizes(mixed), [1, 1, 1, 2]);
    }

    #[test]
    fn an_entry_is_bounded_but_for_a_single_large_command() {
        // Two with what encloses their keys, and not three.
        let third = ENTRY_BYTES_MAX / 3;
        assert_eq!(sizes(vec![submit(third); 5]), [2, 2, 1]);
        assert_eq!(
            sizes(vec![submit(1), submit(ENTRY_BYTES_MAX), submit(1)]),
            [1, 1, 1]
        );
    }
}
