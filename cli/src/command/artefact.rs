//! What data sets and images have in common: a body of bytes with its digest.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use sha2::{Digest as _, Sha256};

use crate::error::CliError;

/// The bytes: a file to measure, or what is known of them.
#[derive(Debug, Args)]
pub(super) struct BodyArgs {
    /// File to take digest and size from; the file itself stays where it is
    #[arg(long, conflicts_with_all = ["sha256", "size"])]
    file: Option<PathBuf>,

    /// SHA-256 of the bytes, 64 hexadecimal digits
    #[arg(
        long,
        value_name = "HEX",
        requires = "size",
        required_unless_present = "file"
    )]
    sha256: Option<String>,

    /// Size of the bytes, such as 20GB or 1TiB
    #[arg(long, requires = "sha256", value_parser = size)]
    size: Option<i64>,
}

/// Digest and size of a body of bytes.
pub(super) struct Body {
    /// 64 hexadecimal digits.
    pub sha256: String,
    /// Size of the bytes.
    pub size_bytes: i64,
}

impl BodyArgs {
    /// Measures the file, or takes what the flags say.
    pub(super) fn body(self) -> Result<Body, CliError> {
        match (self.file, self.sha256, self.size) {
            (Some(path), _, _) => measure(&path),
            (None, Some(sha256), Some(size_bytes)) => Ok(Body { sha256, size_bytes }),
            _ => Err(CliError::usage("give --file, or --sha256 and --size")),
        }
    }
}

fn measure(path: &Path) -> Result<Body, CliError> {
    let unreadable = |error| CliError::usage(format!("cannot read {}: {error}", path.display()));
    let mut file = File::open(path).map_err(unreadable)?;
    let mut digest = Sha256::new();
    let mut size_bytes = 0;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
        size_bytes += read as i64;
    }
    Ok(Body {
        sha256: format!("{:x}", digest.finalize()),
        size_bytes,
    })
}

fn size(text: &str) -> Result<i64, String> {
    ewc_scenario::units::size_bytes(text)
        .map_err(|problem| format!("{}; {}", problem.problem, problem.hint))
}
