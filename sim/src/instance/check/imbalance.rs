//! The cost of use itself: of a plan, and what capacity that has one is worth at most at a price.

use std::collections::BTreeMap;

use ewc_scenario::instance::{Imbalance, Instance, MarkedRow};

/// What the use of every row costs together, rounded up to a whole cost.
pub(super) fn cost(instance: &Instance, taken: &BTreeMap<(&str, &str), Vec<i128>>) -> i128 {
    let Some(imbalance) = &instance.imbalance else {
        return 0;
    };
    let mut sum = 0;
    for row in &imbalance.rows {
        let taken = taken.get(&(row.site.as_str(), row.kind.as_str()));
        for (slot, used) in taken.into_iter().flatten().enumerate() {
            sum += of_use(row, slot, *used);
        }
    }
    let unit = 1i128 << imbalance.shift;
    sum / unit + i128::from(sum % unit > 0)
}

fn of_use(row: &MarkedRow, slot: usize, used: i128) -> i128 {
    let mut cost = 0;
    for step in &row.steps {
        let mark = i128::from(step.above.at(slot));
        if used > mark {
            cost += (used - mark) * i128::from(step.price.at(slot));
        }
    }
    cost
}

/// The marks of a kind at a site, and the imbalance they are from.
pub(super) type Marks<'i> = Option<(&'i Imbalance, &'i MarkedRow)>;

pub(super) fn marks<'i>(instance: &'i Instance, site: &str, kind: &str) -> Marks<'i> {
    let imbalance = instance.imbalance.as_ref()?;
    let mut rows = imbalance.rows.iter();
    let row = rows.find(|row| row.site == site && row.kind == kind)?;
    Some((imbalance, row))
}

/// What all that is there is worth in a slot at a price in units of 2^-`shift`. Where use costs
/// something, the most that any use is worth less what it costs: that is so at none, at all, or at
/// one of the marks, since it rises and falls along straight lines between them.
pub(super) fn worth(
    marks: Marks<'_>,
    slot: usize,
    there: i64,
    (price, shift): (i128, u32),
) -> i128 {
    let there = i128::from(there);
    let Some((imbalance, row)) = marks else {
        return price * there;
    };
    let mark = |step: &ewc_scenario::instance::Mark| i128::from(step.above.at(slot));
    let marks = row.steps.iter().map(mark).filter(|mark| *mark < there);
    let mut most = 0;
    for used in marks.chain([there]) {
        let gain = price * used;
        let cost = of_use(row, slot, used);
        let scale = f64::from(shift) - f64::from(imbalance.shift);
        if cost as f64 * scale.exp2() > 2.0 * gain as f64 {
            continue;
        }
        // A cost that is rounded down makes capacity worth no less.
        let cost = match imbalance.shift > shift {
            true => cost >> (imbalance.shift - shift),
            false => cost << (shift - imbalance.shift),
        };
        most = most.max(gain - cost);
    }
    most
}
