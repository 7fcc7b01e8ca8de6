//! Large-neighbourhood search: takes some neighbouring classes out, puts them back in another
//! order, and keeps what is not much worse, less and less so.
//!
//! P. Shaw, "Using constraint programming and local search methods to solve vehicle routing
//! problems", CP 1998; acceptance by record-to-record travel (G. Dueck, J. Comput. Phys. 104,
//! 1993) that cools down in cycles of growing length.

use crate::planner::model::Column;

use super::dive::FOLLOWED_MIN;
use super::draft::Draft;
use super::field::Field;
use super::pricing::Floors;
use super::random::Random;
use super::room::Scratch;
use super::rounding::place_class;

/// Of many classes, moves per class of a first cycle in which no move may make anything worse.
const COLD_MOVES_PER_CLASS: u64 = 10;
/// Moves of the second cycle, and per class.
const CYCLE_MOVES: u64 = 4000;
const CYCLE_MOVES_PER_CLASS: u64 = 20;
/// What a move may make worse at the start of a cycle, as a share of the mean cost of a class.
const HEAT: f64 = 0.9;
/// Classes taken out at once, at least and so many more at most.
const OUT_MIN: usize = 2;
const OUT_SPREAD: usize = 8;
/// One class in so many trades with those where it might be, the others with those where it is.
const AWAY_ONE_IN: usize = 2;
/// They are apart in time by two slots and at most so large a part of all.
const REACH_PARTS: usize = 16;
/// Left-out classes that are tried along, at most.
const LEFT_OUT_TRIED: usize = 4;

type Taken = Vec<(Column, u32)>;

/// A search on a draft.
pub(super) struct Search<'m> {
    now: Draft<'m>,
    /// What changed since the best plan: class and what it had there, in order.
    changes: Vec<(usize, Taken)>,
    best_cost: i128,
    random: Random,
    scratch: Scratch,
    neighbours: Neighbours,
    moves: u64,
    /// Moves of the present cycle; 0: of the first.
    cycle: u64,
    cycle_end: u64,
}

impl<'m> Search<'m> {
    pub(super) fn new(draft: Draft<'m>, seed: u64) -> Search<'m> {
        let classes = draft.model.classes.len() as u64;
        Search {
            changes: Vec::new(),
            best_cost: draft.cost,
            random: Random::new(seed),
            scratch: Scratch::default(),
            neighbours: Neighbours::new(&draft),
            moves: 0,
            cycle: 0,
            cycle_end: match classes >= FOLLOWED_MIN as u64 {
                true => COLD_MOVES_PER_CLASS * classes,
                false => 0,
            },
            now: draft,
        }
    }

    pub(super) fn best_cost(&self) -> i128 {
        self.best_cost
    }

    /// The best plan found.
    pub(super) fn into_best(mut self) -> Draft<'m> {
        self.go_back();
        self.now
    }

    /// Tries one move.
    pub(super) fn step(&mut self, field: &Field<'m>, floors: &Floors) {
        let mut chosen = self.choose(floors);
        let before = self.now.cost;
        let old: Vec<(usize, Taken)> = chosen.iter().map(|at| (*at, self.now.clear(*at))).collect();
        self.arrange(&mut chosen);
        let share = match self.random.below(4) {
            0 => 0.0,
            1 => 0.5,
            2 => 1.0,
            _ => self.random.share(),
        };
        for at in &chosen {
            place_class(&mut self.now, field, floors, *at, share, &mut self.scratch);
        }
        if share > 0.0 {
            // Prices keep some out for whom there is room after all.
            for at in &chosen {
                place_class(&mut self.now, field, floors, *at, 0.0, &mut self.scratch);
            }
        }
        if (self.now.cost - before) as f64 <= self.heat() {
            self.accept(old);
        } else {
            old.iter().for_each(|(at, _)| drop(self.now.clear(*at)));
            old.into_iter()
                .for_each(|(at, taken)| self.now.restore(at, taken));
        }
        self.moves += 1;
        if self.moves >= self.cycle_end {
            self.go_back();
            let classes = self.now.model.classes.len() as u64;
            let first = CYCLE_MOVES.max(CYCLE_MOVES_PER_CLASS * classes);
            self.cycle = first.max(2 * self.cycle);
            self.cycle_end = self.moves + self.cycle;
        }
    }

    fn accept(&mut self, old: Vec<(usize, Taken)>) {
        for (at, taken) in &old {
            if *taken != self.now.taken[*at] {
                self.neighbours.note(&self.now, *at);
            }
        }
        if self.now.cost < self.best_cost {
            self.best_cost = self.now.cost;
            self.changes.clear();
        } else {
            let moved = old
                .into_iter()
                .filter(|(at, taken)| *taken != self.now.taken[*at]);
            self.changes.extend(moved);
        }
    }

    /// Back to the best plan.
    fn go_back(&mut self) {
        // The oldest entry of a class is what it had there.
        let changes = std::mem::take(&mut self.changes);
        for (at, _) in &changes {
            self.now.clear(*at);
        }
        let mut seen = std::collections::BTreeSet::new();
        for (at, taken) in changes {
            if seen.insert(at) {
                self.now.restore(at, taken);
                self.neighbours.note(&self.now, at);
            }
        }
    }

    /// How much worse a move may be.
    fn heat(&mut self) -> f64 {
        if self.cycle == 0 {
            return 0.0;
        }
        let left = (self.cycle_end - self.moves) as f64 / self.cycle as f64;
        let each = self.best_cost as f64 / self.now.model.classes.len() as f64;
        HEAT * each * left * left * self.random.share()
    }

    /// Mostly the dear ones first, sometimes any order.
    fn arrange(&mut self, chosen: &mut [usize]) {
        if self.random.below(3) == 0 {
            self.random.shuffle(chosen);
            return;
        }
        let model = self.now.model;
        let mut keyed: Vec<(f64, usize)> = Vec::with_capacity(chosen.len());
        for at in chosen.iter() {
            let worth = model.classes[*at].unplaced as f64;
            keyed.push((worth * (0.5 + self.random.share()), *at));
        }
        keyed.sort_by(|a, b| b.0.total_cmp(&a.0));
        chosen
            .iter_mut()
            .zip(keyed)
            .for_each(|(slot, (_, at))| *slot = at);
    }

    /// A class, some that share a row with it at about the same time, and some that are left out.
    fn choose(&mut self, floors: &Floors) -> Vec<usize> {
        let model = self.now.model;
        let classes = model.classes.len();
        let want = OUT_MIN + self.random.below(OUT_SPREAD);
        let seed = self.random.below(classes);
        let mut chosen = vec![seed];
        let reach = 2 + self.random.below(model.slots / REACH_PARTS + 1);
        if let Some((row, slot)) = self.place_of(seed, floors) {
            let near = Near { row, slot, reach };
            self.neighbours
                .add(near, want, &mut self.random, &mut chosen);
        }
        for _ in 0..LEFT_OUT_TRIED {
            let at = self.random.below(classes);
            if self.now.out[at] > 0 && !chosen.contains(&at) {
                chosen.push(at);
            }
        }
        chosen
    }

    /// A row and slot that a class holds, or could.
    fn place_of(&mut self, at: usize, floors: &Floors) -> Option<(u32, usize)> {
        let class = &self.now.model.classes[at];
        let taken = &self.now.taken[at];
        let here = match taken.len() {
            0 => None,
            count => Some(&taken[self.random.below(count)].0),
        };
        let choice = match here {
            Some(column) if self.random.below(AWAY_ONE_IN) > 0 => column.choice,
            _ => {
                let floors = floors.of(at);
                floors.get(self.random.below(floors.len().max(1)))?.choice
            }
        };
        let choice = &class.choices[choice as usize];
        let start = match here {
            Some(column) => column.start.clamp(choice.first, choice.last) as usize,
            None => {
                let starts = (choice.last - choice.first + 1) as usize;
                choice.first as usize + self.random.below(starts)
            }
        };
        let used = choice
            .uses
            .get(self.random.below(choice.uses.len().max(1)))?;
        Some((used.row, start))
    }
}

/// A row around a slot.
#[derive(Clone, Copy)]
struct Near {
    row: u32,
    slot: usize,
    reach: usize,
}

/// What a class holds of a row, from a start to an end.
#[derive(Clone, Copy)]
struct Held {
    class: u32,
    /// It holds it until the class changes.
    change: u32,
    start: u32,
    end: u32,
}

impl Held {
    fn is_near(self, near: Near) -> bool {
        let (start, end) = (self.start as usize, self.end as usize);
        start < near.slot + near.reach && end + near.reach > near.slot
    }
}

/// Which classes hold which row, and when. What a class no longer holds is taken out when somebody
/// comes across it.
struct Neighbours {
    by_row: Vec<Vec<Held>>,
    /// How often each class has changed.
    changes: Vec<u32>,
}

impl Neighbours {
    fn new(draft: &Draft<'_>) -> Neighbours {
        let mut neighbours = Neighbours {
            by_row: vec![Vec::new(); draft.model.capacity.len()],
            changes: vec![0; draft.taken.len()],
        };
        (0..draft.taken.len()).for_each(|at| neighbours.note(draft, at));
        neighbours
    }

    /// Notes what a class holds now that it has changed.
    fn note(&mut self, draft: &Draft<'_>, at: usize) {
        let model = draft.model;
        self.changes[at] += 1;
        for (column, _) in &draft.taken[at] {
            let choice = &model.classes[at].choices[column.choice as usize];
            for used in &choice.uses {
                let row = &mut self.by_row[used.row as usize];
                row.push(Held {
                    class: at as u32,
                    change: self.changes[at],
                    start: column.start,
                    end: model.spans[used.span as usize].end(column.start as usize) as u32,
                });
                if row.len() > 64 + 4 * draft.taken.len() {
                    row.retain(|held| held.change == self.changes[held.class as usize]);
                }
            }
        }
    }

    /// Adds classes that are near, until `want` are chosen.
    fn add(&mut self, near: Near, want: usize, random: &mut Random, chosen: &mut Vec<usize>) {
        let row = &mut self.by_row[near.row as usize];
        let mut tries = 8 * want;
        while chosen.len() < want && tries > 0 && !row.is_empty() {
            tries -= 1;
            let entry = random.below(row.len());
            let held = row[entry];
            let at = held.class as usize;
            if held.change != self.changes[at] {
                row.swap_remove(entry);
                continue;
            }
            if held.is_near(near) && !chosen.contains(&at) {
                chosen.push(at);
            }
        }
    }
}
