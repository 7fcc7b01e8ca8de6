//! A sample of jobs that does not depend on the order of the rows, of bounded size.

use std::collections::BTreeMap;

/// A job as a bar over time; in seconds since the start.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report::planner) struct JobBar {
    pub(in crate::report::planner) number: String,
    pub(in crate::report::planner) key: String,
    pub(in crate::report::planner) class: usize,
    pub(in crate::report::planner) start_s: f64,
    /// `None`: it runs on.
    pub(in crate::report::planner) end_s: Option<f64>,
    pub(in crate::report::planner) wait_s: f64,
    pub(in crate::report::planner) tasks: String,
    pub(in crate::report::planner) attempts: f64,
    pub(in crate::report::planner) succeeded: bool,
}

/// The jobs whose numbers have the lowest hashes: any job is as likely to be there as another.
#[derive(Debug, Default)]
pub(in crate::report::planner) struct Sample {
    kept: BTreeMap<(u64, String), JobBar>,
    /// Jobs offered.
    pub(in crate::report::planner) of: u64,
}

impl Sample {
    pub(super) fn offer(&mut self, size: usize, number: &str, bar: impl FnOnce() -> JobBar) {
        self.of += 1;
        let hash = hash(number);
        let full = self.kept.len() >= size;
        if full
            && self
                .kept
                .last_key_value()
                .is_none_or(|((last, _), _)| hash > *last)
        {
            return;
        }
        self.kept.insert((hash, number.to_owned()), bar());
        if self.kept.len() > size {
            self.kept.pop_last();
        }
    }

    /// By rising start.
    pub(in crate::report::planner) fn bars(&self) -> Vec<&JobBar> {
        let mut bars: Vec<&JobBar> = self.kept.values().collect();
        bars.sort_by(|a, b| {
            a.start_s
                .total_cmp(&b.start_s)
                .then(a.number.cmp(&b.number))
        });
        bars
    }
}

/// FNV-1a (Fowler, Noll, Vo), mixed as in SplitMix64 (Steele, Lea, Flood 2014).
fn hash(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(number: &str) -> JobBar {
        JobBar {
            number: number.to_owned(),
            key: String::new(),
            class: 0,
            start_s: number.parse().unwrap(),
            end_s: None,
            wait_s: 0.0,
            tasks: String::from("1"),
            attempts: 1.0,
            succeeded: true,
        }
    }

    #[test]
    fn the_sample_is_bounded_even_and_the_same_in_any_order() {
        let numbers: Vec<String> = (0..10_000).map(|number| number.to_string()).collect();
        let sample = |numbers: &mut dyn Iterator<Item = &String>| {
            let mut sample = Sample::default();
            numbers.for_each(|number| sample.offer(200, number, || bar(number)));
            sample
        };
        let (there, back) = (
            sample(&mut numbers.iter()),
            sample(&mut numbers.iter().rev()),
        );
        assert_eq!(there.bars(), back.bars());
        assert_eq!((there.bars().len(), there.of), (200, 10_000));
        let early = there
            .bars()
            .iter()
            .filter(|bar| bar.start_s < 5000.0)
            .count();
        assert!((70..130).contains(&early), "{early}");
    }
}
