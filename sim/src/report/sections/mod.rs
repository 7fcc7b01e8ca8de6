//! The sections of the page, each in its own file.

mod cluster;
mod energy;
mod exceptions;
mod headline;
mod links;
pub(super) mod network;
mod placements;
mod policies;
mod reading;
pub(super) mod table;
mod waits;

use super::data::RunReport;
use super::draw::bars;
use super::markup::Markup;
use super::words::{self, Words};

/// A section.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: Words,
    pub(super) write: fn(&mut Markup, &RunReport),
}

/// Every section, in order.
pub(super) const ALL: &[Section] = &[
    Section {
        id: "headline",
        title: words::HEADLINE,
        write: headline::write,
    },
    Section {
        id: "network",
        title: words::NETWORK,
        write: network::write,
    },
    Section {
        id: "placements",
        title: words::PLACEMENTS,
        write: placements::write,
    },
    Section {
        id: "links",
        title: words::LINKS,
        write: links::write,
    },
    Section {
        id: "waits",
        title: words::WAITS,
        write: waits::write,
    },
    Section {
        id: "energy",
        title: words::ENERGY,
        write: energy::write,
    },
    Section {
        id: "policies",
        title: words::POLICIES,
        write: policies::write,
    },
    Section {
        id: "exceptions",
        title: words::EXCEPTIONS,
        write: exceptions::write,
    },
    Section {
        id: "cluster",
        title: words::CLUSTER,
        write: cluster::write,
    },
    Section {
        id: "reading",
        title: words::READING,
        write: reading::write,
    },
];

/// Says that there is nothing to show.
pub(super) fn empty(markup: &mut Markup) {
    markup.tag("p").class("muted").words(words::EMPTY);
}

pub(super) fn note(markup: &mut Markup, words: Words) {
    markup.tag("p").class("note").words(words);
}

/// Colours with what they mean.
pub(super) fn legend(markup: &mut Markup, entries: &[(String, &str, &str)]) {
    markup.tag("ul").class("legend").body(|list| {
        for (class, en, zh) in entries {
            list.tag("li").body(|item| {
                bars::swatch(item, class);
                item.both(en, zh);
            });
        }
    });
}

/// A name in both languages by a table of names; an empty one stands for the edge sites.
pub(super) fn hub_name(hub: &str) -> (&str, &str) {
    match hub {
        "" => (words::EDGE.en, words::EDGE.zh),
        hub => words::lookup(words::HUBS, hub),
    }
}

/// One row of a drawing: what it is, the drawing, the figure.
pub(super) fn row(
    markup: &mut Markup,
    (en, zh): (&str, &str),
    drawing: impl FnOnce(&mut Markup),
    figure: impl FnOnce(&mut Markup),
) {
    markup.tag("div").class("row").body(|row| {
        row.tag("span").body(|label| label.both(en, zh));
        row.tag("div").body(drawing);
        row.tag("span").body(figure);
    });
}

/// An axis below such rows.
pub(super) fn axis_row(markup: &mut Markup, axis: impl FnOnce(&mut Markup)) {
    markup.tag("div").class("row axis").body(|row| {
        row.tag("span").text("");
        row.tag("div").body(axis);
        row.tag("span").text("");
    });
}
