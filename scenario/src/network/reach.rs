//! Which sites can be reached from which.

use std::collections::BTreeMap;

use super::Scenario;
use crate::error::FieldError;

impl Scenario {
    /// A site that no links join to another one, if there are others, is a slip of the pen: data
    /// would neither come nor go.
    ///
    /// # Errors
    /// Names the first site that is cut off.
    pub(crate) fn check_reach(&self) -> Result<(), FieldError> {
        let parts = self.parts();
        let part_of = |name: &str| parts.get(name).copied();
        let mut sites_in: BTreeMap<usize, usize> = BTreeMap::new();
        for part in self
            .sites
            .iter()
            .filter_map(|site| part_of(&site.spec.name))
        {
            *sites_in.entry(part).or_default() += 1;
        }
        let alone = |name: &str| part_of(name).is_none_or(|part| sites_in[&part] < 2);
        match self.sites.iter().find(|site| alone(&site.spec.name)) {
            Some(site) if self.sites.len() > 1 => Err(FieldError::new(
                format!("network.sites.{}", site.spec.name),
                "is cut off: no segments join it to another site",
                "add [[segments]] that lead there, leave the site out, or cut links by [[faults]]",
            )),
            _ => Ok(()),
        }
    }

    /// Of every node with a link, which connected part of the network it is in.
    fn parts(&self) -> BTreeMap<&str, usize> {
        let mut beside: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for link in &self.links {
            beside.entry(&link.a).or_default().push(&link.b);
            beside.entry(&link.b).or_default().push(&link.a);
        }
        let mut parts = BTreeMap::new();
        for (number, first) in beside.keys().enumerate() {
            let mut to_visit = vec![*first];
            while let Some(node) = to_visit.pop() {
                if !parts.contains_key(node) {
                    parts.insert(node, number);
                    to_visit.extend(&beside[node]);
                }
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_site_without_links_is_named() {
        let mut network = crate::tutorial();
        network.check_reach().unwrap();
        let lost = network.sites[1].spec.name.clone();
        network
            .links
            .retain(|link| link.a != lost && link.b != lost);
        let error = network.check_reach().unwrap_err().to_string();
        assert!(
            error.contains(&format!("network.sites.{lost}: is cut off")),
            "{error}"
        );
        network.sites.retain(|site| site.spec.name == lost);
        network.check_reach().unwrap();
    }
}
