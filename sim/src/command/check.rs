//! `ewc-sim check`.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use ewc_sim::check::{self, Cell, Planned, Report, TableName, TableReport};
use ewc_sim::parallel;
use serde_json::{Value, json};

use super::progress::Progress;

/// Works published tables out again and prints published | ours | difference.
///
/// A: batch queues on a real log (queue). B: GPU tasks on the nodes of a cluster (placement). C:
/// work moved between cloud regions (regions), by the published rule and by our planner with a
/// proven bound. D: work moved in time (shifting). Ends with an error when a cell is off.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of the traces, with swf, openb, spatial and carbon in it
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// Only this table: queue, placement, regions or shifting; may be given several times
    #[arg(long, value_name = "TABLE")]
    table: Vec<TableName>,
    /// Threads; all cores unless given
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,
    /// Prints an object for programs
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut tables = args.table.clone();
    if tables.is_empty() {
        tables = TableName::ALL.to_vec();
    }
    tables.sort_unstable();
    tables.dedup();
    let threads = args.threads.unwrap_or_else(parallel::cores);
    let started = Instant::now();
    let progress = Progress::shared();
    let report = check::run(&args.data, &tables, threads, &|done, all| {
        progress.say(done, all, "runs");
    })?;
    let seconds = started.elapsed().as_secs_f64();
    match args.json {
        true => println!("{}", as_json(&report, seconds)),
        false => print(&report, seconds),
    }
    match report.off() {
        0 => Ok(()),
        off => bail!("{off} of {} cells are off", report.cells()),
    }
}

fn as_json(report: &Report, seconds: f64) -> Value {
    let table = |table: &TableReport| {
        let cells = table.cells.iter().map(
            |cell| json!({ "cell": cell, "difference": cell.difference(), "holds": cell.holds() }),
        );
        let planned = table.planned.iter().map(|cell| {
            json!({
                "cell": cell,
                "beatable": cell.beatable(),
                "gap_pct": cell.gap_pct(),
                "holds": cell.holds(),
            })
        });
        json!({
            "name": table.name,
            "source": table.source,
            "rules": table.rules,
            "cells": cells.collect::<Vec<Value>>(),
            "planned": planned.collect::<Vec<Value>>(),
        })
    };
    json!({
        "engine": concat!("ewc-sim ", env!("CARGO_PKG_VERSION")),
        "tables": report.tables.iter().map(table).collect::<Vec<Value>>(),
        "cells": report.cells(),
        "off": report.off(),
        "seconds": seconds,
    })
}

fn print(report: &Report, seconds: f64) {
    for table in &report.tables {
        println!("{}: {}", table.name, table.source);
        for rule in &table.rules {
            println!("  rule  {rule}");
        }
        print_cells(table);
        print_planned(table);
        println!();
    }
    let (cells, off) = (report.cells(), report.off());
    println!("{} of {cells} cells hold, in {seconds:.1} s", cells - off);
}

fn print_cells(table: &TableReport) {
    let name = |cell: &Cell| format!("{}: {}", cell.row, cell.column);
    let width = table.cells.iter().map(|cell| name(cell).chars().count());
    let width = width.max().unwrap_or(0);
    println!(
        "  {:width$}  {:>16}  {:>16}  {:>12}  {:>10}",
        "", "published", "ours", "difference", "tolerance"
    );
    for cell in &table.cells {
        println!(
            "  {:width$}  {:>16.6}  {:>16.6}  {:>12.6}  {:>10.6}{}",
            name(cell),
            cell.published,
            cell.ours,
            cell.difference(),
            cell.tolerance,
            mark(cell.holds()),
        );
    }
}

fn print_planned(table: &TableReport) {
    if table.planned.is_empty() {
        return;
    }
    println!("  our planner on the same inputs");
    let name = |cell: &Planned| format!("{}: {}", cell.row, cell.column);
    let width = table.planned.iter().map(|cell| name(cell).chars().count());
    let width = width.max().unwrap_or(0);
    println!(
        "  {:width$}  {:>12}  {:>12}  {:>12}  {:>12}  {:>10}  {:>8}",
        "", "rule", "planner", "bound", "best", "better", "gap"
    );
    for cell in &table.planned {
        let better = match cell.beatable() {
            true => format!("{:.2} %", 100.0 * (cell.rule - cell.planner) / cell.rule),
            false => String::from("unbeatable"),
        };
        println!(
            "  {:width$}  {:>12.4}  {:>12.4}  {:>12.4}  {:>12.4}  {better:>10}  {:>6.2} %{}",
            name(cell),
            cell.rule,
            cell.planner,
            cell.bound,
            cell.best,
            cell.gap_pct(),
            mark(cell.holds()),
        );
    }
}

fn mark(holds: bool) -> &'static str {
    match holds {
        true => "",
        false => "  OFF",
    }
}
