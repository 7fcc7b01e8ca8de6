//! Commands as bytes in a log entry: one byte of format version, then canonical Borsh.
//!
//! One command is a `Stamped`; commands that were proposed together are a list of them, which costs
//! raft, the log and the messages no more than one entry. A plan stands alone, and its format has
//! a version of its own.

use borsh::BorshDeserialize as _;
use ewc_core::Command;
use ewc_core::command::Stamped;
use raft::eraftpb::{Entry, EntryType};

/// Version of the encoding of one command.
const ONE: u8 = 1;
/// Version of the encoding of several.
const SEVERAL: u8 = 2;
/// Version of the encoding of one that is a plan. Plans of versions 3 and 4 say nothing of the
/// imbalance among the costs of their placements, and are not read.
const PLAN: u8 = 5;

/// An entry whose commands cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Written by a newer version, or by one that is too old.
    #[error("command format {found} is not known to this version, whose newest is {PLAN}")]
    Version {
        /// The version found.
        found: u8,
    },
    /// Not commands.
    #[error("the commands cannot be decoded: {0}")]
    Malformed(#[from] std::io::Error),
}

/// The commands of one entry, in the order in which they are applied.
pub fn encode_commands(commands: &[Stamped]) -> Vec<u8> {
    // Room for most submissions, so that a large entry is not copied while it grows.
    let mut bytes = Vec::with_capacity(1536 * commands.len());
    let written = match commands {
        [one] => {
            bytes.push(if commits_plan(one) { PLAN } else { ONE });
            borsh::to_writer(&mut bytes, one)
        }
        several => {
            bytes.push(SEVERAL);
            borsh::to_writer(&mut bytes, several)
        }
    };
    match written {
        Ok(()) => bytes,
        // Memory takes every byte, and no collection here is longer than 2³² entries.
        Err(error) => unreachable!("encoding to memory cannot fail: {error}"),
    }
}

/// The commands of an entry with their times, in order; none when the entry carries none: a new
/// leader's empty one, or a change of members, which does not happen while running.
///
/// # Errors
/// The commands cannot be read.
pub fn commands_of(entry: &Entry) -> Result<Vec<Stamped>, EntryError> {
    let command = entry.get_entry_type() == EntryType::EntryNormal;
    match command && !entry.data.is_empty() {
        true => decode(&entry.data),
        false => Ok(Vec::new()),
    }
}

/// Reads what [`encode_commands`] wrote.
fn decode(bytes: &[u8]) -> Result<Vec<Stamped>, EntryError> {
    match bytes.split_first() {
        Some((&(ONE | PLAN), rest)) => Ok(vec![Stamped::try_from_slice(rest)?]),
        Some((&SEVERAL, rest)) => Ok(Vec::try_from_slice(rest)?),
        Some((&found, _)) => Err(EntryError::Version { found }),
        None => Err(EntryError::Version { found: 0 }),
    }
}

/// True when the entry commits a plan, which stands in an entry of its own.
pub fn is_plan(entry: &Entry) -> bool {
    // Those who archive ask it of every entry: nothing need be read for that.
    entry.data.first() == Some(&PLAN) && entry.get_entry_type() == EntryType::EntryNormal
}

fn commits_plan(stamped: &Stamped) -> bool {
    matches!(stamped.command, Command::CommitPlan(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(count: i64) -> Vec<Stamped> {
        let tick = |time_ms| Stamped {
            time_ms,
            command: Command::Tick,
        };
        (0..count).map(tick).collect()
    }

    #[test]
    fn commands_survive_encoding_in_their_order() {
        for count in [1, 2, 5] {
            let commands = ticks(count);
            assert_eq!(decode(&encode_commands(&commands)).unwrap(), commands);
        }
    }

    #[test]
    fn a_single_command_keeps_its_format() {
        let mut bytes = vec![1];
        bytes.extend(borsh::to_vec(&ticks(1)[0]).unwrap());
        assert_eq!(encode_commands(&ticks(1)), bytes);
    }

    #[test]
    fn a_plan_has_its_own_format_and_older_ones_are_refused() {
        use ewc_core::model::PolicyKind;
        use ewc_core::planner::{Repair, Round, Scope, plan, repair};

        let state = ewc_core::State::default();
        let round = Round {
            policy: PolicyKind::Price,
            scope: Scope::All,
            jobs_max: 7,
            seed: 3,
        };
        let stamped = |plan| Stamped {
            time_ms: 5,
            command: Command::CommitPlan(plan),
        };
        let plan = plan(&state, &round, |_| true);
        let repaired = repair(&state, plan.clone(), |_| true);
        assert_eq!(
            repaired.repair,
            Some(Repair {
                index: 0,
                stopped_at: 0
            })
        );
        for plan in [plan.clone(), repaired] {
            let bytes = encode_commands(&[stamped(plan.clone())]);
            assert_eq!(bytes[0], PLAN);
            assert_eq!(decode(&bytes).unwrap(), [stamped(plan)]);
        }
        let entry = |data: Vec<u8>| Entry {
            data: data.into(),
            ..Entry::default()
        };
        let mut old = encode_commands(&[stamped(plan)]);
        assert!(is_plan(&entry(old.clone())));
        for version in [3, 4] {
            old[0] = version;
            let refused = decode(&old);
            assert!(matches!(refused, Err(EntryError::Version { found }) if found == version));
        }
        let others = [
            Vec::new(),
            encode_commands(&ticks(1)),
            encode_commands(&ticks(2)),
        ];
        assert!(others.into_iter().all(|data| !is_plan(&entry(data))));
    }

    #[test]
    fn what_is_cut_or_of_a_newer_version_is_refused() {
        let bytes = encode_commands(&ticks(2));
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "cut to {length}");
        }
        let newer = decode(&[6, 0]);
        assert!(matches!(newer, Err(EntryError::Version { found: 6 })));
    }
}
