//! A row of a table as a job.

use super::units::iso_ms;
use super::{Cell, Clock, Mapping, Places};
use crate::workload::trace::{Seen, TraceCounts, TraceJob, TraceProblem};

/// Larger values have no meaning: some 30,000 years in milliseconds.
const VALUE_MAX: f64 = 1e15;
/// Longest name that is kept.
const NAME_BYTES_MAX: usize = 256;

/// Why a row is no job.
pub(in crate::workload::trace) enum RowProblem {
    /// What stands in the column at that position is not what is expected.
    Field(usize, &'static str),
    /// Something else.
    Other(TraceProblem),
}

impl From<TraceProblem> for RowProblem {
    fn from(problem: TraceProblem) -> RowProblem {
        RowProblem::Other(problem)
    }
}

/// Turns rows into jobs, and counts what becomes of them.
pub(in crate::workload::trace) struct Mapper {
    mapping: Mapping,
    places: Places,
    seen: Seen,
    pub(in crate::workload::trace) counts: TraceCounts,
}

impl Mapper {
    /// The mapping's columns must all be in the header.
    pub(in crate::workload::trace) fn new(
        mapping: Mapping,
        header: &[String],
    ) -> Result<Mapper, TraceProblem> {
        Ok(Mapper {
            places: Places::find(&mapping.columns, header)?,
            mapping,
            seen: Seen::default(),
            counts: TraceCounts::default(),
        })
    }

    /// Positions of the columns that are read.
    pub(in crate::workload::trace) fn read(&self) -> Vec<usize> {
        self.places.read()
    }

    /// The job of a row; `None` when it is left out and counted.
    pub(in crate::workload::trace) fn job<'r>(
        &mut self,
        line: u64,
        cell: &dyn Fn(usize) -> Cell<'r>,
    ) -> Result<Option<TraceJob>, RowProblem> {
        self.counts.rows += 1;
        let row = Fields {
            mapping: &self.mapping,
            cell,
        };
        let places = self.places;
        let id = match places.id {
            Some(place) => row.name(place)?.ok_or(RowProblem::Field(place, NAME))?,
            None => self.counts.rows.to_string(),
        };
        let leave_out = self.mapping.repair().leave_out;
        if places.id.is_some() && !self.seen.insert(&id) {
            return left_out(leave_out, &mut self.counts.duplicates, || {
                TraceProblem::Duplicate(id)
            });
        }
        let submit_ms = row.clock(places.submit)?;
        let submit_ms = submit_ms.ok_or(RowProblem::Field(places.submit, "a time"))?;
        let Some(run_ms) = row.run_ms(&places, submit_ms)? else {
            let count = &mut self.counts.without_run;
            return left_out(leave_out, count, || TraceProblem::NoRun(id));
        };
        if run_ms < 0.0 {
            let value = match places.run {
                Some(place) => cell(place).to_string(),
                None => format!("{run_ms} ms"),
            };
            let count = &mut self.counts.negative_run;
            let problem = || TraceProblem::NegativeRun { id, value };
            return left_out(leave_out, count, problem);
        }
        if run_ms == 0.0 {
            self.counts.without_run += 1;
            return Ok(None);
        }
        let (cpu_millis, accelerators) = row.size(&places)?;
        if cpu_millis == 0 && accelerators == 0 {
            let count = &mut self.counts.without_size;
            return left_out(leave_out, count, || TraceProblem::NoSize(id));
        }
        let job = TraceJob {
            row: line,
            id,
            submit_ms,
            run_ms: (run_ms.round() as i64).max(1),
            cpu_millis,
            memory_mib: row.memory_mib(places.memory)?,
            accelerators,
            requested_ms: row.requested_ms(places.requested)?,
            deadline_ms: places.deadline.map_or(Ok(None), |place| row.clock(place))?,
            tenant: places.tenant.map_or(Ok(None), |place| row.name(place))?,
        };
        self.counts.jobs += 1;
        Ok(Some(job))
    }
}

/// A row that breaks a rule: counted where such rows are left out, else an error.
fn left_out(
    leave_out: bool,
    count: &mut u64,
    problem: impl FnOnce() -> TraceProblem,
) -> Result<Option<TraceJob>, RowProblem> {
    match leave_out {
        true => {
            *count += 1;
            Ok(None)
        }
        false => Err(problem().into()),
    }
}

const NAME: &str = "a name of 1 to 256 bytes";
const RUN: &str = "a run time, a number below 1e15 ms";
const REQUESTED: &str = "a requested time above 0, or nothing";
const CORES: &str = "a number of cores, 0 or more";
const ACCELERATORS: &str = "a whole number of accelerators, 0 or more";
const MEMORY: &str = "an amount of memory, 0 or more, or nothing";

struct Fields<'a, 'r> {
    mapping: &'a Mapping,
    cell: &'a dyn Fn(usize) -> Cell<'r>,
}

impl Fields<'_, '_> {
    /// `unit` times the number; `None` when nothing stands there.
    fn number(
        &self,
        place: usize,
        unit: f64,
        expected: &'static str,
    ) -> Result<Option<f64>, RowProblem> {
        let cell = (self.cell)(place);
        if cell == Cell::Empty {
            return Ok(None);
        }
        let number = cell.number().map(|number| number * unit);
        let number = number.filter(|number| number.abs() <= VALUE_MAX);
        number.map(Some).ok_or(RowProblem::Field(place, expected))
    }

    fn name(&self, place: usize) -> Result<Option<String>, RowProblem> {
        let cell = (self.cell)(place);
        if cell == Cell::Empty {
            return Ok(None);
        }
        let name = Some(cell.to_string()).filter(|name| name.len() <= NAME_BYTES_MAX);
        name.map(Some).ok_or(RowProblem::Field(place, NAME))
    }

    /// A time of the trace's clock, in milliseconds.
    fn clock(&self, place: usize) -> Result<Option<i64>, RowProblem> {
        const ISO: &str = "a time such as 2025-06-01 08:00:00 (units.clock is \"iso\")";
        const START: &str = "a time since the trace's start, a number that is not negative";
        const EPOCH: &str = "a time since 1970, a number";
        let units = &self.mapping.units;
        match (units.clock, (self.cell)(place)) {
            (_, Cell::Empty) => Ok(None),
            (Clock::Iso, Cell::Text(text)) => {
                let ms = iso_ms(text, &units.utc_offset);
                ms.map(Some).ok_or(RowProblem::Field(place, ISO))
            }
            (Clock::Iso | Clock::Epoch, Cell::UnixMs(ms)) => Ok(Some(ms)),
            (Clock::Iso, _) => Err(RowProblem::Field(place, ISO)),
            (clock, _) => {
                let expected = if clock == Clock::Start { START } else { EPOCH };
                let ms = self.number(place, units.submit.ms(), expected)?;
                match ms {
                    Some(ms) if ms < 0.0 && clock == Clock::Start => {
                        Err(RowProblem::Field(place, expected))
                    }
                    ms => Ok(ms.map(|ms| ms.round() as i64)),
                }
            }
        }
    }

    fn run_ms(&self, places: &Places, submit_ms: i64) -> Result<Option<f64>, RowProblem> {
        if let Some(place) = places.run {
            return self.number(place, self.mapping.units.run.ms(), RUN);
        }
        let at = |place: Option<usize>| place.map_or(Ok(None), |place| self.clock(place));
        let started_ms = at(places.started)?.unwrap_or(submit_ms);
        let ended_ms = at(places.ended)?;
        Ok(ended_ms.map(|ended_ms| ended_ms.saturating_sub(started_ms) as f64))
    }

    fn requested_ms(&self, place: Option<usize>) -> Result<Option<i64>, RowProblem> {
        let Some(place) = place else { return Ok(None) };
        match self.number(place, self.mapping.units.run.ms(), REQUESTED)? {
            Some(ms) if ms <= 0.0 => Err(RowProblem::Field(place, REQUESTED)),
            ms => Ok(ms.map(|ms| (ms.round() as i64).max(1))),
        }
    }

    /// Thousandths of cores, and accelerators.
    fn size(&self, places: &Places) -> Result<(i64, i64), RowProblem> {
        let unit = self.mapping.units.cores.millis();
        let cpu_millis = self.amount(places.cores, unit, CORES)?.unwrap_or(0.0);
        let accelerators = self.amount(places.accelerators, 1.0, ACCELERATORS)?;
        let accelerators = accelerators.unwrap_or(0.0);
        match places.accelerators {
            Some(place) if accelerators.fract() != 0.0 => {
                Err(RowProblem::Field(place, ACCELERATORS))
            }
            _ => Ok((cpu_millis.ceil() as i64, accelerators as i64)),
        }
    }

    fn memory_mib(&self, place: Option<usize>) -> Result<Option<i64>, RowProblem> {
        let mib = self.amount(place, self.mapping.units.memory.mib(), MEMORY)?;
        Ok(mib.map(|mib| mib.ceil() as i64))
    }

    /// What is not negative, in `unit`s.
    fn amount(
        &self,
        place: Option<usize>,
        unit: f64,
        expected: &'static str,
    ) -> Result<Option<f64>, RowProblem> {
        let Some(place) = place else { return Ok(None) };
        match self.number(place, unit, expected)? {
            Some(amount) if amount < 0.0 => Err(RowProblem::Field(place, expected)),
            amount => Ok(amount),
        }
    }
}
