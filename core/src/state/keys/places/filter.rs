//! Tells of most prefixes that are not in a list that they are not.
//!
//! A Bloom filter in blocks: all bits of a prefix are in one line of the cache (F. Putze, P.
//! Sanders, J. Singler, "Cache-, hash- and space-efficient Bloom filters", ACM Journal of
//! Experimental Algorithmics 14, 2009). Prefixes are digests already: their upper bits choose the
//! line, so that a sorted list fills one after the other, and their lower ones the bits.

/// With so many in a line about half of the bits in use are set, and each prefix asks for six of
/// them: one or two in a hundred that are not there are taken for one that is.
const PREFIXES_PER_LINE: usize = 42;
/// One bit of each of the first so many words of a line.
const WORDS: usize = 6;

type Line = [u64; 8];

/// The filter; an empty one holds nothing.
#[derive(Debug, Default)]
pub(super) struct Filter(Vec<Line>);

impl Filter {
    /// That of so many prefixes.
    pub(super) fn of(prefixes: impl Iterator<Item = u64>, count: usize) -> Filter {
        let lines = count.div_ceil(PREFIXES_PER_LINE);
        let mut filter = Filter(vec![Line::default(); lines]);
        for prefix in prefixes {
            let at = filter.line(prefix);
            for (word, bit) in bits(prefix) {
                filter.0[at][word] |= bit;
            }
        }
        filter
    }

    /// False when this prefix is not there for certain.
    pub(super) fn may_hold(&self, prefix: u64) -> bool {
        let line = self.0.get(self.line(prefix));
        line.is_some_and(|line| bits(prefix).all(|(word, bit)| line[word] & bit != 0))
    }

    fn line(&self, prefix: u64) -> usize {
        ((u128::from(prefix) * self.0.len() as u128) >> 64) as usize
    }
}

fn bits(prefix: u64) -> impl Iterator<Item = (usize, u64)> {
    (0..WORDS).map(move |word| (word, 1 << ((prefix >> (6 * word)) & 63)))
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn prefix(number: u64) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(number.to_le_bytes()));
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    #[test]
    fn what_is_there_is_found_and_little_else() {
        for count in [0, 1, 41, 42, 43, 5_000] {
            let filter = Filter::of((0..count).map(prefix), count as usize);
            assert!((0..count).all(|number| filter.may_hold(prefix(number))));
            let others = (count..count + 10_000).map(prefix);
            let found = others.filter(|other| filter.may_hold(*other)).count();
            assert!(found < 300, "{found} of 10,000 beside {count}");
        }
    }
}
