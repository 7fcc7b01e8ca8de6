//! Every column of a class, one by one: for exact solvers and tests of small models.

use ewc_core::planner::model::{Carriage, Choice, Class, Column, Leg, Model};

/// Lists every column of a class. There may be very many.
pub fn all(model: &Model, class: &Class) -> Vec<Column> {
    let mut columns = Vec::new();
    for (number, choice) in class.choices.iter().enumerate() {
        for start in choice.first..=choice.last {
            for carriages in carriages(model, choice, start) {
                columns.push(Column {
                    choice: number as u32,
                    start,
                    carriages: carriages.into(),
                });
            }
        }
    }
    columns
}

fn carriages(model: &Model, choice: &Choice, start: u32) -> Vec<Vec<Carriage>> {
    let end = model.spans[choice.span as usize].end(start as usize) as u32;
    let come = choice.inbound.iter();
    let come = come.map(|leg| windows(model, leg, leg.first, leg.until.min(start)));
    let leave = choice.outbound.iter();
    let leave = leave.map(|leg| windows(model, leg, leg.first.max(end), leg.until));
    let flow = choice.steady.iter();
    let flow = flow.map(|leg| {
        let ways = (0..leg.ways.len() as u32).map(|way| Carriage { way, start });
        ways.collect()
    });
    let mut all = vec![Vec::new()];
    for windows in come.chain(leave).chain(flow) {
        let with = |before: &Vec<Carriage>| {
            let longer = windows
                .iter()
                .map(|window| [before.as_slice(), &[*window]].concat());
            longer.collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
    }
    all
}

/// Every way and window of a leg between two slots.
fn windows(model: &Model, leg: &Leg, first: u32, until: u32) -> Vec<Carriage> {
    let mut windows = Vec::new();
    for (number, way) in leg.ways.iter().enumerate() {
        let span = &model.spans[way.span as usize];
        let fits = (first..until).filter(|&start| span.end(start as usize) as u32 <= until);
        windows.extend(fits.map(|start| Carriage {
            way: number as u32,
            start,
        }));
    }
    windows
}
