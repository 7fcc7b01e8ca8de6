//! A field of a row, whatever kind of table it stands in.

use std::fmt;

/// What stands in a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::workload::trace) enum Cell<'a> {
    /// Nothing.
    Empty,
    /// Text, perhaps of a number.
    Text(&'a str),
    /// A whole number.
    Whole(i64),
    /// A number.
    Decimal(f64),
    /// A time of the file's own, in Unix milliseconds.
    UnixMs(i64),
}

impl<'a> Cell<'a> {
    /// Text of a field; blank is nothing.
    pub(in crate::workload::trace) fn of(text: &'a str) -> Cell<'a> {
        match text.trim() {
            "" => Cell::Empty,
            text => Cell::Text(text),
        }
    }

    /// The number that stands there, if it is one and finite.
    pub(super) fn number(self) -> Option<f64> {
        let number = match self {
            Cell::Text(text) => text.parse().ok()?,
            Cell::Whole(whole) => whole as f64,
            Cell::Decimal(decimal) => decimal,
            Cell::Empty | Cell::UnixMs(_) => return None,
        };
        number.is_finite().then_some(number)
    }
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Empty => Ok(()),
            Cell::Text(text) => f.write_str(text),
            Cell::Whole(whole) => whole.fmt(f),
            Cell::Decimal(decimal) => decimal.fmt(f),
            Cell::UnixMs(ms) => write!(f, "{ms} ms since 1970"),
        }
    }
}
