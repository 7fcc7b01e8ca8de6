//! The built-in national scenario: ten clusters of the eight hubs, four edge sites.
//!
//! `scenario/data/national.toml` holds every number with its mark and source.

use crate::error::FileError;
use crate::network::Scenario;
use crate::setting::Setting;
use crate::tree::Format;

const NATIONAL: &str = include_str!("../data/national.toml");

/// The two sites of the small demonstration: one where users are, one where power is green.
const SMALL: [&str; 2] = ["yrd-demo", "nm-horinger"];

/// The three sites of the tutorial: users in the east, and green power in the north and south-west.
const TUTORIAL: [&str; 3] = ["yrd-demo", "nm-horinger", "gz-guian"];

/// The built-in national scenario.
///
/// # Panics
///
/// Never: the text is part of the program, and this crate's tests read it.
pub fn national() -> Scenario {
    match Scenario::parse(NATIONAL, Format::Toml) {
        Ok(scenario) => scenario,
        Err(error) => unreachable!("data/national.toml is checked by the tests: {error}"),
    }
}

/// The same of which some fields have other values.
pub(crate) fn national_with(settings: &[Setting]) -> Result<Scenario, FileError> {
    Scenario::parse_with(NATIONAL, Format::Toml, settings)
}

/// The national network with two of its sites.
pub fn national_small() -> Scenario {
    let mut scenario = national().restricted_to(&SMALL);
    scenario.name = "national-small".to_owned();
    scenario.description = "Two sites of the national network".to_owned();
    scenario
}

/// The national network with three of its sites: small enough to follow by eye.
pub fn tutorial() -> Scenario {
    tutorial_of(national())
}

/// The tutorial's part of the national network.
pub(crate) fn tutorial_of(national: Scenario) -> Scenario {
    let mut scenario = national.restricted_to(&TUTORIAL);
    scenario.name = "tutorial".to_owned();
    scenario.description = "Three sites of the national network".to_owned();
    scenario
}
