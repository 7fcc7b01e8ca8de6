//! Tables that scroll inside the page.

use crate::report::markup::Markup;
use crate::report::words::Words;

/// A column.
pub(in crate::report) struct Column {
    words: Words,
    class: &'static str,
}

/// A column of text.
pub(in crate::report) fn text(words: Words) -> Column {
    Column { words, class: "" }
}

/// A column of names, which may take two lines.
pub(in crate::report) fn name(words: Words) -> Column {
    Column {
        words,
        class: "name",
    }
}

/// A column of numbers.
pub(in crate::report) fn numeric(words: Words) -> Column {
    Column {
        words,
        class: "num",
    }
}

/// A cell: one text, or one in each language.
pub(in crate::report) enum Cell<'c> {
    Plain(String),
    Both(&'c str, &'c str),
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Cell::Plain(text)
    }
}

impl From<&str> for Cell<'_> {
    fn from(text: &str) -> Self {
        Cell::Plain(text.to_owned())
    }
}

impl<'c> From<(&'c str, &'c str)> for Cell<'c> {
    fn from((en, zh): (&'c str, &'c str)) -> Self {
        Cell::Both(en, zh)
    }
}

/// Writes the table; every row has a cell for every column.
pub(in crate::report) fn write<'c>(
    markup: &mut Markup,
    columns: &[Column],
    rows: impl IntoIterator<Item = Vec<Cell<'c>>>,
) {
    markup
        .tag("div")
        .class("scroll")
        .attr("tabindex", 0)
        .body(|scroll| {
            scroll.tag("table").body(|table| {
                table
                    .tag("thead")
                    .body(|head| head.tag("tr").body(|row| head_row(row, columns)));
                table.tag("tbody").body(|body| {
                    for cells in rows {
                        body.tag("tr").body(|row| body_row(row, columns, &cells));
                    }
                });
            });
        });
}

fn head_row(row: &mut Markup, columns: &[Column]) {
    for column in columns {
        row.tag("th")
            .class(column.class)
            .attr("scope", "col")
            .words(column.words);
    }
}

fn body_row(row: &mut Markup, columns: &[Column], cells: &[Cell<'_>]) {
    for (column, cell) in columns.iter().zip(cells) {
        row.tag("td").class(column.class).body(|td| match cell {
            Cell::Plain(text) => td.text(text),
            Cell::Both(en, zh) => td.both(en, zh),
        });
    }
}
