//! The newest entries of the log in memory, so that replication and apply do not read the disk.

use std::collections::VecDeque;

use raft::eraftpb::Entry;

/// Memory an entry takes beside its payload: the struct, two buffer headers, its slot.
const ENTRY_OVERHEAD_BYTES: usize = 192;

/// A contiguous run of entries that ends with the last one of the log.
///
/// Bounded by bytes; the last entry stays even when it alone is larger than the bound.
#[derive(Debug)]
pub(super) struct EntryCache {
    entries: VecDeque<Entry>,
    bytes: usize,
    bytes_max: usize,
}

impl EntryCache {
    pub(super) fn new(bytes_max: usize) -> Self {
        EntryCache {
            entries: VecDeque::new(),
            bytes: 0,
            bytes_max,
        }
    }

    /// Index of the first cached entry.
    pub(super) fn first_index(&self) -> Option<u64> {
        self.entries.front().map(|entry| entry.index)
    }

    /// Index of the last cached entry, which is the last one of the log.
    pub(super) fn last_index(&self) -> Option<u64> {
        self.entries.back().map(|entry| entry.index)
    }

    /// The cached entries with an index in `low..high`.
    pub(super) fn range(&self, low: u64, high: u64) -> impl Iterator<Item = &Entry> {
        let first = self.first_index().unwrap_or(high);
        let skip = low.saturating_sub(first) as usize;
        self.entries
            .iter()
            .skip(skip)
            .take_while(move |entry| entry.index < high)
    }

    /// Appends `entry`, which follows the last one, and drops the oldest beyond the bound.
    pub(super) fn push(&mut self, entry: Entry) {
        debug_assert!(
            self.entries
                .back()
                .is_none_or(|last| last.index + 1 == entry.index)
        );
        self.bytes += entry_bytes(&entry);
        self.entries.push_back(entry);
        self.shrink();
    }

    /// Drops the entries from `index` on: others take their places.
    pub(super) fn truncate_from(&mut self, index: u64) {
        while let Some(entry) = self.entries.pop_back_if(|last| last.index >= index) {
            self.bytes -= entry_bytes(&entry);
        }
    }

    /// Drops the entries up to and including `index`.
    pub(super) fn drop_to(&mut self, index: u64) {
        while let Some(entry) = self.entries.pop_front_if(|first| first.index <= index) {
            self.bytes -= entry_bytes(&entry);
        }
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }

    pub(super) fn set_bytes_max(&mut self, bytes_max: usize) {
        self.bytes_max = bytes_max;
        self.shrink();
    }

    fn shrink(&mut self) {
        while self.bytes > self.bytes_max && self.entries.len() > 1 {
            if let Some(oldest) = self.entries.pop_front() {
                self.bytes -= entry_bytes(&oldest);
            }
        }
    }
}

fn entry_bytes(entry: &Entry) -> usize {
    entry.data.len() + entry.context.len() + ENTRY_OVERHEAD_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(index: u64) -> Entry {
        let data = vec![0; 1000 - ENTRY_OVERHEAD_BYTES].into();
        Entry {
            index,
            data,
            ..Entry::default()
        }
    }

    fn indices(cache: &EntryCache) -> Vec<u64> {
        cache.range(0, u64::MAX).map(|entry| entry.index).collect()
    }

    #[test]
    fn keeps_the_newest_within_the_bound() {
        let mut cache = EntryCache::new(3000);
        (5..10).for_each(|index| cache.push(entry(index)));
        assert_eq!(indices(&cache), [7, 8, 9]);
        cache.truncate_from(9);
        cache.push(entry(9));
        cache.drop_to(7);
        assert_eq!((indices(&cache), cache.bytes), (vec![8, 9], 2000));
        cache.set_bytes_max(0);
        assert_eq!(indices(&cache), [9]);
    }

    #[test]
    fn ranges_are_half_open() {
        let mut cache = EntryCache::new(usize::MAX);
        assert_eq!(cache.range(1, 5).count(), 0);
        (5..10).for_each(|index| cache.push(entry(index)));
        for (low, high, expect) in [(0, 7, 2), (5, 10, 5), (6, 8, 2), (9, 9, 0), (10, 12, 0)] {
            assert_eq!(cache.range(low, high).count(), expect, "{low}..{high}");
        }
    }
}
