//! `ewc cancel`.

use clap::Args;
use ewc_proto::v1;

use super::watch::progress_line;
use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::view::JobView;

/// Give a job up; what runs is stopped
#[derive(Debug, Args)]
pub struct CancelArgs {
    /// Id or idempotency key of the job
    job: String,
}

pub(super) async fn run(args: CancelArgs, session: &Session) -> Result<Exit, CliError> {
    let job = session
        .client
        .cancel(v1::CancelJobRequest { job: args.job })
        .await?;
    session.show(&JobView::from(&job), || {
        format!("{}\n", progress_line(&job, session.lang))
    })?;
    Ok(Exit::Done)
}
