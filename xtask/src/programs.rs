//! Where built programs stand.

use std::path::PathBuf;

use anyhow::Context as _;

/// The folder of this program, and of those built with it.
pub fn folder() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let folder = this.parent().context("a program stands in a folder")?;
    Ok(folder.to_owned())
}

/// The folder of programs built in another way: `debug`, or the name of a profile.
pub fn folder_of(profile: &str) -> anyhow::Result<PathBuf> {
    let folder = folder()?;
    let all = folder.parent().context("a profile stands in a folder")?;
    Ok(all.join(profile))
}
