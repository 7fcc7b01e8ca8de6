//! The root of a scenario file, its nodes, segments and demand regions.

use std::collections::BTreeMap;

use ewc_core::command::{LinkDefinition, RegionDefinition};
use ewc_core::model::{Layer, NetworkNode, NodeKind};

use super::{Scenario, SiteDef, policy, site};
use crate::error::{FieldError, Problem};
use crate::job_file::LAYERS;
use crate::reader::{Table, amount, flag, one_of, text, whole};
use crate::tree::Value;
use crate::units;

const NODE_KINDS: [(&str, NodeKind); 2] = [
    ("backbone", NodeKind::Backbone),
    ("exchange", NodeKind::Exchange),
];

/// Share of a link that may be reserved when neither segment nor layer says so.
const USABLE_PERMILLE: u32 = 700;

/// What a layer's segments have in common.
#[derive(Clone, Copy)]
struct LayerDefaults {
    usable_permille: u32,
    encrypted: bool,
}

pub(super) fn read(mut root: Table) -> Result<Scenario, FieldError> {
    let name = root.require("name", "name the scenario", text)?;
    let description = root.take("description", text)?.unwrap_or_default();
    let policy = policy::read(root.table("policy")?)?;
    let mut nodes = root
        .tables("nodes")?
        .into_iter()
        .map(read_node)
        .collect::<Result<Vec<_>, _>>()?;
    let layers = read_layers(&mut root)?;
    let mut links = Vec::new();
    for segment in root.tables("segments")? {
        read_segment(segment, &layers, &mut links)?;
    }
    let regions = root
        .tables("regions")?
        .into_iter()
        .map(read_region)
        .collect::<Result<_, _>>()?;
    let sites: Vec<SiteDef> = root
        .tables("sites")?
        .into_iter()
        .map(site::read)
        .collect::<Result<_, _>>()?;
    root.finish()?;
    nodes.extend(sites.iter().map(node_of));
    Ok(Scenario {
        name,
        description,
        nodes,
        links,
        regions,
        sites,
        policy,
    })
}

/// Every site is a node of the graph under its own name.
fn node_of(site: &SiteDef) -> NetworkNode {
    NetworkNode {
        name: site.spec.name.clone(),
        name_zh: site.spec.title_zh.clone(),
        kind: NodeKind::Site,
        latitude_udeg: site.spec.latitude_udeg,
        longitude_udeg: site.spec.longitude_udeg,
    }
}

fn read_node(mut table: Table) -> Result<NetworkNode, FieldError> {
    let node = NetworkNode {
        name: table.require("name", "name the node", text)?,
        name_zh: table.take("name_zh", text)?.unwrap_or_default(),
        kind: table
            .take("kind", one_of(&NODE_KINDS))?
            .unwrap_or(NodeKind::Backbone),
        latitude_udeg: latitude(&mut table)?,
        longitude_udeg: longitude(&mut table)?,
    };
    table.finish()?;
    Ok(node)
}

fn read_layers(root: &mut Table) -> Result<BTreeMap<Layer, LayerDefaults>, FieldError> {
    let mut layers = BTreeMap::new();
    let Some(mut table) = root.table("layers")? else {
        return Ok(layers);
    };
    for (name, layer) in LAYERS {
        let Some(mut inner) = table.table(name)? else {
            continue;
        };
        let usable = inner.take("usable", amount(units::permille))?;
        let encrypted = inner.take("encrypted", flag)?.unwrap_or(false);
        inner.finish()?;
        let usable_permille = usable.unwrap_or(USABLE_PERMILLE);
        layers.insert(
            layer,
            LayerDefaults {
                usable_permille,
                encrypted,
            },
        );
    }
    table.finish()?;
    Ok(layers)
}

/// A segment is one link on each layer that it names.
fn read_segment(
    mut table: Table,
    layers: &BTreeMap<Layer, LayerDefaults>,
    links: &mut Vec<LinkDefinition>,
) -> Result<(), FieldError> {
    let path = table.path_of("between");
    let ends = table.list("between", text)?;
    let [a, b] = ends.as_slice() else {
        let hint = "name both ends, e.g. between = [\"beijing\", \"tianjin\"]";
        return Err(FieldError::new(
            path,
            format!("names {} nodes", ends.len()),
            hint,
        ));
    };
    let before = links.len();
    for (layer_name, layer) in LAYERS {
        if let Some(inner) = table.table(layer_name)? {
            let unnamed = read_link(inner, layer, layers.get(&layer))?;
            links.push(between(layer_name, (a, b), unnamed));
        }
    }
    if links.len() == before {
        return Err(table.missing("optical", "describe the segment on at least one layer"));
    }
    table.finish()
}

/// A link with its ends, and the name that they give it.
fn between(layer_name: &str, (a, b): (&str, &str), link: LinkDefinition) -> LinkDefinition {
    LinkDefinition {
        name: format!("{layer_name}.{a}.{b}"),
        a: a.to_owned(),
        b: b.to_owned(),
        ..link
    }
}

/// A link of an edit: its layer and its two ends stand beside the other fields.
pub(crate) fn read_new_link(mut table: Table) -> Result<LinkDefinition, FieldError> {
    let ends = table.list("between", text)?;
    let [a, b] = ends.as_slice() else {
        let hint = "name both ends, e.g. between = [\"beijing\", \"tianjin\"]";
        return Err(table.missing("between", hint));
    };
    let layer = table.require("layer", "write e.g. layer = \"optical\"", one_of(&LAYERS))?;
    let known = LAYERS.iter().find(|(_, known)| *known == layer);
    let name = known.map_or("", |(name, _)| *name);
    Ok(between(name, (a, b), read_link(table, layer, None)?))
}

/// Everything of a link but its name and ends.
fn read_link(
    mut table: Table,
    layer: Layer,
    defaults: Option<&LayerDefaults>,
) -> Result<LinkDefinition, FieldError> {
    let usable = table.take("usable", amount(units::permille))?;
    let encrypted = table.take("encrypted", flag)?;
    let latency_hint = "write the one-way latency, e.g. one_way = \"2.9ms\"";
    let capacity_hint = "write the capacity, e.g. capacity = \"400Gbps\"";
    let price = table.take("price", amount(units::transport_price_micro_cny_per_gb))?;
    let link = LinkDefinition {
        name: String::new(),
        a: String::new(),
        b: String::new(),
        carrier: table.require("carrier", "name who runs it", text)?,
        layer,
        one_way_us: table.require("one_way", latency_hint, amount(units::latency_us))?,
        capacity_bps: table.require("capacity", capacity_hint, amount(units::bandwidth_bps))?,
        usable_permille: usable
            .or(defaults.map(|defaults| defaults.usable_permille))
            .unwrap_or(USABLE_PERMILLE),
        price_micro_cny_per_gb: price.unwrap_or(0),
        up: true,
        encrypted: encrypted
            .or(defaults.map(|defaults| defaults.encrypted))
            .unwrap_or(false),
    };
    table.finish()?;
    Ok(link)
}

fn read_region(mut table: Table) -> Result<RegionDefinition, FieldError> {
    let region = RegionDefinition {
        name: table.require("name", "name the demand region", text)?,
        name_zh: table.take("name_zh", text)?.unwrap_or_default(),
        node: table.require("node", "name the node it attaches to", text)?,
        access_us: table
            .take("access", amount(units::latency_us))?
            .unwrap_or(0),
        traffic_weight: table.take("traffic_weight", whole)?.unwrap_or(1),
        latitude_udeg: latitude(&mut table)?,
        longitude_udeg: longitude(&mut table)?,
    };
    table.finish()?;
    Ok(region)
}

pub(super) fn latitude(table: &mut Table) -> Result<i64, FieldError> {
    table.require("latitude", "write degrees north, e.g. 31.2", |value| {
        degrees(value, 90.0)
    })
}

pub(super) fn longitude(table: &mut Table) -> Result<i64, FieldError> {
    table.require("longitude", "write degrees east, e.g. 121.5", |value| {
        degrees(value, 180.0)
    })
}

/// Millionths of a degree.
fn degrees(value: &Value, max: f64) -> Result<i64, Problem> {
    let degrees = match value {
        Value::Integer(whole) => *whole as f64,
        Value::Float(degrees) => *degrees,
        other => {
            let problem = format!("is {}, not degrees", other.kind());
            return Err(Problem::new(
                problem,
                "write a number without quotes, e.g. 31.2",
            ));
        }
    };
    // Not a number fails this comparison as well.
    if degrees.abs() <= max {
        return Ok((degrees * 1e6).round() as i64);
    }
    let hint = format!("write a number between -{max} and {max}");
    Err(Problem::new(
        format!("{degrees} degrees do not exist"),
        hint,
    ))
}
