//! Every example job passes the whole way: file, wire, and back into the model.

use std::path::Path;

use super::*;

#[test]
fn examples_survive_the_wire() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenario/examples/jobs");
    let mut seen = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let file = JobFile::load(&path).unwrap();
        let (now_ms, after_ok) = (1_735_689_600_000, file.after_ok.clone());
        let spec = file.spec_at(now_ms).unwrap();
        let job = sourced(file, now_ms, "film", Source::File).unwrap();
        assert_eq!(job.tenant, "film");
        let parsed = convert::job_spec_from_wire(job.spec);
        assert_eq!(parsed, Ok((spec, after_ok)), "{}", path.display());
        seen += 1;
    }
    assert!(seen > 0);
}
