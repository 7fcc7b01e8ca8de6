//! Jobs from files or flags.

mod flag_words;
mod flags;

use std::path::PathBuf;

use clap::Args;
use ewc_proto::{convert, v1};
use ewc_scenario::{FieldError, JobFile, When};

use crate::error::CliError;
use crate::session::Session;
use flags::JobFlags;
pub use flags::pair;

/// A job was planned at most so long before its place was held, on the network's clock.
const ASKED_BEFORE_MS: i64 = 10 * 60_000;

/// A job: files, or flags and a program.
#[derive(Debug, Args)]
pub struct JobArgs {
    /// Job files (.toml, .yaml or .yml); see the examples under scenario/examples/jobs
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Program and its arguments
    #[arg(last = true, value_name = "PROGRAM")]
    pub command: Vec<String>,

    // Last, because its help heading holds for whatever follows.
    #[command(flatten)]
    pub flags: JobFlags,
}

/// A job as it is submitted.
pub struct SourcedJob {
    /// Its key, if the file names one.
    pub key: Option<String>,
    /// The tenant to act for; empty: the caller's own.
    pub tenant: String,
    /// What is asked for.
    pub spec: v1::JobSpec,
}

/// Where a job comes from; decides in which words errors name its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A job file.
    File,
    /// Flags.
    Flags,
}

impl Source {
    /// What a scheduler says of a job from here.
    pub fn in_its_words(self, refusal: CliError) -> CliError {
        match self {
            Source::File => refusal,
            Source::Flags => flag_words::refusal_in_words_of_flags(refusal),
        }
    }
}

impl JobArgs {
    /// Whether files are named.
    pub fn source(&self) -> Source {
        if self.files.is_empty() {
            Source::Flags
        } else {
            Source::File
        }
    }

    /// True when no job is given.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.command.is_empty() && self.flags == JobFlags::default()
    }

    /// Reads the one job that was planned before and is `held` since. Its moments that count from
    /// now count from when it was planned.
    pub fn planned(self, session: &Session, held: &v1::Job) -> Result<SourcedJob, CliError> {
        let source = self.source();
        let mut files = self.read()?;
        let (Some(file), true) = (files.pop(), files.is_empty()) else {
            return Err(
                CliError::usage("--plan is for one job, and several are given")
                    .hint("submit each by the token of its own plan"),
            );
        };
        let spec = held.spec.clone().unwrap_or_default();
        let from = |when: Option<When>, at_ms: i64| match when {
            Some(When::In(ms)) => Some(at_ms.saturating_sub(ms)),
            _ => None,
        };
        let planned_ms = from(file.deadline, spec.deadline_ms);
        let planned_ms = planned_ms.or(from(file.release, spec.release_ms));
        // The plan was asked for shortly before its place was held.
        let earliest_ms = held.submitted_ms.saturating_sub(ASKED_BEFORE_MS);
        let known = earliest_ms..=held.submitted_ms;
        if planned_ms.is_some_and(|at_ms| !known.contains(&at_ms)) {
            return Err(CliError::usage(
                "release or deadline is another one than when the job was planned; nothing was \
                 stored",
            )
            .hint("submit the token alone for the job that is held, or plan this one"));
        }
        sourced(file, planned_ms.unwrap_or(0), &session.tenant, source)
    }

    /// Reads every job; asks for the network's time where a moment counts from now.
    pub async fn jobs(self, session: &Session) -> Result<Vec<SourcedJob>, CliError> {
        let source = self.source();
        let files = self.read()?;
        let counts_from_now = |file: &JobFile| {
            [file.release, file.deadline]
                .iter()
                .any(|when| matches!(when, Some(When::In(_))))
        };
        let now_ms = if files.iter().any(counts_from_now) {
            session
                .client
                .list_sites(v1::ListSitesRequest {})
                .await?
                .now_ms
        } else {
            0
        };
        files
            .into_iter()
            .map(|file| sourced(file, now_ms, &session.tenant, source))
            .collect()
    }

    fn read(self) -> Result<Vec<JobFile>, CliError> {
        if self.files.is_empty() {
            return Ok(vec![self.flags.job(self.command)?]);
        }
        if self.flags != JobFlags::default() || !self.command.is_empty() {
            return Err(CliError::usage(
                "a job comes from files or from flags, not from both",
            ));
        }
        let load =
            |path: PathBuf| JobFile::load(&path).map_err(|error| CliError::of_file(&path, &error));
        self.files.into_iter().map(load).collect()
    }
}

fn sourced(
    file: JobFile,
    now_ms: i64,
    tenant: &str,
    source: Source,
) -> Result<SourcedJob, CliError> {
    let refused = |error: FieldError| match source {
        Source::Flags => flag_words::in_words_of_flags(error),
        Source::File => {
            CliError::usage(format!("{}: {}", error.field, error.problem)).hint(error.hint)
        }
    };
    let spec = file.spec_at(now_ms).map_err(refused)?;
    let tenant = Some(tenant.to_owned())
        .filter(|tenant| !tenant.is_empty())
        .or(file.tenant);
    Ok(SourcedJob {
        key: file.idempotency_key,
        tenant: tenant.unwrap_or_default(),
        spec: convert::job_spec_to_wire(&spec, &file.after_ok),
    })
}

#[cfg(test)]
mod tests;
