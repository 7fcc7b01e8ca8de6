//! Where jobs of each class went.

use ewc_core::model::WorkloadClass;

use crate::report::data::{JobRow, RunReport};
use crate::report::draw::bars::{self, Part};
use crate::report::markup::Markup;
use crate::report::words::{self, Words};
use crate::report::{facts, format};

use super::table::{self, Cell, numeric, text};

/// Jobs of one hub, by class.
struct Row<'r> {
    name: (&'r str, &'r str),
    jobs: Vec<u64>,
}

pub(super) fn write(markup: &mut Markup, report: &RunReport) {
    if report.jobs.is_empty() {
        return super::empty(markup);
    }
    let rows = rows(report);
    let most = rows.iter().map(Row::total).max().unwrap_or(0).max(1);
    let entries: Vec<_> = WorkloadClass::ALL.iter().enumerate().map(entry).collect();
    super::legend(markup, &entries);
    for row in &rows {
        let parts: Vec<Part> = row
            .jobs
            .iter()
            .enumerate()
            .map(|(at, jobs)| Part {
                class: format!("class{at}"),
                share: *jobs as f64 / most as f64,
                title: format!("{}: {jobs}", class_name(at).0),
            })
            .collect();
        let figure = format::count(row.total());
        super::row(
            markup,
            row.name,
            |bar| bars::stacked(bar, &parts),
            |end| end.text(&figure),
        );
    }
    markup.tag("details").body(|details| {
        details.tag("summary").words(words::NUMBERS);
        numbers(details, &rows);
    });
}

impl Row<'_> {
    fn of<'r>(name: (&'r str, &'r str), jobs: impl Iterator<Item = &'r JobRow>) -> Row<'r> {
        let mut counts = vec![0; WorkloadClass::ALL.len() + 1];
        for job in jobs {
            counts[class_of(job)] += 1;
        }
        Row { name, jobs: counts }
    }

    fn total(&self) -> u64 {
        self.jobs.iter().sum()
    }
}

fn rows(report: &RunReport) -> Vec<Row<'_>> {
    let jobs = || report.jobs.iter();
    let mut rows: Vec<Row<'_>> = Vec::new();
    for hub in facts::hubs(report) {
        let here = |job: &&JobRow| hub.sites.iter().any(|site| site.id == job.site);
        rows.push(Row::of(super::hub_name(hub.name), jobs().filter(here)));
    }
    let nowhere = Row::of(
        (words::NOT_PLACED.en, words::NOT_PLACED.zh),
        jobs().filter(|job| job.site.is_empty()),
    );
    if nowhere.total() > 0 {
        rows.push(nowhere);
    }
    rows
}

fn entry((at, class): (usize, &WorkloadClass)) -> (String, &'static str, &'static str) {
    let (en, zh) = words::lookup(words::CLASSES, class.name());
    (format!("class{at}"), en, zh)
}

fn class_of(job: &JobRow) -> usize {
    let known = WorkloadClass::from_name(&job.class);
    let at = known.and_then(|known| WorkloadClass::ALL.iter().position(|class| *class == known));
    at.unwrap_or(WorkloadClass::ALL.len())
}

fn class_name(at: usize) -> (&'static str, &'static str) {
    match WorkloadClass::ALL.get(at) {
        Some(class) => words::lookup(words::CLASSES, class.name()),
        None => ("?", "?"),
    }
}

fn numbers(markup: &mut Markup, rows: &[Row<'_>]) {
    let mut columns = vec![text(words::HUB)];
    columns.extend((0..WorkloadClass::ALL.len()).map(|at| {
        let (en, zh) = class_name(at);
        numeric(Words { en, zh })
    }));
    columns.push(numeric(words::TOTAL));
    let cells = |row: &Row<'_>| -> Vec<Cell<'_>> {
        let counts = row.jobs.iter().take(WorkloadClass::ALL.len());
        counts.map(|count| format::count(*count).into()).collect()
    };
    let rows = rows.iter().map(|row| {
        let mut all = vec![Cell::from(row.name)];
        all.extend(cells(row));
        all.push(format::count(row.total()).into());
        all
    });
    table::write(markup, &columns, rows);
}
