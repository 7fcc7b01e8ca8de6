//! SHA-256 of what is written.

use borsh::BorshSerialize;
use sha2::{Digest as _, Sha256};

/// Takes every byte.
#[derive(Default)]
struct Hasher(Sha256);

impl borsh::io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> borsh::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> borsh::io::Result<()> {
        Ok(())
    }
}

/// The digest of what `write` writes, or its error.
pub(crate) fn written<E>(
    write: impl FnOnce(&mut dyn borsh::io::Write) -> Result<(), E>,
) -> Result<[u8; 32], E> {
    let mut hasher = Hasher::default();
    write(&mut hasher)?;
    Ok(hasher.0.finalize().into())
}

/// The digest of a value's canonical bytes.
pub(crate) fn of(value: &impl BorshSerialize) -> [u8; 32] {
    match written(|mut out| value.serialize(&mut out)) {
        Ok(digest) => digest,
        // The hasher accepts every byte, and no collection is longer than 2³² entries.
        Err(error) => unreachable!("hashing cannot fail: {error}"),
    }
}
