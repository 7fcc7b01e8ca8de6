//! What the network does, told as scripts. The language is in `support/script`.

#[path = "../support/build.rs"]
mod build;
#[path = "../support/script/mod.rs"]
mod script;

mod backfill;
mod batches;
mod capacity;
mod catalogue;
mod certificates;
mod copies;
mod delivery;
mod forward;
mod holds;
mod imbalance;
mod life;
mod moves;
mod moving;
mod placing;
mod policies;
mod power;
mod preemption;
mod promises;
mod recovery;
mod removal;
mod replicas;
mod rounds;
mod rules;
mod sites;
mod spread;
mod steering;
mod tenants;
mod why_not;

/// One test a script.
macro_rules! scenarios {
    ($($name:ident: $text:literal)*) => {
        $(#[test]
        fn $name() {
            crate::script::run($text);
        })*
    };
}
use scenarios;
