//! Table C: work moved between cloud regions within a latency limit, by the published rule and by
//! our planner on the same inputs.

mod best;
mod network;
mod planned;
mod rule;

use std::path::Path;
use std::sync::Arc;

use super::error::CheckError;
use super::published::regions as published;
use super::result::{Cell, TableReport};
use super::run::{Found, Piece, Work};

use network::Regions;

/// Units of work that a region can hold.
const CAPACITY: u32 = 100;

pub(super) fn work(data: &Path) -> Result<Work, CheckError> {
    let regions = Arc::new(Regions::load(data)?);
    let mut pieces: Vec<Piece> = Vec::new();
    let all = |idle: usize| published::MEANS.map(|(limit_ms, means)| (limit_ms, idle, means[idle]));
    let cells = (0..published::IDLE_PCT.len()).flat_map(all);
    for (limit_ms, idle, mean) in cells {
        let base = CAPACITY - published::IDLE_PCT[idle];
        let row = format!("latency {limit_ms} ms");
        let column = format!("idle {} %, g/kWh", published::IDLE_PCT[idle]);
        let (of_rule, of_planner) = (Arc::clone(&regions), Arc::clone(&regions));
        let cell = Cell {
            row: row.clone(),
            column: column.clone(),
            published: mean,
            ours: 0.0,
            tolerance: published::TOLERANCE,
        };
        pieces.push(Box::new(move || {
            let ours = rule::mean_intensity(&of_rule, limit_ms, base);
            let cell = cell.clone();
            Ok(Found::Cells(vec![Cell { ours, ..cell }]))
        }));
        pieces.push(Box::new(move || {
            let rule = rule::mean_intensity(&of_planner, limit_ms, base);
            let mut planned = planned::plan(&of_planner, limit_ms, base);
            (planned.row, planned.column) = (row.clone(), column.clone());
            planned.rule = rule;
            planned.best = best::mean_intensity(&of_planner, limit_ms, base);
            Ok(Found::Planned(planned))
        }));
    }
    Ok(Work {
        source: published::SOURCE,
        rules: vec![
            String::from(
                "the published rule: regions in turn, the one of lowest intensity first, move what \
                 fits to others in the same order, within the limit",
            ),
            String::from(
                "ours: one model of all regions, solved by the planner of the network from \
                 several starts; its bound holds for every plan; the best plan there is, by \
                 augmenting paths, tells in which cells the rule leaves room",
            ),
        ],
        pieces,
        finish,
    })
}

fn finish(found: Vec<Found>, report: &mut TableReport) {
    for piece in found {
        match piece {
            Found::Cells(cells) => report.cells.extend(cells),
            Found::Planned(planned) => report.planned.push(planned),
            Found::Samples(_) => {}
        }
    }
}
