//! What an agent says of its server: HAProxy's agent-check.
//!
//! The first line counts. Its words are separated by spaces, tabs and commas; of several of one sort the last one wins,
//! and what is not known is passed over. Behind a `#` stands why.

use crate::talk::{AgentSaid, Talk, Verdict};
use crate::talks::text::shown;
use crate::target::AgentWish;

/// Bytes of the line.
const MOST_LINE: usize = 1024;
/// Per cent of the configured weight.
const MOST_PERCENT: u16 = 256;

/// Reads a line of an agent.
pub(super) struct AgentTalk {
    /// What is sent first, then empty.
    greeting: Vec<u8>,
    line: Vec<u8>,
}

impl AgentTalk {
    pub(super) fn new(send: &str) -> Self {
        Self {
            greeting: send.as_bytes().to_vec(),
            line: Vec::new(),
        }
    }
}

impl Talk for AgentTalk {
    fn step(&mut self, received: &[u8], closed: bool, send: &mut Vec<u8>) -> Option<Verdict> {
        send.append(&mut self.greeting);
        let mut lines = received.split(|byte| matches!(byte, b'\n' | b'\r'));
        let first = lines.next().unwrap_or_default();
        let ended = lines.next().is_some();
        if self.line.len() + first.len() > MOST_LINE {
            return Some(Verdict::fail(format!(
                "a line of more than {MOST_LINE} bytes"
            )));
        }
        self.line.extend_from_slice(first);
        match (ended, closed) {
            (true, _) => Some(judge(&self.line)),
            (false, true) if self.line.is_empty() => Some(Verdict::fail("it said nothing")),
            // As HAProxy: half a line could be half a number.
            (false, true) => Some(Verdict::fail(format!(
                "its line \"{}\" does not end",
                shown(&self.line)
            ))),
            (false, false) => None,
        }
    }
}

/// What a line says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said<'a> {
    up: Option<bool>,
    agent: AgentSaid,
    /// One of the words for it was there, and which.
    wish: Option<&'static str>,
    connections: bool,
    unknown: Option<&'a [u8]>,
    why: &'a [u8],
}

fn judge(line: &[u8]) -> Verdict {
    let said = parse(line);
    let known = said.up.is_some()
        || said.wish.is_some()
        || said.agent.weight_percent.is_some()
        || said.connections;
    if !known {
        return Verdict::fail(match line.trim_ascii() {
            [] => "it said nothing".to_owned(),
            line => format!("it said nothing known: \"{}\"", shown(line)),
        });
    }
    let mut parts: Vec<String> = Vec::new();
    parts.extend(said.up.map(|up| if up { "up" } else { "down" }.to_owned()));
    parts.extend(said.wish.map(str::to_owned));
    parts.extend(
        said.agent
            .weight_percent
            .map(|percent| format!("{percent}%")),
    );
    if said.connections {
        parts.push("maxconn passed over".to_owned());
    }
    parts.extend(
        said.unknown
            .map(|word| format!("\"{}\" passed over", shown(word))),
    );
    let mut message = parts.join(", ");
    if !said.why.is_empty() {
        message = format!("{message}: {}", shown(said.why));
    }
    Verdict {
        passed: said.up != Some(false),
        message,
        agent: Some(said.agent),
    }
}

fn parse(line: &[u8]) -> Said<'_> {
    let place = line.iter().position(|byte| *byte == b'#');
    let (words, why) = line.split_at(place.unwrap_or(line.len()));
    let mut said = Said {
        why: why.strip_prefix(b"#").unwrap_or_default().trim_ascii(),
        ..Said::default()
    };
    let words = words.split(|byte| matches!(byte, b' ' | b'\t' | b','));
    for word in words.filter(|word| !word.is_empty()) {
        match word.to_ascii_lowercase().as_slice() {
            b"up" => said.up = Some(true),
            b"down" | b"fail" | b"failed" | b"stopped" => said.up = Some(false),
            b"ready" => (said.wish, said.agent.wish) = (Some("ready"), Some(None)),
            b"drain" => {
                (said.wish, said.agent.wish) = (Some("drain"), Some(Some(AgentWish::Drain)))
            }
            b"maint" => {
                (said.wish, said.agent.wish) = (Some("maint"), Some(Some(AgentWish::Maintenance)))
            }
            other if other.starts_with(b"maxconn:") => said.connections = true,
            other => match percent(other) {
                Some(percent) => said.agent.weight_percent = Some(percent),
                None => said.unknown = said.unknown.or(Some(word)),
            },
        }
    }
    said
}

/// `75%`; more than the most counts as the most.
fn percent(word: &[u8]) -> Option<u16> {
    let digits = word
        .strip_suffix(b"%")
        .filter(|digits| !digits.is_empty())?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = std::str::from_utf8(digits).ok()?.parse::<u16>();
    Some(number.map_or(MOST_PERCENT, |number| number.min(MOST_PERCENT)))
}

#[cfg(test)]
mod tests;
