//! How large a job may be. Every list and text of a job has a limit here.

/// Groups of a job.
pub const GROUPS_MAX: usize = 64;
/// Tasks of a job, all groups together.
pub const TASKS_MAX: u64 = 100_000;
/// Inputs of a job, and outputs.
pub const DATA_MAX: usize = 256;
/// Elements of any other list.
pub const LIST_MAX: usize = 256;
/// Bytes of a script.
pub const SCRIPT_BYTES_MAX: usize = 64 << 10;
/// Bytes of arguments and environment together.
pub const ARGUMENT_BYTES_MAX: usize = 64 << 10;
/// Labels of a job.
pub const LABELS_MAX: usize = 64;
/// Bytes of a label's value.
pub const LABEL_BYTES_MAX: usize = 256;
/// Characters of a name.
pub const NAME_CHARS_MAX: usize = 64;
/// Characters of an idempotency key.
pub const KEY_CHARS_MAX: usize = 128;
/// Bytes of a path below the working directory.
pub const PATH_BYTES_MAX: usize = 255;
/// Starts after a failure.
pub const RETRIES_MAX: u32 = 100;
/// Highest and, negated, lowest priority.
pub const PRIORITY_MAX: u32 = 1000;
/// Any duration: ten years.
pub const DURATION_MS_MAX: i64 = 3_652 * 86_400_000;
/// Any latency limit: ten seconds.
pub const LATENCY_US_MAX: i64 = 10_000_000;
/// A service's bandwidth.
pub const BANDWIDTH_BPS_MAX: i64 = 1_000_000_000_000_000;
/// Sites of one job: copies of a storage job, sites of a service.
pub const SITES_OF_JOB_MAX: u32 = ewc_core::apart::SITES_MAX;
/// Distance between copies: the farthest on Earth.
pub const DISTANCE_KM_MAX: i64 = 20_015;
/// Shortest period in which copies are refreshed.
pub const REFRESH_MS_MIN: i64 = 60_000;
/// A traffic share's weight.
pub const TRAFFIC_WEIGHT_MAX: u32 = 1_000_000;
/// A weight of the objective.
pub const WEIGHT_PERMILLE_MAX: u32 = 100_000;
/// Processor cores of one task, in thousandths.
pub const CPU_MILLIS_MAX: i64 = 100_000_000;
/// Memory of one task.
pub const MEMORY_MIB_MAX: i64 = 1 << 30;
/// Accelerators of one task.
pub const ACCELERATORS_MAX: i64 = 100_000;
/// Throughput of an accelerator model: a hundred times the one the count was written for.
pub const THROUGHPUT_PERMILLE_MAX: u32 = 100_000;
/// Bytes of an output: 1 EB.
pub const OUTPUT_BYTES_MAX: i64 = 1_000_000_000_000_000_000;
