//! Ready policies that follow official documents: `scenario/data/policies`.

use ewc_core::model::Policy;

use crate::network::parse_policy;
use crate::tree::Format;

const PROFILES: [(&str, &str); 3] = [
    ("east-west", include_str!("../data/policies/east-west.toml")),
    (
        "green-floor",
        include_str!("../data/policies/green-floor.toml"),
    ),
    (
        "latency-circles",
        include_str!("../data/policies/latency-circles.toml"),
    ),
];

/// The names of the ready policies, in order.
pub fn profile_names() -> impl Iterator<Item = &'static str> {
    PROFILES.iter().map(|(name, _)| *name)
}

/// The ready policy of that name.
///
/// # Panics
///
/// Never: the texts are part of the program, and this crate's tests read them.
pub fn profile(name: &str) -> Option<Policy> {
    let (_, text) = PROFILES.iter().find(|(known, _)| *known == name)?;
    match parse_policy(text, Format::Toml) {
        Ok(policy) => Some(policy),
        Err(error) => unreachable!("data/policies/{name}.toml is checked by the tests: {error}"),
    }
}
