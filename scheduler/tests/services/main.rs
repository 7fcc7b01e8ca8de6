//! Whole members in one process, spoken to as users and agents do.

mod agent;
mod holds;
mod identity;
mod leases;
mod life;
mod lists;
mod logs;
mod members;
mod policy;
mod power;
mod refusals;
mod removal;
mod server;
mod world;
