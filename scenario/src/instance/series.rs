//! A whole number that holds in every slot, or one number for each slot.

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A value over the slots of the horizon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Series {
    /// The same in every slot.
    Flat(i64),
    /// One value for each slot.
    Slots(Vec<i64>),
}

impl Series {
    /// The value in a slot; 0 after the last one that is given.
    pub fn at(&self, slot: usize) -> i64 {
        match self {
            Series::Flat(value) => *value,
            Series::Slots(values) => values.get(slot).copied().unwrap_or(0),
        }
    }

    /// The values of all slots.
    pub fn over(&self, slots: usize) -> Vec<i64> {
        (0..slots).map(|slot| self.at(slot)).collect()
    }
}

impl<'de> Deserialize<'de> for Series {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Series, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Series;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, or a list of whole numbers, one for each slot")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Series, E> {
        Ok(Series::Flat(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Series, E> {
        let value = i64::try_from(value);
        value
            .map(Series::Flat)
            .map_err(|_| E::custom("the number is too large"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Series, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Series::Slots(values))
    }
}
