//! Puts what a payload left into the store.

use std::fs;
use std::path::{Path, PathBuf};

use super::store::Store;
use crate::model::{DataFact, OutputWanted};

/// Takes in every output. All must be there.
///
/// # Errors
/// One sentence on the first that is missing or cannot be taken.
pub fn collect(
    store: &Store,
    work_dir: &Path,
    outputs: &[OutputWanted],
) -> Result<Vec<DataFact>, String> {
    let collect_one = |output: &OutputWanted| {
        let path = find(work_dir, &output.path)?;
        let failed = |error| format!("output {} cannot be kept: {error}", output.path);
        store.add(&output.dataset, &path).map_err(failed)
    };
    outputs.iter().map(collect_one).collect()
}

/// A payload may leave links that point anywhere; only files below its directory are outputs.
fn find(work_dir: &Path, relative: &str) -> Result<PathBuf, String> {
    let missing = |_| format!("output {relative} is missing");
    let path = fs::canonicalize(work_dir.join(relative)).map_err(missing)?;
    let root = fs::canonicalize(work_dir).map_err(missing)?;
    if !path.starts_with(&root) {
        return Err(format!(
            "output {relative} leads out of the working directory"
        ));
    }
    path.is_file()
        .then_some(path)
        .ok_or_else(|| format!("output {relative} is not a file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_working_directory_are_outputs() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("store")).unwrap();
        let work = directory.path().join("work");
        fs::create_dir_all(work.join("dir")).unwrap();
        fs::write(work.join("dir/good"), "result").unwrap();
        fs::write(directory.path().join("secret"), "secret").unwrap();
        std::os::unix::fs::symlink("../secret", work.join("escape")).unwrap();
        let cases = [
            ("dir/good", None),
            ("none", Some("output none is missing")),
            ("dir", Some("output dir is not a file")),
            (
                "escape",
                Some("output escape leads out of the working directory"),
            ),
        ];
        for (path, expected) in cases {
            let outputs = [OutputWanted {
                dataset: "out".into(),
                path: path.into(),
            }];
            let result = collect(&store, &work, &outputs);
            assert_eq!(
                result.as_ref().err().map(String::as_str),
                expected,
                "{path}"
            );
            // Taken twice, as after a restart in between, is the same.
            assert_eq!(collect(&store, &work, &outputs), result);
        }
    }
}
