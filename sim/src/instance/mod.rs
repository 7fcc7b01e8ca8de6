//! Planning problems in files: makers from a seed, policies to compare with, and the independent
//! checker of plans.

pub mod baseline;
pub mod check;
pub mod columns;
pub mod generate;
