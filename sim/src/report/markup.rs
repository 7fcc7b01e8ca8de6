//! Writes HTML and SVG: every tag is closed, every text and attribute is escaped.

use std::fmt::{Display, Write};

use super::data::Text;
use super::words::Words;

/// A document being written.
#[derive(Debug, Default)]
pub(super) struct Markup {
    out: String,
}

impl Markup {
    /// Begins an element; nothing is written before its body or end is.
    pub(super) fn tag(&mut self, name: &'static str) -> Tag<'_> {
        self.out.push('<');
        self.out.push_str(name);
        Tag { markup: self, name }
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) {
        escape(&mut self.out, text);
    }

    /// A text in both languages, of which the page shows one.
    pub(super) fn both(&mut self, en: &str, zh: &str) {
        if en == zh {
            return self.text(en);
        }
        self.tag("span").attr("lang", "en").text(en);
        self.tag("span").attr("lang", "zh").text(zh);
    }

    /// Words of the table.
    pub(super) fn words(&mut self, words: Words) {
        self.both(words.en, words.zh);
    }

    /// A text of the report.
    pub(super) fn written(&mut self, text: &Text) {
        self.both(&text.en, text.zh());
    }

    /// Something that is markup already: the style sheet and the script.
    pub(super) fn verbatim(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// The document.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// An element being written.
pub(super) struct Tag<'m> {
    markup: &'m mut Markup,
    name: &'static str,
}

impl Tag<'_> {
    /// Adds an attribute.
    pub(super) fn attr(self, name: &str, value: impl Display) -> Self {
        let out = &mut self.markup.out;
        let _ = write!(out, " {name}=\"");
        escape(out, &value.to_string());
        out.push('"');
        self
    }

    /// Adds a class.
    pub(super) fn class(self, class: impl Display) -> Self {
        self.attr("class", class)
    }

    /// Ends an element that holds nothing and may not: a `meta`, or a shape of SVG.
    pub(super) fn empty(self) {
        self.markup.out.push_str("/>");
    }

    /// Writes what it holds.
    pub(super) fn body(self, body: impl FnOnce(&mut Markup)) {
        self.markup.out.push('>');
        body(self.markup);
        let _ = write!(self.markup.out, "</{}>", self.name);
    }

    /// Writes the text that it holds.
    pub(super) fn text(self, text: &str) {
        self.body(|markup| markup.text(text));
    }

    /// Writes the words that it holds.
    pub(super) fn words(self, words: Words) {
        self.body(|markup| markup.words(words));
    }
}

/// A length in a drawing, with one decimal.
pub(super) fn px(value: f64) -> String {
    let text = format!("{:.1}", if value.is_finite() { value } else { 0.0 });
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A share as a percentage of the space there is, within 0 and 100.
pub(super) fn percent(share: f64) -> String {
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    format!("{}%", px(share * 100.0))
}

fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Not allowed in a document at all.
            control if control.is_control() && !control.is_whitespace() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}
