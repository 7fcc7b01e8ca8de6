//! Which scheduler to talk to: follow the hint of a follower, otherwise take the next.

use tonic::Status;

/// Metadata under which a follower names the leader.
const LEADER_KEY: &str = "ewc-leader";

/// The configured schedulers and the one believed to lead.
#[derive(Clone, Debug)]
pub(super) struct Endpoints {
    configured: Vec<String>,
    next: usize,
    current: String,
}

impl Endpoints {
    /// Of a list that is not empty.
    pub fn new(configured: Vec<String>) -> Self {
        let current = configured.first().cloned().unwrap_or_default();
        Self {
            configured,
            next: 1,
            current,
        }
    }

    pub fn current(&self) -> &str {
        &self.current
    }

    /// Tries in one turn: each once, and once more to follow a hint.
    pub fn tries(&self) -> usize {
        self.configured.len() + 1
    }

    /// Moves on after a failure. A hint that names the current one again is no help.
    pub fn after(&mut self, failure: &Status) {
        let hint = failure
            .metadata()
            .get(LEADER_KEY)
            .and_then(|value| value.to_str().ok());
        match hint.filter(|hint| hint.contains("://") && *hint != self.current) {
            Some(leader) => self.current = leader.to_owned(),
            None => self.rotate(),
        }
    }

    fn rotate(&mut self) {
        let count = self.configured.len().max(1);
        for _ in 0..count {
            let candidate = self
                .configured
                .get(self.next % count)
                .cloned()
                .unwrap_or_default();
            self.next += 1;
            if candidate != self.current || count == 1 {
                self.current = candidate;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(leader: &str) -> Status {
        let mut status = Status::failed_precondition("not the leader");
        if !leader.is_empty() {
            status
                .metadata_mut()
                .insert(LEADER_KEY, leader.parse().unwrap());
        }
        status
    }

    #[test]
    fn hints_are_followed_and_failures_rotate() {
        let mut endpoints = Endpoints::new(vec![
            "http://a".into(),
            "http://b".into(),
            "http://c".into(),
        ]);
        let steps = [
            ("", "http://b"),
            ("http://a", "http://a"),
            ("http://a", "http://c"),
            ("http://elsewhere", "http://elsewhere"),
            ("", "http://a"),
            ("nonsense", "http://b"),
        ];
        for (hint, expected) in steps {
            endpoints.after(&status(hint));
            assert_eq!(endpoints.current(), expected, "after {hint:?}");
        }
    }
}
