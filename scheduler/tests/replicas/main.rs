//! The replica and its log, driven without clock, thread or network.

mod cluster;
mod disk;
mod garbage;
mod member;
mod peers;
mod promises;
mod random;
mod scripts;
mod seeds;
