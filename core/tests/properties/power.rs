//! Caps on the power of sites, in some of the logs. They are drawn from numbers of their own, so
//! that the other logs stay what they are.

use ewc_core::State;
use ewc_core::command::Command;
use ewc_core::model::{PowerStep, SiteId};

use crate::build::HOUR;
use crate::commands::Entry;
use crate::random::Random;

/// One log in so many has caps.
const LOGS: u64 = 4;

/// What sets caps in one log, if anything does.
pub struct Caps(Option<Random>);

impl Caps {
    pub fn of(seed: u64) -> Caps {
        let ours = seed.is_multiple_of(LOGS);
        Caps(ours.then_some(Random(seed ^ 0x0070_6f77_6572)))
    }

    /// An entry behind that of `state`, now and then.
    pub fn next(&mut self, state: &State) -> Option<Entry> {
        let random = self.0.as_mut().filter(|_| !state.sites().is_empty())?;
        if !random.chance(20) {
            return None;
        }
        // Now and then one that does not exist.
        let more = usize::from(random.chance(3));
        let site = random.below(state.sites().len() + more);
        let site = SiteId(site as u32);
        Some(Entry {
            index: state.index() + 1,
            time_ms: state.now_ms(),
            command: Command::SetPowerCap {
                site,
                steps: steps(random, state, site),
            },
            fresh: false,
            repaired_on: None,
        })
    }
}

/// A cap that cuts into what the site could draw, and changes later or not.
fn steps(random: &mut Random, state: &State, site: SiteId) -> Vec<PowerStep> {
    let pools = state.site(site).into_iter().flat_map(|site| &site.pools);
    let most = pools.map(|pool| {
        let spec = &state.pools()[pool.index()].spec;
        let whole = spec.node.times(spec.nodes);
        whole.cpu_millis * spec.cpu_watts_milli / 1_000_000
            + whole.accelerators * spec.accelerator_watts_milli / 1_000
    });
    let most: i64 = most.sum();
    let mut from_ms = state.now_ms() + random.pick(&[0, 0, 0, -HOUR, HOUR]);
    let mut steps = Vec::new();
    for _ in 0..random.pick(&[0, 1, 1, 1, 2, 3]) {
        let percent = random.pick(&[0, 20, 40, 40, 60, 80, 100]);
        let watts = (!random.chance(15)).then_some(most * percent / 100);
        steps.push(PowerStep { from_ms, watts });
        from_ms += random.range(1, 6 * HOUR);
    }
    if random.chance(3) {
        steps.reverse();
    }
    steps
}
