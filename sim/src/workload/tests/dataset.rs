//! Bytes follow from the seed.

use super::*;
use ewc_core::model::DataGrade;

fn dataset(size_bytes: u64, seed: u64) -> GeneratedDataset {
    GeneratedDataset {
        name: "corpus-0001".to_owned(),
        size_bytes,
        grade: DataGrade::General,
        tenant: "speech-lab".to_owned(),
        home_site: "yrd-demo".to_owned(),
        seed,
    }
}

#[test]
fn bytes_have_the_size_and_are_the_same_each_time() {
    for size_bytes in [0, 1, 65_535, 65_536, 65_537, 1_000_003] {
        let dataset = dataset(size_bytes, 7);
        let mut written = Vec::new();
        dataset.write_to(&mut written).unwrap();
        assert_eq!(written.len() as u64, size_bytes);
        assert_eq!(written, dataset.bytes().collect::<Vec<_>>().concat());
        let digest: [u8; 32] = Sha256::digest(&written).into();
        assert_eq!(digest, dataset.sha256());
    }
}

#[test]
fn the_bytes_of_a_seed_never_change() {
    let digest = dataset(1000, 7).sha256();
    let start: String = digest[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(start, "aa59f3a7");
    assert_ne!(digest, dataset(1000, 8).sha256());
}
