//! What happens to the network itself, whatever the jobs do.

use ewc_core::State;
use ewc_core::command::Command;
use ewc_core::model::SiteId;

/// Something that happens to the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// A command enters the log.
    Apply(Box<Command>),
    /// Nothing is heard of a site any more.
    Away(SiteId),
    /// A site is heard of again.
    Back {
        /// The site.
        site: SiteId,
        /// What ran there is lost.
        lost: bool,
    },
}

/// Changes of the network in the order of their times.
pub(crate) trait Timeline {
    /// When the next change is due.
    fn next_ms(&self) -> Option<i64>;

    /// A change that is due by `now_ms`.
    fn take(&mut self, state: &State, now_ms: i64) -> Option<Change>;
}

/// A network that stays as it is.
pub(crate) struct Unchanging;

impl Timeline for Unchanging {
    fn next_ms(&self) -> Option<i64> {
        None
    }

    fn take(&mut self, _state: &State, _now_ms: i64) -> Option<Change> {
        None
    }
}
