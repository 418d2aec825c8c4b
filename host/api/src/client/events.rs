//! Events as they come from the daemon.

use std::io::{BufRead, BufReader, Read};

use reqwest::blocking::Response;

use super::{ClientError, document};
use crate::Event;

/// Bytes of one event at most.
const LINE_LIMIT: u64 = 1 << 20;

/// Events as they happen; each `next` waits for one. It ends when the daemon ends or gives this reader up because it is too slow.
///
/// An event of a kind that this program does not know is passed over: kinds may be added within a format version.
#[derive(Debug)]
pub struct Events {
    lines: BufReader<Response>,
    ended: bool,
}

impl Events {
    pub(super) fn new(answer: Response) -> Self {
        Self {
            lines: BufReader::new(answer),
            ended: false,
        }
    }

    /// The next line; `None` at the end.
    fn line(&mut self) -> Result<Option<Vec<u8>>, ClientError> {
        let mut line = Vec::new();
        let read = self
            .lines
            .by_ref()
            .take(LINE_LIMIT)
            .read_until(b'\n', &mut line)
            .map_err(|error| ClientError::Lost {
                why: error.to_string(),
            })?;
        if read == 0 {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') {
            return Err(ClientError::Lost {
                why: "an event is cut off".to_owned(),
            });
        }
        Ok(Some(line))
    }

    fn event(&mut self) -> Result<Option<Event>, ClientError> {
        while let Some(line) = self.line()? {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match document(&line) {
                Ok(event) => return Ok(Some(event)),
                Err(error) if !is_event(&line) => return Err(error),
                Err(error @ ClientError::Format { .. }) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(None)
    }
}

/// Whether a line is an event, though perhaps of a kind that is not known.
fn is_event(line: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Any {
        #[serde(rename = "event")]
        _event: String,
    }
    serde_json::from_slice::<Any>(line).is_ok()
}

impl Iterator for Events {
    type Item = Result<Event, ClientError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let event = self.event().transpose();
        self.ended = !matches!(event, Some(Ok(_)));
        event
    }
}
