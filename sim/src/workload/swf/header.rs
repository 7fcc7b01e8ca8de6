//! Header comments: `; MaxProcs: 100`.

/// Entries kept; a log with more of them is no log.
const ENTRIES_MAX: usize = 1000;

/// What the comments of a log say of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SwfHeader {
    entries: Vec<(String, String)>,
}

impl SwfHeader {
    /// The first value under that name, in any case, e.g. `"Computer"`.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut entries = self.entries();
        let found = entries.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    /// Every entry in order; a name may occur several times.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Processors of the machine.
    pub fn processors_max(&self) -> Option<i64> {
        self.number("MaxProcs")
    }

    /// Nodes of the machine.
    pub fn nodes_max(&self) -> Option<i64> {
        self.number("MaxNodes")
    }

    /// Unix time in seconds at which submission times are 0.
    pub fn unix_start_seconds(&self) -> Option<i64> {
        self.number("UnixStartTime")
    }

    fn number(&self, name: &str) -> Option<i64> {
        let value = self.get(name)?;
        // Some logs add words: "MaxProcs: 9216 (1152 nodes)".
        let first = value.split_ascii_whitespace().next()?;
        first.parse().ok().filter(|number| *number >= 0)
    }

    pub(super) fn add(&mut self, comment: &str) {
        let Some((name, value)) = comment.split_once(':') else {
            return;
        };
        let name = name.trim();
        let is_word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        if is_word && self.entries.len() < ENTRIES_MAX {
            self.entries
                .push((name.to_owned(), value.trim().to_owned()));
        }
    }
}
