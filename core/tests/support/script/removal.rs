//! What leaves, in a script.
//!
//! ```text
//! remove d at a,b why=needed            without `at` altogether; with `why` it is refused
//! dropped a d                           the agent did
//! held a d                              the agent says that it holds it
//! ```

use ewc_core::command::{Command, SiteReport};

use super::Script;
use super::words::Words;

/// One of the commands above.
pub fn command(script: &Script, words: &Words<'_>) -> Command {
    match words.word(0) {
        "remove" => remove(script, words),
        "dropped" => Command::ReplicasDropped {
            site: script.site(words.word(1)),
            replicas: vec![named(script, words.word(2))],
        },
        _ => Command::ReportSites(vec![SiteReport {
            site: script.site(words.word(1)),
            incarnation: 1,
            pools: Vec::new(),
            energy: None,
            held: vec![named(script, words.word(2))],
            runs: Vec::new(),
        }]),
    }
}

fn remove(script: &Script, words: &Words<'_>) -> Command {
    let name = words.word(1).to_owned();
    let sites = match words.word(2) {
        "at" => words.list(3).map(|site| script.site(site)).collect(),
        _ => Vec::new(),
    };
    match script.state.images().contains_key(&name) {
        true => Command::RemoveImage { name, sites },
        false => Command::RemoveDataset { name, sites },
    }
}

/// A name with the digest that it has, or had: of what sites are to drop.
fn named(script: &Script, name: &str) -> (String, [u8; 32]) {
    let (state, name) = (&script.state, name.to_owned());
    let sites = (0..state.sites().len() as u32).map(ewc_core::model::SiteId);
    let mut leaving = sites.flat_map(|site| state.leaving(site));
    let left = leaving
        .find(|(left, _)| *left == name)
        .map(|(_, sha256)| *sha256);
    let dataset = state.datasets().get(&name).map(|dataset| dataset.sha256);
    let image = state.images().get(&name).map(|image| image.sha256);
    let sha256 = dataset.or(image).or(left).expect("a known name");
    (name, sha256)
}
