//! Data sets whose bytes follow from a seed, so that they need not be kept to be known.

use std::io::{self, Write};

use ewc_core::model::{DataGrade, Dataset, SiteId};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// Bytes made at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// A data set of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedDataset {
    /// Unique name.
    pub name: String,
    /// Size of the real bytes, after scaling.
    pub size_bytes: u64,
    /// Grade of the data.
    pub grade: DataGrade,
    /// Owner.
    pub tenant: String,
    /// The site that holds it at first.
    pub home_site: String,
    /// Decides its bytes.
    pub seed: u64,
}

impl GeneratedDataset {
    /// Its bytes in chunks: the ChaCha8 key stream of the seed, which no compression shortens.
    pub fn bytes(&self) -> impl Iterator<Item = Vec<u8>> {
        let mut stream = ChaCha8Rng::seed_from_u64(self.seed);
        let mut left = self.size_bytes;
        std::iter::from_fn(move || {
            let length = left.min(CHUNK_BYTES as u64);
            left -= length;
            let mut chunk = vec![0; length as usize];
            stream.fill_bytes(&mut chunk);
            (length > 0).then_some(chunk)
        })
    }

    /// Writes its bytes.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        self.bytes().try_for_each(|chunk| out.write_all(&chunk))
    }

    /// SHA-256 of its bytes; makes them all once.
    pub fn sha256(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        self.bytes().for_each(|chunk| digest.update(&chunk));
        digest.finalize().into()
    }

    /// What stands for the digest where the bytes are never made: a digest of name, size and seed.
    pub fn nominal_sha256(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(self.name.as_bytes());
        digest.update(self.size_bytes.to_le_bytes());
        digest.update(self.seed.to_le_bytes());
        digest.finalize().into()
    }

    /// The data set as it is registered, held by `home` alone.
    pub fn registration(&self, sha256: [u8; 32], home: SiteId) -> Dataset {
        Dataset {
            name: self.name.clone(),
            sha256,
            size_bytes: i64::try_from(self.size_bytes).unwrap_or(i64::MAX),
            grade: self.grade,
            tenant: self.tenant.clone(),
            sites: [home].into(),
            lowered: Vec::new(),
        }
    }
}
