//! Names that were there before, in bounded memory.
//!
//! Names that are whole numbers, as in most traces, are kept exactly as ranges: a million names in
//! a row are one range, in whatever order they come. Of other names, and of ranges, the last
//! [`FORGOTTEN_AFTER`] are kept; a name that comes again later than that is not noticed. That
//! is about 40 MB at most, whatever the length of the trace.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hasher as _};

/// So many names, or ranges of whole numbers, are remembered.
pub const FORGOTTEN_AFTER: usize = 1 << 19;

/// The names that were there. Whole numbers are kept as ranges, of other names and of ranges the
/// last [`FORGOTTEN_AFTER`]: about 40 MB at most.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// First and last number of each range; ranges neither touch nor overlap.
    ranges: BTreeMap<u64, u64>,
    digests: HashSet<u128>,
    oldest: VecDeque<u128>,
}

impl Seen {
    /// Remembers a name; false when it was there before.
    pub fn insert(&mut self, name: &str) -> bool {
        match number(name) {
            Some(number) => self.insert_number(number),
            None => self.insert_digest(digest(name)),
        }
    }

    fn insert_number(&mut self, number: u64) -> bool {
        let below = self.ranges.range(..=number).next_back();
        let below = below.map(|(first, last)| (*first, *last));
        if below.is_some_and(|(_, last)| last >= number) {
            return false;
        }
        let touches = below.filter(|(_, last)| last + 1 == number);
        let first = touches.map_or(number, |(first, _)| first);
        let above = number.checked_add(1);
        let last = above.and_then(|above| self.ranges.remove(&above));
        self.ranges.insert(first, last.unwrap_or(number));
        if self.ranges.len() > FORGOTTEN_AFTER {
            // Most traces count upwards, so the lowest are the oldest.
            self.ranges.pop_first();
        }
        true
    }

    fn insert_digest(&mut self, digest: u128) -> bool {
        if !self.digests.insert(digest) {
            return false;
        }
        self.oldest.push_back(digest);
        if self.oldest.len() > FORGOTTEN_AFTER
            && let Some(oldest) = self.oldest.pop_front()
        {
            self.digests.remove(&oldest);
        }
        true
    }
}

/// The number that a name is, when it is written in no other way than that.
fn number(name: &str) -> Option<u64> {
    let plain = name == "0" || name.starts_with(|c: char| ('1'..='9').contains(&c));
    name.parse().ok().filter(|_| plain)
}

/// Two different names have the same 128 bits as good as never.
fn digest(name: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(salt);
        hasher.write(name.as_bytes());
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_is_known() {
        let mut seen = Seen::default();
        for name in ["1", "3", "2", "07", "7", "a", "b", "18446744073709551615"] {
            assert!(seen.insert(name), "{name} is new");
        }
        for name in ["1", "2", "3", "07", "7", "a", "b", "18446744073709551615"] {
            assert!(!seen.insert(name), "{name} was there");
        }
        assert!(seen.insert("4") && seen.insert("0") && seen.insert("+4"));
        assert_eq!(seen.ranges.len(), 3, "0 to 4, 7, and the largest");
    }

    #[test]
    fn memory_has_a_bound() {
        let mut seen = Seen::default();
        for number in 0..FORGOTTEN_AFTER as u64 + 10 {
            assert!(seen.insert(&(2 * number).to_string()));
            assert!(seen.insert(&format!("job-{number}")));
        }
        assert_eq!(seen.ranges.len(), FORGOTTEN_AFTER);
        assert_eq!(seen.digests.len(), FORGOTTEN_AFTER);
        assert_eq!(seen.oldest.len(), FORGOTTEN_AFTER);
        assert!(!seen.insert("20") && !seen.insert("job-10"), "still known");
        assert!(seen.insert("18") && seen.insert("job-9"), "forgotten");
    }
}
