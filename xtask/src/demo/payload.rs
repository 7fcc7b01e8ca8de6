//! What every job of the demo really does, and how a witness tells that it did.
//!
//! A payload notes its start in a file of its own outside ewc, hashes every input it was staged,
//! notes that as well, works for as long as its job's run time says, and leaves its result.

use std::path::Path;

use ewc_core::model::{Payload, StringMap};
use ewc_sim::workload::{Expectation, GeneratedJob};

use super::configs::TIME_SCALE;

/// Environment variable with the witness's directory.
const WITNESS: &str = "WITNESS";

const SCRIPT: &str = r#"set -eu
LC_ALL=C; export LC_ALL
printf 'start %s %s %s\n' "$EWC_JOB_ID" "$EWC_ATTEMPT" "$EWC_GROUP-$EWC_TASK" >> "$WITNESS/$KEY"
hash=$(cat /dev/null inputs/* 2>/dev/null | sha256sum | cut -c1-64)
printf 'hash %s\n' "$hash" >> "$WITNESS/$KEY"
echo "job $KEY runs at $EWC_SITE for $WORK_SECONDS s on inputs $hash"
sleep "$WORK_SECONDS"
if [ "$EXIT_CODE" != 0 ]; then
  echo "planted to fail with $EXIT_CODE" >&2
  exit "$EXIT_CODE"
fi
if [ -n "$RESULT" ]; then
  mkdir -p "$(dirname "$RESULT")"
  printf '%s %s\n' "$KEY" "$hash" > "$RESULT.$EWC_GROUP-$EWC_TASK"
  mv "$RESULT.$EWC_GROUP-$EWC_TASK" "$RESULT"
fi
echo "job $KEY is done"
"#;

/// The payload of a generated job.
pub fn payload(job: &GeneratedJob, witness: &Path) -> Payload {
    let exit_code = match job.expected {
        Expectation::Fails { exit_code } => exit_code,
        Expectation::Succeeds | Expectation::StoppedAfter { .. } => 0,
    };
    // What is stopped from outside works until then.
    let work_ms = match job.expected {
        Expectation::StoppedAfter { ms } => ms.saturating_mul(10),
        _ => job.run_ms,
    };
    let result = job.spec.outputs.first().map(|output| output.path.clone());
    let environment = [
        (WITNESS, witness.display().to_string()),
        ("KEY", job.key.clone()),
        ("WORK_SECONDS", real_seconds(work_ms)),
        ("EXIT_CODE", exit_code.to_string()),
        ("RESULT", result.unwrap_or_default()),
    ];
    let environment: StringMap = environment
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Payload::Script {
        interpreter: String::new(),
        text: SCRIPT.to_owned(),
        environment,
    }
}

/// What the result file of a job holds, if its inputs hash to `hash`.
pub fn result(key: &str, hash: &str) -> String {
    format!("{key} {hash}\n")
}

/// Network time as real seconds with a millisecond's precision.
fn real_seconds(network_ms: i64) -> String {
    let ms = network_ms / TIME_SCALE as i64;
    format!("{}.{:03}", ms / 1000, ms % 1000)
}
