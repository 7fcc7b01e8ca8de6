//! Planning problems in files: makers from a seed.

pub mod generate;
