//! Scenarios of one site: a machine with a queue, and the log that is replayed on it.
//!
//! ```toml
//! name = "kth-sp2"
//! seed = 1                  # of every random stream; nothing is drawn at random here yet
//!
//! [site]
//! name = "kth"
//! processors = 100
//! queue = "easy"            # fcfs, easy, easy_sjbf, conservative
//!
//! [workload]
//! swf = "KTH-SP2.swf.gz"    # beside this file; plain or gzip
//! estimate = "requested"    # what the queue believes: requested, double, actual
//! jobs = 1000               # only the first so many; all unless given
//! ```

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::error::{FieldError, FileError};
use crate::reader::{Table, text, whole};
use crate::tree::{self, Format};
use crate::validate::check_name;

/// Largest scenario file of one site.
const SIZE_BYTES_MAX: u64 = 1 << 20;

/// A machine with a queue, and the log that is replayed on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSite {
    /// Name.
    pub name: String,
    /// Seed of every random stream.
    pub seed: u64,
    /// Name of the site.
    pub site: String,
    /// Its processors.
    pub processors: u32,
    /// Its queue discipline, by the simulator's name.
    pub queue: String,
    /// The log, in the Standard Workload Format.
    pub swf: PathBuf,
    /// What the queue believes of run times, by the simulator's name.
    pub estimate: String,
    /// How many jobs of the log are taken at most.
    pub jobs_max: Option<u64>,
}

impl BatchSite {
    /// Reads a file; a log that it names is looked for beside it.
    ///
    /// # Errors
    /// Names the field, what is wrong with it and what to do.
    pub fn load(path: &Path) -> Result<BatchSite, FileError> {
        let format = Format::of(path)?;
        let text = tree::read(path, SIZE_BYTES_MAX)?;
        let mut site = BatchSite::parse(&text, format)?;
        if let Some(folder) = path.parent() {
            site.swf = folder.join(&site.swf);
        }
        Ok(site)
    }

    /// The same for the text of a file; the path of the log stays as it is written.
    ///
    /// # Errors
    /// As [`BatchSite::load`].
    pub fn parse(text: &str, format: Format) -> Result<BatchSite, FileError> {
        Ok(read(Table::root(tree::parse(text, format)?))?)
    }
}

fn read(mut root: Table) -> Result<BatchSite, FieldError> {
    let name = root.require("name", "name the scenario", text)?;
    check_name("name", &name)?;
    let seed = root.take("seed", whole)?.unwrap_or(0);
    let site = root.table("site")?;
    let mut site = site.ok_or_else(|| root.missing("site", "add a table [site]"))?;
    let workload = root.table("workload")?;
    let mut workload =
        workload.ok_or_else(|| root.missing("workload", "add a table [workload]"))?;
    let batch_site = BatchSite {
        name,
        seed,
        site: site.require("name", "name the site", text)?,
        processors: site.require("processors", "say how many it has", whole)?,
        queue: site.require("queue", "write e.g. \"easy\"", text)?,
        swf: workload.require("swf", "name a log", text)?.into(),
        estimate: workload
            .take("estimate", text)?
            .unwrap_or_else(|| String::from("requested")),
        jobs_max: workload.take("jobs", whole)?,
    };
    check_name("site.name", &batch_site.site)?;
    if batch_site.processors == 0 {
        let hint = "write at least 1";
        return Err(FieldError::new("site.processors", "is 0", hint));
    }
    site.finish()?;
    workload.finish()?;
    root.finish()?;
    Ok(batch_site)
}
