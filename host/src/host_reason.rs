//! Why the card sends frames to its host, and how such a frame reads.

use std::fmt;
use std::str::FromStr;

use flowswitch_driver::image::MacAddress;
use flowswitch_driver::rings::Frame;

use crate::config::did_you_mean;

/// Names of the host reasons, by number from 1.
const NAMES: [&str; 4] = ["control", "no-service", "addressed", "quote"];
/// The last number that a completion can tell.
const LAST: u8 = 15;

/// Why the host gets a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostReason(u8);

/// A text that names no reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no reason: {}write control, no-service, addressed, quote, or a number from 0 to 15",
    meant.as_ref().map(|meant| format!("{meant} Or ")).unwrap_or_default()
)]
pub struct HostReasonError {
    text: String,
    meant: Option<String>,
}

impl HostReason {
    /// Its number, 0 to 15.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl FromStr for HostReason {
    type Err = HostReasonError;

    fn from_str(text: &str) -> Result<Self, HostReasonError> {
        let named = (1..).zip(NAMES).find(|(_, name)| *name == text);
        let number = named
            .map(|(number, _)| number)
            .or_else(|| text.parse().ok());
        let number = number.filter(|number| *number <= LAST);
        number.map(Self).ok_or_else(|| HostReasonError {
            text: text.to_owned(),
            meant: did_you_mean(text, &NAMES),
        })
    }
}

impl fmt::Display for HostReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = usize::from(self.0)
            .checked_sub(1)
            .and_then(|i| NAMES.get(i));
        match name {
            Some(name) => f.write_str(name),
            None => write!(f, "reason {}", self.0),
        }
    }
}

/// A frame in one line: time, port, reason, length, addresses, type.
pub fn describe(frame: &Frame<'_>) -> String {
    let mac = |from: usize| -> String {
        let octets = frame.bytes.get(from..from + 6);
        let octets = octets.and_then(|octets| <[u8; 6]>::try_from(octets).ok());
        octets.map_or_else(|| "?".to_owned(), |octets| MacAddress(octets).to_string())
    };
    let kind = match frame.bytes.get(12..14) {
        Some([high, low]) => format!("{high:02x}{low:02x}"),
        _ => "?".to_owned(),
    };
    format!(
        "{}.{:09} port {} {} {} bytes {} > {} type {kind}{}",
        frame.arrived_ns / 1_000_000_000,
        frame.arrived_ns % 1_000_000_000,
        frame.port,
        HostReason(frame.reason),
        frame.length,
        mac(6),
        mac(0),
        if frame.truncated { ", cut" } else { "" },
    )
}

#[cfg(test)]
mod tests {
    use flowswitch_driver::rings::Frame;

    use super::{HostReason, describe};

    #[test]
    fn names_and_numbers() {
        for (text, number) in [("control", 1), ("quote", 4), ("0", 0), ("15", 15)] {
            let reason: HostReason = text.parse().expect("a reason");
            assert_eq!(reason.number(), number);
        }
        assert_eq!(
            "2".parse::<HostReason>().expect("one").to_string(),
            "no-service"
        );
        for text in ["", "Control", "16", "-1"] {
            let error = text.parse::<HostReason>().expect_err(text).to_string();
            assert!(error.contains("no-service"), "{error}");
        }
    }

    #[test]
    fn a_frame_in_a_line() {
        let mut bytes = vec![0x01, 0x80, 0xc2, 0, 0, 2, 2, 0, 0, 0, 0, 7, 0x88, 0x09];
        bytes.resize(60, 0);
        let mut frame = Frame {
            port: 3,
            reason: 1,
            length: 60,
            truncated: false,
            arrived_ns: 5_000_000_042,
            bytes: &bytes,
        };
        let line =
            "5.000000042 port 3 control 60 bytes 02:00:00:00:00:07 > 01:80:c2:00:00:02 type 8809";
        assert_eq!(describe(&frame), line);
        (frame.bytes, frame.truncated, frame.reason) = (&bytes[..8], true, 9);
        assert!(describe(&frame).ends_with("reason 9 60 bytes ? > 01:80:c2:00:00:02 type ?, cut"));
    }
}
