//! Opens what was asked for.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, bail};
use ewc_sim::workload::lublin::{Lublin, LublinMix};
use ewc_sim::workload::trace::{CsvJobs, JobSource, Mapping, ParquetJobs, Repair, SwfJobs};

use super::Args;
use crate::command::progress::Progress;

const PROCESSORS: u32 = 128;
const JOBS: u64 = 10_000;
const MIB: u64 = 1 << 20;

/// A source, and how far it is.
pub(super) struct Watched {
    pub(super) source: Box<dyn JobSource>,
    pub(super) progress: Far,
}

/// How far the source is, told to the user now and then.
pub(super) struct Far {
    progress: Progress,
    read: Arc<AtomicU64>,
    /// Bytes of the file, or jobs of the model.
    all: u64,
    of_file: bool,
}

impl Far {
    pub(super) fn say(&self, jobs: u64) {
        let progress = &self.progress;
        match self.of_file {
            true => {
                let read = self.read.load(Ordering::Relaxed);
                progress.say((read / MIB) as usize, (self.all / MIB) as usize, "MiB read");
            }
            false => progress.say(jobs as usize, self.all as usize, "jobs"),
        }
    }
}

pub(super) fn open(args: &Args) -> anyhow::Result<Watched> {
    let Some(path) = &args.trace else {
        return Ok(model(args));
    };
    let name = path.display().to_string();
    let file = File::open(path).with_context(|| name.clone())?;
    let all = file.metadata().map_or(0, |metadata| metadata.len());
    let read = Arc::new(AtomicU64::new(0));
    let counted = Counted {
        file,
        read: Arc::clone(&read),
    };
    let source: Box<dyn JobSource> = match &args.mapping {
        Some(mapping) => {
            let mapping = Mapping::load(mapping)?;
            let repair = repaired(mapping.repair(), args);
            let mapping = mapping.with_repair(repair);
            match name.ends_with(".parquet") {
                true => Box::new(ParquetJobs::open(counted.file, &name, &mapping)?),
                false => Box::new(CsvJobs::open(counted, &name, &mapping)?),
            }
        }
        None if is_log(path) => Box::new(SwfJobs::open(
            counted,
            &name,
            repaired(Repair::default(), args),
        )),
        None => bail!(
            "{name}: a table needs --mapping (ewc, gaia, openb, philly or a file); name a log .swf \
             or .swf.gz"
        ),
    };
    Ok(Watched {
        source,
        progress: Far {
            progress: Progress::shared(),
            read,
            all,
            of_file: true,
        },
    })
}

fn model(args: &Args) -> Watched {
    let mix = LublinMix {
        seed: args.seed,
        jobs: args.jobs.unwrap_or(JOBS),
        processors: args.processors.unwrap_or(PROCESSORS),
        kinds: args.kinds.into(),
    };
    Watched {
        source: Box::new(Lublin::new(&mix)),
        progress: Far {
            progress: Progress::shared(),
            read: Arc::default(),
            all: mix.jobs,
            of_file: false,
        },
    }
}

fn repaired(repair: Repair, args: &Args) -> Repair {
    Repair {
        leave_out: repair.leave_out || args.repair,
        rows_ahead: args.ahead.unwrap_or(repair.rows_ahead),
    }
}

fn is_log(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".swf") || name.ends_with(".swf.gz")
}

/// A file that counts what was read of it.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read(buffer)?;
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}
