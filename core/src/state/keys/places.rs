//! A set of places, each the prefix of a digest and a job, that costs little to change while it is
//! shared.
//!
//! New changes go into a small tree. When it is full it is merged into a sorted list, and that one
//! into a longer one when it is full in turn: a log-structured merge tree (O'Neil et al., Acta
//! Informatica 33, 1996). Lists are never changed but replaced, so that clones share them.
//!
//! A place is changed by being toggled. One that is toggled in two lists is in neither, and leaves
//! both when they meet; until then it is found although it is gone.

use std::sync::Arc;

use imbl::OrdSet;

use crate::model::JobId;

/// Changes that wait in the tree at most.
const RECENT_MAX: usize = 1024;
/// A list may be so many times as long as the one before.
const RATIO: usize = 8;

type Place = (u64, JobId);

/// The set.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    recent: OrdSet<Place>,
    /// Sorted, each without the same place twice; the shortest comes first.
    lists: Vec<Arc<Vec<Place>>>,
}

impl Places {
    /// Adds a place that is not in the set, or takes out one that is.
    pub(super) fn toggle(&mut self, prefix: u64, job: JobId) {
        if self.recent.remove(&(prefix, job)).is_none() {
            self.recent.insert((prefix, job));
        }
        if self.recent.len() >= RECENT_MAX {
            self.settle();
        }
    }

    /// Jobs whose place has this prefix, and perhaps some that had.
    pub(super) fn with_prefix(&self, prefix: u64) -> impl Iterator<Item = JobId> {
        let next = move |from: &Place| self.recent.get_next(from).filter(|at| at.0 == prefix);
        let after = move |at: &&Place| next(&(prefix, JobId(at.1.0.checked_add(1)?)));
        let recent = std::iter::successors(next(&(prefix, JobId(0))), after);
        let listed = self.lists.iter().flat_map(move |list| {
            let places = list[first_at(list, prefix)..].iter();
            places.take_while(move |at| at.0 == prefix)
        });
        recent.chain(listed).map(|(_, job)| *job)
    }

    /// Brings what waits in the tree into the first list that has room for all before it.
    fn settle(&mut self) {
        let mut all: Vec<Place> = std::mem::take(&mut self.recent).into_iter().collect();
        let mut room = RECENT_MAX;
        for list in &mut self.lists {
            room *= RATIO;
            all = merge(list, &all);
            if all.len() <= room {
                *list = Arc::new(all);
                return;
            }
            *list = Arc::default();
        }
        self.lists.push(Arc::new(all));
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

/// Position of the first place whose prefix is not smaller. Prefixes of digests are spread evenly,
/// so that it is close to where it would be if they were spread perfectly.
fn first_at(list: &[Place], prefix: u64) -> usize {
    let share = |by: u64| ((u128::from(by) * list.len() as u128) >> 64) as usize;
    // Four times the standard deviation of a binomial distribution, at its largest.
    let within = 2 * list.len().isqrt() + 2;
    let guess = share(prefix);
    let (from, to) = (
        guess.saturating_sub(within),
        (guess + within).min(list.len()),
    );
    let is_before = |at: &Place| at.0 < prefix;
    let holds = list.get(from).is_none_or(is_before) || from == 0;
    match holds && list.get(to).is_none_or(|at| !is_before(at)) {
        true => from + list[from..to].partition_point(is_before),
        false => list.partition_point(is_before),
    }
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
        places.recent.len() + places.lists.iter().map(|list| list.len()).sum::<usize>()
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
        assert!(places.lists.len() <= 3, "{}", places.lists.len());
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
        assert!(size(&places) < 20 * RECENT_MAX, "{}", size(&places));
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
