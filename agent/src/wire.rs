//! Messages of `ewc.v1` to the agent's own words and back: the one place that knows both.
//!
//! Reading parses rather than validates: what this site cannot do comes out as a refused
//! [`Desired`] that the logic reports, and never as an error that would hide the other attempts.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use ewc_proto::v1;

use crate::model::{
    Artefact, AttemptKey, DataFact, Desired, Group, InputWanted, OutputWanted, Phase, Program,
};

const NAME_BYTES_MAX: usize = 128;
const TASKS_MAX: u32 = 4096;
/// Where staged artefacts stand that no input names, below the working directory.
const IMAGES: &str = "images";

/// Reads one element of the desired set; `None` when it does not even name a job.
#[must_use]
pub fn desired(message: v1::DesiredAttempt) -> Option<Desired> {
    if !is_file_name(&message.job_id) {
        return None;
    }
    let on_disconnect = message.on_disconnect();
    let mut desired = Desired {
        key: AttemptKey {
            job: message.job_id,
            attempt: message.attempt,
            fence: message.fence,
        },
        groups: vec![],
        stage_in: message
            .stage_in
            .into_iter()
            .map(|data| artefact(data, message.keep_for_others))
            .collect(),
        inputs: message.inputs.into_iter().map(input).collect(),
        outputs: message.outputs.into_iter().map(output).collect(),
        checkpoint: message.checkpoint.map(checkpoint),
        stop_on_disconnect: on_disconnect == v1::OnDisconnect::Stop,
        stop: message.stop,
        run_for_ms: message.run_for_ms.max(0),
        keep_for_others: message.keep_for_others,
        refused: None,
        unstageable: None,
    };
    desired.unstageable = check_digests(&desired).err();
    desired.refused = check_paths(&desired).err();
    let groups: Result<Vec<Group>, String> = message.groups.into_iter().map(group).collect();
    match groups.and_then(check_groups) {
        Ok(groups) if groups.is_empty() && desired.key.fence > 0 => {
            desired.refused = Some("a start is granted and there is nothing to run".into());
        }
        Ok(groups) => desired.groups = groups,
        Err(detail) => desired.refused = Some(detail),
    }
    Some(desired)
}

fn group(message: v1::DesiredGroup) -> Result<Group, String> {
    if !is_file_name(&message.name) {
        return Err(format!(
            "group name {:?} cannot be a file name",
            message.name
        ));
    }
    let payload = message.payload.unwrap_or_default();
    let program = match payload.what {
        Some(v1::payload::What::Process(process)) if !process.argv.is_empty() => {
            Program::Argv(process.argv)
        }
        Some(v1::payload::What::Script(script)) => Program::Script {
            interpreter: or(script.interpreter, "/bin/sh"),
            text: script.text,
        },
        Some(v1::payload::What::Container(container)) => from_image(container)?,
        _ => return Err(format!("group {} has nothing to run", message.name)),
    };
    let memory_mib = message
        .resources
        .map_or(0, |resources| resources.memory_mib);
    Ok(Group {
        name: message.name,
        count: message.count.max(1),
        memory_mib: u64::try_from(memory_mib).unwrap_or(0),
        program,
        environment: payload.environment.into_iter().collect(),
        time_limit_ms: message.time_limit_ms.max(0),
    })
}

/// An image is a program in one file: it runs as a plain process, with what the job gives as
/// arguments.
fn from_image(container: v1::ContainerPayload) -> Result<Program, String> {
    let program = image_path(&container.image);
    let known = program.ok_or_else(|| format!("image {:?} cannot be a file", container.image))?;
    Ok(Program::Argv(
        std::iter::once(known).chain(container.argv).collect(),
    ))
}

/// Where an image stands, below the working directory; `None` for a name that leads elsewhere.
#[must_use]
pub fn image_path(name: &str) -> Option<String> {
    let path = format!("{IMAGES}/{name}");
    (!name.is_empty() && is_inside(&path)).then_some(path)
}

fn check_groups(groups: Vec<Group>) -> Result<Vec<Group>, String> {
    let mut names = BTreeMap::new();
    for group in &groups {
        if names.insert(&group.name, ()).is_some() {
            return Err(format!("two groups are named {}", group.name));
        }
        if let Some((name, _)) = group
            .environment
            .iter()
            .find(|(name, value)| !is_environment(name, value))
        {
            return Err(format!("environment variable {name:?} cannot be set"));
        }
    }
    let tasks = groups
        .iter()
        .fold(0u32, |sum, group| sum.saturating_add(group.count));
    if tasks > TASKS_MAX {
        return Err(format!(
            "{tasks} tasks in one attempt, at most {TASKS_MAX} are run"
        ));
    }
    Ok(groups)
}

fn is_environment(name: &str, value: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0')
}

fn check_paths(desired: &Desired) -> Result<(), String> {
    let mounts = desired.inputs.iter().map(|input| &input.mount);
    let outputs = desired.outputs.iter().map(|output| &output.path);
    let checkpoint = desired.checkpoint.iter().map(|known| &known.path);
    mounts
        .chain(outputs)
        .chain(checkpoint)
        .try_for_each(|path| {
            let inside = is_inside(path);
            inside
                .then_some(())
                .ok_or(format!("path {path:?} leaves the working directory"))
        })?;
    Ok(())
}

/// A digest is also a file name.
fn check_digests(desired: &Desired) -> Result<(), String> {
    let mut digests = desired.stage_in.iter().map(|artefact| &artefact.sha256);
    match digests.find(|digest| !is_sha256(digest)) {
        Some(digest) => Err(format!("{digest:?} is not a SHA-256 digest")),
        None => Ok(()),
    }
}

fn artefact(message: v1::StageIn, lent: bool) -> Artefact {
    Artefact {
        name: message.what,
        sha256: message.sha256.to_ascii_lowercase(),
        size_bytes: u64::try_from(message.size_bytes).unwrap_or(0),
        from_address: message.from_address,
        rate_bps: message.rate_bps.max(0),
        start_ms: message.start_ms,
        lent,
    }
}

fn input(message: v1::Input) -> InputWanted {
    let default = format!("inputs/{}", message.dataset);
    InputWanted {
        mount: or(message.mount, &default),
        dataset: message.dataset,
    }
}

fn output(message: v1::Output) -> OutputWanted {
    OutputWanted {
        dataset: message.dataset,
        path: message.path,
    }
}

fn checkpoint(message: v1::DesiredCheckpoint) -> OutputWanted {
    OutputWanted {
        dataset: message.name,
        path: message.path,
    }
}

fn or(text: String, default: &str) -> String {
    if text.is_empty() {
        default.to_owned()
    } else {
        text
    }
}

/// Whether the path stays below the directory it is joined to, and names something in it.
#[must_use]
pub fn is_inside(path: &str) -> bool {
    let mut components = Path::new(path).components().peekable();
    components.peek().is_some()
        && !path.contains('\0')
        && components.all(|component| matches!(component, Component::Normal(_)))
}

/// Whether the text can be one component of a path.
#[must_use]
pub fn is_file_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    (1..=NAME_BYTES_MAX).contains(&text.len())
        && !text.starts_with('.')
        && text.chars().all(allowed)
}

/// Whether the text is a lower-case hex SHA-256 digest.
#[must_use]
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The phase as the wire names it.
#[must_use]
pub fn phase(phase: Phase) -> v1::AttemptPhase {
    match phase {
        Phase::Staging => v1::AttemptPhase::Staging,
        Phase::Staged => v1::AttemptPhase::Staged,
        Phase::Started => v1::AttemptPhase::Started,
        Phase::Succeeded => v1::AttemptPhase::Succeeded,
        Phase::Failed => v1::AttemptPhase::Failed,
        Phase::Stopped => v1::AttemptPhase::Stopped,
        Phase::TimedOut => v1::AttemptPhase::TimedOut,
        Phase::StageFailed => v1::AttemptPhase::StageFailed,
        Phase::Lost => v1::AttemptPhase::Lost,
        Phase::Delivered => v1::AttemptPhase::Delivered,
    }
}

/// An output as the wire names it.
#[must_use]
pub fn output_fact(fact: &DataFact) -> v1::OutputFact {
    v1::OutputFact {
        dataset: fact.name.clone(),
        sha256: fact.sha256.clone(),
        size_bytes: i64::try_from(fact.size_bytes).unwrap_or(i64::MAX),
    }
}

/// A replica that the wire names.
#[must_use]
pub fn data_fact(wire: v1::HeldData) -> DataFact {
    DataFact {
        name: wire.name,
        sha256: wire.sha256,
        size_bytes: u64::try_from(wire.size_bytes).unwrap_or(0),
    }
}

/// A replica as the wire names it.
#[must_use]
pub fn held(fact: &DataFact) -> v1::HeldData {
    v1::HeldData {
        name: fact.name.clone(),
        sha256: fact.sha256.clone(),
        size_bytes: i64::try_from(fact.size_bytes).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_working_directory_are_refused() {
        let cases = [
            ("inputs/a", true),
            ("a", true),
            ("a/./b", true),
            ("", false),
            (".", false),
            ("..", false),
            ("../a", false),
            ("a/../b", false),
            ("/etc/passwd", false),
            ("a\0b", false),
        ];
        for (path, expected) in cases {
            assert_eq!(is_inside(path), expected, "{path:?}");
        }
    }

    #[test]
    fn what_this_site_cannot_do_is_refused_with_a_reason() {
        let script = |text: &str| {
            v1::payload::What::Script(v1::ScriptPayload {
                interpreter: String::new(),
                text: text.into(),
            })
        };
        let container = |image: &str| {
            v1::payload::What::Container(v1::ContainerPayload {
                image: image.into(),
                argv: vec!["7".into()],
            })
        };
        let empty = v1::payload::What::Process(v1::ProcessPayload::default());
        let cases = [
            ("main", Some(script("true")), "inputs/x", None),
            ("main", Some(container("tool")), "inputs/x", None),
            (
                "main",
                Some(container("")),
                "inputs/x",
                Some("image \"\" cannot be a file"),
            ),
            (
                "main",
                Some(container("../tool")),
                "inputs/x",
                Some("image \"../tool\" cannot be a file"),
            ),
            (
                "main",
                Some(empty),
                "inputs/x",
                Some("group main has nothing to run"),
            ),
            (
                "main",
                None,
                "inputs/x",
                Some("group main has nothing to run"),
            ),
            (
                "a/b",
                Some(script("")),
                "x",
                Some("group name \"a/b\" cannot be a file name"),
            ),
            (
                "main",
                Some(script("")),
                "../x",
                Some("path \"../x\" leaves the working directory"),
            ),
        ];
        for (name, what, mount, expected) in cases {
            let message = v1::DesiredAttempt {
                job_id: "j".into(),
                groups: vec![v1::DesiredGroup {
                    name: name.into(),
                    payload: Some(v1::Payload {
                        what,
                        environment: Default::default(),
                    }),
                    ..Default::default()
                }],
                inputs: vec![v1::Input {
                    dataset: "x".into(),
                    mount: mount.into(),
                }],
                ..Default::default()
            };
            let read = desired(message).unwrap();
            assert_eq!(read.refused.as_deref(), expected, "{name} {mount}");
        }
        assert_eq!(
            desired(v1::DesiredAttempt {
                job_id: "../j".into(),
                ..Default::default()
            }),
            None
        );
    }
}
