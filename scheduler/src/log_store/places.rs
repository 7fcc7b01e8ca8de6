//! Where every entry of the log lies, in memory, and the files it lies in.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::disk::DiskFile;

/// Where one entry lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) term: u64,
    /// Number of the file.
    pub(super) file: u64,
    pub(super) offset: u64,
    pub(super) bytes: u32,
}

/// The places of a contiguous run of entries that ends with the last one of the log.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// Index of the first place, or of the next entry if there are none.
    first: u64,
    places: VecDeque<Place>,
    files: BTreeMap<u64, Arc<dyn DiskFile>>,
}

impl Default for Places {
    /// Of an empty log, which begins with entry 1.
    fn default() -> Places {
        Places {
            first: 1,
            places: VecDeque::new(),
            files: BTreeMap::new(),
        }
    }
}

impl Places {
    /// Index of the first place, or of the next entry if there are none.
    pub(super) fn first_index(&self) -> u64 {
        self.first
    }

    /// Index of the last place, or of the entry before the first if there are none.
    pub(super) fn last_index(&self) -> u64 {
        self.first + self.places.len() as u64 - 1
    }

    pub(super) fn get(&self, index: u64) -> Option<Place> {
        let offset = index.checked_sub(self.first)?;
        self.places.get(usize::try_from(offset).ok()?).copied()
    }

    /// The place of an entry and its file.
    pub(super) fn find(&self, index: u64) -> Option<(Place, &dyn DiskFile)> {
        let place = self.get(index)?;
        Some((place, self.files.get(&place.file)?.as_ref()))
    }

    /// The same from `index` on.
    pub(super) fn from(&self, index: u64) -> Places {
        let first = index.clamp(self.first, self.last_index() + 1);
        let skipped = (first - self.first) as usize;
        Places {
            first,
            places: self.places.iter().skip(skipped).copied().collect(),
            files: self.files.clone(),
        }
    }

    /// Appends the place of the next entry.
    pub(super) fn push(&mut self, place: Place) {
        self.places.push_back(place);
    }

    /// Forgets the places from `index` on: others come there. Those before `index` may be unknown.
    pub(super) fn truncate_from(&mut self, index: u64) {
        match index.checked_sub(self.first) {
            Some(kept) => self.places.truncate(kept as usize),
            None => self.restart(index),
        }
    }

    /// Forgets the places up to and including `index`.
    pub(super) fn drop_to(&mut self, index: u64) {
        let dropped = (index + 1).saturating_sub(self.first);
        let dropped = usize::try_from(dropped)
            .map_or(self.places.len(), |dropped| dropped.min(self.places.len()));
        self.places.drain(..dropped);
        self.first += dropped as u64;
    }

    /// Forgets all places; the next one is that of `index`.
    pub(super) fn restart(&mut self, index: u64) {
        self.places.clear();
        self.first = index;
    }

    pub(super) fn add_file(&mut self, number: u64, file: Arc<dyn DiskFile>) {
        self.files.insert(number, file);
    }

    /// The first file that an entry lies in.
    pub(super) fn first_file(&self) -> Option<u64> {
        self.places.front().map(|place| place.file)
    }

    /// The oldest file, if `number` is a later one.
    pub(super) fn file_before(&self, number: u64) -> Option<u64> {
        let (oldest, _) = self.files.first_key_value()?;
        (*oldest < number).then_some(*oldest)
    }

    /// Closes a file, once no copy of this reads it.
    pub(super) fn remove_file(&mut self, number: u64) {
        self.files.remove(&number);
    }
}
