//! Strings by name, such as labels or an environment.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};

/// Strings by name, in order of their names. Most jobs have none or one: it takes no more room than
/// they do, where a tree begins with a node for eleven.
///
/// In the log it is what a `BTreeMap` of the same strings would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize)]
pub struct StringMap(Box<[(String, String)]>);

impl StringMap {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The string of that name.
    pub fn get(&self, name: &str) -> Option<&String> {
        let found = self
            .0
            .binary_search_by(|(known, _)| known.as_str().cmp(name));
        found.ok().map(|at| &self.0[at].1)
    }

    /// Names and their strings, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter().map(|(name, text)| (name, text))
    }
}

impl FromIterator<(String, String)> for StringMap {
    /// Of two strings of one name, the later one counts.
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> StringMap {
        let mut pairs: Vec<(String, String)> = pairs.into_iter().collect();
        pairs.reverse();
        pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
        pairs.dedup_by(|(later, _), (kept, _)| later == kept);
        StringMap(pairs.into())
    }
}

impl<const COUNT: usize> From<[(String, String); COUNT]> for StringMap {
    fn from(pairs: [(String, String); COUNT]) -> StringMap {
        pairs.into_iter().collect()
    }
}

impl IntoIterator for StringMap {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<(String, String)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_vec().into_iter()
    }
}

impl BorshDeserialize for StringMap {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<StringMap> {
        let pairs = Vec::<(String, String)>::deserialize_reader(reader)?;
        match pairs.is_sorted_by(|one, next| one.0 < next.0) {
            true => Ok(StringMap(pairs.into())),
            false => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "names are not in order",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn it_is_what_a_tree_would_be() {
        for given in [
            pairs(&[]),
            pairs(&[("a", "1")]),
            pairs(&[("b", "1"), ("a", "2"), ("c", "3"), ("b", "4"), ("ab", "5")]),
        ] {
            let tree: BTreeMap<String, String> = given.iter().cloned().collect();
            let map: StringMap = given.into_iter().collect();
            assert!(map.iter().eq(tree.iter()));
            for name in ["", "a", "ab", "b", "c", "d"] {
                assert_eq!(map.get(name), tree.get(name), "{name}");
            }
            let bytes = borsh::to_vec(&map).unwrap();
            assert_eq!(bytes, borsh::to_vec(&tree).unwrap());
            assert_eq!(StringMap::try_from_slice(&bytes).unwrap(), map);
        }
    }

    #[test]
    fn what_is_not_in_order_is_refused() {
        for given in [
            pairs(&[("b", "1"), ("a", "2")]),
            pairs(&[("a", "1"), ("a", "2")]),
        ] {
            let bytes = borsh::to_vec(&given).unwrap();
            assert!(StringMap::try_from_slice(&bytes).is_err());
        }
    }
}
