//! The replica and its log, driven without clock, thread or network: random runs, single
//! situations, and messages that nobody can have meant.
//!
//! A check that never fails proves nothing. Each of these breaks was put into the replica once:
//!
//! | break | caught by |
//! |---|---|
//! | what promises durability is sent before the write | seeds: a commit beyond the log |
//! | hard state is not persisted | seeds: another state; a refused append |
//! | entries are applied before they are committed | seeds: another state at an index |
//! | a proposal is answered before it is committed | all |
//! | an entry's ticket names who waits for it (was so) | seeds: another's identity |
//! | tickets are kept when leadership is lost | scripts: a leader that is cut off knows nothing |
//! | a read is answered without asking a quorum | seeds, scripts: a read misses a write |
//! | reads trust the leader's lease | scripts: a leader that is cut off answers no read |
//! | a read is answered one entry too early | seeds, scripts: a read misses a write |
//! | reads are numbered alike after a restart (was so) | seeds, scripts: a read misses a write |
//! | a confirmed read waits for ever (was so) | scripts: a read is given up |
//! | an installed snapshot does not replace the state | seeds, scripts: another state at an index |
//! | a snapshot is named one entry too low | seeds: the log has a gap |
//! | one member skips some commands | seeds, scripts: another state at an index |
//! | batched appends are sent as raft-rs leaves them (was so) | seeds: a member refuses another |
//! | another's question is passed on (was so) | scripts: nobody passes on another's question |
//! | appends are not checked | peers: a gap before the entries; garbage: a panic in raft-rs |
//! | snapshots need no file (was so) | peers: a snapshot without its file |
//!
//! One break shows nowhere: comparing the term of a proposal with that of the entry at its place
//! repeats what dropping tickets with the leadership ensures already.

mod cluster;
mod disk;
mod garbage;
mod member;
mod peers;
mod promises;
mod random;
mod scripts;
mod seeds;
