//! What the tests of the core share: parts of a network, and jobs, with everything defaulted.

pub mod build;
pub mod random;
