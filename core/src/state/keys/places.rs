//! A set of places, each the prefix of a digest and a job, that costs little to change while it is
//! shared.
//!
//! New changes go into a short list. When it is full it is merged into a longer one, and that one
//! into a longer one still when it is full in turn: a log-structured merge tree (O'Neil et al.,
//! Acta Informatica 33, 1996). Lists are replaced rather than changed while others share them.
//! Most prefixes that are asked for stand nowhere: a filter says so of each list at the cost of
//! one look into memory.
//!
//! A place is changed by being toggled. One that is toggled in two lists is in neither, and leaves
//! both when they meet; until then it is found although it is gone.

mod filter;

use std::sync::Arc;

use crate::model::JobId;

use filter::Filter;

/// Changes that wait in the first list at most.
const RECENT_MAX: usize = 256;
/// A list may be so many times as long as the one before.
const RATIO: usize = 8;
/// Places that are looked at beside the one where another is expected.
const NEAR: usize = 4;

type Place = (u64, JobId);

/// The set.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// Sorted, without the same place twice; so are the others, of which the shortest comes first.
    recent: Arc<Vec<Place>>,
    lists: Vec<Arc<List>>,
}

#[derive(Debug, Default)]
struct List {
    places: Vec<Place>,
    filter: Filter,
}

impl Places {
    /// Adds a place that is not in the set, or takes out one that is.
    pub(super) fn toggle(&mut self, prefix: u64, job: JobId) {
        let place = (prefix, job);
        let recent = Arc::make_mut(&mut self.recent);
        match recent.binary_search(&place) {
            Ok(at) => drop(recent.remove(at)),
            Err(at) => recent.insert(at, place),
        }
        if recent.len() >= RECENT_MAX {
            self.settle();
        }
    }

    /// Jobs whose place has this prefix, and perhaps some that had.
    pub(super) fn with_prefix(&self, prefix: u64) -> impl Iterator<Item = JobId> {
        let recent = self.recent.partition_point(|at| at.0 < prefix);
        let recent = &self.recent[recent..];
        let lists = self.lists.iter();
        let lists = lists.filter(move |list| list.filter.may_hold(prefix));
        let listed = lists.map(move |list| &list.places[first_at(&list.places, prefix)..]);
        std::iter::once(recent)
            .chain(listed)
            .flat_map(move |list| list.iter().take_while(move |at| at.0 == prefix))
            .map(|(_, job)| *job)
    }

    /// Brings the first list into the first longer one that has room for all before it.
    fn settle(&mut self) {
        let mut all = std::mem::take(Arc::make_mut(&mut self.recent));
        let mut room = RECENT_MAX;
        for list in &mut self.lists {
            room *= RATIO;
            all = merge(&list.places, &all);
            if all.len() <= room {
                *list = List::of(all);
                return;
            }
            *list = Arc::default();
        }
        self.lists.push(List::of(all));
    }
}

impl List {
    fn of(places: Vec<Place>) -> Arc<List> {
        let filter = Filter::of(places.iter().map(|place| place.0), places.len());
        Arc::new(List { places, filter })
    }
}

/// Two sorted lists as one, without what stands in both.
fn merge(some: &[Place], others: &[Place]) -> Vec<Place> {
    let mut all = Vec::with_capacity(some.len() + others.len());
    let (mut some, mut others) = (some.iter().peekable(), others.iter().peekable());
    while let (Some(one), Some(other)) = (some.peek(), others.peek()) {
        match one.cmp(other) {
            std::cmp::Ordering::Less => all.extend(some.next()),
            std::cmp::Ordering::Greater => all.extend(others.next()),
            std::cmp::Ordering::Equal => _ = (some.next(), others.next()),
        }
    }
    all.extend(some);
    all.extend(others);
    all
}

/// Position of the first place whose prefix is not smaller.
///
/// Prefixes of digests are spread evenly: how far one place is from another follows from their
/// prefixes, but for the square root of the distance. Two such steps lead next to the place sought,
/// where plain halving would touch a dozen places all over the list, none of them in a cache.
fn first_at(list: &[Place], prefix: u64) -> usize {
    let Some(last) = list.len().checked_sub(1) else {
        return 0;
    };
    let places = |apart: u64| ((u128::from(apart) * list.len() as u128) >> 64) as usize;
    let mut at = places(prefix);
    for _ in 0..2 {
        let found = list[at].0;
        at = match prefix.checked_sub(found) {
            Some(ahead) => (at + places(ahead)).min(last),
            None => at.saturating_sub(places(found - prefix)),
        };
    }
    let is_before = |place: &Place| place.0 < prefix;
    let (mut from, mut to, mut step) = (at, at, NEAR);
    while from > 0 && !is_before(&list[from - 1]) {
        from = from.saturating_sub(step);
        step *= 2;
    }
    while to <= last && is_before(&list[to]) {
        to = (to + step).min(list.len());
        step *= 2;
    }
    from + list[from..to].partition_point(is_before)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// A prefix that looks like one of a digest.
    fn spread(number: u64) -> u64 {
        let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn size(places: &Places) -> usize {
        let listed = places.lists.iter().map(|list| list.places.len());
        places.recent.len() + listed.sum::<usize>()
    }

    #[test]
    fn many_are_found_and_lists_are_few() {
        let mut places = Places::default();
        let count = 200_000;
        for number in 0..count {
            places.toggle(spread(number), JobId(number));
        }
        for number in (0..count).step_by(17) {
            let found: Vec<JobId> = places.with_prefix(spread(number)).collect();
            assert_eq!(found, [JobId(number)]);
            assert_eq!(places.with_prefix(spread(count + number)).count(), 0);
        }
        assert_eq!(size(&places), count as usize);
        assert!(places.lists.len() <= 4, "{}", places.lists.len());
    }

    #[test]
    fn what_comes_and_goes_takes_no_room() {
        let mut places = Places::default();
        let alive = 5_000;
        for number in 0..300_000 {
            places.toggle(spread(number), JobId(number));
            if let Some(old) = number.checked_sub(alive) {
                places.toggle(spread(old), JobId(old));
            }
        }
        assert!(size(&places) < 4 * alive as usize, "{}", size(&places));
    }

    #[test]
    fn a_clone_keeps_what_it_had() {
        let mut places = Places::default();
        places.toggle(1, JobId(1));
        let before = places.clone();
        (2..5_000).for_each(|number| places.toggle(number, JobId(number)));
        places.toggle(1, JobId(1));
        assert_eq!(before.with_prefix(1).collect::<Vec<_>>(), [JobId(1)]);
        assert_eq!(before.with_prefix(2).count(), 0);
    }

    proptest! {
        /// However prefixes are spread.
        #[test]
        fn the_first_place_is_that_of_a_plain_search(
            mut prefixes in prop::collection::vec(any::<u64>(), 0..300),
            low in any::<bool>(),
            asked in any::<u64>(),
        ) {
            let narrow = |prefix: u64| if low { prefix >> 57 } else { prefix };
            prefixes.iter_mut().for_each(|prefix| *prefix = narrow(*prefix));
            prefixes.sort_unstable();
            let list: Vec<Place> = prefixes.iter().map(|prefix| (*prefix, JobId(1))).collect();
            for prefix in prefixes.iter().copied().chain([0, u64::MAX, narrow(asked)]) {
                let expected = list.partition_point(|at| at.0 < prefix);
                prop_assert_eq!(first_at(&list, prefix), expected);
            }
        }

        /// All that is in the set is found; what is found besides was in it.
        #[test]
        fn it_holds_what_a_plain_set_holds(
            toggled in prop::collection::vec((0_u64..40, 0_u64..4), 1..400),
        ) {
            let mut places = Places::default();
            let (mut plain, mut ever) = (BTreeSet::new(), BTreeSet::new());
            for (at, (prefix, job)) in toggled.into_iter().enumerate() {
                // Each job has one place, all its life.
                let (prefix, job) = (spread(prefix), JobId(job));
                if !plain.insert((prefix, job)) {
                    plain.remove(&(prefix, job));
                }
                ever.insert((prefix, job));
                places.toggle(prefix, job);
                if at % 7 == 0 {
                    places.settle();
                }
                let found: BTreeSet<Place> = places
                    .with_prefix(prefix)
                    .map(|job| (prefix, job))
                    .collect();
                let here = |place: &&Place| place.0 == prefix;
                prop_assert!(plain.iter().filter(here).all(|place| found.contains(place)));
                prop_assert!(found.is_subset(&ever));
            }
        }
    }
}
