//! Texts in both languages with values in them.

use super::words::Words;
use crate::report::data::Text;

/// Words as they stand.
pub(super) fn text(words: Words) -> Text {
    Text::new(words.en, words.zh)
}

/// What reads alike in both languages.
pub(super) fn plain(text: String) -> Text {
    Text::new(text.clone(), text)
}

/// Words with values in the place of names in braces.
pub(super) fn fill(words: Words, values: &[(&str, String)]) -> Text {
    let filled = |text: &str| {
        let all = values.iter();
        all.fold(text.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
    };
    Text::new(filled(words.en), filled(words.zh))
}

/// A number with at most two digits behind the point, and none that says nothing.
pub(super) fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
