//! Instances from a seed. The same seed gives the same file on every platform.

mod load;
mod network;
mod small;

use ewc_scenario::instance::Instance;

use load::Load;

pub use small::small;

/// A kind of instance.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Absent for the kind that draws its own sizes.
    load: Option<Load>,
}

/// Sizes other than a kind's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sizes {
    /// Entries of the list of jobs.
    pub jobs: Option<usize>,
    /// Sites.
    pub sites: Option<usize>,
    /// Links, and at least as many as join all sites; 0 for no network and no data.
    pub links: Option<usize>,
    /// Slots.
    pub slots: Option<u32>,
}

/// The kinds there are.
pub const KINDS: [Kind; 5] = [
    Kind {
        name: "small",
        about: "few jobs with links, gangs, data and deadlines, for exact solvers",
        load: None,
    },
    Kind {
        name: "tight",
        about: "300 jobs on 8 sites and 48 slots at 80 % load",
        load: Some(TIGHT),
    },
    Kind {
        name: "tight-links",
        about: "the same with links, gangs and data",
        load: Some(TIGHT_LINKS),
    },
    Kind {
        name: "large",
        about: "10,000 jobs on 64 sites, 200 links and 96 slots",
        load: Some(LARGE),
    },
    Kind {
        name: "million",
        about: "1,000,000 jobs of 20,000 shapes on 200 sites, 400 links and 96 slots",
        load: Some(MILLION),
    },
];

impl Kind {
    /// Makes an instance. `None` when sizes are given to the kind that draws its own.
    pub fn make(&self, seed: u64, sizes: &Sizes) -> Option<Instance> {
        let Some(mut load) = self.load else {
            let own = [sizes.jobs, sizes.sites, sizes.links, sizes.slots.map(|_| 0)];
            return own.iter().all(Option::is_none).then(|| small(seed));
        };
        load.shapes = sizes.jobs.unwrap_or(load.shapes);
        load.sites = sizes.sites.unwrap_or(load.sites);
        load.links = sizes.links.unwrap_or(load.links);
        load.slots = sizes.slots.unwrap_or(load.slots);
        Some(load.make(self.name, seed))
    }
}

/// 300 jobs × 8 sites × 48 slots without a network.
pub fn tight(seed: u64) -> Instance {
    TIGHT.make("tight", seed)
}

/// The same with links, gangs and data.
pub fn tight_links(seed: u64) -> Instance {
    TIGHT_LINKS.make("tight-links", seed)
}

/// 10,000 jobs × 64 sites × 200 links × 96 slots, with data.
pub fn large(seed: u64) -> Instance {
    LARGE.make("large", seed)
}

/// 1,000,000 jobs in 20,000 shapes × 200 sites × 400 links × 96 slots, with data.
pub fn million(seed: u64) -> Instance {
    MILLION.make("million", seed)
}

const TIGHT: Load = Load {
    shapes: 300,
    alike: 1,
    sites: 8,
    slots: 48,
    links: 0,
    routes: 3,
    gangs_permille: 0,
    inputs_permille: 0,
    outputs_permille: 0,
};

const TIGHT_LINKS: Load = Load {
    links: 12,
    gangs_permille: 100,
    inputs_permille: 300,
    outputs_permille: 100,
    ..TIGHT
};

const LARGE: Load = Load {
    shapes: 10_000,
    sites: 64,
    slots: 96,
    links: 200,
    inputs_permille: 300,
    outputs_permille: 100,
    ..TIGHT
};

const MILLION: Load = Load {
    shapes: 20_000,
    alike: 50,
    sites: 200,
    links: 400,
    routes: 2,
    ..LARGE
};
