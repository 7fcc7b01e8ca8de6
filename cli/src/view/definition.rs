//! What `ewc network apply` makes known.

use ewc_scenario::Scenario;
use serde::Serialize;

/// Names of what is defined, and of what is not.
#[derive(Debug, Serialize)]
pub struct DefinitionView {
    /// False when it was only looked at.
    pub sent: bool,
    pub nodes: Vec<String>,
    pub links: Vec<String>,
    pub regions: Vec<String>,
    /// Sites of the file; their agents declare them.
    pub sites_not_sent: Vec<String>,
}

impl DefinitionView {
    pub fn new(scenario: &Scenario, sent: bool) -> DefinitionView {
        DefinitionView {
            sent,
            nodes: names(&scenario.nodes, |node| &node.name),
            links: names(&scenario.links, |link| &link.name),
            regions: names(&scenario.regions, |region| &region.name),
            sites_not_sent: names(&scenario.sites, |site| &site.spec.name),
        }
    }
}

fn names<T>(items: &[T], name: impl Fn(&T) -> &String) -> Vec<String> {
    items.iter().map(|item| name(item).clone()).collect()
}
