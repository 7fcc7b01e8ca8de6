//! Many jobs that are alike, placed by what is known of their choices, beside a look at all choices
//! for each column.

use proptest::prelude::*;

use super::super::room::tests::{SLOTS, model};
use super::*;
use crate::planner::model::{Model, RowSteps, Step};
use crate::planner::support::random::Random;

/// A class of some jobs with several choices on the same links, no two columns of which cost the
/// same.
fn crowd(random: &mut Random) -> Model {
    let mut crowd = model(random);
    let row = |_| (0..SLOTS).map(|_| random.range(0, 30)).collect();
    crowd.capacity = (0..crowd.capacity.len()).map(row).collect();
    let mut class = crowd.classes.remove(0);
    class.count = random.range(2, 12) as u32;
    class.unplaced = 1 << 40;
    let mut alike = class.choices.remove(0);
    alike.last = alike.last.min(SLOTS as u32 - 1);
    let mut curve = 0;
    for _ in 0..random.range(1, 6) {
        let mut choice = alike.clone();
        choice.fixed = random.range(0, 1 << 30);
        choice.weight = 1;
        choice.curve = curve;
        // Nothing holds a row twice: which way is found then depends on what is taken.
        choice.inbound = choice.inbound.into_iter().take(1).collect();
        choice.outbound = Box::default();
        let legs = &mut choice.inbound;
        legs.iter_mut()
            .for_each(|leg| leg.until = leg.until.min(SLOTS as u32));
        class.choices.push(choice);
        curve += 1;
    }
    let costs = |_| (0..SLOTS).map(|_| random.range(0, 1 << 30)).collect();
    crowd.curves = (0..curve).map(costs).collect();
    crowd.classes = vec![class];
    if random.chance(50) {
        // Use of the row that all hold costs more and more.
        let steps = [random.range(0, 10), random.range(10, 20)].map(|above| Step {
            above: vec![above; SLOTS],
            price: vec![random.range(1, 1 << 20); SLOTS],
        });
        crowd.imbalance.rows.push(RowSteps {
            row: 0,
            steps: steps.into(),
        });
    }
    crowd
}

proptest! {
    #[test]
    fn a_crowd_takes_what_a_look_at_everything_finds(seed in any::<u64>()) {
        let model = crowd(&mut Random(seed));
        let field = Field::new(&model);
        let floors = Floors::new(&field);
        let class = &model.classes[0];
        let mut scratch = Scratch::default();
        let mut draft = Draft::new(&model);
        place_class(&mut draft, &field, &floors, 0, 0.0, &mut scratch);
        let mut searched = Draft::new(&model);
        let guide = Guide { field: &field, share: 0.0 };
        let limit = class.unplaced as f64;
        while searched.out[0] > 0 {
            let floors = floors.of(0);
            let found = searched.room.cheapest(guide, floors, class, limit, &mut scratch);
            let Some((_, column)) = found else { break };
            let count = searched.room.alike(class, &column, searched.out[0]);
            if searched.place(0, column, count) == 0 {
                break;
            }
        }
        prop_assert_eq!(&draft.taken, &searched.taken);
        prop_assert_eq!(draft.cost, searched.cost);
    }
}
