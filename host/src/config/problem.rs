//! What is wrong with a configuration, where, and what to do about it.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// One thing wrong, with the place in the file and the remedy.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    message: String,
    label: String,
    help: String,
    span: Range<usize>,
    related: Option<(Range<usize>, String)>,
    file: Arc<NamedSource<String>>,
}

impl Problem {
    /// What is wrong, in one sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn remedy(&self) -> &str {
        &self.help
    }

    /// Line of the place it points at, from 1.
    pub fn line(&self) -> usize {
        line_of(self.file.inner(), self.span.start)
    }

    /// Column of the place it points at, in characters from 1.
    pub fn column(&self) -> usize {
        let before = self.file.inner().get(..self.span.start).unwrap_or_default();
        before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1
    }
}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(&self.help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.file)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let here = LabeledSpan::new_primary_with_span(Some(self.label.clone()), self.span.clone());
        let there = self.related.iter();
        let there = there
            .map(|(span, label)| LabeledSpan::new_with_span(Some(label.clone()), span.clone()));
        Some(Box::new(std::iter::once(here).chain(there)))
    }
}

/// A configuration that cannot be used: all that is wrong with it, in the order of the file.
#[derive(Debug, thiserror::Error)]
#[error("{} in the configuration", count(problems.len(), *left_out))]
pub struct ConfigError {
    /// At least one problem, and at most 100.
    pub problems: Vec<Problem>,
    /// How many more were found at least. The search ends early where there are many.
    pub left_out: usize,
}

fn count(problems: usize, left_out: usize) -> String {
    match problems {
        1 => "1 error".to_owned(),
        most if left_out > 0 => format!("more than {most} errors"),
        more => format!("{more} errors"),
    }
}

/// Line of a byte offset, from 1.
fn line_of(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}

/// A key that is accepted, and what it does not do yet.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Note {
    /// Line of the key, from 1.
    pub line: usize,
    /// The key, with the names of what it belongs to: `cluster.web.policy`.
    pub key: String,
    /// What happens now.
    pub note: String,
}

/// Problems that are told at most: who has more mends these first.
const MOST: usize = 100;

/// Collects problems and notes while a file is read, so that one run names them all, or as many as anybody reads.
pub(super) struct Problems {
    source: Arc<NamedSource<String>>,
    found: RefCell<Vec<Problem>>,
    /// How many were not kept.
    left_out: Cell<usize>,
    notes: RefCell<Vec<Note>>,
    /// Bytes at which lines begin.
    lines: Vec<usize>,
}

impl Problems {
    pub(super) fn new(name: &str, text: &str) -> Self {
        let source = Arc::new(NamedSource::new(name, text.to_owned()).with_language("TOML"));
        Self {
            source,
            found: RefCell::default(),
            left_out: Cell::default(),
            notes: RefCell::default(),
            lines: std::iter::once(0)
                .chain(text.match_indices('\n').map(|(end, _)| end + 1))
                .collect(),
        }
    }

    /// How many were found so far.
    pub(super) fn count(&self) -> usize {
        self.found.borrow().len() + self.left_out.get()
    }

    /// Whether as many are known as are told.
    pub(super) fn is_full(&self) -> bool {
        self.found.borrow().len() >= MOST
    }

    /// Notes a problem at one place.
    pub(super) fn add(&self, span: &Range<usize>, message: String, label: &str, help: &str) {
        self.push(span, message, label, help, None);
    }

    /// Notes a problem between two places; the second is where the other thing stands.
    pub(super) fn add_pair(
        &self,
        span: &Range<usize>,
        other: &Range<usize>,
        message: String,
        help: &str,
    ) {
        self.push(
            span,
            message,
            "here",
            help,
            Some((other.clone(), "and here".to_owned())),
        );
    }

    fn push(
        &self,
        span: &Range<usize>,
        message: String,
        label: &str,
        help: &str,
        related: Option<(Range<usize>, String)>,
    ) {
        let mut found = self.found.borrow_mut();
        if found.len() >= MOST {
            self.left_out.set(self.left_out.get() + 1);
            return;
        }
        found.push(Problem {
            message,
            label: label.to_owned(),
            help: help.to_owned(),
            span: span.clone(),
            related,
            file: Arc::clone(&self.source),
        });
    }

    /// Notes what a key does not do yet.
    pub(super) fn note(&self, span: &Range<usize>, key: String, note: &str) {
        let line = self.lines.partition_point(|begin| *begin <= span.start);
        self.notes.borrow_mut().push(Note {
            line,
            key,
            note: note.to_owned(),
        });
    }

    /// The notes, or the problems if there are any, in the order of the file.
    pub(super) fn finish(self) -> Result<Vec<Note>, ConfigError> {
        let mut problems = self.found.into_inner();
        problems.sort_by_key(|problem| problem.span.start);
        let mut notes = self.notes.into_inner();
        notes.sort_by_key(|note| note.line);
        if problems.is_empty() {
            Ok(notes)
        } else {
            Err(ConfigError {
                problems,
                left_out: self.left_out.get(),
            })
        }
    }
}
