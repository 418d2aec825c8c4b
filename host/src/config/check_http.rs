//! Keys of checks of the kinds http and https.

use std::net::IpAddr;
use std::path::PathBuf;

use flowswitch_health::{HttpCheck, Tls, Verify};

use super::check::port;
use super::section::{Located, Section};

/// The request and what makes its answer good.
pub(super) fn read(section: &Section<'_>, usual_port: u16) -> Option<HttpCheck> {
    let head = section.word("method", &[("GET", false), ("HEAD", true)]);
    let head = head.is_some_and(|head| head.value);
    let path = section.text(
        "path",
        |text| text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic()),
        "is not a path",
        "write it as in \"/health?full=1\": a slash first, no spaces, other characters as %20",
    );
    let host = section.text(
        "host",
        |text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()),
        "is not a `Host` header",
        "write a name, with its port if need be, as in \"www.example.com\"",
    );
    let body = read_pattern(section);
    if let Some((_, span)) = section.item("body").filter(|_| head) {
        let message = "`body` is looked for, but an answer to HEAD has none".to_owned();
        let help = "write `method = \"GET\"`, or remove `body`";
        section.problems.add(&span, message, "never found", help);
    }
    let status = match section.strings("status") {
        Some(words) => read_status(section, words)?,
        None => vec![(200, 399)],
    };
    Some(HttpCheck {
        port: port(section).unwrap_or(usual_port),
        method: if head { "HEAD" } else { "GET" }.to_owned(),
        path: path.map_or_else(|| "/".to_owned(), |path| path.value),
        host: host.map(|host| host.value),
        status,
        body,
    })
}

/// Status codes and ranges of them.
fn read_status(section: &Section<'_>, words: Vec<Located<String>>) -> Option<Vec<(u16, u16)>> {
    const HELP: &str =
        "list codes and ranges of them from 100 to 599, as in [\"200-299\", \"304\"]";
    let (list, span) = section.item("status")?;
    if list.as_array().is_some_and(toml_edit::Array::is_empty) {
        let message = "`status` is empty: no answer would be good".to_owned();
        section.problems.add(&span, message, "empty", HELP);
    }
    let code = |text: &str| {
        let code = text.bytes().all(|byte| byte.is_ascii_digit());
        let code = code.then(|| text.parse::<u16>().ok()).flatten();
        code.filter(|code| (100..600).contains(code))
    };
    let range = |word: Located<String>| {
        let (first, last) = word
            .value
            .split_once('-')
            .unwrap_or((&word.value, &word.value));
        match (code(first), code(last)) {
            (Some(first), Some(last)) if first <= last => Some((first, last)),
            _ => {
                let message = format!("\"{}\" in `status` is no status code", word.value);
                section
                    .problems
                    .add(&word.span, message, "not a code", HELP);
                None
            }
        }
    };
    Some(words.into_iter().filter_map(range).collect())
}

fn read_pattern(section: &Section<'_>) -> Option<regex::bytes::Regex> {
    /// Bytes of a compiled pattern: enough for any that a person writes.
    const MOST: usize = 1 << 20;
    let text = section.string("body")?;
    let built = regex::bytes::RegexBuilder::new(&text.value)
        .size_limit(MOST)
        .build();
    match built {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            // The error draws the pattern over several lines; the last one says what is wrong.
            let error = error.to_string();
            let error = error.lines().last().unwrap_or_default();
            let message = format!(
                "`body` is no regular expression: {}",
                error.trim_start_matches("error: ")
            );
            let help = "write it as in \"status: (ok|up)\"; a backslash before one of .+*?()|[]{}^$ takes it as it is";
            section
                .problems
                .add(&text.span, message, "not a pattern", help);
            None
        }
    }
}

/// How the server is met by https.
pub(super) fn read_tls(section: &Section<'_>) -> Option<Tls> {
    let named = |text: &str| is_host_name(text) || text.parse::<IpAddr>().is_ok();
    let server_name = section.text(
        "server_name",
        named,
        "is not the name of a host",
        "write the name in the server's certificate, as in \"www.example.com\"",
    );
    let verify = match section.string("verify") {
        None => Verify::None,
        Some(text) => match text.value.as_str() {
            "none" => Verify::None,
            "system" => Verify::System,
            path if path.starts_with('/') => Verify::File(PathBuf::from(path)),
            other => {
                let message = format!("`verify` cannot be \"{other}\"");
                let help = "write \"none\", \"system\" (the authorities that this host trusts) or the whole path of a \
                            PEM file with authorities";
                section.problems.add(&text.span, message, "not known", help);
                return None;
            }
        },
    };
    Some(Tls {
        server_name: server_name.map(|name| name.value),
        verify,
    })
}

/// Labels of letters, digits, hyphens and underscores, at most 63 each and 253 in all.
pub(super) fn is_host_name(text: &str) -> bool {
    let label = |label: &str| {
        let mut bytes = label.bytes();
        (1..64).contains(&label.len())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    text.len() < 254 && text.split('.').all(label)
}
