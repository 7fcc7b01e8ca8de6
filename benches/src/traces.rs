//! Where the traces are.

use std::path::{Path, PathBuf};

use anyhow::bail;

/// The folder of the traces: `EWC_TRACES`, or where the workspace's neighbours have it.
///
/// # Errors
/// It is not there.
pub fn folder() -> anyhow::Result<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/traces");
    let folder = std::env::var_os("EWC_TRACES").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        bail!(
            "{} is not there; say in EWC_TRACES where the traces are",
            folder.display()
        );
    }
    Ok(folder)
}
