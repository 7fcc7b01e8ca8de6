//! The cap on the electrical power that the work of a site may draw.
//!
//! It is meant at the IT load: what busy equipment draws by the figures of its pool, without
//! cooling. What is reserved must not change with a forecast, and PUE is one; who has a limit at
//! the meter divides it by the PUE of the worst hour.

use borsh::{BorshDeserialize, BorshSerialize};

/// Changes of a cap that may be known beforehand: more than a year of days.
const STEPS_MAX: usize = 400;
/// A gigawatt: no site has more.
const WATTS_MAX: i64 = 1_000_000_000;

/// A cap from an instant on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PowerStep {
    /// From when on.
    pub from_ms: i64,
    /// The cap; `None`: there is none.
    pub watts: Option<i64>,
}

/// What work at a site may draw, by time: each step holds until the next one, and before the first
/// there is no cap.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PowerCap {
    steps: Vec<PowerStep>,
}

/// Why steps make no cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PowerCapError {
    /// Too many.
    #[error("a cap has at most {STEPS_MAX} steps; leave out what is past, or far off")]
    TooMany,
    /// Not in order.
    #[error("the steps of a cap come by rising time, each at its own")]
    Order,
    /// Out of range.
    #[error("a cap is 0 to {WATTS_MAX} W")]
    Range,
}

impl PowerCap {
    /// The cap of these steps, by rising time; what repeats the step before it is left out.
    ///
    /// # Errors
    /// There are too many, they are out of order, or a cap is out of range.
    pub fn new(steps: impl IntoIterator<Item = PowerStep>) -> Result<PowerCap, PowerCapError> {
        let mut cap = PowerCap::default();
        let mut known: Option<PowerStep> = None;
        for step in steps {
            if known.is_some_and(|known| known.from_ms >= step.from_ms) {
                return Err(PowerCapError::Order);
            }
            if !step
                .watts
                .is_none_or(|watts| (0..=WATTS_MAX).contains(&watts))
            {
                return Err(PowerCapError::Range);
            }
            if known.and_then(|known| known.watts) != step.watts {
                cap.steps.push(step);
            }
            if cap.steps.len() > STEPS_MAX {
                return Err(PowerCapError::TooMany);
            }
            known = Some(step);
        }
        Ok(cap)
    }

    /// A cap that never changes.
    ///
    /// # Errors
    /// It is out of range.
    pub fn always(watts: i64) -> Result<PowerCap, PowerCapError> {
        let step = PowerStep {
            from_ms: i64::MIN,
            watts: Some(watts),
        };
        PowerCap::new([step])
    }

    /// Its steps, by rising time.
    pub fn steps(&self) -> &[PowerStep] {
        &self.steps
    }

    /// True where there is never a cap.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The cap in force at an instant, if there is one.
    pub fn watts_at(&self, at_ms: i64) -> Option<i64> {
        let next = self.steps.partition_point(|step| step.from_ms <= at_ms);
        self.steps[..next].last().and_then(|step| step.watts)
    }

    /// True if the other one says the same from an instant on.
    pub fn is_same_from(&self, other: &PowerCap, at_ms: i64) -> bool {
        let later = |cap: &PowerCap| -> Vec<PowerStep> {
            let next = cap.steps.partition_point(|step| step.from_ms <= at_ms);
            cap.steps[next..].to_vec()
        };
        self.watts_at(at_ms) == other.watts_at(at_ms) && later(self) == later(other)
    }

    /// True if there is a cap at some instant from one to another.
    pub fn limits(&self, from_ms: i64, until_ms: i64) -> bool {
        let within = |step: &&PowerStep| (from_ms..until_ms).contains(&step.from_ms);
        let mut later = self.steps.iter().filter(within);
        self.watts_at(from_ms).is_some() || later.any(|step| step.watts.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(steps: &[(i64, Option<i64>)]) -> Vec<PowerStep> {
        let step = |&(from_ms, watts)| PowerStep { from_ms, watts };
        steps.iter().map(step).collect()
    }

    #[test]
    fn a_step_holds_until_the_next_one() {
        let cap = PowerCap::new(steps(&[(10, Some(5)), (20, Some(3)), (30, None)])).unwrap();
        let found = [9, 10, 19, 20, 29, 30, 99].map(|at_ms| cap.watts_at(at_ms));
        assert_eq!(
            found,
            [None, Some(5), Some(5), Some(3), Some(3), None, None]
        );
        assert!(cap.limits(0, 11) && !cap.limits(0, 10) && cap.limits(29, 30));
        assert!(!cap.limits(30, 99));
        assert_eq!(PowerCap::always(7).unwrap().watts_at(i64::MIN), Some(7));
    }

    #[test]
    fn what_is_past_makes_no_difference() {
        let cap = |of: &[(i64, Option<i64>)]| PowerCap::new(steps(of)).unwrap();
        let known = cap(&[(10, Some(5)), (20, Some(3)), (30, None)]);
        let told = cap(&[(15, Some(3)), (30, None)]);
        assert!(known.is_same_from(&told, 20) && !known.is_same_from(&told, 19));
        assert!(known.is_same_from(&PowerCap::default(), 30));
        assert!(!known.is_same_from(&PowerCap::always(3).unwrap(), 20));
    }

    #[test]
    fn what_changes_nothing_is_left_out() {
        let cap = PowerCap::new(steps(&[(1, None), (2, Some(4)), (3, Some(4)), (4, None)]));
        assert_eq!(cap.unwrap().steps(), steps(&[(2, Some(4)), (4, None)]));
        assert!(
            PowerCap::new(steps(&[(1, None), (2, None)]))
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn what_is_no_cap_is_refused() {
        let cap = |steps_of: &[(i64, Option<i64>)]| PowerCap::new(steps(steps_of)).unwrap_err();
        assert_eq!(cap(&[(2, Some(4)), (2, Some(5))]), PowerCapError::Order);
        assert_eq!(cap(&[(2, Some(-1))]), PowerCapError::Range);
        assert_eq!(cap(&[(2, Some(WATTS_MAX + 1))]), PowerCapError::Range);
        let many: Vec<_> = (0..=STEPS_MAX as i64).map(|at| (at, Some(at))).collect();
        assert_eq!(cap(&many), PowerCapError::TooMany);
    }
}
