//! The folder of a run, and what goes wrong with files.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::RunError;

pub(crate) fn at(path: &Path) -> impl Fn(io::Error) -> RunError {
    let path = path.to_owned();
    move |problem| RunError::File {
        path: path.clone(),
        problem,
    }
}

pub(crate) fn create(path: &Path) -> Result<BufWriter<File>, RunError> {
    File::create(path).map(BufWriter::new).map_err(at(path))
}

/// Makes a folder for results; it must hold nothing.
///
/// # Errors
/// It cannot be made or read, or it holds something.
pub fn prepare(folder: &Path) -> Result<(), RunError> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    let mut entries = fs::read_dir(folder).map_err(at(folder))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(RunError::NotEmpty(folder.to_owned())),
    }
}

/// SHA-256 of a file, as hexadecimal digits.
pub(crate) fn digest(path: &Path) -> Result<String, RunError> {
    let mut file = File::open(path).map_err(at(path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer).map_err(at(path))?;
        if read == 0 {
            break;
        }
        hasher.write_all(&buffer[..read]).map_err(at(path))?;
    }
    let digits = hasher.finalize();
    Ok(digits.iter().map(|byte| format!("{byte:02x}")).collect())
}
