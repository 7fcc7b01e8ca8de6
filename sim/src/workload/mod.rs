//! Where jobs come from: logs of real machines and the built-in national generator.

pub mod swf;
