//! The jobs that are submitted: distinct, 1 KiB each, and too many for the one pool there is.

use ewc_proto::v1;
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};

/// Encoded size of a job with its key.
const JOB_BYTES: usize = 1024;
/// Cores of the pool; each job takes one for two hours, so that within the planner's horizon only
/// some thousand find a place and the rest stays queued.
const POOL_CORES: i64 = 64;
/// Digits of a job's number.
const DIGITS: usize = 20;
/// Field of the jobs in a `SubmitBatchRequest`.
const JOBS_TAG: u32 = 1;
/// Longest run of a job.
const TIME_LIMIT_MS: i64 = 2 * 3_600_000;
/// The only site.
pub const SITE: &str = "bench";

/// Requests of any number, encoded: they differ in the digits of their number only, which are
/// filled in. So the generator spends little on a job, whoever is to store it.
pub struct Encoder {
    /// The request of number 0.
    bytes: Vec<u8>,
    /// Where the digits stand.
    digits: Vec<usize>,
}

impl Encoder {
    /// An encoder.
    pub fn new() -> Encoder {
        let bytes = request(0).encode_to_vec();
        let zeros = [b'0'; DIGITS];
        let is_there = |at: &usize| bytes[*at..].starts_with(&zeros);
        let digits = (0..bytes.len()).filter(is_there).collect();
        Encoder { bytes, digits }
    }

    /// The encoded request of that number, until the next call.
    pub fn request(&mut self, number: u64) -> &[u8] {
        let digits = digits(number);
        for at in &self.digits {
            self.bytes[*at..*at + DIGITS].copy_from_slice(&digits);
        }
        &self.bytes
    }

    /// The encoded batch of these numbers.
    pub fn batch(&mut self, numbers: std::ops::Range<u64>) -> Vec<u8> {
        let count = (numbers.end - numbers.start) as usize;
        let mut batch = Vec::with_capacity(count * (JOB_BYTES + 4));
        for number in numbers {
            let job = self.request(number);
            encode_key(JOBS_TAG, WireType::LengthDelimited, &mut batch);
            encode_varint(job.len() as u64, &mut batch);
            batch.extend_from_slice(job);
        }
        batch
    }
}

/// The key of the job of that number.
pub fn key(number: u64) -> String {
    format!("key-{number:020}")
}

fn digits(number: u64) -> [u8; DIGITS] {
    let mut digits = [b'0'; DIGITS];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    digits
}

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
        idempotency_key: key(number),
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

    #[test]
    fn filled_in_requests_are_the_encoded_ones() {
        let mut encoder = Encoder::new();
        for number in [0, 7, 1_234_567_890, u64::MAX] {
            assert_eq!(encoder.request(number), request(number).encode_to_vec());
        }
        let jobs: Vec<_> = (98..103).map(request).collect();
        let batch = v1::SubmitBatchRequest { jobs };
        assert_eq!(encoder.batch(98..103), batch.encode_to_vec());
    }
}
