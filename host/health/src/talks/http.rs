//! A request by HTTP/1.1, and whether its answer is good.

use std::net::IpAddr;

use crate::check::HttpCheck;
use crate::talk::{Talk, Verdict};
use crate::talks::chunked::Chunked;
use crate::talks::text::shown;

/// Bytes of status line and headers, those of interim answers included.
const MOST_HEAD: usize = 16 * 1024;
const MOST_HEADERS: usize = 100;
/// Bytes of the body in which the pattern is looked for.
const MOST_BODY: usize = 64 * 1024;
/// How every answer begins.
const BEGINNING: &[u8] = b"HTTP/1.";

/// A talk by HTTP/1.1.
pub(super) struct Http {
    check: HttpCheck,
    /// What is sent first, then empty.
    request: Vec<u8>,
    state: State,
}

enum State {
    /// The bytes so far, and how many belonged to interim answers before.
    Head(Vec<u8>, usize),
    Body(Body),
}

struct Body {
    /// `200 OK`.
    status: String,
    framing: Framing,
    content: Vec<u8>,
}

/// How the end of a body is known.
enum Framing {
    Chunked(Chunked),
    /// So many bytes are left of so many.
    Length(u64, u64),
    Close,
}

/// What is known when the headers are complete.
struct Head {
    code: u16,
    status: String,
    framing: Framing,
    length: usize,
}

impl Http {
    /// A request to `address`; `usual_port` is left out of the `Host` header.
    pub(super) fn new(check: &HttpCheck, address: IpAddr, usual_port: u16) -> Self {
        let address = match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        let host = match &check.host {
            Some(host) => host.clone(),
            None if check.port == usual_port => address,
            None => format!("{address}:{}", check.port),
        };
        let request = format!(
            "{} {} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: flowswitch\r\nAccept: */*\r\nConnection: close\r\n\r\n",
            check.method, check.path
        );
        Self {
            check: check.clone(),
            request: request.into_bytes(),
            state: State::Head(Vec::new(), 0),
        }
    }

    fn take(&mut self, mut received: &[u8], closed: bool) -> Result<Option<Verdict>, String> {
        if let State::Head(head, earlier) = &mut self.state {
            let Some((found, rest)) = read_head(head, earlier, received, &self.check.method)?
            else {
                return if closed {
                    Err(closed_early(head))
                } else {
                    Ok(None)
                };
            };
            let good = |(first, last): &(u16, u16)| (*first..=*last).contains(&found.code);
            if !self.check.status.iter().any(good) {
                let wanted = self
                    .check
                    .status
                    .iter()
                    .map(|(first, last)| match first == last {
                        true => first.to_string(),
                        false => format!("{first}-{last}"),
                    });
                let wanted: Vec<String> = wanted.collect();
                return Err(format!("{}, wanted {}", found.status, wanted.join(", ")));
            }
            if self.check.body.is_none() {
                return Ok(Some(Verdict::pass(found.status)));
            }
            self.state = State::Body(Body {
                status: found.status,
                framing: found.framing,
                content: Vec::new(),
            });
            received = &received[received.len() - rest..];
        }
        match &mut self.state {
            State::Body(body) => {
                let complete = body.take(received, closed)?;
                Ok(complete.then(|| body.judge(&self.check)))
            }
            State::Head(..) => Ok(None),
        }
    }
}

impl Talk for Http {
    fn step(&mut self, received: &[u8], closed: bool, send: &mut Vec<u8>) -> Option<Verdict> {
        send.append(&mut self.request);
        match self.take(received, closed) {
            Ok(verdict) => verdict,
            Err(message) => Some(Verdict::fail(message)),
        }
    }
}

fn closed_early(head: &[u8]) -> String {
    match head {
        [] => "it closed the connection without an answer".to_owned(),
        _ => "it closed the connection in the middle of the headers".to_owned(),
    }
}

/// Adds bytes to a head. When it is complete: what it says, and how many of the new bytes are behind it.
fn read_head(
    head: &mut Vec<u8>,
    earlier: &mut usize,
    received: &[u8],
    method: &str,
) -> Result<Option<(Head, usize)>, String> {
    // Only what is new is searched for the empty line, so that an answer byte by byte costs no more.
    let mut searched = head.len().saturating_sub(3);
    let room = (MOST_HEAD + 1).saturating_sub(*earlier + head.len());
    let taken = received.len().min(room);
    head.extend_from_slice(&received[..taken]);
    loop {
        let beginning = head.len().min(BEGINNING.len());
        if head[..beginning] != BEGINNING[..beginning] {
            return Err("its answer is no HTTP/1.1".to_owned());
        }
        let Some(end) = end_of_head(&head[searched..]).map(|end| searched + end) else {
            return match *earlier + head.len() > MOST_HEAD {
                true => Err(format!("headers of more than {MOST_HEAD} bytes")),
                false => Ok(None),
            };
        };
        let found = parse_head(&head[..end], method)?;
        // What leads to another protocol is no interim answer.
        if (100..200).contains(&found.code) && found.code != 101 {
            head.drain(..found.length);
            *earlier += found.length;
            searched = 0;
            continue;
        }
        let behind = head.len() - found.length + (received.len() - taken);
        return Ok(Some((found, behind)));
    }
}

/// Position behind the first empty line.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let lines = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    lines
        .map(|(place, _)| place + 1)
        .find_map(|next| match &bytes[next..] {
            [b'\n', ..] => Some(next + 1),
            [b'\r', b'\n', ..] => Some(next + 2),
            _ => None,
        })
}

fn parse_head(bytes: &[u8], method: &str) -> Result<Head, String> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Err("its headers end too soon".to_owned()),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(format!("more than {MOST_HEADERS} headers"));
        }
        Err(error) => return Err(format!("its answer is no HTTP/1.1: {error}")),
    };
    let code = response.code.unwrap_or_default();
    let reason = shown(response.reason.unwrap_or_default().as_bytes());
    let status = format!("{code} {reason}").trim_end().to_owned();
    let no_body = method == "HEAD" || matches!(code, 204 | 304);
    let framing = match no_body {
        true => Framing::Length(0, 0),
        false => framing(response.headers)?,
    };
    Ok(Head {
        code,
        status,
        framing,
        length,
    })
}

fn framing(headers: &[httparse::Header<'_>]) -> Result<Framing, String> {
    let values = |name: &'static str| {
        let named = headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.flat_map(|header| header.value.split(|byte| *byte == b','))
    };
    let codings: Vec<&[u8]> = values("transfer-encoding")
        .map(<[u8]>::trim_ascii)
        .collect();
    match codings.as_slice() {
        [] => {}
        [coding] if coding.eq_ignore_ascii_case(b"chunked") => {
            return Ok(Framing::Chunked(Chunked::new()));
        }
        codings => {
            let codings = shown(&codings.join(&b", "[..]));
            return Err(format!("transfer-encoding \"{codings}\" was not asked for"));
        }
    }
    let mut length = None;
    for value in values("content-length") {
        let value = value.trim_ascii();
        let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        let number = std::str::from_utf8(value).ok().filter(|_| digits);
        let number = number.and_then(|number| number.parse::<u64>().ok());
        if number.is_none() || length.is_some_and(|length| Some(length) != number) {
            return Err(format!("content-length \"{}\" is no length", shown(value)));
        }
        length = number;
    }
    Ok(length.map_or(Framing::Close, |length| Framing::Length(length, length)))
}

impl Body {
    /// Takes bytes; true when as much is there as is to be searched.
    fn take(&mut self, received: &[u8], closed: bool) -> Result<bool, String> {
        let content = &mut self.content;
        let mut keep = |data: &[u8]| {
            let room = MOST_BODY - content.len();
            content.extend_from_slice(&data[..data.len().min(room)]);
        };
        let complete = match &mut self.framing {
            Framing::Chunked(chunked) => {
                chunked.take(received, &mut keep)?;
                chunked.done()
            }
            Framing::Length(left, _) => {
                let taken =
                    usize::try_from(*left).map_or(received.len(), |left| left.min(received.len()));
                keep(&received[..taken]);
                *left -= taken as u64;
                *left == 0
            }
            Framing::Close => {
                keep(received);
                closed
            }
        };
        if complete || self.content.len() == MOST_BODY {
            return Ok(true);
        }
        match &self.framing {
            Framing::Length(left, length) if closed => Err(format!(
                "{}, but it closed the connection after {} of {length} bytes of the body",
                self.status,
                length - left
            )),
            _ if closed => Err(format!(
                "{}, but it closed the connection in the middle of the body",
                self.status
            )),
            _ => Ok(false),
        }
    }

    fn judge(&self, check: &HttpCheck) -> Verdict {
        let Some(pattern) = &check.body else {
            return Verdict::pass(self.status.as_str());
        };
        if pattern.is_match(&self.content) {
            return Verdict::pass(format!("{}, the body is as wanted", self.status));
        }
        Verdict::fail(format!(
            "{}, but \"{}\" is not in the first {} bytes of the body",
            self.status,
            shown(pattern.as_str().as_bytes()),
            self.content.len()
        ))
    }
}

#[cfg(test)]
mod tests;
