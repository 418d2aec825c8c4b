//! Makes a Verilated model smaller: functions that do the same for each instance of a module are compiled once.
//!
//! Verilator writes the functions of a module for each of its instances and merges those that are equal; but it numbers
//! the temporaries of inlined functions and its labels through the whole model, and names the instance in the text of
//! assertions, so that hardly any are. Here a function whose text is another's but for these is made a call of that
//! other. Both take the instance as their only argument. In the text of an assertion the instance's own name takes the
//! place of the constant.
//!
//! Assertions are always on, so the question whether they are is left out.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;

/// Functions shorter than that are not worth a call.
const SHORTEST: usize = 400;
/// What Verilator numbers through the model: words that begin like this, up to their last number but that of a
/// member.
const NUMBERED: [&str; 3] = ["__Vfunc_", "__Vtask_", LABEL];
/// Labels have numbers of their own.
const LABEL: &str = "__Vlabel";

/// A function of one class, known to be in the model.
struct Kept {
    name: String,
    text: String,
}

/// Merges the functions of the files named, which are in the folder.
pub fn merge(folder: &Path, names: &[String]) -> io::Result<()> {
    let mut kept: HashMap<(String, u64), Vec<Kept>> = HashMap::new();
    for name in names {
        if name.contains("__Trace") {
            continue;
        }
        let path = folder.join(name);
        let source = fs::read_to_string(&path)?;
        let merged = merge_file(&without_questions(&source), &mut kept);
        if merged != source {
            fs::write(&path, merged)?;
        }
    }
    Ok(())
}

/// Every assertion asks whether assertions are on.
fn without_questions(source: &str) -> String {
    const QUESTION: &str = "->assertOnGet(";
    const CONTEXT: &str = "vlSymsp->_vm_contextp__";
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find(QUESTION) {
        let before = rest[..at].trim_end();
        let end = rest[at..].find(')').map(|length| at + length + 1);
        match (before.strip_suffix(CONTEXT), end) {
            (Some(before), Some(end)) => {
                text.push_str(before);
                text.push_str("true");
                rest = &rest[end..];
            }
            _ => {
                text.push_str(&rest[..at + QUESTION.len()]);
                rest = &rest[at + QUESTION.len()..];
            }
        }
    }
    text.push_str(rest);
    text
}

/// One file with its functions merged into those that are kept.
fn merge_file(source: &str, kept: &mut HashMap<(String, u64), Vec<Kept>>) -> String {
    let mut merged = String::with_capacity(source.len());
    let mut done = 0;
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some((name, class)) = signature(line) else {
            continue;
        };
        let Some(length) = source[at..].find("\n}\n") else {
            continue;
        };
        let body = &source[at..at + length];
        if length < SHORTEST || class.ends_with("024root") {
            continue;
        }
        let text = common_text(body, name);
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let alike = kept.entry((class.to_owned(), hasher.finish())).or_default();
        if let Some(first) = alike.iter().find(|first| first.text == text) {
            merged.push_str(&source[done..start]);
            let first = &first.name;
            let _ = write!(
                merged,
                "void {first}({class}* vlSelf);\n{line}    {first}(vlSelf);"
            );
        } else {
            merged.push_str(&source[done..at]);
            merged.push_str(&with_own_name(body, name));
            alike.push(Kept {
                name: name.to_owned(),
                text,
            });
        }
        done = at + length;
    }
    merged.push_str(&source[done..]);
    merged
}

/// Name and class, if a line begins the definition of a function of an instance.
fn signature(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_end().strip_suffix("* vlSelf) {")?;
    let line = line
        .strip_prefix("VL_INLINE_OPT ")
        .or_else(|| line.strip_prefix("VL_ATTR_COLD "))
        .unwrap_or(line);
    line.strip_prefix("void ")?.split_once('(')
}

/// The instance that a function is written for, as assertions name it.
fn instance(function: &str) -> Option<String> {
    let (_, scope) = function.split_once("TOP__")?;
    let (scope, number) = scope.rsplit_once("__")?;
    let scope = number.parse::<u32>().ok().map(|_| scope)?;
    let path = scope.replace("__BRA__", "[").replace("__KET__", "]");
    // A module that is a class of its own is set off by underscores alone.
    Some(path.replace("__DOT__", ".").replace("__", "."))
}

/// The body with the instance's name taken from the instance.
fn with_own_name(body: &str, function: &str) -> String {
    let Some(path) = instance(function) else {
        return body.to_owned();
    };
    let constant = format!("%N{path}");
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find(&constant) {
        let (before, after) = rest.split_at(at);
        text.push_str(before);
        rest = &after[constant.len()..];
        // The text goes on with a dot and a label, or ends; `%N` puts the dot itself.
        text.push_str("%N");
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some((arguments, behind)) = rest.split_once("vlSymsp->name()") {
            text.push_str(arguments);
            text.push_str("vlSelf->name()");
            rest = behind;
        }
    }
    text.push_str(rest);
    text
}

/// The body as it is for every instance: its own name, numbers in the order in which they come, and no white space,
/// since lines are broken by the length of what was numbered.
fn common_text(body: &str, function: &str) -> String {
    let named = with_own_name(body, function);
    let mut numbers: HashMap<(bool, &str), usize> = HashMap::new();
    let mut text = String::with_capacity(named.len());
    for line in named.lines() {
        // What only debugging prints names the function.
        if line.contains("VL_DEBUG_IF") {
            continue;
        }
        let mut rest = line;
        while let Some((at, end)) = next_number(rest) {
            text.extend(rest[..at].split_whitespace());
            let next = numbers.len();
            let is_label = rest[..at].ends_with(LABEL);
            let number = *numbers.entry((is_label, &rest[at..end])).or_insert(next);
            let _ = write!(text, "#{number}");
            rest = &rest[end..];
        }
        text.extend(rest.split_whitespace());
    }
    text
}

/// Where the next number that Verilator counts through the model stands.
fn next_number(text: &str) -> Option<(usize, usize)> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = text.as_bytes();
    let (start, prefix) = NUMBERED
        .iter()
        .filter_map(|prefix| text.find(prefix).map(|at| (at, *prefix)))
        .min()?;
    let end = start
        + bytes[start..]
            .iter()
            .take_while(|byte| word(**byte))
            .count();
    let digits = |at: usize| {
        bytes[at..end]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    if prefix == LABEL {
        let at = start + prefix.len();
        return Some((at, at + digits(at)));
    }
    // `__Vfunc_name__NUMBER__member`: the first number between double underscores.
    let mut at = start + prefix.len();
    while at < end {
        if text[at..end].starts_with("__") {
            let number = at + 2;
            let length = digits(number);
            if length > 0 && text[number + length..end].starts_with("__") {
                return Some((number, number + length));
            }
        }
        at += 1;
    }
    // None: what comes behind the word may have one.
    next_number(&text[end..]).map(|(from, to)| (from + end, to + end))
}
