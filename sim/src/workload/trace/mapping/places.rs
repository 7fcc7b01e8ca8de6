//! Where the columns of a mapping stand in a table.

use super::Columns;
use crate::workload::trace::TraceProblem;

/// Positions of the columns, from 0.
#[derive(Debug, Clone, Copy)]
pub(in crate::workload::trace) struct Places {
    pub(super) submit: usize,
    pub(super) run: Option<usize>,
    pub(super) started: Option<usize>,
    pub(super) ended: Option<usize>,
    pub(super) cores: Option<usize>,
    pub(super) accelerators: Option<usize>,
    pub(super) memory: Option<usize>,
    pub(super) requested: Option<usize>,
    pub(super) id: Option<usize>,
    pub(super) tenant: Option<usize>,
    pub(super) deadline: Option<usize>,
}

impl Places {
    /// Finds every column of the mapping; there must be no other, but for those it ignores.
    pub(in crate::workload::trace) fn find(
        columns: &Columns,
        header: &[String],
    ) -> Result<Places, TraceProblem> {
        if let Some(twice) = (1..header.len()).find(|at| header[..*at].contains(&header[*at])) {
            return Err(TraceProblem::ColumnTwice(header[twice].clone()));
        }
        let find = |column: &str, role: &'static str| {
            let place = header.iter().position(|name| name.trim() == column);
            place.ok_or_else(|| TraceProblem::ColumnMissing {
                column: column.to_owned(),
                role,
                columns: header.join(", "),
            })
        };
        let find_any = |column: &Option<String>, role| {
            let column = column.as_deref();
            column.map(|column| find(column, role)).transpose()
        };
        let places = Places {
            submit: find(&columns.submit, "submit")?,
            run: find_any(&columns.run, "run")?,
            started: find_any(&columns.started, "started")?,
            ended: find_any(&columns.ended, "ended")?,
            cores: find_any(&columns.cores, "cores")?,
            accelerators: find_any(&columns.accelerators, "accelerators")?,
            memory: find_any(&columns.memory, "memory")?,
            requested: find_any(&columns.requested, "requested")?,
            id: find_any(&columns.id, "id")?,
            tenant: find_any(&columns.tenant, "tenant")?,
            deadline: find_any(&columns.deadline, "deadline")?,
        };
        for column in columns.ignore.iter().filter(|column| *column != "*") {
            find(column, "ignored")?;
        }
        match places.stranger(columns, header) {
            Some(column) => Err(TraceProblem::ColumnUnknown(column.clone())),
            None => Ok(places),
        }
    }

    /// A column that is neither read nor ignored.
    fn stranger<'h>(&self, columns: &Columns, header: &'h [String]) -> Option<&'h String> {
        let all = columns.ignore.iter().any(|column| column == "*");
        let ignored = |column: &String| all || columns.ignore.iter().any(|c| c == column.trim());
        let read = self.read();
        let mut others = header
            .iter()
            .enumerate()
            .filter(|(at, _)| !read.contains(at));
        let stranger = others.find(|(_, column)| !ignored(column));
        stranger.map(|(_, column)| column)
    }

    /// The positions that are read.
    pub(in crate::workload::trace) fn read(&self) -> Vec<usize> {
        let optional = [
            self.run,
            self.started,
            self.ended,
            self.cores,
            self.accelerators,
            self.memory,
            self.requested,
            self.id,
            self.tenant,
            self.deadline,
        ];
        let optional = optional.into_iter().flatten();
        std::iter::once(self.submit).chain(optional).collect()
    }
}
