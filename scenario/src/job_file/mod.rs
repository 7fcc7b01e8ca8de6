//! Job files: what an owner writes, in TOML or YAML.
//!
//! The common job names its payload and its needs at the top:
//!
//! ```toml
//! name = "nightly-report"
//! command = ["python3", "report.py"]
//! cpu = "4"
//! memory = "16GiB"
//! estimate = "45m"
//! deadline = "8h"
//! ```
//!
//! A job of several groups has one `[[groups]]` table each instead. Every field stands, with its
//! meaning, in the examples under `scenario/examples/jobs`. Fields that are not known are refused.
//!
//! | field | meaning | left out |
//! |---|---|---|
//! | `name` | name for people | required |
//! | `idempotency_key`, `tenant` | for the submission | the client's |
//! | `kind` | `batch`, `service`, `storage` | `batch` |
//! | `class` | one of the six workload classes | by the kind |
//! | `after_ok` | jobs (id or key) that must have succeeded | none |
//! | `release`, `deadline` | `"2h"` from now, or an RFC 3339 time | at once, none |
//! | `command` \| `script` + `interpreter` \| `image` + `command` | the payload | required |
//! | `environment` | added to the environment | empty |
//! | `cpu`, `memory`, `accelerators` | one task; in groups in `resources` | `"1"`, `"1GiB"`, 0 |
//! | `accelerator_families`, `accelerator_models`, `architecture` | what it runs on | any |
//! | `throughput` | a gang's speed by accelerator model, e.g. `"57%"`: scales `count` | the same |
//! | `count`, `gang` | tasks, and whether all start together | 1, false |
//! | `estimate` | expected run time | required; a service's `run_for`, a storage job's `keep_for` |
//! | `time_limit` | stopped after this long | twice the estimate |
//! | `inputs` | names, or tables of `dataset` and `mount` | none |
//! | `outputs` | tables of `dataset`, `path`, `size`, `deliver_to` | none |
//! | `latency_limits` | tables of `region`, `one_way_max`, `layer` | none; private IP |
//! | `data_grade` | `general`, `important`, `core`; inputs raise it | `general` |
//! | `mlps_level` | lowest security level of the site | 2 |
//! | `regions`, `carriers`, `sites` | allowed ones | all |
//! | `priority`, `retries` | −1000 to 1000; starts after a failure | 0, 0 |
//! | `on_disconnect` | `keep_running`, `stop` | `keep_running` |
//! | `weights` | `money`, `carbon`, `water`, `delay` in percent of the policy's | the policy's |
//! | `preemptible`, `checkpointable` | flags | false; true with a `[checkpoint]` |
//! | `[checkpoint]` | `path`, `size`, `every`, `restart`: it may be moved while it runs | none |
//! | `green_floor` | lowest share of renewables | none |
//! | `[service]` | `run_for`, `bandwidth`, `traffic`, `spread_sites_min` | only with its kind |
//! | `[storage]` | `keep_for`, `copies`, `distance_min`, `refresh_every` | only with its kind |
//! | `labels` | the owner's own marks | none |

mod group;
mod spec;

use std::path::Path;

use ewc_core::model::JobSpec;

use crate::error::{FieldError, FileError, Problem};
use crate::reader::Table;
use crate::tree::{self, Format};
use crate::{time, units, validate};

pub(crate) use spec::read_weights;

pub(crate) use group::FAMILIES;
pub(crate) use spec::LAYERS;

/// Largest job file.
pub const SIZE_BYTES_MAX: u64 = 1 << 20;

/// A moment of a job file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// So many milliseconds after the submission.
    In(i64),
    /// At this Unix time in milliseconds.
    At(i64),
}

impl When {
    /// The moment on the network's clock, given that it is `now_ms` there.
    pub fn resolve(self, now_ms: i64) -> i64 {
        match self {
            When::In(ms) => now_ms.saturating_add(ms),
            When::At(ms) => ms,
        }
    }

    /// Reads `"2h"` or an RFC 3339 time.
    pub fn parse(text: &str) -> Result<When, Problem> {
        // A date has a dash after its year; a duration never has one inside.
        if text.trim().get(1..).is_some_and(|rest| rest.contains('-')) {
            return time::rfc3339_ms(text).map(When::At);
        }
        units::duration_ms(text).map(When::In)
    }
}

/// What a job file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFile {
    /// The owner's key for it, if the file names one.
    pub idempotency_key: Option<String>,
    /// Who owns it, if the file says so.
    pub tenant: Option<String>,
    /// Jobs that must have succeeded, by id or key.
    pub after_ok: Vec<String>,
    /// Not to start before.
    pub release: Option<When>,
    /// The whole chain is to end by then.
    pub deadline: Option<When>,
    /// Everything else. Its `after_ok` is empty, its `release_ms` 0 and its `deadline_ms` absent:
    /// see [`JobFile::spec_at`].
    pub spec: JobSpec,
}

impl JobFile {
    /// Reads a file; its extension tells the format.
    pub fn load(path: &Path) -> Result<JobFile, FileError> {
        let format = Format::of(path)?;
        JobFile::parse(&tree::read(path, SIZE_BYTES_MAX)?, format)
    }

    /// Reads a text.
    pub fn parse(text: &str, format: Format) -> Result<JobFile, FileError> {
        tree::check_size(text, SIZE_BYTES_MAX)?;
        let mut table = Table::root(tree::parse(text, format)?);
        let short_form = !table.has("groups");
        let file = spec::read(&mut table)?;
        table.finish()?;
        file.check_envelope()?;
        validate(&file.spec).map_err(|error| in_words_of_file(error, short_form))?;
        Ok(file)
    }

    /// The specification with its moments fixed, given that it is `now_ms` on the network's clock.
    /// Its `after_ok` stays empty: only the network knows which job has which key.
    pub fn spec_at(&self, now_ms: i64) -> Result<JobSpec, FieldError> {
        let mut spec = self.spec.clone();
        spec.release_ms = self.release.map_or(0, |release| release.resolve(now_ms));
        spec.deadline_ms = self.deadline.map(|deadline| deadline.resolve(now_ms));
        validate(&spec)?;
        Ok(spec)
    }

    fn check_envelope(&self) -> Result<(), FieldError> {
        if let Some(key) = &self.idempotency_key {
            validate::check_key("idempotency_key", key)?;
        }
        if let Some(tenant) = &self.tenant {
            validate::check_name("tenant", tenant)?;
        }
        validate::check_keys("after_ok", &self.after_ok)
    }
}

/// Errors of a short form name the fields that the owner wrote.
fn in_words_of_file(mut error: FieldError, short_form: bool) -> FieldError {
    if let Some(rest) = error
        .field
        .strip_prefix("groups[0].")
        .filter(|_| short_form)
    {
        error.field = rest.strip_prefix("resources.").unwrap_or(rest).to_owned();
    }
    error
}
