//! Tables and logs as jobs, and what is said of those that are none.

mod bad;
mod csv;
mod long_line;
mod network;

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Columns `at`, `run` and `cores`, in seconds.
fn short(repair: &str) -> Mapping {
    let columns = "[columns]\nsubmit = \"at\"\nrun = \"run\"\ncores = \"cores\"\n";
    Mapping::parse("short", &format!("{columns}[repair]\n{repair}")).unwrap()
}

fn jobs(mapping: &Mapping, text: &str) -> (Vec<TraceJob>, TraceCounts) {
    let mut source = CsvJobs::open(text.as_bytes(), "t.csv", mapping).unwrap();
    let jobs = source.by_ref().collect::<Result<_, _>>().unwrap();
    (jobs, source.counts())
}
