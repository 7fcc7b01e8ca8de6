//! `ewc logs`.

use std::time::Duration;

use clap::Args;
use ewc_proto::v1;
use ewc_proto::v1::{JobState, LogStream};
use serde::Serialize;

use super::watch::{follow_until, is_final, is_terminal, progress_line};
use crate::args::OutputFormat;
use crate::error::{CliError, Exit};
use crate::session::Session;

/// Pause before a broken stream is opened anew.
const PAUSE: Duration = Duration::from_millis(500);
/// Broken streams in a row, without a byte between them, before we give up.
const BREAKS_MAX: u32 = 20;

/// Show what a job's processes wrote
///
/// The standard output of the job goes to standard output, its standard error to standard error.
#[derive(Debug, Args)]
pub struct LogsArgs {
    /// Id or idempotency key of the job
    job: String,

    /// Wait for the job to start, and go on until it ends
    #[arg(short, long)]
    follow: bool,

    /// Only the standard output
    #[arg(long, conflicts_with = "stderr")]
    stdout: bool,

    /// Only the standard error
    #[arg(long)]
    stderr: bool,

    /// Which start of the job; by default the last
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    attempt: u32,

    /// Which group of tasks; by default the first
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    group: String,

    /// Which task of the group, from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    task: u32,
}

/// A piece of a log for programs; bytes that are no text are replaced.
#[derive(Serialize)]
struct ChunkView {
    stream: &'static str,
    offset: i64,
    data: String,
}

/// How far each stream was shown.
#[derive(Default)]
struct Shown {
    stdout: i64,
    stderr: i64,
}

pub(super) async fn run(args: LogsArgs, session: &Session) -> Result<Exit, CliError> {
    if args.follow && args.attempt == 0 {
        wait_for_start(&args.job, session).await?;
    }
    let request = request(&args);
    let mut shown = Shown::default();
    let mut breaks = 0;
    loop {
        let mut stream = session.client.logs(request.clone()).await?;
        let status = loop {
            match stream.message().await {
                Ok(Some(chunk)) => {
                    if show(chunk, &mut shown, session)? {
                        breaks = 0;
                    }
                }
                Ok(None) => return Ok(Exit::Done),
                Err(status) => break status,
            }
        };
        breaks += 1;
        if is_final(&status) || breaks > BREAKS_MAX {
            return Err(CliError::from_status(&status));
        }
        // The stream begins anew; what was shown is skipped by its offset.
        tokio::time::sleep(PAUSE).await;
    }
}

/// A job that has not started has written nothing yet.
async fn wait_for_start(job: &str, session: &Session) -> Result<(), CliError> {
    let started = |state| state == JobState::Running || is_terminal(state);
    let say = |job: &v1::Job| {
        if !started(job.state()) {
            eprintln!("{}", progress_line(job, session.lang));
        }
        Ok(())
    };
    follow_until(session, job, started, say).await?;
    Ok(())
}

fn request(args: &LogsArgs) -> v1::LogsRequest {
    let stream = match (args.stdout, args.stderr) {
        (true, _) => LogStream::Stdout,
        (_, true) => LogStream::Stderr,
        _ => LogStream::Unspecified,
    };
    v1::LogsRequest {
        job: args.job.clone(),
        follow: args.follow,
        stream: stream.into(),
        attempt: args.attempt,
        group: args.group.clone(),
        task: args.task,
    }
}

/// Shows what is new of a chunk; false if nothing is.
fn show(chunk: v1::LogChunk, shown: &mut Shown, session: &Session) -> Result<bool, CliError> {
    let stream = chunk.stream();
    let end = match stream {
        LogStream::Stderr => &mut shown.stderr,
        LogStream::Stdout | LogStream::Unspecified => &mut shown.stdout,
    };
    let known = usize::try_from(*end - chunk.offset)
        .unwrap_or(0)
        .min(chunk.data.len());
    let fresh = &chunk.data[known..];
    if fresh.is_empty() {
        return Ok(false);
    }
    let offset = chunk.offset + known as i64;
    *end = offset + fresh.len() as i64;
    match (session.output(), stream) {
        (OutputFormat::Table, LogStream::Stderr) => write_now(&mut std::io::stderr(), fresh)?,
        (OutputFormat::Table, _) => write_now(&mut std::io::stdout(), fresh)?,
        _ => {
            let name = if stream == LogStream::Stderr {
                "stderr"
            } else {
                "stdout"
            };
            let data = String::from_utf8_lossy(fresh).into_owned();
            session.show_next(
                &ChunkView {
                    stream: name,
                    offset,
                    data,
                },
                String::new,
            )?;
        }
    }
    Ok(true)
}

fn write_now(to: &mut impl std::io::Write, bytes: &[u8]) -> Result<(), CliError> {
    to.write_all(bytes)?;
    Ok(to.flush()?)
}
