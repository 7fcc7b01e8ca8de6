//! Which arrival became which job. The state numbers the jobs that it takes without gaps, so it is
//! enough to know which arrivals it refused.

use ewc_core::model::JobId;

#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// Identity of the first job that was taken.
    first: Option<u64>,
    /// Arrivals so far.
    entered: u64,
    /// Those that were refused, by rising number.
    refused: Vec<u64>,
}

impl Numbers {
    /// The number of the next arrival, from 1.
    pub(super) fn next(&self) -> u64 {
        self.entered + 1
    }

    pub(super) fn took(&mut self, id: JobId) {
        self.first.get_or_insert(id.0);
        self.entered += 1;
    }

    pub(super) fn refused(&mut self) {
        self.entered += 1;
        self.refused.push(self.entered);
    }

    /// The identity of an arrival by its number; 0, which the state refuses, when it has none.
    pub(super) fn identity_of(&self, number: JobId) -> JobId {
        let Some(first) = self
            .first
            .filter(|_| (1..=self.entered).contains(&number.0))
        else {
            return JobId(0);
        };
        match self.refused.binary_search(&number.0) {
            Ok(_) => JobId(0),
            Err(before) => JobId(first + number.0 - 1 - before as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_arrivals_have_no_identity_and_leave_no_gap() {
        let mut numbers = Numbers::default();
        numbers.refused();
        numbers.took(JobId(10));
        numbers.refused();
        numbers.took(JobId(11));
        let identities = (0..=5).map(|number| numbers.identity_of(JobId(number)).0);
        assert_eq!(identities.collect::<Vec<_>>(), [0, 0, 10, 0, 11, 0]);
    }
}
