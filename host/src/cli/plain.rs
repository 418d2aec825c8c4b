//! What others wrote, made harmless for a terminal.
//!
//! Names and sentences of a daemon, a server's answer within them above all, may hold escape sequences. They are shown as
//! characters that a terminal does not act on.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::failure::Failure;

/// Characters that a terminal acts on, or that change the order of what is read.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The text with such characters written as escapes: ESC becomes `\u{1b}`.
pub(super) fn plain(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) {
            harmless.extend(character.escape_default());
        } else {
            harmless.push(character);
        }
    }
    harmless
}

/// A document of the daemon, all of its strings made plain.
pub(super) fn plain_document<T: Serialize + DeserializeOwned>(document: &T) -> Result<T, Failure> {
    let mut value = serde_json::to_value(document).map_err(Failure::failed)?;
    make_plain(&mut value);
    serde_json::from_value(value).map_err(Failure::failed)
}

fn make_plain(value: &mut Value) {
    match value {
        Value::String(text) if text.chars().any(acts) => *text = plain(text),
        Value::Array(values) => values.iter_mut().for_each(make_plain),
        Value::Object(members) => members.values_mut().for_each(make_plain),
        _ => {}
    }
}

/// JSON in which such characters are escapes: the same document to who reads it, and harmless to see.
pub(super) fn plain_json(json: &str) -> String {
    let mut harmless = String::with_capacity(json.len());
    for character in json.chars() {
        // Line ends stand between members only: in strings they are escapes already.
        if acts(character) && character != '\n' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                harmless.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            harmless.push(character);
        }
    }
    harmless
}

#[cfg(test)]
mod tests {
    use flowswitch_api::Note;
    use proptest::prelude::*;

    use super::{acts, plain, plain_document, plain_json};

    #[test]
    fn escape_sequences_become_text() {
        assert_eq!(plain("\u{1b}[2Jweb"), "\\u{1b}[2Jweb");
        assert_eq!(plain("a\nb\u{9b}c\u{202e}"), "a\\nb\\u{9b}c\\u{202e}");
        assert_eq!(plain("Köln 東京"), "Köln 東京");
    }

    #[test]
    fn all_strings_of_a_document() {
        let note = Note {
            key: "cluster.\u{7}".to_owned(),
            line: 3,
            text: "\u{1b}]0;title".to_owned(),
        };
        let note = plain_document(&note).expect("a document");
        assert_eq!(
            (&*note.key, &*note.text, note.line),
            ("cluster.\\u{7}", "\\u{1b}]0;title", 3)
        );
    }

    proptest! {
        #[test]
        fn json_stays_the_same_document(text in "[\\x00-\\xff\\u200b-\\u206f\\x{feff}\\x{1f600}]{0,20}") {
            let json = serde_json::to_string_pretty(&[&text]).expect("JSON");
            let harmless = plain_json(&json);
            prop_assert!(!harmless.chars().any(|c| acts(c) && c != '\n'));
            let back: Vec<String> = serde_json::from_str(&harmless).expect("JSON");
            prop_assert_eq!(&back[0], &text);
        }
    }
}
