//! Makes the directory of an attempt before its start is journalled.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::ExecutorConfig;
use super::layout;
use super::spec::{self, TaskSpec};
use crate::data::store::Store;
use crate::model::{Program, StartOrder, TaskOrder};

/// Prepares everything and returns the directory. Whatever an agent that died before journalling
/// left there is thrown away: the journal was asked first, so no payload started from it.
pub(super) fn attempt(
    config: &ExecutorConfig,
    store: &Store,
    order: &StartOrder,
) -> io::Result<PathBuf> {
    let directory = layout::attempt_dir(&config.attempts_dir, &order.key);
    match fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let work = layout::work_dir(&directory);
    fs::create_dir_all(&work)?;
    for placement in &order.placements {
        let target = work.join(&placement.path);
        match placement.own {
            true => store.copy(&placement.sha256, &target)?,
            false => store.place(&placement.sha256, &target)?,
        }
    }
    for task in &order.tasks {
        prepare_task(config, order, task, &directory)?;
    }
    layout::write_whole(&directory.join(layout::ORDER), &serde_json::to_vec(order)?)?;
    Ok(directory)
}

/// The order a former agent left; none when it is gone.
pub(super) fn read_order(directory: &Path) -> Option<StartOrder> {
    spec::read(&directory.join(layout::ORDER))
}

fn prepare_task(
    config: &ExecutorConfig,
    order: &StartOrder,
    task: &TaskOrder,
    attempt: &Path,
) -> io::Result<()> {
    let directory = layout::task_dir(attempt, task);
    fs::create_dir(&directory)?;
    let argv = match &task.program {
        Program::Argv(argv) => argv.clone(),
        Program::Script { interpreter, text } => {
            let script = directory.join(layout::SCRIPT);
            fs::write(&script, text)?;
            vec![interpreter.clone(), script.display().to_string()]
        }
    };
    let spec = TaskSpec {
        argv,
        environment: environment(config, order, task, attempt, &directory),
        work_dir: layout::work_dir(attempt),
        memory_mib: task.memory_mib,
        time_limit_ms: task.time_limit_ms,
        run_for_ms: task.run_for_ms,
        grace_ms: config.grace_ms,
        lease_file: order.stop_on_disconnect.then(|| config.lease_file.clone()),
    };
    layout::write_whole(&directory.join(layout::SPEC), &serde_json::to_vec(&spec)?)
}

/// The agent's own environment stays with the agent: it may hold secrets. The job may set what it
/// likes except the names that say who it is.
fn environment(
    config: &ExecutorConfig,
    order: &StartOrder,
    task: &TaskOrder,
    attempt: &Path,
    directory: &Path,
) -> BTreeMap<String, String> {
    let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".into());
    let mut environment = BTreeMap::from([
        ("PATH".to_owned(), path),
        (
            "HOME".to_owned(),
            layout::work_dir(attempt).display().to_string(),
        ),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
    ]);
    environment.extend(task.environment.clone());
    let own = [
        ("EWC_JOB_ID", order.key.job.clone()),
        ("EWC_ATTEMPT", order.key.attempt.to_string()),
        ("EWC_FENCE", order.key.fence.to_string()),
        ("EWC_GROUP", task.group.clone()),
        ("EWC_TASK", task.index.to_string()),
        ("EWC_TASK_COUNT", task.count.to_string()),
        ("EWC_SITE", config.site.clone()),
        ("EWC_TIME_LIMIT_MS", task.time_limit_ms.to_string()),
    ];
    environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
    if let Some(checkpoint) = &order.checkpoint {
        let path = layout::work_dir(attempt).join(&checkpoint.path);
        environment.insert("EWC_CHECKPOINT".to_owned(), path.display().to_string());
    }
    environment.extend([spec::mark(directory)]);
    environment
}
