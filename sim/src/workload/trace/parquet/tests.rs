//! Parquet files as they are written here and elsewhere, and what is said of those that are none.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::*;
use crate::workload::lublin::{Lublin, LublinMix};
use crate::workload::trace::write::{JobWriter, ParquetWriter};

/// A file that goes when the test is over.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Temporary {
        let name = format!("ewc-sim-parquet-{}-{name}", std::process::id());
        Temporary(std::env::temp_dir().join(name))
    }

    fn open(&self, mapping: &Mapping) -> Result<InOrder<ParquetJobs>, TraceError> {
        ParquetJobs::open(File::open(&self.0).unwrap(), "t.parquet", mapping)
    }

    fn error(&self, mapping: &Mapping) -> String {
        let error = match self.open(mapping) {
            Ok(mut jobs) => jobs.find_map(Result::err).expect("an error"),
            Err(error) => error,
        };
        error.to_string()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn ewc() -> Mapping {
    Mapping::load("ewc").unwrap()
}

#[test]
fn what_is_written_is_read_again() {
    let mut jobs: Vec<TraceJob> = Lublin::new(&LublinMix {
        jobs: 70_000,
        ..LublinMix::default()
    })
    .map(Result::unwrap)
    .collect();
    jobs[1].memory_mib = Some(512);
    jobs[2].requested_ms = Some(1_250);
    jobs[3].deadline_ms = Some(i64::from(u32::MAX));
    jobs[4].tenant = None;
    let file = Temporary::new("again");
    let out = ParquetWriter::new(File::create(&file.0).unwrap()).unwrap();
    let mut out: Box<dyn JobWriter> = Box::new(out);
    jobs.iter().for_each(|job| out.add(job).unwrap());
    out.finish(true).unwrap();
    let read: Vec<TraceJob> = file.open(&ewc()).unwrap().map(Result::unwrap).collect();
    assert!(read == jobs, "two row groups and every column");

    let bytes = fs::read(&file.0).unwrap();
    fs::write(&file.0, &bytes[..bytes.len() / 2]).unwrap();
    let message = file.error(&ewc());
    assert!(
        message.starts_with("t.parquet: line 0: cannot be read as Parquet"),
        "{message}"
    );
}

/// Rows of elsewhere: names as bytes, whole seconds, a time in microseconds, a list beside them.
fn elsewhere(file: &Temporary, compression: Compression, runs: &[i32]) {
    let schema = "message m {
        required int64 at (timestamp_micros); required int32 run; optional int32 gpus;
        optional binary who; repeated int32 list; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .build();
    let out = File::create(&file.0).unwrap();
    let mut out = SerializedFileWriter::new(out, schema, Arc::new(properties)).unwrap();
    let mut group = out.next_row_group().unwrap();
    let times: Vec<i64> = (1..=runs.len() as i64).map(|at| at * 1_500_000).collect();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<Int64Type>()
        .write_batch(&times, None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<Int32Type>()
        .write_batch(runs, None, None)
        .unwrap();
    column.close().unwrap();
    let present = vec![1; runs.len()];
    let mut column = group.next_column().unwrap().unwrap();
    let gpus = vec![2; runs.len()];
    column
        .typed::<Int32Type>()
        .write_batch(&gpus, Some(&present), None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let who = [ByteArray::from("lab")];
    let levels: Vec<i16> = (0..runs.len()).map(|at| i16::from(at == 0)).collect();
    column
        .typed::<ByteArrayType>()
        .write_batch(&who, Some(&levels), None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let (none, rows) = (vec![0; runs.len()], vec![0; runs.len()]);
    column
        .typed::<Int32Type>()
        .write_batch(&[], Some(&none), Some(&rows))
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    out.close().unwrap();
}

fn mapping(more: &str) -> Mapping {
    let columns = "submit = \"at\"\nrun = \"run\"\naccelerators = \"gpus\"\n";
    Mapping::parse(
        "m",
        &format!("[columns]\n{columns}{more}\n[units]\nclock = \"iso\""),
    )
    .unwrap()
}

#[test]
fn files_of_elsewhere() {
    let file = Temporary::new("elsewhere");
    let zstd = Compression::ZSTD(ZstdLevel::default());
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, zstd] {
        elsewhere(&file, compression, &[5, 6, 7]);
        let mapping = mapping("tenant = \"who\"\nignore = [\"list\"]");
        let jobs: Vec<TraceJob> = file.open(&mapping).unwrap().map(Result::unwrap).collect();
        let brief = |job: &TraceJob| (job.row, job.submit_ms, job.run_ms, job.accelerators);
        let expected = [
            (1, 1_500, 5_000, 2),
            (2, 3_000, 6_000, 2),
            (3, 4_500, 7_000, 2),
        ];
        assert_eq!(jobs.iter().map(brief).collect::<Vec<_>>(), expected);
        let tenants: Vec<Option<&str>> = jobs.iter().map(|job| job.tenant.as_deref()).collect();
        assert_eq!(tenants, [Some("lab"), None, None]);
    }
}

#[test]
fn errors_name_the_row() {
    let file = Temporary::new("errors");
    elsewhere(&file, Compression::SNAPPY, &[5, -6]);
    let all = mapping("ignore = [\"*\"]");
    let message = file.error(&all);
    assert!(
        message.starts_with("t.parquet: line 2: job 2: its run time is negative (-6)"),
        "{message}"
    );
    let message = file.error(&mapping(""));
    assert!(
        message.starts_with("t.parquet: line 0: column \"who\" is not in the mapping"),
        "{message}"
    );
    let message = file.error(&mapping("memory = \"list\"\nignore = [\"*\"]"));
    assert!(
        message.contains("column \"list\" holds lists or groups"),
        "{message}"
    );
    let start =
        "[columns]\nsubmit = \"at\"\nrun = \"run\"\naccelerators = \"gpus\"\nignore = [\"*\"]";
    let message = file.error(&Mapping::parse("m", start).unwrap());
    let part = "t.parquet: line 1: column \"at\" is \"1500 ms since 1970\"; give a time since";
    assert!(message.starts_with(part), "{message}");
    fs::write(&file.0, "no Parquet at all").unwrap();
    let message = file.error(&all);
    assert!(message.contains("cannot be read as Parquet"), "{message}");
}

#[test]
fn damaged_files_end_in_an_error_or_other_jobs() {
    let file = Temporary::new("damaged");
    elsewhere(&file, Compression::SNAPPY, &[5, 6, 7]);
    let whole = fs::read(&file.0).unwrap();
    let all = mapping("ignore = [\"*\"]");
    let mut errors = 0;
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x5a;
        fs::write(&file.0, damaged).unwrap();
        let read = file
            .open(&all)
            .and_then(|jobs| jobs.collect::<Result<Vec<_>, _>>());
        errors += usize::from(read.is_err());
    }
    assert!(errors > whole.len() / 4, "{errors} of {}", whole.len());
}
