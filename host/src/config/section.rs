//! Typed access to one table of the file, with every deviation noted as a problem.

use std::ops::Range;

use toml_edit::{Array, Item, TableLike, Value};

use super::problem::Problems;

/// A value and where it stands in the file (bytes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Its place in the file.
    pub span: Range<usize>,
}

impl<T> Located<T> {
    pub(super) fn map<U>(self, convert: impl FnOnce(T) -> U) -> Located<U> {
        Located {
            value: convert(self.value),
            span: self.span,
        }
    }
}

/// One table of the file.
pub(super) struct Section<'a> {
    table: &'a dyn TableLike,
    /// As it is written in the file, for messages: `[[cluster.server]]`.
    title: &'static str,
    /// Where the table begins.
    pub(super) span: Range<usize>,
    pub(super) problems: &'a Problems,
    /// Known keys that unknown ones were probably meant to be.
    mistaken: Vec<String>,
}

impl<'a> Section<'a> {
    /// Opens a table that may hold the keys given; any other is a problem.
    pub(super) fn new(
        table: &'a dyn TableLike,
        span: Range<usize>,
        title: &'static str,
        keys: &[&str],
        problems: &'a Problems,
    ) -> Self {
        let mut mistaken = Vec::new();
        for (name, item) in table.iter() {
            if !keys.contains(&name) {
                mistaken.extend(nearest(name, keys).map(str::to_owned));
                let place = table.key(name).and_then(toml_edit::Key::span);
                let place = place
                    .or_else(|| item.span())
                    .unwrap_or_else(|| span.clone());
                unknown_key(name, &place, title, keys, problems);
            }
        }
        Self {
            table,
            title,
            span,
            problems,
            mistaken,
        }
    }

    /// A sub-table, if it is there.
    pub(super) fn table(
        &self,
        key: &str,
        title: &'static str,
        keys: &[&str],
    ) -> Option<Section<'a>> {
        let (item, span) = self.item(key)?;
        match item.as_table_like() {
            Some(table) => Some(Section::new(table, span, title, keys, self.problems)),
            None => {
                self.wrong_type(key, item, &span, "a table");
                None
            }
        }
    }

    /// The tables of an array of tables, written as `[[...]]` or inline.
    pub(super) fn tables(&self, key: &str, title: &'static str, keys: &[&str]) -> Vec<Section<'a>> {
        let Some((item, span)) = self.item(key) else {
            return Vec::new();
        };
        let open = |table: &'a dyn TableLike, place: Option<Range<usize>>| {
            let place = place.unwrap_or_else(|| span.clone());
            Section::new(table, place, title, keys, self.problems)
        };
        if let Some(tables) = item.as_array_of_tables() {
            return tables
                .iter()
                .map(|table| open(table, table.span()))
                .collect();
        }
        let values = item.as_array().into_iter().flat_map(Array::iter);
        let inline: Option<Vec<_>> = values
            .map(|value| {
                value
                    .as_inline_table()
                    .map(|table| open(table, value.span()))
            })
            .collect();
        match inline {
            Some(sections) if item.is_array() => sections,
            _ => {
                self.wrong_type(key, item, &span, &format!("written as {title}"));
                Vec::new()
            }
        }
    }

    pub(super) fn string(&self, key: &str) -> Option<Located<String>> {
        let (item, span) = self.item(key)?;
        match item.as_str() {
            Some(text) => Some(Located {
                value: text.to_owned(),
                span,
            }),
            None => {
                self.wrong_type(key, item, &span, "text in quotes");
                None
            }
        }
    }

    pub(super) fn required_string(&self, key: &str) -> Option<Located<String>> {
        self.require(key)?;
        self.string(key)
    }

    /// A whole number within a range.
    pub(super) fn integer(&self, key: &str, range: Range<i64>) -> Option<Located<i64>> {
        let (item, span) = self.item(key)?;
        let Some(value) = item.as_integer() else {
            self.wrong_type(key, item, &span, "a whole number");
            return None;
        };
        if !range.contains(&value) {
            let last = range.end - 1;
            self.problems.add(
                &span,
                format!("`{key} = {value}` is out of range"),
                "out of range",
                &format!("use a number from {} to {last}", range.start),
            );
            return None;
        }
        Some(Located { value, span })
    }

    pub(super) fn boolean(&self, key: &str) -> Option<Located<bool>> {
        let (item, span) = self.item(key)?;
        let value = item.as_bool();
        if value.is_none() {
            self.wrong_type(key, item, &span, "true or false");
        }
        Some(Located {
            value: value?,
            span,
        })
    }

    /// A list of texts; absent is `None`.
    pub(super) fn strings(&self, key: &str) -> Option<Vec<Located<String>>> {
        let (item, span) = self.item(key)?;
        let Some(array) = item.as_array() else {
            self.wrong_type(key, item, &span, "a list of texts, as in [\"...\"]");
            return None;
        };
        let mut texts = Vec::new();
        for value in array {
            let place = value.span().unwrap_or_else(|| span.clone());
            match value.as_str() {
                Some(text) => texts.push(Located {
                    value: text.to_owned(),
                    span: place,
                }),
                None => self.problems.add(
                    &place,
                    format!("`{key}` holds {}", kind(value)),
                    "not text",
                    "write every element in quotes",
                ),
            }
        }
        Some(texts)
    }

    /// One text or a list of them; absent is `None`.
    pub(super) fn one_or_more(&self, key: &str) -> Option<Vec<Located<String>>> {
        let (item, span) = self.item(key)?;
        match (item.as_str(), item.is_array()) {
            (Some(text), _) => Some(vec![Located {
                value: text.to_owned(),
                span,
            }]),
            (None, true) => self.strings(key),
            (None, false) => {
                self.wrong_type(key, item, &span, "text in quotes, or a list of such");
                None
            }
        }
    }

    /// Text that must be `sound`; `fault` says what it is not.
    pub(super) fn text(
        &self,
        key: &str,
        sound: impl Fn(&str) -> bool,
        fault: &str,
        help: &str,
    ) -> Option<Located<String>> {
        let text = self.string(key)?;
        if sound(&text.value) {
            return Some(text);
        }
        let message = format!("`{key} = {:?}` {fault}", text.value);
        self.problems
            .add(&text.span, message, "not as it must be", help);
        None
    }

    /// One of a few words; absent is `None`.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Option<Located<T>> {
        let text = self.string(key)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(text.map(|_| *value));
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.problems.add(
            &text.span,
            format!("`{key}` cannot be \"{}\"", text.value),
            "not a known word",
            &suggestion(&text.value, &names),
        );
        None
    }

    /// Raw access for values of several types.
    pub(super) fn item(&self, key: &str) -> Option<(&'a Item, Range<usize>)> {
        let item = self.table.get(key).filter(|item| !item.is_none())?;
        let span = item
            .span()
            .or_else(|| self.table.key(key).and_then(toml_edit::Key::span));
        Some((item, span.unwrap_or_else(|| self.span.clone())))
    }

    /// Notes that a key is missing, if it is.
    pub(super) fn require(&self, key: &str) -> Option<()> {
        if self.item(key).is_some() {
            return Some(());
        }
        // A misspelt key is one error, not two.
        if self.mistaken.iter().any(|known| known == key) {
            return None;
        }
        self.problems.add(
            &self.span,
            format!("{} lacks `{key}`", self.title),
            "it belongs here",
            &format!("add a line `{key} = ...`"),
        );
        None
    }

    pub(super) fn wrong_type(&self, key: &str, item: &Item, span: &Range<usize>, wanted: &str) {
        let found = item.as_value().map_or(item.type_name(), kind);
        self.problems.add(
            span,
            format!("`{key}` is {found}"),
            "of the wrong type",
            &format!("it must be {wanted}"),
        );
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a fraction",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date or time",
        Value::Array(_) => "a list",
        Value::InlineTable(_) => "a table",
    }
}

fn unknown_key(name: &str, place: &Range<usize>, title: &str, keys: &[&str], problems: &Problems) {
    problems.add(
        place,
        format!("unknown key `{name}` in {title}"),
        "unknown key",
        &suggestion(name, keys),
    );
}

/// How like a known word must be to be what was meant; 1 is the same.
const ALIKE: f64 = 0.7;
/// Words that are listed.
const FEW: usize = 6;

fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let closeness = |known: &str| strsim::jaro_winkler(word, known);
    known
        .iter()
        .copied()
        .max_by(|a, b| closeness(a).total_cmp(&closeness(b)))
}

/// Names the nearest known word, and all when there are few.
pub(crate) fn suggestion(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(nearest) if known.len() > FEW => format!("did you mean `{nearest}`?"),
        Some(nearest) => format!("did you mean `{nearest}`? (known: {})", known.join(", ")),
        None => "nothing is known here".to_owned(),
    }
}

/// Asks whether a known word was meant, if one is much like it.
pub(crate) fn did_you_mean(word: &str, known: &[&str]) -> Option<String> {
    let nearest = nearest(word, known)?;
    let alike = strsim::jaro_winkler(word, nearest) >= ALIKE;
    alike.then(|| format!("did you mean `{nearest}`?"))
}
