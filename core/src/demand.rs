//! What jobs have read lately, by data set and site: what replicas could have saved.
//!
//! What is kept is bounded: at most [`ROWS_MAX`] pairs, of which the one read least gives way to a
//! new one. Every count halves within a day, in steps of an eighth of that, at the ticks that the
//! log has: equal logs give equal counts. A pair of which next to nothing is left is forgotten.

use std::collections::BTreeSet;

use borsh::{BorshDeserialize, BorshSerialize};
use imbl::{OrdMap, OrdSet};

use crate::model::SiteId;

/// Pairs of data set and site that are kept, at most.
pub const ROWS_MAX: usize = 4096;
/// What one read counts: enough halvings leave something of it.
const UNIT: i64 = 1 << 20;
/// Counts halve in this time.
const HALF_LIFE_MS: i64 = 24 * 3_600_000;
/// Steps in which they do.
const STEPS: i64 = 8;
/// 2 to the power of −1/8, in millionths.
const STEP_PPM: i128 = 917_004;
/// A pair that counts less than this part of one read is forgotten.
const FORGOTTEN: i64 = UNIT / 16;
/// The natural logarithm of 2, in millionths: reads that come at a rate of `r` in a half-life count
/// `r` / ln 2 in the long run.
const LN2_PPM: i128 = 693_147;

/// One read of a data set by a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read<'a> {
    /// What.
    pub dataset: &'a str,
    /// Where.
    pub site: SiteId,
    /// What bringing it there cost, in micro-yuan; `None` when it was there.
    pub transport_micro_cny: Option<i64>,
    /// How long the run waited for its arrival alone.
    pub waited_ms: i64,
    /// The least security level of a site that the job asks for.
    pub mlps_level: u32,
    /// Where the job's data may stand; empty: anywhere.
    pub regions: &'a [String],
}

/// Reads of one data set at one site, each weighing less with age.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Reads {
    read: i64,
    moved: i64,
    transport: i128,
    waited: i128,
    /// Reads since the first one, whatever their age.
    pub seen: u64,
    /// When the first one was.
    pub since_ms: i64,
    /// The highest level that any of the jobs asks for.
    pub mlps_level: u32,
    /// Regions in which the data of all of them may stand; `None`: anywhere.
    pub regions: Option<BTreeSet<String>>,
}

impl Reads {
    fn new(now_ms: i64) -> Reads {
        Reads {
            read: 0,
            moved: 0,
            transport: 0,
            waited: 0,
            seen: 0,
            since_ms: now_ms,
            mlps_level: 0,
            regions: None,
        }
    }

    fn add(&mut self, read: &Read<'_>) {
        self.read = self.read.saturating_add(UNIT);
        self.seen += 1;
        if let Some(cost) = read.transport_micro_cny {
            self.moved = self.moved.saturating_add(UNIT);
            self.transport += i128::from(cost) * i128::from(UNIT);
            self.waited += i128::from(read.waited_ms) * i128::from(UNIT);
        }
        self.mlps_level = self.mlps_level.max(read.mlps_level);
        if !read.regions.is_empty() {
            let theirs: BTreeSet<String> = read.regions.iter().cloned().collect();
            self.regions = Some(match &self.regions {
                Some(ours) => ours.intersection(&theirs).cloned().collect(),
                None => theirs,
            });
        }
    }

    fn age(&mut self) {
        let part = |value: i128| value * STEP_PPM / 1_000_000;
        self.read = part(i128::from(self.read)) as i64;
        self.moved = part(i128::from(self.moved)) as i64;
        (self.transport, self.waited) = (part(self.transport), part(self.waited));
    }

    /// Reads a day for which the data had to be brought, in thousandths. No more than the counts
    /// prove: of what began less than a few days ago it is less than the true rate.
    pub fn moved_permille_per_day(&self) -> i64 {
        let by_day = i128::from(self.moved) * LN2_PPM / 1_000 / i128::from(UNIT);
        i64::try_from(by_day).unwrap_or(i64::MAX)
    }

    /// What bringing the data has cost a day, in micro-yuan.
    pub fn transport_micro_cny_per_day(&self) -> i64 {
        per_day(self.transport)
    }

    /// How long runs have waited for it, in milliseconds a day.
    pub fn waited_ms_per_day(&self) -> i64 {
        per_day(self.waited)
    }
}

fn per_day(sum: i128) -> i64 {
    i64::try_from(sum / i128::from(UNIT) * LN2_PPM / 1_000_000).unwrap_or(i64::MAX)
}

/// What jobs have read lately. A clone shares its pages with the original.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand {
    rows: OrdMap<(String, SiteId), Reads>,
    /// The same pairs by what they count: every new one asks who is read least, once all rows are
    /// taken.
    by_reads: OrdSet<(i64, (String, SiteId))>,
    aged_ms: i64,
}

impl BorshSerialize for Demand {
    fn serialize<W: borsh::io::Write>(&self, out: &mut W) -> borsh::io::Result<()> {
        (self.aged_ms, self.rows.len() as u64).serialize(out)?;
        self.rows.iter().try_for_each(|row| row.serialize(out))
    }
}

impl BorshDeserialize for Demand {
    fn deserialize_reader<R: borsh::io::Read>(input: &mut R) -> borsh::io::Result<Demand> {
        let (aged_ms, count) = <(i64, u64)>::deserialize_reader(input)?;
        let mut demand = Demand {
            aged_ms,
            ..Demand::default()
        };
        for _ in 0..count {
            type Row = ((String, SiteId), Reads);
            let (key, reads) = Row::deserialize_reader(input)?;
            demand.rows.insert(key, reads);
        }
        demand.rank();
        Ok(demand)
    }
}

impl Demand {
    /// Counts a read.
    pub fn observe(&mut self, now_ms: i64, read: &Read<'_>) {
        let key = (read.dataset.to_owned(), read.site);
        if self.rows.is_empty() {
            self.aged_ms = now_ms;
        }
        let known = self.rows.get(&key).map(|reads| reads.read);
        match known {
            Some(count) => _ = self.by_reads.remove(&(count, key.clone())),
            None if self.rows.len() >= ROWS_MAX => {
                // Of equals the first pair.
                if let Some((_, least)) = self.by_reads.remove_min() {
                    self.rows.remove(&least);
                }
            }
            None => {}
        }
        let reads = self.rows.entry(key.clone());
        let reads = reads.or_insert_with(|| Reads::new(now_ms));
        reads.add(read);
        self.by_reads.insert((reads.read, key));
    }

    /// Lets the counts age to `now_ms`. True when it has changed anything.
    pub fn age(&mut self, now_ms: i64) -> bool {
        let step_ms = HALF_LIFE_MS / STEPS;
        let steps = (now_ms - self.aged_ms) / step_ms;
        if steps <= 0 || self.rows.is_empty() {
            return false;
        }
        self.aged_ms += steps * step_ms;
        // After so many steps nothing is left of anything that fits in the counts.
        for _ in 0..steps.min(64 * STEPS) {
            let rows = self.rows.iter().map(|(key, reads)| {
                let mut reads = reads.clone();
                reads.age();
                (key.clone(), reads)
            });
            self.rows = rows.filter(|(_, reads)| reads.read >= FORGOTTEN).collect();
        }
        self.rank();
        true
    }

    fn rank(&mut self) {
        let rows = self.rows.iter();
        self.by_reads = rows.map(|(key, reads)| (reads.read, key.clone())).collect();
    }

    /// True when [`Demand::age`] would change something.
    pub fn is_due(&self, now_ms: i64) -> bool {
        !self.rows.is_empty() && now_ms - self.aged_ms >= HALF_LIFE_MS / STEPS
    }

    /// Every pair that is kept, by data set and site.
    pub fn rows(&self) -> impl Iterator<Item = (&str, SiteId, &Reads)> {
        let rows = self.rows.iter();
        rows.map(|((dataset, site), reads)| (dataset.as_str(), *site, reads))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(dataset: &str) -> Read<'_> {
        Read {
            dataset,
            site: SiteId(1),
            transport_micro_cny: Some(1_000),
            waited_ms: 60_000,
            mlps_level: 2,
            regions: &[],
        }
    }

    #[test]
    fn a_steady_rate_is_found_again() {
        let mut demand = Demand::default();
        // Two a day for a month.
        for half_day in 0..60 {
            let now_ms = half_day * 12 * 3_600_000;
            demand.age(now_ms);
            demand.observe(now_ms, &read("d"));
        }
        let (_, _, reads) = demand.rows().next().unwrap();
        // Just after a read it stands above the mean, by less than a fifth.
        let rate = reads.moved_permille_per_day();
        assert!((2_000..2_400).contains(&rate), "{rate}");
        assert_eq!(reads.seen, 60);
        assert_eq!(reads.transport_micro_cny_per_day() / 10, rate / 10);
    }

    #[test]
    fn what_nobody_reads_is_forgotten() {
        let mut demand = Demand::default();
        demand.observe(0, &read("d"));
        assert!(demand.age(3 * HALF_LIFE_MS));
        assert_eq!(demand.rows().count(), 1);
        assert!(demand.age(5 * HALF_LIFE_MS));
        assert_eq!(demand.rows().count(), 0);
        assert!(!demand.age(i64::MAX / 2));
    }

    #[test]
    fn memory_is_bounded_and_the_least_read_gives_way() {
        let mut demand = Demand::default();
        let names: Vec<String> = (0..ROWS_MAX + 100).map(|at| format!("d{at:05}")).collect();
        demand.observe(0, &read("often"));
        demand.observe(0, &read("often"));
        for name in &names {
            demand.observe(0, &read(name));
        }
        assert_eq!(demand.rows().count(), ROWS_MAX);
        assert!(demand.rows().any(|(name, ..)| name == "often"));
    }

    #[test]
    fn who_is_read_least_is_known_whatever_was_read_and_aged() {
        let mut demand = Demand::default();
        for step in 0..3 * ROWS_MAX as i64 {
            // A third of the names comes again and again.
            let name = match step % 3 {
                0 => format!("d{}", step * 7 % 1_000),
                _ => format!("d{step}"),
            };
            let rows = demand.rows.iter().filter(|_| step % 16 == 1);
            let least = rows.map(|(key, it)| (it.read, key)).min();
            let least = least.map(|(_, key)| key.clone());
            let is_new = !demand.rows.contains_key(&(name.clone(), SiteId(1)));
            let is_full = demand.rows.len() == ROWS_MAX;
            demand.observe(step, &read(&name));
            if let Some(least) = least.filter(|_| is_new && is_full) {
                assert!(!demand.rows.contains_key(&least), "{step}");
            }
            if step % 1_000 == 999 {
                demand.age(demand.aged_ms + HALF_LIFE_MS / STEPS);
            }
        }
        assert_eq!(demand.by_reads.len(), demand.rows.len());
        for (key, reads) in &demand.rows {
            assert!(demand.by_reads.contains(&(reads.read, key.clone())));
        }
    }

    #[test]
    fn data_may_stand_only_where_all_readers_allow_it() {
        let mut demand = Demand::default();
        let (east, both) = (["e".to_owned()], ["e".to_owned(), "w".to_owned()]);
        for regions in [&both[..], &east[..], &[]] {
            demand.observe(
                0,
                &Read {
                    regions,
                    ..read("d")
                },
            );
        }
        let (_, _, reads) = demand.rows().next().unwrap();
        assert_eq!(reads.regions, Some(east.into()));
    }
}
