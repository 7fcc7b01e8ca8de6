//! The file that the jobs are written to.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context as _, bail};
use ewc_sim::workload::trace::JobSource;
use ewc_sim::workload::trace::write::{CsvWriter, Head, JobWriter, ParquetWriter, SwfWriter};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Args;

/// Creates the file; its name says the format.
pub(super) fn create(
    path: &Path,
    args: &Args,
    source: &dyn JobSource,
) -> anyhow::Result<Box<dyn JobWriter>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    let is_parquet = name.ends_with(".parquet");
    if !is_parquet && !plain.ends_with(".swf") && !plain.ends_with(".csv") {
        let names = ".parquet, .swf or .csv, the last two with .gz if compressed";
        bail!("{}: name it {names}", path.display());
    }
    if args
        .trace
        .as_deref()
        .is_some_and(|trace| same_file(trace, path))
    {
        bail!("{}: is the trace itself; name another file", path.display());
    }
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    if is_parquet {
        return Ok(Box::new(ParquetWriter::new(BufWriter::new(file))?));
    }
    let out: Box<dyn Write> = match plain.len() == name.len() {
        true => Box::new(BufWriter::new(file)),
        false => Box::new(BufWriter::new(GzEncoder::new(file, Compression::default()))),
    };
    if plain.ends_with(".csv") {
        return Ok(Box::new(CsvWriter::new(out)?));
    }
    let head = Head {
        source: super::name_of(args),
        processors_max: args.processors.map(i64::from).or(source.processors_max()),
        unix_start_ms: source.unix_start_ms(),
    };
    Ok(Box::new(SwfWriter::new(out, head)))
}

fn same_file(one: &Path, other: &Path) -> bool {
    let (one, other) = (one.canonicalize(), other.canonicalize());
    one.is_ok_and(|one| other.is_ok_and(|other| one == other))
}
