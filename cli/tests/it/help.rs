//! The help of every subcommand, word by word: the files under `tests/help`.
//!
//! After a wanted change, run the test with `EWC_UPDATE_HELP=1` and read the difference.

use std::path::{Path, PathBuf};

use crate::{code, ewc, stdout};

#[tokio::test]
async fn help_is_as_written_down() {
    let root = help(&[]).await;
    let mut pages = vec![("ewc".to_owned(), root.clone())];
    for command in subcommands(&root) {
        let page = help(&[&command]).await;
        for inner in subcommands(&page) {
            pages.push((
                format!("ewc-{command}-{inner}"),
                help(&[&command, &inner]).await,
            ));
        }
        pages.push((format!("ewc-{command}"), page));
    }
    assert!(pages.len() > 20);
    for (name, page) in pages {
        check(&file_of(&name), &page);
    }
}

async fn help(path: &[&str]) -> String {
    let output = ewc(&[path, &["--help"]].concat()).await;
    assert_eq!(code(&output), 0);
    // Clap ends some lines with spaces.
    stdout(&output)
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

fn subcommands(page: &str) -> Vec<String> {
    let section = page.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = section
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            let is_name = line.starts_with("  ") && !line.starts_with("   ");
            line.split_whitespace()
                .next()
                .filter(|name| is_name && *name != "help")
        });
    names.map(str::to_owned).collect()
}

fn file_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/help")
        .join(format!("{name}.txt"))
}

fn check(path: &Path, page: &str) {
    if std::env::var_os("EWC_UPDATE_HELP").is_some() {
        std::fs::write(path, page).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(page, expected, "{} differs", path.display());
}
