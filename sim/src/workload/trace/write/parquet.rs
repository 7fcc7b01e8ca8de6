//! A Parquet file with the columns of the tables, which the ready mapping `ewc` reads again.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::JobWriter;
use crate::workload::trace::TraceJob;

const SCHEMA: &str = "message jobs {
    required binary id (utf8);
    required double submit_s;
    required double run_s;
    required double cores;
    required int64 accelerators;
    optional int64 memory_mib;
    optional double requested_s;
    optional binary tenant (utf8);
    optional double deadline_s;
}";

/// Jobs of a row group; so many are held.
const GROUP_JOBS: usize = 1 << 16;

/// Writes a Parquet file, compressed by Snappy. A file that was not finished cannot be read.
pub struct ParquetWriter<W: Write + Send> {
    out: SerializedFileWriter<W>,
    held: Vec<TraceJob>,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Writes the head of the file.
    ///
    /// # Errors
    /// What lies below cannot be written.
    pub fn new(out: W) -> io::Result<ParquetWriter<W>> {
        let schema = parse_message_type(SCHEMA).map_err(io::Error::other)?;
        let out = SerializedFileWriter::new(out, Arc::new(schema), compressed());
        Ok(ParquetWriter {
            out: out.map_err(io::Error::other)?,
            held: Vec::new(),
        })
    }

    fn write_group(&mut self) -> Result<()> {
        let jobs = std::mem::take(&mut self.held);
        let mut group = self.out.next_row_group()?;
        let seconds = |ms: i64| Some(ms as f64 / 1000.0);
        let text = |text: &str| Some(ByteArray::from(text.as_bytes().to_vec()));
        column::<ByteArrayType, _>(&mut group, &jobs, |job| text(&job.id))?;
        column::<DoubleType, _>(&mut group, &jobs, |job| seconds(job.submit_ms))?;
        column::<DoubleType, _>(&mut group, &jobs, |job| seconds(job.run_ms))?;
        // Thousandths of cores become cores as those of seconds become seconds.
        column::<DoubleType, _>(&mut group, &jobs, |job| seconds(job.cpu_millis))?;
        column::<Int64Type, _>(&mut group, &jobs, |job| Some(job.accelerators))?;
        column::<Int64Type, _>(&mut group, &jobs, |job| job.memory_mib)?;
        column::<DoubleType, _>(&mut group, &jobs, |job| job.requested_ms.and_then(seconds))?;
        column::<ByteArrayType, _>(&mut group, &jobs, |job| {
            job.tenant.as_deref().and_then(text)
        })?;
        column::<DoubleType, _>(&mut group, &jobs, |job| job.deadline_ms.and_then(seconds))?;
        group.close()?;
        Ok(())
    }
}

fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    jobs: &[TraceJob],
    value: impl Fn(&TraceJob) -> Option<T::T>,
) -> Result<()> {
    write_column::<T, W>(group, jobs.iter().map(value).collect())
}

/// How files are written: compressed by Snappy.
pub(crate) fn compressed() -> Arc<WriterProperties> {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
    Arc::new(properties.build())
}

/// Writes the next column; whether a value may be absent is known to the schema.
pub(crate) fn write_column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    found: Vec<Option<T::T>>,
) -> Result<()> {
    let levels: Vec<i16> = found
        .iter()
        .map(|value| i16::from(value.is_some()))
        .collect();
    let values: Vec<T::T> = found.into_iter().flatten().collect();
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General(String::from(
            "the schema has fewer columns",
        )));
    };
    column
        .typed::<T>()
        .write_batch(&values, Some(&levels), None)?;
    column.close()
}

impl<W: Write + Send> JobWriter for ParquetWriter<W> {
    fn add(&mut self, job: &TraceJob) -> io::Result<()> {
        self.held.push(job.clone());
        match self.held.len() < GROUP_JOBS {
            true => Ok(()),
            false => self.write_group().map_err(io::Error::other),
        }
    }

    fn finish(mut self: Box<Self>, complete: bool) -> io::Result<()> {
        if !self.held.is_empty() {
            self.write_group().map_err(io::Error::other)?;
        }
        if !complete {
            let note = Some(String::from("partial, writing was interrupted"));
            self.out
                .append_key_value_metadata(KeyValue::new(String::from("note"), note));
        }
        self.out.close().map_err(io::Error::other)?;
        Ok(())
    }
}
