//! What every `jobs.csv` begins with: Batsim's columns, with its names, order and units, so that
//! its tools read the file.

pub(crate) const COLUMNS: &str = "job_id,workload_name,profile,submission_time,\
    requested_number_of_resources,requested_time,success,final_state,starting_time,\
    execution_time,finish_time,waiting_time,turnaround_time,stretch,allocated_resources,\
    consumed_energy,metadata";

/// Milliseconds, written as seconds.
pub(crate) struct Seconds(pub(crate) i64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (seconds, millis) = (self.0.unsigned_abs() / 1000, self.0.unsigned_abs() % 1000);
        match millis {
            0 => write!(f, "{sign}{seconds}"),
            _ => write!(f, "{sign}{seconds}.{millis:03}"),
        }
    }
}
