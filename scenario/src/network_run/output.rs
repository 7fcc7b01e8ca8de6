//! Which files a run leaves beside the tables.

use crate::error::FieldError;
use crate::reader::{Table, flag};

/// What is written beside jobs, sites, links and the summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutputDef {
    /// When each job would start, asked just before it was submitted, and when it did. Asking
    /// plans every job once more.
    pub starts: bool,
}

pub(super) fn read(table: Option<Table>) -> Result<OutputDef, FieldError> {
    let mut output = OutputDef::default();
    let Some(mut table) = table else {
        return Ok(output);
    };
    if let Some(starts) = table.take("starts", flag)? {
        output.starts = starts;
    }
    table.finish()?;
    Ok(output)
}
