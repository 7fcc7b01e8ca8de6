//! Stored entries, read one after the other.

use std::ops::{Deref, Range};

use raft::eraftpb::Entry;

use super::error::{Error, Fault};
use super::format;
use super::places::Places;

/// Reads stored entries in order; all of `indices` must exist. Ends after the first error.
pub(super) struct StoredEntries<P> {
    places: P,
    indices: Range<u64>,
    bytes: Vec<u8>,
}

impl<P: Deref<Target = Places>> StoredEntries<P> {
    pub(super) fn new(places: P, indices: Range<u64>) -> Self {
        StoredEntries {
            places,
            indices,
            bytes: Vec::new(),
        }
    }

    fn read(&mut self, index: u64) -> Result<Entry, Error> {
        let corrupt = |fault| Error::Corrupt { index, fault };
        let found = self.places.find(index);
        let (place, file) = found.ok_or(corrupt(Fault::Missing))?;
        self.bytes.resize(place.bytes as usize, 0);
        let read = file.read_exact_at(&mut self.bytes, place.offset);
        read.map_err(|source| Error::Io {
            file: place.file,
            source,
        })?;
        format::decode_entry(index, &self.bytes).map_err(corrupt)
    }
}

impl<P: Deref<Target = Places>> Iterator for StoredEntries<P> {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.indices.next()?;
        let result = self.read(index);
        if result.is_err() {
            self.indices = 0..0;
        }
        Some(result)
    }
}
