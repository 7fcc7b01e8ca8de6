//! The jobs that are submitted: distinct, 1 KiB each, and too many for the one pool there is.

use ewc_proto::v1;
use prost::Message as _;

/// Encoded size of a job with its key.
const JOB_BYTES: usize = 1024;
/// Cores of the pool; each job takes one for two hours, so that within the planner's horizon only
/// some thousand find a place and the rest stays queued.
const POOL_CORES: i64 = 64;
/// Longest run of a job.
const TIME_LIMIT_MS: i64 = 2 * 3_600_000;
/// The only site.
pub const SITE: &str = "bench";

/// The job of that number.
pub fn request(number: u64) -> v1::SubmitRequest {
    let bare = with_script(number, String::new());
    // The script's own tag and the longer lengths of what encloses it take a few bytes.
    let missing = JOB_BYTES.saturating_sub(bare.encoded_len() + 10);
    let mut text = format!("echo {number:020}\n");
    text.extend(std::iter::repeat_n('#', missing.saturating_sub(text.len())));
    with_script(number, text)
}

fn with_script(number: u64, text: String) -> v1::SubmitRequest {
    let script = v1::ScriptPayload {
        interpreter: String::new(),
        text,
    };
    let payload = v1::Payload {
        what: Some(v1::payload::What::Script(script)),
        environment: [("NUMBER".to_owned(), format!("{number:020}"))].into(),
    };
    let group = v1::TaskGroup {
        name: "main".to_owned(),
        count: 1,
        resources: Some(resources(1)),
        payload: Some(payload),
        estimate_ms: TIME_LIMIT_MS / 2,
        time_limit_ms: TIME_LIMIT_MS,
        ..Default::default()
    };
    let spec = v1::JobSpec {
        name: format!("job-{number:020}"),
        groups: vec![group],
        ..Default::default()
    };
    v1::SubmitRequest {
        idempotency_key: format!("key-{number:020}"),
        spec: Some(spec),
        tenant: "bench".to_owned(),
        ..v1::SubmitRequest::default()
    }
}

fn resources(cores: i64) -> v1::Resources {
    v1::Resources {
        cpu_millis: cores * 1000,
        memory_mib: cores * 1024,
        accelerators: 0,
    }
}

/// What the only site declares.
pub fn site() -> v1::Site {
    let pool = v1::Pool {
        id: "pool".to_owned(),
        architecture: "x86_64".to_owned(),
        node: Some(resources(POOL_CORES)),
        nodes: 1,
        cpu_watts_milli: 10_000,
        price_micro_cny_per_core_hour: 100_000,
        ..Default::default()
    };
    v1::Site {
        id: SITE.to_owned(),
        region: "bench".to_owned(),
        mlps_level: 3,
        carriers: vec!["bench".to_owned()],
        pools: vec![pool],
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_a_kibibyte_and_its_own() {
        for number in [0, 7, 999_999_999] {
            let job = request(number);
            let bytes = job.encoded_len();
            assert!(
                (JOB_BYTES - 16..=JOB_BYTES).contains(&bytes),
                "{bytes} bytes"
            );
            assert_ne!(job, request(number + 1));
        }
    }
}
