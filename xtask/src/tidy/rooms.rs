//! Words that must not be said in a part of the house, or only there.
//!
//! The compiler keeps crates apart; these rules keep apart what stands in one crate.

use std::path::Path;

/// What a part of the house must not say.
struct Room {
    /// The part: sources below this path, tests apart.
    within: &'static str,
    /// Parts of it that may.
    but_for: &'static [&'static str],
    /// The words.
    words: &'static [&'static str],
    /// Why.
    because: &'static str,
}

const ROOMS: [Room; 8] = [
    Room {
        within: "core/src",
        but_for: &[],
        words: &[
            "std::time",
            "SystemTime",
            "Instant::",
            "std::thread",
            "std::fs",
            "std::net",
            "std::env",
            "HashMap",
            "HashSet",
            "println!",
        ],
        because: "the core is pure",
    },
    Room {
        within: "core/src",
        but_for: &["core/src/topology"],
        words: &["petgraph"],
        because: "the graph stays behind Topology",
    },
    Room {
        within: "scheduler/src/replica",
        but_for: &[],
        words: &["tokio", "std::time", "std::thread", "std::net"],
        because: "a replica is driven: it has no clock, thread or network of its own",
    },
    Room {
        within: "scheduler/src/log_store",
        but_for: &[
            "scheduler/src/log_store/rate_test.rs",
            "scheduler/src/log_store/room.rs",
        ],
        words: &["tokio", "std::time", "std::thread", "std::net"],
        because: "the log has no clock or network of its own, and no thread but to make room",
    },
    Room {
        within: "scheduler/src",
        // The network's own time, and when files of certificates changed.
        but_for: &["scheduler/src/clock.rs", "scheduler/src/listen/tls.rs"],
        words: &["SystemTime"],
        because: "raft, leases and fences use clocks that nobody sets",
    },
    Room {
        within: "scheduler/src",
        but_for: &["scheduler/src/history"],
        words: &["redb::", "use redb"],
        because: "the database stays behind history",
    },
    Room {
        within: "scheduler/src",
        but_for: &["scheduler/src/services", "scheduler/src/listen"],
        words: &["tonic::Request", "tonic::Response"],
        because: "only services and listen see requests",
    },
    Room {
        within: "agent/src/logic",
        but_for: &[],
        words: &[
            "tokio",
            "std::time",
            "std::thread",
            "std::fs",
            "std::net",
            "std::process",
        ],
        because: "the agent's logic is driven: it has no task, clock, file or socket of its own",
    },
];

/// The first word of a line of a source that must not stand there, and why.
pub fn breach(file: &Path, line: &str) -> Option<(&'static str, &'static str)> {
    if line.trim_start().starts_with("//") {
        return None;
    }
    let is_in = |room: &&Room| {
        file.starts_with(room.within) && !room.but_for.iter().any(|part| file.starts_with(part))
    };
    ROOMS.iter().filter(is_in).find_map(|room| {
        let word = room.words.iter().find(|word| line.contains(**word))?;
        Some((*word, room.because))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_refused_where_it_must_not_stand_and_nowhere_else() {
        let said = |file, line| breach(Path::new(file), line).map(|(word, _)| word);
        let clock = "use std::time::Instant;";
        assert_eq!(said("core/src/state/tick.rs", clock), Some("std::time"));
        assert_eq!(
            said("scheduler/src/replica/mod.rs", clock),
            Some("std::time")
        );
        assert_eq!(said("agent/src/logic/staging.rs", clock), Some("std::time"));
        assert_eq!(said("scheduler/src/driver/mod.rs", clock), None);
        assert_eq!(said("scheduler/src/log_store/rate_test.rs", clock), None);

        let wall = "let now = SystemTime::now();";
        assert_eq!(said("scheduler/src/leases.rs", wall), Some("SystemTime"));
        assert_eq!(said("scheduler/src/clock.rs", wall), None);

        let graph = "use petgraph::Graph;";
        assert_eq!(said("core/src/planner/chain.rs", graph), Some("petgraph"));
        assert_eq!(said("core/src/topology/routes.rs", graph), None);
        assert_eq!(
            said("core/src/planner/chain.rs", "// as petgraph has it"),
            None
        );

        let base = "use redb::Database;";
        assert_eq!(said("scheduler/src/archive/mod.rs", base), Some("redb::"));
        assert_eq!(said("scheduler/src/history/mod.rs", base), None);

        let request = "use tonic::Request;";
        assert_eq!(
            said("scheduler/src/planning/rounds.rs", request),
            Some("tonic::Request")
        );
        assert_eq!(said("scheduler/src/services/job.rs", request), None);
    }
}
