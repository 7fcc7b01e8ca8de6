//! Instances from a seed, and what the planner's model makes of them.

use ewc_scenario::instance::{Built, Instance};
use ewc_sim::instance::generate;

#[test]
fn every_kind_is_read_back_as_it_was_made_and_builds() {
    // The largest is left to figures: it takes minutes without optimisation.
    let kinds = generate::KINDS.iter().filter(|kind| kind.name != "million");
    for generate::Kind {
        name: kind, make, ..
    } in kinds
    {
        let instance = make(7);
        assert!(make(7) == instance, "{kind} is made alike");
        assert!(make(8) != instance, "{kind} follows its seed");
        let read = Instance::parse(instance.to_json().as_bytes()).unwrap();
        assert!(read == instance, "{kind} is read back");
        let built = Built::new(&instance).unwrap();
        assert_eq!(built.model.classes.len(), instance.jobs.len());
    }
}
