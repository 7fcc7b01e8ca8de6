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
    /// Makes one from a seed.
    pub make: fn(u64) -> Instance,
}

/// The kinds there are.
pub const KINDS: [Kind; 5] = [
    Kind {
        name: "small",
        about: "few jobs with links, gangs, data and deadlines, for exact solvers",
        make: small,
    },
    Kind {
        name: "tight",
        about: "300 jobs on 8 sites and 48 slots at 80 % load",
        make: tight,
    },
    Kind {
        name: "tight-links",
        about: "the same with links, gangs and data",
        make: tight_links,
    },
    Kind {
        name: "large",
        about: "10,000 jobs on 64 sites, 200 links and 96 slots",
        make: large,
    },
    Kind {
        name: "million",
        about: "1,000,000 jobs of 20,000 shapes on 200 sites, 400 links and 96 slots",
        make: million,
    },
];

/// 300 jobs × 8 sites × 48 slots without a network.
pub fn tight(seed: u64) -> Instance {
    TIGHT.make("tight", seed)
}

/// The same with links, gangs and data.
pub fn tight_links(seed: u64) -> Instance {
    let load = Load {
        links: 12,
        gangs_permille: 100,
        inputs_permille: 300,
        outputs_permille: 100,
        ..TIGHT
    };
    load.make("tight-links", seed)
}

/// 10,000 jobs × 64 sites × 200 links × 96 slots, with data.
pub fn large(seed: u64) -> Instance {
    LARGE.make("large", seed)
}

/// 1,000,000 jobs in 20,000 shapes × 200 sites × 400 links × 96 slots, with data.
pub fn million(seed: u64) -> Instance {
    let load = Load {
        shapes: 20_000,
        alike: 50,
        sites: 200,
        links: 400,
        routes: 2,
        ..LARGE
    };
    load.make("million", seed)
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

const LARGE: Load = Load {
    shapes: 10_000,
    alike: 1,
    sites: 64,
    slots: 96,
    links: 200,
    routes: 3,
    gangs_permille: 0,
    inputs_permille: 300,
    outputs_permille: 100,
};
