//! The data sets of a workload: made for the job that first reads them, read again by others.

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
}

impl Catalogue {
    /// Position of a data set as wanted.
    pub(super) fn find_or_make(&mut self, dice: &mut Dice, mix: &Mix, want: &Wanted<'_>) -> usize {
        let suits = |(class, known): &(WorkloadClass, GeneratedDataset)| {
            let own = known.home_site == want.home_site && known.tenant == want.tenant;
            *class == want.class && (want.from_anywhere || own)
        };
        let positions = 0..self.entries.len();
        let suitable: Vec<usize> = positions.filter(|at| suits(&self.entries[*at])).collect();
        let known = match dice.chance(want.reuse_permille) {
            true => dice.pick(&suitable),
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
        number
    }

    pub(super) fn get(&self, position: usize) -> &GeneratedDataset {
        &self.entries[position].1
    }

    pub(super) fn into_datasets(self) -> Vec<GeneratedDataset> {
        self.entries
            .into_iter()
            .map(|(_, dataset)| dataset)
            .collect()
    }
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
