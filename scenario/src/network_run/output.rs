//! Which files a run leaves beside the tables.

use crate::error::FieldError;
use crate::reader::{Table, flag, whole};

/// What is written beside jobs, sites, links and the summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputDef {
    /// Tables also as Parquet.
    pub parquet: bool,
    /// The jobs also as a log in the Standard Workload Format.
    pub swf: bool,
    /// The placements of one job in so many, with what was found at every site; 0: of none.
    pub decisions_one_in: u32,
    /// When each job would start, asked just before it was submitted, and when it did. Asking
    /// plans every job once more.
    pub starts: bool,
}

impl Default for OutputDef {
    fn default() -> OutputDef {
        OutputDef {
            parquet: true,
            swf: true,
            decisions_one_in: 100,
            starts: false,
        }
    }
}

pub(super) fn read(table: Option<Table>) -> Result<OutputDef, FieldError> {
    let mut output = OutputDef::default();
    let Some(mut table) = table else {
        return Ok(output);
    };
    if let Some(parquet) = table.take("parquet", flag)? {
        output.parquet = parquet;
    }
    if let Some(swf) = table.take("swf", flag)? {
        output.swf = swf;
    }
    if let Some(one_in) = table.take("decisions_one_in", whole)? {
        output.decisions_one_in = one_in;
    }
    if let Some(starts) = table.take("starts", flag)? {
        output.starts = starts;
    }
    table.finish()?;
    Ok(output)
}
