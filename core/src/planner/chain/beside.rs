//! Transfers of one chain, each found beside those before it.

use crate::model::Transfer;
use crate::planner::view::View;

/// A view, and transfers that hold their links in it once another is looked for: most chains have
/// one, and what nobody asks about any more need not be reserved.
pub(super) struct Beside<'v, 'a> {
    before: &'v View<'a>,
    with: Option<View<'a>>,
    /// How many of the transfers are reserved.
    reserved: usize,
    pub(super) transfers: Vec<Transfer>,
}

impl<'v, 'a> Beside<'v, 'a> {
    pub(super) fn new(before: &'v View<'a>) -> Beside<'v, 'a> {
        Beside {
            before,
            with: None,
            reserved: 0,
            transfers: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, transfer: Transfer) {
        self.transfers.push(transfer);
    }

    /// With all transfers so far.
    pub(super) fn view(&mut self) -> &View<'a> {
        let open = &self.transfers[self.reserved..];
        if !open.is_empty() {
            let with = self.with.get_or_insert_with(|| self.before.clone());
            open.iter()
                .for_each(|transfer| with.reserve_transfer(transfer));
            self.reserved = self.transfers.len();
        }
        self.with.as_ref().unwrap_or(self.before)
    }
}
