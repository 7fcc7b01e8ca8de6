//! Reads what a payload wrote, for one log request.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ewc_proto::v1;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio::sync::mpsc;

use crate::executor::{layout, spec};
use crate::wire::is_file_name;

const CHUNK_BYTES: u64 = 32 << 10;
const FOLLOW_EVERY: Duration = Duration::from_millis(200);

/// Sends the chunks asked for, then the end. Returns early when nobody takes them.
pub(super) async fn serve(
    attempts_dir: PathBuf,
    request: v1::LogRequest,
    chunks: mpsc::Sender<v1::AttachUp>,
) {
    let request_id = request.request_id;
    let error = match find(&attempts_dir, &request).await {
        Ok(task_dir) => {
            let mut tail = Tail::new(&task_dir, &request);
            tail.send_all(&chunks).await.err().unwrap_or_default()
        }
        Err(error) => error,
    };
    let last = v1::LogData {
        request_id,
        chunk: None,
        end: true,
        error,
    };
    let _ = chunks.send(up(last)).await;
}

fn up(log: v1::LogData) -> v1::AttachUp {
    v1::AttachUp {
        what: Some(v1::attach_up::What::Log(log)),
    }
}

/// The task's directory in the newest attempt of that number; attempt 0 is the newest of all.
async fn find(attempts_dir: &Path, request: &v1::LogRequest) -> Result<PathBuf, String> {
    let unknown = || format!("nothing of job {} ran at this site", request.job_id);
    let group = &request.group;
    if !is_file_name(&request.job_id) || !(group.is_empty() || is_file_name(group)) {
        return Err(unknown());
    }
    let mut entries = tokio::fs::read_dir(attempts_dir)
        .await
        .map_err(|error| error.to_string())?;
    let mut newest = None;
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some((attempt, fence)) = parse(&name, &request.job_id)
            && (request.attempt == 0 || request.attempt == attempt)
        {
            newest = newest.max(Some((fence, entry.path())));
        }
    }
    let (_, attempt_dir) = newest.ok_or_else(unknown)?;
    let group = match group.as_str() {
        "" => first_group(&attempt_dir).ok_or_else(unknown)?,
        group => group.to_owned(),
    };
    let task_dir = attempt_dir.join(format!("{group}-{}", request.task));
    let known = task_dir.is_dir();
    known
        .then_some(task_dir)
        .ok_or_else(|| format!("there is no task {} in {group}", request.task))
}

/// Attempt and fence of a directory `<job>-<attempt>-<fence>`.
fn parse(name: &str, job: &str) -> Option<(u32, i64)> {
    let (attempt, fence) = name.strip_prefix(job)?.strip_prefix('-')?.split_once('-')?;
    Some((attempt.parse().ok()?, fence.parse().ok()?))
}

fn first_group(attempt_dir: &Path) -> Option<String> {
    let order: crate::model::StartOrder = spec::read(&attempt_dir.join(layout::ORDER))?;
    order.tasks.first().map(|task| task.group.clone())
}

struct Tail {
    request_id: u64,
    follow: bool,
    task_dir: PathBuf,
    files: Vec<(v1::LogStream, &'static str, u64)>,
}

impl Tail {
    fn new(task_dir: &Path, request: &v1::LogRequest) -> Self {
        let all = [
            (v1::LogStream::Stdout, layout::STDOUT, 0),
            (v1::LogStream::Stderr, layout::STDERR, 0),
        ];
        let wanted = request.stream();
        let both = wanted == v1::LogStream::Unspecified;
        Self {
            request_id: request.request_id,
            follow: request.follow,
            task_dir: task_dir.to_owned(),
            files: all
                .into_iter()
                .filter(|(stream, ..)| both || *stream == wanted)
                .collect(),
        }
    }

    /// A task that ended before a look writes nothing after it: one more look then sees all.
    async fn send_all(&mut self, chunks: &mpsc::Sender<v1::AttachUp>) -> Result<(), String> {
        loop {
            let ended = self.task_dir.join(layout::STATUS).exists();
            self.send_new(chunks).await?;
            if ended || !self.follow {
                return Ok(());
            }
            tokio::time::sleep(FOLLOW_EVERY).await;
        }
    }

    async fn send_new(&mut self, chunks: &mpsc::Sender<v1::AttachUp>) -> Result<(), String> {
        for (stream, name, offset) in &mut self.files {
            loop {
                let data = read(&self.task_dir.join(*name), *offset).await;
                let data = data.map_err(|error| format!("{name}: {error}"))?;
                if data.is_empty() {
                    break;
                }
                let length = data.len() as u64;
                let chunk = v1::LogChunk {
                    stream: (*stream).into(),
                    offset: i64::try_from(*offset).unwrap_or(i64::MAX),
                    data: data.into(),
                };
                let (request_id, chunk) = (self.request_id, Some(chunk));
                let log = v1::LogData {
                    request_id,
                    chunk,
                    end: false,
                    error: String::new(),
                };
                chunks
                    .send(up(log))
                    .await
                    .map_err(|_| "nobody reads".to_owned())?;
                *offset += length;
            }
        }
        Ok(())
    }
}

/// A file that is not there yet is empty: the payload has not started.
async fn read(path: &Path, offset: u64) -> std::io::Result<Vec<u8>> {
    let mut file = match File::open(path).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        other => other?,
    };
    file.seek(SeekFrom::Start(offset)).await?;
    let mut data = Vec::new();
    file.take(CHUNK_BYTES).read_to_end(&mut data).await?;
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_names_are_read_back() {
        assert_eq!(parse("j-1-2-33", "j-1"), Some((2, 33)));
        assert_eq!(parse("j-1-2-33", "j"), None);
        assert_eq!(parse("j-1-2", "j"), Some((1, 2)));
        assert_eq!(parse("jj-1-2", "j"), None);
    }
}
