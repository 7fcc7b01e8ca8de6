//! Data sets and images at this site: the store, what goes in and out of it, and the mover between
//! sites.

pub mod collect;
pub mod hash;
pub mod pace;
pub mod pull;
pub mod serve;
pub mod store;
