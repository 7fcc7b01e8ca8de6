//! The best there is, worked out without the planner: regions are filled in the order of their
//! intensity, and whoever is in the way is moved on along the shortest chain of moves
//! (augmenting paths). What is once filled stays filled, so filling the greenest first is best: the
//! sets of places that can be filled together form a matroid (J. Edmonds, D. R. Fulkerson, 1965).

use std::collections::VecDeque;

use super::CAPACITY;
use super::network::Regions;

/// The least mean carbon intensity of all work, in g/kWh, when every region has `base` units.
pub(super) fn mean_intensity(regions: &Regions, limit_ms: u32, base: u32) -> f64 {
    let mut flow = Flow::new(regions, limit_ms, base);
    for region in 0..regions.count() {
        flow.room[region] = CAPACITY;
        while let Some(chain) = flow.chain() {
            flow.move_along(&chain);
        }
    }
    let held = |region: usize| f64::from(CAPACITY - flow.room[region]);
    let grams = (0..regions.count()).map(|region| held(region) * regions.intensity[region]);
    grams.sum::<f64>() / (f64::from(base) * regions.count() as f64)
}

struct Flow {
    destinations: Vec<Vec<usize>>,
    /// Units of each origin that have no place yet.
    left: Vec<u32>,
    /// Units of places left in each region that has been opened.
    room: Vec<u32>,
    /// `moved[origin][destination]`.
    moved: Vec<Vec<u32>>,
}

/// Pairs of origin and destination: each takes the place that the next one's origin gives up.
type Chain = Vec<(usize, usize)>;

impl Flow {
    fn new(regions: &Regions, limit_ms: u32, base: u32) -> Flow {
        let count = regions.count();
        let of = |origin| regions.destinations(origin, limit_ms).collect();
        Flow {
            destinations: (0..count).map(of).collect(),
            left: vec![base; count],
            room: vec![0; count],
            moved: vec![vec![0; count]; count],
        }
    }

    /// The shortest chain from work without a place to a region with room.
    fn chain(&self) -> Option<Chain> {
        let count = self.left.len();
        let mut reached_by: Vec<Option<usize>> = vec![None; count];
        let mut pushed_from: Vec<Option<usize>> = vec![None; count];
        let mut seen: Vec<bool> = self.left.iter().map(|left| *left > 0).collect();
        let mut queue: VecDeque<usize> = (0..count).filter(|origin| seen[*origin]).collect();
        while let Some(origin) = queue.pop_front() {
            for &region in &self.destinations[origin] {
                if reached_by[region].is_some() {
                    continue;
                }
                reached_by[region] = Some(origin);
                if self.room[region] > 0 {
                    return Some(chain_to(region, &reached_by, &pushed_from));
                }
                for other in 0..count {
                    if self.moved[other][region] > 0 && !seen[other] {
                        seen[other] = true;
                        pushed_from[other] = Some(region);
                        queue.push_back(other);
                    }
                }
            }
        }
        None
    }

    fn move_along(&mut self, chain: &Chain) {
        let (first, last) = (chain[0], chain[chain.len() - 1]);
        let pushed = chain
            .windows(2)
            .map(|pair| self.moved[pair[1].0][pair[0].1]);
        let units = pushed.chain([self.left[first.0], self.room[last.1]]).min();
        let units = units.unwrap_or(0);
        for (at, &(origin, region)) in chain.iter().enumerate() {
            self.moved[origin][region] += units;
            if let Some(&(next, _)) = chain.get(at + 1) {
                self.moved[next][region] -= units;
            }
        }
        self.left[first.0] -= units;
        self.room[last.1] -= units;
    }
}

/// The chain that ends in a region, its first pair first.
fn chain_to(region: usize, reached_by: &[Option<usize>], pushed_from: &[Option<usize>]) -> Chain {
    let mut chain = Vec::new();
    let mut next = Some(region);
    while let Some(region) = next {
        let Some(origin) = reached_by[region] else {
            break;
        };
        chain.push((origin, region));
        next = pushed_from[origin];
    }
    chain.reverse();
    chain
}
