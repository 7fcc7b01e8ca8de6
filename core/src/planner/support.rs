//! What the planner's own tests share with the tests beside the crate.

#[path = "../../tests/support/build.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
pub(crate) mod build;
#[path = "../../tests/support/random.rs"]
pub(crate) mod random;
