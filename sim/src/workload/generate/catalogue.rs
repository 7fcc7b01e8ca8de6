//! The data sets of a workload: made for the job that first reads them, read again by others.

use std::collections::BTreeMap;

use ewc_core::model::{DataGrade, WorkloadClass};

use super::Mix;
use crate::dice::Dice;
use crate::workload::GeneratedDataset;

/// What a job wants to read.
pub(super) struct Wanted<'a> {
    pub(super) class: WorkloadClass,
    /// Site of the owner's data.
    pub(super) home_site: &'a str,
    pub(super) tenant: &'a str,
    /// Before scaling, both included.
    pub(super) size_bytes: (i64, i64),
    /// In so many of a thousand cases one that is there already.
    pub(super) reuse_permille: i64,
    /// Whether one of another owner and home may do.
    pub(super) from_anywhere: bool,
    /// In so many of a thousand cases a new one is important data.
    pub(super) important_permille: i64,
}

#[derive(Default)]
pub(super) struct Catalogue {
    entries: Vec<(WorkloadClass, GeneratedDataset)>,
    /// Positions by class, and by class, home and tenant.
    of_class: BTreeMap<WorkloadClass, Vec<usize>>,
    own: BTreeMap<(WorkloadClass, String, String), Vec<usize>>,
}

impl Catalogue {
    /// Position of a data set as wanted. Once there are as many as the mix allows, new ones are
    /// made only where none suits.
    pub(super) fn find_or_make(&mut self, dice: &mut Dice, mix: &Mix, want: &Wanted<'_>) -> usize {
        let suitable = match want.from_anywhere {
            true => self.of_class.get(&want.class),
            false => self.own.get(&own_key(want)),
        };
        let suitable = suitable.map_or(&[][..], Vec::as_slice);
        let full = self.entries.len() >= mix.datasets_max as usize;
        let known = match dice.chance(want.reuse_permille) || full {
            true => dice.pick(suitable),
            false => None,
        };
        known.unwrap_or_else(|| self.make(dice, mix, want))
    }

    fn make(&mut self, dice: &mut Dice, mix: &Mix, want: &Wanted<'_>) -> usize {
        let number = self.entries.len();
        let (low, high) = want.size_bytes;
        let grade = match dice.chance(want.important_permille) {
            true => DataGrade::Important,
            false => DataGrade::General,
        };
        let size_bytes = mix.scaled(dice.between(low, high.min(mix.dataset_bytes_max)));
        let dataset = GeneratedDataset {
            name: format!("{}-{number:04}", kind_of(want.class)),
            size_bytes: size_bytes.unsigned_abs(),
            grade,
            tenant: want.tenant.to_owned(),
            home_site: want.home_site.to_owned(),
            seed: dice.seed(),
        };
        self.entries.push((want.class, dataset));
        self.of_class.entry(want.class).or_default().push(number);
        self.own.entry(own_key(want)).or_default().push(number);
        number
    }

    pub(super) fn get(&self, position: usize) -> &GeneratedDataset {
        &self.entries[position].1
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn into_datasets(self) -> Vec<GeneratedDataset> {
        self.entries
            .into_iter()
            .map(|(_, dataset)| dataset)
            .collect()
    }
}

fn own_key(want: &Wanted<'_>) -> (WorkloadClass, String, String) {
    let (home, tenant) = (want.home_site.to_owned(), want.tenant.to_owned());
    (want.class, home, tenant)
}

fn kind_of(class: WorkloadClass) -> &'static str {
    match class {
        WorkloadClass::Realtime => "model",
        WorkloadClass::NearRealtime => "map",
        WorkloadClass::BatchOffline => "tables",
        WorkloadClass::StorageBackup => "backup",
        WorkloadClass::Render => "scene",
        WorkloadClass::Train => "corpus",
    }
}
