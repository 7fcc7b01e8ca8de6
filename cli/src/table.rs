//! Tables for people: plain text, no colours, numbers to the right.

use comfy_table::{Cell, CellAlignment, Table as Grid};

/// Where the content of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// A table that grows row by row.
pub struct Table {
    grid: Grid,
    align: Vec<Align>,
}

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[(&str, Align)]) -> Table {
        let align: Vec<Align> = columns.iter().map(|(_, align)| *align).collect();
        let mut grid = Grid::new();
        grid.load_style(comfy_table::presets::NOTHING);
        let headers = columns.iter().map(|(header, align)| cell(header, *align));
        grid.set_header(headers.collect::<Vec<_>>());
        for column in grid.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Table { grid, align }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl AsRef<[String]>) {
        let cells = cells
            .as_ref()
            .iter()
            .zip(&self.align)
            .map(|(text, align)| cell(text, *align));
        self.grid.add_row(cells.collect::<Vec<_>>());
    }

    /// The lines of the table, each with its end.
    pub fn render(&self) -> String {
        self.grid
            .lines()
            .map(|line| format!("{}\n", line.trim_end()))
            .collect()
    }
}

fn cell(text: &str, align: Align) -> Cell {
    Cell::new(text).set_alignment(match align {
        Align::Left => CellAlignment::Left,
        Align::Right => CellAlignment::Right,
    })
}

/// Lines of `name: value`, the values below each other; wide characters count twice.
pub fn facts(lines: &[(&str, String)]) -> String {
    let mut grid = Grid::new();
    grid.load_style(comfy_table::presets::NOTHING);
    for (name, value) in lines {
        grid.add_row(vec![
            cell(&format!("{name}:"), Align::Left),
            cell(value, Align::Left),
        ]);
    }
    for column in grid.column_iter_mut() {
        column.set_padding((0, 2));
    }
    grid.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_and_wide_characters_count_twice() {
        let mut table = Table::new(&[("site", Align::Left), ("cost (CNY)", Align::Right)]);
        table.row(["贵安".into(), "1.50".into()]);
        table.row(["nm-horinger".into(), "120.00".into()]);
        let expected = "site         cost (CNY)\n\
                        贵安               1.50\n\
                        nm-horinger      120.00\n";
        assert_eq!(table.render(), expected);
    }

    #[test]
    fn facts_stand_below_each_other() {
        let text = facts(&[("job", "7".into()), ("状态", "运行".into())]);
        assert_eq!(text, "job:   7\n状态:  运行\n");
    }
}
